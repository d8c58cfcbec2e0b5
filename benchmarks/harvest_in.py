"""A national catalogue harvested: `python benchmarks/harvest_in.py [DATASETS] [KILLS] [PAGE]`; prints processor time and memory.

Datasets (20,000) with five distributions each are served from loopback in pages of 500 (PAGE), harvested, harvested again
unchanged, and again with one changed record. With KILLS so many harvests, each of another edition of the catalogue, are killed
at random moments first: after each what is served must be whole, and at the end equal to what a workspace has that was never
disturbed.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release

HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix ex: <https://source.example/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
FILE = """[ a dcat:Distribution ; dct:title "檔案 {0}-{1}"@zh-Hant ; dct:format "CSV" ;
    dct:license <https://data.gov.tw/license> ; dcat:accessURL <https://files.example/{0}/{1}.csv> ;
    dcat:downloadURL <https://files.example/{0}/{1}.csv> ]"""
DATASET = """ex:d{0} a dcat:Dataset ; dct:identifier "d{0}" ; dct:title "資料集 {0}{1}"@zh-Hant ;
  dct:description "第 {0} 份資料集的說明，每月更新，內容為觀測值。"@zh-Hant ; dct:publisher ex:agency{2} ;
  dcat:keyword "空氣"@zh-Hant, "水質"@zh-Hant ; dct:issued "2026-01-01"^^xsd:date ;
  dcat:contactPoint [ a vcard:Organization ; vcard:fn "資料局" ; vcard:hasEmail <mailto:service@source.example> ] ;
  dcat:distribution {3} .
ex:agency{2} a foaf:Agent ; foaf:name "機關 {2}"@zh-Hant .
"""
COMMAND = str(Path(sys.executable).with_name("odlinked"))


def dataset(number: int, changed: bool) -> str:
    """A dataset in Turtle."""
    files = ", ".join(FILE.format(number, place) for place in range(5))
    return DATASET.format(number, "（改）" if changed else "", number % 700, files)


class Pages(BaseHTTPRequestHandler):
    """Serves the catalogue; `changed` is the number of a dataset whose title differs."""

    total, changed, edition, size = 0, -1, 0, 500

    def do_GET(self) -> None:
        """Answer with a page, or that nothing has changed."""
        page = int(self.path.rpartition("=")[2] or 0) if "=" in self.path else 0
        last = (page + 1) * self.size >= self.total
        following = "" if last else f"<> a hydra:PagedCollection ; hydra:next </catalog?page={page + 1}> .\n"
        numbers = range(page * self.size, min(self.total, (page + 1) * self.size))
        marked = (number == Pages.changed or (Pages.edition and number % 17 == Pages.edition % 17) for number in numbers)
        body = (HEAD + "".join(map(dataset, numbers, map(bool, marked))) + following).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        same = self.headers.get("If-None-Match") == tag
        self.send_response(304 if same else 200)
        self.send_header("ETag", tag)
        if not same:
            self.send_header("Content-Type", "text/turtle")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not same:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measured(arguments: list[str]) -> Iterator[str]:
    """Run the command; yield what it used and what it said."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took, largest = time.monotonic() - began, after.ru_maxrss // 1024
    yield f"exit {done.returncode}: {used:.1f} s of processor time, {took:.1f} s, largest process {largest} MB"
    yield "\n".join((done.stdout + done.stderr).splitlines()[:2])


def served(root: Path) -> dict[str, bytes]:
    """Return the hashes of what a workspace serves, by IRI; AssertionError where a document is missing or the store differs."""
    workspace = Workspace(root)
    name = workspace.current()
    if name is None:
        return {}
    release = Release(workspace, name)
    documents = {document.iri: document.text for document in release.documents()}
    with Index(release.folder / "catalog.sqlite", read_only=True) as index:
        entries = index.entries()
    assert documents.keys() == entries.keys(), "a record has no document"
    stored = sum(1 for _ in ox.Store.read_only(str(release.store_path)))
    lines = sum(text.count(b"\n") for text in documents.values())
    assert stored == lines, f"the store holds {stored} triples, the documents {lines}"
    release.close()
    return {iri: entry.hash for iri, (_, entry) in entries.items() if entry.state == "live" and entry.source == "big"}


def torment(folder: Path, at: list[str], kills: int) -> None:
    """Kill harvests of ever new editions, look at what is served after each, and compare what is served at the end."""
    began = time.monotonic()
    subprocess.run([COMMAND, "harvest", "big", *at], stdout=subprocess.DEVNULL, check=False)
    span, killed, ended = time.monotonic() - began, 0, 0
    before = served(folder / "var")
    while killed < kills:
        Pages.edition += 1
        process = subprocess.Popen([COMMAND, "harvest", "big", *at], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            process.wait(random.uniform(0.2, span))
            ended += 1
            span *= 0.95
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
        now = served(folder / "var")
        assert len(now) >= len(before), "records are gone"
        before = now
    subprocess.run([COMMAND, "harvest", "big", *at], stdout=subprocess.DEVNULL, check=False)
    apart = ["--workspace", str(folder / "undisturbed")]
    subprocess.run([COMMAND, "harvest", "big", *at[:2], *apart], stdout=subprocess.DEVNULL, check=False)
    assert served(folder / "var") == served(folder / "undisturbed"), "it differs from a harvest that was never disturbed"
    print(f"{killed} killed, {ended} ended before; what is served was whole each time and equals an undisturbed harvest")
    Pages.edition = 0
    shutil.rmtree(folder / "var")


def main() -> None:
    """Run it in a temporary folder."""
    Pages.total = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    Pages.size = int(sys.argv[3]) if len(sys.argv) > 3 else Pages.size
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = Path(tempfile.mkdtemp(prefix="odlinked-benchmark-"))
    try:
        host = f"127.0.0.1:{server.server_port}"
        (folder / "odlinked.toml").write_text(
            f'[check]\ntest_hosts = ["{host}"]\ndelay_seconds = 0.0\n[sources.big]\naddress = "http://{host}/catalog"\n',
            encoding="utf-8")
        at = ["--config", str(folder / "odlinked.toml"), "--workspace", str(folder / "var"), "--lang", "en"]
        if kills:
            torment(folder, at, kills)
        for what in ("first", "again", "one changed"):
            Pages.changed = 7 if what == "one changed" else -1
            for line in measured(["harvest", "big", *at]):
                print(f"{what}: {line}", flush=True)
    finally:
        server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
