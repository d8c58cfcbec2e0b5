"""What is wrong with a file that is lifted: each fault at its cell, all of them counted, the first of each kind kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import unquote

from odlinked.csvw.annotated import NOT_LISTED, TableReading
from odlinked.csvw.problems import ValidationProblem

FIRST: Final = 10
"""Faults of a kind and column that are told with their rows; the others are counted."""

BREAKING: Final = frozenset({"edition-removed", "edition-renamed", "edition-retyped", "edition-key", "edition-fewer",
                             "edition-more"})
"""Kinds by which an edition breaks those who read the one before."""

LONGEST_QUOTE: Final = 80

KINDS: Final = {
    "cell": "does not fit the datatype of its column and stays text",
    "row": "the row has another number of cells than the header",
    "key": "the key is doubled, or means no row of the other table",
    "concept": "is not in the code list and stays text",
    "metadata": "the description is wrong, or is not that of the file",
    "warning": "a warning about the description",
    "persons": "★ the column holds personal data and was left out. Take it out of the file; "
               "where a law asks for it to be public, "
               "the person in charge writes why, by whom and when as odl:personsDecision of the column",
    "persons-decided": "★ the column holds personal data and was lifted, as decided in the description",
    "persons-left-out": "★ the column holds personal data and was left out, as the description says",
    "persons-cell": "★ a cell names a person, who was left out (…)",
    "markup": "the cell holds HTML markup",
    "total": "a subtotal or total among the rows, which is no record",
    "mark": "a byte order mark stands before a heading and was left out",
    "edition-removed": "was there in the earlier edition and is gone",
    "edition-renamed": "seems to be renamed",
    "edition-retyped": "has another datatype, way of writing or unit than in the earlier edition",
    "edition-key": "was the key of the earlier edition and is none any more (gone, or with doubled values)",
    "edition-fewer": "half the rows of the earlier edition or fewer",
    "edition-more": "twice the rows of the earlier edition or more",
    "edition-added": "was not there in the earlier edition",
}
"""What is wrong with cells, rows and files, by the kind of fault; in Chinese: `[fault]` of `ontologies/words/messages.toml`."""

ERRORS: Final = frozenset({"cell", "row", "key", "metadata", "concept", "persons", "persons-cell", "markup", "total",
                           *BREAKING})
"""Kinds of fault with which a file does not conform to its description, or loses something; all others are only told."""


class LiftFault(NamedTuple):
    """A fault: its kind (a key of `KINDS`), file, row (as in `sheets.tables.Row`, 0 for none), heading of
    the column, what is written there ("" where it must not be told) and what is wrong with it, in English."""

    kind: str
    file: str
    row: int = 0
    column: str = ""
    value: str = ""
    detail: str = ""


@dataclass
class FaultLog:
    """Takes faults as they are found. `listed`, if any, gets each of them; `clean` takes persons out of a value."""

    clean: Callable[[str], str]
    listed: Callable[[LiftFault], None] | None = None
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str, str], list[LiftFault]] = field(default_factory=dict)

    def take(self, fault: LiftFault) -> None:
        """Take a fault."""
        shown = fault.value if len(fault.value) <= LONGEST_QUOTE else fault.value[:LONGEST_QUOTE] + "…"
        key = (fault.kind, fault.file, fault.column)
        self.counts[key] += 1
        kept = self.first.setdefault(key, [])
        if len(kept) >= FIRST and self.listed is None:
            return
        is_plain = bool(fault.value) and fault.kind in ("cell", "concept")
        fault = fault._replace(value=self.clean(shown), detail="" if is_plain else fault.detail)
        if len(kept) < FIRST:
            kept.append(fault)
        if self.listed is not None:
            self.listed(fault)

    @property
    def errors(self) -> int:
        """How many faults make the file not conform."""
        return sum(count for (kind, _, _), count in self.counts.items() if kind in ERRORS)


@dataclass
class FileFaults:
    """Tells the faults of one file to a log: columns by `headings` (name -> heading), nothing of those that are `hidden`."""

    file: str
    log: FaultLog
    headings: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def told(self, kind: str, row: int, column: str, value: str) -> None:
        """Take what was found as a record was prepared."""
        self._take(kind, row, column, value, "")

    def drain(self, reading: TableReading) -> None:
        """Take the problems of a table so far."""
        for problem in reading.notes.problems:
            self.take(problem)
        reading.notes.problems.clear()

    def take(self, problem: ValidationProblem, kind: str = "") -> None:
        """Take a problem of the engine as a fault."""
        if not kind:
            listed = "concept" if problem.message == NOT_LISTED else "cell"
            kind = listed if problem.column else "row" if problem.row else "metadata" if problem.error else "warning"
        detail = problem.message if problem.row else f"{problem.place}: {problem.message}"
        self._take(kind, problem.row, problem.column, problem.value, detail)

    def _take(self, kind: str, row: int, column: str, value: str, detail: str) -> None:
        """Tell a fault; nothing of what stands in a column of personal data is told, nor in the whole rows of such a table."""
        name = self.headings.get(column, unquote(column))
        if self.hidden and (name in self.hidden or not name):
            value = ""
            detail = "" if name in self.hidden else detail
        self.log.take(LiftFault(kind, self.file, row, name, value, detail))
