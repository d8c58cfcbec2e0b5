"""An OpenDocument spreadsheet with the certain repairs written in (ODF 1.3, part 3, 9.1): the bytes of `content.xml` are edited
where a cell changes, everything else of the package is as it was.

Not written are cells whose value is calculated, merged cells, what a person does not see, and texts of which a part has a look or
a link of its own, which would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from odlinked.errors import InputError
from odlinked.findings import Finding
from odlinked.quality.annotated import markup, opendocument_sheets
from odlinked.quality.annotated.markup import BrokenPart, Element
from odlinked.quality.annotated.opendocument_sheets import RepeatedRow, children
from odlinked.quality.annotated.parts import ArchiveParts
from odlinked.quality.annotated.rewriting import Rewritten, by_place, comment
from odlinked.quality.annotated.worksheet import CellPosition
from odlinked.quality.report import Report
from odlinked.quality.reports.words import load

_CONTENT: Final = "content.xml"
_STORED: Final = frozenset({"value-type", "value", "date-value", "time-value", "boolean-value", "string-value", "currency"})
"""The attributes that say what a cell holds."""

_SPACES: Final = re.compile(r"(?<= ) +|^ +| +$")


def rewrite(source: Path, target: IO[bytes], report: Report, name: str, language: str, most: int) -> Rewritten:
    """Write the spreadsheet `source` to `target` with the certain repairs of a report's findings on the file `name`.

    `most` bounds the unpacked bytes. Raise `InputError` for a spreadsheet with macros, a signature or a password, and one whose
    content is invalid.
    """
    parts = _Package(source, name, most)
    try:
        written: list[Finding] = []
        left: list[tuple[Finding, str]] = []
        try:
            content = _Sheets(parts.read(_CONTENT))
            words = load(report.profile.assets)[language]
            for sheet, findings in _by_sheet(report, name).items():
                done = content.put(sheet, findings, lambda here: comment(words, here))
                written += done.written
                left += done.left
            parts.put(_CONTENT, content.edited())
        except BrokenPart as problem:
            raise parts.broken(_CONTENT, problem) from problem
        parts.write(target)
    finally:
        parts.close()
    return Rewritten(tuple(written), tuple(left))


def _by_sheet(report: Report, name: str) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.file == name and finding.certain:
            found.setdefault(finding.sheet or "", []).append(finding)
    return found


class _Package(ArchiveParts):
    """The package of an OpenDocument spreadsheet (ODF 1.3, part 2)."""

    def _check(self, most: int) -> None:
        super()._check(most)
        if b"encryption-data" in self.read("META-INF/manifest.xml"):
            raise self.refused("the workbook is locked with a password", "Save it without a password")
        if any(name.startswith(("Basic/", "Scripts/")) for name in self._names):
            raise self.refused("the workbook holds macros, which are not handed on", "Save it without macros")
        if "META-INF/documentsignatures.xml" in self._names:
            raise self.refused("the workbook is signed, and a changed copy would not be", "Check a copy without the signature")

    def refused(self, why: str, next_step: str) -> InputError:
        """Return the error for a spreadsheet that cannot be mended."""
        return InputError(why, doing="mending", on=self.name, next_step=next_step)


class _Sheets:
    """The sheets of `content.xml`, and the edits that are to be made."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.edits: list[markup.Edit] = []
        self.names, self.sheets = opendocument_sheets.found(data)

    def put(self, name: str, findings: Sequence[Finding], note: Callable[[Sequence[Finding]], str]) -> Rewritten:
        """Note the edits for the repairs of one sheet; return what is written and what is left."""
        sheet = self.sheets.get(name)
        if sheet is None:
            return Rewritten((), tuple((one, "absent") for one in findings))
        left: list[tuple[Finding, str]] = []
        written: list[Finding] = []
        texts: dict[CellPosition, tuple[str, str]] = {}
        for at, here in by_place(findings).items():
            repair = here[0].certain
            if why := "absent" if repair is None else sheet.kept(self.data, at, repair.instead):
                left += [(one, why) for one in here]
            elif repair is not None:
                texts[at] = repair.instead, note(here)
                written += here
        by_line: dict[int, tuple[RepeatedRow, dict[CellPosition, tuple[str, str]]]] = {}
        for at, text in texts.items():
            if line := sheet.line(at.row):
                by_line.setdefault(line.first, (line, {}))[1][at] = text
        for line, wanted in by_line.values():
            self.edits.append((line.element.start, line.element.end, self._line(line, wanted)))
        return Rewritten(tuple(written), tuple(left))

    def edited(self) -> bytes:
        """Return the content with all edits."""
        return markup.edited(self.data, self.edits)

    def _line(self, line: RepeatedRow, wanted: Mapping[CellPosition, tuple[str, str]]) -> bytes:
        """Return what stands for a row element: itself as often as nothing of it changes, and the rows that do."""
        by_row: dict[int, dict[int, tuple[str, str]]] = {}
        for at, text in wanted.items():
            by_row.setdefault(at.row, {})[at.column] = text
        pieces, before = [], line.first
        for row in sorted(by_row):
            pieces += [self._repeated(line, row - before), self._row(line, by_row[row])]
            before = row + 1
        return b"".join((*pieces, self._repeated(line, line.first + line.times - before)))

    def _repeated(self, line: RepeatedRow, times: int) -> bytes:
        """Return a row as it is, so many times."""
        if not times:
            return b""
        body = self.data[line.element.inner:line.element.end]
        return self._tag(line.element, {f"{self.names['table']}:number-rows-repeated": str(times)} if times > 1 else {},
                         frozenset({"number-rows-repeated"})) + body

    def _row(self, line: RepeatedRow, wanted: Mapping[int, tuple[str, str]]) -> bytes:
        """Return one row with other texts in some cells."""
        pieces = [self._tag(line.element, {}, frozenset({"number-rows-repeated"}))]
        done = line.element.inner
        for first, times, cell in line.cells:
            pieces.append(self.data[done:cell.start])
            columns = sorted(column for column in wanted if first <= column < first + times)
            before = first
            for column in columns:
                pieces += [self._blank(cell, column - before), self._text(cell, *wanted[column])]
                before = column + 1
            pieces.append(self._blank(cell, first + times - before) if columns else self.data[cell.start:cell.end])
            done = cell.end
        return b"".join((*pieces, self.data[done:line.element.end]))

    def _blank(self, cell: Element, times: int) -> bytes:
        """Return a cell as it is, so many times."""
        if not times:
            return b""
        repeated = {f"{self.names['table']}:number-columns-repeated": str(times)} if times > 1 else {}
        return self._tag(cell, repeated, frozenset({"number-columns-repeated"})) + self.data[cell.inner:cell.end]

    def _text(self, cell: Element, written: str, note: str) -> bytes:
        """Return a cell with another text, what it said in its comment; drawings in it stay."""
        whole = self.data[cell.start:cell.end]
        inside = children(whole)
        own = next((one for one in inside if markup.local(one.name) == "annotation"), None)
        comments = self._paragraphs(note)
        kept = [whole[one.start:one.end] for one in inside if markup.local(one.name) not in ("p", "annotation")]
        office = self.names["office"]
        if own is None:
            annotation = f"<{office}:annotation>".encode() + comments + f"</{office}:annotation>".encode()
        else:
            piece = whole[own.start:own.end]
            annotation = markup.edited(piece, [markup.inserted(piece, Element(own.name, {}, 0, own.inner - own.start,
                                                                              len(piece)), comments)])
        tag = self._tag(cell, {f"{office}:value-type": "string"}, _STORED | {"number-columns-repeated"})
        return b"".join((tag, annotation, self._paragraphs(written), *kept, f"</{cell.name}>".encode()))

    def _paragraphs(self, text: str) -> bytes:
        """Return a text as paragraphs, one a line; blanks that XML would fold are counted (part 3, 6.1.2 and 6.1.3)."""
        prefix = self.names["text"]

        def blanks(found: re.Match[str]) -> str:
            return f'<{prefix}:s {prefix}:c="{len(found[0])}"/>'

        lines = (_SPACES.sub(blanks, markup.escaped(line)).replace("\t", f"<{prefix}:tab/>") for line in text.split("\n"))
        return "".join(f"<{prefix}:p>{line}</{prefix}:p>" for line in lines).encode()

    def _tag(self, element: Element, more: Mapping[str, str], without: frozenset[str]) -> bytes:
        """Return the start tag of an element without some attributes, by local name, and with others; open unless it is empty and
        nothing is to stand in it."""
        kept = {name: value for name, value in element.attributes.items() if markup.local(name) not in without}
        kept.update(more)
        text = "".join(f' {name}="{markup.quoted(value)}"' for name, value in kept.items())
        closed = element.empty and "value-type" not in without
        return f"<{element.name}{text}{'/' if closed else ''}>".encode()
