"""The short way of a query: the same answer as by the whole way, once, counted, and given again while it is right."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from builders import site
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from odlinked.cage.failures import Syntax
from odlinked.cage.turns import Caller
from odlinked.catalog.releases import Releases
from odlinked.catalog.workspace import Workspace
from odlinked.web.app import create
from odlinked.web.asgi import Front
from odlinked.web.http.replay import COUNTED, KEPT
from odlinked.web.pages import query
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


# --- in the event loop -----------------------------------------------------------------------------------------------


def asked_of(front: Front, query: str, *, gone_after: float = 1_000, accept: str = "*/*") -> tuple[int, list[Any], bytes]:
    """Ask over ASGI, as a client that goes away after so many seconds; return status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(gone_after)
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "GET", "raw_path": b"/sparql", "query_string": f"query={quote(query)}".encode(),
             "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80),
             "headers": [(b"host", b"localhost"), (b"accept", accept.encode())]}
    asyncio.run(front(scope, receive, send))
    return sent[0]["status"], sorted(sent[0]["headers"]), b"".join(event.get("body", b"") for event in sent)


def fronts(app: Flask) -> tuple[Front, Front]:
    """Return the server's side that answers short queries in the event loop, and one that gives every request to a thread."""
    app.extensions["odlinked.sparql"].lanes.warm(query.opened(app.extensions["odlinked.site"])[1])
    return Front(app, 2, 60, 60, soon=app.extensions["odlinked.soon"]), Front(app, 2, 60, 60)


@pytest.mark.parametrize("text", [
    TITLES, "ASK {}", "CONSTRUCT { ?s ?p ?o } { ?s a dcat:Dataset ; ?p ?o }", "SELECT * { ?s ?p ", "SELECT (1/0 AS ?x) {}", "",
    "INSERT DATA { <a:a> <a:a> <a:a> }", 'SELECT ?s { ?s odl:matches "空氣" }', "SELECT (STR(?o) AS ?t) { ?s dcterms:title ?o }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 3000",
])
@pytest.mark.parametrize("accept", ["application/sparql-results+json, text/turtle;q=0.5", "text/csv", "text/html"])
def test_the_event_loop_and_a_thread_answer_alike(app: Flask, text: str, accept: str) -> None:
    loop, thread = fronts(app)
    assert asked_of(loop, text, accept=accept) == asked_of(thread, text, accept=accept)
    assert app.extensions["odlinked.sparql"].lanes.light.free == site.SETTINGS.serve.light_workers


def test_a_short_query_needs_no_thread_and_one_that_takes_longer_goes_on_in_one(
        app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, _ = fronts(app)
    lanes = app.extensions["odlinked.sparql"].lanes
    while len(lanes.current.idle) < 2:
        time.sleep(0.01)
    with monkeypatch.context() as without:
        without.setattr(app, "wsgi_app", None)
        assert asked_of(loop, "ASK { ?s ?p 1 }")[0] == 200
    monkeypatch.setattr("odlinked.cage.query_run.LIGHT_SECONDS", 0.0)
    assert asked_of(loop, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?o ?q ?r }")[0] == 200
    assert (lanes.light.free, lanes.heavy.free) == (site.SETTINGS.serve.light_workers, site.SETTINGS.serve.heavy_workers)


def test_a_place_is_waited_for_and_a_client_that_goes_away_waits_no_longer(app: Flask) -> None:
    loop, _ = fronts(app)
    light = app.extensions["odlinked.sparql"].lanes.light
    others = [Caller("", f"other {number}") for number in range(light.free)]
    assert all(light.take_free(other) for other in others)
    assert asked_of(loop, "ASK { ?s ?p 2 }", gone_after=0.1)[0] == 499
    assert light.waiting == 0

    def free() -> None:
        while not light.waiting:
            time.sleep(0.01)
        light.give(others[0], 0.0)

    thread = threading.Thread(target=free)
    thread.start()
    assert asked_of(loop, "ASK { ?s ?p 3 }")[0] == 200
    thread.join()
    assert light.free == 1


def test_a_proxy_is_believed_once_in_the_event_loop_and_in_a_thread(releases: Releases) -> None:
    app = create(releases, replace(site.SETTINGS, serve=replace(site.SETTINGS.serve, proxies=("127.0.0.1", "203.0.113.0/24"))))
    environ = create_environ("/sparql", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"},
                             environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    assert asyncio.run(app.extensions["odlinked.soon"](environ)) is None
    b"".join(app.wsgi_app(environ, lambda *_: None))  # type: ignore[arg-type, return-value]
    assert (environ["REMOTE_ADDR"], environ["odlinked.peer"]) == ("203.0.113.9", "127.0.0.1")
