"""Graphs with names as TriG and as JSON-LD: a default graph, and named graphs beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from odlinked.rdf import jsonld, turtle

NamedGraphs = Iterable[tuple[str, bytes]]
"""(name, N-Triples) of graphs."""


def write(default: bytes, named: NamedGraphs, prefixes: Mapping[str, str]) -> bytes:
    """Return a default graph and named ones (N-Triples without blank nodes) as TriG (RDF 1.1 TriG, section 2)."""
    heads: dict[bytes, None] = {}
    bodies = [_body(turtle.write(default, prefixes), heads)]
    for name, text in named:
        bodies.append(b"<" + name.encode() + b"> {\n" + _body(turtle.write(text, prefixes), heads) + b"}\n")
    return b"\n".join([b"\n".join(heads), *bodies])


def _body(text: bytes, heads: dict[bytes, None]) -> bytes:
    """Return what follows the prefixes of a Turtle document, and add these to `heads`."""
    place = 0
    while text.startswith((b"@prefix ", b"\n"), place):
        end = text.index(b"\n", place)
        if end > place:
            heads[text[place:end]] = None
        place = end + 1
    return text[place:]


def write_jsonld(default: bytes, named: NamedGraphs, prefixes: Mapping[str, str]) -> bytes:
    """Return the same as JSON-LD (JSON-LD 1.1, section 4.9): each named graph has a context of its own."""
    whole = json.loads(jsonld.write(default, prefixes))
    nodes = {_long(node["@id"], whole["@context"]): node for node in whole["@graph"]}
    for name, text in named:
        inner = json.loads(jsonld.write(text, prefixes))
        if name not in nodes:
            nodes[name] = {"@id": name}
            whole["@graph"].append(nodes[name])
        nodes[name]["@graph"] = [{"@context": inner["@context"], **one} for one in inner["@graph"]]
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8")


def _long(short: str, context: Mapping[str, str]) -> str:
    prefix, colon, local = short.partition(":")
    return context[prefix] + local if colon and prefix in context else short


FORMATS: Final[dict[str, tuple[str, Callable[[bytes, NamedGraphs, Mapping[str, str]], bytes]]]] = {
    "trig": ("application/trig", write), "jsonld": ("application/ld+json", write_jsonld)}
"""Suffix -> media type and writer."""
