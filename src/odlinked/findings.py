"""A fault in somebody's data, in three forms: the engine's result, the fault that is stored, the finding that is reported.

`quality.cells.locate` makes a fault of a result: at which cell of its row it is. Faults are stored with the outcome of their row,
whichever file the row stands in. `quality.rulebook` makes a finding of a fault when it is reported: the place of the row and the
words of the rule are added then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple

SEVERITIES: Final = ("Violation", "Warning", "Info")
"""The severities of findings, the worst first: local names of SHACL."""


class Result(NamedTuple):
    """A SHACL validation result, reduced to what a fault needs (SHACL, section 3.6.2).

    `focus` and `path` are IRIs (`path` "" for a node constraint), `value` the value node as a plain string ("" if
    none), `rule` the IRI of the property shape, `component` the constraint component's local name, `severity` one of
    "Violation", "Warning", "Info".
    """

    focus: str
    path: str
    value: str
    rule: str
    component: str
    severity: str


@dataclass(frozen=True)
class Fault:
    """A fault at a cell of a row, as it is stored.

    `rule` is the rule's short name ("M03-publisher"). `other` is what a rule on the collection is at odds with: a row, a
    source, a record ("" for rules on one record). `node` is the focus node's IRI, `path` the property's. `value` is what stands
    in the cell, "" for a suppressed column. `member` is the 1-based place in a `;`-list (0 = not a list), `column` the letter
    ("" where a whole row or file is meant), `heading` the text above it.
    """

    rule: str
    severity: str
    other: str = ""
    node: str = ""
    path: str = ""
    value: str = ""
    member: int = 0
    column: str = ""
    heading: str = ""

    @property
    def place(self) -> tuple[str | int, ...]:
        """Where its row is, for the order of faults: nowhere as long as it is only stored."""
        return ()

    def stored(self) -> Sequence[Any]:
        """Return the fault as it stands in JSON: its values in the order of the fields."""
        return _values(self)

    @staticmethod
    def of_stored(values: Sequence[Any]) -> Fault:
        """Return the fault that `stored` gave."""
        return Fault(*values)


_values = attrgetter(*Fault.__dataclass_fields__)


class Issue(NamedTuple):
    """A fault that no record carries: the number of the input, the sheet and the row it is reported at (row 0: no row)."""

    input: int
    sheet: str | None
    row: int
    fault: Fault


class Repair(NamedTuple):
    """What is known of a suggestion: `certainty` is `CERTAIN` (the record was mapped and validated with it: the fault is gone and
    no new one there), `UNCERTAIN` or `UNTRIED`.

    Of a certain one `column` is the letter of the cell to change, `written` its whole text now and `instead` the one to write;
    it can be another cell than the finding's, whose fault then goes with that one's.
    """

    certainty: str
    column: str = ""
    written: str = ""
    instead: str = ""


CERTAIN, UNCERTAIN, UNTRIED = "certain", "uncertain", "untried"


@dataclass(frozen=True, kw_only=True)
class Finding(Fault):
    """A fault as it is reported: at its place, with the words of its rule.

    `row` is 1-based as a spreadsheet shows it (a CSV counts records; 0 = the file as a whole). `messages` and `suggestions`
    map a language tag ("zh-Hant", "en") to text.

    `repair` says whether the suggestion is certain, None where there is none.

    In an RDF file `row` is the line (0 = not known), `heading` the property, and `component` the constraint component.
    """

    file: str
    sheet: str | None
    row: int
    messages: dict[str, str]
    suggestions: dict[str, str]
    component: str = ""
    repair: Repair | None = None

    @property
    def certain(self) -> Repair | None:
        """What to write instead, where that is certain."""
        return self.repair if self.repair and self.repair.certainty == CERTAIN else None

    @property
    def place(self) -> tuple[str | int, ...]:
        """Where its row is: file, sheet and row."""
        return self.file, self.sheet or "", self.row

    def as_json(self, language: str = "zh-Hant") -> dict[str, object]:
        """Return the finding as the object of the JSON report, in one language.

        `certainty` is that of the suggestion ("" without one), `repair` what to write into which cell where it is certain.
        """
        certain = self.certain
        repair = {"cell": f"{certain.column}{self.row}", "value": certain.instead} if certain else None
        untried = UNTRIED if self.suggestions else ""
        return {
            "file": self.file, "sheet": self.sheet, "row": self.row, "column": self.column,
            "heading": self.heading, "value": self.value, "rule": self.rule, "severity": self.severity,
            "message": self.messages.get(language, ""), "suggestion": self.suggestions.get(language, ""),
            "node": self.node, "member": self.member,
            "certainty": self.repair.certainty if self.repair else untried, "repair": repair,
        }
