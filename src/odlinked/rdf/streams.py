"""Writes statements of the engine as Turtle, N-Triples, RDF/XML and JSON-LD, every literal letter for letter, as a stream.

The engine serialises, but lower-cases language tags, so they are corrected in its output as it streams by. Answers to CONSTRUCT
are written here in every format, records in RDF/XML (`odlinked.rdf.rdfxml`). Standard library and pyoxigraph only: the sandboxed
worker imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import pyoxigraph as ox

from odlinked.rdf import xml_names
from odlinked.rdf.tags import language_tag

_FORMATS = {
    "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
}

_QUOTED = re.compile(rb'("(?:[^"\\]|\\.)*+"@?+)([A-Za-z0-9\-]*)', re.DOTALL)
_TAGS = {
    "ttl": (_QUOTED, b"\n"),
    "trig": (_QUOTED, b"\n"),
    "nt": (_QUOTED, b"\n"),
    "rdf": (re.compile(rb'(<[^<>]*? xml:lang=")([A-Za-z0-9\-]+)'), b">"),
    "jsonld": (re.compile(rb'("@language":")([A-Za-z0-9\-]+)'), b"}"),
}
"""Format -> (what precedes a tag, the tag) and the mark after which its text may be split.

The engine's writers escape line feeds in Turtle and quotes in JSON, and no tag of XML holds `>`: a split after the mark is never
within a token. A string is matched from its opening quote on, so that quoted text is never taken for a tag.
"""

_UNWRITABLE = re.compile(b"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class BinaryWriter(Protocol):
    """Where results go: anything with `write`."""

    def write(self, data: bytes, /) -> int: ...


class Retagged:
    """Passes serialised RDF on with its language tags in BCP 47 case, and corrects XML that is not well-formed.

    The engine writes carriage returns unescaped (a reader would lose them) and control characters too (every reader would refuse
    them).
    """

    def __init__(self, out: BinaryWriter, name: str, cased: Callable[[str], str] = language_tag) -> None:
        self._out, self._xml, self._cased = out, name == "rdf", cased
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
                raise xml_names.Unwritable("XML 1.0 cannot hold a control character of the result")
            data = data.replace(b"\r", b"&#13;")
        self._out.write(self._pattern.sub(self._retag, data))

    def _retag(self, found: re.Match[bytes]) -> bytes:
        return found[1] + self._cased(found[2].decode()).encode() if found[2] else found[0]


def write(triples: Any, name: str, out: BinaryWriter, prefixes: Mapping[str, str],
          cased: Callable[[str], str] = language_tag) -> None:
    """Write statements in format `name` (ttl, nt, rdf, jsonld, trig); `cased` gives a language tag the case it is written in.

    Raise `xml_names.Unwritable` for what RDF/XML cannot represent; the output up to there is not a document.
    """
    spaces = dict(prefixes)
    if name == "rdf":
        triples = _named(triples)
        spaces = {prefix: space for prefix, space in prefixes.items() if xml_names.usable(prefix, space)}
    sink: Any = Retagged(out, name, cased)
    ox.serialize(triples, sink, _FORMATS[name], prefixes=spaces)
    sink.close()


def _named(triples: Any) -> Iterator[Any]:
    """Pass triples on as RDF/XML can write them; raise `xml_names.Unwritable` for a predicate that has no name in XML.

    A blank node's label need not be an XML name: each gets a letter as prefix.
    """
    known: set[str] = set()
    for triple in triples:
        yield _written(triple, known)


def _written(term: Any, known: set[str]) -> Any:
    """Return a term, or a triple with all in it, for RDF/XML; `known` are predicates already checked."""
    kind = type(term)
    if kind is ox.BlankNode:
        return ox.BlankNode("b" + term.value)
    if kind is not ox.Triple:
        return term
    predicate = term.predicate.value
    if predicate not in known:
        if xml_names.split(predicate) is None:
            raise xml_names.Unwritable(f"RDF/XML cannot hold the predicate <{predicate}>: XML has no element for it")
        known.add(predicate)
    subject, value = _written(term.subject, known), _written(term.object, known)
    return term if subject is term.subject and value is term.object else ox.Triple(subject, term.predicate, value)
