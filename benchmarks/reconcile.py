"""How fast values are reconciled: 10,000 of the project's cases, a third of them misspelled, in the index and by HTTP.

    python benchmarks/reconcile.py URL      asks a running service in batches of 10 and of 200
"""

from __future__ import annotations

import csv
import http.client
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

VALUES = 10_000
CASES = Path(__file__).parents[1] / "tests" / "cases" / "reconcile" / "queries.csv"


def asked(url: str, size: int) -> float:
    """Return the seconds that all values take in batches of a size."""
    with CASES.open(encoding="utf-8", newline="") as file:
        values = [row["value"] for row in csv.DictReader(file)]
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    begun = time.perf_counter()
    for start in range(0, VALUES, size):
        batch = {f"q{at}": {"query": values[at % len(values)] + (str(at) if at % 3 == 0 else ""), "limit": 5}
                 for at in range(start, start + size)}
        connection.request("POST", "/reconcile", urlencode({"queries": json.dumps(batch)}),
                           {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    return time.perf_counter() - begun


if __name__ == "__main__":
    for size in (10, 200):
        print(f"{VALUES:,} values, {size} a batch: {asked(sys.argv[1], size):.2f} s")
