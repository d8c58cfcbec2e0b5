"""The gate between reading and mapping: every row passes through here, and none contains persons afterwards.

Each row is cleaned, column by column, and judged: a row that is not a record (signatures, totals, an example), one whose cells
are in the wrong columns, and a doubtful one make no record, and are reported. Suppressed columns, columns about persons and
columns unknown to the form are emptied. Telephone columns keep office telephones and the mailboxes of units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.csvw.model import Column
from odlinked.folding import plain
from odlinked.mapping import fit, shifts, verdicts
from odlinked.mapping.forms import Binding, annotation
from odlinked.mapping.headings import heading_key
from odlinked.mapping.verdicts import HELD, SHIFTED, RowVerdict
from odlinked.persons import LEFT_OUT, recognition
from odlinked.persons.recognition import MAIL_LEFT_OUT
from odlinked.sheets.tables import Row

Cleaner = Callable[[str], str]

_NAME = 32
"""The longest cell, in characters, that is checked for being a bare name."""

_USER = re.compile(r"(?<=://)[^\s/?#@]+@")


class Passed(NamedTuple):
    """A row after the gate: its number, its cleaned cells, and why it makes no record (None: it does).

    The cells of a row that is held back serve to identify its record: of a shifted row those before the shift. A row that is not
    a record has none.
    """

    number: int
    cells: tuple[str, ...]
    verdict: RowVerdict | None = None


class RowGate:
    """Cleans and judges the rows of one table, by the code lists of `index` (scheme -> folded spelling -> concept)."""

    def __init__(self, binding: Binding, assets: Assets, index: Mapping[str, Mapping[str, str]]) -> None:
        self._recognition = recognition(assets)
        self._fit = fit.of(binding, index, self._recognition.names)
        self._verdicts = verdicts.Verdicts.of(self._recognition.words, self._fit, self._recognition.names)
        self._keyed = binding.header_row == 0
        self._own = len(binding.headings) - binding.added if binding.added else None
        self._private = binding.private
        self._cleaners = self._made(binding)

    def rows(self, rows: Iterable[Row | Passed]) -> Iterator[Passed]:
        """Yield the rows after the gate, in their order."""
        for row in rows:
            yield self.passed(row)

    def passed(self, row: Row | Passed) -> Passed:
        """Return a row after the gate; one that has passed before is unchanged."""
        if isinstance(row, Passed):
            return row
        number, cells = row
        own = cells[:self._own]
        scores = self._fit.row(own)
        verdict = self._verdicts.row(own, scores)
        if verdict is None and not self._keyed and (start := shifts.start(own, scores, self._fit)) is not None:
            verdict = RowVerdict(SHIFTED, start, "")
        if verdict is not None:
            known = cells[:verdict.column] if verdict.rule == SHIFTED else cells if verdict.rule in HELD else ()
            return Passed(number, self._cleaned(known, scores), verdict)
        return Passed(number, self._cleaned(cells, scores))

    def _cleaned(self, cells: Sequence[str], scores: Sequence[int]) -> tuple[str, ...]:
        """Return cells without persons; cells that are certainly a code or a date are not examined."""
        return tuple([
            text if not text or (place < len(scores) and scores[place] > 0 and place in self._certain) else clean(text)
            for place, (text, clean) in enumerate(zip(cells, self._cleaners, strict=False))])

    def _made(self, binding: Binding) -> list[Cleaner]:
        """Return the function that cleans each of the table's columns."""
        cleaners: list[Cleaner] = [_nothing] * len(binding.headings)
        certain: set[int] = set()
        for column, place in zip(binding.form.columns, binding.columns, strict=True):
            if place is None or column.suppress_output:
                continue
            cleaners[place] = self._column(column, place, binding)
            if annotation(column, "dates") or (annotation(column, "codeList") and not annotation(column, "separators")
                                               and not annotation(column, "alignedWith")):
                certain.add(place)
        self._certain = frozenset(certain)
        return cleaners

    def _column(self, column: Column, place: int, binding: Binding) -> Cleaner:
        known = binding.persons
        if annotation(column, "officePhones") or annotation(column, "unitMail"):
            stated = annotation(column, "unitMail") or ()
            wanted = stated is True or any(heading_key(word) in heading_key(binding.headings[place]) for word in stated)
            return self._recognition.cleaner(known, mail_mark=MAIL_LEFT_OUT if wanted else LEFT_OUT)
        if column.datatype.base == "anyURI":
            link = self._recognition.cleaner(known, address=True, alone=True)
            return lambda text: _USER.sub(LEFT_OUT + "@", link(text)) if "@" in text else link(text)
        not_prose = place not in self._fit.prose
        clean = self._recognition.cleaner(known, alone=not_prose)
        if place in self._fit.identifiers:
            return lambda text: "" if (cleaned := clean(text)) != text and LEFT_OUT in cleaned else cleaned
        patterns = [re.compile(pattern) for pattern in annotation(column, "leaveOut") or ()]
        if patterns:
            return _with(clean, patterns)
        if not_prose:
            return lambda text: LEFT_OUT if self._is_name(text) else clean(text)
        return clean

    def _is_name(self, text: str) -> bool:
        """True when a cell of a column for something else is the name of a person and nothing more."""
        return len(text) <= _NAME and self._recognition.names.is_name(plain(text))


def _with(clean: Cleaner, patterns: list[re.Pattern[str]]) -> Cleaner:
    """Return a cleaner that also removes matches of patterns."""
    def more(text: str) -> str:
        text = clean(text)
        for pattern in patterns:
            text = pattern.sub(LEFT_OUT, text)
        return text

    return more


def _nothing(text: str) -> str:
    return ""


def persons(tables: Iterable[tuple[Iterable[Row], Binding]], assets: Assets) -> frozenset[str]:
    """Return the names of persons in the columns of tables that are about persons, in one pass over their rows."""
    found: set[str] = set()
    names = recognition(assets).names
    for rows, binding in tables:
        places = [place for column, place in zip(binding.form.columns, binding.columns, strict=True)
                  if place is not None and annotation(column, "personal")]
        places += [place for place, heading in binding.unknown if names.cue.search(plain(heading))]
        cells = {row.cells[place] for row in rows for place in places if place < len(row.cells)} if places else set()
        found |= recognition(assets).persons(cells)
    return frozenset(found)
