"""How one state of a catalogue differs from another, and whether a release shows it already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from odlinked.catalog.index import Entry, Index, is_current
from odlinked.catalog.keeping.archive import Archive, RowOutcome
from odlinked.findings import Issue
from odlinked.intake.arrivals import UNIQUE

_made = tuple.__new__


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


class NotedState(dict[str, Entry]):
    """The entries of a state by IRI, at first those of `began`; it notes of which an entry is set or taken out, so that a
    difference is found soon."""

    def __init__(self, began: Mapping[str, Entry]) -> None:
        super().__init__(began)
        self.began = began
        self.noted: set[str] = set()
        self.placed: list[str] = []
        """Of which only the place is another than in the state this one began as, unless they are noted."""

    def __setitem__(self, iri: str, entry: Entry) -> None:
        self.noted.add(iri)
        super().__setitem__(iri, entry)

    def __delitem__(self, iri: str) -> None:
        self.noted.add(iri)
        super().__delitem__(iri)

    def pop(self, iri: str, *default: Any) -> Any:
        """Take an entry out and return it."""
        self.noted.add(iri)
        return super().pop(iri, *default)

    def update(self, entries: Mapping[str, Entry]) -> None:  # type: ignore[override]
        """Set entries."""
        for iri, entry in entries.items():
            self[iri] = entry

    def place(self, entry: Entry, given: int, sheet: str | None, row: int) -> None:
        """Set where a record came from: input, sheet and row."""
        if entry[5:8] != (given, sheet, row):
            # Nearly all rows of a list that is published again come this way: `_replace` would take three times as long.
            super().__setitem__(entry.iri, _made(Entry, (*entry[:5], given, sheet, row, *entry[8:])))
            self.placed.append(entry.iri)

    def differing(self, before: Mapping[str, Entry]) -> Collection[str]:
        """Return the IRIs of all records that may differ from the state `before` in more than their place."""
        return sorted(self.noted) if self.began is before else self


def difference(before: Mapping[str, tuple[int, Entry]], after: Mapping[str, Entry]) -> Difference:
    """Return how the state `after` differs from the one `before` (IRI -> id and entry)."""
    found = _compared(before, after, after)
    found.gone.extend(old for iri, (_, old) in before.items() if iri not in after)
    return found


def difference_noted(before: Mapping[str, tuple[int, Entry]], after: NotedState) -> Difference:
    """Return how the state `after` differs from the one `before` that it began as: only what it noted is compared."""
    found = difference_again(Difference([], [], []), before, after)
    found.moved.extend((before[iri][0], after[iri], False) for iri in after.placed if iri not in after.noted)
    return found


def difference_again(found: Difference, before: Mapping[str, tuple[int, Entry]], after: NotedState) -> Difference:
    """Return the difference of two states that was `found` before something was noted in the second."""
    noted = after.noted
    again = _compared(before, after, sorted(noted))
    gone = [old for iri in sorted(noted) if iri not in after and (old := before.get(iri, (0, None))[1])]
    return Difference([entry for entry in found.come if entry.iri not in noted] + again.come,
                      [entry for entry in found.gone if entry.iri not in noted] + gone,
                      [one for one in found.moved if one[1].iri not in noted] + again.moved)


def _compared(before: Mapping[str, tuple[int, Entry]], after: Mapping[str, Entry], iris: Iterable[str]) -> Difference:
    """Compare the entries that a state has of some IRIs with those of the state before."""
    found = Difference([], [], [])
    for iri in iris:
        entry, (number, old) = after.get(iri), before.get(iri, (0, None))
        if entry is None:
            continue
        if old is None or old.hash != entry.hash or old.state != entry.state:
            found.come.append(entry)
        elif old != entry:
            found.moved.append((number, entry, old.key != entry.key))
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
