"""Checking the values of columns, row by row: memory does not grow with the file.

A value is judged once; short ones are cached up to a limit. Personal data are counted and never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from odlinked.standards.model import ColumnOutcome, FieldDescription, Recognised, Standard
from odlinked.standards.recognition import key

FIRST: Final = 10
"""Most failures of a column that are reported with their rows; the others are counted."""

LONGEST_QUOTE: Final = 80
"""Most characters of a failing value that are reported."""

_MEMO_ENTRIES: Final = 16_384
_MEMO_LENGTH: Final = 64
_EMPTY: Final = 0
_FAILED: Final = 1
_WRITTEN: Final = 2
"""Verdicts: empty, failing, from here on failing in a known notation, and after these the number of the datatype that fits."""


class _CheckedColumn:
    """Judges the values of one column and counts the verdicts."""

    def __init__(self, index: int, recognised: Recognised, standards: Mapping[str, Standard],
                 private: Callable[[str], bool]) -> None:
        standard = standards[recognised.standard]
        self.index, self.recognised, self.standard = index, recognised, standard
        self._related = [standards[iri] for iri in standard.related if iri in standards]
        self.fits = _WRITTEN + len(standard.writings)
        self.counts = [0] * (self.fits + len(standard.datatypes))
        self.failures: list[tuple[int, str]] = []
        self.memo: dict[str, int] = {}
        self._ways = [(number, datatype.fits) for number, datatype in enumerate(standard.datatypes, self.fits)]
        self._private = private

    def judge(self, text: str) -> int:
        """Return the verdict on a value that is not cached."""
        clean = text.strip()
        verdict = _EMPTY
        if clean:
            verdict = next((number for number, fits in self._ways if fits(clean)), _FAILED)
            written = self.standard.notation_of(clean) if verdict == _FAILED else None
            if written is not None:
                verdict = _WRITTEN + written
        if len(self.memo) < _MEMO_ENTRIES and len(text) <= _MEMO_LENGTH:
            self.memo[text] = verdict
        return verdict

    def failed(self, row: int, text: str) -> None:
        """Keep one of the first failures."""
        if len(self.failures) < FIRST:
            self.failures.append((row, self._quoted(text.strip())))

    def _quoted(self, text: str) -> str:
        """Return a value as it may be reported: no personal data, nor what looks like them in another column."""
        if self.standard.personal or not self.standard.quoted or self._private(text):
            return ""
        shown = "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_QUOTE])
        return shown + "…" if len(text) > LONGEST_QUOTE else shown

    def outcome(self) -> ColumnOutcome:
        empty, failing, fitting = self.counts[_EMPTY], self.counts[_FAILED:self.fits], self.counts[self.fits:]
        failed = sum(failing)
        written = {datatype.iri: count for datatype, count in zip(self.standard.datatypes, fitting, strict=True) if count}
        notations = {one.iri: count for one, count in zip(self.standard.writings, failing[1:], strict=True) if count}
        known = self.recognised
        return ColumnOutcome(self.index, known.name, known.standard, known.by, failed + sum(fitting), failed, empty,
                             tuple(self.failures), written, known.named, self.standard.personal,
                             self._like() if failed and not any(fitting) else "", notations)

    def _like(self) -> str:
        """Return the related standard that all cached values fit, or ""."""
        values = [text.strip() for text, verdict in self.memo.items() if _FAILED <= verdict < self.fits]
        return next((one.iri for one in self._related if values and all(map(one.fits, values))), "")


class Checker:
    """Takes the rows of a file and returns what was found in its recognised columns; a `private` value is not reported."""

    def __init__(self, recognised: Mapping[int, Recognised], standards: Mapping[str, Standard],
                 private: Callable[[str], bool]) -> None:
        self._columns = [_CheckedColumn(index, one, standards, private) for index, one in sorted(recognised.items())]
        self._plan = [(column.index, column.memo.get, column.counts, column.fits, column) for column in self._columns]

    def take(self, row_number: int, values: Sequence[str]) -> None:
        """Examine a row: its number for reports, and all its values in order. A row may be short."""
        width = len(values)
        for index, known, counts, fits, column in self._plan:
            if index >= width:
                return
            text = values[index]
            verdict = known(text)
            if verdict is None:
                verdict = column.judge(text)
            counts[verdict] += 1
            if _FAILED <= verdict < fits:
                column.failed(row_number, text)

    def outcome(self) -> list[ColumnOutcome]:
        """Return what was found so far, for each column."""
        return [column.outcome() for column in self._columns]


class FileCheck:
    """Recognises the columns of a file when it begins, then checks their values.

    `described` fields give a column of the same name (folded, with or without the part in brackets) their address and
    description.
    """

    def __init__(self, described: Sequence[FieldDescription],
                 recognise: Callable[[Sequence[FieldDescription]], Mapping[int, Recognised]],
                 checker: Callable[[Mapping[int, Recognised]], Checker]) -> None:
        self._described: dict[str, FieldDescription] = {}
        for one in described:
            self._described.setdefault(key(one.name), one)
        for one in described:
            self._described.setdefault(key(one.name.partition("(")[0].partition("（")[0]), one)
        self._recognise, self._make = recognise, checker
        self._checker: Checker | None = None

    def begin(self, fields: Sequence[str]) -> bool:
        """Start over with the names of a file's columns; return False where none of them is a standard's."""
        known = [(name, self._described.get(key(name))) for name in fields]
        columns = [FieldDescription(name, one.uri, one.description or _remark(one, name)) if one else FieldDescription(name)
                   for name, one in known]
        recognised = self._recognise(columns)
        self._checker = self._make(recognised)
        return bool(recognised)

    def take(self, row_number: int, values: Sequence[str]) -> None:
        """Examine a row."""
        if self._checker:
            self._checker.take(row_number, values)

    def outcome(self) -> list[ColumnOutcome]:
        """Return what was found so far; nothing before `begin`."""
        return self._checker.outcome() if self._checker else []


def _remark(described: FieldDescription, name: str) -> str:
    """Return the remark that a described name has in brackets, for a column that is named without it."""
    rest = described.name.replace("（", "(").partition("(")[2]
    return "" if described.name == name else rest.rstrip(")） ")
