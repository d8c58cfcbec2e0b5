"""The index entries of documents, computed on every core."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from odlinked.catalog.index import IndexEntry
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.quality_documents import Names
from odlinked.catalog.summaries.partitions import Counting, DocumentFacts, Tally
from odlinked.catalog.summaries.summary import RecordSummary, spellings, summarize
from odlinked.documents import Document
from odlinked.kinds import is_quality
from odlinked.pool import Pool
from odlinked.search import tokens
from odlinked.store.oxigraph import Folding

IndexItem = tuple[str, bytes, bytes | None]
"""IRI, document hash, reuse key of the row it came from (None for documents no row owns)."""

_BATCH = 500

_ALIKE = 2_000
"""Quality documents of which the summaries are kept: many are the same but for their names."""

_LONGEST_ALIKE = 4_000
"""Bytes of the longest of these: one that tells of visits is like no other."""

_STEADY = 4_000
"""Documents that no row owns of which this process keeps what it found: those of the vocabulary and the codes, 1,200, are the
same in every catalogue."""

_LONGEST_STEADY = 20_000
"""Bytes of the longest of these."""

_FEW = 3_000
"""No more documents than this are processed in the publisher's own process: starting workers costs more."""


@lru_cache(maxsize=1)
def _folding() -> Folding:
    """Return what respells literals: one in a process."""
    return Folding()


@lru_cache(maxsize=1)
def _counting(spaces: tuple[str, ...]) -> Counting:
    """Return what counts documents: one in a process, which knows what it has seen."""
    return Counting(spaces)


def show(path: str, items: Sequence[IndexItem], spaces: Sequence[str] = ()) -> tuple[list[IndexEntry], Tally]:
    """Return the index entries of documents in the archive at `path`, in the order of `items`, and what they were counted to say.

    `spaces` are the addresses that `catalog.summaries.partitions` tells apart; without any, nothing is counted.
    """
    with closing(Archive(Path(path))) as archive:
        return _shown(archive, items, spaces)


@lru_cache(maxsize=2)
def _steady(_spaces: tuple[str, ...]) -> dict[tuple[str, bytes], tuple[IndexEntry, DocumentFacts | None]]:
    """Return what this process has found of documents that no row owns: IRI and hash -> the entry, and what it counts as where
    it was counted."""
    return {}


def _shown(archive: Archive, items: Sequence[IndexItem], spaces: Sequence[str]) -> tuple[list[IndexEntry], Tally]:
    steady, counting, tally = _steady(tuple(spaces)), _counting(tuple(spaces)) if spaces else None, Tally()
    known = {item[:2]: steady[item[:2]] for item in items if item[2] is None and item[:2] in steady}
    texts = dict(archive.texts([item[1] for item in items if item[:2] not in known]))
    outcomes = archive.outcomes([key for _, _, key in items if key is not None])
    found: list[IndexEntry] = []
    for iri, digest, key in items:
        one = known.get((iri, digest)) if key is None else None
        if one is None:
            text = texts[digest]
            faults = outcomes[key].faults if key in outcomes else ()
            rules = {(f.rule, f.severity) for f in faults if f.node.split("#", 1)[0] == iri or not f.node}
            one = _entry(archive, Document(iri, text), rules), counting.counted(text) if counting and text else None
            if key is None and len(text) <= _LONGEST_STEADY and not is_quality(iri):
                if len(steady) >= _STEADY:
                    steady.clear()
                steady[iri, digest] = one
        found.append(one[0])
        if one[1] is not None:
            tally.add(one[1])
    return found, tally


def _entry(archive: Archive, document: Document, rules: Collection[tuple[str, str]]) -> IndexEntry:
    summary = _summary(archive, document) if is_quality(document.iri) else summarize(document)
    return IndexEntry(summary, tokens(f"{summary.title} {summary.title_en}"), tokens(summary.words),
                      tuple(sorted(spellings(document.text, _folding()))), tuple(sorted(rules)))


def _summary(archive: Archive, document: Document) -> RecordSummary:
    """Return the summary of a quality document; datasets with the same measurements have the same, worked out once."""
    names = Names.of(document.iri)
    if names is None or len(document.text) > _LONGEST_ALIKE:
        return summarize(archive.whole(document))
    alike, known = document.text.replace(names.quality, b"").replace(names.dataset, b""), _summaries()
    if (found := known.get(alike)) is None:
        if len(known) >= _ALIKE:
            known.clear()
        found = known[alike] = summarize(archive.whole(document))
    return found


@lru_cache(maxsize=1)
def _summaries() -> dict[bytes, RecordSummary]:
    """Return what this process has found of quality documents: their text without their names -> the summary."""
    return {}


def show_all(path: Path, items: Sequence[IndexItem], pool: Pool, counted: Tally | None = None,
             spaces: Sequence[str] = ()) -> Iterator[IndexEntry]:
    """Yield the index entries of all items in their order, made on the pool's processes where there are many; what the
    documents were counted to say is added to `counted`."""
    batches: Iterable[Sequence[IndexItem]] = [items[i : i + _BATCH] for i in range(0, len(items), _BATCH)]
    made: Iterable[tuple[list[IndexEntry], Tally]]
    if len(items) <= _FEW or pool.workers == 1:
        made = (show(str(path), batch, spaces) for batch in batches)
    else:
        waiting = [pool.submit(show, str(path), batch, spaces) for batch in batches]
        made = (future.result() for future in waiting)
    for shown, tally in made:
        if counted is not None:
            counted.update(tally)
        yield from shown
