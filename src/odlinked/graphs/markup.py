"""RDF/XML made safe to parse: complete, in UTF-8, and without entities that expand too far."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin
from xml.parsers import expat

from odlinked.errors import InputError
from odlinked.graphs import slips
from odlinked.graphs.slips import Slip, slip
from odlinked.graphs.terms import BASE, address, is_relative, is_tag, mended
from odlinked.namespaces import RDF

_UNFOLDED: Final = 10
"""Most times its own size that a file may grow by its entities."""

_DEEPEST: Final = 200
"""Deepest nesting of elements: two for each node, so a hundred nodes within each other."""

_WIDEST: Final = 1_000
"""Most attributes of an element, namespaces among them."""

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_PARSE_TYPE: Final = re.compile(rb"""parseType\s*=\s*(?!["'](?:Literal|Resource|Collection)["'])""")
_DECLARATION: Final = re.compile(rb"""\A\s*<\?xml\b[^?]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^?]*\?>""")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE\b")
_ENTITY: Final = re.compile(rb"""<!ENTITY\s+(%?)\s*([^\s"'>]+)\s+(?:"([^"]*)"|'([^']*)'|(SYSTEM|PUBLIC)\b)""")
_REFERENCE: Final = re.compile(rb"&([^#;&\s][^;&\s]*);")


def safe(data: bytes, name: str) -> bytes:
    """Return the file in UTF-8; raise `InputError` for an unknown encoding, hostile entities and incomplete XML.

    The RDF parser accepts a truncated file as if it ended there; the XML parser does not.
    """
    text = _as_utf8(data, name)
    if _DOCTYPE.search(text):
        _check_entities(text, name)
    try:
        _Depth(name).parser.Parse(text, True)
    except expat.ExpatError as problem:
        raise InputError(f"it is no sound RDF/XML: {problem}", doing="reading", on=name) from problem
    if _PARSE_TYPE.search(text):
        _Elements(name).parser.Parse(text, True)
    return text


def scan(text: bytes, name: str) -> tuple[list[Slip], dict[str, int]]:
    """Return the violations of the format in RDF/XML that `safe` returned, with their lines, and the line on which each address
    occurs first that has no base in the file."""
    elements = _Elements(name)
    elements.parser.Parse(text, True)
    return elements.slips[: slips.MOST], elements.relative


class _Depth:
    """Counts how deep elements are nested and how many attributes they have: an RDF parser's time is quadratic in both."""

    def __init__(self, name: str) -> None:
        self.name, self.depth = name, 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise InputError(f"line {self.parser.CurrentLineNumber}: its elements are nested more than {_DEEPEST} deep",
                             doing="reading", on=self.name)
        if len(attributes) > _WIDEST:
            raise InputError(f"line {self.parser.CurrentLineNumber}: an element has more than {_WIDEST:,} attributes",
                             doing="reading", on=self.name)

    def _end(self, element: str) -> None:
        self.depth -= 1


class _Elements:
    """Checks the attributes that RDF/XML gives a meaning: language tags, addresses, names given twice."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.slips: list[Slip] = []
        self.relative: dict[str, int] = {}
        self.bases = [BASE]
        self.named: set[str] = set()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = lambda element: self.bases.pop()

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        base = attributes.get(f"{_XML} base")
        self.bases.append(self.bases[-1] if base is None else urljoin(self.bases[-1], base))
        tag = attributes.get(f"{_XML} lang")
        if tag and not is_tag(tag):
            self.slips.append(slip(slips.LANGUAGE, line, f'xml:lang="{tag}"', mended(tag)))
        for term in ("about", "resource", "datatype"):
            if (value := attributes.get(f"{RDF} {term}")) is not None:
                self._address(value, line)
        if (identity := attributes.get(f"{RDF} ID")) is not None:
            self._identity(identity, line)
        if attributes.get(f"{RDF} parseType", "Literal") not in ("Literal", "Resource", "Collection"):
            raise InputError(f'line {line}: rdf:parseType="{attributes[f"{RDF} parseType"][:80]}" is not read',
                             doing="reading", on=self.name)

    def _address(self, value: str, line: int) -> None:
        iri = urljoin(self.bases[-1], value)
        found = address(iri)
        if is_relative(found):
            self.relative.setdefault(found, line)
        if found != iri:
            self.slips.append(slip(slips.ADDRESS, line, value))

    def _identity(self, identity: str, line: int) -> None:
        iri = urljoin(self.bases[-1], f"#{identity}")
        if is_relative(iri):
            self.relative.setdefault(iri, line)
        if iri in self.named:
            self.slips.append(slip(slips.GRAMMAR, line, f'rdf:ID="{identity}"'))
        self.named.add(iri)


def _as_utf8(data: bytes, name: str) -> bytes:
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", ""))
    data = data[len(mark):]
    if not encoding:
        declared = _DECLARATION.match(data)
        encoding = declared[1].decode() if declared else "utf-8"
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            data = data.decode(encoding).encode()
        except (LookupError, UnicodeError) as problem:
            raise InputError(f"its encoding cannot be read: {problem}", doing="reading", on=name,
                             next_step="Save it in UTF-8") from problem
    found = _DECLARATION.match(data)
    return data if found is None else data[: found.start(1)] + b"utf-8" + data[found.end(1):]


def _check_entities(text: bytes, name: str) -> None:
    """Refuse entities that contain entities, are outside the file, or expand to more than `_UNFOLDED` times the file."""
    sizes: dict[bytes, int] = {}
    for parameter, entity, double, single, outside in _ENTITY.findall(text):
        value = double or single
        if parameter or outside or _REFERENCE.search(value) or b"%" in value:
            raise InputError(f"the entity {entity.decode(errors='replace')} is made of other entities or stands outside the file",
                             doing="reading", on=name, next_step="Write the file without such entities")
        sizes[entity] = len(value)
    grown = sum(sizes.get(reference, 0) for reference in _REFERENCE.findall(text))
    if grown > _UNFOLDED * len(text):
        raise InputError("its entities unfold to many times the size of the file", doing="reading", on=name,
                         next_step="Write the file without entities")
