"""Harvest a running service in each way it offers, and compare: seconds, requests, bytes, how many records, whether the same.

Seconds are by the clock and, in brackets, of the harvester's own processor time.

    python benchmarks/harvest.py http://127.0.0.1:8000 [--only rdflib ckanext ckanapi feed ldes] [--since TIME]
        [--again] [--ldes PROGRAM]

`rdflib` and `ckanext` (ckanext-dcat's RDFParser, where it is installed) follow `/catalog.ttl`, `ckanapi` searches, `feed`
replicates `/feeds/dcat-ap`, `ldes` runs npm's ldes-client. With `--since` only what changed after that time is asked for,
by those that can. `--again` shows what is paid where nothing changed: each first request is made once more with its entity tag.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import rdflib
import requests

HYDRA, DCAT = "http://www.w3.org/ns/hydra/core#", "http://www.w3.org/ns/dcat#"
AS, TREE = "https://www.w3.org/ns/activitystreams#", "https://w3id.org/tree#"


class Reading:
    """Requests of one harvest, counted; `bytes` as they come over the wire."""

    def __init__(self, address: str, since: str) -> None:
        self.address, self.since = address.rstrip("/"), since
        self.requests = self.bytes = 0
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

    def pages(self, parse: Callable[[bytes], tuple[set[str], str]]) -> Iterator[set[str]]:
        """Yield the members of the pages of the DCAT feed."""
        link = f"{self.address}/catalog.ttl?size=500" + (f"&modified_since={self.since}" if self.since else "")
        while link:
            members, link = parse(self.get(link).content)
            yield members


def by_rdflib(reading: Reading) -> set[str]:
    """Follow hydra:next as rdflib reads it."""
    def parse(data: bytes) -> tuple[set[str], str]:
        graph = rdflib.Graph(bind_namespaces="none").parse(data=data, format="turtle")
        following = next(graph.objects(None, rdflib.URIRef(HYDRA + "next")), "")
        return {str(one) for one in graph.objects(None, rdflib.URIRef(DCAT + "dataset"))}, str(following)

    return set().union(*reading.pages(parse))


def by_ckanext(reading: Reading) -> set[str]:
    """Follow the pages as ckanext-dcat's parser finds datasets and the next page."""
    from ckanext.dcat.processors import RDFParser

    def parse(data: bytes) -> tuple[set[str], str]:
        parser = RDFParser()
        parser.parse(data, _format="turtle")
        found = {extra["value"] for one in parser.datasets() for extra in one["extras"] if extra["key"] == "uri"}
        return found, parser.next_page()

    return set().union(*reading.pages(parse))


def by_ckanapi(reading: Reading) -> set[str]:
    """Search packages by thousands, as CKAN's harvester does by hundreds."""
    import ckanapi

    remote, found = ckanapi.RemoteCKAN(reading.address, session=reading.session), set[str]()
    filters = f"metadata_modified:{{{reading.since} TO *]" if reading.since else ""
    start, count = 0, 1
    while start < count:
        page = remote.action.package_search(rows=1000, start=start, sort="id asc", fq=filters)
        count = page["count"]
        found |= {extra["value"] for one in page["results"] for extra in one["extras"] if extra["key"] == "uri"}
        start += 1000
    return found


def by_feed(reading: Reading) -> set[str]:
    """Replicate the DCAT-AP Feed; with a time only the pages that can hold what came at it or later."""
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
    return {iri for iri, (_, _, is_living) in living.items() if is_living and ("/id/dataset/" in iri or "/id/series/" in iri)}


def by_ldes(reading: Reading, program: str) -> set[str]:
    """Run ldes-client and read which objects it emits."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "members"
        with out.open("w") as file:
            after = ["--after", reading.since] if reading.since else []
            subprocess.run([program, *after, f"{reading.address}/feeds/dcat-ap.trig"], stdout=file, check=True)
        lines = [line.split(" ") for line in out.read_text(encoding="utf-8").split("\n") if f"<{AS}object>" in line]
    return {line[2][1:-1] for line in lines if "/id/dataset/" in line[2] or "/id/series/" in line[2]}


def used() -> float:
    """Return the seconds of processor time used so far, those of programs that have ended too."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


WAYS: dict[str, Callable[[Reading], set[str]]] = {
    "rdflib": by_rdflib, "ckanext": by_ckanext, "ckanapi": by_ckanapi, "feed": by_feed}
FIRST = {"rdflib": "/catalog.ttl?size=500", "ckanext": "/catalog.ttl?size=500", "feed": "/feeds/dcat-ap.trig"}


def main() -> None:
    """Harvest and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--only", nargs="*", default=["rdflib", "ckanapi", "feed"])
    parser.add_argument("--since", default="")
    parser.add_argument("--ldes", default="ldes-client")
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    for name in given.only:
        reading, start, before = Reading(given.address, given.since), time.perf_counter(), used()
        found = by_ldes(reading, given.ldes) if name == "ldes" else WAYS[name](reading)
        seconds = time.perf_counter() - start
        processor, mark = used() - before, hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:12]
        print(f"{name:<8} {len(found):>7,} datasets {mark}  {seconds:8.1f} s ({processor:.1f})  {reading.requests:>5,} requests "
              f"{reading.bytes:>13,} bytes", flush=True)
        if given.again and name in FIRST:
            again = Reading(given.address, "")
            tag = again.get(again.address + FIRST[name]).headers["ETag"]
            answer = again.session.get(again.address + FIRST[name], headers={"If-None-Match": tag}, timeout=60)
            print(f"{'':<8} unchanged: {answer.status_code}, 1 request, {len(answer.content)} bytes")


if __name__ == "__main__":
    main()
