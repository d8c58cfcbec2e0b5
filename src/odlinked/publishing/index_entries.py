"""The index entries of documents, computed on every core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from odlinked.catalog.archive import Archive
from odlinked.catalog.index import IndexEntry
from odlinked.catalog.partitions import Counting
from odlinked.catalog.summary import spellings, summarize
from odlinked.documents import Document
from odlinked.pool import Pool
from odlinked.search import tokens
from odlinked.store.oxigraph import Folding

IndexItem = tuple[str, bytes, bytes | None]
"""IRI, document hash, reuse key of the row it came from (None for documents no row owns)."""

_BATCH = 500

_FEW = 3_000
"""No more documents than this are processed in the publisher's own process: starting workers costs more."""


@lru_cache(maxsize=1)
def _opened(path: str, _file: int) -> tuple[Archive, Folding]:
    """Open the archive once per process; another file at the same path is another archive."""
    return Archive(Path(path)), Folding()


def show(path: str, items: Sequence[IndexItem], spaces: Sequence[str] = ()) -> tuple[list[IndexEntry], Counter[str]]:
    """Return the index entries of documents in the archive at `path`, in the order of `items`, and the facts they hold together.

    `spaces` are the addresses that `catalog.partitions` tells apart.
    """
    archive, folding = _opened(path, Path(path).stat().st_ino)
    texts = dict(archive.texts([digest for _, digest, _ in items]))
    outcomes = archive.outcomes([key for _, _, key in items if key is not None])
    found, counting = [], Counting(spaces)
    for iri, digest, key in items:
        text = texts[digest]
        counting.add(text)
        summary = summarize(Document(iri, text))
        faults = outcomes[key].faults if key in outcomes else ()
        rules = {(f.rule, f.severity) for f in faults if f.node.split("#", 1)[0] == iri or not f.node}
        found.append(IndexEntry(summary, tokens(f"{summary.title} {summary.title_en}"), tokens(summary.words),
                                tuple(sorted(spellings(text, folding))), tuple(sorted(rules))))
    return found, counting.facts()


def show_all(path: Path, items: Sequence[IndexItem], pool: Pool, counted: Counter[str] | None = None,
             spaces: Sequence[str] = ()) -> Iterator[IndexEntry]:
    """Yield the index entries of all items in their order, made on the pool's processes where there are many; the facts the
    documents hold are added to `counted`."""
    batches: Iterable[Sequence[IndexItem]] = [items[i : i + _BATCH] for i in range(0, len(items), _BATCH)]
    made: Iterable[tuple[list[IndexEntry], Counter[str]]]
    if len(items) <= _FEW or pool.workers == 1:
        made = (show(str(path), batch, spaces) for batch in batches)
    else:
        waiting = [pool.submit(show, str(path), batch, spaces) for batch in batches]
        made = (future.result() for future in waiting)
    for shown, facts in made:
        if counted is not None:
            counted.update(facts)
        yield from shown
