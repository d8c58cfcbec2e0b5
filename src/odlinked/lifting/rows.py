"""What a description says of rows before their cells are read: totals left out, markup taken out, ROC years made Gregorian.

These are common properties of odlinked's own vocabulary; a processor that does not know them reads the cells as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from odlinked.csvw.dateformats import DateFormat
from odlinked.csvw.delimited import DelimitedRecord
from odlinked.csvw.model import Column, TableDescription
from odlinked.lifting import roc
from odlinked.lifting.profile import is_total
from odlinked.lifting.words import DescribingWords
from odlinked.namespaces import ODL

TOTALS: Final = ODL + "totals"
MARKUP: Final = ODL + "markup"
YEARS: Final = ODL + "years"

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


def prepared(records: Iterable[DelimitedRecord], table: TableDescription, words: DescribingWords,
             told: Told) -> Iterable[DelimitedRecord]:
    """Return records as the description says they are to be read; a total that is left out is told."""
    changes = [(place, column.name, change) for place, column in enumerate(table.columns) if not column.virtual
               for change in _changes(column.annotations)]
    totals = words.totals if table.annotations.get(TOTALS) == "leave-out" else frozenset()
    if not changes and not totals:
        return records
    return _prepared(records, changes, totals, told)


def _changes(annotations: Mapping[str, object]) -> Sequence[Callable[[str], str]]:
    return ([plain_text] if annotations.get(MARKUP) == "strip" else []) + ([western] if annotations.get(YEARS) == "roc" else [])


def _prepared(records: Iterable[DelimitedRecord], changes: list[tuple[int, str, Callable[[str], str]]], totals: frozenset[str],
              told: Told) -> Iterator[DelimitedRecord]:
    memo: dict[str, bool] = {}
    for record in records:
        total = next((text for text in record.cells if 0 < len(text) < 16 and is_total(text, totals, memo)), None) if totals \
            else None
        if total is not None:
            told("total", record.number, "", total)
            continue
        cells = list(record.cells)
        for place, name, change in changes:
            if place < len(cells):
                changed = change(cells[place])
                if changed != cells[place] and change is plain_text:
                    told("markup", record.number, name, cells[place])
                cells[place] = changed
        yield DelimitedRecord(record.number, cells)
