"""How fast and how flat `check` is: many synthetic targets at many hosts, on a server on loopback in a process of its own.

    python benchmarks/evidence.py [TARGETS [HOSTS]]

230,132 targets are the distributions of the national list. Memory is the resident size of the visiting process; kernel and
server are not in it. Politeness is switched off (no delay), so that the figure is what odlinked itself costs.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from odlinked.assets import Assets
from odlinked.evidence.inspection import codes
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import ApiDescription, Declared, DescribedField, Target
from odlinked.evidence.run import TargetSelection, run
from odlinked.evidence.visit import Visitor, fetcher
from odlinked.settings import CheckSettings, Settings

BODY = ("測站,縣市,數值\n" + "板橋,新北市,12\n" * 60).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(BODY), BODY)
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(MISSING if head.startswith((b"GET /robots.txt", b"GET /missing")) else ANSWER)
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _listen(told: Connection) -> None:
    server = await asyncio.start_server(_answer, "0.0.0.0", 0, backlog=1_024)  # noqa: S104 (all of 127.0.0.0/8)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _serve(told: Connection) -> None:
    asyncio.run(_listen(told))


def _hosts(count: int) -> list[str]:
    return [f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}" for n in range(count)]


def _targets(count: int, hosts: list[str], port: int) -> Iterator[Target]:
    declared = Declared(("http://publications.europa.eu/resource/authority/file-type/CSV",), "text/csv", "utf-8",
                        tuple(DescribedField(name) for name in ("測站", "縣市", "數值")))
    for number in range(count):
        # Unequal hosts, as agencies are: a tenth of the hosts holds half of the links.
        host = hosts[number // 2 % max(1, len(hosts) // 10) if number % 2 else number % len(hosts)]
        name = "missing" if number % 10 == 0 else "file"
        yield Target(f"https://data.example.tw/id/dataset/{number // 4}#distribution-{number:016x}",
                     f"http://{host}:{port}/{name}{number}.csv", declared)


def _memory() -> float:
    """Return the resident size in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    """Run it and print the figures."""
    count, host_count = int(sys.argv[1]) if len(sys.argv) > 1 else 230_132, int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    port, hosts, assets = ours.recv(), _hosts(host_count), Assets()
    check = CheckSettings(delay_seconds=0.0, test_hosts=tuple(hosts), contact="benchmark")
    visitor = Visitor(fetcher(Settings(check=check), assets), partial(examine, codes=codes.load(assets)),
                      lambda data: ApiDescription(), str, check.max_bytes)
    done, planned, began = 0, 0, time.monotonic()
    marks = {round(count * part / 4) for part in range(1, 4)}

    def progress(stage: str, step: int) -> None:
        nonlocal done, planned
        planned += stage == "plan"
        if stage == "plan" and planned == count:
            print(f"{'planned':>10} {time.monotonic() - began:8.1f} s {_memory():8.1f} MB", flush=True)
        done += stage == "check"
        if stage == "check" and (done in marks or done == 1_000):
            print(f"{done:>10,} {time.monotonic() - began:8.1f} s {_memory():8.1f} MB", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        notebook = Notebook(Path(folder) / "evidence.sqlite")
        print(f"{'start':>10} {0:8.1f} s {_memory():8.1f} MB", flush=True)
        outcome = run(_targets(count, hosts, port), visitor, visitor.hosts, notebook, TargetSelection(), check.workers, progress)
        took = time.monotonic() - began
        print(f"{outcome.visited:>10,} {took:8.1f} s {_memory():8.1f} MB, peak "
              f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.1f} MB; {outcome.visited / took:,.0f} visits/s, "
              f"{host_count:,} hosts, {check.workers} workers")
        print(dict(notebook.answers(outcome.started)), "faults", outcome.faults[:2])
        notebook.close()
        print(f"notebook {(Path(folder) / 'evidence.sqlite').stat().st_size / 1e6:.1f} MB")
    server.terminate()


if __name__ == "__main__":
    main()
