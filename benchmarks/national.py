"""Publish a national list end to end: seconds a stage, peak memory a process, then again unchanged, then with one change.

    python benchmarks/national.py LIST.csv [--changed CHANGED.csv] [--config odlinked.toml]

`benchmarks/widen.py` makes the 22-column list and, with `--touch 1`, the changed one. A stage runs from its first to its last
row; stages overlap (reading feeds mapping, the store is loaded while the index is written).
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.settings_file import load


class Clock:
    """Notes when each stage first and last moved, and how far it came."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.stages: dict[str, list[float]] = {}

    def __call__(self, stage: str, done: int) -> None:
        now = time.perf_counter() - self.start
        seen = self.stages.setdefault(stage, [now, now, 0])
        seen[1], seen[2] = now, seen[2] + done

    def tell(self, title: str) -> None:
        """Print the stages."""
        total = time.perf_counter() - self.start
        print(f"{title}: {total:.1f} s")
        for stage, (first, last, done) in self.stages.items():
            print(f"    {stage:<8} {first:7.1f} .. {last:6.1f} s  {int(done):>9,}")


def memory(who: int) -> float:
    """Return the peak resident memory in MB of this process or of the largest child."""
    return resource.getrusage(who).ru_maxrss / 1024


def run(title: str, settings: Settings, workspace: Path, file: Path) -> None:
    """Publish once and print what it took."""
    clock = Clock()
    done = Publisher(Workspace(workspace), settings, clock).publish([file], "national")
    clock.tell(title)
    print(f"    release {done.release} new={done.new} rows={done.rows:,} added={done.added:,} changed={done.changed:,} "
          f"gone={done.gone:,} violations={done.violations:,} warnings={done.warnings:,} issues={done.issues:,}")
    print(f"    peak memory: publisher {memory(resource.RUSAGE_SELF):,.0f} MB, "
          f"largest worker {memory(resource.RUSAGE_CHILDREN):,.0f} MB")


def sizes(workspace: Path) -> None:
    """Print what the workspace holds."""
    release = Releases(Workspace(workspace)).current()
    print("counts:", release.counts())
    triples = sum(document.text.count(b"\n") for document in release.documents())
    print(f"triples: {triples:,}; dump {release.dump_size() / 1e6:.1f} MB")
    for name in ("documents-1.sqlite", "inputs", "dump", f"releases/{release.name}/catalog.sqlite",
                 f"releases/{release.name}/store"):
        path = workspace / name
        parts = [path] if path.is_file() else path.rglob("*")
        print(f"    {name:<36} {sum(p.stat().st_size for p in parts if p.is_file()) / 1e6:8.1f} MB")


def main() -> None:
    """Run the three publishes in a fresh workspace."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("list", type=Path)
    options.add_argument("--changed", type=Path)
    options.add_argument("--config", type=Path)
    options.add_argument("--workspace", type=Path, help="keep the workspace here")
    given = options.parse_args()
    settings = load(given.config)
    workspace = given.workspace or Path(tempfile.mkdtemp(prefix="odlinked-"))
    try:
        run("first publish", settings, workspace, given.list)
        run("again without changes", settings, workspace, given.list)
        if given.changed:
            run("one changed record", settings, workspace, given.changed)
        sizes(workspace)
    finally:
        if given.workspace is None:
            shutil.rmtree(workspace, ignore_errors=True)


if __name__ == "__main__":
    main()
