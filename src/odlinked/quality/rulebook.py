"""From a stored fault to the finding that is reported: its words come from the rules and are not stored with every fault.

In the message of a rule on the collection `{?other}` stands for what the row contradicts, `{?value}` for the row's own value.
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
        """Return a stored fault as a finding at a row of `file`; for a rule that no longer exists, only its name is shown."""
        return self.worded(fault, file, sheet, row, self._instead(fault))

    def worded(self, fault: Fault, file: str, sheet: str | None, row: int, instead: dict[str, str],
               component: str = "") -> Finding:
        """Return a fault as a finding for which it is known what to write `instead` (by language; {}: nothing is suggested)."""
        messages = {tag: text.replace("{?other}", fault.other).replace("{?value}", fault.value)
                    for tag, text in self._messages(fault).items()}
        return Finding(*fault.stored(), file=file, sheet=sheet, row=row, messages=messages, suggestions=instead,
                       component=component)

    def _messages(self, fault: Fault) -> dict[str, str]:
        rule = self.profile.by_name.get(fault.rule)
        return rule.messages if rule else {}

    def _instead(self, fault: Fault) -> dict[str, str]:
        """Return what to write instead, by language: the identifiers that may have been meant, else what the code lists
        suggest."""
        if fault.other and not any("{?other}" in text for text in self._messages(fault).values()):
            return suggestions.meant(fault.other.split("、"))
        rule = self.profile.by_name.get(fault.rule)
        return suggestions.load(self.profile.assets).suggest(rule, fault.value) if rule else {}
