"""What goes with a record that is erased: what its row made with it, what was measured of those, and organisations that no
other row names, whose name may be a person's. Listed organisations are known without any row and stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.folding import fold
from odlinked.kinds import Kind, quality_iri
from odlinked.mapping import codes, organizations
from odlinked.namespaces import DCTERMS, FOAF, SKOS
from odlinked.rdf.ntriples import triples

_NAMES = (FOAF + "name", SKOS + "prefLabel", DCTERMS + "title")


@dataclass
class Companions:
    """Finds what goes with record `iri`; `shared` are the organisations that the record's rows name, in whichever release."""

    iri: str
    archive: Archive
    assets: Assets
    shared: set[str] = field(default_factory=set)

    def note(self, entries: Collection[Entry]) -> None:
        """Note the organisations that the record's rows name in a release."""
        for entry in self._own(entries):
            self.shared |= {mention.partition("|")[0] for mention in entry.mentions}
            outcome = self.archive.outcome(entry.key) if entry.key else None
            self.shared |= {made.iri for made in outcome.made if made.shared} if outcome else set()
            statements = triples(self.archive.text(entry.hash) or b"")
            self.shared |= {t.object.value for t in statements if t.subject == entry.iri and t.predicate == DCTERMS + "publisher"}

    def of(self, entries: Collection[Entry]) -> list[Entry]:
        """Return the entries of a release that go."""
        own = {entry.iri for entry in self._own(entries)}
        named = {mention.partition("|")[0] for e in entries if e.iri not in own for mention in e.mentions}
        lonely = {e.iri for e in entries if e.iri in self.shared - named and e.key is None and Kind.of(e.iri) is Kind.ORGANIZATION
                  and not self._is_listed(e)}
        going = own | lonely
        going |= {quality_iri(name) for name in going}
        going |= {e.iri for e in entries if Kind.of(e.iri) is Kind.SERIES_QUALITY and self._links(e, lonely)}
        return [e for e in entries if e.iri in going]

    def _own(self, entries: Collection[Entry]) -> list[Entry]:
        keys = {(e.key, e.source) for e in entries if e.iri == self.iri and e.key is not None}
        return [e for e in entries if e.iri == self.iri or (e.key, e.source) in keys]

    def _is_listed(self, entry: Entry) -> bool:
        statements = triples(self.archive.text(entry.hash) or b"")
        names = [t.object.value for t in statements if t.subject == entry.iri and t.predicate in _NAMES]
        return any(fold(name) in self._listed for name in names)

    def _links(self, entry: Entry, organizations: Iterable[str]) -> bool:
        text = self.archive.text(entry.hash) or b"" if organizations else b""
        return any(f" <{one}> .".encode() in text for one in organizations)

    @cached_property
    def _listed(self) -> Mapping[str, str]:
        return codes.load(self.assets).index.get(organizations.SCHEME, {})
