"""From a stored fault to the finding that is reported: its words come from the rules and are not stored with every fault.

In the message of a rule on the collection `{?other}` stands for what the row contradicts, `{?value}` for the row's own value.
Where its message has no `{?other}`, those are the identifiers the row may have meant, and are suggested.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Final

from odlinked.findings import CERTAIN, UNTRIED, Fault, Finding, Repair
from odlinked.quality import suggestions
from odlinked.quality.shapes import Profile, Rule
from odlinked.sheets.tables import upright

HARVESTS: Final = ("dcat-ap-3", "harvested")
"""The rule sets by which harvested records are judged, whatever the profile of the catalogue."""

_SHOWN: Final = 80
"""Most characters of a text to write that a suggestion quotes; programs and workbooks have all of it."""


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
        place, column = upright(row, fault.column)
        at = fault if column == fault.column else replace(fault, column=column)
        return Finding(*at.stored(), file=file, sheet=sheet, row=place, messages=messages, suggestions=instead,
                       component=component)

    def repaired(self, finding: Finding, repair: Repair) -> Finding:
        """Return a finding with what is known of its repair: a certain one is suggested in place of anything else.

        What a rule on cells says of the characters in one is not about what to write instead, and stays.
        """
        words = suggestions.load(self.profile.assets).repairs
        told = finding.suggestions
        if repair.certainty == CERTAIN:
            key = "certain" if repair.column == finding.column else "certain_elsewhere"
            value = repair.instead if len(repair.instead) <= _SHOWN else repair.instead[:_SHOWN] + "…"
            rule = self.profile.by_name.get(finding.rule)
            stays = told if rule is not None and rule.kind == "cell" else {}
            certain = {tag: text.format(value=value, cell=f"{repair.column}{finding.row}") for tag, text in words[key].items()}
            told = {tag: "\n".join(filter(None, (text, stays.get(tag, "")))) for tag, text in certain.items()}
        elif repair.certainty == UNTRIED:
            told = {tag: f"{told.get(tag, '')}\n{text}".strip() for tag, text in words["untried"].items()}
        elif not told:
            return finding
        return replace(finding, suggestions=told, repair=repair)

    def rule(self, name: str) -> Rule | None:
        """Return a rule by its short name: of the profile, else of those that harvested records are judged by; None for one that
        no longer exists."""
        return self.profile.by_name.get(name) or self._of_harvests.get(name)

    @cached_property
    def _of_harvests(self) -> dict[str, Rule]:
        return {name: rule for token in HARVESTS for name, rule in Profile.load(self.profile.assets, token).by_name.items()}

    def _messages(self, fault: Fault) -> dict[str, str]:
        rule = self.rule(fault.rule)
        return rule.messages if rule else {}

    def _instead(self, fault: Fault) -> dict[str, str]:
        """Return what to write instead, by language: the identifiers that may have been meant, else what the code lists
        suggest."""
        if fault.other and not any("{?other}" in text for text in self._messages(fault).values()):
            return suggestions.meant(fault.other.split("、"))
        rule = self.rule(fault.rule)
        return suggestions.load(self.profile.assets).suggest(rule, fault.value) if rule else {}
