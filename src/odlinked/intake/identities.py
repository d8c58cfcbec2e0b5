"""One dataset in two sources: found and told, never merged by itself.

A harvested dataset may be one that another source has, too: where its source gives it the address that the other has (here or in
its own source), the code of the dataset standard as its identifier, or the same title and unit. Each of the two then states
`odl:maybeSameAs`, and the publisher is told (L32). A person who knows writes the pair into the file that `publish.same` names:
both state `owl:sameAs` from then on, or nothing where it says that they are not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.catalog.index import Entry
from odlinked.errors import SettingsError
from odlinked.findings import Issue
from odlinked.folding import fold
from odlinked.intake.arrivals import code, fault
from odlinked.intake.relations import DocumentEdit, Related, Turn
from odlinked.kinds import Kind
from odlinked.namespaces import DCTERMS, FOAF, ODL, OWL, SKOS
from odlinked.rdf.ntriples import triples

ELSEWHERE: Final = "L32-identity-elsewhere"
DIFFERENT: Final = "different"
SAME: Final = "same"

_MAYBE: Final = f"<{ODL}maybeSameAs>"
_SAME_AS: Final = f"<{OWL}sameAs>"
_READ: Final = tuple(f"> <{iri}> ".encode() for iri in (
    DCTERMS + "title", DCTERMS + "publisher", DCTERMS + "identifier", OWL + "sameAs", ODL + "maybeSameAs", SKOS + "prefLabel",
    FOAF + "name"))
_CODE: Final = re.compile(r"[a-z_0-9]{10}-[a-z_0-9]{6}", re.IGNORECASE)
"""Identifiers of datasets by the Dataset Metadata Standard (2015-07), table 7: of all identifiers only these are unique."""

_HARVESTED: Final = re.compile(r"[.-][0-9a-f]{12}\Z")
_LONGEST: Final = 10_000_000


class Likeness(NamedTuple):
    """What datasets are compared by: title and publisher's IRI, codes, addresses elsewhere, and what it states it may be."""

    title: str
    publisher: str
    codes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgements:
    """What people decided: pairs of IRIs that are one dataset, and pairs that are not."""

    same: frozenset[frozenset[str]] = frozenset()
    different: frozenset[frozenset[str]] = frozenset()

    @classmethod
    def load(cls, path: Path | None) -> Judgements:
        """Read a CSV file of two IRIs and "same" or "different" (left out: same); raise `SettingsError` for anything else."""
        if path is None:
            return cls()
        found: dict[str, set[frozenset[str]]] = {SAME: set(), DIFFERENT: set()}
        try:
            if path.stat().st_size > _LONGEST:
                raise ValueError("it is too large")
            rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        except (OSError, ValueError, csv.Error) as problem:
            raise SettingsError(f"it cannot be read ({problem})", doing="reading publish.same", on=str(path)) from problem
        for number, row in enumerate(rows, 1):
            cells = [cell.strip() for cell in row if cell.strip()]
            if not cells or (number == 1 and "://" not in cells[0]):
                continue
            word = cells[2].lower() if len(cells) == 3 else SAME
            fits = len(cells) in (2, 3) and all("://" in cell for cell in cells[:2]) and cells[0] != cells[1]
            if not fits or word not in found:
                raise SettingsError(f"row {number} is not two addresses and same or different", doing="reading publish.same",
                                    on=str(path), next_step="Write the addresses of two records, and same or different behind")
            found[word].add(frozenset(cells[:2]))
        return cls(frozenset(found[SAME]), frozenset(found[DIFFERENT]))


def is_harvested(entry: Entry) -> bool:
    """True for a record that was harvested: it is named after its source and a hash (`graphs.containment.identifier`).

    A row whose identifier another source owns is named after its source, too, but that is told already (L17).
    """
    if f"/{entry.source}." not in entry.iri and "%" not in entry.iri:
        return False  # as nearly all: the name need not be decoded
    name = code(entry.iri)
    return entry.source != "" and name.startswith(f"{entry.source}.") and _HARVESTED.search(name) is not None


def identities(turn: Turn, judgements: Judgements) -> Related:
    """Return what makes datasets state which others they may be or are, and the faults that tell of it."""
    datasets = turn.after.of(Kind.DATASET)
    harvested = [entry for entry in datasets if is_harvested(entry) and entry.key is not None]
    before = [entry for entry in turn.before.of(Kind.DATASET) if is_harvested(entry)]
    if not (harvested or before or judgements.same):
        return Related((), (ELSEWHERE,))
    own = dict(_read(turn, harvested))
    others = _others(turn, [entry for entry in datasets if not is_harvested(entry)])
    labels = _labels(turn)
    pairs = _found(own, own | others, labels, {entry.iri: entry.source for entry in datasets})
    pairs -= judgements.same | judgements.different
    wanted: dict[str, set[str]] = {}
    for kind, some in ((_MAYBE, pairs), (_SAME_AS, judgements.same)):
        for one, other in (sorted(pair) for pair in some if all(turn.after.has(iri) for iri in pair)):
            wanted.setdefault(one, set()).add(f"<{one}> {kind} <{other}> .")
            wanted.setdefault(other, set()).add(f"<{other}> {kind} <{one}> .")
    placed = {iri for likeness in (*own.values(), *dict(_read(turn, before)).values()) for iri in likeness.maybe}
    placed |= {iri for iri, likeness in own.items() if likeness.maybe}
    edits = [_edit(iri, wanted.get(iri, set())) for iri in sorted(placed | wanted.keys())]
    return Related(edits, (ELSEWHERE,), list(_told(pairs, turn)))


def _told(pairs: set[frozenset[str]], turn: Turn) -> Iterator[Issue]:
    for pair in sorted(pairs, key=sorted):
        one, other = sorted(pair, key=lambda iri: (not is_harvested(turn.after.entries[iri]), iri))
        entry = turn.after.entries[one]
        yield Issue(entry.input or 0, entry.sheet, entry.row or 0, fault(ELSEWHERE, one, other, "Info"))


def _edit(iri: str, comes: set[str]) -> DocumentEdit:
    maybe = f"<{iri}> {_MAYBE} ".encode()
    return DocumentEdit(iri, {line.encode() for line in comes}, lambda line: line.startswith(maybe))


def _found(own: Mapping[str, Likeness], every: Mapping[str, Likeness], labels: Mapping[str, str],
           sources: Mapping[str, str]) -> set[frozenset[str]]:
    """Return the pairs of a harvested dataset and one of another source that may be one."""
    bearers: dict[tuple[str, str], list[str]] = {}
    for iri, likeness in every.items():
        for key in dict.fromkeys(_keys(iri, likeness, labels)):
            bearers.setdefault(key, []).append(iri)
    pairs: set[frozenset[str]] = set()
    for iri, likeness in own.items():
        for key in _keys(iri, likeness, labels):
            found = bearers[key]
            # A title that several datasets of a source have tells nothing.
            if len(found) == len({sources[one] for one in found}):
                pairs |= {frozenset((iri, other)) for other in found if other != iri}
    return pairs


def _keys(iri: str, likeness: Likeness, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "address", iri
    for address in likeness.addresses:
        yield "address", address
    for one in (code(iri), *likeness.codes):
        if _CODE.fullmatch(one):
            yield "code", one.lower()
    unit = labels.get(likeness.publisher, "")
    if likeness.title and unit:
        yield f"title of {unit}", fold(likeness.title)


def _others(turn: Turn, entries: list[Entry]) -> dict[str, Likeness]:
    """Return the likeness of datasets that were not harvested: of unchanged ones by the index of the release before."""
    known = {iri: Likeness(title, publisher) for iri, title, publisher, _ in turn.index.named(Kind.DATASET)} if turn.index else {}
    kept = {entry.iri: known[entry.iri] for entry in entries
            if entry.iri in known and (old := turn.before.entries.get(entry.iri)) and old.hash == entry.hash}
    return kept | dict(_read(turn, [entry for entry in entries if entry.iri not in kept]))


def _labels(turn: Turn) -> dict[str, str]:
    """Return the names of organisations, folded."""
    return {iri: fold(likeness.title) for iri, likeness in _read(turn, turn.after.of(Kind.ORGANIZATION))}


def _read(turn: Turn, entries: list[Entry]) -> Iterator[tuple[str, Likeness]]:
    """Yield what documents state; a title in Chinese or without English before any other."""
    for entry, text in turn.after.texts.many(entries):
        wanted = b"\n".join(line for line in text.split(b"\n") if any(mark in line for mark in _READ))
        own: dict[str, list[tuple[bool, str]]] = {}
        for subject, predicate, thing in triples(wanted):
            if subject == entry.iri:
                own.setdefault(predicate, []).append((thing.language.startswith("en"), thing.value))
        titles = sorted(one for name in (DCTERMS + "title", SKOS + "prefLabel", FOAF + "name") for one in own.get(name, ()))

        def values(name: str, stated: Mapping[str, list[tuple[bool, str]]] = own) -> tuple[str, ...]:
            return tuple(value for _, value in stated.get(name, ()))

        yield entry.iri, Likeness(titles[0][1] if titles else "", next(iter(values(DCTERMS + "publisher")), ""),
                                  values(DCTERMS + "identifier"), values(OWL + "sameAs"), values(ODL + "maybeSameAs"))
