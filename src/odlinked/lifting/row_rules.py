"""What is told of rows as findings, by the rules of `shapes/data-rows.ttl`.

The part of a rule's name behind its number is the kind of fault: P67-cell is the rule of "cell".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from odlinked.assets import Assets
from odlinked.findings import Fault, Finding
from odlinked.lifting.faults import LiftFault
from odlinked.quality.report import Checked, Report
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile, Rule
from odlinked.sheets.tables import column_letter

PROFILE: Final = "data-rows"


class RowRules:
    """The rules on rows and editions."""

    def __init__(self, assets: Assets) -> None:
        """Raise `AssetError` where the rules cannot be read."""
        self.profile = Profile.load(assets, PROFILE)
        self._book = RuleBook(self.profile)
        self.by_kind: Mapping[str, Rule] = {name.partition("-")[2]: rule for name, rule in self.profile.by_name.items()}

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
