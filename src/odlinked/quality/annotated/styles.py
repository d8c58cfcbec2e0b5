"""Cell styles with another fill: each style in use gets a coloured copy, so that font, border and number format stay."""

from __future__ import annotations

import re
from typing import Final

from odlinked.quality.annotated import markup
from odlinked.quality.annotated.markup import BrokenPart, Element

PART: Final = "xl/styles.xml"
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"

_COLOURS: Final = {
    "Violation": ("FFFFC8CF", "FFC00101"), "Warning": ("FFFFEB9D", "FF7F6101"), "Info": ("FFDDEBF8", "FF1F4E7A"),
}
"""The fill of a severity: under dark letters, and under light ones. A shade off the usual ones, so that ours are recognised."""

_OURS: Final = frozenset(colour for pair in _COLOURS.values() for colour in pair)
_COLOUR: Final = re.compile(r"(?:^|(?<= ))(?:(rgb)=([0-9A-F]{8})|(theme|indexed)=([0-9]{1,3})|(tint)=(-?[0-9.]{1,24}))(?= |$)")

_LIGHT_THEME: Final = ("0", "2")
_LIGHT_INDEXED: Final = ("1", "9", "26", "27", "41", "42", "43", "44", "47")
_SECTIONS: Final = ("fonts", "fills", "borders", "cellXfs")

_MINIMAL: Final = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="{markup.MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


class Styles:
    """The styles of a workbook; `bytes()` gives the part with what was added. Raise `BrokenPart` where sections are missing."""

    def __init__(self, data: bytes | None) -> None:
        self._data = data or _MINIMAL.encode()
        found = list(markup.walk(self._data, _wanted, 5))
        self._sections = {markup.local(e.name): e for e in found if e.depth == 2}
        missing = [name for name in ("fonts", "fills", "cellXfs") if name not in self._sections]
        if missing:
            raise BrokenPart(f"it has no {', '.join(missing)}")
        self._fonts, self._fills, self._xfs = (self._inside(found, name) for name in ("fonts", "fills", "cellXfs"))
        self._light = self._light_fonts(found)
        self._inner = [e for e in found if e.depth >= 4 and self._sections["fills"].start < e.start < self._sections["fills"].end]
        self._added: dict[str, list[bytes]] = {name: [] for name in _SECTIONS}
        self._known: dict[object, int] = {}
        self._prefix = markup.prefix(self._sections["cellXfs"].name)

    def _inside(self, found: list[Element], section: str) -> list[Element]:
        at = self._sections[section]
        return [e for e in found if e.depth == 3 and at.start < e.start < at.end]

    def _light_fonts(self, found: list[Element]) -> set[str]:
        """Return the numbers of fonts whose letters are light."""
        colours = [e for e in found if e.depth == 4 and markup.local(e.name) == "color"]
        return {str(number) for number, font in enumerate(self._fonts) for colour in colours
                if font.start < colour.start < font.end and _is_light(colour.attributes)}

    def painted(self, style: int, severity: str) -> int:
        """Return the style that is `style` with the fill of a severity; a style number out of range counts as 0."""
        style = style if style < len(self._xfs) else 0
        key = ("painted", style, severity)
        if key not in self._known:
            light = self._xfs[style].attributes.get("fontId", "0") in self._light
            self._known[key] = self._twin(style, self.fill(_COLOURS[severity][light]))
        return self._known[key]

    def mark(self, severity: str) -> int:
        """Return the fill of a severity under dark letters."""
        return self.fill(_COLOURS[severity][0])

    def background(self, style: int) -> str:
        """Return the solid colour behind a style as `unpainted` takes it, "" for none (or more than a single colour)."""
        fill = self._fill_of(style)
        solid = any(markup.local(e.name) == "patternFill" and e.attributes.get("patternType") == "solid" for e in fill)
        colour = next((e.attributes for e in fill if markup.local(e.name) == "fgColor"), {}) if solid else {}
        return " ".join(f"{name}={value}" for name, value in colour.items())

    def of_ours(self) -> set[int]:
        """Return the styles whose fill is one of our marks."""
        return {style for style in range(len(self._xfs))
                if any(e.attributes.get("rgb") in _OURS for e in self._fill_of(style) if markup.local(e.name) == "fgColor")}

    def unpainted(self, style: int, colour: str) -> int:
        """Return a style with the fill it had before it was marked."""
        key = ("unpainted", style, colour)
        if key not in self._known:
            stated = [list(filter(None, parts)) for parts in _COLOUR.findall(colour)]
            fill = self._solid(" ".join(f'{name}="{value}"' for name, value in stated)) if stated else 0
            self._known[key] = self._twin(style, fill)
        return self._known[key]

    def _twin(self, style: int, fill: int) -> int:
        """Return a new style that is `style` with another fill."""
        xf = self._xfs[style]
        body = self._data[xf.start:xf.end]
        size = xf.inner - xf.start
        tag = markup.set_attributes(body[:size], {"fillId": str(fill), "applyFill": "1"})
        return len(self._xfs) + self._add("cellXfs", tag + body[size:])

    def _fill_of(self, style: int) -> list[Element]:
        """Return the elements of a style's fill."""
        number = self._xfs[style].attributes.get("fillId", "0") if style < len(self._xfs) else "0"
        if not number.isdecimal() or int(number) >= len(self._fills):
            return []
        fill = self._fills[int(number)]
        return [e for e in self._inner if fill.start < e.start < fill.end]

    def fill(self, colour: str) -> int:
        """Return the number of a solid fill (ARGB)."""
        return self._solid(f'rgb="{colour}"')

    def _solid(self, colour: str) -> int:
        p = self._prefix
        return self._once("fills", len(self._fills), f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor {colour}/>'
                          f'<{p}bgColor indexed="64"/></{p}patternFill></{p}fill>')

    def font(self, inner: str) -> int:
        """Return the number of a font; `{p}` in `inner` stands for the prefix."""
        return self._once("fonts", len(self._fonts), f"<{{p}}font>{inner}</{{p}}font>".replace("{p}", self._prefix))

    def made(self, font: int = 0, fill: int = 0, wrap: bool = True, number: int = 0) -> int:
        """Return the style of a cell of our own: top aligned, wrapped, with a font, fill and number format."""
        p = self._prefix
        xf = (f'<{p}xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" applyNumberFormat="1" '
              f'applyFont="1" applyFill="1" applyAlignment="1"><{p}alignment vertical="top" wrapText="{int(wrap)}"/></{p}xf>')
        return self._once("cellXfs", len(self._xfs), xf)

    def _once(self, section: str, before: int, piece: str) -> int:
        if piece not in self._known:
            self._known[piece] = before + self._add(section, piece.encode())
        return self._known[piece]

    def _add(self, section: str, piece: bytes) -> int:
        self._added[section].append(piece)
        return len(self._added[section]) - 1

    def bytes(self) -> bytes:
        """Return the part with the added fonts, fills and styles, their counts updated."""
        edits = []
        for name, pieces in self._added.items():
            if pieces:
                at = self._sections[name]
                count = {"fonts": self._fonts, "fills": self._fills, "cellXfs": self._xfs}[name]
                tag = markup.set_attributes(self._data[at.start:at.inner], {"count": str(len(count) + len(pieces))})
                start, end, body = markup.inserted(self._data, at, b"".join(pieces))
                if at.empty:
                    edits.append((start, end, tag[:-2].rstrip() + body[body.index(b">"):]))
                else:
                    edits += [(at.start, at.inner, tag), (start, end, body)]
        return markup.edited(self._data, edits)


def _wanted(path: tuple[str, ...]) -> bool:
    """Accept the sections, their content, the colours of fonts and the elements of fills."""
    if len(path) < 2 or path[0] != "styleSheet" or path[1] not in _SECTIONS:
        return False
    return len(path) <= 3 or path[1] == "fills" or (path[1] == "fonts" and len(path) == 4 and path[3] == "color")


def _is_light(colour: dict[str, str]) -> bool:
    """True for letters that would be illegible on a pale fill."""
    rgb = colour.get("rgb", "")
    if len(rgb) == 8:
        try:
            red, green, blue = (int(rgb[i:i + 2], 16) for i in (2, 4, 6))
        except ValueError:
            return False
        return 299 * red + 587 * green + 114 * blue > 150_000
    themed = colour.get("theme") in _LIGHT_THEME and not colour.get("tint", "").startswith("-")
    return themed or colour.get("indexed") in _LIGHT_INDEXED
