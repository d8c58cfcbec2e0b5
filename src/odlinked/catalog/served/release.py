"""Reading a release: records, documents, lists, search, findings. The read side of a workspace, used by the service."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self, cast

import pyoxigraph as ox
from cachetools import LRUCache

from odlinked.assets import Assets
from odlinked.catalog.index.lists import ORDERS, Lists
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.leases import leased
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.keeping.workspace import TERMS, Workspace
from odlinked.catalog.log.changes import ChangeView
from odlinked.catalog.served import respelled
from odlinked.catalog.served.notes import Noting
from odlinked.catalog.served.release_lists import ReleaseLists
from odlinked.catalog.served.searching import DIMENSIONS, NAMES, UNLISTED, Matches, Searching, Settled, settled
from odlinked.catalog.summaries.records import Record, SearchResult
from odlinked.documents import Document
from odlinked.errors import WorkspaceError
from odlinked.findings import Finding
from odlinked.kinds import quality_iri
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile
from odlinked.queries import load

_RANK = {"Violation": 0, "Warning": 1, "Info": 2}


class Release(ReleaseLists):
    """One release of a workspace, read only and safe for threads; it holds a lease until `close`.

    What a release says of itself without being asked (`base`, `title`, `description`, `manifest`) is its `head`; whatever else
    can differ in another release is asked of `_lists` or by `noted`, so that `noting` can tell what a page was made from.
    """

    def __init__(self, workspace: Workspace, name: str, assets: Assets | None = None) -> None:
        super().__init__()
        self.workspace, self.name, self.assets = workspace, name, assets or Assets()
        self.folder = workspace.releases / name
        self.manifest = workspace.manifest(name)
        self.number = int(name)
        self.base: str = self.manifest["base"]
        self.content: str = self.manifest["content"]
        self.title: dict[str, str] = self.manifest["title"]
        self.description: dict[str, str] = self.manifest["description"]
        self.store_path = self.folder / "store"
        self._local = threading.local()
        self._common: dict[bytes, bytes] = {}
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(leased(self.folder))
        self._searches: LRUCache[object, SearchResult] = LRUCache(64)
        self._lists = Lists(self.folder / "catalog.sqlite")
        self._record: Callable[[str], Record | None] = lru_cache(maxsize=1_024)(self._lists.record)

    def noting(self) -> Self:
        """Return the same release, taking notes of what is asked: one such view for one page."""
        view = super().noting()
        if view.notes is not None:
            view._lists = cast("Lists", Noting(self._lists, "_lists", view.notes))
            view._record = view.notes.taking("_record", self._record)
            view._found = view.notes.taking("_found", self._found)  # type: ignore[method-assign]
        return view

    @property
    def head(self) -> tuple[object, ...]:
        """What a page may show of the release without asking: its base, its texts, and the assets it was made with."""
        stated = self.manifest
        return self.base, self.title, self.description, stated["profile"], stated.get("assets"), stated.get("odlinked")

    @property
    def created(self) -> datetime:
        """When it was made."""
        return self.telling("created", datetime.fromisoformat(self.manifest["created"]))

    @property
    def day(self) -> date:
        """The day it was made on."""
        return self.telling("day", datetime.fromisoformat(self.manifest["created"]).date())

    def _note_content(self) -> None:
        """Note that all of the release is asked for, document by document."""
        self.telling("identity", self.identity)

    @property
    def identity(self) -> tuple[str, str]:
        """The key under which answers may be cached: a purge rebuilds a release under its old name, with other content."""
        return self.name, self.content

    def close(self) -> None:
        """Release the lease."""
        self._stack.close()

    @property
    def _archive(self) -> Archive:
        archive: Archive | None = getattr(self._local, "archive", None)
        if archive is None:
            archive = self._local.archive = self._opened(self.workspace.documents)
        return archive

    def _opened(self, path: Path) -> Archive:
        try:
            return Archive(path, common=self._common)
        except WorkspaceError:
            if (latest := self.workspace.documents) == path:
                raise
            return self._opened(latest)  # a purge has just written it anew

    def record(self, iri: str) -> Record | None:
        """Return the record with this IRI, or None."""
        return self._record(iri)

    def document(self, iri: str) -> Document | None:
        """Return the exact document of a record, or None."""
        digest = self._lists.hash(iri)
        text = self._archive.text(digest) if digest else None
        return Document(iri, text) if text is not None else None

    def document_of(self, record: Record) -> Document | None:
        """Return the exact document of a record that this release has answered."""
        text = self._archive.text(bytes.fromhex(record.hash))
        return Document(record.iri, text) if text is not None else None

    def whole(self, iri: str) -> Document | None:
        """Return the document of a record, or None; that of a dataset's quality with what it leaves to the common one (see
        `catalog.keeping.quality_documents`)."""
        found = self.document(iri)
        return self._archive.whole(found) if found is not None else None

    def quality(self, iri: str) -> Document | None:
        """Return all that was measured of a record, or None."""
        return self.whole(quality_iri(iri))

    def documents(self) -> Iterator[Document]:
        """Yield every document in the order of its IRI."""
        self._note_content()
        for iri, digest in self._lists.hashes():
            text = self._archive.text(digest)
            if text is None:
                raise WorkspaceError("its document is missing from the archive", doing="reading", on=iri)
            yield Document(iri, text)

    def internal(self) -> list[bytes]:
        """Return the texts of the documents for the agency itself: records of internal forms, the organisations they name, and
        their measurements. Never served; withheld and unapproved datasets are not among them."""
        return [text for _, text in self._archive.texts(sorted(self._lists.internal()))]

    def search(self, text: str = "", facets: Mapping[str, Sequence[str]] | None = None, page: int = 1, size: int = 20,
               order: str = "relevance") -> SearchResult:
        """Search living datasets: full text, facet values (AND between dimensions, OR within), one page, with facets."""
        known = (*DIMENSIONS, *UNLISTED)
        chosen = tuple(sorted((d, tuple(sorted(v))) for d, v in (facets or {}).items() if d in known and v))
        order = order if order in ORDERS else "relevance"
        return self._found(self.noted(settled, text), chosen, max(1, page), max(1, min(size, 200)), order)

    def matches(self, text: str, most: int) -> Matches:
        """Return the datasets that match a text, as `search` finds them: how many, and the IRIs of the best `most` of them."""
        return self.searching.matches(text, most)

    @cached_property
    def searching(self) -> Searching:
        """What searches of the release mean."""
        release = weakref.proxy(self)
        return Searching(self.assets, self._lists, lambda: release.ask(NAMES), lambda iri: release.labels(iri))

    def _found(self, asked: Settled, chosen: tuple[tuple[str, tuple[str, ...]], ...], page: int, size: int,
               order: str) -> SearchResult:
        key = (asked, chosen, page, size, order)
        with self._lock:  # `cachedmethod` would do this, and make the release refer to itself
            known = self._searches.get(key)
        if known is None:
            known = self.searching.result(*key)
            with self._lock:
                self._searches[key] = known
        return known

    def values(self, dimension: str) -> frozenset[str]:
        """Return the values records have in a dimension of the search."""
        return self._lists.values(dimension)

    @property
    def changes(self) -> ChangeView:
        """What changed up to this release, by the change log of the workspace."""
        found = (self._whole or self)._change_view
        return found if self.notes is None else cast("ChangeView", Noting(found, "changes", self.notes))

    @cached_property
    def _change_view(self) -> ChangeView:
        return ChangeView(self.workspace, self.name, datetime.fromisoformat(self.manifest["created"]))

    def texts(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return documents by their hashes, as far as they are kept: also those of earlier releases."""
        return dict(self._archive.texts(digests))

    def findings(self, iri: str) -> list[Finding]:
        """Return what is wrong with a record, worst first, as it may be shown in public.

        The file is the source's name, never a local one; the mapping left out suppressed columns and keys already.
        """
        place = self._lists.place(iri)
        if place is None or place.key is None:
            return []
        outcome = self._archive.outcomes([place.key]).get(place.key)
        faults = [f for f in outcome.faults if f.node.split("#", 1)[0] == iri] if outcome else []
        faults.sort(key=lambda f: (_RANK.get(f.severity, 3), f.rule, f.member))
        return [self.once(_rules).finding(fault, place.source, place.sheet, place.row) for fault in faults]

    def labels(self, iri: str) -> dict[str, str]:
        """Return the labels of a code, organisation or record by language tag; the IRI's last part where it has none."""
        names = self._lists.called(iri)
        if names is None or not any(names):
            return {"zh-Hant": iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]}
        return {language: text for language, text in zip(("zh-Hant", "en"), names, strict=True) if text}

    def label(self, iri: str, language: str) -> str:
        """Return one label, in `language` where there is one."""
        found = self.labels(iri)
        return found.get(language) or next(iter(found.values()))

    def ask(self, question: str, **values: str) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a SELECT query of the assets (by name), with its parameters; "" for unbound variables.

        A parameter of a stored question that is left out is not given.
        """
        self._note_content()
        query, store = load(self.assets, question), ox.Store.read_only(str(self.store_path))
        if values.keys() == set(query.parameters):
            answer = store.query(query.text, substitutions=query.bindings(**values))
        else:
            answer = store.query(query.spelled(**{**dict.fromkeys(query.parameters), **values}))
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - narrows the engine's wider type
        for row in answer:
            yield tuple("" if term is None else str(getattr(term, "value", "")) for term in row)

    def sources(self) -> list[dict[str, Any]]:
        """Return the sources: name, form, and the time of the last input."""
        return self._lists.sources()

    def of_source(self, source: str) -> tuple[dict[str, int], list[tuple[str, dict[str, str], int]]]:
        """Return how many records of a source there are by kind, and how many have a fault by each rule: name, texts, count."""
        self._note_content()
        kinds, rules = self._lists.of_source(source)
        book = self.once(_rules)
        told = [(name, rule.names if (rule := book.rule(name)) else {}, count) for name, count in rules]
        return kinds, told

    def terms(self) -> bytes | None:
        """Return the terms that the query page completes (JSON), None where the release was made before there were any."""
        try:
            return self.telling("terms", (self.folder / TERMS).read_bytes())
        except FileNotFoundError:
            return self.telling("terms", None)

    @cached_property
    def _tables(self) -> tuple[LiftedTable, ...]:
        return lifted.of_manifest(self.manifest)

    @property
    def tables(self) -> tuple[LiftedTable, ...]:
        """The tables of rows that are published."""
        return self.telling("tables", self._tables)

    def dump(self) -> Iterator[bytes]:
        """Yield the N-Quads dump as gzip members; together they are one gzip file (RFC 1952, section 2.2).

        The documents are in the default graph, published rows in graphs of their own, after them.
        """
        for key, _ in self._lists.parts():
            yield (self.workspace.dump / f"{key}.gz").read_bytes()
        for table in self._tables:
            yield from lifted.blocks(self._quads(table))

    def dump_size(self) -> int:
        """Return the size of the dump in bytes."""
        return sum(size for _, size in self._lists.parts()) + sum(self._quads(table).stat().st_size for table in self._tables)

    def _quads(self, table: LiftedTable) -> Path:
        return table.folder(self.workspace) / lifted.QUADS

    def spellings(self) -> Mapping[str, str]:
        """Return folded term -> original spelling, for the terms the catalogue spells in exactly one way."""
        return self._lists.spellings

    @cached_property
    def respelled(self) -> frozenset[str] | None:
        """The predicates with values whose text is another than the store's, see `respelled.predicates`."""
        return respelled.predicates(self.spellings(), self.store_path)


def _rules(release: Release) -> RuleBook:
    return RuleBook(Profile.load(release.assets, release.manifest["profile"]))
