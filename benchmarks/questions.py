"""How long each stored question takes on a published workspace: processor time in the engine, the best of three.

    python benchmarks/questions.py WORKSPACE [--filled] [--only NAME …] [NAME=VALUE …]

Values are for parameters that must be given. With `--filled` each question is also asked with each of its parameters alone: with
the first codes of a list, and with three organisations (the largest, one in the middle of those with datasets, a small one); what
is told is the slowest of them. Processor time, not the clock's: the machine may be busy.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.cage import fulltext
from odlinked.catalog.asking import organizations, questions
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.clock import UNIVERSAL
from odlinked.namespaces import ODL
from odlinked.queries import Query

CODES = 4
Given = list[tuple[str, str]]


def fillings(query: Query, needed: Given, assets: Assets, chosen: list[str], shown: dict[str, str]) -> Iterator[Given]:
    """Yield what is filled in: each parameter alone with some values, beside those that must be given."""
    for one in query.takes.values():
        rest = [pair for pair in needed if pair[0] != one.name]
        if one.kind == "organization":
            values = chosen
        elif one.kind == "code":
            values = [code.notation for code in questions.codes(assets, one.codes)][:CODES]
        else:
            values = [shown[one.name]] if one.name in shown else []
        yield from ([*rest, (one.name, value)] for value in values)


def taken(store: ox.Store, release: Release, query: Query, text: str, times: int) -> tuple[float, int]:
    """Return the least milliseconds of processor time, and how many rows there are."""
    least, rows = float("inf"), 0
    text = fulltext.searched(text, {}, ODL, release.matches).text or text
    for _ in range(times):
        start = time.process_time()
        rows = sum(1 for _ in store.query(text))  # type: ignore[union-attr]
        least = min(least, (time.process_time() - start) * 1_000)
    return least, min(rows, query.rows)


def main() -> None:
    """Print milliseconds, rows (those of the first part) and name of each question, slowest first."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--filled", action="store_true")
    options.add_argument("--only", nargs="*", default=[])
    options.add_argument("--times", type=int, default=3)
    options.add_argument("values", nargs="*", default=[])
    given = options.parse_intermixed_args()
    assets = Assets()
    release = Releases(Workspace(given.workspace), assets).current()
    store = ox.Store.read_only(str(release.store_path))
    everyone = organizations.everyone(release)
    reader = questions.ParameterReader(assets, UNIVERSAL.today(), lambda: everyone)
    sizes = sorted((one for one in everyone if one.with_all_below), key=lambda one: -one.with_all_below)
    chosen = [sizes[place].iri for place in dict.fromkeys((0, len(sizes) // 20, len(sizes) // 2))] if sizes else []
    print("organisations:", [(one.name, one.with_all_below) for one in sizes if one.iri in chosen])
    values = dict(one.split("=", 1) for one in given.values)
    found = []
    for name, query in questions.stored(assets).items():
        if given.only and name not in given.only:
            continue
        shown = query.examples | values
        needed = [(one.name, shown[one.name]) for one in query.takes.values() if one.required]
        text = questions.text(query, reader.values(query, needed), query.rows)
        found.append((*taken(store, release, query, text, given.times), name))
        if given.filled:
            for pairs in fillings(query, needed, assets, chosen, shown):
                text = questions.text(query, reader.values(query, pairs), query.rows)
                last = ", ".join(f"{key}={value.rpartition('/')[2]}" for key, value in pairs)
                found.append((*taken(store, release, query, text, given.times), f"{name} {last}"))
    for milliseconds, rows, name in sorted(found, reverse=True):
        print(f"{milliseconds:8.1f} ms {rows:6,} rows  {name}")


if __name__ == "__main__":
    main()
