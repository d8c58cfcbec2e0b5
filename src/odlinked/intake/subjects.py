"""Which dataset a record of use, feedback or cost is about, where its source gives a name and no identifier.

A row knows its own words only, and names are given to other datasets tomorrow: so the mapped document says what the source
calls the dataset (`odl:datasetNamed`), and after the rows are taken in the one living dataset of that title and publisher,
or of what became of the publisher, is written in (`schema:about`, and `dqv:computedOn` of its measurements). None or
several: nothing is written. The settled document is a function of the mapped one, of the names of the living datasets and
of the published changes of organisations; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from odlinked.catalog.archive import Archive
from odlinked.catalog.index import Entry, Index
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.intake.ties import settled
from odlinked.kinds import Kind
from odlinked.namespaces import DCTERMS, DQV, ODL, ORG, RDF, SCHEMA
from odlinked.rdf.ntriples import triples

_TITLE, _PUBLISHER, _NAMED, _ABOUT = DCTERMS + "title", DCTERMS + "publisher", ODL + "datasetNamed", SCHEMA + "about"
_READ = tuple(f"> <{iri}> ".encode() for iri in (_TITLE, _PUBLISHER, _NAMED, _ABOUT))
_COMPUTED = f" <{DQV}computedOn> ".encode()
_MEASURES = f" <{RDF}type> <{DQV}QualityMeasurement> .".encode()
_NEVER = (Kind.SERVICE, Kind.ORGANIZATION, Kind.SERIES, Kind.EVENT)
"""What is no dataset and names none."""


class _Said(NamedTuple):
    """What is compared of a document: a dataset's title, or the name another record knows its dataset by; and `about`."""

    publisher: str
    name: str
    about: str = ""


def settle(archive: Archive, index: Path | None, before: Mapping[str, Entry], entries: dict[str, Entry], now: str) -> None:
    """Bring all records that name a dataset in line with the living datasets.

    `index` is that of the release of `before`: what it knows of unchanged documents is not read again.
    """
    fresh = [e for iri, e in entries.items() if e.state == "live" and e.key is not None and Kind.of(iri) not in _NEVER
             and not (index and iri in before and before[iri].hash == e.hash and before[iri].state == "live")]
    changed = {entry.iri for entry in fresh}

    def said(what: str) -> dict[str, _Said]:
        known = _known(index, what) if index else {}
        live = {iri for iri in known if iri not in changed and iri in entries and entries[iri].state == "live"}
        kept = {iri: one for iri, one in known.items() if iri in live}
        return kept | dict(_read(archive, [e for e in fresh if (Kind.of(e.iri) is Kind.DATASET) == (what == "dataset")]))

    naming = {iri: one for iri, one in said("named").items() if one.name}
    if not naming:
        return
    datasets = said("dataset")
    bearers: dict[tuple[str, str], list[str]] = {}
    for iri, one in datasets.items():
        bearers.setdefault((one.publisher, fold(one.name)), []).append(iri)
    written: dict[bytes, bytes] = {}
    successors = _successors(archive, entries)
    for iri, one in naming.items():
        units = [one.publisher, *successors.get(one.publisher, ())]
        found = [dataset for unit in units for dataset in bearers.get((unit, fold(one.name)), [])]
        about = found[0] if len(found) == 1 else ""
        if about != one.about:
            document = _about(iri, archive.text(entries[iri].hash) or b"", about)
            written[document.hash] = archive.codec.pack(document.text)
            entries[iri] = settled(entries[iri], document.hash, before.get(iri), now)
    archive.add(written.items())


def _read(archive: Archive, entries: list[Entry]) -> Iterator[tuple[str, _Said]]:
    """Yield what documents say; a dataset that names itself is not read as naming another."""
    by_hash: dict[bytes, list[str]] = {}
    for entry in entries:
        by_hash.setdefault(entry.hash, []).append(entry.iri)
    for digest, text in archive.texts(list(by_hash)):
        wanted = b"\n".join(line for line in text.split(b"\n") if any(mark in line for mark in _READ))
        for iri in by_hash[digest]:
            own = [(p, o) for s, p, o in triples(wanted) if s == iri]
            name = _TITLE if Kind.of(iri) is Kind.DATASET else _NAMED
            first = {p: o.value for p, o in reversed(own) if not (p == _TITLE and o.language.startswith("en"))}
            yield iri, _Said(first.get(_PUBLISHER, ""), first.get(name, ""), first.get(_ABOUT, ""))


def _successors(archive: Archive, entries: Mapping[str, Entry]) -> dict[str, set[str]]:
    """Return organisation -> what became of it, and of that, by the changes that are published (org:ChangeEvent)."""
    after: dict[str, set[str]] = {}
    for iri, entry in entries.items():
        if Kind.of(iri) is Kind.EVENT and entry.state == "live":
            said = [(p, o.value) for s, p, o in triples(archive.text(entry.hash) or b"") if s == iri]
            results = {value for p, value in said if p == ORG + "resultingOrganization"}
            for original in (value for p, value in said if p == ORG + "originalOrganization"):
                after.setdefault(original, set()).update(results - {original})
    found: dict[str, set[str]] = {}
    for original in after:
        waiting, reached = [original], {original}
        while waiting:
            fresh = after.get(waiting.pop(), set()) - reached
            reached |= fresh
            waiting += fresh
        found[original] = reached - {original}
    return found


def _known(index: Path, what: str) -> dict[str, _Said]:
    """Return what a release's index knows of its living datasets, or of its records that name one ("named")."""
    with Index(index, read_only=True) as opened:
        if what == "dataset":
            return {iri: _Said(publisher, title) for iri, title, publisher, _ in opened.named(Kind.DATASET)}
        return {iri: _Said(publisher, name, about) for iri, publisher, name, about in opened.naming()}


def _about(iri: str, text: bytes, dataset: str) -> Document:
    """Return a document that says it is about `dataset` ("": about none that is known)."""
    own = f"<{iri}> <{_ABOUT}> ".encode()
    lines = [line for line in Document(iri, text).lines if not line.startswith(own) and _COMPUTED not in line]
    if dataset:
        end = f"<{dataset}> .".encode()
        lines += [line.split(b" ", 1)[0] + _COMPUTED + end for line in lines if line.endswith(_MEASURES)] + [own + end]
    return Document.of(iri, lines)
