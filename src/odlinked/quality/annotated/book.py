"""Annotation of a whole workbook: findings gathered by cell, sheets coloured and commented, the list of findings added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import IO, Final

from odlinked.findings import SEVERITIES, Finding
from odlinked.quality.annotated import boxes, comments, findings_sheet, former_marks, markup, styles
from odlinked.quality.annotated.findings_sheet import Listed
from odlinked.quality.annotated.parts import Parts
from odlinked.quality.annotated.styles import Styles
from odlinked.quality.annotated.worksheet import CellPosition, Worksheet
from odlinked.quality.report import Report
from odlinked.quality.reports.words import ReportTexts, load
from odlinked.sheets.tables import column_index

_MOST_COMMENTS: Final = 10_000
"""Most comments on a sheet: each is a drawing of its own, and too many make spreadsheets slow."""

_IN_A_CELL: Final = 8
"""Most findings in one comment."""

_WORKBOOK: Final = "officeDocument"


def annotate(source: Path | IO[bytes], target: IO[bytes], report: Report, name: str, language: str, most: int,
             sheets: Mapping[str | None, str] | None = None) -> None:
    """Write the workbook `source` to `target` with the findings on the file `name`.

    `most` bounds the unpacked bytes. `sheets` gives the worksheet of a finding's sheet where they differ. Raise `InputError` for
    a workbook with macros, a signature or a password, a Strict one, and one whose parts are invalid.
    """
    parts = Parts(source, name, most)
    try:
        AnnotatedBook(parts, report, name, language, sheets or {}).annotate()
        parts.write(target)
    finally:
        parts.close()


class AnnotatedBook:
    """One workbook at work."""

    def __init__(self, parts: Parts, report: Report, name: str, language: str, sheets: Mapping[str | None, str]) -> None:
        self.parts, self.report, self.name, self.language, self.sheets = parts, report, name, language, sheets
        self.words: ReportTexts = load(report.profile.assets)[language]
        self.book = next((r.part for r in parts.relations("") if r.kind == _WORKBOOK), "")
        if self.book not in parts:
            raise parts.refused("it is no .xlsx workbook", "Save it as xlsx")
        relations = {relation.id: relation for relation in parts.relations(self.book)}
        self.stated = parts.elements(self.book, ("workbook", "sheets", "sheet"))
        self.places = {element.attributes.get("name", ""): relations[identity].part for element in self.stated
                       if (identity := _identity(element)) in relations and relations[identity].kind == "worksheet"}
        self.style_part = next((r.part for r in relations.values() if r.kind == "styles"), "")
        self.styles = self._styles()
        titles = tuple(words["annotated.sheet"] for words in load(report.profile.assets).values())
        self.lists = former_marks.lists(parts, self.places, titles)
        self.colours: dict[tuple[str, CellPosition], str] = {}
        self.blocks = count(1 + max((boxes.blocks(parts.read(part)) for part in self._drawings()), default=0))
        names = [element.attributes.get("name", "") for element in self.stated]
        self.summary = next(iter(self.lists), "") or findings_sheet.sheet_name(self.words["annotated.sheet"], names)
        self.notes: list[str] = []

    def _styles(self) -> Styles:
        try:
            return Styles(self.parts.read(self.style_part) if self.style_part in self.parts else None)
        except markup.BrokenPart as problem:
            raise self.parts.broken(self.style_part, problem) from problem

    def _drawings(self) -> list[str]:
        """Return the drawings of comments and controls that the sheets have."""
        return [relation.part for part in self.places.values() for relation in self.parts.relations(part)
                if relation.kind == "vmlDrawing" and relation.part in self.parts]

    def annotate(self) -> None:
        """Change the parts."""
        if self.lists:
            self._take_off()
        mine = [finding for finding in self.report.findings if finding.file == self.name]
        by_sheet: dict[str, list[Finding]] = {}
        for finding in mine:
            by_sheet.setdefault(self.sheets.get(finding.sheet, finding.sheet or ""), []).append(finding)
        listed: list[Listed] = []
        for sheet, findings in by_sheet.items():
            if sheet in self.places:
                listed += self._sheet(sheet, findings)
            else:
                listed += [Listed(finding, sheet, None) for finding in findings]
        self._add_listing(listed)
        self._put_styles()

    def _take_off(self) -> None:
        """Remove the marks of an earlier run; its list is replaced by the new one."""
        try:
            former_marks.take_off(self.parts, self.places, self.lists, self.styles)
            self.parts.put(self.style_part, self.styles.bytes())
        except markup.BrokenPart as problem:
            raise self.parts.refused(f"marks of an earlier check cannot be taken off ({problem})",
                                     "Check the workbook without them") from problem
        self.styles = self._styles()

    def _sheet(self, name: str, findings: Sequence[Finding]) -> list[Listed]:
        """Colour and comment one sheet; return its findings with the cells that show them."""
        part = self.places[name]
        try:
            sheet = Worksheet(self.parts.read(part))
            listed = [Listed(finding, name, self._place(finding, sheet)) for finding in findings]
            by_cell: dict[CellPosition, list[Finding]] = {}
            for one in listed:
                if one.place is not None:
                    by_cell.setdefault(one.place, []).append(one.finding)
            marks = {place: min((finding.severity for finding in here), key=_rank) for place, here in by_cell.items()}
            legacy = self.comment(name, part, sheet, {place: self._text(place, by_cell[place]) for place in sorted(by_cell)})

            def painted(at: CellPosition, own: int, severity: str) -> int:
                self.colours[name, at] = self.styles.background(own)
                return self.styles.painted(own, severity)

            self.parts.put(part, sheet.painted(marks, painted, legacy))
        except markup.BrokenPart as problem:
            raise self.parts.broken(part, problem) from problem
        return listed

    def _place(self, finding: Finding, sheet: Worksheet) -> CellPosition | None:
        """Return the cell that shows a finding: its own, the row's first, the column's heading, or none for a whole file."""
        if finding.row and finding.column:
            return sheet.anchor(CellPosition(finding.row, column_index(finding.column)))
        if finding.row:
            return sheet.anchor(CellPosition(finding.row, sheet.first_filled(finding.row)))
        header = next((table.header_row for table in self.report.checked
                       if (table.file, table.sheet) == (finding.file, finding.sheet)), 0)
        return sheet.anchor(CellPosition(header, column_index(finding.column))) if header and finding.column else None

    def threads(self, part: str) -> set[str]:
        """Return the names of a sheet's cells that have a conversation, beside which no comment can stand."""
        return {element.attributes.get("ref", "") for r in self.parts.relations(part) if r.kind == "threadedComment"
                for element in self.parts.elements(r.part, ("ThreadedComments", "threadedComment"))}

    def comment(self, name: str, part: str, sheet: Worksheet, wanted: Mapping[CellPosition, str]) -> str:
        """Write comments of a sheet; return the relationship id of a new drawing, "" where it has one."""
        relations = self.parts.relations(part)
        threads = self.threads(part)
        talked = [place.name for place in wanted if place.name in threads]
        if talked:
            cells = self.words["between"].join(talked)
            self.notes.append(f"{name}{self.words['annotated.colon']}{self.words['annotated.conversation'].format(cells=cells)}")
        free = [place for place in wanted if place.name not in threads]
        if len(free) > _MOST_COMMENTS:
            self.notes.append(name + self.words["annotated.colon"]
                              + self.words["annotated.uncommented"].format(count=f"{_MOST_COMMENTS:,}"))
        texts = {place: wanted[place] for place in free[:_MOST_COMMENTS]}
        if not texts:
            return ""
        old = next((r.part for r in relations if r.kind == "comments"), "")
        data, fresh = comments.commented(self.parts.read(old) if old else None, texts)
        new = old or self.parts.free("xl/comments{}.xml")
        self.parts.put(new, data)
        if not old:
            self.parts.declare(new, comments.COMMENTS_TYPE)
            self.parts.relate(part, "comments", new)
        return self._draw(part, sheet, fresh, texts) if fresh else ""

    def _draw(self, part: str, sheet: Worksheet, fresh: Sequence[CellPosition], texts: Mapping[CellPosition, str]) -> str:
        """Draw the boxes of new comments; return the relationship id of a new drawing, "" where the sheet has one."""
        old = next((r.part for r in self.parts.relations(part) if r.id == sheet.legacy), "") if sheet.legacy else ""
        drawing = boxes.drawn(self.parts.read(old) if old else None, fresh, texts, sheet, lambda: next(self.blocks))
        if old:
            self.parts.put(old, drawing)
            return ""
        new = self.parts.free("xl/drawings/vmlDrawing{}.vml")
        self.parts.put(new, drawing)
        self.parts.declare_extension("vml", boxes.VML_TYPE)
        return self.parts.relate(part, "vmlDrawing", new)

    def _text(self, place: CellPosition, findings: Sequence[Finding]) -> str:
        """Return the text of a comment: each finding with its mark, what to write instead, and its rule."""
        notes = []
        for finding in sorted(findings, key=lambda one: _rank(one.severity))[:_IN_A_CELL]:
            row = self.words["annotated.row"].format(row=finding.row) if finding.row not in (0, place.row) else ""
            member = self.words["annotated.member"].format(member=finding.member) if finding.member else ""
            lines = [self.words.get(f"mark.{finding.severity}", "") + row + member + finding.messages.get(self.language, "")]
            hint = finding.suggestions.get(self.language, "")
            lines += [f"→ {line}" for line in hint.split("\n") if line]
            notes.append("\n".join((*lines, f"({finding.rule})")))
        if len(findings) > _IN_A_CELL:
            notes.append(self.words["annotated.more"].format(count=len(findings) - _IN_A_CELL, sheet=self.summary))
        return "\n\n".join(notes)[:findings_sheet.LONGEST]

    def _add_listing(self, listed: Sequence[Listed]) -> None:
        """Add the sheet that lists the findings, as the last one."""
        words = self.words
        notes = [words["annotated.how"] if listed else words["annotated.none"]]
        notes.append(words["annotated.counts"].format(
            **{severity: sum(one.finding.severity == severity for one in listed) for severity in SEVERITIES}))
        if len(listed) > findings_sheet.MOST:
            self.notes.append(words["annotated.unlisted"].format(count=f"{len(listed) - findings_sheet.MOST:,}"))
        old = self.lists.get(self.summary, "")
        part = old or self.parts.free("xl/worksheets/sheet{}.xml")
        listed = [one._replace(colour=self.colours.get((one.sheet, one.place), "")) if one.place else one for one in listed]
        title = words["annotated.title"].format(file=self.name)
        self.parts.put(part, findings_sheet.write(title, [*notes, *self.notes], listed, words, self.language, self.styles))
        if old:
            return
        self.parts.declare(part, findings_sheet.MEDIA_TYPE)
        identity = self.parts.relate(self.book, "worksheet", part)
        numbers = (element.attributes.get("sheetId", "") for element in self.stated)
        number = 1 + max((int(stated) for stated in numbers if stated.isdecimal()), default=0)
        whole = self.parts.elements(self.book, ("workbook", "sheets"))[-1]
        piece = (f'<{markup.prefix(whole.name)}sheet xmlns:r="{markup.OFFICE}" name="{markup.quoted(self.summary)}" '
                 f'sheetId="{number}" r:id="{identity}"/>').encode()
        data = self.parts.read(self.book)
        self.parts.put(self.book, markup.edited(data, [markup.inserted(data, whole, piece)]))

    def _put_styles(self) -> None:
        """Write the styles back, or add them to a workbook that has none."""
        part = self.style_part
        if part not in self.parts:
            part = self.parts.free("xl/styles{}.xml")
            self.parts.declare(part, styles.MEDIA_TYPE)
            self.parts.relate(self.book, "styles", part)
        self.parts.put(part, self.styles.bytes())


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _identity(element: markup.Element) -> str:
    return next((value for name, value in element.attributes.items() if markup.local(name) == "id" and ":" in name), "")
