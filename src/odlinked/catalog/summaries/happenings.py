"""What happened to datasets and requests, and when, as an index keeps it: the basis of what pages tell of quarters of a year.

Each is a dimension of the index that no search offers:

    listed      DAY or MONTH   a dataset, by its day of listing as its source states it
    withdrawn   DAY            a dataset that was taken down here, by the day that was done
    left        ORGANISATION   the same, by who published it
    asked       DAY            a request, by the day it was made
    asked-of    ORGANISATION   the same, by who is asked
    answer      DAYS           the same, by the days to its answer: "undated" where these are not known, "none" without an answer
    link        ANSWER         a dataset, by whether its files were had at the last visit: "passed", "failed"; none: not checked
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from odlinked.documents import Document
from odlinked.namespaces import DCAT, DCTERMS, ODL, PROV, RDF, SCHEMA

LISTED, WITHDRAWN, LEFT, ASKED, ASKED_OF, ANSWER, LINK = (
    "listed", "withdrawn", "left", "asked", "asked-of", "answer", "link")
UNANSWERED, UNDATED = "none", "undated"

DAYS: Final = ODL + "daysToAnswer"
_ANSWERED: Final = SCHEMA + "acceptedAnswer"
_MADE: Final = SCHEMA + "dateCreated"
_ENDED: Final = PROV + "invalidatedAtTime"
_WAS: Final = ODL + "formerClass"
READ: Final = frozenset({DAYS, _ANSWERED, _MADE, _ENDED, _WAS, DCTERMS + "issued", DCTERMS + "publisher", RDF + "type"})
"""The properties that are read."""

_LINK: Final = re.compile(
    rb"^<[^>#]*#link-validity> <https://w3id\.org/odlinked/ns#outcome> <http://www\.w3\.org/ns/earl#(\w+)> \.$", re.MULTILINE)

Stated = Mapping[str, Sequence[tuple[str, str]]]
"""What a record states of itself: property -> (value, language tag)."""


def told(kind: str, own: Stated, days: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return what a record of a kind is found by; `days` are the days to the answers that are part of its document."""
    def all_of(predicate: str) -> list[str]:
        return [value for value, _ in own.get(predicate, ())]

    if kind == "dataset":
        listed = sorted({value[:10] for value in all_of(DCTERMS + "issued")})
        return tuple((LISTED, day) for day in listed[:1])
    if kind == "feedback":
        answer = next((one for one in days if one.isdecimal()), UNDATED) if own.get(_ANSWERED) else UNANSWERED
        return (*((ASKED_OF, unit) for unit in all_of(DCTERMS + "publisher")),
                *((ASKED, day[:10]) for day in all_of(_MADE)[:1]), (ANSWER, answer))
    if ODL + "Tombstone" in all_of(RDF + "type") and DCAT + "Dataset" in all_of(_WAS):
        return (*((LEFT, unit) for unit in all_of(DCTERMS + "publisher")),
                *((WITHDRAWN, day[:10]) for day in all_of(_ENDED)[:1]))
    return ()


def linked(quality: Document) -> tuple[tuple[str, str], ...]:
    """Return whether the files of a dataset were had at the last visit, from its quality document; () where not checked."""
    found = _LINK.search(quality.text)
    return ((LINK, found[1].decode()),) if found and found[1] in (b"passed", b"failed") else ()
