"""Kill -9 a publish at random moments, again and again, under a running service, and look each time whether anything is lost.

    python benchmarks/kill.py [--times 200] [--rows 1500] [--seed 1] [--purges 50]

What is killed, in turn by chance: a publish of a small change (the store is carried forward), of a large one (worked by several
processes, the store built anew), `publish --rebuild` and `prune`; the whole process group, or the publisher alone. After each
kill: the served release opens, every record has its document, the store answers with as many triples as the documents have
lines, the dump unpacks to the same, every input is there with its SHA-256, the second source's records are all alive, and no
process is left over. `odlinked serve` runs all the while: a page, a count by SPARQL and the dump must be those of a whole
release. With `--purges` a purge of a leaked record is killed, too: after each kill the record is served wholly or not at all, the
page, SPARQL and the dump saying the same; the purge is then run again, and nothing of the record is on the disk. At the end one
publish is left to finish, and what is served must equal that of a workspace that was never killed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release

HEADER = (
    "資料集識別碼,資料集名稱,資料提供屬性,服務分類,品質檢測,檔案格式,資料下載網址,編碼格式,資資料集上架方式,資料集描述,主要欄位說明,"
    "提供機關,更新頻率,授權方式,相關網址,計費方式,提供機關聯絡人姓名,提供機關聯絡人電話,上架日期,詮釋資料更新時間,備註,資料量"
)
KINDS = {"small": 0.02, "large": 0.6}
"""What is published: the share of rows that differ from edition to edition."""
OTHER = range(900_000, 900_020)
"""The identifiers of the second source, published once and never touched again."""
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def table(numbers: range, edition: int, share: float) -> str:
    """Return a 22-column list whose rows differ a little from edition to edition."""
    dice = random.Random(edition)
    lines = [HEADER]
    for i in numbers:
        text = f"第 {edition} 版" if dice.random() < share else "初版"
        lines.append(f"{i},測試資料集{i},檔案資料,公共資訊,金,CSV,https://data.example.tw/{i}.csv,UTF-8,原始資料,{text}描述,"
                     f"年度;數值,環境部,每1月,政府資料開放授權條款-第1版,,免費,,02-23117722,2020-01-01 00:00:00,"
                     f"2026-01-01 00:00:00,,5")
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


class Bench:
    """A workspace to be tormented, and the list that is published into it."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.root, self.list, self.rows, self.edition = folder / "var", folder / "list.csv", rows, 0

    def write(self, share: float) -> None:
        """Write the next edition of the list, a row or two shorter or longer."""
        self.edition += 1
        numbers = range(1000, 1000 + self.rows - self.edition % 3)
        self.list.write_text(table(numbers, self.edition, share), encoding="utf-8")

    def start(self, kind: str, source: str = "national") -> subprocess.Popen[bytes]:
        """Start a run of `kind`, as a process group of its own."""
        if kind in KINDS:
            self.write(KINDS[kind])
        verb = {"rebuild": ["publish", "--rebuild"], "prune": ["prune", "--keep", "2"]}.get(
            kind, ["publish", str(self.list), "--source", source])
        return subprocess.Popen([sys.executable, "-m", "odlinked", *verb, "--workspace", str(self.root)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def done(self, kind: str, source: str = "national") -> float:
        """Run `kind` undisturbed and return how long it took, in seconds."""
        began = time.perf_counter()
        process = self.start(kind, source)
        _, errors = process.communicate()
        assert process.returncode in (0, 1), errors.decode()
        return time.perf_counter() - began

    def prepare(self) -> None:
        """Publish both sources for the first time."""
        self.list.write_text(table(range(OTHER.start, OTHER.stop), 0, 0), encoding="utf-8")
        self.done("other", "other")
        self.done("large")


def looked_at(folder: Path) -> tuple[str, int]:
    """Return the served release's name and triples after looking at all of it; AssertionError for anything lost or broken."""
    workspace = Workspace(folder)
    name = workspace.current()
    assert name is not None, "nothing is served any more"
    release = Release(workspace, name)
    documents = {document.iri: document.text for document in release.documents()}
    index = Index(release.folder / "catalog.sqlite", read_only=True)
    entries = index.entries()
    assert documents.keys() == entries.keys(), "a record has no document"
    for number in OTHER:
        kept = entries[f"{release.base}/id/dataset/{number}"][1]
        assert (kept.state, kept.source) == ("live", "other"), f"record {number} of the other source is {kept.state}"
    text = b"".join(documents.values())
    dumped = b"".join(gzip.decompress(part) for part in release.dump())
    assert Counter(dumped.split(b"\n")) == Counter(text.split(b"\n")), "the dump is not the documents"
    stored = sum(1 for _ in ox.Store.read_only(str(release.store_path)))
    lines = text.count(b"\n")
    assert stored == lines, f"the store holds {stored} triples, the documents {lines}"
    for kept_input in index.inputs():
        if kept_input["live"]:
            content = (workspace.inputs / kept_input["sha256"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == kept_input["sha256"], "an input is not what it was"
    index.close()
    release.close()
    return name, lines


class Service:
    """`odlinked serve` over the workspace, on a free port of loopback."""

    def __init__(self, root: Path) -> None:
        self.log = root.with_name("service.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "odlinked", "serve", "--port", "0", "--workspace", str(root)],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.answers = 0
        deadline = time.monotonic() + 60
        while not (said := re.search(r"Serving at (\S+)", self.log.read_text())):
            self.hoping(deadline)
        self.url = said[1]
        while True:
            try:
                self.get("/health")
                return
            except OSError:
                self.hoping(deadline)

    def hoping(self, deadline: float) -> None:
        """Wait a little for the service to come up."""
        assert self.process.poll() is None, self.log.read_text()
        assert time.monotonic() < deadline, self.log.read_text()
        time.sleep(0.1)

    def get(self, path: str, accept: str = "*/*") -> bytes:
        """Return what the service answers; raise for anything but 200."""
        request = urllib.request.Request(self.url + path, headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
            self.answers += 1
            return bytes(answer.read())

    def answered(self, path: str, accept: str) -> tuple[int, str]:
        """Return the status and the text of an answer, whatever it is."""
        try:
            return 200, self.get(path, accept).decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode()

    def looked_at(self, triples: int) -> None:
        """Ask for a page, a count and the dump; all must be those of the release that is served, which has `triples`."""
        assert "測試資料集" in self.get(f"/dataset/{OTHER.start}", "text/html").decode()
        answer = json.loads(self.get("/sparql?query=" + quote(COUNT), "application/sparql-results+json"))
        counted = int(answer["results"]["bindings"][0]["n"]["value"])
        assert counted == triples, f"the service counts {counted} triples, the release has {triples}"
        assert gzip.decompress(self.get("/dump.nq.gz")).count(b"\n") == triples

    def end(self) -> None:
        """Stop it."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)


def alive(group: int) -> bool:
    """Tell whether a process of the group lives still, five seconds after its leader was killed (one may have been starting)."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True


def torment(bench: Bench, service: Service, times: int, dice: random.Random, spans: dict[str, float]) -> Counter[str]:
    """Kill `times` runs and look at everything after each; return what happened how often."""
    seen: Counter[str] = Counter()
    releases: set[str] = set()
    while seen["killed"] < times:
        kind = dice.choices(list(spans), [6, 4, 1, 1])[0]
        process = bench.start(kind)
        time.sleep(dice.random() * spans[kind])
        if process.poll() is None:
            whole = dice.random() < 0.5
            (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            assert not alive(process.pid), "a worker outlived its publisher"
            seen.update(("killed", f"{kind} killed", "whole group" if whole else "publisher alone"))
        else:
            assert process.returncode in (0, 1), process.stderr.read().decode() if process.stderr else ""
            seen[f"{kind} ended before the kill"] += 1
            spans[kind] *= 0.95
        name, triples = looked_at(bench.root)
        service.looked_at(triples)
        releases.add(name)
    seen["releases"] = len(releases)
    return seen


LEAK = "外洩之陳情人住址"
LEAKED = 1_001
"""The identifier of the record that leaks again and again."""


def leak(bench: Bench) -> None:
    """Publish the list with a leak in one record."""
    bench.write(0.02)
    text = bench.list.read_text(encoding="utf-8-sig")
    leaked = re.sub(rf"(?m)^({LEAKED},(?:[^,]*,){{8}})[^,]*", rf"\1{LEAK}", text)
    bench.list.write_text("\ufeff" + leaked, encoding="utf-8")
    assert LEAK in bench.list.read_text(encoding="utf-8"), "the row that leaks is not in the list"
    done = subprocess.run([sys.executable, "-m", "odlinked", "publish", str(bench.list), "--source", "national", "--workspace",
                           str(bench.root)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr


def purging(bench: Bench) -> subprocess.Popen[bytes]:
    """Start a purge of the record that leaked, inputs and all."""
    return subprocess.Popen(
        [sys.executable, "-m", "odlinked", "purge", f"http://localhost:8000/id/dataset/{LEAKED}", "--input", "--workspace",
         str(bench.root)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def is_served(service: Service) -> bool:
    """Tell whether the record that leaked is served; AssertionError where page, Turtle and SPARQL do not say the same."""
    asked = {}
    for accept in ("text/html", "text/turtle"):
        status, page = service.answered(f"/dataset/{LEAKED}", accept)
        asked[accept] = LEAK in page
        assert status == (200 if asked[accept] else 410), f"the record is answered {status}"
    query = f'ASK {{ ?s ?p ?o FILTER(CONTAINS(STR(?o), "{LEAK}")) }}'
    asked["sparql"] = json.loads(service.get("/sparql?query=" + quote(query), "application/sparql-results+json"))["boolean"]
    asked["dump"] = LEAK in gzip.decompress(service.get("/dump.nq.gz")).decode()
    assert len(set(asked.values())) == 1, f"the record is half there: {asked}"
    return asked["sparql"]


def on_disk(root: Path) -> list[str]:
    """Return the files of a workspace that hold what leaked, packed or not."""
    found = [str(path) for path in sorted(root.rglob("*")) if path.is_file() and LEAK.encode() in (
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())]
    archive = Archive(Workspace(root).documents)
    for table in ("document", "outcome"):
        bodies = archive.db.execute(f"SELECT body FROM {table}")  # noqa: S608
        found += [table for (body,) in bodies if LEAK.encode() in archive.codec.unpack(body)]
    archive.close()
    return found


def left_on_disk(root: Path) -> list[str]:
    """Return what `on_disk` does, found in a process of its own: whoever closes a handle of a file gives up all of its locks on
    it (POSIX), those of SQLite too, whose log another process would then remove while it is read here."""
    with multiprocessing.get_context("spawn").Pool(1) as apart:
        return apart.apply(on_disk, (root,))


def purges(bench: Bench, service: Service, times: int, dice: random.Random) -> Counter[str]:
    """Kill `times` purges at random moments, each of a record published with a leak; then run them to their end."""
    seen: Counter[str] = Counter()
    span = 4.0
    while seen["purges killed"] < times:
        leak(bench)
        assert is_served(service)
        began = time.perf_counter()
        process = purging(bench)
        time.sleep(dice.random() * span)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            seen["purges killed"] += 1
            seen["still there after the kill" if is_served(service) else "gone after the kill"] += 1
            looked_at(bench.root)
            process = purging(bench)
        _, errors = process.communicate()
        ended = process.returncode != 0 and "no release holds it" in errors.decode()
        assert process.returncode == 0 or ended, errors.decode()
        span = min(span, time.perf_counter() - began)
        name, triples = looked_at(bench.root)
        assert not is_served(service)
        service.looked_at(triples)
        assert left_on_disk(bench.root) == [], f"what was erased is still on the disk of release {name}"
    return seen


def main() -> None:
    """Kill and look."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--rows", type=int, default=1_500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--purges", type=int, default=0)
    given = options.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="odlinked-kill-"))
    try:
        bench = Bench(scratch, given.rows)
        bench.prepare()
        spans = {kind: bench.done(kind) for kind in ("small", "large", "rebuild", "prune")}
        print("undisturbed:", ", ".join(f"{kind} {span:.2f} s" for kind, span in spans.items()), flush=True)
        service = Service(bench.root)
        try:
            dice = random.Random(given.seed)
            seen = torment(bench, service, given.times, dice, spans) + purges(bench, service, given.purges, dice)
        finally:
            service.end()
        bench.done("small")
        equals_undisturbed(bench, scratch)
        print(", ".join(f"{what}: {number}" for what, number in sorted(seen.items())))
        print(f"the service gave {service.answers} right answers and no wrong one; nothing broken, nothing lost; "
              f"what is published at the end equals an undisturbed publish")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def equals_undisturbed(bench: Bench, scratch: Path) -> None:
    """Publish the last list into a fresh workspace: every record alive there must be the same here, document for document."""
    looked_at(bench.root)
    fresh = Bench(scratch / "undisturbed", bench.rows)
    fresh.root.parent.mkdir()
    fresh.list.write_bytes(bench.list.read_bytes())
    fresh.done("list")
    ours, theirs = (living(one.root) for one in (bench, fresh))
    assert theirs.keys() <= ours.keys()
    assert all(ours[iri] == text for iri, text in theirs.items()), "a record differs from an undisturbed publish"
    assert len(ours) - len(theirs) == len(OTHER), "records of the list live that are not in it"


def living(root: Path) -> dict[str, bytes]:
    """Return the hashes of the datasets alive in a workspace, by IRI."""
    workspace = Workspace(root)
    name = workspace.current()
    assert name
    index = Index(workspace.releases / name / "catalog.sqlite", read_only=True)
    found = {iri: entry.hash for iri, (_, entry) in index.entries().items() if entry.state == "live" and "/id/dataset/" in iri}
    index.close()
    return found


if __name__ == "__main__":
    main()
