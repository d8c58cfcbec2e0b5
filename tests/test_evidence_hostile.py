"""Visits to a server that does everything wrong: each comes to the right answer, and none hangs."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from builders.hostile_server import CSV, Certificates, HostileServer

from odlinked.assets import Assets
from odlinked.evidence.hosts import Resolver, lookup
from odlinked.evidence.observation import (
    ANSWER,
    DELIVERY,
    ApiDescription,
    Content,
    ContentObservation,
    Declared,
    Observation,
    Target,
)
from odlinked.evidence.visit import Visitor, fetcher
from odlinked.settings import CheckSettings, Settings

CAP = 200_000
BRIEF = {"timeout_seconds": 1.5, "visit_seconds": 3.0}
"""How long who sends for ever, or nothing, is listened to; others have as long as a busy machine takes to answer."""
SETTINGS = Settings(check=CheckSettings(contact="https://check.example/", delay_seconds=0.0, timeout_seconds=30.0,
                                        visit_seconds=60.0, max_bytes=CAP, per_host=8))


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    running = HostileServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def _examine(content: Content, declared: Declared) -> ContentObservation:
    """A look at content that shows the visitor handed over what the server sent."""
    data = content.stream.read()
    assert len(data) == content.size
    delivery = DELIVERY + ("page" if data.startswith(b"<") else "direct")
    return ContentObservation(delivery=delivery, fields=(content.file_name, content.content_type))


def _visitor(*servers: HostileServer, resolver: Resolver | None = None, ca_file: str = "", knowledge: str = "",
             **changes: object) -> Visitor:
    hosts = tuple(f"{host}:{one.port}" for one in servers for host in ("127.0.0.1", "localhost"))
    check = replace(SETTINGS.check, test_hosts=hosts, ca_file=ca_file, **changes)  # type: ignore[arg-type]
    fetch = fetcher(replace(SETTINGS, check=check), Assets(), resolver=resolver)
    return Visitor(fetch, _examine, lambda data: ApiDescription("3.0", True, (str(len(data)),)),
                   lambda url: url.split("api_key")[0], check.max_bytes, knowledge)


def _visit(visitor: Visitor, url: str, before: Observation | None = None) -> Observation:
    began = time.monotonic()
    observed = visitor.visit(Target("https://data.example/id/dataset/1#distribution-1", url), before)
    assert time.monotonic() - began < 120, "a visit outlasted its budget"
    return observed


@pytest.mark.parametrize(
    ("path", "answer", "status", "complete"),
    [
        ("/fine.csv", "answered", 200, True), ("/chunked", "answered", 200, True), ("/until-close", "answered", 200, True),
        ("/gzip", "answered", 200, True), ("/deflate-raw", "answered", 200, True), ("/empty", "answered", 200, True),
        ("/no-content", "answered", 204, True), ("/cookie", "answered", 200, True), ("/to-fine", "answered", 200, True),
        ("/to-chinese", "answered", 200, True), ("/endless", "answered", 200, False), ("/steady", "answered", 200, False),
        ("/login", "answered", 200, True), ("/named", "answered", 200, True), ("/big5-as-utf8", "answered", 200, True),
        ("/short", "wrong-length", 200, False), ("/long", "wrong-length", 200, True),
        ("/broken-chunk", "wrong-length", 200, False), ("/gzip-cut", "wrong-length", 200, False),
        ("/gzip-not", "bad-answer", 200, None), ("/brotli", "bad-answer", 200, None), ("/bomb", "too-large", 200, None),
        ("/drip-head", "timeout", None, None), ("/drip-body", "timeout", 200, None), ("/silent", "timeout", None, None),
        ("/endless-head", "bad-answer", None, None), ("/endless-continue", "bad-answer", None, None),
        ("/many-headers", "bad-answer", None, None), ("/garbage", "bad-answer", None, None),
        ("/http09", "bad-answer", None, None),
        ("/999", "bad-answer", 999, None), ("/unasked-304", "bad-answer", 304, None),
        ("/nothing", "connection-lost", None, None), ("/reset", "connection-lost", None, None),
        ("/reset-midway", "connection-lost", 200, None),
        ("/loop", "redirect-loop", None, None), ("/loop-a", "redirect-loop", None, None),
        ("/deep", "too-many-redirects", None, None), ("/to-file", "bad-redirect", 302, None),
        ("/to-nowhere", "bad-redirect", 302, None),
        ("/to-private", "private-address", None, None), ("/to-metadata", "private-address", None, None),
        ("/f5", "firewall", 200, None), ("/waf-403", "firewall", 403, None), ("/challenge", "firewall", 503, None),
        ("/403", "forbidden", 403, None), ("/401", "forbidden", 401, None), ("/404", "not-found", 404, None),
        ("/410", "not-found", 410, None), ("/400", "client-error", 400, None), ("/406", "client-error", 406, None),
        ("/500", "server-error", 500, None), ("/503", "server-error", 503, None), ("/429", "too-many-requests", 429, None),
    ],
)
def test_every_behaviour_has_its_answer(server: HostileServer, path: str, answer: str, status: int | None,
                                        complete: bool | None) -> None:
    observed = _visit(_visitor(server, **BRIEF if answer == "timeout" or path == "/steady" else {}), server.url(path))
    assert (observed.answer, observed.status, observed.content.complete) == (ANSWER + answer, status, complete)
    assert (observed.content.byte_size or 0) <= CAP
    assert (observed.content.sha256 is None) == (complete is None)


def test_what_came_is_told(server: HostileServer) -> None:
    observed = _visit(_visitor(server), server.url("/to-fine"))
    assert observed.content.byte_size == len(CSV)
    assert observed.final_url == server.url("/fine.csv?"), "a key in an address must not be kept"
    assert observed.last_modified is not None
    assert observed.last_modified.isoformat() == "2026-01-02T03:04:05+00:00"
    assert observed.since == observed.changed == observed.ended
    assert server.agents == {next(iter(server.agents))}
    assert next(iter(server.agents)).startswith("odlinked/")
    assert "(+https://check.example/)" in next(iter(server.agents))
    named = _visit(_visitor(server), server.url("/named")).content.fields
    assert named == ("資料.csv", "text/csv")


@pytest.mark.parametrize(
    ("kind", "host", "answer"),
    [("good", "localhost", "answered"), ("good", "127.0.0.1", "answered"), ("expired", "localhost", "tls-expired"),
     ("other_host", "localhost", "tls-hostname"), ("other_host", "127.0.0.1", "tls-hostname"),
     ("chain_cut", "localhost", "tls-incomplete"), ("self_signed", "localhost", "tls-untrusted"),
     ("outdated", "localhost", "tls-failure")],
)
def test_certificates_are_told_apart(certificates: Certificates, kind: str, host: str, answer: str) -> None:
    secure = HostileServer(getattr(certificates, kind)())
    try:
        observed = _visit(_visitor(secure, ca_file=str(certificates.ca_file)), secure.url("/fine.csv", host))
    finally:
        secure.close()
    assert observed.answer == ANSWER + answer
    assert (observed.content == ContentObservation()) == (answer != "answered")
    assert bool(secure.paths) == (answer == "answered"), "nothing may be asked over a connection that was not verified"


def test_a_server_without_tls_is_no_https(server: HostileServer) -> None:
    assert _visit(_visitor(server), server.url("/fine.csv").replace("http:", "https:")).answer == ANSWER + "tls-failure"


def _failing(number: int) -> Resolver:
    def ask(host: str, port: int) -> list[str]:
        raise socket.gaierror(number, "no")
    return Resolver(ask)


@pytest.mark.parametrize(
    ("resolver", "answer"),
    [(_failing(socket.EAI_NONAME), "dns-failure"), (_failing(socket.EAI_AGAIN), "dns-unanswered"),
     (Resolver(lambda host, port: time.sleep(5) or [], seconds=0.2), "dns-unanswered"),
     (Resolver(lambda host, port: ["10.1.2.3", "::1", "fe80::1"]), "private-address"),
     (Resolver(lambda host, port: ["64:ff9b::a01:203"]), "private-address")],
)
def test_names_that_lead_nowhere_or_inside(resolver: Resolver, answer: str) -> None:
    assert _visit(_visitor(resolver=resolver), "http://data.example/x").answer == ANSWER + answer


def test_a_dead_name_is_asked_for_once_in_a_while() -> None:
    asked: list[str] = []

    def ask(host: str, port: int) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no")

    visitor = _visitor(resolver=Resolver(ask))
    assert {_visit(visitor, f"http://dead.example/{number}").answer for number in range(5)} == {ANSWER + "dns-failure"}
    assert asked == ["dead.example"]


def test_a_dead_server_is_tried_twice_and_then_left_alone() -> None:
    taken: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def slam() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    taken.append(1)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()

        threading.Thread(target=slam, daemon=True).start()
        check = replace(SETTINGS.check, test_hosts=("127.0.0.1",))
        visitor = Visitor(fetcher(replace(SETTINGS, check=check), Assets()), _examine, lambda data: ApiDescription(), str, CAP)
        answers = {_visit(visitor, f"https://127.0.0.1:{port}/{number}").answer for number in range(5)}
        listener.shutdown(socket.SHUT_RDWR)
    assert answers == {ANSWER + "connection-lost"}
    assert len(taken) == 2


def test_a_name_that_changes_its_mind_gains_nothing(server: HostileServer) -> None:
    """DNS rebinding: public when judged, loopback when asked again. The address judged is the one connected to."""
    answers = iter([["192.0.2.1", "203.0.113.7"], ["127.0.0.1"], ["127.0.0.1"]])
    visitor = _visitor(resolver=Resolver(lambda host, port: next(answers)))
    before = len(server.paths)
    url = f"http://rebind.example:{server.port}/fine.csv"
    assert [_visit(visitor, url).answer, _visit(visitor, url).answer] == [ANSWER + "private-address"] * 2
    assert len(server.paths) == before


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/", "http://[::1]/",
                                 "http://[::ffff:127.0.0.1]/", "http://localhost/", "http://0/", "http://169.254.169.254/"])
def test_spellings_of_inside_are_refused(server: HostileServer, url: str) -> None:
    assert _visit(_visitor(server, resolver=Resolver(lookup)), url).answer == ANSWER + "private-address"


@pytest.mark.parametrize("url", ["", "ftp://data.example/x", "http://user:word@data.example/", "http:///x", "http://a b/",
                                 "//x/y", "http://data.example:0/", "http://h\\@x/", "http://x/" + "a" * 9_000])
def test_what_is_no_address_is_told(url: str) -> None:
    assert _visit(_visitor(), url).answer == ANSWER + "bad-address"


def test_nothing_listens_and_ports_may_be_forbidden(server: HostileServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    visitor = Visitor(fetcher(replace(SETTINGS, check=replace(SETTINGS.check, test_hosts=("127.0.0.1",))), Assets()), _examine,
                      lambda data: ApiDescription(), str, CAP)
    assert _visit(visitor, f"http://127.0.0.1:{port}/").answer == ANSWER + "connection-refused"
    strict = _visitor(any_port=False, resolver=Resolver(lambda host, port: ["8.8.8.8"]))
    assert _visit(strict, "http://data.example:8080/").answer == ANSWER + "port-not-allowed"


def test_robots_are_obeyed_and_asked_once() -> None:
    server = HostileServer()
    server.robots = (200, b"User-agent: *\nDisallow: /unused/\nCrawl-delay: 0.2\n\nUser-agent: other\nDisallow: /\n")
    try:
        visitor = _visitor(server)
        began = time.monotonic()
        found = [_visit(visitor, server.url(path)).answer for path in ("/unused/secret.csv", "/fine.csv", "/fine.csv")]
        assert time.monotonic() - began > 0.2, "Crawl-delay"
        ignoring = _visit(_visitor(server, robots=False), server.url("/unused/secret.csv")).answer
    finally:
        server.close()
    assert found == [ANSWER + "robots", ANSWER + "answered", ANSWER + "answered"]
    assert server.paths == ["/robots.txt", "/fine.csv", "/fine.csv", "/unused/secret.csv"]
    assert ignoring == ANSWER + "answered"


@pytest.mark.parametrize(("status", "answer"), [(404, "answered"), (403, "answered"), (500, "robots-failure"),
                                                (503, "robots-failure"), (429, "robots-failure")])
def test_robots_that_do_not_come(status: int, answer: str) -> None:
    server = HostileServer()
    server.robots = (status, b"User-agent: *\nDisallow: /\n")
    try:
        assert _visit(_visitor(server), server.url("/fine.csv")).answer == ANSWER + answer
    finally:
        server.close()


def test_a_second_visit_asks_only_what_changed(server: HostileServer) -> None:
    visitor, url = _visitor(server), server.url("/conditional")
    first = _visit(visitor, url)
    time.sleep(1.1)
    second = _visit(visitor, url, first)
    assert server.conditions[-2:] == [{"if-none-match": "", "if-modified-since": ""},
                                      {"if-none-match": '"v1"', "if-modified-since": "Fri, 02 Jan 2026 03:04:05 GMT"}]
    assert (second.status, second.unchanged, second.answer) == (304, True, ANSWER + "answered")
    assert second.content == first.content
    assert (second.since, second.changed) == (first.since, first.changed)
    assert second.ended > first.ended
    other = visitor.visit(Target(first.distribution, url, Declared(encoding="big5")), second)
    assert (other.status, server.conditions[-1]["if-none-match"]) == (200, ""), "what is declared differs: look again"
    learned = _visitor(server, knowledge="other standards")
    assert _visit(learned, url, second).status == 200


def test_change_is_told_across_a_failure(server: HostileServer) -> None:
    visitor = _visitor(server)
    first = replace(_visit(visitor, server.url("/fine.csv")), basis="")
    failed = replace(_visit(visitor, server.url("/500"), first), basis="")
    time.sleep(1.1)
    same = _visit(visitor, server.url("/fine.csv"), failed)
    other = _visit(visitor, server.url("/login"), failed)
    assert (failed.changed, failed.content) == (first.changed, ContentObservation())
    assert same.changed == first.changed
    assert other.changed == other.ended > first.ended


def test_an_api_description_is_asked_once(server: HostileServer) -> None:
    visitor, before = _visitor(server), server.paths.count("/openapi.json")
    declared = Declared(is_service=True, description_url=server.url("/openapi.json"))
    found = [visitor.visit(Target(f"https://data.example/id/dataset/1#{i}", server.url("/fine.csv"), declared)) for i in range(3)]
    assert server.paths.count("/openapi.json") == before + 1
    assert {(one.description_answer, one.content.api) for one in found} == {
        (ANSWER + "answered", ApiDescription("3.0", True, ("65",)))}
    lost = visitor.visit(Target("https://data.example/id/dataset/1#x", server.url("/fine.csv"),
                                Declared(description_url=server.url("/404"))))
    assert (lost.description_answer, lost.content.api) == (ANSWER + "not-found", None)


def test_a_removed_key_is_not_guessed_at(server: HostileServer) -> None:
    before = len(server.paths)
    observed = _visitor(server).visit(Target("https://data.example/id/dataset/1#k", server.url("/fine.csv"), key_removed=True))
    assert (observed.answer, len(server.paths)) == (ANSWER + "key-removed", before)
