"""The annex: all datasets of a ministry on its tables, under its own headings, read again before they are given out.

What the tables look like is the asset `queries/reports/annex.toml`; what stands in their rows, the forms it names.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from odlinked.assets import shaped
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import InputError, SettingsError
from odlinked.folding import fold
from odlinked.intake.bindings import bind
from odlinked.kinds import Kind
from odlinked.mapping.forms import Form, annotation, title
from odlinked.namespaces import DCTERMS
from odlinked.reporting import blank
from odlinked.reporting.annex_workbook import AnnexBook, AnnexSheet
from odlinked.reporting.form_copy import Copied, FormCopy, PublishedRecords
from odlinked.reporting.form_rows import FormRow
from odlinked.reporting.units import UnitNames, file_name
from odlinked.search.meanings import REPUBLIC
from odlinked.settings import Settings
from odlinked.whole_file import replacing

PLAN: Final = "queries/reports/annex.toml"
_MONTH: Final = re.compile(r"(預計)?(\d{4})-(\d\d)(?:-(\d\d)( [\d:]+)?)?")
_PUBLISHER: Final = f"<{DCTERMS}publisher> <".encode()


@dataclass(frozen=True)
class AnnexTable:
    """A table of the annex: its texts, and the form its rows are on. `first` are the columns (indexes of the form) of the paper,
    in its order, `headings` its wording where it is not the form's."""

    sheet: str
    title: str
    form: Form
    first: tuple[int, ...]
    widths: tuple[int, ...]
    headings: dict[str, str]
    notes: tuple[str, ...]


class FilledTable(NamedTuple):
    """A table with the rows that stand in it, and the copy they are from."""

    table: AnnexTable
    copy: FormCopy
    rows: list[FormRow]


class Annex:
    """Writes the annex of all units of a ministry (a name in the plan) as of a day, in one file or a file each.

    A dataset of a unit that is not the ministry's is left out; `left_out` names the units of which no list says whose they are,
    with the number of their datasets. Raise `SettingsError` for a ministry that has no annex.
    With `public` only what is served is written; without it the withheld and unapproved ones stand in it, too, and it says that
    it is for the agency itself.
    """

    def __init__(self, workspace: Workspace, settings: Settings, as_of: date, public: bool = False,
                 ministry: str = "moenv") -> None:
        self._records = PublishedRecords(workspace, settings, "reporting on")
        self._as_of, self._public = as_of, public
        self._plan = _read(self._records, settings, ministry)
        base = self._records.context.base
        chosen = [entry for entry in self._records.entries.values() if entry.iri.startswith(Kind.DATASET.prefix(base))
                  and entry.state != "gone" and (entry.is_public or not public)]
        self._unit_of, unnamed = dict[str, str](), list[bytes]()
        for document in self._records.documents(chosen):
            self._unit_of[document.iri] = unit = _publisher(document.text)
            if unit not in self._records.entries:
                unnamed.append(document.text)
        named = [entry for entry in self._records.entries.values() if entry.iri.startswith(Kind.ORGANIZATION.prefix(base))]
        documents = (one.text for one in self._records.documents(named))
        self._names = UnitNames.of(self._records.assets, documents, settings.report.units, unnamed)
        self.left_out = Counter[str]()
        places = {unit: self._names.place(unit) for unit in {"", *self._unit_of.values()}}
        self._chosen = sorted(self._own(chosen), key=lambda entry: (places[self._unit_of.get(entry.iri, "")], *_place(entry)))

    def _own(self, chosen: Sequence[Entry]) -> Iterator[Entry]:
        """Yield the datasets of the ministry's units: of "the ministry and its agencies", as both papers say. Where nothing is
        known above a unit, its dataset is of the ministry on whose tables it was handed in."""
        forms = {row["id"]: frozenset(row["form"].split()) for row in self._records.inputs}
        for entry in chosen:
            unit, on = self._unit_of.get(entry.iri, ""), forms.get(entry.input or 0, frozenset())
            found = self._names.is_of(unit, self._plan.ministry)
            if found or (found is None and on & self._plan.forms):
                yield entry
            elif found is None and not on & self._plan.others:
                self.left_out[self._names.name(unit)] += 1

    def save(self, target: Path) -> Copied:
        """Write one file for all units."""
        return self._save(target, self._copies(self._chosen))

    def save_each(self, folder: Path) -> Iterator[tuple[Path, Copied]]:
        """Write a file for each unit into a folder that is there, named by day and unit; yield it with what came of it."""
        taken: set[str] = set()
        for unit in dict.fromkeys(self._unit_of.get(entry.iri, "") for entry in self._chosen):
            mine = [entry for entry in self._chosen if self._unit_of.get(entry.iri, "") == unit]
            target = folder / file_name("annex", self._as_of, (self._names.name(unit), unit), taken)
            yield target, self._save(target, self._copies(mine))

    def _copies(self, chosen: Sequence[Entry]) -> list[tuple[AnnexTable, FormCopy]]:
        return [(table, FormCopy(self._records, table.form, chosen, _untold)) for table in self._plan.tables]

    def _save(self, target: Path, copies: Sequence[tuple[AnnexTable, FormCopy]]) -> Copied:
        if target.suffix.lower() != ".xlsx":
            raise InputError("the annex is an .xlsx", doing="writing the annex", on=str(target), next_step="Name it .xlsx")
        filled = [FilledTable(table, copy, _once(copy.rows, table.form)) for table, copy in copies]
        done = Copied(sum(len(one.rows) for one in filled))
        with replacing(target, "writing the annex") as part:
            part.write_bytes(self._written(filled))
            self._compare(part, filled, done)
        return done

    def _written(self, filled: Sequence[FilledTable]) -> bytes:
        day = self._plan.day.format(year=self._as_of.year - REPUBLIC, month=self._as_of.month, day=self._as_of.day)
        above = [self._plan.title, "", day] if self._public else [self._plan.title, "", f"{day}　{self._plan.internal}"]
        book = AnnexBook(self._plan.font, self._as_of)
        for table, _, own in filled:
            used = _used(table, own)
            heads = [table.headings.get(table.form.columns[place].name) or title(table.form.columns[place]) for place in used]
            rows = [[str(number) if place == table.first[0] else _as_written(table.form, place, row.cells[place])
                     for place in used] for number, row in enumerate(own, 1)]
            named = next((at for at, place in enumerate(used, 1) if table.form.columns[place].name == "title"), 1)
            book.add(AnnexSheet(table.sheet, (above[0], table.title, above[2]), heads, rows, table.notes, table.widths, named))
        return book.bytes()

    def _compare(self, part: Path, filled: Sequence[FilledTable], done: Copied) -> None:
        """Read the file as any file is read, and compare the records; of a table that is not found again none is the same."""
        if not done.written:
            return
        found = {table.sheet: (table, binding)
                 for table, binding in bind(part, part.name, None, self._records.settings, self._records.assets).tables}
        for table, copy, rows in filled:
            read = found.get(table.sheet)
            if rows and (read is None or read[1].form.name != table.form.name):
                done.differing += [(row.iri, [table.title]) for row in rows]
            elif rows and read is not None:
                copy.compare(*read, rows, done)


@dataclass(frozen=True)
class _Plan:
    ministry: str
    title: str
    day: str
    internal: str
    font: str
    tables: tuple[AnnexTable, ...]
    forms: frozenset[str]
    others: frozenset[str]
    """The forms of the ministry's tables, in its other annexes, too, and those of other ministries."""


def _untold(_stage: str, _done: int) -> None:
    """Take no notice of progress."""


def _read(records: PublishedRecords, settings: Settings, ministry: str) -> _Plan:
    with shaped("reading the plan of the annex", PLAN):
        plans: dict[str, Any] = tomllib.loads(records.assets.text(PLAN))
        font = plans.pop("font")
        if ministry not in plans:
            raise SettingsError(f"there is no annex of {ministry!r}", doing="writing the annex",
                                next_step=f"The ministries are {', '.join(plans)}")
        raw: dict[str, Any] = plans[ministry]
        listed = [(plan["ministry"] == raw["ministry"], table["form"]) for plan in plans.values() for table in plan["tables"]]
        forms, others = (frozenset(form for is_own, form in listed if is_own is own) for own in (True, False))
        tables = tuple(_table(one, blank.find(one["form"], settings)) for one in raw["tables"])
        return _Plan(raw["ministry"], raw["title"], raw["day"], raw["internal"], font, tables, forms, others)


def _table(raw: dict[str, Any], form: Form) -> AnnexTable:
    places = {column.name: place for place, column in enumerate(form.columns)}
    instead = raw.get("exports", {})
    form = replace(form, exports=tuple(instead.get(name, name) for name in form.exports))
    return AnnexTable(raw["sheet"], raw["title"], form, tuple(places[name] for name in raw["columns"]), tuple(raw["widths"]),
                      raw.get("headings", {}), tuple(raw.get("notes", ())))


def _used(table: AnnexTable, rows: Sequence[FormRow]) -> list[int]:
    """Return the columns of the paper, and after them those of the form that a row says something in."""
    said = {place for row in rows for place, cell in enumerate(row.cells) if cell}
    return [*table.first, *sorted(said - set(table.first))]


def _once(rows: Sequence[FormRow], form: Form) -> list[FormRow]:
    """Return the rows, of several with one code the first: two sources may have the same dataset, a table has it once."""
    place = next((number for number, column in enumerate(form.columns) if annotation(column, "identifier") == "code"), None)
    if place is None:
        return list(rows)
    own = sorted(rows, key=lambda row: fold(row.cells[place]) != row.iri.rpartition("/")[2])
    first = {fold(row.cells[place]): row.iri for row in reversed(own) if row.cells[place]}
    return [row for row in rows if not row.cells[place] or first[fold(row.cells[place])] == row.iri]


def _as_written(form: Form, place: int, cell: str) -> str:
    """Return a cell as the ministry writes it: a month or day of the Republic's years (2026-03 is 115年3月), a time as it is
    behind it; others as they are."""
    month = _MONTH.fullmatch(cell) if annotation(form.columns[place], "dates") == "gYearMonth" else None
    day = f"{int(month[4])}日{month[5] or ''}" if month and month[4] else ""
    return f"{month[1] or ''}{int(month[2]) - REPUBLIC}年{int(month[3])}月{day}" if month else cell


def _publisher(text: bytes) -> str:
    _, _, rest = text.partition(_PUBLISHER)
    return rest.partition(b"> .")[0].decode()


def _place(entry: Entry) -> tuple[int, str, int, str]:
    """Return where a record stood in the files it came from."""
    return entry.input or 0, entry.sheet or "", entry.row or 0, entry.iri
