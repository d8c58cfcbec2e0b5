"""Where the processor time of a first publish goes, by stage.

    python benchmarks/stages.py WIDE.csv [--profile FILE]

Workers are told by what they are asked to do; what they need beside that is their start. The publisher's own time is told by the
stage that its progress was told of next. `--profile` writes the publisher's own profile (see `pstats`), and beside it, with the
name of the work at its end, that of all calls of each work in one of the workers.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.pool import Pool
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

_profiles: dict[str, cProfile.Profile] = {}


def timed(profile: str, work: Callable[..., Any], *given: Any) -> tuple[Any, float]:
    """Do some work in a worker; return what came of it and the processor time it took."""
    profiler = _profiles.setdefault(work.__name__, cProfile.Profile()) if profile else None
    began = time.process_time()
    if profiler:
        profiler.enable()
    try:
        done = work(*given)
    finally:
        if profiler:
            profiler.disable()
            profiler.dump_stats(f"{profile}.{work.__name__}")
    return done, time.process_time() - began


class Watched(Pool):
    """A pool that knows what its processes' work took, by the name of the work."""

    took: ClassVar[defaultdict[str, float]] = defaultdict(float)
    profile: ClassVar[str] = ""

    def submit(self, work: Callable[..., Any], *given: Any, **named: Any) -> Future[Any]:
        """Hand work out; what it took is noted when it is done."""
        answer: Future[Any] = Future()

        def settle(done: Future[tuple[Any, float]]) -> None:
            problem = done.exception()
            if problem is not None:
                answer.set_exception(problem)
            else:
                value, took = done.result()
                self.took[work.__name__.strip("_")] += took
                answer.set_result(value)

        super().submit(timed, self.profile, work, *given, **named).add_done_callback(settle)
        return answer


def main() -> None:
    """Publish into a fresh workspace and print what each stage took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("list", type=Path)
    options.add_argument("--profile", default="")
    given = options.parse_args()
    import odlinked.publishing.files as publishing

    publishing.Pool = Watched  # type: ignore[misc]
    Watched.profile = given.profile
    own: defaultdict[str, float] = defaultdict(float)
    last = time.process_time()

    def progress(stage: str, _: int) -> None:
        nonlocal last
        now = time.process_time()
        own[stage] += now - last
        last = now

    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory(prefix="odlinked-stages-") as workspace:
        publisher = Publisher(Workspace(Path(workspace)), Settings(), progress)
        if given.profile:
            profiler.enable()
        publisher.publish([given.list], "national")
        if given.profile:
            profiler.disable()
            profiler.dump_stats(f"{given.profile}.publisher")
    for process in multiprocessing.active_children():
        process.join()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    workers = children.ru_utime + children.ru_stime
    rows = [(f"worker: {name}", took) for name, took in Watched.took.items()]
    rows += [("workers: start, pickling", workers - sum(Watched.took.values()))]
    rows += [(f"publisher: to {stage}", took) for stage, took in own.items()]
    total = sum(took for _, took in rows)
    for name, took in sorted(rows, key=lambda row: -row[1]):
        print(f"{name:<32} {took:8.1f} s {took / total:6.1%}")
    print(f"{'together':<32} {total:8.1f} s")


if __name__ == "__main__":
    main()
