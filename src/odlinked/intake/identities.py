"""One dataset in two sources: found and told, merged where a person or sources that are believed say so.

A dataset may be one that another source has, too: where its source gives it the address that the other has (here or in its own
source), its number at the national platform, the code of the dataset standard, or the same title and unit, by the unit's name,
that of what became of it, or that of the body it acts for. Each of the two then states `odl:maybeSameAs`, and the publisher is
told (L32). A person who knows writes the pair into the file that `publish.same` names: both state `owl:sameAs` from then on and
have what the other states (`intake.twins`), or nothing where it says that they are not. Two sources that are believed
(`sources.NAME.believed`) need no person where both give one address, number or code; a title and a unit are nobody's word.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from odlinked.catalog.index import Entry
from odlinked.catalog.summaries.called import is_title
from odlinked.errors import SettingsError
from odlinked.findings import Issue
from odlinked.intake.arrivals import code, fault
from odlinked.intake.likeness import CalledDataset, Likenesses
from odlinked.intake.relations import DocumentEdit, Related, Turn
from odlinked.intake.twins import SAME_AS, carried, placed
from odlinked.intake.unit_names import ActingUnits
from odlinked.kinds import Kind
from odlinked.namespaces import ODL

ELSEWHERE: Final = "L32-identity-elsewhere"
DIFFERENT: Final = "different"
SAME: Final = "same"

_MAYBE: Final = f"<{ODL}maybeSameAs>"
MAYBE: Final = "maybe"
TWIN: Final = "twin"
"""Dimensions of the index: the datasets that one may be, and that it is by a person's word."""

_HARVESTED: Final = re.compile(r"[.-][0-9a-f]{12}\Z")
_LONGEST: Final = 10_000_000


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


def identities(turn: Turn, judgements: Judgements, believed: Collection[str] = ()) -> Related:
    """Return what makes datasets state which others they may be or are, and the faults that tell of it.

    Of those that a person or two of the sources that are `believed` call the same, each has what the other states and it does
    not (`intake.twins`).
    """
    datasets = turn.after.of(Kind.DATASET)
    former = _former(turn)
    sources = Counter(entry.source for entry in datasets)
    if not (len(sources) > 1 or former or judgements.same):
        return Related((), (ELSEWHERE,))
    found, stated = _found(turn, datasets, sources, former, believed) if len(sources) > 1 else (set(), set())
    same = judgements.same | (stated - judgements.different)
    pairs = found - same - judgements.different
    twins = [tuple(sorted(pair)) for pair in same if all(turn.after.has(iri) for iri in pair)]
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


def _found(turn: Turn, datasets: list[Entry], sources: Mapping[str, int], twins: Mapping[str, Sequence[str]],
           believed: Collection[str]) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """Return the pairs of datasets of different sources that may be one, and those of them that believed sources say are."""
    likenesses, of = Likenesses(turn, datasets, twins), {entry.iri: entry.source for entry in datasets}
    largest = max(sources, key=lambda name: (sources[name], name))
    publishers: dict[str, str] = {}
    bearers: dict[str, set[str]] = {}

    def note(found: Iterable[CalledDataset]) -> None:
        for one in found:
            bearers.setdefault(one.name, set()).add(one.iri)
            if one.publisher:
                publishers[one.iri] = one.publisher

    note(likenesses.of([entry for entry in datasets if entry.source != largest]))
    # Of the largest source, which may be the national list, only those are looked at that have a name in common with another's.
    note(one for one in likenesses.bearing(set(bearers)) if of[one.iri] == largest)
    units, pairs, stated = ActingUnits(turn), set[frozenset[str]](), set[frozenset[str]]()
    for name, found in bearers.items():
        if len({of[iri] for iri in found}) > 1:
            if is_title(name):
                pairs.update(_by_unit({iri: units.of(publishers.get(iri, "")) for iri in found}, of))
            else:
                pairs.update(_paired(found, found, of))
                # Whatever a stranger's source has besides, or has twice, what those say that are believed stands.
                trusted = {iri for iri in found if of[iri] in believed}
                stated.update(_paired(trusted, trusted, of))
    return pairs, stated


def _by_unit(units: Mapping[str, tuple[frozenset[str], frozenset[str]]], of: Mapping[str, str]) -> Iterator[frozenset[str]]:
    """Yield the pairs among datasets of one title whose units are one, or of which one acts for the other (`ActingUnits`)."""
    for name in frozenset[str]().union(*(own for own, _ in units.values())):
        own = {iri for iri, (names, _) in units.items() if name in names}
        yield from _paired(own, own if len(own) > 1 else {iri for iri, (_, above) in units.items() if name in above} | own, of)


def _paired(some: Collection[str], found: Collection[str], of: Mapping[str, str]) -> Iterator[frozenset[str]]:
    """Yield the pairs of `found` with one of `some`; what several datasets of a source have tells nothing."""
    if 1 < len(found) == len({of[iri] for iri in found}):
        for pair in combinations(sorted(found), 2):
            if not frozenset(pair).isdisjoint(some):
                yield frozenset(pair)
