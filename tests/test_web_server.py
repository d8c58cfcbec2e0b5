"""The server as it is run: the command in a process of its own, asked over loopback, ended by a signal."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from builders.national_list import example_rows
from builders.servers import Running
from builders.site import SETTINGS, publish

from odlinked.catalog.keeping.leases import is_leased
from odlinked.catalog.served.releases import Releases
from odlinked.errors import OdlinkedError
from odlinked.web.app import create
from odlinked.web.server import Past, address
from odlinked.web.stopping import Stopping


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    publish(folder, example_rows())
    return folder / "var"


@pytest.fixture
def running(workspace: Path) -> Iterator[Running]:
    served = Running(workspace)
    yield served
    served.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_the_port_is_free_again(running: Running, number: signal.Signals) -> None:
    assert b"<html" in running.get("/", Accept="text/html")
    running.get("/sparql?query=ASK%7B%7D")
    status, output = running.end(number)
    assert status == 0
    assert output.rstrip().endswith("ended")
    assert "Traceback" not in output
    port = int(running.url.rpartition(":")[2])
    assert address("127.0.0.1", port).port == port


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the worker is looked for in /proc")
def test_a_worker_that_ends_before_the_server_takes_the_signal_is_no_failure(running: Running) -> None:
    running.get("/health")
    parent = running.process.pid
    (worker,) = [int(entry.parent.name) for entry in Path("/proc").glob("[0-9]*/stat")
                 if entry.read_text().rpartition(")")[2].split()[1] == str(parent)]
    os.kill(parent, signal.SIGSTOP)
    os.kill(worker, signal.SIGTERM)
    while Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.05)
    os.kill(parent, signal.SIGTERM)
    os.kill(parent, signal.SIGCONT)
    status, output = running.ended()
    # A worker that was started in place of the one that ended may tell of its own end last.
    assert (status, "ended" in output.splitlines(), "Traceback" in output) == (0, True, False), output


def left_behind(workspace: Path) -> list[str]:
    """Return the command lines of processes that still have to do with a workspace."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(workspace) in line:
            found.append(line.replace("\0", " "))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are looked for in /proc")
def test_no_process_is_left_behind(running: Running, workspace: Path) -> None:
    running.get("/sparql?query=ASK%7B%7D")
    assert left_behind(workspace)
    running.end(signal.SIGINT)
    deadline = time.monotonic() + 60
    while left_behind(workspace) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind(workspace) == []


def test_the_log_tells_what_was_asked_but_not_by_whom_or_for_what(running: Running) -> None:
    running.get("/?q=secretword", **{"User-Agent": "somebody/1.0", "Referer": "https://elsewhere.example/"})
    with pytest.raises(OSError):  # noqa: PT011 - a 404
        running.get("/%0aGET%20/forged")
    _, output = running.end(signal.SIGINT)
    assert "GET / 200" in output
    for word in ("secretword", "somebody", "elsewhere", "127.0.0.1 ", "GET /forged"):
        assert word not in output.replace(running.url, "").replace("GET /\\nGET /forged", "")


def test_many_readers_at_once_get_the_same(running: Running) -> None:
    wanted = running.get("/dataset/6075.nt")
    found: list[bytes] = []
    suffixes = ("nt", "ttl", "html", "rdf", "jsonld")

    def read(number: int) -> None:
        for turn in range(20):
            body = running.get(f"/dataset/6075.{suffixes[(number + turn) % 5]}")
            if (number + turn) % 5 == 0:
                found.append(body)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(10)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert found == [wanted] * 40


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OdlinkedError) as told:
            address("127.0.0.1", port)
    assert "taken" in told.value.line()
    assert str(port) in told.value.line()
    assert "\n" not in told.value.line()


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 0), ("127.0.0.1", 70_000), ("203.0.113.7", 0)])
def test_an_impossible_address_is_one_line(host: str, port: int) -> None:
    with pytest.raises(OdlinkedError) as told:
        address(host, port)
    assert host in told.value.line()


class StopEvent:
    """What wakes the server's loop: whoever holds its lock keeps others from setting it."""

    def __init__(self) -> None:
        self.lock, self.woken = threading.Lock(), threading.Semaphore(0)

    def set(self) -> None:
        with self.lock:
            self.woken.release()


@pytest.fixture
def stopping() -> Iterator[Stopping]:
    one = Stopping()
    yield one
    one.end()


def test_a_signal_that_comes_while_the_server_begins_to_wait_stops_it(stopping: Stopping) -> None:
    event = StopEvent()
    stopping.server = SimpleNamespace(main_loop_interrupt=event, interrupt_signal=False)
    with event.lock:
        signal.raise_signal(signal.SIGINT)
    assert event.woken.acquire(timeout=60)
    assert stopping.server.interrupt_signal
    assert event.woken.acquire(timeout=60), "once more: the server may have cleared it without having seen the signal"


def test_a_signal_that_comes_before_there_is_a_server_stops_it_once_it_is_there(stopping: Stopping) -> None:
    signal.raise_signal(signal.SIGTERM)
    assert stopping.asked.is_set()
    event = StopEvent()
    stopping.server = SimpleNamespace(main_loop_interrupt=event, interrupt_signal=False)
    assert event.woken.acquire(timeout=60)


def test_the_signals_go_back_to_who_had_them() -> None:
    before = signal.getsignal(signal.SIGINT)
    stopping = Stopping()
    assert signal.getsignal(signal.SIGINT) == stopping.interrupt
    stopping.end()
    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_built_before_the_workers_are_forked_has_nothing_open(workspace: Path) -> None:
    code = """
import os, sys, threading
from pathlib import Path
from odlinked.settings import Settings
from odlinked.web import server
def opened():
    return {os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.exists()}
before = opened()
server.build(Settings(), Path(sys.argv[1]))
assert opened() <= before, opened() - before
assert len(os.listdir("/proc/self/task")) == threading.active_count() == 1
"""
    subprocess.run([sys.executable, "-c", code, str(workspace)], check=True)


def test_what_was_served_before_is_let_go(tmp_path: Path) -> None:
    rows = example_rows()
    app = create(publish(tmp_path, rows), SETTINGS)
    past, paths = Past(app), ("/", "/?q=水", "/dataset/6075", "/organizations", "/quality", "/sparql?query=ASK%7B%7D")
    gc.disable()  # what it finds of its own accord depends on how much was made before
    try:
        for page in paths:
            app.test_client().get(page).close()
        publish(tmp_path, rows[:-1], "later.csv")
        before = tmp_path / "var" / "releases" / "000001"
        assert is_leased(before)
        with app.test_request_context():
            past.let_go()
        assert not is_leased(before)
        assert app.test_client().get("/dataset/6075").status_code == 200
    finally:
        gc.enable()
        app.extensions["odlinked.sparql"].close()


def test_a_release_is_gone_with_its_last_reader(tmp_path: Path) -> None:
    workspace = publish(tmp_path, example_rows()).workspace
    gc.disable()
    try:
        assert Releases(workspace).current().search("水").total
        assert not is_leased(workspace.releases / "000001")
    finally:
        gc.enable()
