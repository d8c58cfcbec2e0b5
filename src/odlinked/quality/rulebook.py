"""From a stored fault to the finding that is reported: its words come from the rules and are not stored with every fault.

In the message of a rule on the collection `{?other}` stands for what the row is at odds with, `{?value}` for what the row says.
Where its message has no `{?other}`, those are the identifiers the row may have meant, and are suggested.
"""

from __future__ import annotations

from odlinked.findings import Fault, Finding
from odlinked.quality import suggestions
from odlinked.quality.shapes import Profile


class RuleBook:
    """The texts of a profile's rules."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def finding(self, fault: Fault, file: str, sheet: str | None, row: int) -> Finding:
        """Return a stored fault as a finding at a row of `file`; of a rule that is no more, the name alone is told."""
        rule = self.profile.by_name.get(fault.rule)
        said = rule.messages if rule else {}
        messages = {tag: text.replace("{?other}", fault.other).replace("{?value}", fault.value) for tag, text in said.items()}
        if fault.other and not any("{?other}" in text for text in said.values()):
            hint = suggestions.meant(fault.other.split("、"))
        else:
            hint = suggestions.load(self.profile.assets).suggest(rule, fault.value) if rule else {}
        return Finding(*fault.stored(), file=file, sheet=sheet, row=row, messages=messages, suggestions=hint)
