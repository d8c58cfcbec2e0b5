"""A SPARQL endpoint over a small store: mounted, asked, and its problem details checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Flask
from flask.testing import FlaskClient

from odlinked.settings import ServeSettings
from odlinked.web.sparql import endpoint
from odlinked.web.sparql.endpoint import StoreView

XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = """
@prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:a ex:title "空氣品質"@zh-Hant, "Air"@en ; ex:size "0042"^^xsd:nonNegativeInteger ; ex:every "P12M"^^xsd:duration .
ex:b ex:size "7"^^xsd:nonNegativeInteger .
"""
SPELLINGS = {
    f'"42"^^<{XSD}integer>': f'"0042"^^<{XSD}nonNegativeInteger>', f'"P1Y"^^<{XSD}duration>': f'"P12M"^^<{XSD}duration>',
}


def make_store(path: Path, turtle: str = DATA) -> Path:
    store = ox.Store(str(path))
    store.load(turtle.encode(), ox.RdfFormat.TURTLE)
    store.load(b"<http://example.org/g> <http://example.org/in> <http://example.org/g> .", ox.RdfFormat.N_TRIPLES,
               to_graph=ox.NamedNode("http://example.org/graph"))
    store.flush()
    del store
    return path


class Mounted:
    """An endpoint whose store a test may switch."""

    def __init__(self, path: Path, seconds: int = 2, **options: Any) -> None:
        self.view = StoreView(path, "first", lambda: SPELLINGS, "http://localhost:8000")
        self.app = Flask("test")
        settings = ServeSettings(query_seconds=seconds, query_memory_mb=256, query_result_mb=1)
        self.service = endpoint.mount(self.app, lambda: self.view, settings, **options)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()


def ask(client: FlaskClient, query: str, accept: str = "", **more: Any) -> Any:
    headers = {"Accept": accept} if accept else {}
    return client.get("/sparql", query_string={"query": query, **more}, headers=headers)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Check problem details (RFC 9457) and return them."""
    assert response.status_code == status, response.data
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    found: dict[str, Any] = json.loads(response.data)
    assert found["status"] == status
    assert found["code"] == code
    assert found["title"]
    assert found["detail"]
    return found
