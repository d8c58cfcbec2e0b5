"""The parts of an xlsx package other than its worksheets: which there are, shared texts, and number formats of the cell
styles."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import unquote
from xml.parsers import expat

from odlinked.sheets import numerals
from odlinked.sheets.numerals import Show
from odlinked.sheets.packages import Package
from odlinked.sheets.sheet import CONTROLS

Attributes = dict[str, str]
_ESCAPE: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_A_TEXT: Final = 60
"""Bytes that a shared text takes besides its characters, of two bytes each at most on average."""



class Relationship(NamedTuple):
    """A relationship (ECMA-376-2, 6.5): the last step of its type, and the part it leads to."""

    kind: str
    part: str


@dataclass
class Contents:
    """What a workbook is made of: name and part of each worksheet in order, shared texts, formats by style number."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    from_1904: bool = False
    texts: list[str] = field(default_factory=list)
    styles: dict[str, Show] = field(default_factory=dict)


def parser() -> expat.XMLParserType:
    """Return a parser for parts; tags and attributes keep their prefixes, see `local`."""
    found = expat.ParserCreate()
    found.buffer_text = True
    return found


class Local(dict[str, str]):
    """Names without their prefix, each computed once."""

    def __missing__(self, name: str) -> str:
        self[name] = found = name[name.rfind(":") + 1:]
        return found


def unescaped(text: str) -> str:
    """Return a text with its escapes resolved (22.9.2.19): _x000D_ is a carriage return; control characters are dropped."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text).translate(CONTROLS)


def workbook_part(package: Package) -> str | None:
    """Return the name of the workbook's own part: the package's relationships name it, else it is xl/workbook.xml."""
    return main_part(package, "xl/workbook.xml")


def main_part(package: Package, usual: str) -> str | None:
    """Return the part that the relationships of an Office package call its document, else the usual one, None where neither is
    there."""
    stated = (relation.part for relation in _relations(package, "").values() if relation.kind == "officeDocument")
    return next((part for part in (*stated, usual) if part in package), None)


def contents(package: Package, most_text: int) -> Contents:
    """Return what the workbook consists of; raise `InputError` where a part is missing or shared texts take more than
    `most_text`."""
    main = workbook_part(package)
    if main is None:
        raise package.broken("it has no part 'xl/workbook.xml', nor another that its relationships call the workbook")
    relations = _relations(package, main)
    if not relations:
        raise package.broken(f"it has no part {_relations_part(main)!r} that says where its worksheets are")
    found = _workbook(package, main, relations)
    folder = posixpath.dirname(main)
    for kind, usual in (("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")):
        stated = [relation.part for relation in relations.values() if relation.kind == kind]
        part = next((part for part in (*stated, posixpath.join(folder, usual)) if part in package), None)
        if part and kind == "styles":
            found.styles = _styles(package, part, found.from_1904)
        elif part:
            found.texts = _texts(package, part, most_text)
    return found


def _relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations(package: Package, source: str) -> dict[str, Relationship]:
    """Return the relationships of a part (of the package for "") by their keys; targets are resolved, "./" and "\\" too."""
    part = _relations_part(source)
    found: dict[str, Relationship] = {}
    local = Local()

    def start(tag: str, attributes: Attributes) -> None:
        if local[tag] == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.join("/", posixpath.dirname(source), attributes.get("Target", "").replace("\\", "/"))
            target = posixpath.normpath(target).lstrip("/")
            if target not in package:
                target = unquote(target)
            found[attributes.get("Id", "")] = Relationship(attributes.get("Type", "").rpartition("/")[2], target)

    if part in package:
        reader = parser()
        reader.StartElementHandler = start
        package.parse(part, reader)
    return found


def _workbook(package: Package, main: str, relations: dict[str, Relationship]) -> Contents:
    """Read the workbook's own part: its sheets in order, and from when its dates count."""
    found = Contents()
    local = Local()

    def start(tag: str, attributes: Attributes) -> None:
        kind = local[tag]
        if kind == "sheet":
            name = attributes.get("name", "")
            key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            relation = relations.get(key)
            if relation is None:
                raise package.broken(f"{main!r} has no relationship {key!r}, where the sheet {name!r} should be")
            if relation.kind != "chartsheet":
                found.sheets.append((name, relation.part))
        elif kind == "workbookPr":
            found.from_1904 = attributes.get("date1904", "0") in ("1", "true")

    reader = parser()
    reader.StartElementHandler = start
    package.parse(main, reader)
    for name, part in found.sheets:
        if part not in package:
            raise package.broken(f"it has no part {part!r}, where the sheet {name!r} should be")
    if not found.sheets:
        raise package.broken("it has no worksheet")
    return found


def _styles(package: Package, part: str, from_1904: bool) -> dict[str, Show]:
    """Return the functions that format numbers, by the number of the cell style; styles that show numbers as stored are left
    out."""
    codes: dict[str, str] = {}
    styles: dict[str, Show] = {}
    shows: dict[str, Show | None] = {}
    local = Local()
    count, within = 0, False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal count, within
        kind = local[tag]
        if kind == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif kind == "cellXfs":
            within = True
        elif kind == "xf" and within:
            key = attributes.get("numFmtId", "0")
            if key not in shows:
                number = int(key) if key.isdecimal() and len(key) < 9 else 0
                shows[key] = numerals.show(codes.get(key, ""), number, from_1904=from_1904)
            found = shows[key]
            if found is not None:
                styles[str(count)] = found
            count += 1

    def end(tag: str) -> None:
        nonlocal within
        within = within and local[tag] != "cellXfs"

    reader = parser()
    reader.StartElementHandler, reader.EndElementHandler = start, end
    package.parse(part, reader)
    return styles


def _texts(package: Package, part: str, most: int) -> list[str]:
    """Return the shared texts, without phonetic text."""
    texts: list[str] = []
    held: list[str] = []
    local = Local()
    total = 0
    skip = False

    def start(tag: str, _: Attributes) -> None:
        nonlocal skip
        kind = local[tag]
        if kind == "t":
            if not skip:
                reader.CharacterDataHandler = held.append
        elif kind == "rPh":
            skip = True

    def end(tag: str) -> None:
        nonlocal skip, total
        kind = local[tag]
        if kind == "t":
            reader.CharacterDataHandler = None
        elif kind == "si":
            text = held[0] if len(held) == 1 else "".join(held)
            texts.append(unescaped(text))
            held.clear()
            total += 2 * len(text) + _A_TEXT
            if total > most:
                raise package.broken("its shared texts are more than can be held")
        elif kind == "rPh":
            skip = False

    reader = parser()
    reader.StartElementHandler, reader.EndElementHandler = start, end
    package.parse(part, reader)
    return texts
