"""One door to the RDF writers: N-Triples bytes in, any served format out, triple for triple and letter for letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from odlinked.assets import Assets
from odlinked.namespaces import SH
from odlinked.rdf import jsonld, rdfxml, turtle
from odlinked.rdf.ntriples import triples

Writer = Callable[[bytes, Mapping[str, str], Iterable[str]], bytes]

_WRITERS: Final[dict[str, Writer]] = {"ttl": turtle.write, "jsonld": jsonld.write}


def serialise(ntriples: bytes, name: str, prefixes: Mapping[str, str], first: Iterable[str] = (), whole: bool = True) -> bytes:
    """Return N-Triples text in the format of that short name ("ttl", "jsonld", "rdf"; "nt" is the text itself).

    Where RDF/XML cannot carry the graph, raise `OdlinkedError` if it must be `whole`, else say in it what is missing.
    """
    if name == "nt":
        return ntriples
    if name == "rdf":
        return rdfxml.write(ntriples, prefixes, first, whole)
    return _WRITERS[name](ntriples, prefixes, first)


def prefixes(assets: Assets) -> dict[str, str]:
    """Return prefix -> namespace as `ontologies/prefixes.ttl` declares them (sh:declare)."""
    import pyoxigraph as ox

    path = assets.get("ontologies/prefixes.ttl")
    if path is None:
        return {}
    text = ox.serialize(ox.parse(path=path, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES)
    named: dict[str, dict[str, str]] = {}
    for subject, predicate, term in triples(text or b""):
        if predicate in (SH + "prefix", SH + "namespace"):
            named.setdefault(subject, {})[predicate] = term.value
    pairs = ((entry.get(SH + "prefix", ""), entry.get(SH + "namespace", "")) for entry in named.values())
    return {prefix: namespace for prefix, namespace in sorted(pairs) if prefix and namespace}
