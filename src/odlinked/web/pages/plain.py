"""The plain page of a record without a page of its own: its document, property by property."""

from __future__ import annotations

from dataclasses import dataclass

from odlinked.namespaces import RDF
from odlinked.rdf.ntriples import Term
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer


@dataclass(frozen=True)
class Property:
    """A property in one language: its name, and its values (IRIs with their names, texts with their language)."""

    name: NamedItem
    values: list[tuple[NamedItem, str]]


@dataclass(frozen=True)
class Part:
    """A node of a record: `anchor` is its fragment, "" for the record itself."""

    anchor: str
    kinds: list[NamedItem]
    properties: list[Property]


def nodes(reader: Reader, viewer: Viewer) -> list[Part]:
    """Return what a document states about the record, then about each node below it."""
    found = []
    for node in sorted(reader.nodes, key=lambda iri: (iri != reader.iri, iri)):
        statements = {predicate: reader.all(predicate, node) for predicate in reader.predicates(node)}
        properties = [Property(_named(viewer, predicate), [_value(viewer, term) for term in terms])
                      for predicate, terms in statements.items() if predicate != RDF + "type"]
        kinds = [_named(viewer, term.value) for term in statements.get(RDF + "type", [])]
        found.append(Part(node.partition("#")[2], kinds, properties))
    return found


def _named(viewer: Viewer, iri: str) -> NamedItem:
    """Return the name of a property or class: from our own vocabulary, else the last part of its IRI."""
    label = viewer.vocabulary.label(iri, viewer.language) or iri.replace("#", "/").rpartition("/")[2]
    return NamedItem(label, viewer.place.link(iri), "", iri)


def _value(viewer: Viewer, term: Term) -> tuple[NamedItem, str]:
    if term.is_iri:
        record, _, anchor = term.value.partition("#")
        inner = anchor and record.startswith(f"{viewer.release.base}/id/")
        return NamedItem(f"#{anchor}", f"#{anchor}", "", term.value) if inner else viewer.named(term.value), ""
    return NamedItem(term.value), term.language
