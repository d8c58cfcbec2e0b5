"""What a reader finds out about a table or records, and how it passes their values to a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from odlinked.evidence.observation import DescribedField, PersonalColumn, StandardField
from odlinked.sheets.sheet import ERROR

FIRST: Final = 10
"""Most places reported for a fault; the others are counted."""

MOST_FIELDS: Final = 2_000
LONGEST_NAME: Final = 200


class FieldCheck(Protocol):
    """Checks values against data standards, row by row.

    `begin` starts over with the names of the columns in order and says whether it wants any values; `take` gets the values of a
    row in that order (a row may be shorter or longer) and its number as a spreadsheet counts (1 is the first row, the header
    counts), of records without a header from 1; `outcome` returns what was found so far.
    """

    def begin(self, fields: Sequence[str]) -> bool:
        """Start over with these columns; return False where none of their values is needed."""

    def take(self, row_number: int, values: Sequence[str]) -> None:
        """Examine a row."""

    def outcome(self) -> tuple[StandardField, ...]:
        """Return what was found."""

    def personal(self) -> tuple[PersonalColumn, ...] | None:
        """Return the columns that hold personal data, None where no values were passed in."""

    def headless(self) -> bool:
        """True when what is in the place of the names is a person's data itself, which must not be reported."""


@dataclass(frozen=True)
class Expectation:
    """What a reader is given: the described fields, and the check, if any, that gets the values."""

    fields: tuple[DescribedField, ...] = ()
    check: FieldCheck | None = None


@dataclass
class ContentShape:
    """What was read of a table or of records; None is not established.

    `fields` are the names in order, without blank ones, repeated ones once. `settled`: a name that is not among the fields or the
    `others`, names elsewhere in the content (around the records, deeper in them), is nowhere in the content. `broken` says where
    and why the text is not what its format asks for; the other facts were read before or in spite of that. `unread` further
    tables hold something that is not read. Ragged rows have another number of cells than the header.
    """

    fields: tuple[str, ...] | None = None
    settled: bool = True
    others: frozenset[str] = frozenset()
    repeated: tuple[str, ...] = ()
    unnamed: int = 0
    count: int | None = None
    broken: str | None = None
    ragged: int | None = None
    first_ragged: tuple[int, ...] = ()
    errors: int | None = None
    unread: int = 0

    def named(self, cells: Sequence[str]) -> None:
        """Take the names of the fields from a header."""
        names: dict[str, int] = {}
        for cell in cells[:MOST_FIELDS]:
            name = cell.strip().strip("\ufeff").strip()[:LONGEST_NAME]
            if name:
                names[name] = names.get(name, 0) + 1
            else:
                self.unnamed += 1
        self.fields = tuple(names)
        self.repeated = tuple(name for name, times in names.items() if times > 1)


class RowCounter:
    """Counts the rows below a header, finds ragged ones and cells that show a spreadsheet's error, feeds the check."""

    def __init__(self, header: Sequence[str], check: FieldCheck | None, *, errors: bool = True) -> None:
        self.width, self.look = len(header), errors
        self.count = self.ragged = self.errors = self.last = 0
        self.first_ragged: list[int] = []
        wants = check is not None and check.begin([cell.strip().strip("\ufeff").strip() for cell in header])
        self.check = check if wants else None

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Examine a row; a blank one is not a record."""
        self.last = number
        if not any(cells):
            return
        self.count += 1
        if len(cells) != self.width:
            self.ragged += 1
            if len(self.first_ragged) < FIRST:
                self.first_ragged.append(number)
        if self.look:
            self.errors += sum(ERROR.fullmatch(cell) is not None for cell in cells if cell[:1] == "#")
        if self.check:
            self.check.take(number, cells)

    def settle(self, shape: ContentShape, *, whole: bool, even: bool = False) -> None:
        """Record what was found; without a complete reading there are no totals. `even`: rows have no cells of their own."""
        if whole:
            shape.count, shape.errors = self.count, self.errors
            shape.ragged = None if even else self.ragged
        shape.first_ragged = () if even else tuple(self.first_ragged)
