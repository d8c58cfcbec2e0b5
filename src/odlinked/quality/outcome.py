"""What a check gives: the tables looked at and the findings in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from odlinked.findings import Finding
from odlinked.quality import cells
from odlinked.quality.shapes import Profile, Rule


@dataclass(frozen=True)
class Checked:
    """A table that was checked: its file and sheet, the form it was read by (label by language), its records, the
    rules that were not run because the form does not carry them, and the row of its header (a sheet may hold several tables)."""

    file: str
    sheet: str | None
    form: dict[str, str]
    records: int
    unchecked: tuple[Rule, ...] = ()
    header_row: int = 0


@dataclass(frozen=True)
class Report:
    """What a check found. `findings` are in order of place, each cell and rule once."""

    profile: Profile
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, profile: Profile, checked: Iterable[Checked], findings: Iterable[Finding]) -> Report:
        """Build a report from findings in any order, with repeats."""
        return cls(profile, tuple(checked), tuple(cells.merge(findings)))

    @property
    def conforms(self) -> bool:
        """Whether no finding is a violation."""
        return not self.count("Violation")

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def by_rule(self) -> dict[str, int]:
        """Return the number of findings of each rule that has any, in the order of the rules."""
        counted = Counter(finding.rule for finding in self.findings)
        order = {rule.name: place for place, rule in enumerate(self.profile.rules.values())}
        return {name: counted[name] for name in sorted(counted, key=lambda name: (order.get(name, len(order)), name))}
