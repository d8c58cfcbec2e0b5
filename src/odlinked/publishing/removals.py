"""What a publish would take down: more than a set share of a source stops it before anything served has changed.

A truncated file, one of two files, a list without rows and a list of another kind look like a great many removals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from odlinked.catalog.index import Entry
from odlinked.errors import FormError, WorkspaceError
from odlinked.intake.arrivals import Next
from odlinked.intake.difference import NotedState
from odlinked.kinds import Kind

_FEW_VANISHED = 1
"""So many records may be missing from a new list, however short it was."""

_FEW = 5
"""So many may be taken down by rows that state it, however few the source has."""

_PERMANENT = (Kind.DATASET, Kind.SERVICE, Kind.SERIES, Kind.ORGANIZATION)
"""What has an address for good. Other records (use, answers, costs of a period) follow one another: of those only is missed what
no other has come for."""

_ASK = "Look whether the file is whole and is meant for this source; give --allow-removals if it is"


def check(source: str, previous: Mapping[str, Entry], following: Next, share: float) -> None:
    """Raise `WorkspaceError` where `following` takes down more than `share` (0 to 1) of what `source` has published.

    Datasets count alone, too: a source that loses them has shrunk, however many bodies and services stay.
    """
    if not _takes_down(source, previous, following):
        return
    before, after = _living(source, previous), _living(source, following.entries)
    for among in (None, Kind.DATASET):
        had, has = _of(among, before), _of(among, after)
        missed, vanished = _missed(had, has, following.withdrawn)
        is_all = bool(had - has) and not has and vanished > 0 and share < 1
        if is_all or vanished > max(_FEW_VANISHED, share * len(had)) or missed > max(_FEW, share * len(had)):
            of = f"it would take down {missed:,} of {len(had):,} records of source {source}"
            of_datasets = f"it would take down {missed:,} of {len(had):,} datasets of source {source}"
            raise WorkspaceError(of_datasets if among else of, doing="publishing", next_step=_ASK)


def _missed(had: set[str], has: set[str], withdrawn: int) -> tuple[int, int]:
    """Return how many records are missed, and how many of them no row says to be withdrawn."""
    gone = had - has
    permanent = {iri for iri in gone if Kind.of(iri) in _PERMANENT}
    came = sum(Kind.of(iri) not in _PERMANENT for iri in has - had)
    missed = len(permanent) + max(0, len(gone) - len(permanent) - came)
    return missed, missed - withdrawn


def _of(kind: Kind | None, iris: set[str]) -> set[str]:
    """Return those of a kind, all where there is none."""
    return {iri for iri in iris if kind in (None, Kind.of(iri))}


def _takes_down(source: str, previous: Mapping[str, Entry], following: Next) -> bool:
    """False where it is certain, from the few records that differ, that none of the source is taken down."""
    if not isinstance(following.entries, NotedState):
        return True
    differ = {iri: previous[iri] for iri in following.entries.differing(previous) if iri in previous}
    return bool(_living(source, differ) - _living(source, following.entries, differ))


def _living(source: str, entries: Mapping[str, Entry], among: Iterable[str] | None = None) -> set[str]:
    """Return the living records of a source that a row made, of all or of those `among`."""
    some = entries if among is None else {iri: entries[iri] for iri in among if iri in entries}
    return {iri for iri, e in some.items() if e.source == source and e.key is not None and e.state == "live"}


def check_forms(source: str, before: Iterable[Mapping[str, Any]], coming: Sequence[Mapping[str, Any]]) -> None:
    """Raise `FormError` where a source that held changes only is given a whole list, which would take down all that is not in it.

    A whole list followed by changes, and the next whole list after those, is what a source is for.
    """
    held = [one for one in before if one["source"] == source]
    whole = [one for one in coming if one["mode"] == "full"]
    if whole and held and all(one["mode"] == "delta" for one in held):
        forms = ", ".join(sorted({str(one["form"]) for one in held}))
        raise FormError(
            f"it is a whole list (form {whole[0]['form']}) and source {source} holds changes (form {forms}): "
            "all that is not in the list would be taken down",
            doing="publishing", on=str(whole[0]["name"]),
            next_step="Name another --source, or give --allow-removals if the list is all there is")
