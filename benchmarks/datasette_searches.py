"""Ask datasette the searches of `tests/cases/search/searches.toml`, over titles, publishers and descriptions of a national list.

    pip install datasette; python benchmarks/datasette_searches.py LIST.csv [--tokenizer unicode61 | trigram]

The table has a full-text index as datasette finds one (FTS5); each search is what a person types into the search box of the
table's page. A search is met when one of the first five rows is what it hopes for, as in `benchmarks/searches.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import re
import sqlite3
import statistics
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path

SEARCHES = Path(__file__).parents[1] / "tests" / "cases" / "search" / "searches.toml"
FIRST = 5


def made(source: Path, target: Path, tokenizer: str) -> list[str]:
    """Write the table with its index; return what is shown of every row."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["資料集名稱"], row["提供機關"], row["資料集描述"]) for row in csv.DictReader(file)]
    with sqlite3.connect(target) as db:
        db.execute("CREATE TABLE dataset(id INTEGER PRIMARY KEY, title TEXT, publisher TEXT, description TEXT)")
        db.executemany("INSERT INTO dataset(title, publisher, description) VALUES (?, ?, ?)", rows)
        db.execute('CREATE VIRTUAL TABLE dataset_fts USING fts5(title, publisher, description, content="dataset", '
                   f'content_rowid="id", tokenize="{tokenizer}")')
        db.execute("INSERT INTO dataset_fts(dataset_fts) VALUES ('rebuild')")
    return [f"{title} | {publisher}" for title, publisher, _ in rows]


async def ask(source: Path, tokenizer: str) -> None:
    """Ask and print."""
    from datasette.app import Datasette  # type: ignore[import-not-found,unused-ignore]

    with tempfile.TemporaryDirectory() as folder:
        texts = made(source, Path(folder) / "list.db", tokenizer)
        served = Datasette([f"{folder}/list.db"])
        await served.invoke_startup()
        met: Counter[str] = Counter()
        asked, empty, times = 0, 0, []
        for one in tomllib.loads(SEARCHES.read_text(encoding="utf-8"))["search"]:
            hope = re.compile(one["hopes"], re.IGNORECASE)
            if not any(map(hope.search, texts)):
                continue
            asked += 1
            begun = time.perf_counter()
            answer = await served.client.get("/list/dataset.json", params={"_search": one["text"], "_size": FIRST,
                                                                           "_shape": "objects"})
            times.append(time.perf_counter() - begun)
            rows = answer.json().get("rows", [])
            empty += not rows
            met[one["kind"]] += any(hope.search(f"{row['title']} | {row['publisher']}") for row in rows)
    times.sort()
    print(f"{tokenizer}, {len(texts):,} rows: {met.total()} of {asked} searches met among the first {FIRST} "
          f"({', '.join(f'{kind} {count}' for kind, count in met.items())}); {empty} found nothing; by the clock "
          f"p50 {statistics.median(times) * 1e3:.1f} ms, p99 {times[int(len(times) * .99)] * 1e3:.1f} ms")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("list", type=Path)
    options.add_argument("--tokenizer", default="unicode61")
    given = options.parse_args()
    asyncio.run(ask(given.list, given.tokenizer))
