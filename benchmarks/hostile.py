"""Send every kind of hostile request, each kind alone, while another client asks small questions: limits, light answers, memory.

    python benchmarks/hostile.py WORKSPACE [--kinds time memory …] [--clients 3] [--rounds 1]

Starts `odlinked serve` over the workspace with its default limits (query time 20 s: `--seconds` lowers it), measures an ASK every
20 ms from an address of its own for five seconds in peace, then sends each kind of `tests/cases/hostile` (and the kinds that need
sockets of their own, `hostile_sockets.py`) from several clients at once. A line a kind: requests, statuses, what was wrong, p50
and p99 of the other client beside those in peace, memory of all processes at most. Exit 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import hostile_sockets
from attack import Client, memory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from builders import hostile_requests
from builders.hostile_requests import HostileRequest


@dataclass
class KindResult:
    """What came of a kind: how many requests, their statuses, and a line for each answer that was wrong."""

    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0


class Light(threading.Thread):
    """The other client: asks small questions, never the same twice, and notes how long they take and the most memory there is."""

    def __init__(self, url: str, root: int) -> None:
        super().__init__(daemon=True)
        self.client, self.root, self.times, self.statuses = Client(url, "127.0.0.2"), root, list[float](), Counter[str]()
        self.most, self.done, self._number = 0.0, False, 0

    def run(self) -> None:
        while not self.done:
            self._number += 1
            status, seconds = self.client.ask(f"ASK {{ ?s <http://purl.org/dc/terms/identifier> '{self._number}' }}")
            self.times.append(seconds)
            self.statuses[status.split()[0]] += 1
            if self._number % 10 == 0:
                self.most = max(self.most, memory(self.root))
            time.sleep(0.02)

    def taken(self) -> str:
        """Return and forget what was noted."""
        times, self.times = sorted(self.times), []
        statuses, self.statuses = dict(self.statuses), Counter()
        most, self.most = self.most, 0.0
        at = [times[min(len(times) - 1, int(len(times) * part))] * 1_000 for part in (0.5, 0.99)] if times else [0.0, 0.0]
        return f"light {len(times)} {statuses} p50 {at[0]:.1f} p99 {at[1]:.1f} ms; memory {most:,.0f} MB"


def sent(url: str, requests: list[HostileRequest], clients: int, rounds: int) -> KindResult:
    """Send requests from several clients at once, each its own."""
    done = KindResult()

    def one(place: tuple[int, int, HostileRequest]) -> None:
        number, client, request = place
        answer = hostile_requests.send(url, request, f"127.0.1.{client + 1}", f"{number} {client}", 90)
        done.requests += 1
        done.statuses[str(answer.status)] += 1
        done.longest = max(done.longest, answer.seconds)
        if answer.wrong:
            done.wrong.append(f"{request.name}: {answer.wrong}")

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, [(number, client, request) for number in range(rounds) for request in requests
                            for client in range(clients)]))
    return done


def kinds(url: str, clients: int, rounds: int) -> dict[str, Callable[[], KindResult]]:
    """Return how each kind is sent."""
    found: dict[str, Callable[[], KindResult]] = {}
    everything = hostile_requests.load()
    for kind in dict.fromkeys(request.kind for request in everything):
        of = [request for request in everything if request.kind == kind]
        found[kind] = lambda of=of: sent(url, of, clients, rounds)  # type: ignore[misc]
    port = urlsplit(url).port or 80
    for name, attack in hostile_sockets.ATTACKS.items():
        def run(attack: hostile_sockets.Attack = attack) -> KindResult:
            number, statuses, wrong = attack(port)
            return KindResult(number, statuses, wrong)

        found[name] = run
    return found


@contextmanager
def served(workspace: Path, seconds: int) -> Iterator[tuple[str, int]]:
    """Serve a workspace; yield its address and process."""
    with TemporaryDirectory() as folder:
        log, config = Path(folder) / "log", Path(folder) / "odlinked.toml"
        config.write_text(f"[serve]\nquery_seconds = {seconds}\nreader_seconds = 5.0\nbody_seconds = 5.0\n")
        with log.open("w") as out:
            command = [sys.executable, "-m", "odlinked", "serve", "--port", "0", "--config", config, "--workspace", workspace]
            server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            while not (said := re.search(r"Serving at (\S+)", log.read_text())):
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
            while Client(said[1], "127.0.0.1").ask("ASK {}")[0] != "200":
                time.sleep(0.1)
            yield said[1], server.pid
            assert server.poll() is None, "the service has ended"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def main() -> None:
    """Serve, attack, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--kinds", nargs="*", default=[])
    options.add_argument("--clients", type=int, default=3)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--seconds", type=int, default=20)
    given = options.parse_args()
    failed = False
    with served(given.workspace, given.seconds) as (url, pid):
        light = Light(url, pid)
        light.start()
        time.sleep(5)
        print(f"load {os.getloadavg()[0]:.1f}; in peace: {light.taken()}", flush=True)
        for name, run in kinds(url, given.clients, given.rounds).items():
            if given.kinds and name not in given.kinds:
                continue
            began = time.perf_counter()
            done = run()
            failed |= bool(done.wrong)
            took = time.perf_counter() - began
            print(f"{name}: {done.requests} requests in {took:.0f} s, {dict(done.statuses.most_common())}, {done.longest:.1f} s, "
                  f"wrong {len(done.wrong)}; {light.taken()}", flush=True)
            for line in done.wrong[:5]:
                print(f"    {line}", flush=True)
        light.taken()
        time.sleep(5)
        print(f"afterwards: {light.taken()}")
        light.done = True
        light.join()
    sys.exit(failed)


if __name__ == "__main__":
    main()
