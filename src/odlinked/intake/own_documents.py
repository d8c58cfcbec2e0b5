"""Documents no row makes: the catalogue's own, the code lists', tombstones, and records minted under another name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.documents import Document, Split, split
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, DCTERMS, ODL, OWL, SKOS
from odlinked.persons import words
from odlinked.queries import Query
from odlinked.rdf import ask, vocabulary
from odlinked.rdf.ntriples import triples
from odlinked.settings import CatalogSettings

_DAY: Final = date(2026, 1, 1)
"""The day that examples of queries are asked as of: with the current one each day's publish would differ."""


def tombstone(assets: Assets, iri: str, text: bytes, time: str, reason: str = "", own: Document | None = None) -> Document:
    """Return what stays of record `iri` whose last document was `text`: title, unit, identifier, former classes, time, and the
    reason given, if any.

    `own` is the document of the row that takes it down: from that the approval, facet, notice and ground are published.
    """
    facts = {p: t.value for s, p, t in triples(text) if s == iri and not t.language.startswith("en")}
    query = ask.load(assets, "queries/documents/tombstone.rq")
    title = facts.get(DCTERMS + "title") or facts.get(SKOS + "prefLabel") or iri.rsplit("/", 1)[-1]
    named = _published(assets, iri, own) if own else []
    stated = any(line.split(b" ", 2)[1] == f"<{ODL}withdrawalReason>".encode() for line in named)
    made = _constructed(query, iri, text, record=iri, title=title, reason=None if stated else reason or None, time=time)
    return Document.of(iri, [*made.lines, *named])


def _published(assets: Assets, iri: str, own: Document) -> list[bytes]:
    """Return what the row that takes a record down states about it and may be published."""
    query = ask.load(assets, "queries/documents/withdrawn.rq")
    store = ox.Store()
    store.load(own.text, format=ox.RdfFormat.N_TRIPLES)
    text = ask.construct(store, query, record=own.iri, tombstone=iri)
    return [line for document in split(text).documents.values() for line in document.lines]


def erased(assets: Assets, iri: str, time: str) -> Document:
    """Return what remains of a record that was erased: that it existed."""
    return _constructed(ask.load(assets, "queries/documents/erased.rq"), iri, record=iri, time=time)


def moved(document: Document, iri: str) -> Document:
    """Return a document under another name, that of the present base."""
    if document.iri == iri:
        return document
    old, new = b"<" + document.iri.encode(), b"<" + iri.encode()
    return Document.of(iri, document.text.replace(old + b">", new + b">").replace(old + b"#", new + b"#").split(b"\n")[:-1])


def conversion(assets: Assets, iri: str, before: bytes, after: bytes) -> list[str]:
    """Return the names of the rules broken where open data become data on request or withheld data; [] where they do not."""
    query = ask.load(assets, "queries/documents/conversion.rq")
    store = ox.Store()
    store.load(before, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode("urn:odlinked:before"))
    store.load(after, format=ox.RdfFormat.N_TRIPLES)
    return [row["rule"] for row in ask.select(store, query, record=iri)]


def kept(assets: Assets, iri: str, before: bytes, after: bytes) -> list[bytes]:
    """Return what data on request keep of the record they were before and their row does not state."""
    query = ask.load(assets, "queries/documents/kept.rq")
    store = ox.Store()
    store.load(before, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode("urn:odlinked:before"))
    store.load(after, format=ox.RdfFormat.N_TRIPLES)
    text = ask.construct(store, query, record=iri)
    # The engine folds literals: the lines are those of the document they come from.
    wanted = {(t.subject, t.predicate) for t in triples(text)}
    return [line for line in Document(iri, before).lines for t in triples(line) if (t.subject, t.predicate) in wanted]


def note(text: bytes, iri: str) -> str:
    """Return the notes of a record (備註), one line each: the reason a withdrawal gives."""
    return "\n".join(t.value for s, p, t in triples(text) if s == iri and p == SKOS + "note")


def catalog(assets: Assets, settings: CatalogSettings, base: str, datasets: Iterable[str], services: Iterable[str]) -> Document:
    """Return the catalogue's own document, with links to its living datasets (a series is one, too) and services."""
    iri = Kind.CATALOG.iri(base)
    query = ask.load(assets, "queries/documents/catalog.rq")
    described = _constructed(
        query, iri, catalog=iri, title_zh=settings.title_zh, title_en=settings.title_en,
        description_zh=settings.description_zh, description_en=settings.description_en,
        publisher=f"{iri}#publisher", name=settings.publisher or settings.title_zh, home=f"{base}/")
    subject = f"<{iri}> <{DCAT}"
    links = [f"{subject}dataset> <{d}> .".encode() for d in datasets]
    links += [f"{subject}service> <{s}> .".encode() for s in services]
    return Document.of(iri, described.lines + links)


def vocabularies(assets: Assets) -> list[Document]:
    """Return the documents of the code lists and of the project's own terms, made once while their files are unchanged; raise
    `AssetError` where one is invalid."""
    return list(_vocabularies(assets, assets.stamp("ontologies/**/*.ttl")))


@lru_cache(maxsize=1)
def _vocabularies(assets: Assets, _stamp: object) -> tuple[Document, ...]:
    unsaid = assets.glob(words.PATTERN)  # how persons are recognised is not part of the catalogue's vocabulary
    names = (name for name in assets.glob("ontologies/**/*.ttl") if name not in unsaid)
    parts: Split = split(vocabulary.ntriples(assets, *names))
    return tuple(document for iri, document in sorted(parts.documents.items()))


def examples(assets: Assets, base: str, address: str) -> Document:
    """Return the document of examples of queries, made of the stored questions; the service is at `address`.

    A question is shown with its `#+ example:` values and as of a fixed day; one that must be given something and has no example
    is left out. Raise `AssetError` where a question is invalid.
    """
    return _examples(assets, assets.stamp("queries/**/*.rq"), base, address)


@lru_cache(maxsize=1)
def _examples(assets: Assets, _stamp: object, base: str, address: str) -> Document:
    query, iri = ask.load(assets, "queries/void/example.rq"), f"{base}/query"
    from odlinked.catalog.asking import questions

    reader = questions.ParameterReader(assets, _DAY, lambda: ())
    store, made = ox.Store(), []
    for name, one in questions.stored(assets).items():
        if not all(parameter.name in one.examples for parameter in one.takes.values() if parameter.required):
            continue
        about, described = one.summaries, one.descriptions
        made.append(ask.construct(
            store, query, example=f"{iri}#{name}", zh=about["zh-Hant"], en=about["en"], aboutZh=described["zh-Hant"],
            aboutEn=described["en"], select=one.spelled(**reader.values(one, one.examples.items())), endpoint=f"{address}/sparql",
            page=f"{address}/query/{name}", name=name, topic=one.header.get("topic") or None))
    return Document.of(iri, [line for document in split(b"".join(made)).documents.values() for line in document.lines])


def minted(text: bytes, iri: str, renamed: Mapping[str, str], *, named: bool = True) -> Document:
    """Return document `iri` under the names of `renamed`; the record states what it is the same as if `named`."""
    new = renamed.get(iri, iri)
    for before, after in renamed.items():
        for end in (b">", b"#"):
            text = text.replace(b"<" + before.encode() + end, b"<" + after.encode() + end)
    lines = text.split(b"\n")[:-1]
    if new != iri and named:
        lines.append(f"<{new}> <{OWL}sameAs> <{iri}> .".encode())
    return Document.of(new, lines)


def _constructed(query: Query, iri: str, known: bytes = b"", /, **values: str | None) -> Document:
    """Return the document of `iri` that a query makes of some N-Triples."""
    store = ox.Store()
    store.load(known, format=ox.RdfFormat.N_TRIPLES)
    return Document.of(iri, split(ask.construct(store, query, **values)).documents[iri].lines)
