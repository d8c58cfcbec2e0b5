"""One dataset in two sources: found and told, never merged by itself.

A dataset may be one that another source has, too: where its source gives it the address that the other has (here or in its own
source), its number at the national platform, the code of the dataset standard, or the same title and unit, by the unit's name or
that of what became of it. Each of the two then states `odl:maybeSameAs`, and the publisher is told (L32). A person who knows
writes the pair into the file that `publish.same` names: both state `owl:sameAs` from then on and have what the other states
(`intake.twins`), or nothing where it says that they are not.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.catalog.index import Entry
from odlinked.errors import SettingsError
from odlinked.findings import Issue
from odlinked.folding import fold
from odlinked.intake.arrivals import code, fault
from odlinked.intake.relations import DocumentEdit, Related, Turn
from odlinked.intake.successions import successions, successors
from odlinked.intake.twins import SAME_AS, carried, placed
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, DCTERMS, FOAF, ODL, OWL, SKOS
from odlinked.rdf.ntriples import triples

ELSEWHERE: Final = "L32-identity-elsewhere"
DIFFERENT: Final = "different"
SAME: Final = "same"

_MAYBE: Final = f"<{ODL}maybeSameAs>"
_READ: Final = tuple(f"> <{iri}> ".encode() for iri in (
    DCTERMS + "title", DCTERMS + "publisher", DCTERMS + "identifier", OWL + "sameAs", DCAT + "landingPage", SKOS + "prefLabel",
    FOAF + "name"))
_CODE: Final = re.compile(r"[a-z_0-9]{10}-[a-z_0-9]{6}", re.IGNORECASE)
"""Identifiers of datasets by the Dataset Metadata Standard (2015-07), table 7: of all identifiers only these are unique."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}")
_PAGE: Final = re.compile(r"https?://data\.gov\.tw/(?:en/)?datasets?/([0-9]{1,7})/?")
"""The page of a dataset on the national platform, which names it by its number."""

MAYBE: Final = "maybe"
TWIN: Final = "twin"
"""Dimensions of the index: the datasets that one may be, and that it is by a person's word."""

_HARVESTED: Final = re.compile(r"[.-][0-9a-f]{12}\Z")
_LONGEST: Final = 10_000_000


class Likeness(NamedTuple):
    """What datasets are compared by: title and publisher's IRI, codes, and addresses elsewhere."""

    title: str
    publisher: str
    codes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


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
    """Return what makes datasets state which others they may be or are, and the faults that tell of it.

    Of those that a person calls the same, each has what the other states and it does not (`intake.twins`).
    """
    datasets = turn.after.of(Kind.DATASET)
    former = _former(turn)
    sources = Counter(entry.source for entry in datasets)
    if not (len(sources) > 1 or former or judgements.same):
        return Related((), (ELSEWHERE,))
    pairs = _found(turn, datasets, sources) - judgements.same - judgements.different if len(sources) > 1 else set()
    twins = [tuple(sorted(pair)) for pair in judgements.same if all(turn.after.has(iri) for iri in pair)]
    wanted: dict[str, set[bytes]] = {}
    for one, other in (tuple(sorted(pair)) for pair in pairs):
        wanted.setdefault(one, set()).add(f"<{one}> {_MAYBE} <{other}> .".encode())
        wanted.setdefault(other, set()).add(f"<{other}> {_MAYBE} <{one}> .".encode())
    for iri, lines in carried(turn, twins):
        wanted.setdefault(iri, set()).update(lines)
    edits = [_edit(iri, wanted.get(iri, set()), former.get(iri, ())) for iri in sorted(former.keys() | wanted.keys())]
    return Related(edits, (ELSEWHERE,), list(_told(pairs, turn, sources)))


def _former(turn: Turn) -> dict[str, list[str]]:
    """Return the datasets that state something of others in the release before -> the others that they are the same as."""
    found: dict[str, list[str]] = {}
    if turn.index:
        for iri, _ in turn.index.stated(MAYBE):
            found.setdefault(iri, [])
        for iri, other in turn.index.stated(TWIN):
            found.setdefault(iri, []).append(other)
    return found


def _told(pairs: set[frozenset[str]], turn: Turn, sources: Mapping[str, int]) -> Iterator[Issue]:
    """Yield a fault for each pair, at the harvested dataset, else at that of the smaller source."""
    entries = turn.after.entries
    for pair in sorted(pairs, key=sorted):
        one, other = sorted(pair, key=lambda iri: (not is_harvested(entries[iri]), sources[entries[iri].source], iri))
        entry = entries[one]
        yield Issue(entry.input or 0, entry.sheet, entry.row or 0, fault(ELSEWHERE, one, other, "Info"))


def _edit(iri: str, comes: set[bytes], twins: Iterable[str]) -> DocumentEdit:
    goes = (f"<{iri}> {_MAYBE} ".encode(), *placed(iri), *(f"<{iri}> {SAME_AS} <{other}> ".encode() for other in twins))
    return DocumentEdit(iri, comes, lambda line: line.startswith(goes))


def _found(turn: Turn, datasets: list[Entry], sources: Mapping[str, int]) -> set[frozenset[str]]:
    """Return the pairs of datasets of different sources that may be one."""
    largest = max(sources, key=lambda name: (sources[name], name))
    every = _others(turn, [entry for entry in datasets if entry.source == largest and not is_harvested(entry)])
    every |= dict(_read(turn, [entry for entry in datasets if entry.iri not in every]))
    units, of = _labels(turn), {entry.iri: entry.source for entry in datasets}
    bearers: dict[tuple[str, str], set[str]] = {}
    for iri, likeness in every.items():
        for key in _keys(iri, likeness, units):
            bearers.setdefault(key, set()).add(iri)
    # A title that several datasets of a source have tells nothing.
    return {frozenset(pair) for found in bearers.values() if 1 < len(found) == len({of[iri] for iri in found})
            for pair in combinations(sorted(found), 2)}


def _keys(iri: str, likeness: Likeness, units: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Yield what a dataset is known by: addresses, number at the platform, code of the standard, title and unit."""
    yield "address", iri
    for address in likeness.addresses:
        yield "address", address
        if number := _PAGE.fullmatch(address):
            yield "number", number[1]
    name = code(iri)
    if _NUMBER.fullmatch(name):
        yield "number", name
    for one in (name, *likeness.codes):
        if _CODE.fullmatch(one):
            yield "code", one.lower()
    if likeness.title:
        for unit in units.get(likeness.publisher, ()):
            yield f"title of {unit}", fold(likeness.title)


def _others(turn: Turn, entries: list[Entry]) -> dict[str, Likeness]:
    """Return the likeness of datasets of the largest source: of unchanged ones by the index of the release before."""
    known = {iri: Likeness(title, publisher) for iri, title, publisher, _ in turn.index.named(Kind.DATASET)} if turn.index else {}
    kept = {entry.iri: known[entry.iri] for entry in entries
            if entry.iri in known and (old := turn.before.entries.get(entry.iri)) and old.hash == entry.hash}
    return kept | dict(_read(turn, [entry for entry in entries if entry.iri not in kept]))


def _labels(turn: Turn) -> dict[str, frozenset[str]]:
    """Return organisation -> its names, folded: its own and those of what became of it."""
    names = {iri: fold(likeness.title) for iri, likeness in _read(turn, turn.after.of(Kind.ORGANIZATION))}
    after = successors(successions(turn.after))
    return {iri: frozenset({name} | {names[other] for other in after.get(iri, ()) if other in names}) - {""}
            for iri, name in names.items()}


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
                                  values(DCTERMS + "identifier"), (*values(OWL + "sameAs"), *values(DCAT + "landingPage")))
