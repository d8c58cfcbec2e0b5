"""Which faults of the release before still hold after a publish."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from odlinked.catalog.index import Entry
from odlinked.findings import Issue
from odlinked.intake.arrivals import HELD, LASTING, REPORTED_AGAIN, Arrival


def standing(before: Iterable[Issue], arrivals: Iterable[Arrival], *, foreign: Collection[int], full: bool,
             previous: Mapping[str, Entry], entries: Mapping[str, Entry]) -> list[Issue]:
    """Return the faults of the release before that still hold after a publish.

    `foreign` are the inputs of other sources: their faults stay. Of the source's own, those of rows that a delta did not bring
    again stay, and those on what became of a record (vanished, converted) while the record is unchanged. A row that was kept from
    taking effect is reported until it is brought again, or the record it may have meant has changed.
    """
    arrivals = list(arrivals)
    brought = {arrival.place for arrival in arrivals}
    anew = {arrival.place for arrival in arrivals if arrival.outcome is not None}
    kept = []
    for issue in before:
        place = (issue.input, issue.sheet, issue.row)
        rule = issue.fault.rule
        if rule in LASTING:
            stays = _is_as_it_was(issue, previous, entries) and not (rule in REPORTED_AGAIN and place in anew)
        else:
            stays = issue.input in foreign or (not full and place not in brought)
            if rule in HELD and stays:
                stays = _is_as_it_was(issue, previous, entries) or issue.fault.node not in entries
        if stays:
            kept.append(issue)
    return kept


def _is_as_it_was(issue: Issue, previous: Mapping[str, Entry], entries: Mapping[str, Entry]) -> bool:
    old, new = previous.get(issue.fault.node), entries.get(issue.fault.node)
    return old is not None and new is not None and (old.hash, old.state) == (new.hash, new.state)
