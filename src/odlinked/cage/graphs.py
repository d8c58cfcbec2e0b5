"""Writes constructed graphs as Turtle, N-Triples, RDF/XML and JSON-LD, terms in their own spelling.

The engine serialises; it lowers language tags even then, so they are put right in its text as it streams by. Standard
library and pyoxigraph only: the caged worker imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from odlinked.cage.rendering import Table, Unwritable, Writer, respelled
from odlinked.rdf import xml_names
from odlinked.rdf.tags import language_tag

_FORMATS = {
    "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD,
}

_QUOTED = re.compile(rb'("(?:[^"\\]|\\.)*+"@?+)([A-Za-z0-9\-]*)', re.DOTALL)
_TAGS = {
    "ttl": (_QUOTED, b"\n"),
    "nt": (_QUOTED, b"\n"),
    "rdf": (re.compile(rb'(<[^<>]*? xml:lang=")([A-Za-z0-9\-]+)'), b">"),
    "jsonld": (re.compile(rb'("@language":")([A-Za-z0-9\-]+)'), b"}"),
}
"""Format -> (what stands before a tag, the tag) and the mark after which its text may be cut.

The engine's writers escape line feeds in Turtle and quotes in JSON, and no tag of XML holds `>`: a cut after the mark never
falls into a token. A string is matched from its opening quote on, so that quoted text is never taken for a tag.
"""

_UNWRITABLE = re.compile(b"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class _Retagged:
    """Passes serialised RDF on with its language tags in BCP 47 case, and makes XML of what is nearly XML.

    The engine writes carriage returns raw (a reader would lose them) and control characters too (no reader would take them).
    """

    def __init__(self, out: Writer, name: str) -> None:
        self._out, self._xml = out, name == "rdf"
        self._pattern, self._mark = _TAGS[name]
        self._rest = b""

    def write(self, data: bytes) -> int:
        place = data.rfind(self._mark) + 1
        if place:
            self._pass_on(self._rest + data[:place])
            self._rest = data[place:]
        else:
            self._rest += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: `close` writes the end."""

    def close(self) -> None:
        self._pass_on(self._rest)
        self._rest = b""

    def _pass_on(self, data: bytes) -> None:
        if self._xml:
            if _UNWRITABLE.search(data):
                raise Unwritable("XML 1.0 cannot hold a control character of the result")
            data = data.replace(b"\r", b"&#13;")
        self._out.write(self._pattern.sub(_retag, data))


def _retag(found: re.Match[bytes]) -> bytes:
    return found[1] + language_tag(found[2].decode()).encode() if found[2] else found[0]


def graph(triples: Any, name: str, out: Writer, table: Table | None, prefixes: dict[str, str]) -> None:
    """Write a constructed graph in format `name` (ttl, nt, rdf, jsonld); `table` None leaves typed literals as they are."""
    source = triples if table is None else _restored(triples, table)
    if name == "rdf":
        source = _named(source)
        prefixes = {prefix: space for prefix, space in prefixes.items() if xml_names.usable(prefix, space)}
    sink: Any = _Retagged(out, name)
    ox.serialize(source, sink, _FORMATS[name], prefixes=prefixes)
    sink.close()


def _named(triples: Any) -> Iterator[Any]:
    """Pass triples on as RDF/XML can write them; raise `Unwritable` for a predicate that has no name in XML.

    A label of a blank node need not be a name in XML: each gets a letter in front.
    """
    known: set[str] = set()
    for triple in triples:
        yield _written(triple, known)


def _written(term: Any, known: set[str]) -> Any:
    """Return a term, or a triple with all in it, for RDF/XML; `known` are predicates that have been looked at."""
    kind = type(term)
    if kind is ox.BlankNode:
        return ox.BlankNode("b" + term.value)
    if kind is not ox.Triple:
        return term
    predicate = term.predicate.value
    if predicate not in known:
        if xml_names.split(predicate) is None:
            raise Unwritable(f"RDF/XML cannot hold the predicate <{predicate}>: XML has no element for it")
        known.add(predicate)
    subject, value = _written(term.subject, known), _written(term.object, known)
    return term if subject is term.subject and value is term.object else ox.Triple(subject, term.predicate, value)


def _restored(triples: Any, table: Table) -> Iterator[Any]:
    for triple in triples:
        term = triple.object
        other = respelled(term, table)
        yield triple if other is term else ox.Triple(triple.subject, triple.predicate, other)
