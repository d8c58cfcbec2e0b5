"""Taking rows in: each row of the inputs with its outcome, mapped and validated only where it is new."""

from __future__ import annotations

import hashlib
import marshal
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import Archive
from odlinked.intake.arrivals import Arrival
from odlinked.intake.rows import BATCH, TableJob, Worked, Workshop, outcomes, row_key
from odlinked.mapping import forms
from odlinked.mapping.gate import Passed
from odlinked.mapping.organizations import Registry
from odlinked.mapping.refine import MappingContext
from odlinked.pool import Pool
from odlinked.sheets.tables import Row, Table


@dataclass
class Input:
    """A file of a publish: its place in the list of inputs, the kept copy's SHA-256, its usual name."""

    id: int
    source: str
    sha256: str
    name: str
    published: str
    form: str = ""
    mode: str = ""
    tables: list[tuple[Table, forms.Binding]] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return the input as a row of table `input`."""
        return {"id": self.id, "source": self.source, "form": self.form, "mode": self.mode, "sha256": self.sha256,
                "name": self.name, "published": self.published, "live": 1}


_SEPARATOR = "\x1f"
_PLAIN = 2
"""The version of `marshal`'s form that does not depend on which texts are one object."""
_LEAST, _SHARE = 100, 512
"""A run of rows has at least so many rows, and ends before about one of so many of those that follow."""
_made = tuple.__new__
"""Makes an `Arrival` of its parts in half the time that its own constructor takes."""

_SAMPLE = 200
"""Rows from which the packing dictionary is chosen."""


class Passage:
    """The way of rows through the gate of a table, to their reuse keys."""

    def __init__(self, workshop: Workshop, registry: Registry | None) -> None:
        self._gate, self._joins, self._digest = workshop.mapper.gate, workshop.mapper.joins, workshop.digest
        binding = workshop.job.binding
        own = (binding.columns, binding.unknown, binding.header_row, sorted(binding.persons), sorted((registry or {}).items()),
               *((binding.added,) if binding.added else ()))
        self._key = hashlib.sha256(self._digest + repr(own).encode()).digest()

    def raw(self, row: Row) -> bytes:
        """Return 20 bytes over a row as it is read, whatever its number, and all that its passage depends on."""
        text, person = _SEPARATOR.join(row.cells), b""
        if text.count(_SEPARATOR) != len(row.cells) - 1:  # a cell holds it
            text, person = repr(row.cells), b"quoted"
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20, key=self._key, person=person).digest()

    def run(self, rows: Sequence[Row]) -> bytes:
        """Return 20 bytes over rows that follow each other, whatever their numbers, and all that their passage depends on."""
        # This form tells texts by their lengths and the same ones in the same way: no separator could stand in a cell.
        cells = marshal.dumps([row.cells for row in rows], _PLAIN)
        return hashlib.blake2b(cells, digest_size=20, key=self._key, person=b"run").digest()

    def through(self, row: Row) -> tuple[bytes, Passed]:
        """Return a row as it passes, with its reuse key."""
        passed = self._gate.passed(row)
        return row_key(self._digest, passed, self._joins(passed)), passed


@dataclass
class Intake:
    """Takes in the rows of one source. `known` are the reuse keys of its living records; `anew` maps every row again; `registry`
    has the names of published organisations."""

    archive: Archive
    assets: Assets
    context: MappingContext
    profile: str
    pool: Pool
    progress: Callable[[str, int], None]
    known: set[bytes]
    anew: bool = False
    registry: Registry | None = None
    places: list[tuple[int, str | None, int, bytes]] = field(default_factory=list)

    def arrivals(self, inputs: Sequence[Input]) -> list[Arrival]:
        """Return every row of the inputs, in order; one whose key is known comes without its outcome."""
        for given in inputs:
            for table, binding in given.tables:
                self._table(given, table, binding)
        fresh = list({key for *_, key in self.places if key not in self.known})
        outcomes = self.archive.outcomes(fresh)
        return [_made(Arrival, (*place, outcomes.get(place[3]))) for place in self.places]

    def _table(self, given: Input, table: Table, binding: forms.Binding) -> None:
        """Put one table's new rows into the archive and note every row's place and key."""
        job = TableJob(self.assets, table.file, table.sheet, binding, self.context, self.profile, registry=self.registry)
        workshop = Workshop(job)
        self._choose_dictionary(workshop, table)
        job, workshop.codec = job.with_dictionary(self.archive.codec.dictionary), self.archive.codec
        pending: list[Worked] = []
        unseen = self._unseen(given, table, workshop)
        for worked in outcomes(self.pool, job.pickled(), unseen, lambda done: self.progress("map", done), workshop):
            pending.append(worked)
            if len(pending) >= BATCH:
                self._keep(pending)
        self._keep(pending)

    def _unseen(self, given: Input, table: Table, workshop: Workshop) -> Iterator[tuple[bytes, Passed]]:
        """Yield the rows to work, noting the place and key of all.

        A row that is read as it was before needs not pass the gate: its key is known, and what came of it. Of a list published
        again nearly all rows are known together, run by run, and only the others are looked at one by one.
        """
        passage = Passage(workshop, self.registry)
        known = set(self.known)
        for batch in runs(table.rows()):
            whole = passage.run(batch)
            keys = None if self.anew else self.archive.passed_run(whole)
            known |= self._outcomes(set(keys or ()) - known)
            if keys is not None and known.issuperset(keys):
                self.places += [(given.id, table.sheet, row.number, key) for row, key in zip(batch, keys, strict=True)]
                self.progress("read", len(batch))
                continue
            raws = [passage.raw(row) for row in batch]
            before = {} if self.anew else self.archive.passed(raws)
            known |= self._outcomes(set(before.values()) - known)
            through = {place: passage.through(row) for place, row in enumerate(batch) if before.get(raws[place]) not in known}
            known |= self._outcomes({key for key, _ in through.values()} - known)
            self.archive.add_passed((raws[place], key) for place, (key, _) in through.items())
            told = [through[place] if place in through else (before[raw], None) for place, raw in enumerate(raws)]
            self.archive.add_passed_run(whole, (key for key, _ in told))
            for row, (key, passed) in zip(batch, told, strict=True):
                self.places.append((given.id, table.sheet, row.number, key))
                if passed is not None and key not in known:
                    known.add(key)
                    yield key, passed
            self.progress("read", len(batch))

    def _outcomes(self, keys: Set[bytes]) -> set[bytes]:
        """Return which of some reuse keys have an outcome already."""
        return set() if self.anew or not keys else self.archive.known(list(keys))

    def _keep(self, pending: list[Worked]) -> None:
        self.archive.add([pair for w in pending for pair in w.documents], [(w.key, w.packed) for w in pending])
        pending.clear()

    def _choose_dictionary(self, workshop: Workshop, table: Table) -> None:
        if not self.archive.has_dictionary:
            sample = [row for _, row in zip(range(_SAMPLE), table.rows(), strict=False)]
            texts = {d.iri: d.text for m in workshop.sampled(sample) for d in m.documents}
            self.archive.choose_dictionary(texts.values())


def runs(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Cut rows into runs, of at most `BATCH`, by what stands in them: where a row comes or goes, the runs behind it stay as they
    were."""
    run: list[Row] = []
    for row in rows:
        if len(run) >= _LEAST and (len(run) >= BATCH or not zlib.crc32("".join(row.cells[:1]).encode(errors="replace")) % _SHARE):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def together(inputs: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return inputs as they were published together: of one source, at one time."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in inputs:
        groups.setdefault((row["source"], row["published"]), []).append(row)
    return list(groups.values())
