"""The RDF format of a file, determined from its content first and its name second; None where it is not RDF."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked.errors import InputError
from odlinked.sheets import json_walk
from odlinked.sheets.encoding import CHUNK, detect, errors
from odlinked.sheets.json_text import JsonText


class GraphFormat(NamedTuple):
    """A format by the name people know it, and as the parser knows it."""

    name: str
    format: ox.RdfFormat


TURTLE: Final = GraphFormat("Turtle", ox.RdfFormat.TURTLE)
TRIG: Final = GraphFormat("TriG", ox.RdfFormat.TRIG)
N_TRIPLES: Final = GraphFormat("N-Triples", ox.RdfFormat.N_TRIPLES)
N_QUADS: Final = GraphFormat("N-Quads", ox.RdfFormat.N_QUADS)
RDF_XML: Final = GraphFormat("RDF/XML", ox.RdfFormat.RDF_XML)
JSON_LD: Final = GraphFormat("JSON-LD", ox.RdfFormat.JSON_LD)

_SUFFIXES: Final = {".ttl": TURTLE, ".n3": TURTLE, ".trig": TRIG, ".nt": N_TRIPLES, ".nq": N_QUADS, ".rdf": RDF_XML,
                    ".owl": RDF_XML, ".jsonld": JSON_LD}
_HEAD: Final = 65_536
_XML: Final = re.compile(rb"<(?:[\w.-]+:)?RDF\b[^>]{0,8000}http://www\.w3\.org/1999/02/22-rdf-syntax-ns#|"
                         rb"http://www\.w3\.org/1999/02/22-rdf-syntax-ns#[^<]{0,8000}<(?:[\w.-]+:)?RDF\b")
_JSON: Final = re.compile(rb"\A\s*[\[{]")
_WORDS: Final = frozenset({"@context", "@graph", "@id", "@type"})
"""Keywords of JSON-LD 1.1 (section 1.7) that a document has at its top, in any order: the members of an object have none."""

_WORD: Final = re.compile(rb"@\0?(?:c\0?o\0?n\0?t|g\0?r\0?a\0?p|i\0?d|t\0?y\0?p)")
_STATEMENT: Final = re.compile(rb"\A(?:\s|#[^\n]*\n)*(?:<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s+(?:<[^<>\s]*>|_:\S+|\").*?"
                               rb"\.[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_DIRECTIVE: Final = re.compile(rb"\A(?:\s|#[^\n]*\n)*(?:@(?:prefix|base)\s|(?:PREFIX\s+[\w.-]*:|BASE)\s*<)", re.IGNORECASE)


def detect_format(path: Path) -> GraphFormat | None:
    """Return the RDF format of a file, None where it is not RDF.

    A JSON file is JSON-LD where a keyword of JSON-LD is a key of the object at its top or of the first in an array there, an
    XML file RDF/XML where its root is rdf:RDF; a file without a known suffix is Turtle where it starts with a prefix,
    N-Triples where it starts with a whole statement.
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
        return JSON_LD if _is_linked(path) else None
    if _DIRECTIVE.match(head):
        return TURTLE
    return N_TRIPLES if _STATEMENT.match(head) else None


def _is_linked(path: Path) -> bool:
    """True when a JSON file has a keyword of JSON-LD at its top; a file that is not valid JSON is reported elsewhere."""
    name = path.name
    if not _has_word(path):
        return False
    try:
        codec = detect(path, name, one_line=True).codec
        with closing(JsonText(path.open(encoding=codec, errors=errors(codec, lost=False), newline=""), name)) as text:
            return any(key in _WORDS for key in json_walk.top_keys(text))
    except (InputError, RecursionError):
        return False


def _has_word(path: Path) -> bool:
    """True when a keyword occurs anywhere in a file, a quick check; in UTF-16, too."""
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(CHUNK):
            if _WORD.search(tail + chunk):
                return True
            tail = chunk[-20:]
    return False
