"""All measurements of a state: its datasets, then the organisations that publish them, each a document of our own."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping import quality_documents
from odlinked.catalog.keeping.archive import Archive, Measurement
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.documents import Document
from odlinked.kinds import Kind, is_quality, quality_iri, select
from odlinked.measure import carried, observations
from odlinked.measure.agency import Agencies, AgencyParameters
from odlinked.measure.agency_facts import RELATED, AgencyFacts
from odlinked.measure.bench import EDITION
from odlinked.measure.carried import MeasuredState
from odlinked.measure.datasets import Measuring, MeasuringSettings, used
from odlinked.measure.families import families, unchanged
from odlinked.measure.measurer import Parameters
from odlinked.namespaces import DCTERMS
from odlinked.pool import Pool
from odlinked.settings import Settings

DATASETS = (Kind.DATASET_QUALITY, Kind.SERIES_QUALITY, Kind.COMMON_QUALITY)
_OWN_DAY = re.compile(f"^<[^>#]+> <{DCTERMS}date> \"([^\"]+)\"".encode(), re.MULTILINE)


@dataclass(frozen=True)
class _Carried:
    """The state of before, whose measurements hold for all records but those that differ, and its release's index."""

    touched: Sequence[str]
    before: Mapping[str, Entry]
    index: Path | None


@dataclass
class Yardsticks:
    """Measures a state of the catalogue at `base`, as of `day`; `now` is the ISO time at which new documents are published.

    As of a past day, only facts of that time count: what was observed, listed and reported by the end of that day, and the badge
    a source states where the record has not been modified since.
    """

    workspace: Workspace
    settings: Settings
    assets: Assets
    archive: Archive
    base: str
    now: str
    day: date
    pool: Pool
    progress: Callable[[str, int], None]
    found: dict[str, Measurement] = field(default_factory=dict)
    used: Callable[[], Counter[str]] = Counter
    """Counts how many of the quality documents of `found` leave something to the common one, by its name."""
    state: MeasuredState | None = None
    carried: _Carried | None = None

    @property
    def _facts(self) -> AgencyFacts:
        return AgencyFacts(self.archive, self.base, self.now, self.day)

    @property
    def is_past(self) -> bool:
        """Whether the day is over."""
        return self._facts.is_past

    def is_history(self, entries: Mapping[str, Entry]) -> bool:
        """True when the state was measured as of a later day already: then this day only joins the history."""
        own = [entry.hash for iri, entry in entries.items() if iri.startswith(self._public)] if self.is_past else []
        return any(_own_day(text) > self.day.isoformat() for _, text in self.archive.texts(own))

    def settle_history(self, after: dict[str, Entry], before: Mapping[str, Entry], index: Path | None, *,
                       same_assets: bool) -> None:
        """Put the measurements of organisations as of the day into their documents, in addition to those of later days."""
        self.datasets(after, before, index, same_assets=same_assets)
        agencies, measured = self._agencies(after)
        internal_records = self._private(after)
        public = {past.iri: past for past in measured}
        internal = [past for past in (self._agencies(after, internal_records)[1] if internal_records else ())
                    if self._hidden(past.iri) in after or public.get(past.iri) != past]
        documents = {past.iri: self._joined(agencies, past, after, past.iri) for past in measured}
        hidden = {name: self._joined(agencies, past, after, name, past.iri)
                  for past in internal if (name := self._hidden(past.iri))}
        keep(self.archive, after, [one for iri, one in documents.items() if iri.startswith(self._public)], self.now)
        keep(self.archive, after, [Document(iri, one.text) for iri, one in hidden.items()], self.now, "private")

    def _joined(self, agencies: Agencies, past: Document, after: Mapping[str, Entry], *names: str) -> Document:
        """Return what is measured of an earlier day added to the first of some documents, by itself where there is none."""
        text = next((self.archive.text(after[name].hash) for name in names if name in after), None)
        return past if text is None else agencies.joined(text, past)

    def _hidden(self, iri: str) -> str:
        """Return the name of an organisation's measurements with its internal records."""
        return Kind.INTERNAL_QUALITY.prefix(self.base) + iri.removeprefix(self._public)

    def _private(self, after: Mapping[str, Entry]) -> list[Entry]:
        """Return the internal records about datasets."""
        return [after[iri] for iri in select(after, *RELATED) if after[iri].state == "private"]

    def settle_datasets(self, after: dict[str, Entry], before: Mapping[str, Entry], index: Path | None,
                        differing: Sequence[str], *, same_assets: bool) -> None:
        """Put the quality documents of the living datasets into the state, and take those of others out.

        Where everything but the records `differing` is as it was in the release whose index is at `index`, only those are
        measured: documents or states of these differ between the two states, or only one of them has them.
        """
        key = carried.key(self.workspace.root, self.settings.measure)
        known = MeasuredState.read(index.parent) if index and same_assets and not self.is_past else None
        touched = differing if known and known.holds(key, self.day.isoformat()) else None
        series = self._series(touched, after, before, index) if touched is not None and index else None
        if known and touched is not None and series is not None:
            self._settle_touched(touched, series, after)
            until = min((day for day in (known.until, self._until()) if day), default="")
            gone = self._used_before({*touched, *series}, before)
            common = self._settle_common(after, Counter(known.common) + self.used() - gone)
            self.state, self.carried = replace(known, until=until, common=common), _Carried(touched, before, index)
            return
        found = self.datasets(after, before, index, same_assets=same_assets)
        for iri in [i for i in after if Kind.of(i) in DATASETS and i not in found]:
            del after[iri]
        for iri, digest in found.items():
            self._settle(after, iri, digest)
        common = self._settle_common(after, self.used())
        self.state = None if self.is_past else MeasuredState(key, self.day.isoformat(), self._until(), "", common)

    def _settle_common(self, after: dict[str, Entry], used: Counter[str]) -> dict[str, int]:
        """Put the document of what quality documents have in common into the state, and return by name how many use it."""
        left = {name: count for name, count in sorted(used.items()) if count > 0}
        document = quality_documents.common(self.base, self.archive.common(name.encode() for name in left))
        if left:
            self.archive.put(document)
            self._settle(after, document.iri, document.hash)
        else:
            after.pop(document.iri, None)
        return left

    def _used_before(self, datasets: Iterable[str], before: Mapping[str, Entry]) -> Counter[str]:
        """Count what the quality documents of datasets left to the common one in the state of before, by name."""
        entries = [entry for iri in datasets if Kind.of(iri) is Kind.DATASET and (entry := before.get(quality_iri(iri)))]
        return used(self.archive, {entry.iri: entry.hash for entry in entries})

    def _settle(self, after: dict[str, Entry], iri: str, digest: bytes) -> None:
        if iri not in after or after[iri].hash != digest:
            after[iri] = Entry(iri, "", digest, "live", self.now)

    def _until(self) -> str:
        """The last day on which everything that was found of datasets holds by itself, "" where no day changes it."""
        return min((one.until for one in self.found.values() if one.until), default="")

    def _series(self, touched: Sequence[str], after: Mapping[str, Entry], before: Mapping[str, Entry],
                index: Path) -> dict[str, str] | None:
        """Return the series that the datasets that differ look like, None where more than those have to be measured."""
        if any(Kind.of(iri) in (Kind.COST, Kind.FEEDBACK, Kind.ROWS) for iri in touched):
            return None
        if not any(Kind.of(iri) is Kind.DATASET_QUALITY for iri in before):
            return None
        return unchanged(self.assets, self.archive, self.pool, self.base, touched, after, before, index)

    def _settle_touched(self, touched: Sequence[str], series: Mapping[str, str], after: dict[str, Entry]) -> None:
        """Measure the datasets that differ, and take the quality documents of those out that are no longer living."""
        for iri in touched:
            if Kind.of(iri) is Kind.DATASET and iri not in series:
                after.pop(quality_iri(iri), None)
        self.found = self._measured([after[iri] for iri in series], after, series)
        for iri, one in self.found.items():
            self._settle(after, quality_iri(iri), one.hash)

    def settle_agencies(self, after: dict[str, Entry]) -> None:
        """Put the quality documents of organisations into the state, and remove those of organisations that publish nothing any
        more."""
        if self.carried:
            if self._are_agencies_settled(self.carried, after):
                return
            self.datasets(after, self.carried.before, self.carried.index, same_assets=True)
        documents = self.agencies(after)
        names = {document.iri for document in documents}
        hidden = self._internal(after, {document.iri: document.hash for document in documents})
        names |= hidden.keys()
        for iri in [i for i in after if is_quality(i) and Kind.of(i) not in DATASETS and i not in names]:
            del after[iri]
        keep(self.archive, after, documents, self.now)
        keep(self.archive, after, [Document(iri, document.text) for iri, document in hidden.items()], self.now, "private")
        self.state = self.state and replace(self.state, agencies=self.day.isoformat())

    def _are_agencies_settled(self, held: _Carried, after: Mapping[str, Entry]) -> bool:
        """True when organisations were measured as of this day, and nothing that they are measured by differs."""
        if not self.state or self.state.agencies != self.day.isoformat() or self._private(after):
            return False
        if any(Kind.of(iri) in (Kind.ORGANIZATION, *RELATED) for iri in held.touched):
            return False
        datasets = [iri for iri in held.touched if Kind.of(iri) is Kind.DATASET]
        return all(self._facts.are_equal(iri, self.found, after, held.before) for iri in datasets)

    def _internal(self, after: Mapping[str, Entry], public: Mapping[str, bytes]) -> dict[str, Document]:
        """Measure the organisations with internal records, too; return by a name of its own what differs from the `public`."""
        internal_records = self._private(after)
        measured = self.agencies(after, internal_records) if internal_records else []
        return {self._hidden(one.iri): one for one in measured if public.get(one.iri) != one.hash}

    @property
    def _public(self) -> str:
        """The beginning of the IRIs of organisations' measurements."""
        return Kind.ORGANIZATION_QUALITY.prefix(self.base)

    def datasets(self, after: Mapping[str, Entry], before: Mapping[str, Entry], index: Path | None, *,
                 same_assets: bool = False) -> dict[str, bytes]:
        """Measure every living dataset of the state `after`; return quality IRI -> hash of the document in the archive, of
        datasets and of the families they look like.

        `before` is the state of the release whose index is at `index`, from which titles are read (None: from documents).
        """
        found = families(self.assets, self.archive, self.pool, self.base, after, before, index,
                         same_assets=same_assets)
        prefix = Kind.DATASET.prefix(self.base)
        living = [entry for iri, entry in after.items() if entry.state == "live" and iri.startswith(prefix)]
        self.found = self._measured(living, after, found.series)
        for document in found.documents:
            self.archive.put(document)
        return {quality_iri(iri): one.hash for iri, one in self.found.items()} | {d.iri: d.hash for d in found.documents}

    def _measured(self, living: Sequence[Entry], after: Mapping[str, Entry], series: Mapping[str, str]) -> dict[str, Measurement]:
        """Measure datasets of the state `after`, which look like parts of `series`; return what was found by their IRIs."""
        chosen = self.settings.measure
        bench = MeasuringSettings(self.assets, Parameters.of(chosen), self.day, chosen.profile)
        related = observations.RelatedRecords(self.archive, after, self.base)
        until = Clock(datetime.fromisoformat(self.now).tzinfo or UTC).end(self.day) if self.is_past else None
        with observations.observations(self.workspace, until) as observed:
            measuring = Measuring(self.archive, bench, self.pool, self.progress)
            self.used = measuring.used
            return measuring.settle(living, observed, related, series)

    def agencies(self, after: Mapping[str, Entry], internal: Sequence[Entry] = ()) -> list[Document]:
        """Measure the organisations, from what `datasets` found; what earlier documents state about other days is kept.

        With `internal` records it is the measure that is not published.
        """
        return self._agencies(after, internal)[1]

    def _agencies(self, after: Mapping[str, Entry], internal: Sequence[Entry] = ()) -> tuple[Agencies, list[Document]]:
        earlier = {iri: e.hash for iri, e in after.items() if iri.startswith(self._public)}
        if internal:
            hidden = Kind.INTERNAL_QUALITY.prefix(self.base)
            earlier |= {self._public + iri.removeprefix(hidden): e.hash for iri, e in after.items() if iri.startswith(hidden)}
        agencies = Agencies(self.assets, AgencyParameters(self.settings.measure.winners), self.day)
        return agencies, self._of_agencies(agencies, self._facts.of_state(self.found, after, internal), earlier)

    def _of_agencies(self, agencies: Agencies, facts: Sequence[bytes], earlier: Mapping[str, bytes]) -> list[Document]:
        """Measure the organisations from facts and their earlier documents (IRI -> hash), where this was not done before.

        A record may change in ways that affect no measurement of an organisation.
        """
        total = hashlib.blake2b(digest_size=32, key=hashlib.sha256(f"{EDITION} {agencies.digest}".encode()).digest())
        for fact in facts:
            total.update(b"%d %b" % (len(fact), fact))
        kept = self.archive.summed(_agencies_key(total.digest(), earlier))
        if kept is not None:
            return kept
        made = agencies.measure(b"".join(facts), {iri: self.archive.text(digest) or b"" for iri, digest in earlier.items()})
        # A further measuring with the present results gives the same ones.
        now = {one.iri: one.hash for one in made if one.iri.startswith(self._public)}
        self.archive.add_summed([_agencies_key(total.digest(), before) for before in (earlier, now)], made)
        return made


def _agencies_key(facts: bytes, earlier: Mapping[str, bytes]) -> bytes:
    return hashlib.blake2b(repr(sorted(earlier.items())).encode(), digest_size=20, key=facts).digest()


def keep(archive: Archive, entries: dict[str, Entry], own: Sequence[Document], now: str, state: str = "live") -> None:
    """Put documents of the catalogue's own into the archive and the state."""
    fresh = [one for one in own if (before := entries.get(one.iri)) is None or before.hash != one.hash]
    archive.add((one.hash, archive.codec.pack(one.text)) for one in fresh)
    entries.update({one.iri: Entry(one.iri, "", one.hash, state, now) for one in fresh})


def _own_day(document: bytes) -> str:
    """Return the day that a quality document as a whole is of, "" where it does not state one."""
    found = _OWN_DAY.search(document)
    return found[1].decode() if found else ""
