"""The periodic report: a workbook as of a day, each sheet with the origin of its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from odlinked.assets import Assets
from odlinked.catalog.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import SettingsError
from odlinked.reporting import period, plan
from odlinked.reporting.releases import Served, served
from odlinked.reporting.rows import CellValue, ReportRows
from odlinked.reporting.workbook import Book
from odlinked.settings import Settings


def make(workspace: Workspace, settings: Settings, kind: str, as_of: date, language: str = "zh-Hant") -> bytes:
    """Return the report of a kind as an .xlsx file: the same bytes for the same release, day, kind, language and settings.

    Raise `WorkspaceError` where nothing is published, `SettingsError` for an unknown kind or an invalid deadline.
    """
    assets = Assets(settings.overlays)
    if kind not in plan.kinds(assets):
        raise SettingsError(f"there is no report of kind {kind!r}", doing="reporting",
                            next_step=f"The kinds are {', '.join(plan.kinds(assets))}")
    chosen = plan.ReportPlan(assets, kind, language)
    start = period.start_of(as_of, chosen.months)
    clock = Clock.of(settings.catalog.timezone)
    found = served(workspace, assets, as_of, start, clock)
    try:
        rows = ReportRows(found.release, found.base, chosen, language, start, as_of, clock, settings.report.deadlines)
        # Everything is computed before the first row is written: no workbook is left half written.
        sheets = [(sheet, *rows.of(sheet)) for sheet in chosen.sheets]
        notes = list(_notes(chosen, found, rows, start))
    finally:
        found.close()
    book = Book(chosen.words["not-checked"], as_of)
    book.sheet(chosen.notes["title"], (26, 60, 80), (), notes)
    for sheet, cells, whole in sheets:
        total = _total(chosen, sheet, cells, whole) if (sheet.total or whole) and cells else ()
        book.sheet(sheet.title, [c.width for c in sheet.columns], [c.title for c in sheet.columns], cells, total)
    return book.bytes()


def _notes(chosen: plan.ReportPlan, found: Served, rows: ReportRows, start: date) -> Iterator[Sequence[CellValue]]:
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
    yield ()
    yield notes["sheet"], notes["source"], notes["about"]
    for sheet in chosen.sheets:
        yield sheet.title, sheet.source, sheet.about


def _total(chosen: plan.ReportPlan, sheet: plan.ReportSheet, cells: Sequence[Sequence[CellValue]],
           whole: Sequence[CellValue]) -> list[CellValue]:
    """Return the last row: the sums of the columns added up, or their numbers in `whole`; not checked where any part is not."""
    last: list[CellValue] = []
    for place, column in enumerate(sheet.columns):
        parts = [row[place] for row in cells]
        numbers = [part for part in parts if isinstance(part, int | Decimal)]
        if not column.total:
            last.append(chosen.words["total"] if place == 0 else "")
        elif len(numbers) == len(parts):
            last.append(whole[place] if whole else sum(numbers))
        else:
            last.append(None)
    return last
