"""Which repairs are certain: each is tried on its row, which is mapped and validated once more with it.

Only rows with faults are looked at, and of these the ones with a cell for which a single reading is left (`quality.slips`). A
repair is certain when the faults it is for are gone, no new one is there, and all certain ones of the row, and of the tables
together, leave no new one either. A cell in which something was left out because it is about a person, or is never quoted, is
not repaired: what is written would be the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from odlinked.catalog.keeping.archive import RowOutcome
from odlinked.findings import CERTAIN, UNCERTAIN, UNTRIED, Fault, Repair
from odlinked.intake.arrivals import Arrival
from odlinked.intake.rows import BATCH, Workshop
from odlinked.mapping.forms import annotation
from odlinked.mapping.gate import Passed
from odlinked.quality import slips, unseen
from odlinked.sheets.tables import TURNED, Row, Table, column_index, column_letter

MOST: Final = 2_000
"""Most rows that are mapped and validated once more, in all tables of a check; equal ones count once."""

_ROUNDS: Final = 2
_NOT: Final = Repair(UNCERTAIN)
_Spotted = tuple[str, str, int]


class Change(NamedTuple):
    """Another text for a cell, and the faults it is for."""

    column: int
    written: str
    instead: str
    faults: frozenset[_Spotted]


@dataclass
class Candidates:
    """A row with the changes that may be certain. `tried` are those that are, as long as nothing speaks against them."""

    arrival: Arrival
    raw: Row
    changes: list[Change]
    certain: dict[_Spotted, Change] = field(default_factory=dict)
    tried: bool = False
    repaired: RowOutcome | None = None


class Repairs:
    """The repairs of a table's rows."""

    def __init__(self, workshop: Workshop, table: Table, came: Sequence[Arrival]) -> None:
        self._workshop = workshop
        self._slips = slips.load(workshop.job.assets)
        self._marks = _marks(workshop)
        self.rows = {one.arrival.row: one for one in self._candidates(table, came)}

    def of(self, row: int, fault: Fault) -> Repair:
        """Return what is known of the repair of a fault."""
        here = self.rows.get(row)
        if here is None:
            return _NOT
        if not here.tried:
            return Repair(UNTRIED) if any(_key(fault) in change.faults for change in here.changes) else _NOT
        change = here.certain.get(_key(fault))
        return Repair(CERTAIN, column_letter(change.column), change.written, change.instead) if change else _NOT

    def prove(self, most: int) -> int:
        """Try the changes on at most so many rows; return how many there are left to try."""
        rows = list(self.rows.values())
        for _ in range(_ROUNDS):
            wanted: dict[tuple[str, ...], set[int]] = {}
            for one in rows:
                variants = {_changed(one.raw, (change,)) for change in one.changes} | {_changed(one.raw, one.changes)}
                one.tried = len(wanted.keys() | variants) <= most
                for cells in variants if one.tried else ():
                    wanted.setdefault(cells, set()).update(change.column for change in one.changes)
            outcomes = dict(zip(wanted, self._worked(wanted), strict=True))
            most -= len(wanted)
            # Where only some of a row's changes are good, those are not known to be so together: once more.
            rows = [one for one in rows if one.tried and _judge(one, outcomes)]
            if not rows:
                break
        return most

    def _candidates(self, table: Table, came: Sequence[Arrival]) -> Iterator[Candidates]:
        rules = self._workshop.profile.by_name
        known = {name for name, rule in rules.items() if self._slips.looks_at(rule)}
        faulty = {one.row: one for one in came
                  if one.outcome and one.outcome.made and any(fault.rule in known for fault in one.outcome.faults)}
        if not faulty or table.header_row > TURNED:
            return  # a turned table has no row in which to write
        for raw in table.rows():
            arrival = faulty.get(raw.number)
            if arrival is None or arrival.outcome is None:
                continue
            passed = self._workshop.mapper.gate.passed(raw)
            changes = [change for column in dict.fromkeys(column_index(fault.column) for fault in arrival.outcome.faults)
                       if (change := self._change(column, raw, passed, arrival.outcome.faults, known)) is not None]
            if changes:
                yield Candidates(arrival, raw, changes)

    def _change(self, column: int, raw: Row, passed: Passed, faults: Iterable[Fault], known: set[str]) -> Change | None:
        """Return the text that a cell may have been meant to have."""
        if not 0 <= column < min(len(raw.cells), len(passed.cells)):
            return None
        written = raw.cells[column]
        quoted, _ = self._workshop.sheet.cell(raw, column, 0)
        if passed.cells[column] != written or quoted != unseen.marked(written):
            return None
        text, mended = written, set()
        for fault in sorted(faults, key=lambda one: one.member):
            if column_index(fault.column) != column or fault.rule not in known:
                continue
            made = self._mended(fault, column, text, raw)
            if made is not None:
                text = made
                mended.add(_key(fault))
        return Change(column, written, text, frozenset(mended)) if mended and text != written else None

    def _mended(self, fault: Fault, column: int, text: str, raw: Row) -> str | None:
        rule = self._workshop.profile.by_name[fault.rule]
        if not fault.member:
            return self._slips.repaired(rule, text, self._marks.get(column, ()))
        cells = (*raw.cells[:column], text, *raw.cells[column + 1:])
        members = self._workshop.sheet.members(column, cells)
        if members is None or fault.member > len(members):
            return None
        member = members[fault.member - 1]
        made = self._slips.repaired(rule, member)
        return _with_member(text, members, fault.member - 1, made) if made is not None else None

    def _worked(self, variants: Mapping[tuple[str, ...], set[int]]) -> Iterator[RowOutcome | None]:
        """Map and validate rows as they would be read, given the columns with other texts; None for one that would be no
        record, or in which the gate would leave such a text out."""
        rest = iter(variants)
        while batch := list(islice(rest, BATCH)):
            rows = [self._workshop.mapper.gate.passed(Row(number, cells)) for number, cells in enumerate(batch, 1)]
            worked = self._workshop.work([(b"", row) for row in rows])
            for cells, row, one in zip(batch, rows, worked, strict=True):
                kept = row.verdict is None and all(row.cells[column] == cells[column] for column in variants[cells])
                yield one.outcome if kept else None


def settle(tables: Sequence[Repairs], collection: Callable[[Mapping[tuple[int, int], RowOutcome]], object]) -> None:
    """Take back the certain repairs with which the rows contradict each other in another way than without.

    `collection` returns the faults of rows against each other, given other outcomes for some rows, by (table, row).
    """
    def outcomes() -> dict[tuple[int, int], RowOutcome]:
        return {(number, row): one.repaired for number, repairs in enumerate(tables) for row, one in repairs.rows.items()
                if one.repaired is not None}

    if not outcomes() or collection(outcomes()) == (before := collection({})):
        return
    for repairs in tables:
        for one in repairs.rows.values():
            if one.repaired is not None and _identity(one.repaired) != _identity(one.arrival.outcome):
                one.certain, one.repaired = {}, None
    if outcomes() and collection(outcomes()) != before:
        for repairs in tables:
            for one in repairs.rows.values():
                one.certain, one.repaired = {}, None


def _judge(one: Candidates, outcomes: Mapping[tuple[str, ...], RowOutcome | None]) -> bool:
    """Take the changes for certain that clear their faults and make none, alone and together; return whether only some are good
    alone, which are then left to be tried together."""
    before = {_key(fault) for fault in one.arrival.outcome.faults} if one.arrival.outcome else set()
    good: list[tuple[Change, set[_Spotted]]] = []
    for change in one.changes:
        gone = _gone(before, outcomes[_changed(one.raw, (change,))])
        if gone is not None and change.faults <= gone:
            good.append((change, gone))
    is_part = 0 < len(good) < len(one.changes)
    one.changes = [change for change, _ in good]
    if is_part or not good:
        return is_part
    together = outcomes[_changed(one.raw, one.changes)]
    cleared = set().union(*(keys for _, keys in good))
    if _gone(before, together) == cleared:
        one.certain = {key: change for change, keys in reversed(good) for key in keys}
        one.repaired = together
    return False


def _gone(before: set[_Spotted], outcome: RowOutcome | None) -> set[_Spotted] | None:
    """Return the faults that are gone; None where a new one came, or no record is left."""
    if outcome is None or not outcome.made:
        return None
    after = {_key(fault) for fault in outcome.faults}
    return None if after - before else before - after


def _key(fault: Fault) -> _Spotted:
    return fault.rule, fault.column, fault.member


def _changed(raw: Row, changes: Iterable[Change]) -> tuple[str, ...]:
    cells = list(raw.cells)
    for change in changes:
        cells[change.column] = change.instead
    return tuple(cells)


def _identity(outcome: RowOutcome | None) -> object:
    return outcome and ([one.iri for one in outcome.made], outcome.withdrawn, outcome.standing)


def _with_member(text: str, members: Sequence[str], place: int, made: str) -> str | None:
    """Return a list with another member; None where it cannot be told where in the text that member stands."""
    member = members[place].strip()
    if sum(one.strip() == member for one in members) == 1 and text.count(member) == 1:
        return text.replace(member, made)
    for mark in (";", "；", "、"):
        parts = text.split(mark)
        if len(parts) == len(members) and parts[place].strip() == member:
            return mark.join((*parts[:place], parts[place].replace(member, made), *parts[place + 1:]))
    return None


def _marks(workshop: Workshop) -> dict[int, tuple[str, ...]]:
    """Return the marks between the words of a cell, of the columns that hold several."""
    binding = workshop.job.binding
    return {place: tuple(annotation(column, "separators") or ()) or ((column.separator,) if column.separator else ())
            for column, place in zip(binding.form.columns, binding.columns, strict=True) if place is not None}
