"""Rows into documents and faults, on every core: the work of a worker process.

The mapping and the rules meet here. A worker is built once from a `TableJob` (all picklable) and then takes batches of rows.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple, TypeVar

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import RowDocument, RowOutcome
from odlinked.documents import Codec, Document
from odlinked.findings import Fault, Result
from odlinked.mapping.forms import Binding, annotation
from odlinked.mapping.gate import Passed
from odlinked.mapping.lift import cutter
from odlinked.mapping.organizations import Registry
from odlinked.mapping.refine import Mapped, Mapper, MappingContext
from odlinked.mapping.verdicts import SEVERITY, RowVerdict
from odlinked.namespaces import DCAT, ODL
from odlinked.pool import Pool, collector_paused
from odlinked.quality import cell_rules
from odlinked.quality.cells import CheckedTable, Placement, locate, merge
from odlinked.quality.shacl import CHUNK, Validator
from odlinked.quality.shapes import Profile
from odlinked.sheets.tables import Row, column_letter

BATCH = 1_000
"""Rows a batch: large enough to share the cost of a store and a validation, small enough to stay in the cache."""

_LOOKED_UP = frozenset((cls, ODL + name) for cls in (DCAT + "Dataset", ODL + "PublisherName")
                       for name in ("ambiguousPublisher", "unrecognisedPublisher"))
"""What is only known where organisations are published: without any, the rules on it are not checked."""

T = TypeVar("T")

_IN_PROCESS = 600
"""Fewer rows than this are processed in the publisher's own process: starting workers costs more."""


@dataclass(frozen=True)
class TableJob:
    """All a worker needs to know about the rows of one table; `file` and `sheet` are the names in findings."""

    assets: Assets
    file: str
    sheet: str | None
    binding: Binding
    context: MappingContext
    profile: str
    dictionary: bytes = b""
    registry: Registry | None = None

    def with_dictionary(self, dictionary: bytes) -> TableJob:
        """Return the job with the archive's packing dictionary."""
        return replace(self, dictionary=dictionary)

    def pickled(self) -> bytes:
        """Return the job as bytes, as workers take it."""
        return pickle.dumps(self)


class Worked(NamedTuple):
    """A row's outcome with its packed documents: (hash, packed text), except those that an earlier row of the batch has."""

    key: bytes
    outcome: RowOutcome
    packed: bytes
    documents: tuple[tuple[bytes, bytes], ...]


class Workshop:
    """A mapper, a validator and a codec, made for one job."""

    def __init__(self, job: TableJob) -> None:
        self.job = job
        self.mapper = Mapper(job.binding, job.assets, job.context, job.registry)
        self.profile = Profile.load(job.assets, job.profile)
        self.validator = Validator(self.profile, frozenset(job.binding.carries) - (_LOOKED_UP if not job.registry else set()))
        self.codec = Codec(job.dictionary)
        self.sheet = _sheet(job)
        self._sampled: dict[Passed, Mapped] = {}

    @property
    def digest(self) -> bytes:
        """The part of the reuse keys that all rows of the job share: form, code lists, rules, engine, headings."""
        text = repr((self.mapper.digest, self.validator.digest, self.job.binding.headings))
        return hashlib.sha256(text.encode()).digest()

    def mapped(self, rows: Sequence[Row | Passed]) -> list[Mapped]:
        """Map rows."""
        return self.mapper.map(rows)

    def sampled(self, rows: Iterable[Row]) -> list[Mapped]:
        """Map the first rows of a table, from which something is learned before any is worked: of a small table these are all,
        and they are not mapped again."""
        passed = list(self.mapper.gate.rows(rows))
        found = self.mapped(passed)
        self._sampled = dict(zip(passed, found, strict=True))
        return found

    def work(self, keyed: Sequence[tuple[bytes, Passed]]) -> list[Worked]:
        """Map and validate rows (of different numbers); every row has a result, in the order given.

        A row that is not a record is reported by the rule that decided it.
        """
        rows = [row for _, row in keyed]
        sampled, self._sampled = self._sampled, {}
        mapped = [sampled[row] for row in rows] if sampled.keys() >= set(rows) else self.mapped(rows)
        faults = self.faults(rows, mapped)
        packed: set[bytes] = set()
        return [self._worked(key, m, faults[m.row], packed) for (key, _), m in zip(keyed, mapped, strict=True)]

    def faults(self, rows: Sequence[Passed], mapped: Sequence[Mapped]) -> dict[int, list[Fault]]:
        """Return the faults of each row, in the order of its cells.

        Documents are validated together, but rows that claim the same IRI separately, so that none gets another's faults.
        """
        by_number = {row.number: Row(row.number, row.cells) for row in rows}
        found: dict[int, list[Fault]] = {row.number: [] for row in rows}
        for start in range(0, len(mapped), CHUNK):
            for m, result in self._results(mapped[start:start + CHUNK]):
                placement = Placement(self.sheet, by_number[m.row], m.places)
                found[m.row].append(locate(result, placement, self.profile))
        for m in mapped:
            for rule in self.profile.cell_rules if m.documents else ():
                found[m.row] += cell_rules.faults(rule, Placement(self.sheet, by_number[m.row], m.places))
        return {number: merge(faults) for number, faults in found.items()}

    def _results(self, mapped: Iterable[Mapped]) -> Iterator[tuple[Mapped, Result]]:
        """Validate the documents of rows; yield each result with its row."""
        rounds: list[dict[str, tuple[Mapped, Document]]] = [{}]
        for m in mapped:
            for document in m.documents:
                if document.iri not in m.shared:
                    _place(rounds, m, document)
        for turn in rounds:
            for result in self.validator.validate(b"".join(document.text for _, document in turn.values())):
                yield turn[result.focus.split("#", 1)[0]][0], result

    def _worked(self, key: bytes, mapped: Mapped, found: list[Fault], packed: set[bytes]) -> Worked:
        made = tuple(RowDocument(d.iri, d.hash, d.iri in mapped.shared) for d in mapped.documents)
        made += tuple(RowDocument(iri, Document.of(iri, ()).hash, False) for iri in mapped.claims)
        members = {node: place.member for node, place in mapped.places.items() if place.member}
        faults = (_fault(mapped.verdict, self.job.binding),) if mapped.verdict else tuple(found)
        standing = mapped.standing or ("internal" if self.job.binding.form.internal else "")
        outcome = RowOutcome(made, members, mapped.withdrawn, faults, standing)
        # A document that many rows share, an organisation's, belongs to the first of them.
        fresh = [d for d in mapped.documents if d.hash not in packed]
        packed.update(d.hash for d in fresh)
        return Worked(key, outcome, self.codec.pack(outcome.dump()), tuple((d.hash, self.codec.pack(d.text)) for d in fresh))


def _place(rounds: list[dict[str, tuple[Mapped, Document]]], mapped: Mapped, document: Document) -> None:
    """Put a document into the first round that has none of its IRI."""
    for turn in rounds:
        if document.iri not in turn:
            turn[document.iri] = (mapped, document)
            return
    rounds.append({document.iri: (mapped, document)})


def _sheet(job: TableJob) -> CheckedTable:
    """Return what findings need to know about the table."""
    binding = job.binding
    cut: dict[int, Callable[[str], list[str]]] = {}
    secrets: dict[int, frozenset[str]] = {}
    for column, place in zip(binding.form.columns, binding.columns, strict=True):
        if place is None:
            continue
        if annotation(column, "alignedWith"):
            cut[place] = cutter(column)
        names = [*(annotation(column, "secretParameters") or ()), *(annotation(column, "secretIfLong") or ())]
        if names:
            secrets[place] = frozenset(str(name).lower() for name in names)

    def members(column: int, cells: Sequence[str]) -> Sequence[str] | None:
        return cut[column](cells[column] if column < len(cells) else "") if column in cut else None

    return CheckedTable(job.file, job.sheet, binding.headings, binding.carries, members, binding.private, secrets,
                        binding.added)


def _fault(verdict: RowVerdict, binding: Binding) -> Fault:
    """Return the fault of a row that is no record: its column and the word it is known by, nothing of what stands in it."""
    heading = binding.headings[verdict.column] if 0 <= verdict.column < len(binding.headings) else ""
    column = column_letter(verdict.column) if verdict.column >= 0 else ""
    word = verdict.word or f"{column} {heading}".strip()
    return Fault(verdict.rule, SEVERITY[verdict.rule], word, column=column, heading=heading)


def row_key(digest: bytes, row: Passed, joins: str = "") -> bytes:
    """Return a row's reuse key: 20 bytes over the job's digest, the row as it passed the gate, whatever its number, and what
    it joins."""
    parts = repr((row.cells, row.verdict and tuple(row.verdict))) + joins
    return hashlib.blake2b(parts.encode(), digest_size=20, key=digest).digest()


@lru_cache(maxsize=1)
def _workshop(job: bytes) -> Workshop:
    """Return this process's worker for a pickled job: the last is kept, since batches of a job follow each other."""
    made: TableJob = pickle.loads(job)  # noqa: S301 - our own bytes, from the publisher's process
    return Workshop(made)


def _work(job: bytes, keyed: list[tuple[bytes, Passed]]) -> list[Worked]:
    """Work a batch."""
    with collector_paused():
        return _workshop(job).work(keyed)


def outcomes(pool: Pool, job: bytes, keyed: Iterable[tuple[bytes, Passed]], progress: Callable[[int], None],
             workshop: Workshop | None = None) -> Iterator[Worked]:
    """Yield the outcome of every row, in order; at most a few batches are held in memory.

    A few rows are worked in `workshop` where the caller has made one for the job.
    """
    return spread(pool, _work, job, keyed, progress, workshop.work if workshop else None)


def spread(pool: Pool, work: Callable[[bytes, list[tuple[bytes, T]]], list[Worked]], job: bytes,
           keyed: Iterable[tuple[bytes, T]], progress: Callable[[int], None],
           here: Callable[[list[tuple[bytes, T]]], list[Worked]] | None = None) -> Iterator[Worked]:
    """Yield what `work` makes of a job and rows, in order, on the workers of a pool where there are many.

    `here` makes the same in this process.
    """
    here = here or partial(work, job)
    stream = iter(keyed)
    first = list(islice(stream, _IN_PROCESS))
    if len(first) < _IN_PROCESS or pool.workers == 1:
        batch = first
        while batch:
            yield from here(batch)
            progress(len(batch))
            batch = list(islice(stream, BATCH))
        return
    waiting: list[tuple[int, Future[list[Worked]]]] = [(len(first), pool.submit(work, job, first))]
    while waiting:
        while len(waiting) < pool.workers * 2 + 1 and (batch := list(islice(stream, BATCH))):
            waiting.append((len(batch), pool.submit(work, job, batch)))
        size, future = waiting.pop(0)
        yield from future.result()
        progress(size)
