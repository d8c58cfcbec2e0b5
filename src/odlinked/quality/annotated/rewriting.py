"""A workbook with the certain repairs written in: the old text of each cell in its comment, everything else as it was.

Not written are cells whose value is calculated, merged cells, and what a person does not see (hidden rows and columns).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

from odlinked.findings import Finding
from odlinked.quality.annotated import findings_sheet, markup
from odlinked.quality.annotated.book import AnnotatedBook
from odlinked.quality.annotated.parts import Parts
from odlinked.quality.annotated.worksheet import CellPosition, Worksheet
from odlinked.quality.report import Report
from odlinked.quality.reports.words import ReportTexts
from odlinked.sheets.tables import column_index

LONGEST_CELL: Final = 32_767
"""Most characters of a cell in a spreadsheet."""



class Rewritten(NamedTuple):
    """What became of the certain repairs: the findings that are gone with what was `written`, and those `left`, each with the
    reason ("merged", "hidden", "formula", "absent", "conversation", "long", "format", "list", "doubled")."""

    written: tuple[Finding, ...]
    left: tuple[tuple[Finding, str], ...]

    @property
    def cells(self) -> int:
        """How many cells were written."""
        return len({(one.sheet, one.row, one.repair.column) for one in self.written if one.repair})


def rewrite(source: Path | IO[bytes], target: IO[bytes], report: Report, name: str, language: str, most: int,
            sheets: Mapping[str | None, str] | None = None) -> Rewritten:
    """Write the workbook `source` to `target` with the certain repairs of a report's findings on the file `name`.

    `most`, `sheets` and errors are those of `annotate`.
    """
    parts = Parts(source, name, most)
    try:
        book = AnnotatedBook(parts, report, name, language, sheets or {})
        by_sheet: dict[str, list[Finding]] = {}
        for finding in report.findings:
            if finding.file == name and finding.certain:
                by_sheet.setdefault(book.sheets.get(finding.sheet, finding.sheet or ""), []).append(finding)
        done = [_sheet(book, sheet, findings) for sheet, findings in by_sheet.items()]
        parts.write(target)
    finally:
        parts.close()
    return Rewritten(tuple(one for each in done for one in each.written), tuple(one for each in done for one in each.left))


def _sheet(book: AnnotatedBook, name: str, findings: Sequence[Finding]) -> Rewritten:
    """Write into one sheet."""
    part = book.places.get(name, "")
    if part not in book.parts:
        return Rewritten((), tuple((one, "absent") for one in findings))
    try:
        sheet = Worksheet(book.parts.read(part))
        threads = book.threads(part)
        by_cell = by_place(findings)
        left: list[tuple[Finding, str]] = []
        for at, here in list(by_cell.items()):
            repair = here[0].certain
            too_long = repair is not None and len(repair.instead) > LONGEST_CELL
            why = "conversation" if at.name in threads else "long" if too_long else sheet.kept(at)
            if why:
                left += [(one, why) for one in by_cell.pop(at)]
        texts = {at: here[0].certain.instead for at, here in sorted(by_cell.items()) if here[0].certain}
        comments = {at: comment(book.words, by_cell[at]) for at in texts}
        data = sheet.rewritten(texts)
        legacy = book.comment(name, part, sheet, comments) if comments else ""
        book.parts.put(part, sheet.with_legacy(data, legacy) if legacy else data)
    except markup.BrokenPart as problem:
        raise book.parts.broken(part, problem) from problem
    return Rewritten(tuple(one for here in by_cell.values() for one in here), tuple(left))


def by_place(findings: Sequence[Finding]) -> dict[CellPosition, list[Finding]]:
    """Return certain findings of one sheet by the cell that is to be written."""
    found: dict[CellPosition, list[Finding]] = {}
    for finding in findings:
        at = CellPosition(finding.row, column_index(finding.certain.column if finding.certain else ""))
        found.setdefault(at, []).append(finding)
    return found


def comment(words: ReportTexts, findings: Sequence[Finding]) -> str:
    """Return the comment of a cell that was written: what it said, and the rules that asked for the change."""
    repair = findings[0].certain
    written = repair.written if repair else ""
    rules = "\n".join(f"({rule})" for rule in dict.fromkeys(one.rule for one in findings))
    return f"{words['fixed.comment'].format(value=written[:findings_sheet.LONGEST // 2])}\n{rules}"
