"""Kinds of record: the part of an IRI that says what a record is, `{base}/id/{kind}/{identifier}`.

A base may itself have `/id/` in its path (`https://example.org/id/open`): the last `/id/` of a record's IRI is the one before its
kind, since identifiers are percent-encoded and hold no slash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from urllib.parse import quote

_ID = "/id/"
_QUALITY = "quality/"


class Kind(StrEnum):
    """A kind of record; the value is its path in IRIs."""

    CATALOG = "catalog"
    DATASET = "dataset"
    SERVICE = "service"
    SERIES = "series"
    ORGANIZATION = "organization"
    EVENT = "event"
    USAGE = "usage"
    FEEDBACK = "feedback"
    COST = "cost"
    APPRAISAL = "appraisal"
    ASSET = "asset"
    SUBSIDY = "subsidy"
    CONCLUSION = "conclusion"
    CHECKLIST = "checklist"
    SHOWCASE = "showcase"
    PROMOTION = "promotion"
    STRATEGY = "strategy"
    ROWS = "rows"
    """A published table of rows: the document says where its rows are and what was counted of them."""
    DATASET_QUALITY = "quality/dataset"
    SERIES_QUALITY = "quality/series"
    ORGANIZATION_QUALITY = "quality/organization"
    INTERNAL_QUALITY = "quality/internal"
    """What is measured of organisations with internal records, too: private, for the report."""
    POPULARITY = "quality/popularity"
    """One document: the places of the popularity award."""
    COMMON_QUALITY = "quality/common"
    """One document: the measurements that datasets have in common (see `catalog.keeping.quality_documents`)."""

    @classmethod
    def of(cls, iri: str) -> Kind | None:
        """Return the kind of the record that a record's IRI, or the IRI of a node of it, names; None for other IRIs."""
        _, mark, rest = iri.partition("#")[0].rpartition(_ID)
        first, _, after = rest.partition("/")
        return _KINDS.get(_QUALITY + after.partition("/")[0] if first == "quality" else first) if mark else None

    def iri(self, base: str, identifier: str = "") -> str:
        """Return the IRI of a record from its decoded identifier; "" for a kind of which there is one record.

        All but unreserved characters are percent-encoded (RFC 3986, section 2.3).
        """
        return self.prefix(base) + quote(identifier, safe="") if identifier else self.prefix(base)[:-1]

    def prefix(self, base: str) -> str:
        """Return what the IRIs of all records of the kind begin with."""
        return f"{base}{_ID}{self}/"


_KINDS = {kind.value: kind for kind in Kind}


def select(iris: Collection[str], *kinds: Kind) -> Iterator[str]:
    """Yield those of many IRIs that are of records of some kinds, each kind's together: faster than asking for each one's kind.

    The kinds are those whose records have identifiers.
    """
    for kind in kinds:
        mark = f"{_ID}{kind}/"
        # Of an IRI without a fragment the last /id/ decides, as in `of`.
        yield from (iri for iri in iris if mark in iri and (
            iri.startswith(mark, iri.rfind(_ID)) if "#" not in iri else Kind.of(iri) is kind))


def is_quality(iri: str) -> bool:
    """True when a record's IRI is that of a quality document."""
    kind = Kind.of(iri)
    return kind is not None and kind.startswith(_QUALITY)


def quality_prefix(base: str) -> str:
    """Return what the IRIs of all quality documents of a catalogue begin with."""
    return f"{base}{_ID}{_QUALITY}"


def quality_iri(iri: str) -> str:
    """Return the IRI of the quality document of a record: /id/dataset/X -> /id/quality/dataset/X."""
    return f"/id/{_QUALITY}".join(iri.rsplit(_ID, 1))


def measured_iri(iri: str) -> str:
    """Return the IRI of the record that a quality document is about: /id/quality/dataset/X -> /id/dataset/X."""
    return _ID.join(iri.rsplit(_ID + _QUALITY, 1))
