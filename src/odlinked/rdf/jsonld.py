"""JSON-LD from N-Triples, with a context of the prefixes used and every literal's spelling kept (JSON-LD 1.1).

A literal is always a string with its datatype: a JSON number would lose `007` and `1.50`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from odlinked.namespaces import RDF, XSD
from odlinked.rdf.ntriples import Term, triples
from odlinked.rdf.turtle import PrefixedNames

_SCHEME: Final = re.compile(rb"<([A-Za-z][A-Za-z0-9+.-]*):")
"""What an absolute IRI may begin with: a prefix of that name would make a compact IRI of it, for another address."""


def write(ntriples: bytes, prefixes: Mapping[str, str], first: Iterable[str] = ()) -> bytes:
    """Return N-Triples text as a JSON-LD document; the subjects named in `first` (IRIs) come first in its graph."""
    schemes = {scheme.decode() for scheme in _SCHEME.findall(ntriples)}
    names = PrefixedNames({prefix: space for prefix, space in prefixes.items() if prefix not in schemes})
    nodes: dict[str, dict[str, Any]] = {}
    labels: dict[str, str] = {}

    def name(node: str) -> str:
        if node.startswith("_:"):
            return labels.setdefault(node, f"_:b{len(labels)}")
        return names.short(node) or node

    for subject, predicate, term in triples(ntriples):
        entry = nodes.setdefault(subject, {"@id": name(subject)})
        if predicate == RDF + "type" and not term.datatype:
            entry.setdefault("@type", []).append(name(term.value))
        else:
            entry.setdefault(names.short(predicate) or predicate, []).append(_value(term, name, names))
    top = {iri: place for place, iri in enumerate(first)}
    order = sorted(nodes, key=lambda iri: top.get(iri, len(top)))
    graph = [{key: _single(key, value) for key, value in nodes[iri].items()} for iri in order]
    context = {prefix: prefixes[prefix] for prefix in sorted(names.used)}
    return json.dumps({"@context": context, "@graph": graph}, ensure_ascii=False, indent=1).encode("utf-8")


def _value(term: Term, name: Callable[[str], str], names: PrefixedNames) -> Any:
    if not term.datatype:
        return {"@id": name(term.value)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype == XSD + "string":
        return term.value
    return {"@value": term.value, "@type": names.short(term.datatype) or term.datatype}


def _single(key: str, value: Any) -> Any:
    return value[0] if key != "@id" and len(value) == 1 else value
