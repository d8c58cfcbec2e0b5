"""A dataset's description for search engines, as part of its page: schema.org/Dataset in JSON-LD (Google's structured data)."""

from __future__ import annotations

import json
from typing import Any, Final

from markupsafe import Markup

from odlinked.assets import Assets
from odlinked.catalog.served.release import Release
from odlinked.documents import Document
from odlinked.namespaces import RDF, SCHEMA
from odlinked.rdf.ntriples import Term, triples
from odlinked.web.pages import harvest_profiles

_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""No text of a record can end the element it stands in."""


def data(assets: Assets, release: Release, document: Document, publisher: str, language: str) -> Markup:
    """Return the description in a language, each node where it is referred to; "" where schema.org has no word for the record."""
    found = described(assets, release, document, publisher, language)
    if not found:
        return Markup()
    written = json.dumps({"@context": "https://schema.org/", **found}, ensure_ascii=False)
    for sign, escaped in _ESCAPES.items():
        written = written.replace(sign, escaped)
    return Markup(written)  # noqa: S704 - escaped as JSON within HTML is


def described(assets: Assets, release: Release, document: Document, publisher: str, language: str) -> dict[str, Any]:
    """Return the description as an object without a context, {} where schema.org has no word for the record."""
    unit = release.document(publisher) if publisher else None
    text = harvest_profiles.schema_org(assets, document.text + (unit.text if unit else b""))
    nodes: dict[str, dict[str, list[Term]]] = {}
    for subject, predicate, term in triples(text):
        nodes.setdefault(subject, {}).setdefault(predicate, []).append(term)
    return _node(nodes, document.iri, language, ()) if document.iri in nodes else {}


def _node(nodes: dict[str, dict[str, list[Term]]], iri: str, language: str, above: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"@id": iri}
    for predicate, terms in nodes[iri].items():
        if predicate == RDF + "type":
            found["@type"] = terms[0].value.removeprefix(SCHEMA)
            continue
        suiting = [one for one in terms if one.language in ("", language)] or terms
        values = [_node(nodes, one.value, language, (*above, iri)) if one.is_iri and one.value in nodes and
                  one.value not in (*above, iri) else one.value for one in suiting]
        found[predicate.removeprefix(SCHEMA)] = values[0] if len(values) == 1 else values
    return found
