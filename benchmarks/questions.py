"""How long each stored question takes on a published workspace: processor time in the engine, the best of three.

    python benchmarks/questions.py WORKSPACE [NAME=VALUE ...]

Values are for parameters that must be given. Processor time, not the clock's: the machine may be busy.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog import organizations, questions
from odlinked.catalog.releases import Releases
from odlinked.catalog.workspace import Workspace
from odlinked.clock import UNIVERSAL


def main(workspace: str, *given: str) -> None:
    """Print milliseconds, rows (those of the first part) and name of each question, slowest first."""
    assets = Assets()
    release = Releases(Workspace(Path(workspace)), assets).current()
    store = ox.Store.read_only(str(release.store_path))
    reader = questions.ParameterReader(assets, UNIVERSAL.today(), lambda: organizations.everyone(release))
    values = dict(one.split("=", 1) for one in given)
    found = []
    for name, query in questions.stored(assets).items():
        shown = query.examples | values
        asked = [(one.name, shown[one.name]) for one in query.takes.values() if one.required]
        text = questions.text(query, reader.values(query, asked), query.rows)
        times, rows = [], 0
        for _ in range(3):
            start = time.process_time()
            rows = sum(1 for _ in store.query(text))  # type: ignore[union-attr]
            times.append(time.process_time() - start)
        found.append((min(times) * 1_000, min(rows, query.rows), name))
    for milliseconds, rows, name in sorted(found, reverse=True):
        print(f"{milliseconds:8.1f} ms {rows:6,} rows  {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
