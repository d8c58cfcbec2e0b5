"""Where a finding is: the path of its file, the line in a text, the cell in a sheet, the node in a graph."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import quote

from odlinked.findings import Finding
from odlinked.quality.report import Checked, Report
from odlinked.quality.reports.words import ReportTexts
from odlinked.sheets.tables import column_index


class Spot(NamedTuple):
    """A line and a character in a text, both 1-based (character 0 = not known)."""

    line: int
    character: int


class Locations:
    """The places of a report's findings; delimited files are read once more, for the lines of faulty cells only."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tables = {(table.file, table.sheet): table for table in report.checked}

    def path(self, file: str) -> str:
        """Return the requested path of a file, its name where no more is known."""
        return next((table.path for table in self._report.checked if table.file == file and table.path), file)

    def uri(self, file: str) -> str:
        """Return the path as a URI reference; an absolute path as a file URI."""
        path = self.path(file)
        if PurePath(path).is_absolute():
            return PurePath(path).as_uri()
        return quote(path.removeprefix("./"), safe="/~-._")

    def spot(self, finding: Finding) -> Spot | None:
        """Return line and character of a finding in a delimited file or a graph, else None."""
        if self.is_node(finding):
            return Spot(finding.row, 0) if finding.row else None
        return self._spots.get((finding.file, finding.sheet), {}).get((finding.row, max(column_index(finding.column), 0)))

    def extent(self, finding: Finding, column: int) -> tuple[Spot, Spot | None] | None:
        """Return where a cell of a finding's row begins and ends (exclusive; None: at the end of its line) in the text of a
        delimited file, for the cells of certain repairs; None for another file."""
        here = self._spots.get((finding.file, finding.sheet), {})
        start, after = here.get((finding.row, column)), here.get((finding.row, column + 1))
        return (start, Spot(after.line, after.character - 1) if after else None) if start else None

    def is_node(self, finding: Finding) -> bool:
        """Whether a finding is about a node of an RDF file, which has lines and no cells."""
        table = self._tables.get((finding.file, finding.sheet))
        return table is not None and table.nodes

    def named(self, finding: Finding, words: ReportTexts) -> str:
        """Return the usual name of a place within the file and sheet: the cell, or line and node."""
        if not self.is_node(finding):
            return cell(finding) or words["file_only"]
        line = words["line"].format(row=finding.row) if finding.row else ""
        return " ".join(filter(None, (line, finding.node))) or words["file_only"]

    @cached_property
    def _spots(self) -> dict[tuple[str, str | None], dict[tuple[int, int], Spot]]:
        found = {}
        for key, table in self._tables.items():
            if table.places is not None:
                mine = [f for f in self._report.findings if (f.file, f.sheet) == key and f.row]
                wanted = {(f.row, max(column_index(f.column), 0)) for f in mine}
                wanted |= {(f.row, column_index(f.certain.column) + more) for f in mine if f.certain for more in (0, 1)}
                found[key] = {cell: Spot(*place) for cell, place in table.places(wanted).items()} if wanted else {}
        return found


def cell(finding: Finding) -> str:
    """Return the cell of a finding as a spreadsheet names it, only the row where no column is known, "" for a whole file."""
    return f"{finding.column}{finding.row}" if finding.row else ""


def titles(report: Report) -> list[tuple[Checked, str]]:
    """Return each table with a distinguishing title: file, sheet, and the header's row where a sheet has several."""
    titled = []
    for table in report.checked:
        title = table.file if table.sheet is None else f"{table.file} · {table.sheet}"
        several = sum((one.file, one.sheet) == (table.file, table.sheet) for one in report.checked) > 1
        titled.append((table, f"{title} · {table.header_row}" if several else title))
    return titled
