"""How one state of a catalogue differs from another, and whether a release shows it already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from odlinked.catalog.archive import Archive, RowOutcome
from odlinked.catalog.index import Entry, Index, is_current
from odlinked.findings import Issue
from odlinked.intake.arrivals import UNIQUE


class Difference(NamedTuple):
    """Entries that are new or changed, entries that left, and (id, entry) of those whose place changed only."""

    come: list[Entry]
    gone: list[Entry]
    moved: list[tuple[int, Entry, bool]]


def _gist(issue: Issue) -> str:
    """Return a fault of a row without the row's place."""
    fault = issue.fault
    return repr((fault.rule, fault.severity, fault.node, fault.path, fault.value, fault.other if fault.rule != UNIQUE else ""))


def _rules(outcome: RowOutcome) -> list[tuple[str, str, str, str]]:
    """Return the faults of an outcome without their cells."""
    return sorted((fault.rule, fault.severity, fault.node, fault.path) for fault in outcome.faults)


def difference(before: Mapping[str, tuple[int, Entry]], after: Mapping[str, Entry]) -> Difference:
    found = Difference([], [], [])
    for iri, entry in after.items():
        number, old = before.get(iri, (0, None))
        if old is None or old.hash != entry.hash or old.state != entry.state:
            found.come.append(entry)
        elif old != entry:
            found.moved.append((number, entry, old.key != entry.key))
    found.gone.extend(old for iri, (_, old) in before.items() if iri not in after)
    return found


def pairs_of(changes: Difference, before: Mapping[str, tuple[int, Entry]]) -> Iterator[tuple[bytes | None, bytes | None]]:
    """Yield (hash before, hash after) of every document that differs."""
    for entry in changes.come:
        old = before.get(entry.iri)
        yield (old[1].hash if old and old[1].is_public else None, entry.hash if entry.is_public else None)
    for entry in changes.gone:
        if entry.is_public:
            yield entry.hash, None


def is_shown(archive: Archive, path: Path, now: str, moved: Sequence[tuple[int, Entry, bool]],
             issues: Sequence[Issue]) -> bool:
    """True when the release of the index at `path` shows everything there is to show, and the index is of this version.

    No planned opening has come by the ISO time `now`, and rows that are only in another place, order or spelling have the faults
    they had. The release then keeps reporting the cells of its own files.
    """
    with Index(path, read_only=True) as index:
        if not is_current(path) or index.due(now) or sorted(map(_gist, issues)) != sorted(map(_gist, index.issues())):
            return False
        before = {iri: entry for iri, (_, entry) in index.entries().items()} if moved else {}
    pairs = [(before[entry.iri], entry) for _, entry, _ in moved]
    if any((old.violations, old.warnings, old.mentions) != (new.violations, new.warnings, new.mentions) for old, new in pairs):
        return False
    faulty = [(old.key, new.key) for old, new in pairs if old.key != new.key and new.violations + new.warnings]
    outcomes = archive.outcomes([key for pair in faulty for key in pair if key])
    return all(old in outcomes and new in outcomes and _rules(outcomes[old]) == _rules(outcomes[new]) for old, new in faulty)
