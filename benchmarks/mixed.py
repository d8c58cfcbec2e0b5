"""Everything at once for a long time: pages, feeds, queries, hostile queries, and a publish every minute.

    python benchmarks/mixed.py LIST.csv [--minutes 20] [--every 60] [--readers 2]

Publishes the list (see `widen.py`) into a workspace of its own, serves it, and lets clients, each with an address of its own,
ask at random: pages of records and lists, search, N-Triples of records, feeds, queries with a known answer, and requests of
`tests/cases/hostile`. Every `--every` seconds one description is changed and published; the page must show it within five
seconds, and old releases are pruned. Every answer is judged: a page names its record, a record's N-Triples are its document, a
query's count is that of the list. Told every minute: answers and what was wrong with them, p99 of pages, memory of all the
service's processes (PSS), disk of the workspace. Exit 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import csv
import html
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit

from attack import memory
from hostile import served

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from builders import hostile_requests

COUNT = "SELECT (COUNT(*) AS ?n) { ?s <http://purl.org/dc/terms/identifier> '%s' ; a <http://www.w3.org/ns/dcat#Dataset> }"
FEEDS = ("/catalog.ttl", "/sitemap.xml", "/void", "/quality", "/organizations", "/catalog?page=2", "/openapi.json", "/")
SHOWN = 20
WORDS = ("空氣", "人口", "公園", "water", "bus", "統計", "環保署", "2024")


@dataclass
class Told:
    """What was noted since the last minute, and what was wrong in all."""

    answers: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int, seconds: float, wrong: str = "") -> None:
        with self.lock:
            self.answers[f"{kind} {status}"] += 1
            if kind == "page":
                self.times.append(seconds)
            if wrong:
                self.wrong.append(f"{time.strftime('%H:%M:%S')} {wrong}")
                if len(self.wrong) <= SHOWN:
                    print(f"    WRONG {self.wrong[-1][:300]}", flush=True)

    def line(self) -> str:
        with self.lock:
            times, self.times = sorted(self.times), []
            answers, self.answers = self.answers, Counter()
        p99 = times[int(len(times) * 0.99)] * 1_000 if times else 0.0
        return (f"{sum(answers.values()):,} answers {dict(sorted(answers.items()))}; pages p99 {p99:.0f} ms; "
                f"wrong {len(self.wrong)}")


class Reader:
    """A client with an address of its own that asks for one thing at a time."""

    def __init__(self, url: str, source: str, rows: list[tuple[str, str]], told: Told, seed: int) -> None:
        parts = urlsplit(url)
        self.place, self.source = (parts.hostname or "", parts.port or 80), source
        self.rows, self.told, self.dice = rows, told, random.Random(seed)

    def get(self, path: str, accept: str = "text/html", language: str = "zh-TW") -> tuple[int, bytes, float]:
        """Return status, body and seconds; status 0 where the connection broke."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection(*self.place, timeout=60, source_address=(self.source, 0))
        try:
            connection.request("GET", path, headers={"Accept": accept, "Accept-Language": language})
            response = connection.getresponse()
            return response.status, response.read(), time.perf_counter() - began
        except (OSError, http.client.HTTPException) as problem:
            return 0, repr(problem).encode(), time.perf_counter() - began
        finally:
            connection.close()

    def page(self) -> None:
        """Ask for a record's page, a list or a feed."""
        code, title = self.dice.choice(self.rows)
        draw = self.dice.random()
        if draw < 0.55:
            path, wanted = f"/dataset/{quote(code)}", html.escape(title, quote=True)
        elif draw < 0.75:
            path, wanted = f"/?q={quote(self.dice.choice(WORDS))}", ""
        else:
            path, wanted = self.dice.choice(FEEDS), ""
        status, body, seconds = self.get(path, language=self.dice.choice(("zh-TW", "en")))
        text = html.unescape(body.decode("utf-8", "replace"))
        shown = not wanted or "".join(html.unescape(wanted).split()) in "".join(text.split())
        self.told.note("page", status, seconds, "" if status == 200 and shown else f"{path}: {status} {body[:120]!r}")

    def record(self) -> None:
        """Ask for a record's N-Triples in two ways: they are the same document."""
        code, _ = self.dice.choice(self.rows[1:])
        first, second = self.get(f"/dataset/{quote(code)}.nt"), self.get(f"/dataset/{quote(code)}", "application/n-triples")
        same = first[0] == second[0] == 200 and first[1] == second[1] and code.encode() in first[1]
        self.told.note("record", second[0], second[2], "" if same else f"/dataset/{code}: {first[0]} {second[0]} differ")

    def query(self) -> None:
        """Ask a query whose answer is known; an endpoint that is busy may say so."""
        code, _ = self.dice.choice(self.rows)
        status, body, seconds = self.get("/sparql?query=" + quote(COUNT % code), "application/sparql-results+json")
        if status == 503 and b'"busy"' in body:
            self.told.note("query", status, seconds)
            return
        right = status == 200 and json.loads(body)["results"]["bindings"][0]["n"]["value"] == "1"
        self.told.note("query", status, seconds, "" if right else f"count of {code}: {status} {body[:200]!r}")


def hostile(url: str, source: str, told: Told, dice: random.Random) -> None:
    """Send one hostile request."""
    request = dice.choice(REQUESTS)
    answer = hostile_requests.send(url, request, source, str(dice.random()), 90)
    told.note("hostile", answer.status, answer.seconds, f"{request.name}: {answer.wrong}" if answer.wrong else "")


REQUESTS = [one for one in hostile_requests.load() if one.kind != "downloads"]


def repeated(done: threading.Event, work: Callable[[], None], pause: float) -> None:
    while not done.is_set():
        work()
        time.sleep(pause)


class Editor:
    """Publishes the list again and again with one description changed, and looks whether the page shows it."""

    def __init__(self, file: Path, workspace: Path, reader: Reader, told: Told) -> None:
        self.file, self.workspace, self.reader, self.told, self.edition = file, workspace, reader, told, 0
        with file.open(encoding="utf-8-sig", newline="") as source:
            self.rows = list(csv.reader(source))
        self.changed = workspace.parent / "edited.csv"

    def publish(self) -> None:
        """Publish the next edition, wait until its page shows it, prune."""
        self.edition += 1
        row = list(self.rows[1])
        row[9] = f"第 {self.edition} 版的描述"
        with self.changed.open("w", encoding="utf-8-sig", newline="") as target:
            csv.writer(target).writerows([self.rows[0], row, *self.rows[2:]])
        began = time.perf_counter()
        odlinked("publish", self.changed, "--source", "national", "--workspace", self.workspace)
        took, shown = time.perf_counter() - began, False
        until = time.perf_counter() + 5
        while not shown and time.perf_counter() < until:
            status, body, _ = self.reader.get(f"/dataset/{quote(row[0])}")
            shown = status == 200 and row[9] in body.decode()
        self.told.note("edition", 200 if shown else 0, took, "" if shown else f"edition {self.edition} is not shown: {status}")
        odlinked("prune", "--keep", "2", "--workspace", self.workspace)


def odlinked(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "odlinked", *map(str, words)], check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def titled(release: Release, codes: list[str]) -> list[tuple[str, str]]:
    """Return datasets with the titles of their records: a title of the list may name a person, which is left out."""
    found = ((code, release.record(f"{release.base}/id/dataset/{code}")) for code in codes)
    return [(code, record.title) for code, record in found if record is not None]


def size(folder: Path) -> float:
    """Return the bytes of a folder on disk in MB, files with several names once."""
    found = {}
    for path in folder.rglob("*"):
        try:
            state = path.lstat()
        except OSError:
            continue
        found[state.st_ino] = state.st_blocks * 512
    return sum(found.values()) / 1e6


def main() -> None:
    """Publish, serve, ask, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("list", type=Path)
    options.add_argument("--workspace", type=Path, help="a copy of this one is served instead of publishing the list first")
    options.add_argument("--minutes", type=float, default=20)
    options.add_argument("--every", type=float, default=60)
    options.add_argument("--readers", type=int, default=2)
    options.add_argument("--pause", type=float, default=0.02, help="seconds between two pages of a client")
    options.add_argument("--hostile", type=float, default=0.5, help="seconds between two hostile requests")
    given = options.parse_args()
    csv.field_size_limit(1 << 24)
    with TemporaryDirectory(prefix="odlinked-mixed-") as folder:
        workspace, told = Path(folder) / "var", Told()
        if given.workspace:
            shutil.copytree(given.workspace, workspace)
        odlinked("publish", given.list, "--source", "national", "--workspace", workspace)
        with given.list.open(encoding="utf-8-sig", newline="") as source:
            rows = titled(Releases(Workspace(workspace)).current(), [row[0] for row in list(csv.reader(source))[1:]])
        with served(workspace, 5) as (url, root):
            done = threading.Event()
            readers = [Reader(url, f"127.0.0.{number + 2}", rows, told, number) for number in range(given.readers + 3)]
            editor = Editor(given.list, workspace, readers[0], told)
            dice = random.Random(7)
            work = [*((one.page, given.pause) for one in readers[:-2]), (readers[-1].query, 0.1), (readers[-2].record, 0.1),
                    (lambda: hostile(url, "127.0.1.1", told, dice), given.hostile), (editor.publish, given.every)]
            threads = [threading.Thread(target=repeated, args=(done, *one), daemon=True) for one in work]
            for thread in threads:
                thread.start()
            began = time.monotonic()
            while (passed := time.monotonic() - began) < given.minutes * 60:
                time.sleep(min(60, given.minutes * 60 - passed))
                print(f"{(time.monotonic() - began) / 60:5.1f} min, load {os.getloadavg()[0]:.1f}: {told.line()}; memory "
                      f"{memory(root):,.0f} MB, disk {size(workspace):,.0f} MB, edition {editor.edition}", flush=True)
            done.set()
            for thread in threads:
                thread.join(200)
    print(f"{len(told.wrong)} wrong")
    sys.exit(bool(told.wrong))


if __name__ == "__main__":
    main()
