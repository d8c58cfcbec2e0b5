"""The plain page of a record without a page of its own: what its document states, in words, in the order people want it."""

from __future__ import annotations

from dataclasses import dataclass

from odlinked.namespaces import DQV, RDF
from odlinked.rdf.ntriples import Term
from odlinked.web.site.display import Display
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


def nodes(reader: Reader, viewer: Viewer, show: Display) -> list[Part]:
    """Return what a document states about the record, its measurements among it, then about each other node below it."""
    words = viewer.vocabulary.words
    found, measured = [], []
    for node in sorted(reader.nodes, key=lambda iri: (iri != reader.iri, iri)):
        metric, values = reader.iri_of(DQV + "isMeasurementOf", node), reader.all(DQV + "value", node)
        if metric and values and node != reader.iri:
            measured.append(Property(viewer.named(metric), [_value(viewer, term, show) for term in values]))
            continue
        shown = sorted((one for one in reader.predicates(node) if one not in words.hidden), key=words.place)
        meant = ((one, [term for term in _meant(reader.all(one, node), viewer) if not _is_left_out(reader, term, viewer)])
                 for one in shown)
        properties = [Property(viewer.term(one), [_value(viewer, term, show) for term in terms]) for one, terms in meant if terms]
        kinds = [viewer.term(term.value) for term in reader.all(RDF + "type", node)]
        if properties:
            found.append(Part(node.partition("#")[2], kinds, properties))
    if found:
        found[0].properties.extend(measured)
    return found


def grouped(parts: list[Part]) -> list[list[Part]]:
    """Return parts that are of one kind and state the same properties, one value each, together: they are the rows of a table."""
    found: list[list[Part]] = []
    for part in parts:
        if found and part.anchor and _shape(found[-1][0]) == _shape(part) is not None:
            found[-1].append(part)
        else:
            found.append([part])
    return found


def _shape(part: Part) -> tuple[tuple[str, ...], ...] | None:
    if not part.anchor or any(len(one.values) > 1 for one in part.properties):
        return None
    return tuple(one.name for one in part.kinds), tuple(one.name.iri for one in part.properties)


def _is_left_out(reader: Reader, term: Term, viewer: Viewer) -> bool:
    """True for a node of the record, which is told below under what it is, and for a record that is not here: it has no name."""
    if not term.is_iri:
        return False
    if term.value.startswith(f"{reader.iri}#"):
        return any(reader.predicates(term.value))
    return term.value.startswith(f"{viewer.release.base}/id/") and viewer.release.record(term.value.partition("#")[0]) is None


def _meant(terms: list[Term], viewer: Viewer) -> list[Term]:
    """Return the values in the language of the page where there are any, else all."""
    same = [term for term in terms if term.language.split("-")[0] == viewer.language.split("-")[0]]
    return same if same and all(term.language for term in terms) else terms


def _value(viewer: Viewer, term: Term, show: Display) -> tuple[NamedItem, str]:
    if term.is_iri:
        record, _, anchor = term.value.partition("#")
        inner = anchor and record.startswith(f"{viewer.release.base}/id/")
        return NamedItem(f"#{anchor}", f"#{anchor}", "", term.value) if inner else viewer.named(term.value), ""
    whole = term.datatype.lower().endswith("integer")
    return NamedItem(show.number(term.value) if whole else term.value), term.language
