"""The result of a check: the tables that were examined and the findings in them. The output formats are in
`odlinked.quality.reports`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from odlinked.findings import Finding
from odlinked.quality import cells
from odlinked.quality.baseline import Comparison
from odlinked.quality.shapes import Profile, Rule
from odlinked.sheets.tables import Places, column_index


@dataclass(frozen=True)
class Checked:
    """A checked table: its file and sheet, the form it was read by (label by language), its records.

    Rules that were not run: `unchecked` because the form has no column for them, `elsewhere` because they are about records the
    form does not make, `later` because only a publish can decide. `header_row` is the row of its header (a sheet may hold several
    tables), `path` the file as it was requested ("" where only its name is known). For an RDF file (`nodes`) the form is the
    format, records are subjects, and findings have lines instead of rows. `unjudged` says why nothing of it could be judged, ""
    where something was. `left` is its first column (0-based): other tables may stand beside it.
    """

    file: str
    sheet: str | None
    form: dict[str, str]
    records: int
    unchecked: tuple[Rule, ...] = ()
    header_row: int = 0
    elsewhere: tuple[Rule, ...] = ()
    later: tuple[Rule, ...] = ()
    path: str = ""
    places: Places | None = field(default=None, compare=False, repr=False)
    nodes: bool = False
    unjudged: str = ""
    left: int = 0


@dataclass(frozen=True)
class Report:
    """The result of a check. `findings` are in order of place, each cell and rule once; `against` compares them with a
    baseline."""

    profile: Profile
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    against: Comparison | None = None

    @classmethod
    def of(cls, profile: Profile, checked: Iterable[Checked], findings: Iterable[Finding]) -> Report:
        """Build a report from findings in any order, with repeats."""
        return cls(profile, tuple(checked), tuple(cells.merge(findings)))

    def compared(self, against: Comparison) -> Report:
        """Return the report with its comparison with a baseline."""
        return replace(self, against=against)

    @property
    def unjudged(self) -> dict[str, str]:
        """The files of which nothing could be judged, by name, and why: they neither conform nor fail."""
        judged = {table.file for table in self.checked if not table.unjudged}
        return {table.file: table.unjudged for table in self.checked if table.file not in judged}

    @property
    def conforms(self) -> bool:
        """Whether no finding is a violation, and something of each file could be judged."""
        return not self.count("Violation") and not self.unjudged

    @property
    def passes(self) -> bool:
        """Whether no finding is a violation, or where there is a baseline, none that is not in it."""
        if self.against is None:
            return self.conforms
        return not any(finding.severity == "Violation" for finding in self.against.new) and not self.unjudged

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def by_rule(self) -> dict[str, int]:
        """Return the number of findings of each rule that has any, in the order of the rules."""
        counted = Counter(finding.rule for finding in self.findings)
        order = {rule.name: place for place, rule in enumerate(self.profile.rules.values())}
        return {name: counted[name] for name in sorted(counted, key=lambda name: (order.get(name, len(order)), name))}

    def of_table(self, table: Checked) -> list[Finding]:
        """Return the findings of one table: of its file and sheet, from its header to the next one's (row 0: the first's), and
        from its first column to that of a table beside it (no column: the first one's)."""
        here = [one for one in self.checked if (one.file, one.sheet) == (table.file, table.sheet)]
        headers = [one.header_row for one in here]
        first = 0 if table.header_row == min(headers) else table.header_row
        end = min((header for header in headers if header > table.header_row), default=0)
        beside = [one.left for one in here if one.header_row == table.header_row]
        left = -1 if table.left == min(beside) else table.left
        right = min((one for one in beside if one > table.left), default=0)
        return [finding for finding in self.findings if (finding.file, finding.sheet) == (table.file, table.sheet)
                and first <= finding.row and not (end and finding.row > end)
                and left <= (column := column_index(finding.column)) and not (right and column >= right)]
