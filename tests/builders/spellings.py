"""RDF in rdflib, its literals as they are written."""

from __future__ import annotations

import rdflib

RDFLIB = {"nt": "nt", "ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}


def spelled(graph: rdflib.Graph) -> set[tuple[str, str, str, str, str]]:
    """Return the triples with every literal's spelling, datatype and language tag as written."""
    return {(str(s), str(p), str(o), str(getattr(o, "datatype", "")), str(getattr(o, "language", ""))) for s, p, o in graph}


def parsed(data: bytes, name: str) -> rdflib.Graph:
    return rdflib.Graph(bind_namespaces="none").parse(data=data, format=RDFLIB[name])
