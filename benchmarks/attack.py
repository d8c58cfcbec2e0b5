"""Attack the live service with queries while another client asks small ones: the statuses, and what the other client notices.

    python benchmarks/attack.py WORKSPACE [--clients 3] [--seconds 30]

Starts `odlinked serve` over the workspace with its default limits (or attacks `--url`), asks an ASK every 20 ms from an
address of its own (127.0.0.2) for five seconds in peace and then throughout, while `--clients` attackers at a time send from
127.0.0.1: deeply nested groups (they overflow the engine's stack), a cross product with ORDER BY (a memory bomb), a result of
2 GB, hashing that does not end, and SERVICE to a listener on loopback, which must never hear anything. Takes about a minute.
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

TIMES = " ".join(map(str, range(50)))
ATTACKS = {
    "nested groups": "ASK " + "{" * 4_096 + "}" * 4_096,
    "nested brackets": "SELECT * { ?s ?p ?o FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
    "cross product, ORDER BY": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
    "2 GB result": "SELECT * { ?s ?p ?o VALUES ?x { 1 2 3 4 } }",
    "count of a product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "endless hashing": f'ASK {{ ?s ?p ?o VALUES ?x {{ {TIMES} }} FILTER(SHA512(CONCAT(STR(?o), STR(?x))) = "") }}',
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

    def ask(self, query: str) -> tuple[str, float]:
        """Return the status, with the name of the fault if there is one, and seconds; status 0 where the connection broke."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60, source_address=(self.source, 0))
        try:
            body = f"query={quote(query)}"
            connection.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded",
                                                         "Accept": "application/sparql-results+json"})
            response = connection.getresponse()
            start, size = response.read(1 << 16), 0
            while block := response.read(1 << 20):
                size += len(block)
            fault = re.search(rb'"code": "([a-z-]+)"', start) if response.status != 200 else None
            name = f" {fault[1].decode()}" if fault else f" ({size:,} bytes)" if size else ""
            return f"{response.status}{name}", time.perf_counter() - began
        except (OSError, http.client.HTTPException):
            return "0", time.perf_counter() - began
        finally:
            connection.close()


class Other(threading.Thread):
    """The other client: asks small questions, never the same twice, and notes the answers and how long they took."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.client = Client(url, "127.0.0.2")
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.done = False

    def run(self) -> None:
        number = 0
        while not self.done:
            number += 1
            status, seconds = self.client.ask(f"ASK {{ ?s <http://purl.org/dc/terms/identifier> '{number}' }}")
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


def memory(root: int) -> float:
    """Return the memory of a process and all below it, shared pages counted once (PSS), in MB."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    below, total = {root}, 0
    while more := {child for child, parent in parents.items() if parent in below and child not in below}:
        below |= more
    for process in below:
        try:
            found = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text())
            total += int(found[1]) if found else 0
        except OSError:
            continue
    return total / 1024


class Watch(threading.Thread):
    """Notes the most memory a process and those below it ever had."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.most = root, 0.0

    def run(self) -> None:
        while True:
            self.most = max(self.most, memory(self.root))
            time.sleep(0.1)


def attack(url: str, clients: int, seconds: float, listener: socket.socket) -> None:
    """Send every attack from several clients at once, round after round, and print what was answered how often."""
    port = listener.getsockname()[1]
    answers: dict[str, Counter[str]] = {name: Counter() for name in ATTACKS}
    longest = dict.fromkeys(ATTACKS, 0.0)
    began, number = time.perf_counter(), 0

    def sent(name: str) -> tuple[str, float]:
        # A comment makes each a query of its own: no answer is kept from another's.
        return Client(url, "127.0.0.1").ask(ATTACKS[name].replace("PORT", str(port)) + f"\n# {number} {threading.get_ident()}")

    with ThreadPoolExecutor(clients) as pool:
        while time.perf_counter() - began < seconds:
            number += 1
            for name in ATTACKS:
                for status, took in pool.map(sent, [name] * clients):
                    answers[name][status] += 1
                    longest[name] = max(longest[name], took)
    for name, statuses in answers.items():
        told = ", ".join(f"{status}: {count}" for status, count in statuses.most_common())
        print(f"    {name:<26}{told}; longest {longest[name]:.1f} s", flush=True)


def main() -> None:
    """Start, attack, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--clients", type=int, default=3)
    options.add_argument("--seconds", type=float, default=30)
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
        while Client(url, "127.0.0.1").ask("ASK {}")[0] != "200":
            time.sleep(0.1)
        watch = Watch(server.pid if server else 0)
        watch.start()
        other = Other(url)
        other.start()
        print(f"load {os.getloadavg()[0]:.1f}")
        time.sleep(5)
        other.told("in peace")
        print(f"service: {memory(watch.root):,.0f} MB\nattacks, {given.clients} at a time, "
              f"{given.seconds:.0f} s:")
        attack(url, given.clients, given.seconds, listener)
        other.told("under attack")
        time.sleep(3)
        other.told("afterwards")
        other.done = True
        other.join()
        print(f"loopback heard: {heard or 'nothing'}; service: {memory(watch.root):,.0f} MB, at most {watch.most:,.0f} MB"
              + (f"; still the same process: {server.poll() is None}" if server else ""))
        if server:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


if __name__ == "__main__":
    main()
