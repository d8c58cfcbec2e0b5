"""How fast values are reconciled: 10,000 of the project's cases, a third of them misspelled, in the index and by HTTP.

    python benchmarks/reconcile.py URL [PID]

asks a running service in batches of 10 (as OpenRefine does) and of 200; with the number of its process the processor time of it
and its children is told.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

VALUES = 10_000
TICKS = os.sysconf("SC_CLK_TCK")
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


def spent(pid: int) -> float:
    """Return the processor seconds of a process and its children so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return (int(fields[11]) + int(fields[12])) / TICKS + sum(spent(int(child)) for child in children)


if __name__ == "__main__":
    process = int(sys.argv[2]) if sys.argv[2:] else 0
    for size in (10, 200):
        before = spent(process) if process else 0.0
        took = asked(sys.argv[1], size)
        shown = f", {spent(process) - before:.1f} s of the service's processor time" if process else ""
        print(f"{VALUES:,} values, {size} a batch: {took:.2f} s{shown}; load {os.getloadavg()[0]:.0f}")
