"""What is told of rows as findings, by the rules of `shapes/data-rows.ttl`.

The part of a rule's name behind its number is the kind of fault: P67-cell is the rule of "cell".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from odlinked.assets import Assets
from odlinked.findings import Fault, Finding
from odlinked.lifting.conversion.faults import FaultLog, LiftFault
from odlinked.quality.report import Checked, Report
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile, Rule
from odlinked.sheets.tables import column_letter

PROFILE: Final = "data-rows"


class RowRules:
    """The rules on rows and editions, read once they are needed; `AssetError` where they cannot be."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    @cached_property
    def profile(self) -> Profile:
        """The profile that they make up."""
        return Profile.load(self._assets, PROFILE)

    @cached_property
    def _book(self) -> RuleBook:
        return RuleBook(self.profile)

    @cached_property
    def by_kind(self) -> Mapping[str, Rule]:
        """The rule of each kind of fault."""
        return {name.partition("-")[2]: rule for name, rule in self.profile.by_name.items()}

    def words(self, kind: str, language: str) -> str:
        """Return what is wrong where a fault of some kind is found."""
        return self.by_kind[kind].messages[language]

    def errors(self, log: FaultLog) -> int:
        """Return how many faults make a file not conform to its description, or have something of it lost."""
        return sum(count for (kind, _, _), count in log.counts.items() if self.by_kind[kind].severity == "Violation")

    def finding(self, fault: LiftFault, headings: Mapping[str, int]) -> Finding:
        """Return a fault as a finding; `headings` have the 0-based place of each column.

        Of an edition the value is what there is now.
        """
        rule = self.by_kind[fault.kind]
        place = headings.get(fault.column)
        column = "" if place is None else column_letter(place)
        value = fault.value or (fault.detail if fault.kind.startswith("edition-") else "")
        stored = Fault(rule.name, rule.severity, value=value, column=column, heading=fault.column)
        return self._book.worded(stored, fault.file, None, fault.row, {})

    def report(self, file: Path, rows: int, faults: Iterable[LiftFault], headings: Mapping[str, int]) -> Report:
        """Return the report on a file of so many rows."""
        form = {"zh-Hant": "CSVW", "en": "CSVW"}
        return Report.of(self.profile, [Checked(file.name, None, form, rows, path=str(file))],
                         (self.finding(fault, headings) for fault in faults))
