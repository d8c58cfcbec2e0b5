"""What organisations say of their changes: a record of a change names them, each then says `org:changedBy` or `org:resultedFrom`.

As with series (`ties`), what hangs on another record is written after the rows were taken in, and can be taken out again. Changes
without a record of their own (shipped ones) are told by the rows that mention them, and their lines are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from odlinked.catalog.archive import Archive
from odlinked.catalog.index import Entry
from odlinked.documents import Document
from odlinked.intake.ties import settled
from odlinked.kinds import Kind
from odlinked.namespaces import ORG
from odlinked.rdf.ntriples import triples

_SAID = {ORG + "originalOrganization": f"<{ORG}changedBy>", ORG + "resultingOrganization": f"<{ORG}resultedFrom>"}

Lines = dict[str, set[bytes]]
"""Organisation IRI -> lines of its document."""


def tie(archive: Archive, before: Mapping[str, Entry], entries: dict[str, Entry], now: str) -> None:
    """Bring what organisations with a record say of changes in line with the living records of changes.

    `before` is the state of the last release. A document that ends as it was keeps the time it was first published.
    """
    were, wanted = _lines(archive, before.values()), _lines(archive, entries.values())
    written: dict[bytes, bytes] = {}
    for iri in sorted(were.keys() | wanted.keys()):
        entry = entries.get(iri)
        if entry is None or entry.state != "live" or entry.key is None:
            continue
        text = archive.text(entry.hash) or b""
        kept = set(Document(iri, text).lines) - were.get(iri, set())
        tied = Document.of(iri, kept | wanted.get(iri, set()))
        if tied.hash != entry.hash:
            written[tied.hash] = archive.codec.pack(tied.text)
        entries[iri] = settled(entry, tied.hash, before.get(iri), now)
    archive.add(written.items())


def _lines(archive: Archive, entries: Iterable[Entry]) -> Lines:
    """Return what the living records of changes give organisations to say."""
    found: Lines = {}
    for entry in entries:
        if entry.state == "live" and entry.key is not None and Kind.of(entry.iri) is Kind.EVENT:
            for _, predicate, term in triples(archive.text(entry.hash) or b""):
                if predicate in _SAID:
                    found.setdefault(term.value, set()).add(f"<{term.value}> {_SAID[predicate]} <{entry.iri}> .".encode())
    return found
