"""The one pass back into documents: what records state about each other, which no single row can know.

A mapped row is a function of the row, so that its documents can be used again. What depends on other records (the members of a
series, the changes of an organisation, the dataset that a name means) is written into the documents after all rows were taken in,
and can be removed again. Each such dependence is a `Relation`: a function that looks at the records before and after a publish
and returns which lines go from and come into which documents, and what it reports. Relations touch different predicates, so their
order does not matter; `relate` applies all of them and writes each document once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.documents import Document
from odlinked.findings import Issue
from odlinked.intake.arrivals import Next
from odlinked.intake.difference import NotedState
from odlinked.kinds import Kind, select


def _none(_line: bytes) -> bool:
    return False


class DocumentEdit(NamedTuple):
    """What a relation changes in the document of record `iri`: `goes` selects the lines that are removed unless they are among
    those that come in (N-Triples lines without line breaks)."""

    iri: str
    comes: Collection[bytes]
    goes: Callable[[bytes], bool] = _none


@dataclass(frozen=True)
class Related:
    """What a relation found: its edits, its faults, and lines to report to the publisher.

    `rules` are the rules of its faults: all earlier faults by these rules are replaced. `ends` are records that end, with the
    document that stays of each; `stay` those that ended before and stay as they were.
    """

    edits: Sequence[DocumentEdit] = ()
    rules: Collection[str] = ()
    issues: Sequence[Issue] = ()
    notes: Sequence[str] = ()
    ends: Mapping[str, Document] = field(default_factory=dict)
    stay: Mapping[str, Entry] = field(default_factory=dict)


class Texts:
    """Documents of the archive by hash; texts read one at a time are cached, since several relations read them."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._kept: dict[bytes, bytes] = {}

    def one(self, digest: bytes) -> bytes:
        """Return a document's text, b"" where the archive has none."""
        if digest not in self._kept:
            self._kept[digest] = self.archive.text(digest) or b""
        return self._kept[digest]

    def many(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """Yield entries with their texts, in no order; none of them is kept."""
        by_hash: dict[bytes, list[Entry]] = {}
        for entry in entries:
            by_hash.setdefault(entry.hash, []).append(entry)
        for digest, text in self.archive.texts(list(by_hash)):
            for entry in by_hash[digest]:
                yield entry, text


@dataclass
class Living:
    """The living records of a state, with their documents."""

    entries: Mapping[str, Entry]
    texts: Texts

    def of(self, *kinds: Kind) -> list[Entry]:
        """Return the living records of some kinds."""
        return [entry for iri in select(self.entries, *kinds) if (entry := self.entries[iri]).state == "live"]

    def has(self, iri: str) -> bool:
        """True when a record is among the living."""
        return iri in self.entries and self.entries[iri].state == "live"

    def text(self, iri: str) -> bytes:
        """Return the document of a record of the state."""
        return self.texts.one(self.entries[iri].hash)


@dataclass
class Turn:
    """A publish as relations see it: the records before and after it; `index` is that of the release before, None where nothing
    that it has about unchanged records may be used (a rebuild)."""

    assets: Assets
    before: Living
    after: Living
    index: Index | None = field(default=None, repr=False)
    now: str = ""

    def fresh(self) -> list[Entry]:
        """Return the living records that a row made whose documents are not those of the release before.

        All of them where nothing that its index has may be used.
        """
        before, after = self.before.entries, self.after.entries
        iris = after.differing(before) if self.index and isinstance(after, NotedState) else after
        return [entry for iri in iris if (entry := after.get(iri)) and entry.state == "live" and entry.key is not None and not (
            self.index and (old := before.get(iri)) and old.state == "live" and old.hash == entry.hash)]


Relation = Callable[[Turn], Related]


def relate(relations: Iterable[Relation], archive: Archive, assets: Assets, index: Path | None, before: Mapping[str, Entry],
           following: Next, now: str) -> list[str]:
    """Bring the documents and faults of the next state in line with the relations between its records; return their notes.

    `before` is the state of the last release and `index` its index, `now` an ISO time. Only records that a row made are written;
    a document that ends as it was keeps the time it was first published.
    """
    entries, texts = following.entries, Texts(archive)
    with Index(index, read_only=True) if index else nullcontext() as opened:
        turn = Turn(assets, Living(before, texts), Living(entries, texts), opened, now)
        found = [relation(turn) for relation in relations]
    replaced = {rule for one in found for rule in one.rules}
    following.issues[:] = [issue for issue in following.issues if issue.fault.rule not in replaced]
    following.issues += [issue for one in found for issue in one.issues]
    edits: dict[str, list[DocumentEdit]] = {}
    for edit in (edit for one in found for edit in one.edits):
        edits.setdefault(edit.iri, []).append(edit)
    written: dict[bytes, bytes] = {}
    for iri, own in sorted(edits.items()):
        if not turn.after.has(iri) or entries[iri].key is None:
            continue
        document = _edited(iri, turn.after.text(iri), own)
        if document.hash != entries[iri].hash:
            written[document.hash] = archive.codec.pack(document.text)
        entries[iri] = _dated(entries[iri], document.hash, before.get(iri), now)
    for iri, document in ((iri, document) for one in found for iri, document in one.ends.items()):
        _end(entries, before, iri, document, now)
        written[document.hash] = archive.codec.pack(document.text)
    for iri, entry in ((iri, entry) for one in found for iri, entry in one.stay.items()):
        entries[iri] = entry
    archive.add(written.items())
    return [note for one in found for note in one.notes]


def _end(entries: dict[str, Entry], before: Mapping[str, Entry], iri: str, document: Document, now: str) -> None:
    """End a record: what stays of one that was published, nothing of one that never was."""
    if iri not in before:
        del entries[iri]
        return
    entries[iri] = entries[iri]._replace(hash=document.hash, state="gone", changed=now, mentions=(), violations=0, warnings=0)


def _edited(iri: str, text: bytes, edits: Sequence[DocumentEdit]) -> Document:
    stays = [line for line in Document(iri, text).lines if not any(edit.goes(line) for edit in edits)]
    return Document.of(iri, [*stays, *(line for edit in edits for line in edit.comes)])


def _dated(entry: Entry, digest: bytes, before: Entry | None, now: str) -> Entry:
    """Return the entry with its document's hash; an unchanged one keeps its time."""
    same = before is not None and before.hash == digest and before.state == "live"
    return entry._replace(hash=digest, changed=before.changed if same and before else now)
