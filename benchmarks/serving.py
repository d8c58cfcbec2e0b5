"""Requests a second, p50 and p99 of dataset pages and small queries, against the PyPI `oxigraph` server on the same store.

    python benchmarks/serving.py WORKSPACE [--oxigraph PATH] [--seconds 5] [--connections 16] [--pages] [--rounds 1]

`wrk` (Debian package) asks over loopback, with 2 threads, on the same machine, so that server and client share its cores.
Each is asked for many datasets by chance and for one again and again, two seconds to warm up before what counts. Oxigraph
serves a copy of the release's store. It has no pages; what stands beside the Turtle page is a CONSTRUCT of the same triples.
Queries are asked over half as many connections, to both: odlinked turns the eleventh query at a time of one address away, so
that nobody takes every place. The last column is the processor time of the server a request, which does not depend on what
else the machine does. An answer that is not 200 is told in the line. At the end stand the ratios of processor time to that of
oxigraph's CONSTRUCT of many datasets; with `--pages` only what is in these ratios is asked for, with `--rounds` more than once,
both servers in turn, and each ratio is that of the least times. With `--earlier` the odlinked of another environment is asked
the same, over a workspace of the same datasets that it published. What is prepared at the lowest priority is waited for: it does
not count.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from odlinked.cage.apart import LAST
from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace

SCRIPT = Path(__file__).with_name("serving.lua")
PREFIXES = ("PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/> "
            "PREFIX foaf: <http://xmlns.com/foaf/0.1/> ")
POINT = PREFIXES + "SELECT ?title ?name { <%s> dcterms:title ?title ; dcterms:publisher/foaf:name ?name }"
WHOLE = PREFIXES + ("CONSTRUCT { ?s ?p ?o } { { BIND(<%s> AS ?s) ?s ?p ?o } UNION "
                    "{ <%s> dcat:distribution|dcat:contactPoint ?s . ?s ?p ?o } }")
JSON = "application/sparql-results+json"


class Asked(NamedTuple):
    """A question to a server: what it is called, the path with @ for the dataset's identifier, and what is accepted."""

    name: str
    path: str
    accept: str


def queries(path: str, base: str) -> list[Asked]:
    """Return the questions both servers are asked."""
    name = f"{base}/id/dataset/@"

    def written(query: str) -> str:
        return path + "?query=" + quote(query.replace("%s", name), safe="@")

    return [Asked("SPARQL point query", written(POINT), JSON),
            Asked("SPARQL CONSTRUCT of a dataset", written(WHOLE), "text/turtle")]


@contextmanager
def served(command: Sequence[str], url: str) -> Iterator[int]:
    """Run a server until done, and give its process number once it answers at `url`."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} ended"
                time.sleep(0.1)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def family(server: int) -> list[Path]:
    """Return the /proc folders of a process and all below it: caged processes have groups of their own."""
    below: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            below.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    found = [server]
    for one in found:
        found += below.get(one, [])
    return [Path("/proc") / str(one) for one in found]


def fields(process: Path) -> list[str]:
    """Return the fields of a process's `stat` behind its name, [] where it is gone."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def settled(server: int, seconds: float = 240) -> None:
    """Wait until nothing that only takes idle time is left: once it has ended, its time counts as that of its parent."""
    end = time.monotonic() + seconds
    time.sleep(2)
    while time.monotonic() < end and any(told and int(told[16]) == LAST for told in map(fields, family(server))):
        time.sleep(1)


def processor(server: int) -> float:
    """Return the processor time of a process and all below it with their ended children, in seconds; without what only takes
    idle time."""
    ticks = sum(sum(map(int, told[11:15])) for told in map(fields, family(server)) if told and int(told[16]) < LAST)
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(server: int) -> str:
    """Return the memory of each of these processes in MB: all it uses (PSS), and what of it is no file in the page cache."""
    held = []
    for process in family(server):
        try:
            text = (process / "smaps_rollup").read_text()
        except OSError:
            continue  # a caged process that was replaced meanwhile
        held.append([int(re.search(rf"{name}:\s+(\d+)", text)[1]) // 1024  # type: ignore[index]
                     for name in ("Pss", "Pss_Anon")])
    return ", ".join(f"{whole} MB ({own} MB without files)" for whole, own in sorted(held, reverse=True))


def measured(server: str, group: int, url: str, asked: Asked, which: str, kind: str, seconds: int,
             connections: int) -> float:
    """Ask with wrk, print a line of the table, and return the processor time a request in milliseconds."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s", str(SCRIPT), url, "--",
               which, asked.path, asked.accept, "0.2"]
    subprocess.run([*command[:3], "-d2s", *command[4:-1], "0"], check=True, capture_output=True)
    before = processor(group)
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = processor(group) - before
    told = re.search(r"\n +50% +(\S+).*\n +99% +(\S+)\s+(\d+) requests in.*Requests/sec:\s+([\d.]+)", text, re.DOTALL)
    assert told, text
    p50, p99, total, rate = told.groups()
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    each = spent / max(1, int(total)) * 1000
    print(f"| {server} | {asked.name} | {kind} | {float(rate):,.0f} | {p50} | {p99} | "
          f"{each:.2f} ms |" + (f" {wrong[1]} NOT 200" if wrong else ""), flush=True)
    return each


def main() -> None:
    """Measure both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--oxigraph", default="oxigraph")
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--port", type=int, default=8791)
    options.add_argument("--pages", action="store_true")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--earlier", nargs=2, metavar=("PYTHON", "WORKSPACE"))
    given = options.parse_args()
    workspace = Workspace(given.workspace)
    name = workspace.current()
    assert name, "nothing is published"
    base = workspace.manifest(name)["base"]
    index = Index(workspace.releases / name / "catalog.sqlite", read_only=True)
    start = f"{base}/id/dataset/"
    names = [iri.removeprefix(start) for iri, (_, entry) in index.entries().items()
             if iri.startswith(start) and entry.state == "live"]
    ours, theirs = f"http://127.0.0.1:{given.port}", f"http://127.0.0.1:{given.port + 1}"
    pages = [Asked("dataset page, HTML", "/dataset/@", "text/html"), Asked("dataset page, Turtle", "/dataset/@", "text/turtle")]
    with tempfile.TemporaryDirectory() as folder:
        many = Path(folder) / "ids"
        many.write_text("\n".join(names) + "\n")
        shutil.copytree(workspace.releases / name / "store", Path(folder) / "store")
        print(f"{len(names):,} datasets; load {os.getloadavg()[0]:.1f}; {given.connections} connections, {given.seconds} s")
        print("\n| server | question | datasets | requests/s | p50 | p99 | processor a request |\n|---|---|---|---|---|---|---|")
        ours_asked, theirs_asked = [*pages, *queries("/sparql", base)], queries("/query", base)
        if given.pages:
            ours_asked, theirs_asked = pages, theirs_asked[1:]
        contestants = (
            ("odlinked", [sys.executable, "-m", "odlinked", "serve", "--port", str(given.port),
                          "--workspace", str(workspace.root)], ours, "/health", ours_asked),
            ("oxigraph", [given.oxigraph, "serve-read-only", "-l", f"{folder}/store", "-b", theirs.removeprefix("http://")],
             theirs, "/query?query=ASK%7B%7D", theirs_asked),
        )
        if given.earlier:
            python, published = given.earlier
            before = f"http://127.0.0.1:{given.port + 2}"
            contestants = (*contestants, ("earlier", [python, "-m", "odlinked", "serve", "--port", str(given.port + 2),
                                                      "--workspace", published], before, "/health", ours_asked))
        peaks: list[str] = []
        least: dict[tuple[str, str, str], float] = {}
        for _ in range(given.rounds):
            for server, command, url, health, questions in contestants:
                with served(command, url + health) as group:
                    settled(group)
                    for asked in questions:
                        for kind, which in (("many", str(many)), ("one", names[len(names) // 2])):
                            pipes = given.connections // (2 if asked.name.startswith("SPARQL") else 1)
                            spent = measured(server, group, url, asked, which, kind, given.seconds, pipes)
                            key = (server, asked.name, kind)
                            least[key] = min(spent, least.get(key, spent))
                    peaks.append(f"{server}, memory of its processes afterwards: {memory(group)}")
        print("\n" + "\n".join(peaks))
        print(f"\nRatios of processor time, least of {given.rounds}; load {os.getloadavg()[0]:.1f}")
        basis = least["oxigraph", "SPARQL CONSTRUCT of a dataset", "many"]
        for (server, name, kind), spent in least.items():
            print(f"| {server} | {name} | {kind} | {spent / basis:.2f} |")


if __name__ == "__main__":
    main()
