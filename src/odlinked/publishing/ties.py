"""What records say of each other where one row cannot: a series names its members, each member then says `dcat:inSeries`.

A mapped row is a function of the row, so that it can be used again. What hangs on other records is written into a document
after the rows were taken in, as the only lines of their predicate, and can be taken out again: the tied document is a
function of the mapped one and of the series that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from odlinked.catalog.archive import Archive, Fault
from odlinked.documents import Document, triples
from odlinked.namespaces import DCAT
from odlinked.publishing.changes import Issue, Next
from odlinked.publishing.index import Entry, Index

MEMBER = "L35-series-member"
"""The rule on the collection: a series names datasets that are there."""

_NAMES = DCAT + "seriesMember"
_IN = f"<{DCAT}inSeries>".encode()


def tie(archive: Archive, index: Path | None, before: Mapping[str, Entry], following: Next, now: str) -> None:
    """Bring `dcat:inSeries` of all living datasets in line with the living series, and tell members that are not there.

    `before` is the state of the last release, `index` its index, which knows the datasets that were in a series. A document
    that ends as it was keeps the time it was first published.
    """
    entries, wanted = following.entries, dict[str, list[str]]()
    issues = [issue for issue in following.issues if issue.fault.rule != MEMBER]
    for series, members in _series(archive, entries.values()):
        for member in members:
            known = entries.get(member)
            if known is not None and known.state == "live":
                wanted.setdefault(member, []).append(series.iri)
            else:
                fault = Fault(MEMBER, "Warning", unquote(member.rpartition("/")[2]), series.iri, "", "", 0, "", "")
                issues.append(Issue(series.input or 0, series.sheet, series.row or 0, fault))
    following.issues[:] = issues
    were = _in_series(index) if index else set()
    written: dict[bytes, bytes] = {}
    for iri in sorted(were | wanted.keys()):
        entry = entries.get(iri)
        if entry is not None and entry.state == "live" and entry.key is not None:
            tied = _tied(iri, archive.text(entry.hash) or b"", wanted.get(iri, []))
            if tied.hash != entry.hash:
                written[tied.hash] = archive.codec.pack(tied.text)
            entries[iri] = settled(entry, tied.hash, before.get(iri), now)
    archive.add(written.items())


def _in_series(index: Path) -> set[str]:
    opened = Index(index, read_only=True)
    with closing(opened.db) as db:
        return {iri for (iri,) in db.execute(
            "SELECT DISTINCT record.iri FROM facet JOIN record ON record.id = facet.record WHERE dimension = 'series'")}


def _series(archive: Archive, entries: Iterable[Entry]) -> list[tuple[Entry, list[str]]]:
    """Return the living series with the members each names, in the order of their IRIs."""
    found = []
    for entry in entries:
        if entry.state == "live" and "/id/series/" in entry.iri:
            text = archive.text(entry.hash) or b""
            found.append((entry, [o.value for s, p, o in triples(text) if p == _NAMES and s == entry.iri and o.is_iri]))
    return sorted(found, key=lambda pair: pair[0].iri)


def _tied(iri: str, text: bytes, series: list[str]) -> Document:
    """Return a dataset's document that says exactly these series."""
    subject = f"<{iri}> ".encode() + _IN
    lines = [line for line in Document(iri, text).lines if not line.startswith(subject)]
    return Document.of(iri, lines + [subject + f" <{name}> .".encode() for name in series])


def settled(entry: Entry, digest: bytes, before: Entry | None, now: str) -> Entry:
    """Return the entry with its document's hash; what is as it was before has not changed now."""
    same = before is not None and before.hash == digest and before.state == "live"
    return entry._replace(hash=digest, changed=before.changed if same and before else now)
