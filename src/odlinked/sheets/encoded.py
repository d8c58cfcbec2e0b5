"""A delimited file in parts whose cells are codes into the different texts of their column, where that gives the same cells.

A part is read so where no quote in it has a meaning and every line has as many cells as all others; others are read as ever.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from odlinked import columnar
from odlinked.columnar import EncodedColumn
from odlinked.sheets import cutting
from odlinked.sheets.body import Span
from odlinked.sheets.cutting import TextFile, TextPart
from odlinked.sheets.dialects import DelimitedDialect, DelimitedText
from odlinked.sheets.encoding import errors
from odlinked.sheets.tables import RowBlock

PART: Final = 2 << 20
"""Bytes of a part: some 15,000 rows of measurements."""

LONGEST: Final = 2 * PART
"""Bytes of the longest part that is read so."""

KEPT: Final = 96 << 20
"""Bytes of encoded columns that are kept for the next reading of a file."""

_FULL: Final = "utf-8"


class EncodedBlock(RowBlock):
    """A block whose columns are encoded."""

    def __init__(self, numbers: range, encoded: Sequence[EncodedColumn]) -> None:
        super().__init__(numbers, ())
        self.encoded = encoded

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The cells of each row."""
        return self._made

    @cached_property
    def _made(self) -> list[tuple[str, ...]]:
        return list(zip(*self.columns, strict=True))

    @cached_property
    def width(self) -> int:
        """How many cells every row has."""
        return len(self.encoded)

    @cached_property
    def columns(self) -> list[Sequence[str]]:
        """The columns."""
        return [column.cells() for column in self.encoded]

    @cached_property
    def counted(self) -> list[Counter[str]]:
        """How often each different cell of each column occurs, in order of first occurrence."""
        return [column.counted for column in self.encoded]

    @cached_property
    def distinct(self) -> list[set[str]]:
        """The different cells of each column."""
        return [set(column.texts) for column in self.encoded]

    def cells(self, place: int) -> Sequence[str]:
        """Return the cells of a column."""
        return self.columns[place] if "columns" in self.__dict__ else self.encoded[place].cells()

    def first(self, place: int, text: str) -> int:
        """Return at which of the rows a text stands first in a column."""
        return self.encoded[place].first(text)

    def times(self, place: int) -> Counter[str]:
        """Return how often each different cell of a column occurs."""
        return self.encoded[place].counted

    def changed(self, others: Mapping[int, Mapping[str, str]]) -> EncodedBlock:
        """Return the block with some texts of columns (by their places) replaced."""
        return EncodedBlock(range(self.numbers[0], self.numbers[-1] + 1),
                            [column.changed(others[place]) if place in others else column
                             for place, column in enumerate(self.encoded)])

    def row(self, at: int) -> list[str]:
        """Return the cells of a row."""
        return [column.cells(at, at + 1)[0] for column in self.encoded]

    def some(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Return the cells of some rows."""
        return list(zip(*[column.cells(start, stop) for column in self.encoded], strict=True))

    def followed(self, others: Sequence[EncodedBlock]) -> EncodedBlock:
        """Return the block with the rows of others, which come next in the file, below its own."""
        last = others[-1].numbers[-1] if others else self.numbers[-1]
        return EncodedBlock(range(self.numbers[0], last + 1),
                            [column.followed([other.encoded[place] for other in others])
                             for place, column in enumerate(self.encoded)])

    def within(self, span: Span) -> EncodedBlock | None:
        """Return the rows that belong to a table; None where they must be picked one by one."""
        first, last = max(self.numbers[0], span.first), min(self.numbers[-1], span.last)
        if self.width != len(span.headings) or any(number in self.numbers for number in span.left_out):
            return None
        start, stop = first - self.numbers[0], max(first, last + 1) - self.numbers[0]
        if (start, stop) == (0, len(self)):
            return self
        return EncodedBlock(range(first, max(first, last + 1)), [column.part(start, stop) for column in self.encoded])


def followed(blocks: Iterable[RowBlock], most: int) -> Iterator[RowBlock]:
    """Yield blocks, up to so many encoded ones that follow one another together: equal texts of theirs are looked at once."""
    open_blocks: list[EncodedBlock] = []
    for block in blocks:
        follows = isinstance(block, EncodedBlock) and 0 < len(open_blocks) < most and block.numbers \
            and block.numbers[0] == open_blocks[-1].numbers[-1] + 1 and block.width == open_blocks[-1].width
        if open_blocks and not follows:
            yield open_blocks[0].followed(open_blocks[1:])
            open_blocks = []
        if isinstance(block, EncodedBlock) and block.numbers:
            open_blocks.append(block)
        else:
            yield block
    if open_blocks:
        yield open_blocks[0].followed(open_blocks[1:])


class EncodedText:
    """The parts of a text, encoded where they can be; kept for the next time while they are small."""

    def __init__(self, text: DelimitedText, dialect: DelimitedDialect) -> None:
        self.text, self.dialect = text, dialect
        self._kept: list[tuple[TextPart, list[EncodedColumn] | None]] | None = None
        self._cut: list[TextPart] | None = None
        self._size = text.open.path.stat().st_size if isinstance(text.open, TextFile) else 0

    def parts(self) -> Iterator[tuple[TextPart, EncodedBlock | None]]:
        """Yield the parts in order, with the rows of those that are encoded; `csv.Error` is passed on."""
        if self._kept is not None:
            yield from ((part, _block(part, columns)) for part, columns in self._kept)
            return
        kept: list[tuple[TextPart, list[EncodedColumn] | None]] = []
        size, cut = self._size if self._size > KEPT else 0, []
        for part in cutting.parts(self.text, self.dialect, PART) if self._cut is None else self._cut:
            cut.append(part)
            columns = encoded(part, self.dialect)
            size += sum(column.size for column in columns or ())
            if size <= KEPT:
                kept.append((part, columns))
            else:
                kept.clear()
            yield part, _block(part, columns)
        self._cut = cut
        if size <= KEPT:
            self._kept = kept


def _block(part: TextPart, columns: Sequence[EncodedColumn] | None) -> EncodedBlock | None:
    if columns is None:
        return None
    return EncodedBlock(range(part.before + 1, part.before + 1 + len(columns[0])), [column.again() for column in columns])


def can_be(text: DelimitedText, dialect: DelimitedDialect) -> bool:
    """True for a whole file of several columns, in which no character and no formula is to be taken out."""
    opened = text.open
    return (isinstance(opened, TextFile) and opened.size < 0 and codecs.lookup(opened.codec).name in cutting.CUT
            and not (dialect.single or dialect.spaced or text.controls or text.formulas) and columnar.engine() is not None)


def encoded(part: TextPart, dialect: DelimitedDialect) -> list[EncodedColumn] | None:
    """Return the columns of a part, None where it must be read as ever."""
    opened = part.text.open
    if not isinstance(opened, TextFile) or not 0 <= opened.size <= LONGEST:
        return None
    with opened.path.open("rb") as file:
        file.seek(opened.start)
        piece = file.read(opened.size)
    if (dialect.quoting and b'"' in piece) or (b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n")):
        return None
    if opened.codec == "utf-8-sig":
        piece = piece.removeprefix(codecs.BOM_UTF8)
    elif opened.codec != _FULL:
        piece = piece.decode(opened.codec, errors(opened.codec, lost=False)).encode(_FULL)
    if piece.startswith(codecs.BOM_UTF8):  # a mark inside the text is a character
        return None
    return columnar.read(piece, dialect.separator, dialect.width)
