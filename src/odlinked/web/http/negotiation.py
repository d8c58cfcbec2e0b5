"""What a client prefers: media types and languages with q-values (RFC 9110, sections 12.4.2 and 12.5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from odlinked.formats import RDF_FORMATS

LANGUAGES: Final = ("zh-Hant", "en")
"""The languages pages are written in, the default first."""

HTML: Final = "html"

MEDIA_TYPES: Final[dict[str, str]] = {HTML: "text/html", **{form.name: form.media_type for form in RDF_FORMATS}}
"""Suffix -> media type of all representations of a record, in order of preference."""

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "text/turtle": ("application/x-turtle", "text/n3"), "application/ld+json": ("application/json",),
    "application/rdf+xml": ("application/xml", "text/xml"), "application/n-triples": ("text/plain",),
}
"""Media type of a graph -> what clients without RDF types request instead."""

_LONGEST_HEADER: Final = 1_000
_QVALUE = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_SPLIT = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*\Z)')


class MediaRange(NamedTuple):
    """One member of an Accept header; `detail` counts how specific it is, `quality` is 0 to 1."""

    kind: str
    subtype: str
    detail: int
    quality: float


@lru_cache(maxsize=1_024)
def accepted(header: str) -> tuple[MediaRange, ...]:
    """Parse an Accept header; malformed members are left out, an overlong header is cut at a member."""
    ranges = []
    for member in _members(header):
        name, *parameters = (part.strip() for part in member.split(";"))
        kind, slash, subtype = name.lower().partition("/")
        if not slash or not _TOKEN.match(kind) or not _TOKEN.match(subtype) or (kind == "*" and subtype != "*"):
            continue
        quality, others = _quality(parameters)
        if quality is None:
            continue
        detail = (kind != "*") + (subtype != "*") + bool(others)
        ranges.append(MediaRange(kind, subtype, detail, quality))
    return tuple(ranges)


def quality(ranges: Sequence[MediaRange], media_type: str) -> float:
    """Return how much a media type is wanted: the q-value of the most specific range it falls in, else 0."""
    return _matched(ranges, media_type)[1]


def worth(ranges: Sequence[MediaRange], media_type: str, aliases: Sequence[str] = ()) -> tuple[float, int]:
    """Return how much a media type is wanted, and how specific the matching range is.

    An alias counts where the client names it outright: a wildcard does not reach it.
    """
    detail, best = _matched(ranges, media_type)
    outright = [(one.quality, one.detail) for one in ranges if f"{one.kind}/{one.subtype}" in aliases]
    return max([(best, detail), *outright])


def _matched(ranges: Sequence[MediaRange], media_type: str) -> tuple[int, float]:
    kind, _, subtype = media_type.partition("/")
    best = (-1, 0.0)
    for one in ranges:
        if one.kind in (kind, "*") and one.subtype in (subtype, "*"):
            best = max(best, (one.detail, one.quality))
    return best


@lru_cache(maxsize=1_024)
def choose(header: str | None, offered: tuple[str, ...], generic: bool = False) -> str | None:
    """Return the best of the `offered` media types, or None where none is acceptable.

    With `generic`, the names that clients without RDF types use for a graph are understood (`ALIASES`). Among equals, one that
    the client names wins over one that its wildcard matches (`application/json, */*`), then the earlier. No header, an empty one,
    or one without a single well-formed member means that anything is acceptable (section 12.5.1).
    """
    ranges = accepted(header) if header else ()
    if not ranges:
        return offered[0]
    found = {media_type: worth(ranges, media_type, ALIASES.get(media_type, ()) if generic else ()) for media_type in offered}
    best = max(offered, key=lambda media_type: found[media_type])
    return best if found[best][0] > 0 else None


@lru_cache(maxsize=1_024)
def language(header: str | None) -> str:
    """Return the page language for an Accept-Language header; a page is never refused for its language.

    A range matches by its primary subtag, so that zh-TW, zh-HK and zh-CN all read the Chinese page (RFC 4647, lookup).
    """
    wanted: dict[str, float] = {}
    anything: float | None = None
    for member in _members(header or ""):
        name, *parameters = (part.strip() for part in member.split(";"))
        worth, _ = _quality(parameters)
        if worth is None:
            continue
        primary = name.lower().split("-")[0]
        if primary == "*":
            anything = worth
        else:
            wanted[primary] = max(worth, wanted.get(primary, 0.0))
    default = 0.0 if anything is None else anything
    scores = [(wanted.get(tag.split("-")[0], default), -place, tag) for place, tag in enumerate(LANGUAGES)]
    return max(scores)[2]


def requested_language(parameter: str) -> str | None:
    """Return the page language named by `?lang=`, or None where it names none of ours."""
    primary = parameter.lower().split("-")[0]
    return next((tag for tag in LANGUAGES if primary and tag.lower().split("-")[0] == primary), None)


@lru_cache(maxsize=256)
def takes_gzip(header: str | None) -> bool:
    """True when a client accepts gzip (RFC 9110, section 12.5.3); no header means that it does not."""
    found: dict[str, float] = {}
    for member in _members(header or ""):
        name, *parameters = (part.strip() for part in member.split(";"))
        worth, _ = _quality(parameters)
        found[name.lower()] = 0.0 if worth is None else worth
    return found.get("gzip", found.get("x-gzip", found.get("*", 0.0))) > 0


def _members(header: str) -> list[str]:
    if len(header) > _LONGEST_HEADER:
        header = header[:_LONGEST_HEADER].rpartition(",")[0]
    return _SPLIT.split(header)


def _quality(parameters: Sequence[str]) -> tuple[float | None, list[str]]:
    """Return the q-value (None where it is malformed) and the other parameters."""
    worth: float | None = 1.0
    others = []
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            worth = float(value) if _QVALUE.match(value.strip()) else None
        elif parameter:
            others.append(parameter)
    return worth, others
