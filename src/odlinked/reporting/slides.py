"""Slides: a title, and each table on as many slides as its rows need, with nothing cut off.

Written with python-pptx (Office Open XML, ECMA-376 part 1, 19 and 20), which is an extra: `pip install odlinked[slides]`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from odlinked.errors import SettingsError
from odlinked.reporting.presentation import ShownTable, text, width
from odlinked.reporting.workbook import fixed

_WIDE, _HIGH, _MARGIN = 13.333, 7.5, 0.5
_TOP, _FOOT = 1.35, 0.45
_ROOM: Final = _HIGH - _TOP - _FOOT - 0.25
"""Inches that a table may be high."""

_SIZES: Final = (18, 16, 14, 12, 11)
"""Sizes of text in points: the largest with which a table fits on one slide, else the smallest."""

_PAD: Final = 0.14
"""Inches of a cell beside its text, on both sides together."""

_ABOVE: Final = 0.08
"""Inches of a cell above and below its text together."""

_DIGIT: Final = 0.6
"""Width of a digit by the size of the text; a Chinese character is as wide as two at most."""

_LEAST: Final = 4
_WHOLE: Final = 12
"""Numbers and dates of so many characters are not cut into lines."""

_LARGEST: Final = 60
_WHOLE_WORD: Final = re.compile(rf"[\d,.:/%-]{{1,{_WHOLE}}}")
_NUMBER: Final = re.compile(r"-?[\d,]+(\.\d+)?%?")
Lines = list[str]


class _Fit(NamedTuple):
    """A size of text, and the width of each column in inches."""

    size: int
    widths: tuple[float, ...]

    def most(self, column: int) -> int:
        """Return how many digits fit on a line of a column; a Chinese character is as wide as two."""
        return max(2, int((self.widths[column] - _PAD) * 72 / (self.size * _DIGIT)))

    def high(self, lines: int) -> float:
        """Return how high a row of so many lines is."""
        return lines * self.size * 1.3 / 72 + _ABOVE


class Slides:
    """A presentation, wide screen; the same content and day give the same bytes. Raise `SettingsError` without python-pptx."""

    def __init__(self, font: str, missing: str, none: str, day: date) -> None:
        try:
            from pptx import Presentation
            from pptx.util import Inches
        except ImportError as problem:
            raise SettingsError("slides need python-pptx", doing="writing slides",
                                next_step="Install it: pip install odlinked[slides]") from problem
        self._deck: Any = Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(_WIDE), Inches(_HIGH)
        self._inches: Any = Inches
        self._font, self._missing, self._none, self._day = font, missing, none, day

    def title(self, title: str, below: str) -> None:
        """Add the first slide."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[6])
        self._box(slide, (_MARGIN, 2.4, _WIDE - 2 * _MARGIN, 1.2), title, 40, is_bold=True)
        self._box(slide, (_MARGIN, 3.8, _WIDE - 2 * _MARGIN, 1.6), below, 22)

    def table(self, title: str, about: str, source: str, table: ShownTable) -> None:
        """Add the slides of a table: each has its title, what it holds, its headings and where its numbers come from."""
        cells = [[self._clean(text(cell, self._missing)) for cell in row]
                 for row in (table.heads, *table.rows, *([table.last] if table.last else []))]
        heads, rows = cells[0], cells[1:] or [[self._none, *([""] * (len(cells[0]) - 1))]]
        pages = list(_pages(heads, rows))
        for number, (fit, page) in enumerate(pages, 1):
            slide = self._deck.slides.add_slide(self._deck.slide_layouts[6])
            part = f"（{number}／{len(pages)}）" if len(pages) > 1 else ""
            self._box(slide, (_MARGIN, 0.25, _WIDE - 2 * _MARGIN, 0.6), f"{title}{part}", 28, is_bold=True)
            self._box(slide, (_MARGIN, 0.9, _WIDE - 2 * _MARGIN, 0.45), about, 12)
            self._grid(slide, fit, heads, page, len(rows) - 1 if table.last else -1)
            self._box(slide, (_MARGIN, _HIGH - _FOOT, _WIDE - 2 * _MARGIN, 0.35), source, 10)

    def bytes(self) -> bytes:
        """Return the file."""
        raw = io.BytesIO()
        self._deck.core_properties.author = "odlinked"
        self._deck.save(raw)
        return fixed(raw, self._day)

    def _clean(self, written: str) -> str:
        return ILLEGAL_CHARACTERS_RE.sub("", written).replace("\r\n", "\n").replace("\r", "\n").strip()

    def _grid(self, slide: Any, fit: _Fit, heads: Lines, page: Sequence[tuple[int, Lines]], last: int) -> None:
        inches = self._inches
        rows = [(-1, heads), *page]
        numbers = {column for column in range(len(heads)) if any(row[column] for _, row in page)
                   and all(_is_number(row[column]) for _, row in page)}
        shape = slide.shapes.add_table(len(rows), len(heads), inches(_MARGIN), inches(_TOP), inches(sum(fit.widths)), inches(0.3))
        for column, wide in enumerate(fit.widths):
            shape.table.columns[column].width = inches(wide)
        for place, (number, row) in enumerate(rows):
            shape.table.rows[place].height = inches(fit.high(_lines(fit, row)))
            for column, written in enumerate(row):
                cell = shape.table.cell(place, column)
                cell.margin_left = cell.margin_right = inches(_PAD / 2)
                cell.margin_top = cell.margin_bottom = inches(_ABOVE / 2)
                self._write(cell.text_frame, written, fit.size, is_bold=number in (-1, last), is_number=column in numbers)

    def _box(self, slide: Any, place: tuple[float, float, float, float], written: str, size: int, *,
             is_bold: bool = False) -> None:
        box = slide.shapes.add_textbox(*map(self._inches, place))
        box.text_frame.word_wrap = True
        self._write(box.text_frame, self._clean(written), size, is_bold=is_bold)

    def _write(self, frame: Any, written: str, size: int, *, is_bold: bool, is_number: bool = False) -> None:
        """Write a text into a frame, a paragraph a line, in a face that has Chinese; numbers stand at the right."""
        from pptx.enum.text import PP_ALIGN
        from pptx.oxml.ns import qn
        from pptx.util import Pt

        frame.text = written
        for paragraph in frame.paragraphs:
            if is_number:
                paragraph.alignment = PP_ALIGN.RIGHT
            if not paragraph.runs:  # an empty line is as high as its text would be
                paragraph._p.get_or_add_endParaRPr().set("sz", str(size * 100))
            for run in paragraph.runs:
                run.font.size, run.font.bold, run.font.name = Pt(size), is_bold, self._font
                properties = run._r.get_or_add_rPr()
                properties.set("lang", "zh-TW")
                face = properties.makeelement(qn("a:ea"), {"typeface": self._font})
                properties.find(qn("a:latin")).addnext(face)


def _pages(heads: Lines, rows: Sequence[Lines]) -> Iterator[tuple[_Fit, list[tuple[int, Lines]]]]:
    """Yield the pages of a table: how it is set, and its rows with their numbers; a row that is too high goes on over several."""
    fit = _fit(heads, rows)
    room = _ROOM - fit.high(_lines(fit, heads))
    page: list[tuple[int, Lines]] = []
    left = room
    for number, row in enumerate(rows):
        for part in _parts(fit, row, room):
            high = fit.high(_lines(fit, part))
            if high > left and page:
                yield fit, page
                page, left = [], room
            page.append((number, part))
            left -= high
    yield fit, page


def _fit(heads: Lines, rows: Sequence[Lines]) -> _Fit:
    """Return the largest size at which all is on one slide; the smallest where none is."""
    wanted = [max(_LEAST, width(head) / 2, *(_wanted(row[column]) for row in rows)) for column, head in enumerate(heads)]
    words = [max((width(row[column]) for row in rows if _WHOLE_WORD.fullmatch(row[column])), default=0)
             for column in range(len(heads))]
    for size in _SIZES:
        fit = _Fit(size, _widths(size, wanted, words))
        if sum(fit.high(_lines(fit, row)) for row in (heads, *rows)) <= _ROOM:
            return fit
    return _Fit(_SIZES[-1], _widths(_SIZES[-1], wanted, words))


def _widths(size: int, wanted: Sequence[float], words: Sequence[int]) -> tuple[float, ...]:
    """Return the widths of columns: what their numbers and dates need, at least, and a share of the rest as is wanted."""
    room = _WIDE - 2 * _MARGIN
    least = [min(room / len(words), (max(word, _LEAST) + 0.5) * size * _DIGIT / 72 + _PAD) for word in words]
    spare = room - sum(least)
    more = [max(0.0, one - word) for one, word in zip(wanted, words, strict=True)]
    shares = [part / sum(more) if sum(more) else 1 / len(more) for part in more]
    return tuple(own + spare * share for own, share in zip(least, shares, strict=True))


def _wanted(cell: str) -> float:
    """Return the width a cell asks for: long texts are wrapped, and ask for no more than a part of the slide."""
    return min(_LARGEST, max(width(line) for line in cell.split("\n")))


def _is_number(cell: str) -> bool:
    return not cell or bool(_NUMBER.fullmatch(cell))


def _lines(fit: _Fit, row: Lines) -> int:
    return max(len(_wrapped(cell, fit.most(column))) for column, cell in enumerate(row))


def _parts(fit: _Fit, row: Lines, room: float) -> Iterator[Lines]:
    """Yield a row in parts that each fit on a slide: the lines of its cells, so many at a time."""
    most = max(1, int((room - _ABOVE) * 72 / (fit.size * 1.3)))
    cells = [_wrapped(cell, fit.most(column)) for column, cell in enumerate(row)]
    longest = max(map(len, cells))
    if longest <= most:
        yield row
        return
    for start in range(0, longest, most):
        yield ["\n".join(lines[start:start + most]) for lines in cells]


def _wrapped(cell: str, most: int) -> Lines:
    """Return the lines of a cell in a column of so many digits. Words of Latin letters may be cut, as a slide cuts them."""
    found = []
    for line in cell.split("\n"):
        part, wide = "", 0
        for character in line:
            own = width(character)
            if wide + own > most:
                found.append(part)
                part, wide = "", 0
            part, wide = part + character, wide + own
        found.append(part)
    return found
