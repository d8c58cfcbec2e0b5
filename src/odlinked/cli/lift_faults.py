"""How `lift` tells what does not fit: lines for people, and a table of every fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from odlinked import csv_text
from odlinked.cli.language import reported, reported_of, spoken
from odlinked.lifting.conversion.faults import FaultLog, LiftFault
from odlinked.lifting.conversion.row_rules import RowRules
from odlinked.whole_file import replacing

MOST_REPORTED: Final = 100_000
"""Faults that a report has at most: it is made in memory. The table of `--findings` has all of them."""


def report(log: FaultLog, rules: RowRules) -> Iterator[str]:
    """Yield the lines that tell faults, in the words of the rules: personal data first, then by kind, file and column, with the
    first places of each."""
    for key in sorted(log.counts, key=lambda one: (not one[0].startswith("persons"), one)):
        kind, file, heading = key
        column = reported("column {heading}: ", heading=heading) if heading else ""
        yield reported("{file}: {column}{words}, {count} in all", file=file, column=column,
                       words=rules.words(kind, spoken().written), count=f"{log.counts[key]:,}")
        for fault in log.first[key]:
            if fault.row or fault.detail:
                yield _placed(fault)
        if log.counts[key] > len(log.first[key]):
            yield reported("  and {count} more", count=f"{log.counts[key] - len(log.first[key]):,}")


def _placed(fault: LiftFault) -> str:
    detail = reported_of(fault.detail)
    if not fault.row:
        return f"  {detail}"
    return (reported("  row {row}", row=fault.row) + (reported(": {value}", value=fault.value) if fault.value else "")
            + (reported(" ({detail})", detail=detail) if detail else ""))


@contextmanager
def listing(path: Path | None, rules: RowRules, kept: list[LiftFault] | None = None) -> Iterator[Any]:
    """Return what writes each fault into a table and keeps the first of them for a report; None where neither is asked for."""
    def keep(fault: LiftFault) -> None:
        if kept is not None and len(kept) < MOST_REPORTED:
            kept.append(fault)

    if path is None:
        yield None if kept is None else keep
        return
    heads = [reported("kind"), reported("file"), reported("row"), reported("column"), reported("value"),
             reported("what is wrong")]
    with replacing(path, "writing") as part, part.open("wb") as out:
        out.write((csv_text.MARK + csv_text.written([heads])).encode())

        def take(fault: LiftFault) -> None:
            keep(fault)
            out.write(csv_text.written([_row(fault, rules)]).encode("utf-8", "replace"))

        yield take


def _row(fault: LiftFault, rules: RowRules) -> list[object]:
    return [fault.kind, fault.file, fault.row or None, fault.column, fault.value,
            " ".join(text for text in (rules.words(fault.kind, spoken().written), reported_of(fault.detail)) if text)]
