"""Publish the national list with this checkout and with an earlier commit, turn about, and tell the ratios of processor time.

    python benchmarks/against.py COMMIT [--list SLIM.csv] [--rows N] [--rounds 3]

A round publishes the widened list (see `widen.py`) first, then with one record changed, then once more unchanged; old and new
take turns, since the load of the machine changes from minute to minute. Told of each: processor time of all processes, time by
the clock, the most memory all had together (PSS, looked up twice a second) and the load; at last the ratios new/old of the least
processor time of all rounds. Then the last round's releases are compared: documents by kind, and whether the new store, carried
forward twice, equals one built from its documents; and of some datasets whether all that is told of their quality, kept or
derived, is equal.

The commit's files and its environment, with the same versions of third parties as here, are kept below the system's folder
for temporary files and used again. Where the time of a first publish goes: `python benchmarks/stages.py WIDE.csv`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from peaks import family, field

HERE = Path(__file__).parent
ROOT = HERE.parent
SHARED = Path(os.environ.get("ODLINKED_SHARED", ROOT.parent / "shared"))
SLIM = "data/catalog/datagovtw_catalog_2026-03_slim.csv"
STEPS = ("first", "one changed", "unchanged")
SHOWN = 5
SAMPLE = 300


class Took(NamedTuple):
    """What a publish took: seconds of processor and clock, MB at most together, and the load before and after."""

    processor: float
    clock: float
    memory: float
    load: tuple[float, float]


def environment(commit: str) -> Path:
    """Return the Python of an environment with `commit` installed, made where there is none yet."""
    full = subprocess.check_output(["git", "rev-parse", f"{commit}^{{commit}}"], cwd=ROOT, text=True).strip()
    folder = Path(tempfile.gettempdir()) / f"odlinked-against-{os.getuid()}" / full[:12]
    python = folder / "venv" / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "checkout").mkdir(parents=True)
    packed = subprocess.check_output(["git", "archive", full], cwd=ROOT)
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder / "checkout", filter="data")
    freeze = subprocess.check_output([sys.executable, "-m", "pip", "freeze", "--exclude-editable"], text=True)
    (folder / "same.txt").write_text("\n".join(line for line in freeze.splitlines() if "@" not in line))
    subprocess.check_call([sys.executable, "-m", "venv", folder / "venv"])
    subprocess.check_call([python, "-m", "pip", "install", "-qq", "-c", folder / "same.txt", "-e", folder / "checkout"])
    (folder / "complete").touch()
    return python


def publish(python: Path, file: Path, workspace: Path) -> Took:
    """Publish a file as source "national" and return what it took; findings in it are no failure."""
    command = [python, "-m", "odlinked", "publish", file, "--source", "national", "--workspace", workspace]
    before, began, most = os.getloadavg()[0], time.perf_counter(), 0.0
    # Byte code is kept, as that of an installed package is: else every start would compile all modules.
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env=surroundings)
    while True:
        done, status, used = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        most = max(most, sum(field(folder / "smaps_rollup", "Pss") for folder in family(process.pid).values()))
        time.sleep(0.5)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{process.stderr.read().decode()}")
    return Took(used.ru_utime + used.ru_stime, time.perf_counter() - began, most, (before, os.getloadavg()[0]))


def compare(pythons: Sequence[Path], workspaces: Sequence[Path]) -> None:
    """Print by kind how many documents are equal, differ, and stand on one side only."""
    old, new = (_documents(python, workspace) for python, workspace in zip(pythons, workspaces, strict=True))
    told: dict[str, Counter[str]] = {}
    examples: dict[tuple[str, str], list[str]] = {}
    triples: dict[str, list[int]] = {}
    for iri in sorted(old.keys() | new.keys()):
        kind = "/".join(iri.partition("/id/")[2].split("/")[:-1]) if "/id/" in iri else "vocabulary"
        what = ("gone" if iri not in new else "come" if iri not in old else
                "equal" if old[iri][0] == new[iri][0] else "different")
        told.setdefault(kind, Counter())[what] += 1
        counted = triples.setdefault(kind, [0, 0])
        counted[0] += old.get(iri, ("", 0))[1]
        counted[1] += new.get(iri, ("", 0))[1]
        if what != "equal" and len(known := examples.setdefault((kind, what), [])) < SHOWN:
            known.append(iri)
    print(f"{'documents':<24} {'equal':>8} {'different':>9} {'gone':>6} {'come':>6} {'triples old':>12} {'new':>10}")
    for kind, counted in told.items():
        print(f"    {kind:<20} {counted['equal']:>8,} {counted['different']:>9,} {counted['gone']:>6,} {counted['come']:>6,} "
              f"{triples[kind][0]:>12,} {triples[kind][1]:>10,}")
    for (kind, what), iris in examples.items():
        print(f"    {kind} {what}: {' '.join(iris)}{' …' if told[kind][what] > len(iris) else ''}")
    same = [iri for iri in new if "/id/dataset/" in iri and old.get(iri) == new[iri]]
    _measured(pythons, workspaces, random.Random(7).sample(same, min(SAMPLE, len(same))))


def _measured(pythons: Sequence[Path], workspaces: Sequence[Path], datasets: Sequence[str]) -> None:
    """Print what is told otherwise of the quality of datasets whose records are equal: property, object and how often."""
    asked = "\n".join(datasets).encode()
    old, new = (set(subprocess.check_output([python, HERE / "held.py", "measured", workspace], input=asked).splitlines())
                for python, workspace in zip(pythons, workspaces, strict=True))
    counted = Counter((sign, line.split(b" ", 1)[1].decode()) for sign, lines in (("-", old - new), ("+", new - old))
                      for line in lines if line)
    print(f"measured of {len(datasets)} datasets with equal records, kept or derived: "
          f"{'all equal' if not counted else 'different are'}")
    for (sign, said), count in counted.most_common(4 * SHOWN):
        print(f"    {sign} {count:>5} {said}")


def _documents(python: Path, workspace: Path) -> dict[str, tuple[str, int]]:
    """Return IRI -> (hash, number of triples) of a release's documents, as its own code reads them."""
    text = subprocess.check_output([python, HERE / "held.py", "documents", workspace], text=True)
    return {iri: (digest, int(count)) for iri, digest, count in (line.split() for line in text.splitlines())}


def main() -> int:
    """Run the rounds, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("commit")
    options.add_argument("--list", type=Path, default=SHARED / SLIM, help="the 7-column list to widen")
    options.add_argument("--rows", type=int, default=0, help="only the first N rows")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--keep", type=Path, help="keep the last round's workspaces below this folder")
    given = options.parse_args()
    if 0 < given.rows <= 500:
        options.error("--rows: the changed row is the 501st")
    sides = {"old": environment(given.commit), "new": Path(sys.executable)}
    took: dict[tuple[str, str], list[Took]] = {}
    with tempfile.TemporaryDirectory(prefix="odlinked-against-") as name:
        folder = given.keep or Path(name)
        folder.mkdir(exist_ok=True)
        wide, touched = folder / "wide.csv", folder / "touched.csv"
        for file, touch in ((wide, 0), (touched, 1)):
            subprocess.check_call([sys.executable, HERE / "widen.py", given.list, file, "--rows", str(given.rows),
                                   "--touch", str(touch)])
        for turn in range(given.rounds):
            for side, python in list(sides.items())[:: -1 if turn % 2 else 1]:
                shutil.rmtree(folder / side, ignore_errors=True)
                for step, file in zip(STEPS, (wide, touched, touched), strict=True):
                    one = publish(python, file, folder / side)
                    took.setdefault((step, side), []).append(one)
                    print(f"round {turn + 1} {side} {step:<12} {one.processor:8.1f} s of processor {one.clock:8.1f} s by the "
                          f"clock {one.memory:8,.0f} MB together   load {one.load[0]:.1f} .. {one.load[1]:.1f}", flush=True)
        print(f"{'':<16} {'processor old':>14} {'new':>8} {'ratio':>7} {'clock old':>10} {'new':>8} {'MB old':>8} {'new':>8}")
        for step in STEPS:
            old, new = took[step, "old"], took[step, "new"]
            least = [min(one.processor for one in side) for side in (old, new)]
            clock = [min(one.clock for one in side) for side in (old, new)]
            memory = [max(one.memory for one in side) for side in (old, new)]
            print(f"{step:<16} {least[0]:>14.1f} {least[1]:>8.1f} {least[1] / least[0]:>7.2f} {clock[0]:>10.1f} {clock[1]:>8.1f} "
                  f"{memory[0]:>8,.0f} {memory[1]:>8,.0f}")
        compare(list(sides.values()), [folder / side for side in sides])
        return subprocess.call([sys.executable, HERE / "held.py", "store", folder / "new"])


if __name__ == "__main__":
    sys.exit(main())
