"""Ask a published workspace the searches of `tests/cases/search/searches.toml`: who finds what they hoped for, and how fast.

    python benchmarks/searches.py WORKSPACE [--rounds 5]

A search is met when one of its first five results is what it hopes for. Every one that is not is printed with what came instead;
one that nothing in the workspace could meet is counted apart. Times are processor time of one thread: first for what a search
costs when it was never asked before (its meaning, its hits, their facets), then without the counting of facets and what is shown.

Two threads of one core, or a core that is clocked down, take up to twice the processor time for the same work: what a million
squares took in the same minutes is told beside, least and most, so that two runs can be compared.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
import tomllib
from collections import Counter
from pathlib import Path

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.summaries.records import Record

SEARCHES = Path(__file__).parents[1] / "tests" / "cases" / "search" / "searches.toml"
FIRST = 5


def shown(record: Record) -> str:
    """Return what the hope of a search is compared with."""
    return f"{record.title} | {record.publisher_name}"


def everything(release: Release) -> list[str]:
    """Return what is shown of every dataset."""
    names: dict[str, str] = {}
    found = []
    for record in release.roster("dataset"):
        names.setdefault(record.publisher, record.publisher_name)
        found.append(shown(record))
    return found


def told(times: list[float]) -> str:
    """Return the times in milliseconds."""
    ordered = sorted(times)
    return (f"p50 {statistics.median(ordered) * 1e3:.1f} ms, p95 {ordered[int(len(ordered) * .95)] * 1e3:.1f} ms, "
            f"p99 {ordered[min(len(ordered) - 1, int(len(ordered) * .99))] * 1e3:.1f} ms, worst {ordered[-1] * 1e3:.1f} ms")


def _hits(release: Release, text: str) -> None:
    release.matches(text, 20)


def _squares() -> float:
    """Return the processor time that a fixed piece of work takes."""
    start = time.thread_time()
    sum(number * number for number in range(1_000_000))
    return time.thread_time() - start


def main() -> None:
    """Ask and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("workspace", type=Path)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    searches = tomllib.loads(SEARCHES.read_text(encoding="utf-8"))["search"]
    workspace = Workspace(given.workspace)
    release = Releases(workspace).current()
    release.search("x")
    texts = everything(release)
    met: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for one in searches:
        hope = re.compile(one["hopes"], re.IGNORECASE)
        if not any(map(hope.search, texts)):
            print(f"nothing here could meet {one['text']!r} ({one['hopes']})")
            continue
        asked[one["kind"]] += 1
        found = release.search(one["text"], size=FIRST)
        if any(hope.search(shown(record)) for record in found.records):
            met[one["kind"]] += 1
        else:
            loosened = f" instead {found.instead!r}" if found.instead else " some words" if found.is_some else ""
            print(f"missed {one['kind']} {one['text']!r} ({one['hopes']}): {found.total} found{loosened}")
            for record in found.records:
                print(f"      {shown(record)}")
    print(f"{len(texts):,} datasets: {met.total()} of {asked.total()} searches met among the first {FIRST}: "
          + ", ".join(f"{kind} {met[kind]}/{asked[kind]}" for kind in asked))
    whole: list[float] = []
    hits: list[float] = []
    squares = [_squares()]
    for _ in range(given.rounds):
        squares.append(_squares())
        for times, ask in ((whole, Release.search), (hits, _hits)):
            release = Releases(workspace).current()
            release.search("x")  # the names are read once a release
            for one in searches:
                start = time.thread_time()
                ask(release, one["text"])
                times.append(time.thread_time() - start)
    print(f"a search never asked before, with facets: {told(whole)}")
    print(f"its meaning, count and best hits alone: {told(hits)}")
    squares.append(_squares())
    print(f"a million squares meanwhile: {min(squares) * 1e3:.0f} to {max(squares) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
