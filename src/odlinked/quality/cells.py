"""From a result to the cell that caused it: file, sheet, row, column and, in a `;`-list, the member.

What a mapping knows is passed in as plain values (`CheckedTable`, `Placement`), so that this package does not depend on any
mapping.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar

from odlinked.documents import Derivation
from odlinked.findings import Fault, Result
from odlinked.quality import unseen
from odlinked.quality.shapes import Profile, Rule
from odlinked.sheets.tables import Row, column_letter

_F = TypeVar("_F", bound=Fault)
_HIDDEN: Final = "…"
_PARAMETER: Final = re.compile(r"([?&;#]([^=&;#?\s]+)=)([^&;#\s]+)")


def _whole(column: int, cells: Sequence[str]) -> Sequence[str] | None:
    return None


@dataclass(frozen=True)
class CheckedTable:
    """What findings need to know about a table and the form it was read by.

    `file` and `sheet` name it; `headings` has one entry a column. `carries` maps (class IRI, path IRI) to the 0-based columns of
    *this table* that feed it, in the form's order. `members(column, cells)` gives the members of a list column as the mapping
    split them, None for a column that is not a list. `suppressed` columns are never quoted; `secrets` maps a column to the URL
    parameters (lower case) whose values are never quoted, wherever there is an address. The last `added` columns are not in the
    file: what is wrong in them is told for the row.
    """

    file: str
    sheet: str | None
    headings: tuple[str, ...]
    carries: Mapping[tuple[str, str], tuple[int, ...]]
    members: Callable[[int, Sequence[str]], Sequence[str] | None] = _whole
    suppressed: AbstractSet[int] = frozenset()
    secrets: Mapping[int, Collection[str]] = field(default_factory=dict)
    added: int = 0

    @cached_property
    def _secret(self) -> frozenset[str]:
        return frozenset(name for names in self.secrets.values() for name in names)

    @cached_property
    def read(self) -> tuple[int, ...]:
        """The columns records are made of, in order."""
        return tuple(sorted({column for columns in self.carries.values() for column in columns}))

    def cell(self, row: Row, column: int, member: int) -> tuple[str, int]:
        """Return what may be quoted of a cell and the member it is (0 where the cell is not a list or has no such member).

        Invisible characters are named after the text.
        """
        text = row.cells[column] if column < len(row.cells) else ""
        members = self.members(column, row.cells) if member else None
        if members is not None:
            text = members[member - 1] if member <= len(members) else ""
        place = member if members is not None else 0
        if column in self.suppressed:
            return "", place
        return unseen.marked(_without_secrets(text, self._secret)), place


@dataclass(frozen=True)
class Placement:
    """A row and the nodes it made: node IRI -> the row and list member it was derived from."""

    sheet: CheckedTable
    row: Row
    places: Mapping[str, Derivation]

    def derivation(self, node: str) -> Derivation:
        """Return where a node came from: stated for itself, else for its record, else the row."""
        found = self.places.get(node) or self.places.get(node.split("#", 1)[0])
        return found or Derivation(self.row.number, 0)


def locate(result: Result, placement: Placement, profile: Profile) -> Fault:
    """Return the fault of a result: its rule by name, its cell and what may be quoted of it.

    The column is the one that feeds the rule's property; where several do, the one whose text holds the value. A result whose
    property no column feeds is reported for the row (column "").
    """
    rule = profile.rules.get(result.rule)
    sheet, row = placement.sheet, placement.row
    member = placement.derivation(result.focus).member
    column = _column(result, rule, sheet, row, member)
    value, place = sheet.cell(row, column, member) if column >= 0 else ("", 0)
    return Fault(
        rule.name if rule else result.rule, result.severity, node=result.focus, path=result.path, value=value, member=place,
        column=column_letter(column) if 0 <= column < len(sheet.headings) - sheet.added else "",
        heading=sheet.headings[column] if 0 <= column < len(sheet.headings) else "",
    )


def merge(faults: Iterable[_F]) -> list[_F]:
    """Return the faults of a row, or findings, in the order of their places, each cell, member and rule once.

    A cell that feeds several nodes (one licence, three files) is one fault, not three.
    """
    unique: dict[tuple[object, ...], _F] = {}
    for fault in sorted(faults, key=_order):
        unique.setdefault((*fault.place, fault.column, fault.member, fault.rule), fault)
    return list(unique.values())


def _order(fault: Fault) -> tuple[object, ...]:
    """Files and sheets by name, then rows, columns as a spreadsheet orders them, members, rules."""
    return (*fault.place, len(fault.column), fault.column, fault.member, fault.rule, fault.node)


def _column(result: Result, rule: Rule | None, sheet: CheckedTable, row: Row, member: int) -> int:
    """Return the 0-based column a result is about, -1 where the form has none."""
    target = rule.target if rule else ""
    paths = (result.path, *(rule.paths if rule else ()))
    for path in paths:
        columns = sheet.carries.get((target, path)) or _any_class(sheet, path, target)
        if columns:
            return _holding(result.value, columns, sheet, row, member)
    return -1


def _any_class(sheet: CheckedTable, path: str, target: str) -> tuple[int, ...]:
    """Return the columns that feed a path of any class: for a rule without a class, as the literal check."""
    if target:
        return ()
    return tuple(column for (_, carried), columns in sheet.carries.items() if carried == path for column in columns)


def _holding(value: str, columns: tuple[int, ...], sheet: CheckedTable, row: Row, member: int) -> int:
    """Return the column whose cell holds the value, exactly or within; of lists that should agree in length, the one that
    differs."""
    if len(columns) == 1 or not value:
        return columns[0]
    texts = {column: unseen.unmarked(sheet.cell(row, column, member)[0]).strip() for column in columns}
    for column, text in texts.items():
        if text == value.strip():
            return column
    for column, text in texts.items():
        if value in text:
            return column
    return _odd_one(columns, sheet, row)


def _odd_one(columns: tuple[int, ...], sheet: CheckedTable, row: Row) -> int:
    """Return the list column whose number of members is shared by the fewest others (the first such), else the first column."""
    lengths = {column: len(members) for column in columns if (members := sheet.members(column, row.cells))}
    counts = Counter(lengths.values())
    return min(lengths, key=lambda column: counts[lengths[column]], default=columns[0])


def _without_secrets(text: str, parameters: Collection[str]) -> str:
    """Return a text with the values of secret URL parameters removed."""
    if not parameters or "=" not in text:
        return text
    return _PARAMETER.sub(lambda m: m[1] + _HIDDEN if m[2].lower() in parameters else m[0], text)
