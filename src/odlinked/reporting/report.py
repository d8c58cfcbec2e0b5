"""The periodic report: a workbook as of a day, each sheet with the origin of its numbers, and slides of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import SettingsError
from odlinked.reporting import period, plan
from odlinked.reporting.answer_rows import CellValue
from odlinked.reporting.presentation import shown
from odlinked.reporting.releases import Served, served
from odlinked.reporting.rows import ReportRows, SheetRows
from odlinked.reporting.units import file_name
from odlinked.reporting.workbook import Address, Book
from odlinked.settings import Settings


class ReportTable(NamedTuple):
    """A sheet with its rows, the unit (IRI) of each row, and the row of its total ([] where it has none)."""

    sheet: plan.ReportSheet
    cells: list[list[CellValue]]
    units: list[str]
    total: list[CellValue]


@dataclass(frozen=True)
class CompiledReport:
    """All that a report of a day says: computed before anything is written. `names` are those of the units by IRI, in the order
    of the papers."""

    plan: plan.ReportPlan
    as_of: date
    notes: list[Sequence[CellValue]]
    tables: tuple[ReportTable, ...]
    names: dict[str, str]


def make(workspace: Workspace, settings: Settings, kind: str, as_of: date, language: str = "zh-Hant",
         public: bool = False) -> bytes:
    """Return the report of a kind as an .xlsx file: the same bytes for the same release, day, kind, language and settings.

    One for the `public` is made without what is for the agency itself. Raise `WorkspaceError` where nothing is published,
    `SettingsError` for an unknown kind or an invalid deadline.
    """
    return workbook(compiled(workspace, settings, kind, as_of, language, public))


def compiled(workspace: Workspace, settings: Settings, kind: str, as_of: date, language: str, public: bool = False,
             since: date | None = None) -> CompiledReport:
    """Return what the report of a kind says; raise as `make` does. Its period begins on the day `since` where one is given."""
    assets = Assets(settings.overlays)
    if kind not in plan.kinds(assets):
        raise SettingsError(f"there is no report of kind {kind!r}", doing="reporting",
                            next_step=f"The kinds are {', '.join(plan.kinds(assets))}")
    chosen = plan.ReportPlan(assets, kind, language)
    start = since or period.start_of(as_of, chosen.months)
    if start > as_of:
        raise SettingsError(f"the period begins after it ends ({start}, {as_of})", doing="reporting",
                            next_step="Give an earlier --since, or a later --as-of")
    clock = Clock.of(settings.catalog.timezone)
    found = served(workspace, assets, as_of, start, clock)
    try:
        rows = ReportRows(found.release, found.base, chosen, language, start, as_of, clock, settings.report, public,
                          not found.was_served)
        tables = tuple(_table(chosen, _as_it_is(sheet, rows), rows.of(sheet)) for sheet in chosen.sheets
                       if not (public and sheet.private))
        return CompiledReport(chosen, as_of, list(_notes(chosen, found, rows, start, tables)), tables, rows.unit_names(
            unit for table in tables for unit in table.units))
    finally:
        found.close()


def workbook(report: CompiledReport) -> bytes:
    """Return the report as an .xlsx file."""
    book = Book(report.plan.words["not-checked"], report.as_of)
    book.sheet(report.plan.notes["title"], (26, 60, 80, 60), (), report.notes)
    for table in report.tables:
        one = shown(table.sheet, table.cells, table.total)
        book.sheet(table.sheet.title, one.widths, one.heads, one.rows, one.last)
    return book.bytes()


def slides(report: CompiledReport) -> bytes:
    """Return the tables of the report as a .pptx file; raise `SettingsError` where what writes it is not installed."""
    from odlinked.reporting.slides import Slides

    made = Slides(report.plan.font, report.plan.words["not-checked"], report.plan.words["none"], report.as_of)
    made.title(report.plan.words["title"], f"{report.plan.kind_title}\n{report.plan.notes['asOf']}　{report.as_of}")
    for table in report.tables:
        if table.sheet.name in report.plan.slides:
            made.table(table.sheet.title, table.sheet.about, f"{report.plan.notes['source']}　{table.sheet.source}",
                       shown(table.sheet, table.cells, table.total, slide=True))
    return made.bytes()


def by_unit(report: CompiledReport) -> Iterator[tuple[str, bytes]]:
    """Yield for each unit the name of its file and its report: the rows that are of it, and tables that are of no unit whole.

    A table's total is that of its rows, or left out where it cannot be added up.
    """
    taken: set[str] = set()
    for iri, name in report.names.items():
        tables = tuple(_of_unit(report.plan, table, iri) for table in report.tables)
        yield (file_name(report.plan.kind, report.as_of, (name, iri), taken),
               workbook(replace(report, tables=tables, notes=[(name,), *report.notes])))


def _of_unit(chosen: plan.ReportPlan, table: ReportTable, unit: str) -> ReportTable:
    if not any(table.units):
        return table
    cells = [row for row, one in zip(table.cells, table.units, strict=True) if one == unit]
    total = _total(chosen, table.sheet, cells, ()) if table.total and cells else []
    return ReportTable(table.sheet, cells, [unit] * len(cells), total)


def _as_it_is(sheet: plan.ReportSheet, rows: ReportRows) -> plan.ReportSheet:
    """Return a sheet that says of itself where it tells what is so now and not on the day."""
    if not (rows.is_later and sheet.undated == "told"):
        return sheet
    day = rows.clock.day(rows.release.created).isoformat()
    return replace(sheet, about=f"{rows.plan.notes['now']} {day}　{sheet.about}")


def _table(chosen: plan.ReportPlan, sheet: plan.ReportSheet, rows: SheetRows) -> ReportTable:
    total = _total(chosen, sheet, rows.cells, rows.whole) if (sheet.total or rows.whole) and rows.cells else []
    return ReportTable(sheet, rows.cells, rows.units, total)


def _notes(chosen: plan.ReportPlan, found: Served, rows: ReportRows, start: date,
           tables: Sequence[ReportTable]) -> Iterator[Sequence[CellValue]]:
    """Yield the rows of the notes: what the report is, of which release, and where each number comes from."""
    notes, release = chosen.notes, found.release
    yield chosen.words["title"], chosen.kind_title
    yield notes["asOf"], rows.as_of.isoformat()
    yield notes["period"], f"{start} – {rows.as_of}"
    yield notes["release"], release.name, notes["served" if found.was_served else "current"]
    yield notes["created"], rows.clock.local(release.created).isoformat()
    yield notes["content"], release.content
    yield notes["base"], release.base
    yield notes["ruleSet"], "\n".join((str(release.manifest["profile"]), *(rows.rule_sets() or [chosen.words["not-checked"]])))
    yield ("", f"{notes['compared']} {found.base.name}" if found.base else notes["dated"])
    yield "", notes["unchecked"]
    yield "", notes["public" if rows.public else "internal"]
    yield ()
    yield notes["sheet"], notes["source"], notes["about"], notes["address"]
    for table in tables:
        yield table.sheet.title, table.sheet.source, table.sheet.about, Address(rows.address(table.sheet))


def _total(chosen: plan.ReportPlan, sheet: plan.ReportSheet, cells: Sequence[Sequence[CellValue]],
           whole: Sequence[CellValue]) -> list[CellValue]:
    """Return the last row: the sums of the columns added up, or their numbers in `whole`; not checked where any part is not."""
    last: list[CellValue] = []
    for number, column in enumerate(sheet.columns):
        parts = [row[number] for row in cells]
        numbers = [part for part in parts if isinstance(part, int | Decimal)]
        if not column.total:
            last.append(chosen.words["total"] if number == 0 else "")
        elif len(numbers) == len(parts):
            last.append(whole[number] if whole else sum(numbers))
        elif column.undated and isinstance(parts[0], str):
            last.append(parts[0])
        else:
            last.append(None)
    return last
