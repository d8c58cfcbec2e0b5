"""A worksheet as all readers give it: rows of what its cells show, streamed, and its merged cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from odlinked.settings import ReadSettings
from odlinked.sheets import caps as limits
from odlinked.sheets.merges import Merges
from odlinked.sheets.tables import Row

CONTROLS: Final = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
"""For `str.translate`: removes control characters, which no cell shows."""


ERROR: Final = re.compile(r"#(?:[A-Z][A-Z0-9_]*[!?]|N/A|DIV/0!|GETTING_DATA)")
"""An error value as a cell shows it: the seven of Excel 97, those of newer programs and future ones."""

_LONGEST_FORMULA: Final = 200
_EARLY: Final = re.compile(r"(0\d{3})-(\d\d)-(\d\d)(?:T00:00:00(?:\.0+)?)?\Z")
_LAST_EARLY: Final = 200


class Sheet(NamedTuple):
    """A worksheet of a workbook: its name, its non-blank rows, to be read once and before the next sheet, and its merged cells,
    which are complete up to the last row read."""

    name: str
    rows: Iterator[Row]
    merges: Merges


def uncalculated(formula: str) -> str:
    """Return the text of a formula that no program has calculated yet: the formula itself, as a person types it."""
    return f"={formula.strip()}"[:_LONGEST_FORMULA]


def roc(date: str) -> str:
    """Return an ISO 8601 date as it is, but one in the years 1 to 200 as the ROC date that was typed: 113/05/01.

    A spreadsheet takes 113/05/01 for a day of the year 113 and stores 0113-05-01. No record has a date in those centuries.
    """
    match = _EARLY.match(date)
    return f"{int(match[1])}/{match[2]}/{match[3]}" if match and 0 < int(match[1]) <= _LAST_EARLY else date


class Extent:
    """The total extent of the sheets of a workbook."""

    def __init__(self, name: str, caps: ReadSettings) -> None:
        self.name, self.caps = name, caps
        self.cells: dict[int, int] = {}

    def of(self, index: int, sheet: str) -> Reach:
        """Return the extent that checks the reading of the sheet at `index` against the limits."""
        others = sum(cells for other, cells in self.cells.items() if other != index)
        return Reach(self, index, f"{self.name}, sheet {sheet}", others)


class Reach:
    """How far a sheet extends so far. Readers pass each row here before they keep it."""

    def __init__(self, extent: Extent, index: int, on: str, others: int) -> None:
        self.extent, self.index, self.on, self.others = extent, index, on, others
        caps = extent.caps
        self.most, self.most_rows, self.most_text = caps.max_rows * limits.CELLS_A_ROW - others, caps.max_rows, caps.max_bytes
        self.bottom = self.width = self.characters = 0

    def take(self, number: int, cells: Sequence[str], times: int = 1) -> None:
        """Take a row that is repeated `times` times from row `number` on; raise `InputError` where the sheet exceeds a limit."""
        self.bottom = max(self.bottom, number + times - 1)
        self.width = max(self.width, len(cells))
        if self.bottom * self.width > self.most or self.bottom > self.most_rows or self.width > self.extent.caps.max_columns:
            limits.check_area(self.on, self.bottom, self.width, self.others, self.extent.caps)
        self.characters += sum(map(len, cells)) * times
        if self.characters > self.most_text:
            raise limits.too_much_text(self.on, self.extent.caps)
        self.extent.cells[self.index] = self.bottom * self.width


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return rows in rising order of their numbers. Rows stored out of order, which Excel and LibreOffice accept, are sorted; of
    two with the same number, the non-blank cells of the later one win."""
    found = list(rows)
    if all(before.number < after.number for before, after in pairwise(found)):
        return found
    merged: dict[int, tuple[str, ...]] = {}
    for number, cells in found:
        earlier = merged.get(number, ())
        merged[number] = tuple(new or old for new, old in zip_longest(cells, earlier, fillvalue=""))
    return [Row(number, merged[number]) for number in sorted(merged)]
