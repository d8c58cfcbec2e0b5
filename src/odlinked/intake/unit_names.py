"""The names that a unit is known by: its own and those of what became of it, and those of the bodies it acts for.

An agency's inventory names the unit that keeps a dataset, the national list the agency it belongs to. A unit without an object
identifier (OID) of its own acts for the bodies above it, up to the first that has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.folding import fold
from odlinked.intake.arrivals import code
from odlinked.intake.relations import Turn
from odlinked.intake.successions import successions, successors
from odlinked.namespaces import FOAF, ORG, SKOS
from odlinked.rdf.ntriples import triples

_OID: Final = "2.16.886."
"""How the object identifiers of Taiwanese bodies begin, which are the names of those that have one."""

_NAMES: Final = (SKOS + "prefLabel", FOAF + "name")
_ABOVE: Final = ORG + "subOrganizationOf"


class _Body(NamedTuple):
    """An organisation as its document states it: its names, folded, and the bodies above it."""

    names: frozenset[str]
    above: tuple[str, ...]


class ActingUnits:
    """The names of the organisations of a turn, read when they are asked for."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._after = successors(successions(turn.after))
        self._bodies: dict[str, _Body] = {}
        self._known: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def of(self, iri: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of an organisation and of what became of it, and those of the bodies it acts for, folded."""
        if iri not in self._known:
            own = self._named(iri)
            self._known[iri] = own, frozenset[str]().union(*map(self._named, self._acts_for(iri))) - own
        return self._known[iri]

    def _named(self, iri: str) -> frozenset[str]:
        return self._body(iri).names.union(*(self._body(other).names for other in self._after.get(iri, ())))

    def _acts_for(self, iri: str) -> Iterator[str]:
        waiting, seen = [iri], {iri}
        for one in waiting:  # grows while it is iterated over
            if code(one).startswith(_OID):
                continue
            for above in self._body(one).above:
                if above not in seen:
                    seen.add(above)
                    waiting.append(above)
                    yield above

    def _body(self, iri: str) -> _Body:
        if iri not in self._bodies:
            self._bodies[iri] = self._read(iri)
        return self._bodies[iri]

    def _read(self, iri: str) -> _Body:
        if not self._turn.after.has(iri):
            return _Body(frozenset(), ())
        stated = [(one.predicate, one.object) for one in triples(self._turn.after.text(iri)) if one.subject == iri]
        names = [thing for predicate, thing in stated if predicate in _NAMES]
        chosen = [thing for thing in names if not thing.language.startswith("en")] or names
        return _Body(frozenset(fold(thing.value) for thing in chosen) - {""},
                     tuple(sorted(thing.value for predicate, thing in stated if predicate == _ABOVE)))
