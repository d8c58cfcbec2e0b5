"""Which dataset a record of use, feedback or cost is about, where its source gives a name and no identifier.

A row knows only its own text, and a name may later be given to another dataset: so the mapped document states the source's name
of the dataset (`odl:datasetNamed`), and after the rows are taken in the one living dataset of that title and publisher, or of
what became of the publisher, is written in (`schema:about`, and `dqv:computedOn` of its measurements). None or several: nothing
is written. The settled document is a function of the mapped one, of the names of the living datasets and of the published changes
of organisations; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from odlinked.catalog.index import Entry, Index
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.intake.relations import DocumentEdit, Related, Texts, Turn
from odlinked.intake.successions import successions, successors
from odlinked.kinds import Kind
from odlinked.namespaces import DCTERMS, DQV, ODL, RDF, SCHEMA
from odlinked.rdf.ntriples import triples

_TITLE, _PUBLISHER, _NAMED, _ABOUT = DCTERMS + "title", DCTERMS + "publisher", ODL + "datasetNamed", SCHEMA + "about"
_READ = tuple(f"> <{iri}> ".encode() for iri in (_TITLE, _PUBLISHER, _NAMED, _ABOUT))
_COMPUTED = f"<{DQV}computedOn>".encode()
_MEASURES = f" <{RDF}type> <{DQV}QualityMeasurement> .".encode()
_NEVER = (Kind.SERVICE, Kind.ORGANIZATION, Kind.SERIES, Kind.EVENT)
"""Names that are not a dataset's."""


class _NameStatement(NamedTuple):
    """What is compared of a document: a dataset's title, or another record's name for its dataset; and `about`."""

    publisher: str
    name: str
    about: str = ""


def about(turn: Turn) -> Related:
    """Return what brings all records that name a dataset in line with the living datasets.

    What the index of the release before knows of unchanged documents is not read again.
    """
    fresh = [entry for entry in turn.fresh() if Kind.of(entry.iri) not in _NEVER]
    changed = {entry.iri for entry in fresh}

    def named(what: str) -> dict[str, _NameStatement]:
        known = _known(turn.index, what) if turn.index else {}
        kept = {iri: one for iri, one in known.items() if iri not in changed and turn.after.has(iri)}
        return kept | dict(_read(turn.after.texts, [e for e in fresh if (Kind.of(e.iri) is Kind.DATASET) == (what == "dataset")]))

    naming = {iri: one for iri, one in named("named").items() if one.name}
    if not naming:
        return Related()
    bearers: dict[tuple[str, str], list[str]] = {}
    for iri, one in named("dataset").items():
        bearers.setdefault((one.publisher, fold(one.name)), []).append(iri)
    edits: list[DocumentEdit] = []
    later = successors(successions(turn.after))
    for iri, one in naming.items():
        units = [one.publisher, *later.get(one.publisher, ())]
        found = [dataset for unit in units for dataset in bearers.get((unit, fold(one.name)), [])]
        meant = found[0] if len(found) == 1 else ""
        if meant != one.about:
            edits.append(_edit(iri, turn.after.text(iri), meant))
    return Related(edits)


def datasets(turn: Turn) -> Iterator[tuple[str, str, str]]:
    """Yield IRI, publisher and title of the living datasets; what the index of the release before knows is not read again."""
    fresh = [entry for entry in turn.fresh() if Kind.of(entry.iri) is Kind.DATASET]
    changed = {entry.iri for entry in fresh}
    known = _known(turn.index, "dataset") if turn.index else {}
    for iri, one in known.items():
        if iri not in changed and turn.after.has(iri):
            yield iri, one.publisher, one.name
    for iri, one in _read(turn.after.texts, fresh):
        yield iri, one.publisher, one.name


def _read(texts: Texts, entries: Sequence[Entry]) -> Iterator[tuple[str, _NameStatement]]:
    """Yield the statements of documents; a dataset that names itself is not read as naming another."""
    for entry, text in texts.many(entries):
        wanted = b"\n".join(line for line in text.split(b"\n") if any(mark in line for mark in _READ))
        own = [(p, o) for s, p, o in triples(wanted) if s == entry.iri]
        name = _TITLE if Kind.of(entry.iri) is Kind.DATASET else _NAMED
        first = {p: o.value for p, o in reversed(own) if not (p == _TITLE and o.language.startswith("en"))}
        yield entry.iri, _NameStatement(first.get(_PUBLISHER, ""), first.get(name, ""), first.get(_ABOUT, ""))


def _known(index: Index, what: str) -> dict[str, _NameStatement]:
    """Return what a release's index knows of its living datasets, or of its records that name one ("named")."""
    if what == "dataset":
        return {iri: _NameStatement(publisher, title) for iri, title, publisher, _ in index.named(Kind.DATASET)}
    return {iri: _NameStatement(publisher, name, about) for iri, publisher, name, about in index.naming()}


def _edit(iri: str, text: bytes, dataset: str) -> DocumentEdit:
    """Return the edit after which a document states that it is about `dataset` ("": about no known one)."""
    own = f"<{iri}> <{_ABOUT}> ".encode()
    comes: list[bytes] = []
    if dataset:
        end = f"<{dataset}> .".encode()
        measurements = [line.split(b" ", 1)[0] for line in Document(iri, text).lines if line.endswith(_MEASURES)]
        comes = [own + end, *(b" ".join((node, _COMPUTED, end)) for node in measurements)]
    return DocumentEdit(iri, comes, lambda line: line.startswith(own) or line.split(b" ", 2)[1] == _COMPUTED)
