"""The records as lists, searches and pages get them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Record:
    """A record as lists show it; `changed` is when this content was first published, `hash` hex.

    `standing` is the IRI of a dataset's state (open, planned, on request, withheld), "" where its record states none.
    `publisher_name` is the Chinese name where there is one, `publisher_name_en` "" where there is no English one.
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
    publisher_name_en: str = ""


@dataclass(frozen=True)
class FacetCount:
    """A facet's value, its labels by language tag, and how many records of the result have it."""

    value: str
    label: dict[str, str]
    count: int


@dataclass(frozen=True)
class SearchResult:
    """A page of search results: `total` of all pages, the records of this one, and the facets of the whole result.

    `words` are the folded words they were found by. Where no record had all that was typed, `instead` is the text with the
    nearest spelling that these have, or `is_some` is true: these have some of the words; `phonetic` has signs of bopomofo that
    were typed then. `is_all` is true where nothing that was typed can be searched for (signs alone), so that all are listed.
    """

    total: int
    records: list[Record]
    facets: dict[str, list[FacetCount]]
    words: tuple[str, ...] = ()
    instead: str = ""
    is_some: bool = False
    phonetic: str = ""
    is_all: bool = False
