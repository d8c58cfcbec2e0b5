"""Harvested records into documents and faults, on every core: what `intake.rows` is for the rows of tables.

A record keeps its reuse key as long as its source states the same of it and the rules are the same.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Final

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import Archive, RowDocument, RowOutcome
from odlinked.documents import Codec, Document
from odlinked.findings import Fault, Result
from odlinked.graphs import records
from odlinked.graphs.records import SourceRecord, TextOf
from odlinked.intake.arrivals import Arrival
from odlinked.intake.rows import BATCH, Worked, spread
from odlinked.intake.statements import StatementGate
from odlinked.pool import Pool, batched
from odlinked.quality.rulebook import HARVESTS
from odlinked.quality.shacl import CHUNK, Validator
from odlinked.quality.shapes import Profile
from odlinked.rdf import vocabulary

EDITION: Final = 1
"""Raised when the same record makes other documents or faults."""

PERSON: Final = "P89-person-left-out"
_SAMPLE: Final = 200
_MOST_FAULTS: Final = 200
"""Most faults kept of one record."""


@dataclass(frozen=True)
class RecordJob:
    """All a worker needs to know about the records of a source."""

    assets: Assets
    base: str
    source: str
    public_keys: tuple[str, ...]
    dictionary: bytes = b""


class RecordWorkshop:
    """Cleans, judges and packs records, for one job."""

    def __init__(self, job: RecordJob) -> None:
        self.job = job
        self.gate = StatementGate(job.assets, job.public_keys)
        judged, told = HARVESTS
        self.profile = Profile.load(job.assets, judged)
        self.validator = Validator(self.profile)
        self.codec = Codec(job.dictionary)
        self._told = Profile.load(job.assets, told).by_name
        self._heading = lru_cache(maxsize=1_000)(partial(_shortened, short=vocabulary.prefixes(job.assets)))
        self._shared = lru_cache(maxsize=10_000)(self._document)

    @property
    def digest(self) -> bytes:
        """The part of the reuse keys that all records of the job share."""
        text = repr((EDITION, self.validator.digest, self.gate.digest, self.job.base, self.job.source))
        return hashlib.sha256(text.encode()).digest()

    def documents(self, record: SourceRecord) -> tuple[list[Document], int]:
        """Return the documents of a record, its own first, and how many statements were left out or changed for persons' sake."""
        own, touched = self._document(record.own)
        made = [own]
        for part in record.shared:  # a body is shared by many records
            document, count = self._shared(part)
            made.append(document)
            touched += count
        return made, touched

    def work(self, keyed: Sequence[tuple[bytes, bytes]]) -> list[Worked]:
        """Return what becomes of records, given by reuse key and line, in the order given."""
        some = [(key, record, *self.documents(record)) for key, line in keyed for record in (SourceRecord.of_line(line),)]
        results: dict[str, list[Result]] = {}
        for start in range(0, len(some), CHUNK):
            own = {made[0].iri: made[0].text for _, _, made, _ in some[start:start + CHUNK]}
            for result in self.validator.validate(b"".join(own.values())):
                results.setdefault(result.focus.split("#", 1)[0], []).append(result)
        packed: set[bytes] = set()
        return [self._worked(key, record, made, touched, results.get(made[0].iri, ()), packed)
                for key, record, made, touched in some]

    def _document(self, part: TextOf) -> tuple[Document, int]:
        lines, count = self.gate.passed(self._under_base(part))
        return Document.of(part.iri.replace(records.HERE, self.job.base, 1), lines), count

    def _under_base(self, part: TextOf) -> bytes:
        return part.text.replace(f"<{records.HERE}/", f"<{self.job.base}/").encode()

    def _worked(self, key: bytes, record: SourceRecord, made: list[Document], touched: int, results: Iterable[Result],
                packed: set[bytes]) -> Worked:
        own = made[0]
        faults = [self._fault(result) for result in results]
        faults += [self._of_source(rule, own.iri, value) for rule, _, value in record.found]
        if touched and not any(fault.rule == PERSON for fault in faults):
            faults.append(self._of_source(PERSON, own.iri, ""))
        documents = tuple(RowDocument(d.iri, d.hash, d is not own) for d in made)
        outcome = RowOutcome(documents, {}, False, tuple(sorted(set(faults), key=_order)[:_MOST_FAULTS]))
        fresh = [d for d in made if d.hash not in packed]
        packed.update(d.hash for d in fresh)
        return Worked(key, outcome, self.codec.pack(outcome.dump()), tuple((d.hash, self.codec.pack(d.text)) for d in fresh))

    def _fault(self, result: Result) -> Fault:
        rule = self.profile.rules.get(result.rule)
        return Fault(rule.name if rule else result.rule, result.severity, node=result.focus, path=result.path,
                     value=result.value[:500], heading=self._heading(result.path))

    def _of_source(self, rule: str, node: str, value: str) -> Fault:
        return Fault(rule, self._told[rule].severity, node=node, value=value)


def _order(fault: Fault) -> tuple[str, ...]:
    return fault.rule, fault.node, fault.path, fault.value


def _shortened(iri: str, *, short: Mapping[str, str]) -> str:
    """Return an IRI with its prefix, where one is declared."""
    space, prefix = max(((space, prefix) for prefix, space in short.items() if iri.startswith(space)),
                        key=lambda pair: len(pair[0]), default=("", ""))
    return f"{prefix}:{iri[len(space):]}" if space else iri


@dataclass
class RecordIntake:
    """Takes in the records of a source. `known` are the reuse keys of its living records; `anew` judges every record again."""

    archive: Archive
    job: RecordJob
    pool: Pool
    progress: Callable[[str, int], None]
    known: set[bytes]
    anew: bool = False

    def arrivals(self, given: Sequence[tuple[int, str, Iterator[bytes]]]) -> list[Arrival]:
        """Return every record of files (number of the input, name, lines), in order; one whose key is known comes without its
        outcome."""
        places = [place for number, _, lines in given for place in self._file(number, lines)]
        outcomes = self.archive.outcomes(list({key for *_, key in places if key not in self.known}))
        return [Arrival(number, None, row, key, outcomes.get(key)) for number, row, key in places]

    def _file(self, number: int, lines: Iterator[bytes]) -> list[tuple[int, int, bytes]]:
        workshop = RecordWorkshop(self.job)
        digest = workshop.digest
        places: list[tuple[int, int, bytes]] = []
        known = set(self.known)

        def unseen() -> Iterator[tuple[bytes, bytes]]:
            row = 0
            for batch in batched(lines, BATCH):
                keyed = [(hashlib.blake2b(line, digest_size=20, key=digest).digest(), line) for line in batch]
                if not self.anew:
                    known.update(self.archive.known([key for key, _ in keyed if key not in known]))
                for key, line in keyed:
                    row += 1
                    places.append((number, row, key))
                    if key not in known:
                        known.add(key)
                        yield key, line
                self.progress("read", len(batch))

        waiting: Iterator[tuple[bytes, bytes]] = unseen()
        if not self.archive.has_dictionary:
            sample = list(islice(waiting, _SAMPLE))
            texts = {d.iri: d.text for _, line in sample for d in workshop.documents(SourceRecord.of_line(line))[0]}
            self.archive.choose_dictionary(texts.values())
            waiting = chain(sample, waiting)
        job = pickle.dumps(replace(self.job, dictionary=self.archive.codec.dictionary))
        pending: list[Worked] = []
        for worked in spread(self.pool, work, job, waiting, lambda done: self.progress("map", done)):
            pending.append(worked)
            if len(pending) >= BATCH:
                self._keep(pending)
        self._keep(pending)
        return places

    def _keep(self, pending: list[Worked]) -> None:
        self.archive.add([pair for w in pending for pair in w.documents], [(w.key, w.packed) for w in pending])
        pending.clear()


@lru_cache(maxsize=1)
def _workshop(job: bytes) -> RecordWorkshop:
    made: RecordJob = pickle.loads(job)  # noqa: S301 - our own bytes, from the publisher's process
    return RecordWorkshop(made)


def work(job: bytes, keyed: list[tuple[bytes, bytes]]) -> list[Worked]:
    """Work a batch of records in a worker process."""
    return _workshop(job).work(keyed)
