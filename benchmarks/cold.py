"""Each page's time when it is asked for first after a start, and when it is asked for again.

    python benchmarks/cold.py WORKSPACE [--over 50]

Every page is asked of an application of its own, opened anew on the workspace, in this process and without a network: what is
read once in a process (rules, words, templates) is read before, as `odlinked serve` does it. Printed are milliseconds of
processor time of this process (not of the caged ones that answer queries) for the first answer, and the least of five later
ones. The addresses stand for all kinds of pages; identifiers are taken from the release. Exit code 1 where a first answer takes
longer than `--over` milliseconds and more than ten times a later one.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

from flask import Flask

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.settings import Settings
from odlinked.web.server import build, warm

FIXED = ("/", "/?sort=title", "/?q=空氣", "/?q=資料", "/organizations", "/organizations.json", "/organizations?q=環境",
         "/quality", "/catalog", "/catalog.ttl", "/catalog?page=300", "/void", "/sitemap.xml", "/sitemap/dataset-1.xml", "/query",
         "/query/apis", "/query/requests", "/sparql", "/api", "/openapi.json", "/health", "/robots.txt", "/code/service-category",
         "/code/service-category/300", "/metric", "/rule", "/ns", "/id/catalog")


def addresses(release: Release) -> list[str]:
    """Return the paths that are asked for."""
    found = list(FIXED)
    result = release.search("", {}, size=1)
    for dimension, facets in result.facets.items():
        if facets:
            found.append(f"/?{dimension}={quote(facets[0].value, safe='')}")
    largest = {dimension: facets[0].value for dimension, facets in result.facets.items() if facets}
    if "theme" in largest and "format" in largest:
        found.append(f"/?theme={quote(largest['theme'], safe='')}&format={quote(largest['format'], safe='')}&q=統計")
    for kind in ("dataset", "series", "service", "organization"):
        records = release.page(kind, 1, 2)[1]
        found += [f"/{kind}/{record.iri.rpartition('/')[2]}" for record in records[:1]]
    if "publisher" in largest:
        found.append(f"/organization/{largest['publisher'].rpartition('/')[2]}")
        found.append(f"/quality/organization/{largest['publisher'].rpartition('/')[2]}")
    dataset = release.page("dataset", 700, 20)[1] or release.page("dataset", 1, 20)[1]
    for suffix in ("", ".ttl", ".jsonld", ".rdf", ".nt"):
        found.append(f"/dataset/{dataset[-1].iri.rpartition('/')[2]}{suffix}")
    found.append(f"/quality/dataset/{dataset[-1].iri.rpartition('/')[2]}")
    return found


def opened(workspace: Path, settings: Settings) -> Flask:
    """Return an application that has answered nothing yet."""
    # As `odlinked serve` does: what is read once is not looked through by the collector while a page is made.
    gc.unfreeze()
    app: Flask = build(settings, workspace)
    gc.collect()
    gc.freeze()
    warm(app)
    app.extensions["odlinked.sparql"].lanes.close()
    return app


def asked(app: Flask, path: str) -> tuple[float, int, int]:
    """Return how much processor time of this process an answer takes (milliseconds), its status and its length."""
    client = app.test_client()
    started = time.process_time()
    answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": "zh-TW"})
    took = (time.process_time() - started) * 1_000
    return took, answer.status_code, len(answer.data)


def main() -> None:
    """Ask for each page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--over", type=float, default=50)
    options.add_argument("paths", nargs="*", help="ask for these only")
    given = options.parse_args()
    settings, assets = Settings(), Assets(())
    release = Release(Workspace(given.workspace), Workspace(given.workspace).current() or "", assets)
    opened(given.workspace, settings)
    slow = []
    print(f"load {os.getloadavg()[0]:.1f}; {release.counts().get('dataset', 0):,} datasets\n")
    print("| page | status | first, ms | again, ms | times | bytes |\n|---|--:|--:|--:|--:|--:|")
    for path in given.paths or addresses(release):
        app = opened(given.workspace, settings)
        asked(app, "/static/odlinked.css")
        first, status, size = asked(app, path)
        again = min(asked(app, path)[0] for _ in range(5))
        is_slow = first > given.over and first > 10 * again
        slow += [path] * is_slow
        times = f"{first / again:,.0f}{' SLOW' if is_slow else ''}"
        print(f"| `{path}` | {status} | {first:,.1f} | {again:,.2f} | {times} | {size:,} |", flush=True)
    print(f"\n{len(slow)} of them over {given.over:g} ms and over ten times as long as later")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
