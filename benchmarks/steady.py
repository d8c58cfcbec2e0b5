"""The memory of a service that is asked for random pages: it must become level.

    python benchmarks/steady.py WORKSPACE [--minutes 10] [--rate 0] [--port 8792]

Four clients ask `odlinked serve` for pages of every kind by chance: records in each format and language, quality pages, lists by
facet and word, organisations; half of them take packed answers. With `--rate` they ask for so many pages a second together, else
as fast as they are answered. Each minute a line: answers so far, what the service's processes hold (PSS, without files), load.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

from serving import memory, served

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release

CLIENTS = 4
WORDS = ["空氣", "水質", "統計", "人口", "交通", "環境", "學校", "醫院", "名冊", "地點"]


def address(dice: random.Random, records: list[str], facets: list[str]) -> str:
    """Return a path by chance."""
    kind = dice.random()
    if kind < 0.75:
        path = dice.choice(records)
        return path + dice.choice(("", "", "", ".ttl", ".jsonld", ".rdf", ".nt"))
    if kind < 0.9:
        return dice.choice(facets) + f"&page={dice.randint(1, 5)}"
    if kind < 0.97:
        return f"/?q={quote(dice.choice(WORDS))}&page={dice.randint(1, 3)}"
    return dice.choice(("/", "/organizations", "/quality", f"/catalog?page={dice.randint(1, 500)}", "/void", "/api"))


def asking(port: int, seed: int, records: list[str], facets: list[str], counts: dict[int, int], until: float,
           pause: float) -> None:
    """Ask until a time (monotonic seconds), at most once in `pause` seconds."""
    dice, connection = random.Random(seed), http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    due = time.monotonic()
    while time.monotonic() < until:
        headers = {"Accept": "text/html", "Accept-Language": dice.choice(("zh-TW", "en"))}
        if dice.random() < 0.5:
            headers["Accept-Encoding"] = "gzip"
        connection.request("GET", address(dice, records, facets), headers=headers)
        answer = connection.getresponse()
        answer.read()
        counts[answer.status] = counts.get(answer.status, 0) + 1
        due = max(due + pause, time.monotonic() - pause)
        time.sleep(max(0, due - time.monotonic()))


def main() -> None:
    """Serve, ask, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--rate", type=float, default=0)
    options.add_argument("--port", type=int, default=8792)
    given = options.parse_args()
    workspace = Workspace(given.workspace)
    name = workspace.current()
    assert name, "nothing is published"
    release = Release(workspace, name)
    with Index(workspace.releases / name / "catalog.sqlite", read_only=True) as index:
        start = f"{release.base}/id/"
        records = ["/" + iri.removeprefix(start) for iri, (_, entry) in index.entries().items()
                   if iri.startswith(start) and entry.state == "live"]
    found = release.search().facets
    facets = [f"/?{dimension}={quote(one.value, safe='')}" for dimension, values in found.items() for one in values]
    release.close()
    until, counts = time.monotonic() + given.minutes * 60, dict[int, int]()
    command = [sys.executable, "-m", "odlinked", "serve", "--port", str(given.port), "--workspace", str(workspace.root)]
    with served(command, f"http://127.0.0.1:{given.port}/health") as group:
        pause = CLIENTS / given.rate if given.rate else 0
        clients = [threading.Thread(target=asking, args=(given.port, seed, records, facets, counts, until, pause))
                   for seed in range(CLIENTS)]
        for client in clients:
            client.start()
        while time.monotonic() < until:
            print(f"{time.strftime('%H:%M:%S')} {sum(counts.values()):,} answers {counts}, {memory(group)}, "
                  f"load {os.getloadavg()[0]:.1f}", flush=True)
            time.sleep(min(60, max(0, until - time.monotonic())))
        for client in clients:
            client.join()
        print(f"{time.strftime('%H:%M:%S')} {sum(counts.values()):,} answers {counts}, {memory(group)}", flush=True)


if __name__ == "__main__":
    main()
