"""Stored faults as findings: the texts come from the rules, so they need not be stored with every fault.

In the message of a rule on the collection `{?other}` stands for what the row contradicts, `{?value}` for the row's own value.
Where its message has no `{?other}`, those are the identifiers the row may have meant, and are suggested.
"""

from __future__ import annotations

from odlinked.assets import Assets
from odlinked.catalog.archive import Fault
from odlinked.findings import Finding
from odlinked.quality import suggestions
from odlinked.quality.shapes import Profile


class RuleBook:
    """The texts of a profile's rules."""

    def __init__(self, assets: Assets, profile: str) -> None:
        self.profile = Profile.load(assets, profile)

    def finding(self, fault: Fault, file: str, sheet: str | None, row: int) -> Finding:
        """Return a stored fault as a finding at a row of `file`; for a rule that no longer exists, only its name is shown."""
        rule = self.profile.by_name.get(fault.rule)
        messages = rule.messages if rule else {}
        messages = {tag: text.replace("{?other}", fault.other).replace("{?value}", fault.value) for tag, text in messages.items()}
        if fault.other and not any("{?other}" in text for text in messages.values()):
            hint = suggestions.meant(fault.other.split("、"))
        else:
            hint = suggestions.load(self.profile.assets).suggest(rule, fault.value) if rule else {}
        return Finding(file, sheet, row, fault.column, fault.heading, fault.value, fault.rule, fault.severity,
                       messages, hint, fault.node, fault.path, fault.member)
