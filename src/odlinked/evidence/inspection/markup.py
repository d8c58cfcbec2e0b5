"""XML, streamed: which vocabulary, which element is the record, its fields. Document types and deep nesting are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from odlinked.evidence.inspection.headings import compare
from odlinked.evidence.inspection.shape import LONGEST_NAME, MOST_FIELDS, ContentShape, Expectation, RowCounter
from odlinked.evidence.inspection.source import Source
from odlinked.sheets.encoding import CHUNK

DEPTH: Final = 100
MOST_PATHS: Final = 1_000

Attributes = dict[str, str]
ElementPath = tuple[str, ...]

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF"
_ROOTS: Final = {"kml": "KML", "rss": "RSS", "html": "HTML", "svg": "SVG", _RDF: "RDF_XML",
                 "http://www.w3.org/2005/Atom feed": "ATOM"}
"""Root elements that are a file type of their own: a name in any namespace, or namespace and name."""

_GML: Final = "http://www.opengis.net/gml"
_RECORDS: Final = {"KML": "Placemark", "RSS": "item", "ATOM": "entry"}
_ERRORS: Final = frozenset({"Fault", "Error", "error", "errors", "Exception", "ExceptionReport", "ServiceException",
                           "ServiceExceptionReport"})


class MarkupRefused(Exception):
    """The text is not examined further; the message says why."""


@dataclass
class XmlInspection:
    """What an XML text is: the notation of its kind, its records, and whether it reports an error instead of data."""

    kind: str
    shape: ContentShape
    failed: bool = False


@dataclass(slots=True)
class _Element:
    """All elements at one path: how many, whether they hold fields (attributes or children without children), the names.

    `under` are the elements within them by tag.
    """

    path: ElementPath
    count: int = 0
    fielded: bool = False
    names: dict[str, None] = field(default_factory=dict)
    under: dict[str, _Element] = field(default_factory=dict)
    leaf: bool = False

    def name(self, name: str) -> None:
        if name not in self.names and len(self.names) < MOST_FIELDS:
            self.names[name] = None


def parse(source: Source, codec: str, start: Callable[[str, Attributes], None], end: Callable[[str], None],
          data: Callable[[str], None] | None = None, declared: Callable[[str | None, str], None] | None = None) -> str:
    """Stream the text through expat; return what broke it, "" for a well-formed text or a part that is so far.

    The encoding is the real one, whatever the XML declaration says; a text may not declare entities of its own. Exceptions of the
    callbacks are passed on.
    """
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    if data:
        parser.CharacterDataHandler = data
    if declared:
        parser.StartNamespaceDeclHandler = declared

    def refuse(*_: object) -> None:
        raise MarkupRefused("a document type is declared, which is not read")

    parser.StartDoctypeDeclHandler = refuse
    try:
        for piece in _pieces(source, codec):
            parser.Parse(piece, False)
        if source.complete:
            parser.Parse(b"", True)
    except expat.ExpatError as problem:
        return f"line {problem.lineno}, column {problem.offset + 1}: {expat.ErrorString(problem.code)}"
    except MarkupRefused as problem:
        return str(problem)
    return ""


def _pieces(source: Source, codec: str) -> Iterator[bytes]:
    """Yield the text as UTF-8, white space before the declaration left out."""
    if codec in ("utf-8", "utf-8-sig"):
        first = True
        for chunk in source.chunks():
            yield chunk.removeprefix(b"\xef\xbb\xbf").lstrip() if first else chunk
            first = False
        return
    with source.text(codec) as text:
        piece = text.read(CHUNK).lstrip("\ufeff \t\r\n")
        while piece:
            yield piece.encode("utf-8", "replace")
            piece = text.read(CHUNK)


class _XmlSurvey:
    """All elements by path, in the names of their namespace-free tags."""

    def __init__(self) -> None:
        self.kind = ""
        self.elements: dict[ElementPath, _Element] = {}
        self.root = _Element(())
        self.stack = [self.root]
        self.leaf = True
        self.extended: dict[str, None] = {}
        self.geographic = self.failed = False

    def declared(self, _: str | None, uri: str) -> None:
        self.geographic = self.geographic or (uri or "").startswith(_GML)

    def start(self, tag: str, attributes: Attributes) -> None:
        above = self.stack[-1]
        element = above.under.get(tag) or self.new(tag, above)
        element.count += 1
        if attributes:
            element.fielded = True
            for key in attributes:
                if key not in element.names:
                    element.name(key[key.rfind(" ") + 1:][:LONGEST_NAME])
            if self.kind == "KML" and "name" in attributes and element.path[-1] in ("Data", "SimpleData"):
                self.extended.setdefault(attributes["name"][:LONGEST_NAME])
        self.leaf = True
        self.stack.append(element)

    def new(self, tag: str, above: _Element) -> _Element:
        """Return the element for a path that is new."""
        name = tag[tag.rfind(" ") + 1:]
        if not above.path:
            self.kind = _ROOTS.get(tag) or _ROOTS.get(name) or ("GML" if self.geographic else "XML")
        if len(above.path) >= DEPTH:
            raise MarkupRefused(f"elements stand deeper than {DEPTH} levels within one another")
        self.failed = self.failed or (name in _ERRORS and (not above.path or (len(above.path) == 2 and above.path[1] == "Body")))
        element = self.elements.get((*above.path, name)) or _Element((*above.path, name))
        if len(self.elements) < MOST_PATHS:
            self.elements[element.path] = above.under[tag] = element
        return element

    def end(self, _: str) -> None:
        element = self.stack.pop()
        if self.leaf and not element.leaf and element.path[1:]:
            element.leaf = True
            name = element.path[-1][:LONGEST_NAME]
            above = self.stack[-1]
            above.fielded = True
            above.name(name)
            if len(self.stack) > 2:
                self.stack[-2].name(f"{above.path[-1]}.{name}"[:LONGEST_NAME])
        self.leaf = False

    def place(self, wanted: Expectation) -> ElementPath | None:
        """Return the path of the records.

        Known vocabularies say which element it is. Else: among elements that hold fields and occur more than once, not within one
        another, the one with most described names, then the most frequent. Without such, the one that holds fields nearest the
        root.
        """
        fielded = {path: element for path, element in self.elements.items() if element.fielded}
        known = _RECORDS.get(self.kind)
        if known:
            return max((path for path in fielded if path[-1] == known), key=lambda path: fielded[path].count, default=None)
        several = [path for path, element in fielded.items() if element.count > 1 and len(path) > 1]
        outer = [path for path in several
                 if not any(path != other and path[:len(other)] == other for other in several)]

        def rank(path: ElementPath) -> tuple[int, int, int]:
            names = tuple(fielded[path].names)
            return len(wanted.fields) - len(compare(names, wanted.fields)[0]), fielded[path].count, -len(path)

        if outer:
            return max(outer, key=rank)
        return max(fielded, key=lambda path: (rank(path)[0], -len(path)), default=None)

    def names(self) -> frozenset[str]:
        """Return the names of all elements and attributes."""
        return frozenset(path[-1][:LONGEST_NAME] for path in self.elements).union(*(one.names for one in self.elements.values()))

    def fields(self, place: ElementPath) -> tuple[str, ...]:
        names = [name for name in self.elements[place].names if not (self.kind == "KML" and name.startswith("ExtendedData."))]
        return tuple(dict.fromkeys([*names, *self.extended])) if self.kind == "KML" else tuple(names)


def read(source: Source, codec: str, wanted: Expectation) -> XmlInspection:
    """Examine the whole text; with a check, once more for the values of the records."""
    survey = _XmlSurvey()
    fault = parse(source, codec, survey.start, survey.end, declared=survey.declared)
    shape = ContentShape(settled=source.complete and not fault, broken=fault or None)
    place = survey.place(wanted)
    if survey.kind in ("HTML", "SVG", "RDF_XML"):
        return XmlInspection(survey.kind, shape, survey.failed)
    if (place is None or len(survey.elements) == 1) and survey.kind in ("XML", "RSS") and source.complete and not fault:
        shape.count = 0  # a root without elements, a channel without items
    elif place is not None:
        shape.named(survey.fields(place))
        shape.others = survey.names()
        shape.count = survey.elements[place].count if source.complete and not fault else None
        values = _Values(place, shape.fields or (), RowCounter(shape.fields or (), wanted.check))
        if values.rows.check:
            parse(source, codec, values.start, values.end, values.text.append)
            shape.unread = int(values.left and survey.kind not in ("KML", "GML"))  # other than their coordinates
    return XmlInspection(survey.kind or "XML", shape, survey.failed)


class _Values:
    """Passes the values of the records at a path to the check: attributes, texts of children and of their children."""

    def __init__(self, place: ElementPath, names: tuple[str, ...], rows: RowCounter) -> None:
        self.place, self.names, self.rows = list(place), names, rows
        self.path: list[str] = []
        self.within: list[str] | None = None
        self.cells: dict[str, str] = {}
        self.text: list[str] = []
        self.extended = ""
        self.number = 0
        self.left = False

    def start(self, tag: str, attributes: Attributes) -> None:
        name = tag[tag.rfind(" ") + 1:]
        self.text.clear()
        if self.within is not None:
            self.within.append(name)
            if attributes and name in ("Data", "SimpleData"):
                self.extended = attributes.get("name", "")
            return
        self.path.append(name)
        if len(self.path) == len(self.place) and self.path == self.place:
            self.number += 1
            self.within = []
            self.cells = {key[key.rfind(" ") + 1:]: value for key, value in attributes.items()}

    def end(self, _: str) -> None:
        within = self.within
        if within:
            self.cell(within)
            within.pop()
            self.text.clear()
            return
        if within is not None:
            cells, self.within = self.cells, None
            self.rows.take(self.number, [cells.get(name, "") for name in self.names])
        self.path.pop()

    def cell(self, within: list[str]) -> None:
        """Take the text of the element that ends, `within` its record."""
        if self.extended and within[-1] in ("SimpleData", "value", "Data"):
            self.cells.setdefault(self.extended, "".join(self.text).strip())
            if within[-1] != "value":
                self.extended = ""
        elif len(within) <= 2:
            name = within[0] if len(within) == 1 else f"{within[0]}.{within[1]}"
            text = "".join(self.text).strip()
            self.left = self.left or (bool(text) and self.cells.get(name, text) != text)
            if name not in self.cells:
                self.cells[name] = text
        elif not self.left:
            self.left = bool("".join(self.text).strip())
