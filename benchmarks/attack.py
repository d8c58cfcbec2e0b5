"""Attack the live service with queries while another client asks small ones: the statuses, and what the other client notices.

    python benchmarks/attack.py WORKSPACE [--clients 3] [--url http://127.0.0.1:8000]

Starts `odlinked serve` over the workspace with its default limits (or attacks `--url`), asks an ASK every 20 ms from an
address of its own (127.0.0.2) for five seconds in peace and then throughout, while `--clients` attackers at a time send from
127.0.0.1: deeply nested groups (they overflow the engine's stack), a cross product with ORDER BY (a memory bomb), a result of
2 GB, a count that never ends, and SERVICE to a listener on loopback, which must never hear anything. Takes about a minute.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit

LIMIT = 16_000_000
"""Rows of about 130 bytes: 2 GB."""
ATTACKS = {
    "nested groups": "ASK " + "{" * 4_096 + "}" * 4_096,
    "nested brackets": "SELECT * { ?s ?p ?o FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
    "cross product, ORDER BY": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
    "2 GB result": f"SELECT * {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {LIMIT}",
    "endless count": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SERVICE to loopback": "SELECT * { SERVICE <http://127.0.0.1:PORT/> { ?s ?p ?o } }",
    "SERVICE SILENT, by BIND": "SELECT * { BIND(<http://127.0.0.1:PORT/> AS ?x) SERVICE SILENT ?x { ?s ?p ?o } }",
    "FROM loopback": "SELECT * FROM <http://127.0.0.1:PORT/> { ?s ?p ?o }",
    "LOAD loopback": "LOAD <http://127.0.0.1:PORT/>",
}


class Client:
    """Somebody with an address who asks one thing at a time."""

    def __init__(self, url: str, source: str) -> None:
        parts = urlsplit(url)
        self.host, self.port, self.source = parts.hostname or "", parts.port or 80, source

    def ask(self, query: str) -> tuple[int, int, float]:
        """Return status, bytes and seconds; status 0 where the connection broke."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60, source_address=(self.source, 0))
        try:
            body = f"query={quote(query)}"
            connection.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded",
                                                         "Accept": "application/sparql-results+json"})
            response = connection.getresponse()
            size = 0
            while block := response.read(1 << 20):
                size += len(block)
            return response.status, size, time.perf_counter() - began
        except (OSError, http.client.HTTPException):
            return 0, 0, time.perf_counter() - began
        finally:
            connection.close()


class Other(threading.Thread):
    """The other client: asks small questions, never the same twice, and notes the answers and how long they took."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.client = Client(url, "127.0.0.2")
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.done = False

    def run(self) -> None:
        number = 0
        while not self.done:
            number += 1
            status, _, seconds = self.client.ask(f"ASK {{ ?s <http://purl.org/dc/terms/identifier> '{number}' }}")
            self.times.append(seconds)
            self.statuses[status] += 1
            time.sleep(0.02)

    def told(self, title: str) -> None:
        """Print and forget what was noted."""
        times, self.times = sorted(self.times), []
        statuses, self.statuses = self.statuses, Counter()
        share = {name: times[min(len(times) - 1, int(len(times) * part))] * 1000 for name, part in (("p50", 0.5), ("p99", 0.99))}
        print(f"{title}: {len(times)} answers {dict(statuses)}, p50 {share['p50']:.1f} ms, p99 {share['p99']:.1f} ms, "
              f"longest {times[-1] * 1000:.0f} ms", flush=True)


def memory(group: int) -> float:
    """Return the resident memory of a process group, shared pages counted once, in MB."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                found = re.search(r"Pss:\s+(\d+)", (stat.parent / "smaps_rollup").read_text())
                total += int(found[1]) if found else 0
        except OSError:
            continue
    return total / 1024


class Watch(threading.Thread):
    """Notes the most memory a process group ever had."""

    def __init__(self, group: int) -> None:
        super().__init__(daemon=True)
        self.group, self.most = group, 0.0

    def run(self) -> None:
        while True:
            self.most = max(self.most, memory(self.group))
            time.sleep(0.2)


def attack(url: str, clients: int, listener: socket.socket) -> None:
    """Send each attack from several clients at once and print the statuses."""
    port = listener.getsockname()[1]
    with ThreadPoolExecutor(clients) as pool:
        for name, query in ATTACKS.items():
            attackers = [Client(url, "127.0.0.1") for _ in range(clients)]
            # A comment makes each a query of its own: no answer is kept from another's.
            texts = [query.replace("PORT", str(port)) + f"\n# {i}" for i in range(clients)]
            answers = list(pool.map(lambda pair: pair[0].ask(pair[1]), zip(attackers, texts, strict=True)))
            print(f"    {name:<26}" + ", ".join(f"{status} in {seconds:.1f} s ({size:,} bytes)"
                                                for status, size, seconds in answers), flush=True)


def main() -> None:
    """Start, attack, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--clients", type=int, default=3)
    options.add_argument("--url")
    given = options.parse_args()
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        heard: list[str] = []
        threading.Thread(target=lambda: heard.append(str(listener.accept()[1])), daemon=True).start()
        server, url = None, given.url
        if url is None:
            log = Path(folder) / "log"
            with log.open("w") as out:
                server = subprocess.Popen([sys.executable, "-m", "odlinked", "serve", "--port", "0", "--workspace",
                                           str(given.workspace)], stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
            while not (said := re.search(r"Serving at (\S+)", log.read_text())):
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
            url = said[1]
        while Client(url, "127.0.0.1").ask("ASK {}")[0] != 200:
            time.sleep(0.1)
        watch = Watch(server.pid if server else 0)
        watch.start()
        other = Other(url)
        other.start()
        print(f"load {os.getloadavg()[0]:.1f}")
        time.sleep(5)
        other.told("in peace")
        print(f"service: {memory(watch.group):,.0f} MB\nattacks, {given.clients} clients at a time:")
        attack(url, given.clients, listener)
        other.told("under attack")
        time.sleep(3)
        other.told("afterwards")
        other.done = True
        other.join()
        print(f"loopback heard: {heard or 'nothing'}; service: {memory(watch.group):,.0f} MB, at most {watch.most:,.0f} MB"
              + (f"; still the same process: {server.poll() is None}" if server else ""))
        if server:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


if __name__ == "__main__":
    main()
