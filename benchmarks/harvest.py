"""Harvest a running service in each way it offers, and compare: seconds, requests, bytes, how many records, whether the same.

Seconds are by the clock and, in brackets, of the harvester's own processor time. Bytes are those of the bodies as they are sent.

    python benchmarks/harvest.py http://127.0.0.1:8000 [--only rdflib ckanext ckanapi feed ldes] [--again] [--keep FOLDER]
        [--gone] [--ldes PROGRAM]

`rdflib` and `ckanext` (ckanext-dcat's RDFParser, where it is installed) follow `/catalog.ttl`, `ckanapi` searches, `feed`
replicates `/feeds/dcat-ap`, `ldes` runs npm's ldes-client. `--again` shows what is paid where nothing changed: each asks once
more with what it kept. With `--keep` that is kept in a folder; a call that finds it there is a later visit, which asks for what
has changed since and tells which records did and which are gone (`ckanapi` with `--gone` alone: it must read all names for that).
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import rdflib
import requests

HYDRA, DCAT, DCT = "http://www.w3.org/ns/hydra/core#", "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
AS, TREE = "https://www.w3.org/ns/activitystreams#", "https://w3id.org/tree#"
TOMBSTONE = rdflib.URIRef("https://w3id.org/odlinked/ns#Tombstone")
HELD = ("/id/dataset/", "/id/series/")
Told = tuple[set[str], set[str]]
"""Addresses of datasets and series that a visit was told, and of those it was told are gone."""


class Reading:
    """Requests of one visit, counted. `since` is the time the last one was told, `found` what it knew; this one tells `mark`."""

    def __init__(self, address: str, kept: dict[str, Any], is_listed: bool = False) -> None:
        self.address, self.is_listed = address.rstrip("/"), is_listed
        self.since: str = kept.get("mark", "")
        self.found: set[str] = set(kept.get("found", ()))
        self.requests = self.bytes = 0
        self.mark = self.since
        self.session = requests.Session()
        self.session.hooks["response"] = [self._count]

    def _count(self, answer: requests.Response, *_given: object, **_named: object) -> None:
        self.requests += 1
        self.bytes += int(answer.headers.get("Content-Length", 0)) or len(answer.content)

    def get(self, address: str) -> requests.Response:
        """Return an answer; raise where it is none."""
        answer = self.session.get(address, headers={"Accept": "*/*"}, timeout=300)
        answer.raise_for_status()
        return answer

    def pages(self, read: Callable[[bytes], tuple[set[str], rdflib.Graph, str]]) -> Told:
        """Follow the pages of the DCAT feed."""
        link = f"{self.address}/catalog.ttl?size=500" + (f"&modified_since={quote(self.since)}" if self.since else "")
        found, gone = set[str](), set[str]()
        while link:
            members, graph, link = read(self.get(link).content)
            found |= members
            gone |= {str(one) for one in graph.subjects(rdflib.RDF.type, TOMBSTONE)}
            self.mark = max([self.mark, *map(str, (
                time for catalogue in graph.subjects(rdflib.RDF.type, rdflib.URIRef(DCAT + "Catalog"))
                for time in graph.objects(catalogue, rdflib.URIRef(DCT + "modified"))))])
        return found, gone


def by_rdflib(reading: Reading) -> Told:
    """Follow hydra:next as rdflib reads it."""
    def read(data: bytes) -> tuple[set[str], rdflib.Graph, str]:
        graph = rdflib.Graph(bind_namespaces="none").parse(data=data, format="turtle")
        following = next(graph.objects(None, rdflib.URIRef(HYDRA + "next")), "")
        return {str(one) for one in graph.objects(None, rdflib.URIRef(DCAT + "dataset"))}, graph, str(following)

    return reading.pages(read)


def by_ckanext(reading: Reading) -> Told:
    """Follow the pages as ckanext-dcat's parser finds datasets and the next page."""
    from ckanext.dcat.processors import RDFParser

    def read(data: bytes) -> tuple[set[str], rdflib.Graph, str]:
        parser = RDFParser()
        parser.parse(data, _format="turtle")
        found = {extra["value"] for one in parser.datasets() for extra in one["extras"] if extra["key"] == "uri"}
        return found, parser.g, parser.next_page()

    return reading.pages(read)


def by_ckanapi(reading: Reading) -> Told:
    """Search packages by thousands, as CKAN's harvester does by hundreds; what the list of names has no more is gone."""
    import ckanapi

    remote, found = ckanapi.RemoteCKAN(reading.address, session=reading.session), set[str]()
    filters = f"metadata_modified:{{{reading.since} TO *]" if reading.since else ""
    start, count = 0, 1
    while start < count:
        page = remote.action.package_search(rows=1000, start=start, sort="id asc", fq=filters)
        count = page["count"]
        found |= {extra["value"] for one in page["results"] for extra in one["extras"] if extra["key"] == "uri"}
        reading.mark = max([reading.mark, *(one["metadata_modified"] + "Z" for one in page["results"])])
        start += 1000
    names = set(remote.action.package_list()) if reading.is_listed else set()
    return found, {iri for iri in reading.found if iri.rpartition("/")[2] not in names} if names else set()


def by_feed(reading: Reading) -> Told:
    """Replicate the DCAT-AP Feed; with a time only the pages that can hold what came after it."""
    import pyoxigraph as ox

    living: dict[str, tuple[str, int, bool]] = {}
    waiting, seen = [f"{reading.address}/feeds/dcat-ap.trig"], set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        facts: dict[str, dict[str, str]] = {}
        for quad in ox.parse(reading.get(address).content, format=ox.RdfFormat.TRIG):
            if isinstance(quad.graph_name, ox.DefaultGraph):
                facts.setdefault(quad.subject.value, {})[quad.predicate.value] = quad.object.value
        for name, one in facts.items():
            if TREE + "node" in one and "LessThan" in str(one) and one[TREE + "value"] > reading.since:
                waiting.append(one[TREE + "node"])
            elif AS + "object" in one and one[AS + "published"] > reading.since:
                at = (one[AS + "published"], int(name.rpartition("#")[2]), "Delete" not in str(one))
                living[one[AS + "object"]] = max(living.get(one[AS + "object"], at), at)
    reading.mark = max([reading.mark, *(time for time, _, _ in living.values())])
    held = {iri: is_living for iri, (_, _, is_living) in living.items() if any(part in iri for part in HELD)}
    return {iri for iri in held if held[iri]}, {iri for iri in held if not held[iri]}


@contextmanager
def counted(reading: Reading) -> Iterator[str]:
    """Pass requests on to the service, and count them; yields the address to ask at, which the links of the answers name, too."""
    host = urlsplit(reading.address).netloc

    class Passing(BaseHTTPRequestHandler):
        """Passes one request on as it is."""

        def do_GET(self) -> None:
            """Ask the service and answer as it does."""
            there = http.client.HTTPConnection(host, timeout=300)
            there.request("GET", self.path, headers=dict(self.headers) | {"Connection": "close"})
            answer = there.getresponse()
            body = answer.read()
            reading.requests += 1
            reading.bytes += len(body)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "content-length", "transfer-encoding", "server", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            there.close()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", PROXY), Passing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


PROXY = 8719
"""Where requests of ldes-client are counted: the same at each visit, since the addresses of pages are what it keeps."""


def by_ldes(reading: Reading, program: str, state: Path) -> Told:
    """Run ldes-client with its state in a folder, and read which objects it emits."""
    out = state / "members"
    with counted(reading) as address, out.open("w") as file:
        subprocess.run([program, "-s", str(state / "state"), f"{address}/feeds/dcat-ap.trig"], stdout=file, check=True)
    said: dict[str, dict[str, str]] = {}
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            parts = line.split(" ")
            if len(parts) > 2 and parts[1][1:-1] in {AS + "object", str(rdflib.RDF.type)} and len(parts) == 4:
                said.setdefault(parts[0], {})[parts[1]] = parts[2][1:-1]
    found, gone = set[str](), set[str]()
    for name in sorted(said, key=lambda name: int(name.rpartition("#")[2][:-1]) if "/feeds/" in name else 0):
        iri = said[name].get(f"<{AS}object>", "")
        if any(part in iri for part in HELD):
            is_gone = said[name].get(f"<{rdflib.RDF.type}>") == AS + "Delete"
            (gone if is_gone else found).add(iri)
            (found if is_gone else gone).discard(iri)
    return found, gone


def used() -> float:
    """Return the seconds of processor time used so far, those of programs that have ended too."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


WAYS: dict[str, Callable[[Reading], Told]] = {
    "rdflib": by_rdflib, "ckanext": by_ckanext, "ckanapi": by_ckanapi, "feed": by_feed}
FIRST = {"rdflib": "/catalog.ttl?size=500", "ckanext": "/catalog.ttl?size=500", "feed": "/feeds/dcat-ap.trig"}


def visit(name: str, reading: Reading, kept: dict[str, Any], program: str, folder: Path) -> None:
    """Visit the service in one way; print what was paid, and keep what a later visit needs."""
    start, before, is_first = time.perf_counter(), used(), not kept
    state = folder / name
    state.mkdir(exist_ok=True)
    found, gone = by_ldes(reading, program, state) if name == "ldes" else WAYS[name](reading)
    seconds, processor = time.perf_counter() - start, used() - before
    all_found = (reading.found | found) - gone
    mark = hashlib.sha256("\n".join(sorted(all_found)).encode()).hexdigest()[:12]
    told = "" if is_first else f"told {sorted(found)[:3]} and gone {sorted(gone)[:3]} of {len(found)} and {len(gone)}; "
    print(f"{name:<8} {told}{len(all_found):>7,} datasets {mark}  {seconds:8.1f} s ({processor:.1f})  "
          f"{reading.requests:>5,} requests {reading.bytes:>13,} bytes", flush=True)
    kept.update(mark=reading.mark, found=sorted(all_found))


def unchanged(name: str, address: str, kept: dict[str, Any], program: str, folder: Path) -> None:
    """Ask as each asks where nothing has changed: by entity tag, or for what is newer than what it knows."""
    reading = Reading(address, kept)
    if name in FIRST:
        tag = reading.get(reading.address + FIRST[name]).headers["ETag"]
        reading.requests = reading.bytes = 0
        told = reading.session.get(reading.address + FIRST[name], headers={"If-None-Match": tag}, timeout=60).status_code
    else:
        found, gone = by_ldes(reading, program, folder / name) if name == "ldes" else WAYS[name](reading)
        told = len(found | gone)
        if found or gone:
            raise SystemExit(f"{name} was told {told} changes where there are none")
    print(f"{'':<8} unchanged: {told}, {reading.requests} requests, {reading.bytes:,} bytes", flush=True)


def main() -> None:
    """Harvest and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--only", nargs="*", default=["rdflib", "ckanapi", "feed"])
    parser.add_argument("--ldes", default="ldes-client")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--gone", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = given.keep or Path(passing)
        folder.mkdir(exist_ok=True)
        for name in given.only:
            file = folder / f"{name}.json"
            kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            visit(name, Reading(given.address, kept, given.gone), kept, given.ldes, folder)
            file.write_text(json.dumps(kept), encoding="utf-8")
            if given.again:
                unchanged(name, given.address, kept, given.ldes, folder)


if __name__ == "__main__":
    main()
