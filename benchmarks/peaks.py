"""Run a command and tell the peak memory of each of its processes, looked up in /proc ten times a second, and its processor time.

    python benchmarks/peaks.py odlinked publish list.csv --source national

A process's peak is its VmHWM (getrusage of a child can show what the parent had before it). `together` is the most that all
had at one moment, pages they share counted once (PSS).
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path


def family(group: int) -> dict[int, Path]:
    """Return the /proc folders of a process group's living processes."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                found[int(stat.parent.name)] = stat.parent
        except OSError:
            continue
    return found


def field(path: Path, name: str) -> float:
    """Return a field of a /proc file given in kB, in MB; 0 where the process is gone."""
    try:
        found = re.search(rf"^{name}:\s+(\d+)", path.read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def called(process: Path) -> str:
    """Return what a process is: a worker, the resource tracker of multiprocessing, the command itself; "" when it is gone."""
    try:
        line = (process / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
    if not line:
        return ""
    return "worker" if "spawn_main" in line else "resource tracker" if "resource_tracker" in line else "main"


def main() -> int:
    """Run and watch."""
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], start_new_session=True)
    peaks: dict[int, tuple[str, float]] = {}
    together = 0.0
    while process.poll() is None:
        total = 0.0
        for number, folder in family(process.pid).items():
            peak, name = field(folder / "status", "VmHWM"), called(folder)
            if name:  # what it was started as shows only once it has begun
                peaks[number] = (name, max(peak, peaks.get(number, ("", 0.0))[1]))
            total += field(folder / "smaps_rollup", "Pss")
        together = max(together, total)
        time.sleep(0.1)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{time.perf_counter() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of processor time; "
          f"load {os.getloadavg()[0]:.1f}; together at most {together:,.0f} MB")
    for name, peak in sorted(peaks.values(), key=lambda one: -one[1]):
        print(f"    {name:<16} {peak:8,.0f} MB")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
