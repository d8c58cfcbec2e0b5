"""RDF in rdflib, its literals as they are written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import rdflib
from rdflib.term import BNode, IdentifiedNode, Literal, Node, URIRef

from odlinked.namespaces import XSD
from odlinked.rdf.ntriples import triples

RDFLIB = {"nt": "nt", "ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}


def spelled(graph: rdflib.Graph) -> set[tuple[str, str, str, str, str]]:
    """Return the triples with every literal's spelling, datatype and language tag as written."""
    return {(str(s), str(p), str(o), str(getattr(o, "datatype", "")), str(getattr(o, "language", ""))) for s, p, o in graph}


def parsed(data: bytes, name: str) -> rdflib.Graph:
    return rdflib.Graph(bind_namespaces="none").parse(data=data, format=RDFLIB[name])


def graph_of(ntriples: bytes) -> rdflib.Graph:
    """Return canonical N-Triples as a graph, each literal in its own spelling, ill-typed or not."""
    graph = rdflib.Graph(bind_namespaces="none")
    for subject, predicate, term in triples(ntriples):
        value: Node
        if not term.datatype:
            value = resource(term.value)
        elif term.language:
            value = Literal(term.value, lang=term.language)
        else:
            datatype = None if term.datatype == XSD + "string" else URIRef(term.datatype)
            value = Literal(term.value, datatype=datatype, normalize=False)
        graph.add((resource(subject), URIRef(predicate), value))
    return graph


def resource(name: str) -> IdentifiedNode:
    """Return an IRI, or the blank node of a label with `_:` before it."""
    return BNode(name[2:]) if name.startswith("_:") else URIRef(name)


def name_of(term: Node | None) -> str:
    """Return a term as one text: a blank node's label with `_:` before it, "" for none."""
    return f"_:{term}" if isinstance(term, BNode) else "" if term is None else str(term)


@contextmanager
def ill_typed_literals() -> Iterator[None]:
    """Keep rdflib from writing a traceback to the log for every literal that is not of its datatype."""
    logger = logging.getLogger("rdflib.term")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
