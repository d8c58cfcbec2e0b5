"""What a description says of rows before their cells are read: totals left out, markup taken out, ROC years made Gregorian.

These are common properties of odlinked's own vocabulary; a processor that does not know them reads the cells as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Final

from odlinked.csvw.compile import MEMO_ENTRIES, MEMO_LENGTH
from odlinked.csvw.dateformats import DateFormat
from odlinked.csvw.model import Column, TableDescription
from odlinked.lifting.reading import roc
from odlinked.lifting.reading.profile import is_total
from odlinked.lifting.reading.words import DescribingWords, TotalWords
from odlinked.namespaces import ODL
from odlinked.sheets.tables import RowBlock

DECISION: Final = ODL + "personsDecision"
"""Common property of a column: why it is published although it holds personal data, by whose decision and when."""

TOTALS: Final = ODL + "totals"
MARKUP: Final = ODL + "markup"
YEARS: Final = ODL + "years"

_LONGEST_TOTAL: Final = 16
_ZONE: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")
_ISO: Final = re.compile(r"(?P<y>[0-9]{4})-(?P<M>[0-9]{2})-(?P<d>[0-9]{2})T(?P<H>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})"
                         r"(?:\.(?P<S>[0-9]+))?(?P<z>Z|[+-][0-9]{2}:[0-9]{2})?")
_TAG: Final = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
TIMEZONE: Final = ODL + "timezone"
"""Common property of a column: the zone of the times in it that state none."""

Told = Callable[[str, int, str, str], None]
"""Takes the kind of a fault, the row, the name of the column and the value."""


@dataclass(frozen=True)
class _ZonedFormat(DateFormat):
    """A pattern of times whose zone is known although it is not written."""

    zone: str = ""

    def read(self, text: str) -> str | None:
        """Return a time with its zone."""
        found = super().read(text)
        return found if found is None or _ZONE.search(found) else found + self.zone


def ours(table: TableDescription) -> TableDescription:
    """Return a table as our own properties have it read: times in their zone. What they say is no statement about the data."""
    columns = tuple(_zoned(column) for column in table.columns)
    return replace(table, schema=replace(table.schema, columns=columns))


def stated(table: TableDescription) -> TableDescription:
    """Return a table without our own properties, which say how it is read."""
    return replace(table, common=tuple(one for one in table.common if not one.iri.startswith(ODL)))


def _zoned(column: Column) -> Column:
    zone, datatype = str(column.annotations.get(TIMEZONE, "")), column.datatype
    if not _ZONE.fullmatch(zone) or datatype.builtin.kind != "date" or "dateTime" not in datatype.iri:
        return column
    plain = datatype.date or DateFormat(datatype.base, _ISO)
    return replace(column, datatype=replace(datatype, date=_ZonedFormat(plain.base, plain.expression, zone)))


def plain_text(text: str) -> str:
    """Return a cell without its markup, character references resolved."""
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(_TAG.sub("", text)).strip()


def western(text: str) -> str:
    """Return a day of an ROC year in ISO 8601, anything else as it is."""
    return roc.iso(text.strip()) or text


def prepared(blocks: Iterable[RowBlock], table: TableDescription, words: DescribingWords, clean: Callable[[str], str],
             told: Told) -> Iterable[RowBlock]:
    """Return blocks of rows as the description says they are to be read, and texts without the persons in them (`clean`).

    A total that is left out, markup and persons are told.
    """
    changes = [_Change(place, column.name, change, kind) for place, column in enumerate(table.columns) if not column.virtual
               for change, kind in _changes(column, clean if clean is str or not words.is_remark(_heading(column)) else
                                            lambda text: words.without_names(clean(text)))]
    totals = words.totals if table.annotations.get(TOTALS) == "leave-out" else TotalWords()
    if not changes and not totals.whole:
        return blocks
    return _prepared(blocks, changes, totals, told)


def _changes(column: Column, clean: Callable[[str], str]) -> Iterator[tuple[Callable[[str], str], str]]:
    """Yield what is done to the cells of a column, and the kind of fault that it is told as."""
    if column.annotations.get(MARKUP) == "strip":
        yield plain_text, "markup"
    if column.annotations.get(YEARS) == "roc":
        yield western, ""
    if column.datatype.builtin.kind == "string" and not column.suppress_output and not column.annotations.get(DECISION):
        yield clean, "persons-cell"


def _heading(column: Column) -> str:
    return next((texts[0] for texts in column.titles.values() if texts), column.name)


class _Change:
    """What is done to the cells of a column: many of its texts are known to stay as they are."""

    def __init__(self, place: int, name: str, change: Callable[[str], str], kind: str) -> None:
        self.place, self.name, self.change, self.kind = place, name, change, kind
        self._same: set[str] = {""}

    def others(self, distinct: Set[str]) -> dict[str, str]:
        """Return the texts among these that are changed, with what they become."""
        found: dict[str, str] = {}
        for text in distinct - self._same:
            changed = self.change(text)
            if changed != text:
                found[text] = changed
            elif len(text) <= MEMO_LENGTH:
                self._same.add(text)
        if len(self._same) > MEMO_ENTRIES:
            self._same = {""}
        return found


def _prepared(blocks: Iterable[RowBlock], changes: list[_Change], totals: TotalWords, told: Told) -> Iterator[RowBlock]:
    """Yield blocks: equal values of a column are looked at once."""
    memo: dict[str, bool] = {}
    known: set[str] = set()

    def total_of(cells: Iterable[str]) -> str | None:
        return next((text for text in cells if 0 < len(text) < _LONGEST_TOTAL and is_total(text, totals, memo)), None)

    for block in blocks:
        if totals.whole:
            fresh = set[str]().union(*block.distinct) - known
            if total_of(fresh) is not None:
                block = _without_totals(block, total_of, told)
                if not len(block):
                    continue
            elif len(known) < MEMO_ENTRIES:
                known |= fresh
        yield _changed(block, changes, told)


def _without_totals(block: RowBlock, total_of: Callable[[Iterable[str]], str | None], told: Told) -> RowBlock:
    """Return a block without the rows that are totals, each of which is told."""
    numbers: list[int] = []
    rows: list[Sequence[str]] = []
    for number, cells in zip(block.numbers, block.rows, strict=True):
        total = total_of(cells)
        if total is None:
            numbers.append(number)
            rows.append(cells)
        else:
            told("total", number, "", total)
    return RowBlock(numbers, rows)


def _changed(block: RowBlock, changes: list[_Change], told: Told) -> RowBlock:
    """Return a block with the changes made; what was changed is told row by row."""
    edits: dict[int, dict[str, str]] = {}
    found: list[tuple[int, str, str, str]] = []
    for one in changes:
        if one.place >= len(block.distinct):
            continue
        distinct, before = block.distinct[one.place], edits.get(one.place, {})
        others = one.others({before.get(text, text) for text in distinct} if before else distinct)
        if others:
            if one.kind:
                shown = block.cells(one.place) if not before else [before.get(text, text) for text in block.cells(one.place)]
                found += [(at, one.kind, one.name, "" if one.kind == "persons-cell" else text)
                          for at, text in enumerate(shown) if text in others]
            now = {text: before.get(text, text) for text in distinct}
            edits[one.place] = {text: others.get(changed, changed) for text, changed in now.items()}
    for at, kind, name, text in sorted(found, key=itemgetter(0)):
        told(kind, block.numbers[at], name, text)
    return block.changed(edits) if edits else block
