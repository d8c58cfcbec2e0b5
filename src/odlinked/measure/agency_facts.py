"""What organisations are measured by: facts of their datasets and of records about these, as they held on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from odlinked.catalog.index import Entry, is_future
from odlinked.catalog.keeping.archive import Archive, Measurement
from odlinked.documents import Document
from odlinked.kinds import Kind, quality_iri, select
from odlinked.measure.datasets import facts_of
from odlinked.namespaces import DCTERMS, ODL, ORG, SCHEMA

RELATED = (Kind.USAGE, Kind.FEEDBACK, Kind.APPRAISAL)
"""The kinds of records about datasets that organisations are measured by."""

_ISSUED, _MODIFIED, _DATE = (f" <{DCTERMS}{name}> \"".encode() for name in ("issued", "modified", "date"))
_BADGE = f" <{ODL}qualityBadge> ".encode()
_CREATED = f" <{SCHEMA}dateCreated> \"".encode()
_PARENT = f" <{ORG}subOrganizationOf> ".encode()


@dataclass(frozen=True)
class AgencyFacts:
    """Gathers the facts of a state of a catalogue as of `day`; `now` is the ISO time it is published at.

    As of a past day, only facts of that time count: records published, and badges stated, by the end of that day.
    """

    archive: Archive
    base: str
    now: str
    day: date

    @property
    def is_past(self) -> bool:
        """Whether the day is over."""
        return self.day.isoformat() < self.now[:10]

    def of_state(self, found: Mapping[str, Measurement], after: Mapping[str, Entry], internal: Sequence[Entry]) -> list[bytes]:
        """Return the facts of a state, sorted: of its datasets as measured, of its organisations, and of the records about
        datasets with some `internal` ones."""
        facts = [held for iri, one in found.items() if (held := self._held(after[iri], one.facts))]
        organizations = [after[iri].hash for iri in select(after, Kind.ORGANIZATION) if after[iri].state == "live"]
        mentioned = [m.partition("|") for e in internal for m in e.mentions]
        organizations += [bytes.fromhex(digest) for iri, _, digest in mentioned if Kind.of(iri) is Kind.ORGANIZATION]
        for _, text in self.archive.texts(organizations):
            facts += [line + b"\n" for line in text.split(b"\n") if _PARENT in line]
        related = {after[iri].hash: after[iri] for iri in select(after, *RELATED) if after[iri].state == "live"}
        related |= {entry.hash: entry for entry in internal}
        facts += [text for digest, text in self.archive.texts(list(related)) if self._counts(related[digest], text)]
        if not self.is_past:  # the day of the last change counts only for past days
            facts = [_undated(fact) for fact in facts]
        return sorted(facts)

    def are_equal(self, iri: str, found: Mapping[str, Measurement], after: Mapping[str, Entry],
                  before: Mapping[str, Entry]) -> bool:
        """True when a dataset's facts, as it is measured now, are those of the state before."""
        now = self._held(after[iri], found[iri].facts) if iri in found else b""
        entry, quality, then = before.get(iri), before.get(quality_iri(iri)), b""
        if entry is not None and quality is not None and entry.state == "live":
            record, measured = self.archive.text(entry.hash) or b"", self.archive.text(quality.hash) or b""
            then = self._held(entry, facts_of(iri, record, self.archive.whole(Document(quality.iri, measured)).text))
        return _undated(now) == _undated(then)

    def _held(self, entry: Entry, facts: bytes) -> bytes:
        """Return those facts of a dataset that held on the day, b"" where it did not exist yet."""
        day = self.day.isoformat()
        listed, modified = _value(facts, _ISSUED), _value(facts, _MODIFIED) or entry.changed
        # A planned dataset counts only from its opening on.
        if is_future(listed or (entry.changed if self.is_past else ""), day):
            return b""
        if self.is_past and is_future(modified, day):
            return b"".join(line for line in facts.splitlines(keepends=True) if _BADGE not in line)
        return facts

    def _counts(self, entry: Entry, text: bytes) -> bool:
        """True when a record of use, feedback or appraisal counts: one without a date is of the day it was published here."""
        is_dated = any(mark in text for mark in (_DATE, _CREATED))
        return is_dated or not (self.is_past and is_future(entry.changed, self.day.isoformat()))


def _undated(facts: bytes) -> bytes:
    """Return facts of a dataset without the day of its last change."""
    return b"".join(line for line in facts.splitlines(keepends=True) if _MODIFIED not in line)


def _value(facts: bytes, property_: bytes) -> str:
    """Return the day or month a dataset has of a property, "" where it is not stated."""
    return facts.split(property_, 1)[1].split(b'"', 1)[0].decode() if property_ in facts else ""
