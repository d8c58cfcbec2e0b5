"""What a rebuild keeps because no row makes it again: tombstones, and measurements of organisations on earlier days."""

from __future__ import annotations

from collections.abc import Mapping

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.documents import Document
from odlinked.intake import own_documents
from odlinked.kinds import Kind


def carried(archive: Archive, entries: Mapping[str, tuple[int, Entry]], old: str, base: str) -> dict[str, Entry]:
    """Return the entries of `entries` that a rebuild keeps, under `base` where they were written under the base `old`."""
    found: dict[str, Entry] = {}
    for iri, (_, entry) in entries.items():
        measured = iri.startswith((Kind.ORGANIZATION_QUALITY.prefix(old), Kind.INTERNAL_QUALITY.prefix(old)))
        if entry.state != "gone" and not measured:
            continue
        name = base + iri.removeprefix(old) if iri.startswith(old) else iri
        text = archive.text(entry.hash) or b""
        if measured:
            # Everything in it is named under the base: the organisation, the families in it, each day's measurements.
            lines = text.replace(f"<{old}/".encode(), f"<{base}/".encode()).split(b"\n")[:-1]
            document = Document.of(name, lines)
        else:
            document = own_documents.moved(Document(iri, text), name)
        archive.put(document)
        found[name] = entry._replace(iri=name, hash=document.hash)
    return found
