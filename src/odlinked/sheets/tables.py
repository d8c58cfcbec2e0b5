"""Tables that know their origin: what the readers return and the mapping takes.

The shared model between `inventory` (which finds tables in files) and `mapping` (which interprets them).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, zip_longest
from typing import Final, NamedTuple

BLOCK: Final = 2_000
"""Rows of a block."""


class Row(NamedTuple):
    """One data row: its number and its cells.

    `number` is 1-based as a spreadsheet shows it (title and header lines counted); in a delimited file it counts
    records, so a cell with line breaks does not shift it. `cells` are strings as displayed, trailing empty ones cut;
    a row may be shorter than the header.
    """

    number: int
    cells: tuple[str, ...]


TURNED: Final = 1_000_000_000
"""A row whose number is above this is a column of its sheet, the one of that number less this: see `upright`."""


class RowBlock:
    """Some rows of a table together: their numbers and cells; once asked for, their columns and the different cells of each."""

    def __init__(self, numbers: Sequence[int], rows: Sequence[Sequence[str]]) -> None:
        self.numbers, self._rows = numbers, rows

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The cells of each row."""
        return self._rows

    @cached_property
    def width(self) -> int:
        """How many cells every row has, -1 where they differ in it."""
        widths = set(map(len, self.rows))
        return widths.pop() if len(widths) == 1 else -1

    @cached_property
    def columns(self) -> list[Sequence[str]]:
        """The columns; what a short row lacks is empty."""
        return list(zip(*self.rows, strict=True)) if self.width >= 0 else list(zip_longest(*self.rows, fillvalue=""))

    def cells(self, place: int) -> Sequence[str]:
        """Return the cells of a column."""
        return self.columns[place]

    def first(self, place: int, text: str) -> int:
        """Return at which of the rows a text stands first in a column."""
        return self.columns[place].index(text)

    def times(self, place: int) -> Counter[str]:
        """Return how often each different cell of a column occurs, in order of first occurrence."""
        return self.counted[place] if "counted" in self.__dict__ else Counter(self.columns[place])

    @cached_property
    def counted(self) -> list[Counter[str]]:
        """How often each different cell of each column occurs, in order of first occurrence."""
        return list(map(Counter, self.columns))

    @cached_property
    def distinct(self) -> list[set[str]]:
        """The different cells of each column."""
        return list(map(set, self.counted if "counted" in self.__dict__ else self.columns))

    def changed(self, others: Mapping[int, Mapping[str, str]]) -> RowBlock:
        """Return the block with some texts of columns (by their places) replaced."""
        return RowBlock(self.numbers, [[others[place].get(text, text) if place in others else text
                                        for place, text in enumerate(cells)] for cells in self.rows])


PartOfRows = Callable[[], Iterator[RowBlock]]
"""A part of the rows of a table, which can be read by itself, in another process, too."""

Places = Callable[[Collection[tuple[int, int]]], Mapping[tuple[int, int], tuple[int, int]]]
"""(row, 0-based column) -> the 1-based line and character where the cell begins in the text of a delimited file."""


class JsonPlace(NamedTuple):
    """Where a value stands in the text of a JSON file: its first character and the one after its last (as decoded, without a byte
    order mark), as it is `spelled`, and the places of the arrays around it inside its record, 0-based."""

    start: int
    end: int
    spelled: str
    member: tuple[int, ...] = ()


JsonPlaces = Callable[[Collection[tuple[int, int]]], Mapping[tuple[int, int], Sequence[JsonPlace]]]
"""(row, 0-based column) -> the values that the cell of a JSON file is made of, in their order; one not found has none."""


class Uneven(NamedTuple):
    """The rows of a delimited file with another number of cells than most: that of most, and of each such row (at most the first
    100,000) its number of cells. A file that is cut in the middle of a row ends in one."""

    width: int
    rows: Mapping[int, int]

    def of(self, first: int, last: int, left_out: Collection[int]) -> Uneven:
        """Return those from a first row to a last one, without some."""
        return self._replace(rows={number: cells for number, cells in self.rows.items()
                                   if first <= number <= last and number not in left_out})


class Spelling(NamedTuple):
    """How a delimited file is written: the codec it is read with, its separator, and whether quotes mean anything."""

    codec: str
    separator: str
    quoting: bool


@dataclass(frozen=True)
class Table:
    """One table found in a file.

    `file` is the name to show a person (no directory), `sheet` the worksheet's name or None for a delimited file.
    `headings` has one entry a column, in order: white space and line breaks folded to single blanks, merged
    headers joined top to bottom with a blank; "" where a column has no heading. `header_row` is the number of the last
    header row. `notes` are lines found below the table (註：…) and titles above it, with their row numbers.
    `read` opens the table again from the start at each call and streams it; so do `places` and `together` (blocks of rows), which
    a delimited file has, and `values`, which a JSON file has. `parts` cuts the rows of a delimited file into parts of about so
    many bytes, in order; `spelling` says how such a file is written, and `uneven` which rows are not like the others.
    """

    file: str
    sheet: str | None
    headings: tuple[str, ...]
    header_row: int
    read: Callable[[], Iterator[Row]] = field(repr=False, compare=False)
    titles: tuple[Row, ...] = ()
    places: Places | None = field(default=None, repr=False, compare=False)
    values: JsonPlaces | None = field(default=None, repr=False, compare=False)
    together: Callable[[], Iterator[RowBlock]] | None = field(default=None, repr=False, compare=False)
    parts: Callable[[int], Sequence[PartOfRows]] | None = field(default=None, repr=False, compare=False)
    spelling: Spelling | None = field(default=None, repr=False, compare=False)
    uneven: Uneven = field(default=Uneven(0, {}), repr=False, compare=False)

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the data rows some thousand at a time, every row with as many cells as there are headings."""
        if self.together is not None:
            yield from self.together()
            return
        rows, width = self.read(), len(self.headings)
        while some := list(islice(rows, BLOCK)):
            yield RowBlock([row.number for row in some], [(*row.cells, *[""] * (width - len(row.cells))) for row in some])

    def rows(self) -> Iterator[Row]:
        """Yield the data rows, without blank rows and the notes below the table."""
        return self.read()


def column_letter(index: int) -> str:
    """Return the spreadsheet letter of a 0-based column index: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names on one line: at most `most` of them, long ones shortened, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name if len(name) <= _LONGEST else name[:_LONGEST] + "…" for name in names[:most]) + more


_LONGEST = 60
"""Most characters of a name in such a list."""


def upright(row: int, column: str) -> tuple[int, str]:
    """Return row and column letter of a cell in its sheet. In a turned table they are those of the other way round: its row is a
    column of the sheet, its column a row, and the row as a whole is told at the head of that column."""
    return (row, column) if row <= TURNED else (column_index(column) + 1 if column else 1, column_letter(row - TURNED - 1))


def column_index(letters: str) -> int:
    """Return the 0-based index of a spreadsheet letter: A is 0, AA is 26; "" is -1."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
