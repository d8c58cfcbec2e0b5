"""The formats a query can be answered in, and which one a client prefers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Final, NamedTuple

from odlinked.formats import RDF_FORMATS
from odlinked.rdf import streams
from odlinked.web.http import negotiation


class ResultFormat(NamedTuple):
    """A format: its short name, media type, further names clients give it, and how it is sent."""

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The Content-Type header: `text/` types state their charset, which would be ASCII otherwise."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


TABLES: Final = (
    ResultFormat("json", "application/sparql-results+json", ("application/json",), ("srj",)),
    ResultFormat("xml", "application/sparql-results+xml", ("application/xml", "text/xml"), ("srx",)),
    ResultFormat("csv", "text/csv"),
    ResultFormat("tsv", "text/tab-separated-values"),
)
"""Formats of SELECT and ASK, the default first."""

_GRAPH_NAMES: Final = {
    "ttl": ("turtle", "n3"), "jsonld": ("json-ld", "json"), "rdf": ("rdfxml", "rdf+xml", "rdf-xml", "xml"),
    "nt": ("ntriples", "n-triples"),
}
GRAPHS: Final = (
    *(ResultFormat(form.name, form.media_type, negotiation.ALIASES[form.media_type], _GRAPH_NAMES[form.name])
      for form in RDF_FORMATS),
    ResultFormat("trig", "application/trig", ("application/x-trig",)),
)
"""Formats of CONSTRUCT and DESCRIBE, the default first."""


def offered(form: str) -> tuple[ResultFormat, ...]:
    """Return the formats a query form can be answered in."""
    return GRAPHS if form in ("CONSTRUCT", "DESCRIBE") else TABLES


@lru_cache(maxsize=1_024)
def choose(formats: tuple[ResultFormat, ...], accept: str | None, named: str = "") -> ResultFormat | None:
    """Return the format for an Accept header, or the one `named` by parameter (short name or media type); None if none fits.

    The name wins over the header. A format is as good as its media type, or as an alias the client names outright; of those
    wanted alike, one that is named wins over one a wildcard reaches, then the earlier.
    """
    if named:
        wanted = named.strip().lower().replace(" ", "+")
        return next((form for form in formats if wanted in (form.name, form.media_type, *form.words, *form.aliases)), None)
    ranges = negotiation.accepted(accept) if accept else ()
    if not ranges:
        return formats[0]
    found = {form.name: negotiation.worth(ranges, form.media_type, form.aliases) for form in formats}
    best = max(formats, key=lambda form: found[form.name])
    return best if found[best.name][0] > 0 else None


def prefers_page(accept: str | None, formats: tuple[ResultFormat, ...]) -> bool:
    """Say whether a client, like a browser, names text/html and wants it at least as much as any of the formats."""
    ranges = negotiation.accepted(accept) if accept else ()
    if not any((one.kind, one.subtype) == ("text", "html") for one in ranges):
        return False
    wanted = negotiation.quality(ranges, "text/html")
    return wanted > 0 and all(wanted >= negotiation.quality(ranges, form.media_type) for form in formats)


def serialised(triples: object, form: ResultFormat, prefixes: Mapping[str, str]) -> bytes:
    """Return a small graph of our own in a format of graphs."""
    out = BytesIO()
    streams.write(triples, form.name, out, dict(prefixes))
    return out.getvalue()
