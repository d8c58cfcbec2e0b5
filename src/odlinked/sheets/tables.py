"""Tables that know their origin: what the readers return and the mapping takes.

The shared model between `inventory` (which finds tables in files) and `mapping` (which interprets them).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple


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


@dataclass(frozen=True)
class Table:
    """One table found in a file.

    `file` is the name to show a person (no directory), `sheet` the worksheet's name or None for a delimited file.
    `headings` has one entry a column, in order: white space and line breaks folded to single blanks, merged
    headers joined top to bottom with a blank; "" where a column has no heading. `header_row` is the number of the last
    header row. `notes` are lines found below the table (註：…) and titles above it, with their row numbers.
    `read` opens the table again from the start at each call and streams it; so do `places`, which a delimited file has, and
    `values`, which a JSON file has.
    """

    file: str
    sheet: str | None
    headings: tuple[str, ...]
    header_row: int
    read: Callable[[], Iterator[Row]] = field(repr=False, compare=False)
    titles: tuple[Row, ...] = ()
    places: Places | None = field(default=None, repr=False, compare=False)
    values: JsonPlaces | None = field(default=None, repr=False, compare=False)

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
