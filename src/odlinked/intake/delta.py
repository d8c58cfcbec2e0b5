"""A delta held against what is published: withdrawals and changes of unknown codes, additions of known ones, conversions.

For a row, the datasets of its source that it may have meant are reported: those of the same title and unit, then those of similar
codes. Where its effect could be a second dataset next to the one it means, or leave open what it declares withheld, it is held
back. A source without published records has nothing to compare changes with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import RowDocument
from odlinked.findings import Fault
from odlinked.intake.arrivals import (
    CHANGED_TWIN,
    CONVERSION_CODE,
    CONVERSION_ELSEWHERE,
    KNOWN_ADDED,
    UNKNOWN_CHANGED,
    UNKNOWN_WITHDRAWN,
    Arrival,
    Bearer,
    DocumentAccess,
    RowStatement,
    code,
    fault,
)
from odlinked.kinds import Kind

CONVERTING = ("withheld", "restricted")
"""The standings of a row that takes a dataset out of the open data."""


class Verdict(NamedTuple):
    """What is reported for a row, whether it is held back, and the record it turned out to be ("": the one it names)."""

    faults: tuple[Fault, ...] = ()
    held: bool = False
    iri: str = ""


@dataclass
class Against:
    """Compares rows of `source` with the state `previous`; `adopted`: place -> the record a row became before, in a rebuild."""

    previous: Mapping[str, Entry]
    source: str
    words: DocumentAccess
    adopted: Mapping[tuple[int, str | None, int], str] | None = None

    def change(self, made: RowDocument, iri: str) -> Verdict:
        """Judge a row that adds or changes dataset `iri`."""
        if Kind.of(iri) is not Kind.DATASET or not self._has_published:
            return Verdict()
        stated = self.words.statement(made)
        before = self.previous.get(iri)
        if stated.status == "changed" and (before is None or before.state == "gone"):
            twins = [one for one in self._twins(stated) if one.iri != iri]
            if twins:
                found = fault(CHANGED_TWIN, twins[0].iri, _codes(twins), "Violation", stated.code)
                return Verdict((found,), held=True)
            near = "、".join(self._near(stated.code or code(iri)))
            return Verdict((fault(UNKNOWN_CHANGED, iri, near, "Warning", stated.code),))
        if stated.status == "added" and before is not None and before.state == "live":
            return Verdict((fault(KNOWN_ADDED, iri, "", "Warning", stated.code),))
        return Verdict()

    def withdrawal(self, made: RowDocument, iri: str) -> Fault:
        """Return the report on a row that withdraws dataset `iri`, which is not among the published."""
        stated = self.words.statement(made)
        twins = [one.code for one in self._twins(stated)]
        meant = list(dict.fromkeys([*twins, *self._near(stated.code or code(iri))]))
        node = next((one.iri for one in self._own if meant and one.code == meant[0]), iri)
        return fault(UNKNOWN_WITHDRAWN, node, "、".join(meant), "Violation", stated.code)

    def conversion(self, arrival: Arrival, made: RowDocument) -> Verdict:
        """Judge a row that takes a dataset out of the open data: the record it means may have another name than the row has."""
        if self.adopted is not None or arrival.key in self._buried:
            was = self._buried[arrival.key] if self.adopted is None else self.adopted.get(arrival.place, "")
            minted = f"/{self.source}.{made.iri.rpartition('/')[2]}"
            return Verdict(iri="" if was == made.iri or was.endswith(minted) else was)
        before = self.previous.get(made.iri)
        if before is not None and (before.source == self.source or before.key is not None):
            return Verdict()
        stated = self.words.statement(made)
        twins = self._twins(stated) or self._twins(stated, "gone")
        if stated.code:
            if any(one.is_open for one in twins):
                return self._refused(twins, stated)
            if self._has_published:
                near = "、".join(self._near(stated.code))
                return Verdict((fault(UNKNOWN_CHANGED, made.iri, near, "Warning", stated.code),) if near else ())
        elif len(twins) == 1:
            return Verdict(iri=twins[0].iri)
        elif twins:
            return self._refused(twins, stated)
        else:
            namesakes = [one for one in self._own if one.title == stated.title and one.is_open and stated.title]
            if namesakes:
                return self._refused(namesakes, stated)
        others = [one for one in self.words.bearers() if one.source != self.source and one.is_open and _is_twin(one, stated)]
        return Verdict(tuple(fault(CONVERSION_ELSEWHERE, one.iri, f"{one.source}: {one.code}", "Violation", stated.code)
                             for one in others))

    def _refused(self, found: Sequence[Bearer], stated: RowStatement) -> Verdict:
        return Verdict((fault(CONVERSION_CODE, found[0].iri, _codes(found), "Violation", stated.code),), held=True)

    def _twins(self, stated: RowStatement, state: str = "live") -> list[Bearer]:
        return [one for one in self._titled.get((stated.title, stated.unit), ()) if one.state == state] if stated.title else []

    def _near(self, text: str) -> Sequence[str]:
        return self.words.near(text, self._known_codes)

    @cached_property
    def _known_codes(self) -> list[str]:
        return [one.code for one in self._own]

    @cached_property
    def _own(self) -> list[Bearer]:
        return [one for one in self.words.bearers() if one.source == self.source and one.state == "live"]

    @cached_property
    def _titled(self) -> dict[tuple[str, str], list[Bearer]]:
        found: dict[tuple[str, str], list[Bearer]] = {}
        for one in self.words.bearers():
            if one.source == self.source:
                found.setdefault((one.title, one.unit), []).append(one)
        return found

    @cached_property
    def _buried(self) -> dict[bytes, str]:
        """Reuse key -> the tombstone that a row of that key left."""
        return {entry.key: iri for iri, entry in self.previous.items()
                if entry.key is not None and entry.source == self.source and entry.state == "gone"
                and Kind.of(iri) is Kind.DATASET}

    @cached_property
    def _has_published(self) -> bool:
        return any(entry.source == self.source and entry.key is not None for entry in self.previous.values())


def _is_twin(one: Bearer, stated: RowStatement) -> bool:
    return bool(stated.title) and (one.title, one.unit) == (stated.title, stated.unit)


def _codes(found: Sequence[Bearer]) -> str:
    return "、".join(one.code for one in found)
