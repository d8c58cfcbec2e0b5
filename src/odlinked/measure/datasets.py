"""Measuring: the quality document of each living dataset, rebuilt only where its record, its evidence or the day require it.

A quality document is one of the catalogue's own: it is stored, dumped and served like any other. Its reuse key is made of the
record's hash, the observations of its distributions, what is known of it among others, and the assets of measuring.
"""

from __future__ import annotations

import hashlib
import pickle
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping import quality_documents
from odlinked.catalog.keeping.archive import Archive, Measurement
from odlinked.catalog.keeping.quality_documents import Names
from odlinked.kinds import quality_iri
from odlinked.measure import agency
from odlinked.measure.measurer import Item, Measurer, Parameters
from odlinked.measure.observations import Observed, RelatedRecords
from odlinked.namespaces import CODE, DCAT, DCTERMS, ODL, RDF
from odlinked.pool import Pool, batched
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile

BATCH = 1_000
"""Datasets measured together: what is unlike all before runs through every query, which takes its time for one as for many."""

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


class MeasuredBatch(NamedTuple):
    """The results of tasks, in their order: the measurements, the quality documents' packed texts, and what these leave to the
    common document, by name, with how many of them do."""

    measurements: list[Measurement]
    packed: list[bytes]
    common: dict[bytes, bytes]
    used: Counter[str]


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


def measure(path: str, bench: bytes, tasks: Sequence[Task]) -> MeasuredBatch:
    """Measure datasets whose records are in the archive at `path`."""
    instruments, archive = _instruments(bench), Archive(Path(path))
    try:
        texts = dict(archive.texts([task.record for task in tasks]))
    finally:
        archive.close()
    records = {task.iri: texts[task.record] for task in tasks}
    known = instruments.findings(records, {task.iri: task.family for task in tasks})
    items = [Item(t.iri, quality_iri(t.iri), records[t.iri], t.observations, known[t.iri] + t.related) for t in tasks]
    made = MeasuredBatch([], [], {}, Counter())
    for task, done in zip(tasks, instruments.measurer.measure_to_keep(items), strict=True):
        until = done.until.isoformat() if done.until else ""
        stated = _stated(task.iri, records[task.iri])
        made.measurements.append(Measurement(task.key, done.document.hash, instruments.day, until,
                                             stated + done.facts if stated else b""))
        made.packed.append(archive.codec.pack(done.document.text))
        made.common.update(done.common)
        made.used.update(name.decode() for name in done.common)
    return made


def facts_of(iri: str, record: bytes, quality: bytes) -> bytes:
    """Return what an organisation is measured by of a dataset, from its record and its whole quality document; b"" where it is
    not open."""
    stated = _stated(iri, record)
    return stated + agency.facts(iri, quality) if stated else b""


def _stated(iri: str, record: bytes) -> bytes:
    """Return the statements of an open dataset's record that its organisation's measurement uses; b"" for any other."""
    subject = f"<{iri}> ".encode()
    own = [line[len(subject):] for line in record.split(b"\n") if line.startswith(subject)]
    if any(_CLOSED.match(line) for line in own):
        return b""
    return b"".join(subject + line + b"\n" for line in own if line.startswith(_STATED))


def used(archive: Archive, documents: Mapping[str, bytes]) -> Counter[str]:
    """Count what quality documents (IRI -> hash) leave to the common one, by its name."""
    hashes = dict(zip(documents.values(), documents, strict=True))
    found: Counter[str] = Counter()
    for digest, text in archive.texts(list(hashes)):
        if (names := Names.of(hashes[digest])) is not None:
            found.update(name.decode() for name in quality_documents.used(text, names))
    return found


@dataclass
class Measuring:
    """Measures the datasets of a state; `progress` is called with stage "measure" and how many are done."""

    archive: Archive
    bench: MeasuringSettings
    pool: Pool
    progress: Callable[[str, int], None]
    _made_use: Counter[str] = field(default_factory=Counter)
    _known: dict[str, bytes] = field(default_factory=dict)

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
        self._known = {quality_iri(iri): one.hash for iri, one in found.items()}
        tasks = (Task(key, e.iri, e.hash, observed.text(e.iri, quality_iri(e.iri)), related.text(e.iri), families.get(e.iri, ""))
                 for key, e in keyed.items() if key not in known)
        for batch, made in self._made(bench, tasks, len(keyed) - len(known)):
            self.archive.add_common(made.common)
            self.archive.add(zip((one.hash for one in made.measurements), made.packed, strict=True))
            self.archive.add_measured(made.measurements)
            found.update({task.iri: one for task, one in zip(batch, made.measurements, strict=True)})
            self._made_use.update(made.used)
            self.progress("measure", len(batch))
        return found

    def used(self) -> Counter[str]:
        """Count what the quality documents that were settled leave to the common one, by its name."""
        return self._made_use + used(self.archive, self._known)

    def _made(self, bench: bytes, tasks: Iterable[Task], count: int) -> Iterator[tuple[Sequence[Task], MeasuredBatch]]:
        """Yield batches with their results, in order; at most a few are held in memory."""
        path, batches = str(self.archive.path), batched(tasks, BATCH)
        if count <= _FEW or self.pool.workers == 1:
            for batch in batches:
                yield batch, measure(path, bench, batch)
            return
        waiting: deque[tuple[Sequence[Task], Future[MeasuredBatch]]] = deque()
        for batch in batches:
            waiting.append((batch, self.pool.submit(measure, path, bench, batch)))
            if len(waiting) > 2 * self.pool.workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()
