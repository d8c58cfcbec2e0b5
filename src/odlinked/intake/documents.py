"""Writing the documents of a change of state: documents no row makes, and what the archive's documents state, for one publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from odlinked.assets import Assets
from odlinked.catalog.index import STATES, Entry, Index
from odlinked.catalog.keeping.archive import Archive, RowDocument
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.intake import carried, own_documents
from odlinked.intake.arrivals import Arrival, Bearer, DocumentAccess, RowStatement
from odlinked.kinds import Kind
from odlinked.mapping.forms import Binding
from odlinked.namespaces import CODE, DCTERMS, ODL
from odlinked.rdf.ntriples import triples

_STATUS = CODE + "change-status/"
_OPEN = CODE + "dataset-state/open"
_MOST_LOOKED_UP = 100
"""Most texts whose nearest codes are looked up in one publish: a file of only unknown codes needs no more."""


@dataclass
class DocumentWriter:
    """Writes for one publish of `source` at the ISO time `now`; `before` is the state of the release before.

    `index` is that release's index, `bindings` (input, sheet) -> the form of its rows. `old_base`: the base `before` was
    written under, where that is another.
    """

    archive: Archive
    assets: Assets
    base: str
    source: str
    now: str
    before: Mapping[str, Entry]
    index: Path | None
    bindings: Mapping[tuple[int, str | None], Binding]
    old_base: str = ""
    looked_up: int = field(default=0, init=False)

    def words(self) -> DocumentAccess:
        """Return the functions that a change needs."""
        return DocumentAccess(self.tombstone, self.minted, self.judged, self.statement, lambda: self._bearers, self.near,
                              self.renamed, self.merged)

    def tombstone(self, entry: Entry, arrival: Arrival | None) -> bytes:
        """Write what remains of a record that is taken down."""
        text = self.archive.text(entry.hash) or b""
        outcome = arrival.outcome if arrival else None
        own = [made for made in outcome.made if not made.shared] if outcome else []
        own_document = Document(own[0].iri, self.archive.text(own[0].hash) or b"") if own else None
        # The notes of a row that takes its record down are its reason; those of withheld data are not for the public.
        reason = own_documents.note(own_document.text, own_document.iri) if own_document and outcome and outcome.withdrawn else ""
        document = own_documents.tombstone(self.assets, entry.iri, text, self.now, reason, own_document)
        self.archive.put(document)
        return document.hash

    def minted(self, made: RowDocument, renamed: Mapping[str, str]) -> bytes:
        """Write a row's record under the name it has as its source's own."""
        owner = self.before.get(made.iri)
        # What is private is not revealed by another source's record either.
        is_named = owner is None or owner.is_public
        document = own_documents.minted(self.archive.text(made.hash) or b"", made.iri, renamed, named=is_named)
        self.archive.put(document)
        return document.hash

    def renamed(self, made: RowDocument, iri: str) -> bytes:
        """Write a row's record under the name of the record it means."""
        document = own_documents.minted(self.archive.text(made.hash) or b"", made.iri, {made.iri: iri}, named=False)
        self.archive.put(document)
        return document.hash

    def judged(self, entry: Entry, made: RowDocument) -> list[str]:
        """Return the rules broken where open data become data on request or withheld data."""
        before, after = (self.archive.text(digest) or b"" for digest in (entry.hash, made.hash))
        return own_documents.conversion(self.assets, entry.iri, before, after)

    def merged(self, iri: str, made: RowDocument, before: Entry | None, arrival: Arrival) -> bytes:
        """Write a row's record with what is already known and the row's table does not state, where it holds changes only."""
        binding = self.bindings.get((arrival.input, arrival.sheet))
        was = before or self.before.get(self._old(iri))
        if binding is None or not binding.form.delta or was is None or was.state != "live" or was.hash == made.hash:
            return made.hash
        known, text = self._under_base(self.archive.text(was.hash) or b""), self.archive.text(made.hash) or b""
        lines = carried.carried(iri, known, text, carried.unsaid(binding))
        if arrival.outcome is not None and arrival.outcome.standing == "restricted":
            lines += own_documents.kept(self.assets, iri, known, text)
        if not lines:
            return made.hash
        document = Document.of(iri, [*Document(iri, text).lines, *lines])
        self.archive.put(document)
        return document.hash

    def statement(self, made: RowDocument) -> RowStatement:
        """Read what a row's document states about its dataset."""
        found = {p: t.value for s, p, t in triples(self.archive.text(made.hash) or b"")
                 if s == made.iri and not t.language.startswith("en")}
        status = found.get(ODL + "changeStatus", "")
        return RowStatement(found.get(DCTERMS + "identifier", ""), fold(found.get(DCTERMS + "title", "")),
                            found.get(DCTERMS + "publisher", ""),
                            status.removeprefix(_STATUS) if status.startswith(_STATUS) else "")

    def near(self, text: str, codes: Sequence[str]) -> Sequence[str]:
        """Return the codes most similar to a text."""
        from odlinked.quality import suggestions  # hardly any row needs them

        self.looked_up += 1
        return suggestions.near(text, codes) if self.looked_up <= _MOST_LOOKED_UP else ()

    @cached_property
    def _bearers(self) -> list[Bearer]:
        """The datasets of the release before, from its index."""
        if self.index is None:
            return []
        with Index(self.index, read_only=True) as index:
            return [Bearer(iri, source, fold(title), publisher, state, STATES.get(access, "") == _OPEN)
                    for iri, source, title, publisher, state, access in index.bearers() if Kind.of(iri) is Kind.DATASET]

    def _old(self, iri: str) -> str:
        return self.old_base + iri.removeprefix(self.base) if self.old_base and iri.startswith(self.base) else iri

    def _under_base(self, text: bytes) -> bytes:
        return text.replace(f"<{self.old_base}/".encode(), f"<{self.base}/".encode()) if self.old_base else text
