"""Rows that pass in Apache Spark: the same function, on each part of a file that was cut by one scan. Needs pyspark, an extra.

Parts are worked at by `mapInArrow`. Each reads its bytes of the file, and leaves its lines, faults and keys in a folder, from
where they are taken in order: file and folder must lie at the same path for all processes of Spark.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final

from odlinked.errors import InputError
from odlinked.lifting.conversion.faults import FaultLog, LiftFault
from odlinked.lifting.conversion.passing import PassingTable
from odlinked.lifting.reading.rows import Told
from odlinked.lifting.reading.tables import OpenedTable
from odlinked.sheets.tables import PartOfRows, RowBlock
from odlinked.standards.persons import Persons

PART: Final = 8 << 20
"""Bytes of a part: some 60,000 rows of measurements."""

_PIECE: Final = 1 << 20
_DOING: Final = "lifting with Spark"

Prepared = Callable[[Iterable[RowBlock], Told], Iterable[RowBlock]]


@dataclass
class SparkEngine:
    """Has the rows of tables pass in Spark, in parts of at least `size` bytes; what they leave lies in `folder` meanwhile."""

    folder: Path
    size: int = PART
    _rows: dict[str, list[int]] = field(default_factory=dict)
    """By the address of a table: the rows of each of its parts, without totals that are left out."""

    def screened(self, persons: Persons, opened: OpenedTable) -> None:
        """Have all rows examined for personal data, and count them; raise `InputError` for a file that cannot be cut."""
        found = list(self._worked(opened, partial(_screen, persons.beside(), opened.prepared)))
        for _, counted in found:
            persons.add(counted)
        self._rows[opened.reading.table.url] = [rows for rows, _ in found]

    def lifted(self, passing: PassingTable, opened: OpenedTable) -> Iterator[bytes]:
        """Yield the lines of all rows in order, once all parts are done; keys, faults and links are taken beside."""
        if passing.takers:
            raise InputError("rows that are published pass in one process", doing=_DOING, next_step="Leave out --engine")
        before = [0, *accumulate(self._rows[passing.reading.table.url])]
        faults = replace(passing.faults, log=_Collected(passing.faults.log.clean))
        work = partial(_lift, replace(passing, faults=faults), opened.prepared, before, self.folder)
        for number, (triples, digests, links, told) in enumerate(self._worked(opened, work)):
            for fault in told:
                passing.faults.log.take(fault)
            passing.watch.add_digests(digests)
            if passing.linking is not None:
                passing.linking.add(links)
            passing.rows, passing.triples = before[number + 1], passing.triples + triples
            lines = _path(self.folder, number, "nt")
            with lines.open("rb") as file:
                yield from iter(partial(file.read, _PIECE), b"")
            lines.unlink()

    def _worked(self, opened: OpenedTable, work: Callable[[PartOfRows, int], Any]) -> Iterator[Any]:
        """Have all parts of a table worked at; return what came of each, in order."""
        if opened.parts is None:
            raise InputError("only delimited text is cut into parts, and only as `odlinked lift --describe` describes it",
                             doing=_DOING, on=opened.reading.table.url.rpartition("/")[2],
                             next_step="Describe the file so, or leave out --engine")
        parts, folder = opened.parts(self.size), self.folder

        def run(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                for number in batch.column(0).to_pylist():
                    _leave(_path(folder, number, "done"), [pickle.dumps(work(parts[number], number))])
                yield batch

        self._session.range(0, len(parts), 1, len(parts)).mapInArrow(run, "id long").count()
        return (pickle.loads(_path(folder, number, "done").read_bytes()) for number in range(len(parts)))  # noqa: S301 - ours

    @cached_property
    def _session(self) -> Any:
        """Spark as it is configured around this process (spark-submit), else on the cores of this machine."""
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError as problem:
            raise InputError("pyspark is not installed", doing=_DOING,
                             next_step="Run `pip install 'odlinked[spark]'`") from problem
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        try:
            session = SparkSession.builder.appName("odlinked").config("spark.ui.showConsoleProgress", "false").getOrCreate()
        except PySparkException as problem:
            raise InputError("Spark does not start", doing=_DOING,
                             next_step="Install a Java runtime that it can use (17, for instance)") from problem
        session.sparkContext.setLogLevel("ERROR")
        return session


@dataclass
class _Collected(FaultLog):
    """Keeps all faults of a part as they are told."""

    faults: list[LiftFault] = field(default_factory=list)

    def take(self, fault: LiftFault) -> None:
        """Keep a fault."""
        self.faults.append(fault)


def _path(folder: Path, number: int, kind: str) -> Path:
    return folder / f"part-{number:06}.{kind}"


def _leave(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that is whole or not there, whoever else works at the same part."""
    part = path.with_suffix(f"{path.suffix}-{os.getpid()}")
    with part.open("wb") as file:
        file.writelines(pieces)
    part.replace(path)


def _screen(persons: Persons, prepared: Prepared, part: PartOfRows, number: int) -> Any:
    """Return the rows of a part, and what was counted of persons in it."""
    rows = 0
    for block in prepared(part(), lambda *found: None):
        rows += len(block)
        persons.take_columns(len(block), block.distinct, block.times)
    return rows, persons.counted()


def _lift(passing: PassingTable, prepared: Prepared, before: Sequence[int], folder: Path, part: PartOfRows, number: int) -> Any:
    """Write the lines of a part; return how many, digests of its keys, counts of links and faults."""
    passing.rows, passing.triples = before[number], 0
    blocks = prepared(part(), passing.faults.told)
    _leave(_path(folder, number, "nt"), chain.from_iterable(map(passing.lines, blocks)))
    found = passing.faults.log
    return (passing.triples, passing.watch.digests(), passing.linking.counted() if passing.linking else [],
            found.faults if isinstance(found, _Collected) else [])
