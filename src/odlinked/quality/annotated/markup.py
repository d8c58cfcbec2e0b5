"""XML edited in place: an element is found by its bytes, a piece is inserted, the rest is not rewritten."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TAG: Final = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=>/]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
_ATTRIBUTE: Final = re.compile(rb"""(\s+)([^\s=>/]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


Edit = tuple[int, int, bytes]
"""A range of bytes, and its replacement."""


class BrokenPart(Exception):
    """A part that is not the expected XML; the text says why."""


@dataclass
class Element:
    """The byte positions of an element: where its tag starts and ends, and where the element ends."""

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    end: int = 0
    depth: int = 0

    @property
    def empty(self) -> bool:
        """Whether it is one tag (`<c/>`)."""
        return self.inner == self.end


def walk(data: bytes, take: Callable[[tuple[str, ...]], bool], deep: int = 4) -> Iterator[Element]:
    """Yield the elements whose path of local names (root first, `deep` at most) `take` accepts, in the order of their ends.

    Raise `BrokenPart` for what is not well-formed, has a document type, or is not UTF-8.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BrokenPart("it is not encoded in UTF-8")
    found: list[Element] = []
    path: list[str] = []
    open_: list[Element | None] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        path.append(tag)
        if len(path) > deep or not take(tuple(map(local, path))):
            open_.append(None)
            return
        at = parser.CurrentByteIndex
        match = _TAG.match(data, at)
        if match is None:
            raise BrokenPart("a tag cannot be found again")
        open_.append(Element(tag, attributes, at, match.end(), match.end(), len(path)))

    def end(tag: str) -> None:
        path.pop()
        element = open_.pop()
        if element is None:
            return
        if data[element.inner - 2:element.inner] != b"/>":
            element.end = data.index(b">", parser.CurrentByteIndex) + 1
        found.append(element)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.XmlDeclHandler = _only_utf8
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        raise BrokenPart(f"it is not well-formed ({problem})") from problem
    yield from found


def _no_doctype(*_: object) -> None:
    raise BrokenPart("it has a document type")


def _only_utf8(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii", "ascii"):
        raise BrokenPart(f"it is encoded in {encoding}, not UTF-8")


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def prefix(name: str) -> str:
    """Return a name's prefix with its colon, "" for none: new elements take the prefix of their neighbours."""
    head, colon, _ = name.rpartition(":")
    return head + colon


def set_attributes(tag: bytes, values: dict[str, str]) -> bytes:
    """Return a start tag with attributes set: replaced if present, else added at the end."""
    left = {name.encode(): value.encode() for name, value in values.items()}

    def put(match: re.Match[bytes]) -> bytes:
        value = left.pop(match[2], None)
        return match[0] if value is None else match[1] + match[2] + match[3] + b'"' + value + b'"'

    tag = _ATTRIBUTE.sub(put, tag)
    close = 2 if tag.endswith(b"/>") else 1
    more = b"".join(b' %s="%s"' % (name, value) for name, value in left.items())
    return tag[:-close].rstrip() + more + tag[-close:] if more else tag


def inserted(data: bytes, element: Element, pieces: bytes) -> Edit:
    """Return the edit that puts pieces at the end of an element, opening it if it is a single tag."""
    if element.empty:
        tag = data[element.start:element.inner]
        return element.start, element.end, tag[:-2].rstrip() + b">" + pieces + f"</{element.name}>".encode()
    at = data.rindex(b"</", element.start, element.end)
    return at, at, pieces


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """Return data with ranges replaced; edits at one position keep their order."""
    parts, at = [], 0
    for start, end, piece in sorted(edits, key=lambda edit: edit[:2]):
        parts += [data[at:start], piece]
        at = end
    return b"".join((*parts, data[at:]))


def with_child(data: bytes, root: str, child: Callable[[str], str]) -> bytes:
    """Return a part with one more child at the end of its root; `child` is given the root's prefix."""
    found = next((e for e in walk(data, lambda path: path == (root,))), None)
    if found is None:
        raise BrokenPart(f"it has no {root}")
    return edited(data, [inserted(data, found, child(prefix(found.name)).encode())])


def text(value: str) -> str:
    """Return text for an element: escaped, without what XML 1.0 forbids, `_x0041_` escaped so that it is not read as a
    character."""
    return escaped(_ESCAPED.sub("_x005F_", value))


def escaped(value: str) -> str:
    """Return text for an element of any XML: escaped, without what XML 1.0 forbids."""
    value = _ILLEGAL.sub("\ufffd", value)
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def plain(value: str) -> str:
    """Return escaped text unescaped, numbers of characters too: some programs write a part in ASCII (XML 1.0, 4.1)."""
    return html.unescape(value)


def quoted(value: str) -> str:
    """Return text for an attribute in double quotes."""
    value = _ILLEGAL.sub("\ufffd", value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return value.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
