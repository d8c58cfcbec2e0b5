"""How a delimited text is split into cells: its separator, its quotes, the blanks around them; and its records.

More is accepted than RFC 4180 allows, as spreadsheets do: a blank before an opening quote and after a closing one, where that
gives rows of one width; `="00123"`, which keeps Excel from turning a code into a number, is the text 00123. Control characters
that no spreadsheet shows are dropped.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Final, NamedTuple, TextIO

from odlinked.errors import InputError
from odlinked.sheets.encoding import CONTROL_CHARACTERS
from odlinked.sheets.headings import is_blank

SEPARATORS: Final = (",", "\t", ";", "|")
_SAMPLES: Final = ((400, 1 << 17), (1 << 20, 1 << 24))
"""Records and characters at the start of a text by which a dialect is chosen; more where the first sample leaves a doubt."""

_BLANKS: Final = " \u3000\u00a0"
_SPACED: Final = re.compile(rf'(?m)(?:^|[,;|\t])[{_BLANKS}]+"|"[{_BLANKS}]+(?:[,;|\t]|\r?$)')
_BLANK_AND_QUOTE: Final = tuple(pair for blank in _BLANKS for pair in (blank + '"', '"' + blank))
_EVEN: Final = 0.5
"""Share of rows that must have the same width for a text to be a table without doubt."""


class DelimitedDialect(NamedTuple):
    """How a text is split into cells.

    `quoting` is false where quotes are text; `strict` is false where broken quotes are tolerated; `spaced` is true where there
    are blanks around quotes. `share` of the rows of the sample have one and the same `width` of two cells or more; both are 0
    where there is no such row.
    """

    separator: str
    quoting: bool = True
    strict: bool = True
    spaced: bool = False
    share: float = 0.0
    width: int = 0

    @property
    def single(self) -> bool:
        """True for a text with one column."""
        return not self.width

    @property
    def is_table(self) -> bool:
        """True for a text that is a table without doubt."""
        return self.share >= _EVEN


    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Return a CSV reader of some lines."""
        if self.quoting:
            return csv.reader(lines, delimiter=self.separator, strict=self.strict)
        return csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE)


class DelimitedText(NamedTuple):
    """A delimited text. `open` opens it from the start, line ends unchanged; `longest` is the most characters a cell may have.

    `controls` and `formulas` are false where the text is known to hold no control character and no `="`.
    """

    open: Callable[[], TextIO]
    longest: int
    tabs: bool = False
    controls: bool = True
    formulas: bool = True

    @contextmanager
    def reading(self, dialect: DelimitedDialect) -> Iterator[Iterator[list[str]]]:
        """Yield the records from the start; `csv.Error` is passed on."""
        csv.field_size_limit(self.longest)
        with self.open() as file:
            yield self._cut(file, dialect)

    def records(self, dialect: DelimitedDialect) -> Iterator[list[str]]:
        """Yield the records from the start; `csv.Error` is passed on."""
        with self.reading(dialect) as records:
            yield from records

    def of_sample(self, sample: str, dialect: DelimitedDialect) -> Iterator[list[str]]:
        """Return the records of a sample of the text."""
        csv.field_size_limit(self.longest)
        return self._cut(io.StringIO(sample, newline=""), dialect)

    def _cut(self, file: TextIO, dialect: DelimitedDialect) -> Iterator[list[str]]:
        reader = dialect.reader(self.lines(file, dialect))
        return map(_unwrapped, reader) if self.formulas else reader

    def lines(self, file: Iterable[str], dialect: DelimitedDialect) -> Iterable[str]:
        """Return the lines of a text as a reader takes them."""
        if self.controls:
            file = (CONTROL_CHARACTERS.sub("", line) for line in file)
        return _tightened(file, dialect.separator) if dialect.spaced else file

    def starts(self, dialect: DelimitedDialect, numbers: set[int]) -> Iterator[tuple[int, int, int, int]]:
        """Yield record, 0-based column, and 1-based line and character, for every cell of some records."""
        taken: list[str] = []

        def kept(file: TextIO) -> Iterator[str]:
            for line in file:
                taken.append(line)
                yield line

        last, line = max(numbers, default=0), 1
        with self.open() as file:
            reader = dialect.reader(self.lines(kept(file), dialect))
            for number, _ in enumerate(islice(reader, last), 1):
                if number in numbers:
                    for column, (down, right) in enumerate(_starts(taken, dialect)):
                        yield number, column, line + down, right
                line += len(taken)
                taken.clear()


def choose(text: DelimitedText) -> DelimitedDialect:
    """Return the separator that gives the most rows one and the same width of two or more."""
    order = sorted(SEPARATORS, key=lambda separator: separator != "\t") if text.tabs else SEPARATORS
    for most, characters in _SAMPLES:
        with text.open() as file:
            sample = file.read(characters)
        cut = len(sample) == characters
        ranked = sorted((_scored(text, sample, separator, most, cut=cut) for separator in order),
                        key=lambda dialect: (dialect.share, dialect.width), reverse=True)
        if (ranked[0].share > 0.9 and ranked[1].share < _EVEN) or (not cut and sample.count("\n") < most):
            break
    return ranked[0]


def _scored(text: DelimitedText, sample: str, separator: str, most: int, *, cut: bool) -> DelimitedDialect:
    """Return the dialect with a separator, allowing blanks around quotes where that makes the rows at least as even."""
    plain = _score(text, sample, DelimitedDialect(separator), most, cut=cut)
    if not any(blank in sample for blank in _BLANK_AND_QUOTE) or not _SPACED.search(sample):
        return plain
    spaced = _score(text, sample, DelimitedDialect(separator, spaced=True), most, cut=cut, sound=True)
    return spaced if spaced.width and spaced.share >= plain.share else plain


def _score(text: DelimitedText, sample: str, dialect: DelimitedDialect, most: int, *, cut: bool,
           sound: bool = False) -> DelimitedDialect:
    """Return a dialect with its share and width in a sample whose last record may be incomplete; without them where the dialect
    must be `sound` and the sample's quotes are broken."""
    widths: list[int] = []
    try:
        widths.extend(len(cells) for cells in islice(text.of_sample(sample, dialect), most) if not is_blank(cells))
    except csv.Error as problem:  # reported when the text is read in this dialect; the rows before it count
        if sound and not (cut and "unexpected end" in str(problem)):
            return dialect
    if cut and len(widths) > 1:
        widths.pop()
    several = [(count, width) for width, count in Counter(widths).items() if width > 1]
    if not several:
        return dialect
    count, width = max(several)
    return dialect._replace(share=count / len(widths), width=width)


def is_even(text: DelimitedText, dialect: DelimitedDialect) -> bool:
    """True when every row of the text that shows something has the same number of cells, more than one."""
    width = 0
    with suppress(csv.Error):
        for cells in text.records(dialect):
            if not is_blank(cells):
                width = width or len(cells)
                if len(cells) != width or width == 1:
                    return False
        return width > 1
    return False


def broken(text: DelimitedText, dialect: DelimitedDialect, problem: csv.Error, name: str) -> InputError:
    """Return the error for the record of a file in which the quotes break."""
    records = 0
    with suppress(csv.Error):
        for _ in text.records(dialect):
            records += 1
    if "field larger" in str(problem):
        why = f"a cell is longer than {text.longest:,} characters, as where a quote is opened and never closed"
    else:
        why = "a quote is opened and never closed" if "unexpected end" in str(problem) else f"its quotes are broken ({problem})"
    return InputError(f"in record {records + 1:,} {why}", doing="reading", on=name,
                      next_step="Close the quote, and write a quote inside a quoted cell twice")


def _unwrapped(cells: list[str]) -> list[str]:
    """Return cells with `="00123"`, a formula that is nothing but a text, replaced by its text."""
    for place, cell in enumerate(cells):
        if cell[:2] == '="' and len(cell) > 2 and cell[-1] == '"':
            inner = cell[2:-1]
            if '"' not in inner.replace('""', ""):
                cells[place] = inner.replace('""', '"')
    return cells


def _tightened(lines: Iterable[str], separator: str) -> Iterator[str]:
    """Yield lines without the blanks between separators and quotes."""
    blanks = _BLANKS + ("\t" if separator != "\t" else "")
    behind = re.compile(rf"^[{blanks}]+(?={re.escape(separator)}|[\r\n]|\Z)")
    before = re.compile(rf"(?<={re.escape(separator)})[{blanks}]+\Z")
    quoted = False
    for line in lines:
        parts = line.split('"')
        for place, part in enumerate(parts):
            if part and not quoted:
                if place:
                    part = behind.sub("", part)
                elif len(parts) > 1 and not part.strip(blanks):
                    part = ""
                parts[place] = before.sub("", part) if place < len(parts) - 1 else part
            quoted = quoted != (place < len(parts) - 1)
        yield '"'.join(parts)


def _starts(lines: list[str], dialect: DelimitedDialect) -> Iterator[tuple[int, int]]:
    """Yield where each cell of one record begins: lines below its first, and the 1-based character."""
    fresh, quotes, quoted = True, False, False
    yield 0, 1
    for down, line in enumerate(lines):
        for place, character in enumerate(line, 1):
            if fresh and not (dialect.spaced and character in _BLANKS):
                fresh, quotes = False, dialect.quoting and character == '"'
            if quotes and character == '"':
                quoted = not quoted
            elif character == dialect.separator and not quoted:
                fresh = True
                yield down, place + 1
