"""Progress of long work: bars with total and time left on a terminal, nothing in a pipe."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from odlinked.cli.language import say, told

_ROWS: Final = "rows"
_TOTALS: Final = {_ROWS: ("read", "check"), "plan": ("check",)}
"""What tells the total of which later stages: the rows of the files, the links planned for a visit."""


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, int], None]]:
    """Return a function that takes (stage, rows done) and draws a line for each stage on standard error.

    The stage "rows" draws none: it says how many there are.
    """
    if not sys.stderr.isatty():
        yield lambda _stage, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  TextColumn(say("left")), TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        expected: Counter[str] = Counter()

        def advance(stage: str, done: int) -> None:
            for later in _TOTALS.get(stage, ()):
                expected[later] += done
                if later in tasks:
                    bar.update(tasks[later], total=expected[later])
            if stage == _ROWS:
                return
            if stage not in tasks:
                tasks[stage] = bar.add_task(told("stage", stage), total=expected[stage] or None)
            bar.advance(tasks[stage], done)

        yield advance
