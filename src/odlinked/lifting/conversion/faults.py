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

LONGEST_QUOTE: Final = 80


class LiftFault(NamedTuple):
    """A fault: its kind (by which the rules in `shapes/data-rows.ttl` are named, see `lifting.conversion.row_rules`), file, row
    (as in `sheets.tables.Row`, 0 for none), heading of the column, what is written there ("" where it must not be told) and
    what is wrong with it, in English."""

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
