"""Clients that are slow on purpose: bodies, headers and readers in numbers, while another client reads pages."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.national_list import example_rows
from builders.servers import Running
from builders.site import publish

MANY = 96
"""More than the server has threads."""

BODY = (b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\n"
        b"ASK { ")
CHUNKED = (b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n"
           b"\r\n4\r\nASK \r\n")
HEAD = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
LARGE = (b"GET /sparql?query=SELECT+*+%7B+%3Fs+%3Fp+%3Fo+.+%3Fa+%3Fb+%3Fc+%7D+LIMIT+60000&format=json HTTP/1.1\r\n"
         b"Host: localhost\r\n\r\n")
DUMP = b"GET /dump.nq.gz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slow")
    publish(folder, example_rows())
    return folder / "var"


@pytest.fixture
def running(workspace: Path) -> Iterator[Running]:
    """Slow bodies and readers are let go after three seconds."""
    served = Running(workspace, "body_seconds=3.0, reader_seconds=3.0, query_seconds=120")
    yield served
    served.kill()


@pytest.fixture
def patient(workspace: Path) -> Iterator[Running]:
    """Slow bodies and readers keep their places longer than any test waits."""
    served = Running(workspace, "body_seconds=240.0, reader_seconds=240.0")
    yield served
    served.kill()


def port(running: Running) -> int:
    return int(running.url.rpartition(":")[2])


@contextlib.contextmanager
def crowd(running: Running, sent: bytes, number: int = MANY) -> Iterator[list[socket.socket]]:
    """Open `number` connections that send `sent` and no more, and read nothing."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(number):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            one.settimeout(120)
            one.connect(("127.0.0.1", port(running)))
            one.sendall(sent)
            found.append(one)
        yield found


def read(running: Running, path: str) -> None:
    """Read a page as another client, whole and within half of the time that a slow client may take."""
    connection = http.client.HTTPConnection("127.0.0.1", port(running), timeout=120, source_address=("127.0.0.2", 0))
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    assert (answer.status, bool(answer.read())) == (200, True)
    connection.close()


@pytest.mark.parametrize("sent", [BODY, CHUNKED, HEAD, LARGE, DUMP], ids=["body", "chunked", "head", "large results", "dumps"])
def test_pages_are_read_meanwhile(patient: Running, sent: bytes) -> None:
    with crowd(patient, sent):
        time.sleep(0.3)
        for path in ("/health", "/dataset/6075", "/", "/catalog.ttl", "/sparql?query=ASK%7B%7D&format=json") * 2:
            read(patient, path)


@pytest.mark.parametrize("sent", [b"", BODY], ids=["idle", "body"])
def test_a_thousand_connections_are_not_the_end(patient: Running, sent: bytes) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2_000:
        pytest.skip("this system gives a process too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_000), hard))
    with crowd(patient, sent, 1_100):
        read(patient, "/health")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    in_pieces(patient)  # none of those who have gone holds a place that it needs


@pytest.mark.parametrize("sent", [BODY, CHUNKED])
def test_a_slow_body_is_told_and_let_go(running: Running, sent: bytes) -> None:
    with crowd(running, sent, 1) as (one,):
        answer = http.client.HTTPResponse(one)
        answer.begin()
        assert (answer.status, answer.headers["Content-Type"]) == (408, "application/problem+json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert b"body-time-limit" in answer.read()
        with contextlib.suppress(ConnectionResetError):
            assert one.recv(1) == b""


def test_clients_that_go_away_free_their_places(running: Running) -> None:
    """Each query may take two minutes; all of them are over when their clients are gone."""
    endless = b"GET /sparql?query=SELECT+(COUNT(*)+AS+?n)+%7B?a+?b+?c.+?d+?e+?f.+?g+?h+?i%7D HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with crowd(running, endless, 3):
        for _ in range(1_200):  # they are moved to the heavy lane first
            if hard_at_work(running):
                break
            time.sleep(0.05)
        assert hard_at_work(running)
        left = time.monotonic()
    while hard_at_work(running):
        time.sleep(0.05)
    assert time.monotonic() - left < 60
    read(running, "/sparql?query=ASK%7B%7D&format=json")


def hard_at_work(running: Running) -> list[str]:
    """Return the caged processes that answer long queries: they step back from the others."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            parent = Path(f"/proc/{fields[1]}/stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == running.process.pid and fields[16] == "10":
                found.append(entry.parent.name)
    return found


def test_a_body_that_comes_in_pieces_is_answered(patient: Running) -> None:
    in_pieces(patient)


def in_pieces(running: Running) -> None:
    """Send a body in pieces; it is answered."""
    with crowd(running, BODY, 1) as (one,):
        for _ in range(4):
            time.sleep(0.2)
            one.sendall(b" " * 23)
        one.sendall(b" }")
        assert one.recv(12) == b"HTTP/1.1 200"


def test_a_body_that_breaks_off_is_not_asked(running: Running) -> None:
    with crowd(running, BODY.replace(b"ASK { ", b"ASK {}"), 1) as (one,):
        one.shutdown(socket.SHUT_WR)
        assert b"HTTP/1.1 200" not in one.recv(100)


def test_a_body_over_the_cap_is_refused_before_it_is_sent(running: Running) -> None:
    with crowd(running, BODY.replace(b"100\r\n", b"99999999\r\nExpect: 100-continue\r\n").removesuffix(b"ASK { "), 1) as (one,):
        assert one.recv(12) == b"HTTP/1.1 413"


def test_a_chunked_body_over_the_cap_is_refused(running: Running) -> None:
    with crowd(running, CHUNKED, 1) as (one,), contextlib.suppress(ConnectionError):
        for _ in range(48):
            one.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        one.sendall(b"0\r\n\r\n")
        assert one.recv(12) == b"HTTP/1.1 413"


def test_a_reader_who_takes_nothing_is_let_go(running: Running) -> None:
    """Its place is another's again: with it held, no second client would get a large answer."""
    with crowd(running, LARGE, 2):
        end = time.monotonic() + 60
        status, text = 503, b""
        while status == 503 and time.monotonic() < end:
            time.sleep(1)
            connection = http.client.HTTPConnection("127.0.0.1", port(running), timeout=120)
            connection.request("GET", LARGE.split()[1].decode())
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
            connection.close()
        assert status == 200
        assert text.endswith(b"]}}\n")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_http_2_asks_and_is_answered(running: Running) -> None:
    def curl(*arguments: str) -> str:
        command = ["curl", "-sS", "--max-time", "120", "--http2-prior-knowledge", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert json.loads(curl("--data-urlencode", "query=ASK {}", running.url + "/sparql"))["boolean"] is True
    assert f"<{running.url}/catalog.nt>" in curl(running.url + "/catalog.nt")
    assert curl("-w", "%{http_code} %{http_version}", "-I", "-o", os.devnull, running.url + "/dump.nq.gz") == "200 2"
