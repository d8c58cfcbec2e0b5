"""What a description says of rows before their cells are read: totals left out, markup taken out, ROC years made Gregorian.

These are common properties of odlinked's own vocabulary; a processor that does not know them reads the cells as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from operator import itemgetter
from typing import Final

from odlinked.csvw.dateformats import DateFormat
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.model import Column, TableDescription
from odlinked.lifting import roc
from odlinked.lifting.profile import is_total
from odlinked.lifting.words import DescribingWords, TotalWords
from odlinked.namespaces import ODL

DECISION: Final = ODL + "personsDecision"
"""Common property of a column: why it is published although it holds personal data, by whose decision and when."""

TOTALS: Final = ODL + "totals"
MARKUP: Final = ODL + "markup"
YEARS: Final = ODL + "years"

_BLOCK: Final = 500
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


def prepared(records: Iterable[DelimitedRecord], table: TableDescription, words: DescribingWords, clean: Callable[[str], str],
             told: Told) -> Iterable[DelimitedRecord]:
    """Return records as the description says they are to be read, and texts without the persons in them (`clean`).

    A total that is left out, markup and persons are told.
    """
    changes = [(place, column.name, change, kind) for place, column in enumerate(table.columns) if not column.virtual
               for change, kind in _changes(column, clean if clean is str or not words.is_remark(_heading(column)) else
                                            lambda text: words.without_names(clean(text)))]
    totals = words.totals if table.annotations.get(TOTALS) == "leave-out" else TotalWords()
    if not changes and not totals.whole:
        return records
    return _prepared(records, changes, totals, told)


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


def _prepared(records: Iterable[DelimitedRecord], changes: list[tuple[int, str, Callable[[str], str], str]],
              totals: TotalWords, told: Told) -> Iterator[DelimitedRecord]:
    """Yield records some hundred at a time: equal values of a column are looked at once."""
    memo: dict[str, bool] = {}

    def total_of(cells: Iterable[str]) -> str | None:
        return next((text for text in cells if 0 < len(text) < _LONGEST_TOTAL and is_total(text, totals, memo)), None)

    left = iter(records)
    while block := list(islice(left, _BLOCK)):
        columns = list(zip_longest(*[record.cells for record in block], fillvalue=""))
        if totals.whole and any(total_of(set(column)) is not None for column in columns):
            kept = []
            for record in block:
                total = total_of(record.cells)
                if total is None:
                    kept.append(record)
                else:
                    told("total", record.number, "", total)
            block = kept
            columns = list(zip_longest(*[record.cells for record in block], fillvalue=""))
        yield from _changed(block, columns, changes, told)


def _changed(block: list[DelimitedRecord], columns: list[tuple[str, ...]],
             changes: list[tuple[int, str, Callable[[str], str], str]], told: Told) -> Iterable[DelimitedRecord]:
    """Return the records of a block with the changes made; what was changed is told row by row."""
    edited: dict[int, list[str]] = {}
    found: list[tuple[int, str, str, str]] = []
    for place, name, change, kind in changes:
        if place >= len(columns):
            continue
        column = edited.get(place) or columns[place]
        others = {text: changed for text in set(column) if text and (changed := change(text)) != text}
        if others:
            if kind:
                found += [(at, kind, name, "" if kind == "persons-cell" else text)
                          for at, text in enumerate(column) if text in others]
            edited[place] = [others.get(text, text) for text in column]
    for at, kind, name, text in sorted(found, key=itemgetter(0)):
        told(kind, block[at].number, name, text)
    if not edited:
        return block
    return [DelimitedRecord(record.number, [edited[place][at] if place in edited else text
                                            for place, text in enumerate(record.cells)]) for at, record in enumerate(block)]
