"""What lists, searches and pages are told of records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

COLUMNS = ", ".join(f"record.{name}" for name in (  # noqa: S608 - constants
    "iri", "kind", "source", "hash", "state", "title", "title_en", "description", "publisher", "modified", "issued", "formats",
    "badge", "violations", "warnings", "changed",
)) + ", (SELECT coalesce(nullif(p.title, ''), p.title_en) FROM record p WHERE p.iri = record.publisher)" \
    ", (SELECT f.value FROM facet f WHERE f.record = record.id AND f.dimension = 'state')"
"""What is selected from table `record` for `record_of`."""


@dataclass(frozen=True)
class Record:
    """A record as lists show it; `changed` is when this content was first published, `hash` hex.

    `standing` is the IRI of a dataset's state (open, planned, on request, withheld), "" where its record says none.
    """

    iri: str
    kind: str
    source: str
    hash: str
    state: str
    title: str
    title_en: str
    description: str
    publisher: str
    publisher_name: str
    modified: str
    issued: str
    formats: tuple[str, ...]
    badge: str
    violations: int
    warnings: int
    changed: datetime
    standing: str = ""


@dataclass(frozen=True)
class FacetCount:
    """A facet's value, its labels by language tag, and how many records of the result have it."""

    value: str
    label: dict[str, str]
    count: int


@dataclass(frozen=True)
class Found:
    """A page of search results: `total` of all pages, the records of this one, and the facets of the whole result."""

    total: int
    records: list[Record]
    facets: dict[str, list[FacetCount]]


def record_of(row: Sequence[Any]) -> Record:
    """Return the record of a row of `COLUMNS`."""
    return Record(
        iri=row[0], kind=row[1], source=row[2], hash=row[3].hex(), state=row[4], title=row[5], title_en=row[6],
        description=row[7], publisher=row[8], publisher_name=row[16] or "", modified=row[9], issued=row[10],
        formats=tuple(json.loads(row[11])), badge=row[12], violations=row[13], warnings=row[14],
        changed=datetime.fromisoformat(row[15]), standing=row[17] or "",
    )
