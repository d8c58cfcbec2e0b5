"""Published changes of organisations (org:ChangeEvent): read here and nowhere else in a publish.

A record of a change names the organisations before and after it; each of them then has `org:changedBy` or `org:resultedFrom`.
Changes without a record of their own (those of the code list) are written by the rows that mention them, and their lines are left
alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from odlinked.catalog.index import Entry
from odlinked.intake.relations import DocumentEdit, Living, Related, Turn
from odlinked.kinds import Kind
from odlinked.namespaces import ORG
from odlinked.rdf.ntriples import triples

_BEFORE, _AFTER = ORG + "originalOrganization", ORG + "resultingOrganization"
_STATED = {_BEFORE: f"<{ORG}changedBy>", _AFTER: f"<{ORG}resultedFrom>"}


class Succession(NamedTuple):
    """A published change: its entry, and the IRIs of the organisations that were before it and that came out of it."""

    entry: Entry
    before: frozenset[str]
    after: frozenset[str]


def successions(living: Living) -> list[Succession]:
    """Return the living changes of organisations of a state."""
    found = []
    for entry in living.of(Kind.EVENT):
        named = [(p, o.value) for s, p, o in triples(living.text(entry.iri)) if s == entry.iri]
        found.append(Succession(entry, *(frozenset(value for p, value in named if p == path) for path in (_BEFORE, _AFTER))))
    return found


def successors(changes: Iterable[Succession]) -> dict[str, set[str]]:
    """Return organisation -> what became of it, and of that, over any number of changes."""
    after: dict[str, set[str]] = {}
    for change in changes:
        for original in change.before:
            after.setdefault(original, set()).update(change.after - {original})
    found: dict[str, set[str]] = {}
    for original in after:
        waiting, reached = [original], {original}
        while waiting:
            fresh = after.get(waiting.pop(), set()) - reached
            reached |= fresh
            waiting += fresh
        found[original] = reached - {original}
    return found


def mentions(turn: Turn) -> Related:
    """Return what makes organisations with a record name the living records of changes, and no others."""
    were, wanted = _lines(successions(turn.before)), _lines(successions(turn.after))
    return Related([_edit(iri, were.get(iri, set()), wanted.get(iri, set())) for iri in were.keys() | wanted.keys()])


def _lines(changes: Iterable[Succession]) -> Mapping[str, set[bytes]]:
    """Return organisation -> the lines that the records of changes add to its document."""
    found: dict[str, set[bytes]] = {}
    for entry, *sides in (change for change in changes if change.entry.key is not None):
        for path, organizations in zip(_STATED.values(), sides, strict=True):
            for iri in organizations:
                found.setdefault(iri, set()).add(f"<{iri}> {path} <{entry.iri}> .".encode())
    return found


def _edit(iri: str, were: set[bytes], wanted: set[bytes]) -> DocumentEdit:
    return DocumentEdit(iri, wanted, were.__contains__)
