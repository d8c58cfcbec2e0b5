"""The ASGI side of the service by itself: what it says of the connection."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Request

from odlinked.cage.failures import TooLong
from odlinked.web.asgi import PIECE, Front
from odlinked.web.sparql import protocol
from odlinked.web.sparql.protocol import MAX_BODY


def headers(size: int, version: str) -> dict[bytes, bytes]:
    """Return the headers of an answer of so many bytes."""
    def application(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Length", str(size))])
        return [bytes(size)]

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "scheme": "http",
             "http_version": version, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9)}
    asyncio.run(Front(application, 1, 5, 5)(scope, receive, send))
    assert sum(len(event.get("body", b"")) for event in sent[1:]) == size
    return dict(sent[0]["headers"])


@pytest.mark.parametrize(("size", "version", "told"), [
    (PIECE, "1.1", None), (PIECE + 1, "1.1", b"close"), (PIECE * 5, "1.0", b"close"), (PIECE * 5, "2", None)])
def test_a_long_answer_announces_the_end_of_its_connection(size: int, version: str, told: bytes | None) -> None:
    """Node's fetch takes an answer that it has not read to its end for broken where the idle connection is closed unannounced."""
    assert headers(size, version).get(b"connection") == told


@pytest.mark.parametrize(("parts", "there"), [([b"x" * 100], 0), ([b"x" * 6_000, b"y" * 4_000], 10_000)], ids=["half", "whole"])
def test_a_body_that_did_not_come_in_waits_for_no_turn_of_long_texts(parts: list[bytes], there: int) -> None:
    """It is told at once that it was too slow, however long it said it would be."""
    asked: list[int] = []
    events = [{"type": "http.request", "body": part, "more_body": place < 1} for place, part in enumerate(parts)]

    async def receive() -> dict[str, Any]:
        return events.pop(0) if events else await asyncio.Event().wait() or {}

    async def send(_: dict[str, Any]) -> None:
        """Take the answer."""

    def application(environ: Any, start: Any) -> list[bytes]:
        asked.append(protocol.size(Request(environ)))
        start("200 OK", [])
        return []

    scope = {"type": "http", "method": "POST", "path": "/sparql", "raw_path": b"/sparql", "query_string": b"", "scheme": "http",
             "headers": [(b"content-length", b"10000")], "http_version": "1.1", "server": ("127.0.0.1", 80),
             "client": ("127.0.0.1", 9)}
    asyncio.run(Front(application, 1, 0.05, 5)(scope, receive, send))
    assert asked == [there]


@pytest.mark.parametrize("sent_before", [[], [b"query=ASK"]])
def test_a_client_that_leaves_before_its_body_is_there_is_nobody_s_request(sent_before: list[bytes]) -> None:
    asked: list[Any] = []
    events = [{"type": "http.request", "body": part, "more_body": True} for part in sent_before] + [{"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return events.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/sparql", "raw_path": b"/sparql", "query_string": b"", "scheme": "http",
             "headers": [(b"content-length", b"1000")], "http_version": "1.1", "server": ("127.0.0.1", 80),
             "client": ("127.0.0.1", 9)}
    asyncio.run(Front(lambda *given: asked.append(given) or [], 1, 5, 5)(scope, receive, send))  # type: ignore[func-returns-value]
    assert asked == []
    assert [event.get("status") for event in sent] == [499, None]


def test_a_body_in_chunks_over_the_limit_is_withheld_and_never_cut() -> None:
    def application(environ: Any, _: Any) -> list[bytes]:
        return [environ["wsgi.input"].read()]

    parts = [bytes(PIECE)] * (MAX_BODY // PIECE + 1)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    async def send(_: dict[str, Any]) -> None:
        raise AssertionError("nothing is to be sent")

    scope = {"type": "http", "method": "POST", "path": "/sparql", "raw_path": b"/sparql", "query_string": b"", "scheme": "http",
             "headers": [(b"transfer-encoding", b"chunked")], "http_version": "1.1", "server": ("127.0.0.1", 80),
             "client": ("127.0.0.1", 9)}
    with pytest.raises(TooLong, match="longer than 2,621,440 bytes"):
        asyncio.run(Front(application, 1, 5, 5)(scope, receive, send))


def test_faults_that_nobody_reads_stop_nobody(tmp_path: Path) -> None:
    """A traceback is longer than a pipe takes at a time; its end, which says what went wrong, is there."""
    program = tmp_path / "faults.py"
    program.write_text("""
import logging, logging.config
from odlinked.web import server
logging.config.dictConfig(server._logging())
log = logging.getLogger("odlinked.web")
def deep(n):
    return deep(n - 1) + deep(n - 1) if n else {}["name"]
for number in range(200):
    try:
        deep(40)
    except KeyError as error:
        log.error("answering %d failed", number, exc_info=error)
print("written", flush=True)
""")
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        assert one.stdout
        assert one.stderr
        watch = threading.Timer(60, one.kill)
        watch.start()
        assert one.stdout.readline() == b"written\n"
        watch.cancel()
        told = one.stderr.read().decode()
    assert told.startswith("answering 0 failed\nTraceback")
    assert "KeyError: 'name'\nanswering 1 failed" in told


def test_a_log_that_nobody_reads_stops_nobody_and_says_what_is_lost(tmp_path: Path) -> None:
    program = tmp_path / "logs.py"
    program.write_text("""
import logging, sys
from odlinked.web.access_log import NeverWaiting, OneLine
handler = NeverWaiting()
handler.setFormatter(OneLine("%(message)s"))
log = logging.getLogger("log")
log.propagate = False
log.addHandler(handler)
for number in range(3_000):
    log.error("GET /%d 200 " + "x" * 100, number)
print("written", file=sys.stderr, flush=True)
sys.stdin.readline()
log.error("later")
""")
    with subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as one:
        assert one.stdin
        assert one.stdout
        assert one.stderr
        assert one.stderr.readline() == b"written\n"  # the pipe is full by then: it would wait for ever
        held = b""
        while len(held) < 60_000:
            held += os.read(one.stdout.fileno(), 65_536)
        one.stdin.write(b"\n")
        one.stdin.close()
        rest = held + one.stdout.read()
    lines = rest.decode().splitlines()
    assert lines[-1] == "later"
    lost = [int(line.split()[0]) for line in lines if " are lost: " in line]
    kept = [int(line.split()[1].strip("/")) for line in lines[:-1] if " are lost: " not in line]
    assert sum(lost) > 0
    assert len(kept) + sum(lost) == 3_000
    assert kept == sorted(kept)
