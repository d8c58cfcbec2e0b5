"""All that is measured of a state: its datasets, then the organisations that publish them, each a document of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from odlinked.assets import Assets
from odlinked.catalog.archive import Archive, Measurement
from odlinked.catalog.records import quality_iri
from odlinked.catalog.workspace import Workspace
from odlinked.documents import Document
from odlinked.measure.agency import Agencies, AgencyParameters
from odlinked.measure.measurer import Parameters
from odlinked.namespaces import DCTERMS, ORG
from odlinked.publishing import observed
from odlinked.publishing.families import families
from odlinked.publishing.index import Entry, is_future
from odlinked.publishing.measuring import Bench, Measuring
from odlinked.publishing.work import Pool
from odlinked.settings import Settings

QUALITY, AGENCIES = "/id/quality/", "/id/quality/organization/"
INTERNAL = "/id/quality/internal/"
"""What is measured of organisations with internal records, too: private, for the report."""

DATASETS = ("/id/quality/dataset/", "/id/quality/series/")
_ORGANIZATION = "/id/organization/"
_ISSUED = f" <{DCTERMS}issued> \"".encode()
_PARENT = f" <{ORG}subOrganizationOf> ".encode()


@dataclass
class Yardsticks:
    """Measures a state of the catalogue at `base`, as of `day`; `now` is the ISO time at which new documents are published."""

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

    def settle_datasets(self, after: dict[str, Entry], before: Mapping[str, Entry], index: Path | None, *,
                        same_assets: bool) -> None:
        """Put the quality documents of the living datasets into the state, and take those of others out."""
        found = self.datasets(after, before, index, same_assets=same_assets)
        own = tuple(self.base + part for part in DATASETS)
        for iri in [i for i in after if i.startswith(own) and i not in found]:
            del after[iri]
        for iri, digest in found.items():
            if iri not in after or after[iri].hash != digest:
                after[iri] = Entry(iri, "", digest, "live", self.now)

    def settle_agencies(self, after: dict[str, Entry]) -> None:
        """Put the quality documents of organisations into the state, and take those of such as publish nothing any more out."""
        documents = self.agencies(after)
        names = {document.iri for document in documents}
        hidden = self._internal(after, {document.iri: document.hash for document in documents})
        names |= hidden.keys()
        own = tuple(self.base + part for part in DATASETS)
        for iri in [i for i in after if i.startswith(self.base + QUALITY) and not i.startswith(own) and i not in names]:
            del after[iri]
        keep(self.archive, after, documents, self.now)
        keep(self.archive, after, [Document(iri, document.text) for iri, document in hidden.items()], self.now, "private")

    def _internal(self, after: Mapping[str, Entry], public: Mapping[str, bytes]) -> dict[str, Document]:
        """Measure the organisations with internal records, too; return by a name of its own what differs from the `public`."""
        beside = [entry for iri, entry in after.items() if entry.state == "private" and iri.startswith(self._beside)]
        measured = self.agencies(after, beside) if beside else []
        own = self.base + AGENCIES
        return {self.base + INTERNAL + one.iri.removeprefix(own): one for one in measured if public.get(one.iri) != one.hash}

    @property
    def _beside(self) -> tuple[str, ...]:
        """Where records begin that stand beside datasets."""
        return tuple(f"{self.base}/id/{kind}/" for kind in ("usage", "feedback", "appraisal"))

    def datasets(self, after: Mapping[str, Entry], before: Mapping[str, Entry], index: Path | None, *,
                 same_assets: bool = False) -> dict[str, bytes]:
        """Measure every living dataset of the state `after`; return quality IRI -> hash of the document in the archive, of
        datasets and of the families they look like.

        `before` is the state of the release whose index is at `index`, from which titles are read (None: from documents).
        """
        found = families(self.assets, self.archive, self.pool, self.base, after, before, index,
                         same_assets=same_assets)
        prefix = f"{self.base}/id/dataset/"
        living = [entry for iri, entry in after.items() if entry.state == "live" and iri.startswith(prefix)]
        said = self.settings.measure
        bench = Bench(self.assets, Parameters.of(said), self.day, said.profile)
        beside = observed.Beside(self.archive, after, self.base)
        with observed.observations(self.workspace) as seen:
            self.found = Measuring(self.archive, bench, self.pool, self.progress).settle(living, seen, beside, found.series)
        for document in found.documents:
            self.archive.put(document)
        return {quality_iri(iri): one.hash for iri, one in self.found.items()} | {d.iri: d.hash for d in found.documents}

    def agencies(self, after: Mapping[str, Entry], internal: Sequence[Entry] = ()) -> list[Document]:
        """Measure the organisations, from what `datasets` found; what earlier documents say of other days is taken along.

        With `internal` records it is the measure that is not published.
        """
        # What is to open one day only counts from then on.
        facts = [one.facts for one in self.found.values() if not is_future(_listed(one.facts), self.day.isoformat())]
        prefix = f"{self.base}/id/organization/"
        organizations = [e.hash for iri, e in after.items() if e.state == "live" and iri.startswith(prefix)]
        organizations += [bytes.fromhex(m.partition("|")[2]) for e in internal for m in e.mentions if _ORGANIZATION in m]
        earlier = {iri: e.hash for iri, e in after.items() if iri.startswith(self.base + AGENCIES)}
        if internal:
            hidden = self.base + INTERNAL
            earlier |= {iri.replace(INTERNAL, AGENCIES, 1): e.hash for iri, e in after.items() if iri.startswith(hidden)}
        for _, text in self.archive.texts(organizations):
            facts += [line + b"\n" for line in text.split(b"\n") if _PARENT in line]
        beside = [entry.hash for iri, entry in after.items() if entry.state == "live" and iri.startswith(self._beside)]
        beside += [entry.hash for entry in internal]
        facts += [text for _, text in self.archive.texts(beside)]
        before = {iri: self.archive.text(digest) or b"" for iri, digest in earlier.items()}
        return Agencies(self.assets, AgencyParameters(self.settings.measure.winners), self.day).measure(b"".join(facts), before)


def keep(archive: Archive, entries: dict[str, Entry], own: Sequence[Document], now: str, state: str = "live") -> None:
    """Put documents of the catalogue's own into the archive and the state."""
    for document in own:
        before = entries.get(document.iri)
        if before is None or before.hash != document.hash:
            archive.put(document)
            entries[document.iri] = Entry(document.iri, "", document.hash, state, now)


def _listed(facts: bytes) -> str:
    """Return the day or month a dataset was or will be listed, "" where it is not said."""
    return facts.split(_ISSUED, 1)[1].split(b'"', 1)[0].decode() if _ISSUED in facts else ""
