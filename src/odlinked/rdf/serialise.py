"""One entry point to the RDF writers: N-Triples bytes in, any served format out, triple for triple and letter for letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from odlinked.rdf import jsonld, rdfxml, turtle

Serialiser = Callable[[bytes, Mapping[str, str], Iterable[str]], bytes]

_WRITERS: Final[dict[str, Serialiser]] = {"ttl": turtle.write, "jsonld": jsonld.write}


def serialise(ntriples: bytes, name: str, prefixes: Mapping[str, str], first: Iterable[str] = (), whole: bool = True) -> bytes:
    """Return N-Triples text in the format of that short name ("ttl", "jsonld", "rdf"; "nt" is the text itself).

    Where RDF/XML cannot carry the graph, raise `OdlinkedError` if it must be `whole`, else report in it what is missing.
    """
    if name == "nt":
        return ntriples
    if name == "rdf":
        return rdfxml.write(ntriples, prefixes, first, whole)
    return _WRITERS[name](ntriples, prefixes, first)
