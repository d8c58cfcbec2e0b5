"""Which RDF format a file is in, told from its content first and its name second; None where it is no RDF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox


class Kind(NamedTuple):
    """A format by the name people know it, and as the parser knows it."""

    name: str
    format: ox.RdfFormat


TURTLE: Final = Kind("Turtle", ox.RdfFormat.TURTLE)
TRIG: Final = Kind("TriG", ox.RdfFormat.TRIG)
N_TRIPLES: Final = Kind("N-Triples", ox.RdfFormat.N_TRIPLES)
N_QUADS: Final = Kind("N-Quads", ox.RdfFormat.N_QUADS)
RDF_XML: Final = Kind("RDF/XML", ox.RdfFormat.RDF_XML)
JSON_LD: Final = Kind("JSON-LD", ox.RdfFormat.JSON_LD)

_SUFFIXES: Final = {".ttl": TURTLE, ".n3": TURTLE, ".trig": TRIG, ".nt": N_TRIPLES, ".nq": N_QUADS, ".rdf": RDF_XML,
                    ".owl": RDF_XML, ".jsonld": JSON_LD}
_HEAD: Final = 65_536
_XML: Final = re.compile(rb"<(?:[\w.-]+:)?RDF\b[^>]{0,8000}http://www\.w3\.org/1999/02/22-rdf-syntax-ns#|"
                         rb"http://www\.w3\.org/1999/02/22-rdf-syntax-ns#[^<]{0,8000}<(?:[\w.-]+:)?RDF\b")
_JSON: Final = re.compile(rb"\A\s*[\[{][\s\[{]*\"@(?:context|graph|id|type)\"")
_STATEMENT: Final = re.compile(rb"\A(?:\s|#[^\n]*\n)*(?:<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s+(?:<[^<>\s]*>|_:\S+|\").*?"
                               rb"\.[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_DIRECTIVE: Final = re.compile(rb"\A(?:\s|#[^\n]*\n)*(?:@(?:prefix|base)\s|(?:PREFIX\s+[\w.-]*:|BASE)\s*<)", re.IGNORECASE)


def tell(path: Path) -> Kind | None:
    """Return the RDF format of a file, None where it is none.

    A JSON file is JSON-LD where it starts with a keyword of JSON-LD, an XML file RDF/XML where its root is rdf:RDF; a file
    without a known suffix is Turtle where it starts with a prefix, N-Triples where it starts with a whole statement.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")[2:]
    known = _SUFFIXES.get(path.suffix.lower())
    if known is not None:
        return known
    if _XML.search(head):
        return RDF_XML
    if _JSON.match(head):
        return JSON_LD
    if _DIRECTIVE.match(head):
        return TURTLE
    return N_TRIPLES if _STATEMENT.match(head) else None
