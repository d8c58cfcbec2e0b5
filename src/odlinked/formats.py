"""The RDF formats odlinked serves and reads, by suffix and media type, in order of preference."""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A serialisation: its short name (also the URL suffix), media type and the name rdflib knows it by."""

    name: str
    media_type: str
    rdflib: str


RDF_FORMATS: tuple[Format, ...] = (
    Format("ttl", "text/turtle", "turtle"),
    Format("jsonld", "application/ld+json", "json-ld"),
    Format("rdf", "application/rdf+xml", "pretty-xml"),
    Format("nt", "application/n-triples", "nt"),
)
"""What a record is served as."""
