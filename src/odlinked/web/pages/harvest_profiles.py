"""What of a catalogue's description a harvester asks for: all of it, what a profile of DCAT-AP knows, or schema.org.

A profile is a dated set of shapes (`shapes/profiles.ttl`); what it knows are the properties its shapes are about, so that a feed
and the checks cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.served.release import Release
from odlinked.documents import split
from odlinked.namespaces import DCAT, DCTERMS, ODL, RDF, SCHEMA, XSD
from odlinked.quality.shapes import RULES, Profile
from odlinked.queries import Query
from odlinked.rdf import ask
from odlinked.rdf.alike import AlikeConstruct
from odlinked.rdf.ntriples import parts

FULL, SCHEMA_ORG, HIGH_VALUE, DCAT_AP = "full", "schema.org", "dcat-ap-hvd", "dcat-ap-3"
KNOWN: Final = (FULL, DCAT_AP, HIGH_VALUE, SCHEMA_ORG)
"""The names a harvester may ask by, the default first."""

_SHAPES: Final = {DCAT_AP: "dcat-ap-3-full", HIGH_VALUE: HIGH_VALUE}
_ALWAYS: Final = frozenset((f"<{RDF}type>", f"<{ODL}formerClass>", f"<{ODL}withdrawalReason>"))
_TOMBSTONE: Final = f"<{ODL}Tombstone>"


def high_value(release: Release) -> frozenset[str]:
    """Return the records that state a category of high-value datasets."""
    return frozenset(iri for iri, in release.ask("queries/collection/high-value.rq"))


def stated(assets: Assets, name: str, page: str) -> set[str]:
    """Return what a page says of the profile it keeps to: which set of shapes, of which date; nothing where it is no such set."""
    if name not in _SHAPES:
        return {f"<{page}> <{DCTERMS}conformsTo> <{SCHEMA}> ."} if name == SCHEMA_ORG else set()
    profile = Profile.load(assets, _SHAPES[name])
    return {f"<{page}> <{DCTERMS}conformsTo> <{profile.iri}> .",
            f'<{profile.iri}> <{DCTERMS}issued> "{profile.issued}"^^<{XSD}date> .'}


def profiled(assets: Assets, name: str, text: bytes) -> bytes:
    """Return what of a graph (N-Triples) is within a profile of `KNOWN`."""
    if name == FULL:
        return text
    if name == SCHEMA_ORG:
        store = ox.Store()
        store.load(text, format=ox.RdfFormat.N_TRIPLES)
        made = split(ask.construct(store, _schema_org(assets)))
        return b"".join(document.text for document in made.documents.values())
    return _within(text, *_known(assets, _SHAPES[name], assets.digest(assets.glob(RULES))))


def schema_org(assets: Assets, text: bytes) -> bytes:
    """Return as `profiled` does what schema.org says of a few records: quick where others like them were asked about before."""
    alike = _alike(assets)
    if alike is None:
        return profiled(assets, SCHEMA_ORG, text)
    return "".join(f"{line}\n" for line in alike.lines(text)).encode()


@lru_cache(maxsize=8)
def _alike(assets: Assets) -> AlikeConstruct | None:
    """Return the question of `_schema_org`; None for one of an overlay, which may do more with terms than join and copy them."""
    query = _schema_org(assets)
    is_own = query.text == ask.load(Assets(()), query.name).text
    return AlikeConstruct(query, (DCAT + "mediaType",)) if is_own else None


@lru_cache(maxsize=8)
def _schema_org(assets: Assets) -> Query:
    """Return the question that describes records in schema.org, read once: it is asked for each page of a dataset."""
    return ask.load(assets, "queries/documents/schema-org.rq")


@dataclass(frozen=True)
class _Node:
    """A node of a graph: its classes and lines, a line with its property and object."""

    classes: set[str]
    lines: list[tuple[str, str, str]]


@lru_cache(maxsize=8)
def _known(assets: Assets, token: str, _digest: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the classes that the shapes of a profile are about, and (class, property) of what they say of them."""
    rules = [rule for rule in Profile.load(assets, token).rules.values() if rule.target]
    pairs = {(f"<{rule.target}>", f"<{path}>") for rule in rules for path in (*rule.paths, rule.path)}
    return frozenset(one for one, _ in pairs), frozenset(pairs)


def _within(text: bytes, classes: Collection[str], pairs: Collection[tuple[str, str]]) -> bytes:
    """Return the lines of a graph that a profile knows, and what the nodes say that they lead to and no shape is about."""
    nodes: dict[str, _Node] = {}
    for subject, predicate, term in parts(text):
        node = nodes.setdefault(subject, _Node(set(), []))
        node.lines.append((predicate, term, f"{subject} {predicate} {term} ."))
        if predicate == f"<{RDF}type>":
            node.classes.add(term)
    kept: list[str] = []
    waiting = [name for name, node in nodes.items() if node.classes & {*classes, _TOMBSTONE}]
    seen = set(waiting)
    while waiting:
        node = nodes[waiting.pop()]
        judged = [one for one in node.classes if one in classes]
        for predicate, term, line in node.lines:
            if not judged or predicate in _ALWAYS or any((one, predicate) in pairs for one in judged):
                kept.append(line)
                if term in nodes and term not in seen:
                    seen.add(term)
                    waiting.append(term)
    return "\n".join([*sorted(kept), ""]).encode()
