"""Families of datasets that look like one series split into many: the basis of "not arbitrarily split"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.summaries.series import Candidate, Periods, propose
from odlinked.documents import Document, split
from odlinked.kinds import Kind, measured_iri, quality_iri
from odlinked.namespaces import DCAT, DCTERMS, OA, SKOS
from odlinked.pool import Pool
from odlinked.queries import Query, load
from odlinked.rdf.ntriples import triples

QUESTION = "queries/documents/family.rq"

_NAMED = {f"<{iri}>".encode() for iri in (DCTERMS + "title", SKOS + "prefLabel", DCTERMS + "publisher", DCAT + "inSeries")}
_BATCH = 1_000


class FamilyRecord(NamedTuple):
    """A record's title, its publisher's IRI ("" for an organisation), and whether it is in a series already."""

    title: str
    publisher: str
    placed: bool


def named(path: str, items: Sequence[tuple[str, bytes]]) -> list[FamilyRecord]:
    """Return the titles of records (IRI, hash) in the archive at `path`."""
    archive = Archive(Path(path))
    try:
        texts = dict(archive.texts([digest for _, digest in items]))
    finally:
        archive.close()
    return [_named(iri, texts[digest]) for iri, digest in items]


def _named(iri: str, text: bytes) -> FamilyRecord:
    wanted = b"\n".join(line for line in text.split(b"\n") if line and line.split(b" ", 2)[1] in _NAMED)
    title, publisher, placed = "", "", False
    for subject, predicate, term in triples(wanted):
        if subject != iri:
            continue
        if predicate in (DCTERMS + "title", SKOS + "prefLabel") and not term.language.startswith("en"):
            title = term.value
        elif predicate == DCTERMS + "publisher":
            publisher = term.value
        elif predicate == DCAT + "inSeries":
            placed = True
    return FamilyRecord(title, publisher, placed)


class Families(NamedTuple):
    """The result for titles: dataset -> the series it would be in, and one document a family, the series' quality document."""

    series: dict[str, str]
    documents: list[Document]


def families(assets: Assets, archive: Archive, pool: Pool, base: str, after: Mapping[str, Entry], before: Mapping[str, Entry],
             index: Path | None, *, same_assets: bool = False) -> Families:
    """Return the families of datasets whose titles suggest that they are parts of one series.

    Titles of records unchanged since `before` are read from that release's index, the rest from the documents. Where no name
    differs and assets are the same, families are those of before.
    """
    kept = _known(index) if index else {}
    names: dict[str, FamilyRecord] = {}
    fresh = []
    for iri, entry in after.items():
        if entry.state == "live" and Kind.of(iri) in (Kind.DATASET, Kind.ORGANIZATION):
            old = before.get(iri)
            if iri in kept and old is not None and old.hash == entry.hash:
                names[iri] = kept[iri]
            else:
                fresh.append((iri, entry.hash))
    names.update(_read(archive, pool, fresh))
    if index and same_assets and names == kept and any(Kind.of(iri) is Kind.DATASET_QUALITY for iri in before):
        return _stored(archive, base, before)
    datasets = {unquote(iri.rpartition("/")[2]): iri for iri in names if Kind.of(iri) is Kind.DATASET}
    candidates = (Candidate(identifier, one.title, names[one.publisher].title if one.publisher in names else "", one.placed)
                  for identifier, iri in datasets.items() for one in (names[iri],))
    question = load(assets, QUESTION)
    found = Families({}, [])
    for proposal in propose(candidates, Periods.load(assets)):
        series = Kind.SERIES.iri(base, proposal.identifier)
        members = [datasets[member.identifier] for member in proposal.members if not member.placed]
        found.series.update(dict.fromkeys(members, series))
        found.documents.append(_family(question, proposal.title, names[members[0]].publisher, series, members))
    return found


def unchanged(assets: Assets, archive: Archive, pool: Pool, base: str, touched: Sequence[str], after: Mapping[str, Entry],
              before: Mapping[str, Entry], index: Path) -> dict[str, str] | None:
    """Return the series ("" for none) that each of the datasets looks like that differ between two states, where all families are
    those of the state before: None where a name differs on which a family may depend.

    Of a title without a period, no family depends on it.
    """
    kinds = (Kind.DATASET, Kind.ORGANIZATION)
    named = [iri for iri in touched if Kind.of(iri) in kinds]
    now = dict(_read(archive, pool, [(i, after[i].hash) for i in named if i in after and after[i].state == "live"]))
    with Index(index, read_only=True) as opened:
        then = {iri: FamilyRecord(title, publisher, placed) for iri, title, publisher, placed in opened.named_among(named)}
    periods, found = Periods.load(assets), dict.fromkeys((iri for iri in now if Kind.of(iri) is Kind.DATASET), "")
    periodic = [iri for iri in named if Kind.of(iri) is Kind.ORGANIZATION
                or any(one and periods.strip(one.title)[1] for one in (now.get(iri), then.get(iri)))]
    if any(now.get(iri) != then.get(iri) for iri in periodic):
        return None
    if not found.keys().isdisjoint(periodic):
        stored = _stored(archive, base, before).series
        found.update((iri, stored.get(iri, "")) for iri in periodic if iri in found)
    return found


def _family(question: Query, title: str, publisher: str, series: str, members: Sequence[str]) -> Document:
    """Return the document of a family: what it is called, and every dataset in it."""
    iri = quality_iri(series)
    bound = question.bindings(family=iri, series=series, title=title, publisher=publisher, count=len(members))
    found = ox.Store().query(question.text, substitutions=bound)
    text = found.serialize(format=ox.RdfFormat.N_TRIPLES) if isinstance(found, ox.QueryTriples) else b""
    targets = [f"<{iri}> <{OA}hasTarget> <{member}> .".encode() for member in members]
    return Document.of(iri, [*split(text or b"").documents[iri].lines, *targets])


def _stored(archive: Archive, base: str, before: Mapping[str, Entry]) -> Families:
    """Return the families of a state as stored in their documents."""
    found = Families({}, [])
    hashes = [entry.hash for iri, entry in before.items() if iri.startswith(Kind.SERIES_QUALITY.prefix(base))]
    for _, text in archive.texts(hashes):
        document = Document(text[1 : text.index(b">")].split(b"#", 1)[0].decode(), text)
        members = [term.value for _, predicate, term in document.triples() if predicate == OA + "hasTarget"]
        found.series.update(dict.fromkeys(members, measured_iri(document.iri)))
        found.documents.append(document)
    return found


def _known(index: Path) -> dict[str, FamilyRecord]:
    with Index(index, read_only=True) as opened:
        return {iri: FamilyRecord(title, publisher, placed) for kind in (Kind.DATASET, Kind.ORGANIZATION)
                for iri, title, publisher, placed in opened.named(kind)}


def _read(archive: Archive, pool: Pool, items: Sequence[tuple[str, bytes]]) -> Iterable[tuple[str, FamilyRecord]]:
    path, batches = str(archive.path), [items[i : i + _BATCH] for i in range(0, len(items), _BATCH)]
    if len(batches) <= 1 or pool.workers == 1:
        answers: Iterable[list[FamilyRecord]] = (named(path, batch) for batch in batches)
    else:
        answers = (future.result() for future in [pool.submit(named, path, batch) for batch in batches])
    for batch, found in zip(batches, answers, strict=True):
        yield from zip((iri for iri, _ in batch), found, strict=True)
