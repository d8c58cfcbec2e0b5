"""The short way of a query: the same answer as by the whole way, once, counted, and given again while it is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import site
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from odlinked.cage.failures import Syntax
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create
from odlinked.web.http.replay import COUNTED, KEPT
from odlinked.web.sparql.replies import OUTCOME

TITLES = "SELECT ?s ?title { ?s dcterms:title ?title } ORDER BY ?s ?title LIMIT 3"


def answered(app: Flask, query: str) -> tuple[int, dict[str, Any]]:
    """Return the status of an answer, and the environment of its request as the application leaves it."""
    environ, statuses = create_environ("/sparql", query_string={"query": query}), list[str]()
    b"".join(app.wsgi_app(environ, lambda status, *_: statuses.append(status)))  # type: ignore[arg-type, return-value]
    return int(statuses[0][:3]), environ


def ways(client: FlaskClient, query: str, **headers: str) -> tuple[Any, Any]:
    """Return the answer by the short way, and by the whole way: a POST is never answered before the application."""
    short = client.get("/sparql", query_string={"query": query}, headers=headers)
    return short, client.post("/sparql", data={"query": query}, headers=headers)


@pytest.mark.parametrize("query", [
    TITLES, "ASK { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } { ?s a dcat:Dataset ; ?p ?o }", "SELECT (NOW() AS ?now) {}",
    "SELECT * { ?s ?p ", "SELECT * { SERVICE <http://127.0.0.1/> {} }", "INSERT DATA { <a:a> <a:a> <a:a> }", "", "\ufeffASK {}",
    "SELECT ?s { ?s odl:matches \"空氣\" }", "SELECT * { ?s ?p ?o }", "SELECT ?s { ?s undeclared:x ?o }",
])
@pytest.mark.parametrize("accept", ["", "application/sparql-results+json", "text/csv", "text/turtle;q=0.5, */*;q=0.1",
                                    "image/png", "text/html", "text/html;q=0.1, text/csv"])
def test_both_ways_answer_alike(client: FlaskClient, query: str, accept: str) -> None:
    short, whole = ways(client, query, **({"Accept": accept} if accept else {}))
    assert short.status_code == whole.status_code
    if "NOW()" not in query:
        assert dict(short.headers) == dict(whole.headers)
        assert short.data == whole.data


def test_a_program_is_answered_before_the_application_and_a_person_by_it(app: Flask) -> None:
    client = app.test_client()
    answers = [client.get("/sparql", query_string={"query": TITLES}, headers={"Accept": accept})
               for accept in ("application/sparql-results+json", "text/html,application/xhtml+xml,*/*;q=0.8")]
    assert [answer.mimetype for answer in answers] == ["application/sparql-results+json", "text/html"]


def test_a_failure_is_told_from_what_came_of_it_not_asked_again(app: Flask) -> None:
    status, environ = answered(app, "SELECT * { ?s ?p ")
    assert status == 400
    with pytest.raises(Syntax):
        environ[OUTCOME].reply()


def test_an_answer_that_stands_may_be_given_again_and_no_other(app: Flask) -> None:
    assert answered(app, TITLES)[1].get(KEPT)
    assert not answered(app, "SELECT (RAND() AS ?x) {}")[1].get(KEPT)
    assert not answered(app, "SELECT * {")[1].get(KEPT)


def test_answers_of_the_short_way_are_counted(releases: Releases) -> None:
    serve = replace(site.SETTINGS.serve, metrics=("127.0.0.0/8",))
    app = create(releases, replace(site.SETTINGS, serve=serve))
    try:
        client = app.test_client()
        answered(app, TITLES)[1][COUNTED]()
        client.get("/sparql", query_string={"query": "SELECT * {"})
        told = client.get("/metrics").get_data(as_text=True)
    finally:
        app.extensions["odlinked.sparql"].close()
    assert 'odlinked_answers_total{method="GET",route="/sparql",status="200"} 2.0' in told
    assert 'odlinked_answers_total{method="GET",route="/sparql",status="400"} 1.0' in told
    assert 'odlinked_answer_seconds_count{route="/sparql"} 3.0' in told


def test_where_nothing_is_published_the_application_says_so(workspace: Workspace) -> None:
    app = create(Releases(workspace), site.SETTINGS)
    answer = app.test_client().get("/sparql", query_string={"query": "ASK {}"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
