"""Removal of the marks of an earlier run, so that a marked workbook can be corrected and marked again.

Our fills are recognised by their colours, our comments by their author or the line above them, our list by its name and tab; the
list keeps, in a hidden column, the colour that each cell had. Spreadsheet programs renumber styles and texts, but keep these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from odlinked.quality.annotated import boxes, comments, findings_sheet, markup
from odlinked.quality.annotated.parts import Parts
from odlinked.quality.annotated.styles import Styles
from odlinked.quality.annotated.worksheet import place

_STYLED: Final = re.compile(rb"""<(?:\w+:)?c\b(?=[^>]*\sr="([A-Z]{1,3}[0-9]{1,7})")[^>]*?\ss="([0-9]{1,6})"[^>]*>""")
_TAB: Final = f'rgb="{findings_sheet.TAB}"'.encode()


def lists(parts: Parts, places: Mapping[str, str], titles: tuple[str, ...]) -> dict[str, str]:
    """Return the sheets that are lists of ours, by their names (which begin with one of `titles`) and tabs: name -> part."""
    return {name: part for name, part in places.items()
            if name.startswith(titles) and part in parts and _TAB in parts.read(part)[:4_000]}


def take_off(parts: Parts, places: Mapping[str, str], lists: Mapping[str, str], styles: Styles) -> None:
    """Change the parts of all sheets but the lists: our colours and comments are removed. Raise `BrokenPart`."""
    before: dict[tuple[str, str], str] = {}
    for part in lists.values():
        before.update(_kept(parts, part))
    for name, part in places.items():
        if name in lists or part not in parts:
            continue
        _unpaint(parts, name, part, before, styles)
        relations = parts.relations(part)
        part = next((relation.part for relation in relations if relation.kind == "comments"), "")
        if part:
            drawing = next((relation.part for relation in relations if relation.kind == "vmlDrawing"), "")
            _silence(parts, part, drawing, {cell for sheet, cell in before if sheet == name})


def _kept(parts: Parts, part: str) -> dict[tuple[str, str], str]:
    """Return the recorded state of cells before they were marked: (sheet, cell) -> colour."""
    shared = _shared(parts)
    data = parts.read(part)
    found = {}
    for element in markup.walk(data, lambda path: path == ("worksheet", "sheetData", "row", "c")):
        at = place(element.attributes.get("r", ""))
        if at is None or at.column != findings_sheet.KEPT:
            continue
        text = _text(data[element.start:element.end])
        if element.attributes.get("t") == "s":
            text = shared[int(text)] if text.isdecimal() and int(text) < len(shared) else ""
        cell, _, rest = text.partition(" ")
        sheet, _, colour = rest.rpartition(" = ")
        found[sheet, cell] = colour
    return found


def _shared(parts: Parts) -> list[str]:
    part = "xl/sharedStrings.xml"
    if part not in parts:
        return []
    data = parts.read(part)
    return [_text(data[e.start:e.end]) for e in markup.walk(data, lambda path: path == ("sst", "si"), 2)]


def _text(piece: bytes) -> str:
    """Return the text of a cell or a shared text: of its `t` and `v` elements."""
    texts = [piece[e.inner:e.end].rpartition(b"</")[0].decode() for e in markup.walk(piece, lambda path: path[-1] in ("t", "v"))]
    return markup.plain("".join(texts))


def _unpaint(parts: Parts, name: str, part: str, before: Mapping[tuple[str, str], str], styles: Styles) -> None:
    painted = styles.of_ours()
    data = parts.read(part)
    edits = []
    for match in _STYLED.finditer(data) if painted else ():
        style = int(match[2])
        if style in painted:
            colour = before.get((name, match[1].decode()), "")
            edits.append((match.start(2), match.end(2), str(styles.unpainted(style, colour)).encode()))
    if edits:
        parts.put(part, markup.edited(data, edits))


def _silence(parts: Parts, part: str, drawing: str, marked: Collection[str]) -> None:
    """Remove our comments, and what we added to others."""
    data, gone = comments.silenced(parts.read(part), marked)
    parts.put(part, data)
    if gone and drawing in parts:
        parts.put(drawing, boxes.without(parts.read(drawing), frozenset(gone)))
