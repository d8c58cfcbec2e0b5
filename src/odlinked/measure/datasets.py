"""Measuring: the quality document of each living dataset, rebuilt only where its record, its evidence or the day require it.

A quality document is one of the catalogue's own: it is stored, dumped and served like any other. Its reuse key is made of the
record's hash, the observations of its distributions, what is known of it among others, and the assets of measuring.
"""

from __future__ import annotations

import hashlib
import pickle
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.archive import Archive, Measurement
from odlinked.catalog.index import Entry
from odlinked.documents import Codec
from odlinked.kinds import quality_iri
from odlinked.measure import agency
from odlinked.measure.measurer import Item, Measured, Measurer, Parameters
from odlinked.measure.observations import Observed, RelatedRecords
from odlinked.namespaces import CODE, DCAT, DCTERMS, ODL, RDF
from odlinked.pool import Pool, batched
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile

BATCH = 500
"""Datasets measured together."""

_STATED = (f"<{RDF}type> <{DCAT}Dataset>".encode(), f"<{DCAT}theme> <{CODE}moea-theme/".encode(),
         f"<{DCTERMS}publisher> ".encode(), f"<{DCTERMS}issued> ".encode(), f"<{DCTERMS}modified> ".encode(),
         f"<{ODL}qualityBadge> ".encode())
"""What an organisation's measurement reads of a record: how lines about the dataset continue."""

_CLOSED = re.compile(f"<{DCTERMS}accessRights> <(?!.*/access-right/PUBLIC>)|<{ODL}plannedOpening> ".encode())
"""The marks of a record that is not open: another access right, or a planned opening."""

_FEW = 200
"""No more datasets than this are measured in the publisher's own process."""


@dataclass(frozen=True)
class MeasuringSettings:
    """What a worker needs to know to measure; `profile` is the rule set whose conformance is measured, "" for none."""

    assets: Assets
    parameters: Parameters
    as_of: date
    profile: str = ""


class Task(NamedTuple):
    """A dataset to be measured: its reuse key, IRI, record's hash, observations and the statements of other records about it
    (N-Triples), and the series it looks like."""

    key: bytes
    iri: str
    record: bytes
    observations: bytes
    related: bytes
    family: str


class MeasuredDataset(NamedTuple):
    """The result of a task: the measurement, and the quality document's packed text."""

    measurement: Measurement
    packed: bytes


class _Instruments:
    """A measurer and a validator, made once a process."""

    def __init__(self, bench: MeasuringSettings) -> None:
        self.measurer, self.day = Measurer(bench.assets, bench.parameters, bench.as_of), bench.as_of.isoformat()
        self.profile = Profile.load(bench.assets, bench.profile) if bench.profile else None
        self.validator = Validator(self.profile) if self.profile else None

    @property
    def digest(self) -> bytes:
        """The part of the reuse keys that all datasets share."""
        parts = (self.measurer.digest, self.validator.digest if self.validator else "")
        return hashlib.sha256(repr(parts).encode()).digest()

    def findings(self, records: Mapping[str, bytes], families: Mapping[str, str]) -> dict[str, bytes]:
        """Return what is known of records in addition to their statements: whether they conform, and the series they look
        like."""
        # Every dataset was compared with the others: that it looks like a part of no series is known, too.
        found = {iri: [f"<{iri}> <{ODL}proposedSeries> <{family or RDF + 'nil'}> ."] for iri, family in families.items()}
        if self.validator and self.profile:
            results = self.validator.validate(b"".join(records.values()))
            broken = {result.focus.split("#", 1)[0] for result in results if result.severity == "Violation"}
            for iri, lines in found.items():
                verb = "violates" if iri in broken else "satisfies"
                lines.append(f"<{iri}> <{ODL}{verb}> <{self.profile.iri}> .")
        return {iri: "\n".join([*lines, ""]).encode() for iri, lines in found.items()}


@lru_cache(maxsize=1)
def _instruments(bench: bytes) -> _Instruments:
    made: MeasuringSettings = pickle.loads(bench)  # noqa: S301 - our own bytes, from the publisher's process
    return _Instruments(made)


def measure(path: str, bench: bytes, tasks: Sequence[Task]) -> list[MeasuredDataset]:
    """Measure datasets whose records are in the archive at `path`."""
    instruments, archive = _instruments(bench), Archive(Path(path))
    try:
        texts = dict(archive.texts([task.record for task in tasks]))
        records = {task.iri: texts[task.record] for task in tasks}
        known = instruments.findings(records, {task.iri: task.family for task in tasks})
        items = [Item(t.iri, quality_iri(t.iri), records[t.iri], t.observations, known[t.iri] + t.related) for t in tasks]
        made = zip(tasks, instruments.measurer.measure(items), strict=True)
        return [_made(archive.codec, instruments.day, task, done, records[task.iri]) for task, done in made]
    finally:
        archive.close()


def _made(codec: Codec, day: str, task: Task, done: Measured, record: bytes) -> MeasuredDataset:
    text = done.document.text
    facts = facts_of(task.iri, record, text)
    until = done.until.isoformat() if done.until else ""
    return MeasuredDataset(Measurement(task.key, done.document.hash, day, until, facts), codec.pack(text))


def facts_of(iri: str, record: bytes, quality: bytes) -> bytes:
    """Return what an organisation is measured by of a dataset, from its record and its quality document; b"" where it is not
    open."""
    stated = _stated(iri, record)
    return stated + agency.facts(iri, quality) if stated else b""


def _stated(iri: str, record: bytes) -> bytes:
    """Return the statements of an open dataset's record that its organisation's measurement uses; b"" for any other."""
    subject = f"<{iri}> ".encode()
    own = [line[len(subject):] for line in record.split(b"\n") if line.startswith(subject)]
    if any(_CLOSED.match(line) for line in own):
        return b""
    return b"".join(subject + line + b"\n" for line in own if line.startswith(_STATED))


@dataclass
class Measuring:
    """Measures the datasets of a state; `progress` is called with stage "measure" and how many are done."""

    archive: Archive
    bench: MeasuringSettings
    pool: Pool
    progress: Callable[[str, int], None]

    def settle(self, entries: Iterable[Entry], observed: Observed, related: RelatedRecords,
               families: Mapping[str, str]) -> dict[str, Measurement]:
        """Return dataset IRI -> measurement for every entry, whose quality documents are then in the archive."""
        bench = pickle.dumps(self.bench)
        digest = _instruments(bench).digest
        keyed: dict[bytes, Entry] = {}
        for entry in entries:
            parts = (entry.iri, entry.hash, families.get(entry.iri, ""), observed.mark(entry.iri), related.mark(entry.iri))
            keyed[hashlib.blake2b(repr(parts).encode(), digest_size=20, key=digest).digest()] = entry
        known = self.archive.measured(list(keyed), self.bench.as_of.isoformat())
        found = {entry.iri: known[key] for key, entry in keyed.items() if key in known}
        tasks = (Task(key, e.iri, e.hash, observed.text(e.iri, quality_iri(e.iri)), related.text(e.iri), families.get(e.iri, ""))
                 for key, e in keyed.items() if key not in known)
        for batch, made in self._made(bench, tasks, len(keyed) - len(known)):
            self.archive.add([(one.measurement.hash, one.packed) for one in made])
            self.archive.add_measured(one.measurement for one in made)
            found.update({task.iri: one.measurement for task, one in zip(batch, made, strict=True)})
            self.progress("measure", len(batch))
        return found

    def _made(self, bench: bytes, tasks: Iterable[Task], count: int) -> Iterator[tuple[Sequence[Task], list[MeasuredDataset]]]:
        """Yield batches with their results, in order; at most a few are held in memory."""
        path, batches = str(self.archive.path), batched(tasks, BATCH)
        if count <= _FEW or self.pool.workers == 1:
            for batch in batches:
                yield batch, measure(path, bench, batch)
            return
        waiting: deque[tuple[Sequence[Task], Future[list[MeasuredDataset]]]] = deque()
        for batch in batches:
            waiting.append((batch, self.pool.submit(measure, path, bench, batch)))
            if len(waiting) > 2 * self.pool.workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()
