"""Planned openings that took place: a list of plans has no codes, so a plan is met by the dataset of its title and unit.

The plan's record, which is named by the hash of both, ends then: what stays of it says as which dataset it was opened
(`odl:openedAs`), the dataset says which plan it meets (`odl:plannedAs`), and it is counted once. Two datasets of that title and
unit, or none, settle nothing. A plan stays met when the dataset is taken down later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.intake import own_documents, subjects
from odlinked.intake.relations import DocumentEdit, Related, Turn
from odlinked.intake.successions import successions, successors
from odlinked.kinds import Kind, select
from odlinked.namespaces import DCTERMS, ODL, RDF
from odlinked.rdf.ntriples import triples

_NAMED: Final = re.compile(r"/[0-9a-f]{16}\Z")
"""How a dataset without a code is named: by a hash."""

_BEFORE_NAME: Final = slice(-17, -16)

_PLAN: Final = f" <{RDF}type> <{ODL}PlannedOpening> .".encode()
_OPENED_AS, _PLANNED_AS = ODL + "openedAs", ODL + "plannedAs"


def fulfilled(turn: Turn) -> Related:
    """Return what ends plans whose dataset is there, and makes both state each other."""
    before, after = turn.before.entries, turn.after.entries
    named = [iri for iri in select(after, Kind.DATASET) if iri[_BEFORE_NAME] == "/" and _NAMED.search(iri)]
    texts = {iri: turn.after.text(iri) for iri in named}
    plans = {iri for iri in named if after[iri].state == "live" and f"<{iri}>".encode() + _PLAN in texts[iri].split(b"\n")}
    met = {iri: dataset for iri in named if after[iri].state == "gone" and (dataset := _one(texts[iri], iri, _OPENED_AS))}
    ends: dict[str, str] = {}
    if plans:
        bearers: dict[tuple[str, str], list[str]] = {}
        for iri, publisher, title in subjects.datasets(turn):
            if iri not in plans:
                bearers.setdefault((publisher, fold(title)), []).append(iri)
        later = successors(successions(turn.after))
        for iri in sorted(plans):
            title, unit = _one(texts[iri], iri, DCTERMS + "title"), _one(texts[iri], iri, DCTERMS + "publisher")
            found = [one for body in (unit, *later.get(unit, ())) for one in bearers.get((body, fold(title)), [])]
            if title and len(found) == 1:
                ends[iri] = found[0]
    edits = [DocumentEdit(dataset, [f"<{dataset}> <{_PLANNED_AS}> <{iri}> .".encode()]) for iri, dataset in (met | ends).items()
             if turn.after.has(dataset)]
    remains = {iri: _remains(turn, iri, dataset) for iri, dataset in ends.items()
               if not _stands(turn, iri, dataset)}
    stay = {iri: before[iri] for iri in ends if iri not in remains}
    return Related(edits, notes=list(_told(ends, before.keys() - stay.keys())), ends=remains, stay=stay)


def _stands(turn: Turn, iri: str, dataset: str) -> bool:
    """True when the release before has what stays of the plan already."""
    entry = turn.before.entries.get(iri)
    return entry is not None and entry.state == "gone" and _one(turn.before.text(iri), iri, _OPENED_AS) == dataset


def _remains(turn: Turn, iri: str, dataset: str) -> Document:
    document = own_documents.tombstone(turn.assets, iri, turn.after.text(iri), turn.now)
    return Document.of(iri, [*document.lines, f"<{iri}> <{_OPENED_AS}> <{dataset}> .".encode()])


def _told(ends: dict[str, str], known: set[str]) -> Iterator[str]:
    fresh = [f"{iri.rpartition('/')[2]} = {dataset.rpartition('/')[2]}" for iri, dataset in ends.items()]
    if fresh and known:
        yield f"planned openings that are open now, each counted once: {', '.join(fresh[:20])}"


def _one(text: bytes, iri: str, predicate: str) -> str:
    mark = f"<{iri}> <{predicate}> ".encode()
    wanted = b"\n".join(line for line in text.split(b"\n") if line.startswith(mark))
    return next((t.object.value for t in triples(wanted) if not (t.object.language or "").startswith("en")), "") if wanted else ""
