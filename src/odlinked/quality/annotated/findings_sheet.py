"""The sheet that lists all findings, each with a link to its cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from odlinked.findings import Finding
from odlinked.quality.annotated import markup
from odlinked.quality.annotated.styles import Styles
from odlinked.quality.annotated.worksheet import CellPosition
from odlinked.quality.reports.widths import wrap
from odlinked.quality.reports.words import HEADS, ReportTexts

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
MOST: Final = 60_000
"""Most findings listed: a worksheet may have 65,530 links."""

LONGEST: Final = 32_000
"""Most characters of a cell (Excel accepts 32,767)."""

TAB: Final = "FF0563C3"
"""The colour of the tab, by which the list is recognised."""

KEPT: Final = 8
"""The hidden column (0-based) with the colour that a cell had."""

_SHORT: Final = 200
"""Most characters of a value shown."""

_WIDTHS: Final = (12, 18, 10, 22, 30, 60, 46, 28)
_ILL_NAMED: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))


class Listed(NamedTuple):
    """A finding, and the cell that shows it: worksheet and position (None: a whole file)."""

    finding: Finding
    sheet: str
    place: CellPosition | None
    colour: str = ""


def sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name no sheet has: `wanted`, else with a number; at most 31 characters."""
    known = {name.casefold() for name in taken}
    wanted = (wanted.translate(_ILL_NAMED).strip("' ") or "_")[:31]
    name, number = wanted, 1
    while name.casefold() in known:
        number += 1
        name = f"{wanted[:31 - len(str(number)) - 1]} {number}"
    return name


def write(title: str, notes: Sequence[str], listed: Sequence[Listed], words: ReportTexts, language: str, styles: Styles) -> bytes:
    """Return the worksheet: title, notes on the whole, then a row for each finding."""
    bold, link = styles.font('<{p}b/><{p}sz val="11"/>'), styles.font('<{p}u/><{p}sz val="11"/><{p}color rgb="FF0563C1"/>')
    plain, title_style = styles.made(), styles.made(styles.font('<{p}b/><{p}sz val="14"/>'), wrap=False)
    head, linked = styles.made(bold, styles.fill("FFE7E6E6")), styles.made(link)
    rows = [[(title, title_style)], *([(line, styles.made(wrap=False))] for line in notes), [],
            [(words[name], head) for name in HEADS]]
    first = len(rows)
    for finding, sheet, place, colour in listed[:MOST]:
        severity = styles.made(fill=styles.mark(finding.severity))
        rows.append([(_where(finding, place, words), linked if place else plain), (sheet, plain),
                     (words.get(finding.severity, finding.severity), severity), (finding.heading, plain),
                     (_short(finding.value), plain), (finding.messages.get(language, ""), plain),
                     (finding.suggestions.get(language, ""), plain),
                     (finding.rule, plain), (f"{place.name} {sheet} = {colour}" if place else "", plain)])
    links = "".join(f'<hyperlink ref="A{first + number}" location="{markup.quoted(_target(sheet, place))}"/>'
                    for number, (_, sheet, place, _) in enumerate(listed[:MOST], 1) if place)
    return _sheet(rows, first, links)


def _where(finding: Finding, place: CellPosition | None, words: ReportTexts) -> str:
    """Return the name of the cell that is faulty, with the member of its list."""
    if place is None:
        return words["file_only"]
    name = f"{finding.column}{finding.row}" if finding.column and finding.row else place.name
    return words["member_of"].format(cell=name, member=finding.member) if finding.member else name


def _target(sheet: str, place: CellPosition) -> str:
    return "'" + sheet.replace("'", "''") + f"'!{place.name}"


def _sheet(rows: Sequence[Sequence[tuple[str, int]]], frozen: int, links: str) -> bytes:
    """Return a worksheet of texts, frozen below row `frozen`."""
    columns = "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(_WIDTHS, 1))
    columns += f'<col min="{KEPT + 1}" max="{KEPT + 1}" width="9" hidden="1" customWidth="1"/>'
    body = "".join(row_of(number, cells, _height(cells) if number > frozen else 0) for number, cells in enumerate(rows, 1))
    return (f'{markup.HEAD}<worksheet xmlns="{markup.MAIN}"><sheetPr><tabColor rgb="{TAB}"/>'
            '<pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
            f'<sheetView workbookViewId="0"><pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" activePane="bottomLeft" '
            f'state="frozen"/></sheetView></sheetViews><cols>{columns}</cols><sheetData>{body}</sheetData>'
            + (f"<hyperlinks>{links}</hyperlinks>" if links else "")
            + '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>').encode()


def _short(value: str) -> str:
    """Return the beginning of a long value, which its cell shows in full."""
    return value if len(value) <= _SHORT else f"{value[:_SHORT]}…"


def _height(cells: Sequence[tuple[str, int]]) -> int:
    """Return the necessary height of a row for its texts, in points: not every program computes it."""
    lines = max(sum(len(wrap(line, room)) for line in text.split("\n")) for (text, _), room in zip(cells, _WIDTHS, strict=False))
    return min(lines * 16, 400)


def row_of(number: int, cells: Sequence[tuple[str, int]], height: int = 0) -> str:
    """Return a row of texts, each with its style, `height` points high; no text is ever run as a formula."""
    inner = "".join(
        f'<c r="{CellPosition(number, column).name}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        f"{markup.text(text[:LONGEST])}</t></is></c>"
        for column, (text, style) in enumerate(cells) if text)
    high = f' ht="{height}" customHeight="1"' if height else ""
    return f'<row r="{number}"{high}>{inner}</row>'
