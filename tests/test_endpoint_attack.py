"""The endpoint under attack, served as it is in production: one client hammers it, another is answered throughout."""

from __future__ import annotations

import asyncio
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import pyoxigraph as ox
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="the kernel's limits are those of Linux")]

ENDLESS = "SELECT (COUNT(*) AS ?n{}) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
SMALL = "ASK { ?s ?p 7 }"
APP = """
from pathlib import Path
from flask import Flask
from odlinked.settings import ServeSettings
from odlinked.web.sparql import endpoint
app = Flask("attacked")
view = endpoint.StoreView(Path(__file__).with_name("store"), "x")
endpoint.mount(app, lambda: view, ServeSettings(query_seconds=3, query_memory_mb=256, query_result_mb=8))
if __name__ == "__main__":
    from odlinked.web import server
    where = server.address("0.0.0.0", 0)
    print(where.port, flush=True)
    server.serve(lambda: app, where, threads=48)
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("attack")
    store = ox.Store(str(folder / "store"))
    for number in range(3_000):
        store.add(ox.Quad(ox.NamedNode(f"http://example.org/{number}"), ox.NamedNode("http://example.org/p"), ox.Literal(number)))
    store.flush()
    del store
    (folder / "attacked.py").write_text(APP)
    command = [sys.executable, "attacked.py"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, cwd=folder, stdout=log,
                                                              stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 120
        while not (said := (folder / "log").read_text().partition("\n"))[1] and time.monotonic() < deadline:
            assert server.poll() is None
            time.sleep(0.05)
        number = int(said[0])
        while time.monotonic() < deadline:
            try:
                ask(number, SMALL)
                break
            except OSError:
                time.sleep(0.1)
        yield number
        server.terminate()


def ask(port: int, query: str, source: str = "127.0.0.1", accept: str = "*/*") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120, source_address=(source, 0))
    try:
        connection.request("GET", f"/sparql?query={quote(query)}", headers={"Accept": accept})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Modest:
    """Another client, with an address of its own: asks a small question again and again and notes how long it takes."""

    def __init__(self, port: int) -> None:
        self.port, self.times, self.wrong = port, [0.0], list[str]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            started = time.monotonic()
            number += 1
            status, body = ask(self.port, f"ASK {{ ?s ?p {number % 3_000} }}", "127.0.0.2")
            if status != 200 or b"true" not in body:
                self.wrong.append(f"{status} {body[:200]!r}")
            self.times.append(time.monotonic() - started)
            time.sleep(0.02)

    def __enter__(self) -> Modest:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = time.monotonic() - self._begun


async def _one(port: int, query: str, counts: Counter[str]) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), 300)
        counts[line.split()[1].decode() if line else "closed"] += 1
        writer.close()
    except (OSError, TimeoutError) as problem:
        counts[type(problem).__name__] += 1


def test_a_thousand_slow_queries_at_once(port: int) -> None:
    counts: Counter[str] = Counter()

    async def attack() -> None:
        await asyncio.gather(*(_one(port, ENDLESS.format(number), counts) for number in range(1_000)))

    with Modest(port) as modest:
        asyncio.run(attack())
        time.sleep(3.5)
    assert modest.wrong == []
    assert sum(counts.values()) == 1_000
    assert set(counts) <= {"503", "504"}, counts
    assert len(modest.times) > 20
    assert max(modest.times) < modest.seconds / 2, "nobody has to wait until an attack is over"
    print(f"\n{dict(counts)}; the other client: {len(modest.times)} answers, worst {max(modest.times):.3f} s")


def test_every_attack_while_another_client_is_answered(port: int) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with Modest(port) as modest:
            statuses = {
                "nested": ask(port, "ASK " + "{" * 4_096 + "}" * 4_096)[0],
                "product": ask(port, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f")[0],
                "flood": ask(port, "SELECT * { ?a ?b ?c . ?d ?e ?f }")[0],
                "endless": ask(port, ENDLESS.format(""))[0],
                "service": ask(port, f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")[0],
                "regex": ask(port, f"ASK {{ ?s ?p ?o FILTER(REGEX('{'a' * 2_000}', 'a{{1000}}{{1000}}{{1000}}')) }}")[0],
                "growth": ask(port, "SELECT * { BIND('xxxxxxxxxx' AS ?a0) " + " ".join(
                    f"BIND(REPLACE(?a{n}, 'x', 'xxxxxxxxxx') AS ?a{n + 1})" for n in range(12)) + " }")[0],
            }
        with pytest.raises(TimeoutError):
            listener.accept()
    assert modest.wrong == []
    assert max(modest.times) < modest.seconds / 2
    assert statuses["nested"] == 400
    assert statuses["service"] == 403
    assert statuses["endless"] == 504
    assert statuses["flood"] in (422, 504)
    assert statuses["product"] in (422, 504)
    assert statuses["growth"] in (422, 504)
    assert statuses["regex"] in (200, 422, 504)
    assert ask(port, SMALL) == (200, b'{"head":{},"boolean":true}\n')


def test_slow_readers_stop_nobody(port: int) -> None:
    """More readers than the server has threads each ask for a large answer and read nothing of it."""
    readers = []
    try:
        for number in range(60):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            one.settimeout(120)
            one.connect(("127.0.0.1", port))
            query = f"SELECT * {{ ?s ?p ?o VALUES ?x{number} {{ {' '.join(map(str, range(8)))} }} }}"
            one.sendall(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            readers.append(one)
        for _ in range(50):
            assert ask(port, SMALL, "127.0.0.2")[0] == 200
            time.sleep(0.02)
        statuses = Counter(one.recv(12) for one in readers)
        answered = {b"HTTP/1.1 200", b"HTTP/1.1 503"}
        assert answered <= set(statuses) <= answered | {b"HTTP/1.1 504"}, "a busy machine takes longer than the limit for some"
        assert ask(port, f"SELECT * {{ ?s ?p ?o VALUES ?x {{ {' '.join(map(str, range(8)))} }} }}", "127.0.0.2")[0] in (200, 504)
    finally:
        for one in readers:
            one.close()
