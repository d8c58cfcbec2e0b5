"""The boxes of comments: a VML drawing, edited as bytes because it need not be well-formed XML (ECMA-376 part 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from odlinked.quality.annotated.markup import BrokenPart
from odlinked.quality.annotated.worksheet import CellPosition, Worksheet
from odlinked.quality.reports.widths import wrap

VML_TYPE: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"

_WIDE: Final = 340
_LINE: Final = 18
_COLUMNS: Final = 46
_TALL: Final = 420
_BLOCK: Final = 1024
"""Shapes per block of numbers (VML `o:idmap`)."""

_NAMESPACES: Final = {"v": b"urn:schemas-microsoft-com:vml", "o": b"urn:schemas-microsoft-com:office:office",
                      "x": b"urn:schemas-microsoft-com:office:excel"}
_EMPTY: Final = (b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
                 b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
                 b'<o:idmap v:ext="edit" data=""/></o:shapelayout></xml>')
_SHAPE_TYPE: Final = ('<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
                      '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>')
_OURS: Final = re.compile(r"""(?<=[</ ])([vox])(?=:)""")
_ROOT: Final = re.compile(rb"""<((?:[\w.-]+:)?xml)(\s(?:[^>"']|"[^"]*"|'[^']*')*)?>""")
_BOUND: Final = re.compile(rb"""\sxmlns:([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MAP: Final = re.compile(rb"""(<(?:[\w.-]+:)?idmap\b[^>]*\bdata=["'])([0-9, ]*)(["'])""")
_IDS: Final = re.compile(rb"""["']_x0000_s([0-9]{1,9})["']""")
_TYPED: Final = re.compile(rb"""["']_x0000_t202["']""")
_SHAPE: Final = re.compile(rb"<((?:[\w.-]+:)?)shape\b.*?</\1shape>", re.DOTALL)
_AT: Final = tuple(re.compile(rb"<(?:[\w.-]+:)?%s>\s*([0-9]{1,7})\s*<" % name) for name in (b"Row", b"Column"))


def drawn(data: bytes | None, fresh: Iterable[CellPosition], texts: Mapping[CellPosition, str], sheet: Worksheet,
          take: Callable[[], int]) -> bytes:
    """Return the drawing with a box for each new comment; `take` returns numbers of blocks that are free in the workbook."""
    data = data or _EMPTY
    shapes: list[str] = []
    blocks: list[int] = []
    for number, at in enumerate(fresh):
        if number % (_BLOCK - 1) == 0:
            blocks.append(take())
        identity = blocks[-1] * _BLOCK + number % (_BLOCK - 1) + 1
        shapes.append(_shape(identity, number + 1, at, _anchor(at, texts[at], sheet)))
    if not _TYPED.search(data):
        shapes.insert(0, _SHAPE_TYPE)
    more = [b"%d" % block for block in blocks]
    data = _MAP.sub(lambda m: m[1] + b",".join(filter(None, (m[2].strip(), *more))) + m[3], data, count=1)
    return _with(data, "".join(shapes))


def _with(data: bytes, shapes: str) -> bytes:
    """Return the drawing with our shapes at its end, in the prefixes it binds; those it lacks are bound at its root."""
    root = _ROOT.search(data)
    if root is None or _NAMESPACES["v"] not in data:
        raise BrokenPart("it is no drawing of comments")
    bound = {uri or other: name for name, uri, other in _BOUND.findall(root[2] or b"")}
    names, more = {}, b""
    for name, uri in _NAMESPACES.items():
        if uri not in bound:
            free = next(one for one in (name, *(f"{name}{n}" for n in range(9))) if one.encode() not in bound.values())
            bound[uri] = free.encode()
            more += b' xmlns:%s="%s"' % (bound[uri], uri)
        names[name] = bound[uri].decode()
    pieces = _OURS.sub(lambda m: names[m[1]], shapes).encode()
    start, end = root.end() - (2 if root[0].endswith(b"/>") else 1), b"</" + root[1] + b">"
    if root[0].endswith(b"/>"):
        return data[:start] + more + b">" + pieces + end + data[root.end():]
    close = data.rfind(end)
    if close < 0:
        raise BrokenPart("it is no drawing of comments")
    return data[:start] + more + data[start:close] + pieces + data[close:]


def without(data: bytes, gone: Collection[CellPosition]) -> bytes:
    """Return the drawing without the boxes of the comments at some cells."""

    def kept(match: re.Match[bytes]) -> bytes:
        row, column = (found.search(match[0]) for found in _AT)
        return b"" if row and column and CellPosition(int(row[1]) + 1, int(column[1])) in gone else match[0]

    return _SHAPE.sub(kept, data)


def blocks(data: bytes) -> int:
    """Return the highest block of shape numbers that a drawing uses."""
    stated = [int(number) for m in _MAP.finditer(data) for number in re.findall(rb"[0-9]{1,6}", m[2])]
    used = [int(m[1]) // _BLOCK for m in _IDS.finditer(data)]
    return max((*stated, *used), default=0)


def _shape(identity: int, order: int, at: CellPosition, anchor: str) -> str:
    return (f'<v:shape id="_x0000_s{identity}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
            f'width:{_WIDE * 3 // 4}pt;height:60pt;z-index:{order};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
            '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
            '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{at.row - 1}</x:Row>"
            f"<x:Column>{at.column}</x:Column></x:ClientData></v:shape>")


def _anchor(at: CellPosition, text: str, sheet: Worksheet) -> str:
    """Return the position of the box: right of the cell, as high as its text needs."""
    lines = sum(len(wrap(line, _COLUMNS)) for line in text.split("\n"))
    left, top = at.column + 1, max(at.row - 2, 0)
    right, across = _reach(left, _WIDE + 15, sheet.width, 16_383)
    bottom, down = _reach(top, min(lines * _LINE + 14, _TALL) + 7, lambda row: sheet.height(row + 1), 1_048_575)
    return f"{left}, 15, {top}, 7, {right}, {across}, {bottom}, {down}"


def _reach(start: int, size: int, each: Callable[[int], int], last: int) -> tuple[int, int]:
    """Return the column (or row) in which a stretch of pixels ends, and how far into it."""
    place, left = start, size
    while place < last and place < start + 500 and left > each(place):
        left -= each(place)
        place += 1
    return place, min(left, max(each(place), 0))
