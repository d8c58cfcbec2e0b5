"""What records say of each other where one row cannot: a series names its members, each member then says `dcat:inSeries`
and which stand before and after it (`dcat:prev`, `dcat:next`), and the series which is its first and its last.

A mapped row is a function of the row, so that it can be used again. What hangs on other records is written into a document
after the rows were taken in, as the only lines of their predicate, and can be taken out again: the tied document is a
function of the mapped one and of the series that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from odlinked.assets import Assets
from odlinked.catalog.archive import Archive, Fault
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.series import Periods, in_order
from odlinked.documents import Document
from odlinked.intake.arrivals import Issue, Next
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, DCTERMS
from odlinked.rdf.ntriples import triples

MEMBER = "L35-series-member"
"""The rule on the collection: a series names datasets that are there."""

_NAMES = DCAT + "seriesMember"
_TITLE = f"<{DCTERMS}title>".encode()
_IN, _PREVIOUS, _NEXT, _FIRST, _LAST = (f"<{DCAT}{name}>".encode() for name in ("inSeries", "prev", "next", "first", "last"))

Lines = dict[str, set[bytes]]
"""Record -> what is to be written into its document: predicate and object, as N-Triples has them."""


def tie(archive: Archive, assets: Assets, index: Path | None, before: Mapping[str, Entry], following: Next, now: str) -> None:
    """Bring what series and their members say of each other in line with the living series, and tell members that are not there.

    `before` is the state of the last release, `index` its index, which knows the datasets that were in a series. A document
    that ends as it was keeps the time it was first published.
    """
    entries, wanted = following.entries, Lines()
    issues = [issue for issue in following.issues if issue.fault.rule != MEMBER]
    named = _series(archive, entries.values())
    periods = Periods.load(assets) if named else None
    for series, members in named:
        living = [member for member in members if member in entries and entries[member].state == "live"]
        for member in (member for member in members if member not in set(living)):
            fault = Fault(MEMBER, "Warning", unquote(member.rpartition("/")[2]), series.iri, "", "", 0, "", "")
            issues.append(Issue(series.input or 0, series.sheet, series.row or 0, fault))
        titled = [(member, _title(member, archive.text(entries[member].hash) or b"")) for member in living]
        _order(series.iri, in_order(titled, periods) if periods else living, wanted)
    following.issues[:] = issues
    written: dict[bytes, bytes] = {}
    for iri in sorted((_in_series(index) if index else set()) | wanted.keys()):
        entry = entries.get(iri)
        if entry is not None and entry.state == "live" and entry.key is not None:
            tied = _tied(iri, archive.text(entry.hash) or b"", wanted.get(iri, set()))
            if tied.hash != entry.hash:
                written[tied.hash] = archive.codec.pack(tied.text)
            entries[iri] = settled(entry, tied.hash, before.get(iri), now)
    archive.add(written.items())


def _order(series: str, members: Sequence[str], wanted: Lines) -> None:
    """Note what a series and its members say of each other, in the order of the members."""
    wanted[series] = {_FIRST + b" <%s>" % members[0].encode(), _LAST + b" <%s>" % members[-1].encode()} if members else set()
    for place, member in enumerate(members):
        said = wanted.setdefault(member, set())
        said.add(_IN + b" <%s>" % series.encode())
        if place:
            said.add(_PREVIOUS + b" <%s>" % members[place - 1].encode())
        if place + 1 < len(members):
            said.add(_NEXT + b" <%s>" % members[place + 1].encode())


def _title(iri: str, text: bytes) -> str:
    """Return the title of a dataset that is not in English, "" where it has none."""
    start = f"<{iri}> ".encode() + _TITLE
    lines = b"\n".join(line for line in text.split(b"\n") if line.startswith(start))
    return next((term.value for _, _, term in triples(lines + b"\n") if not term.language.startswith("en")), "") if lines else ""


def _in_series(index: Path) -> set[str]:
    with Index(index, read_only=True) as opened:
        return opened.in_series()


def _series(archive: Archive, entries: Iterable[Entry]) -> list[tuple[Entry, list[str]]]:
    """Return the living series with the members each names, in the order of their IRIs."""
    found = []
    for entry in entries:
        if entry.state == "live" and Kind.of(entry.iri) is Kind.SERIES:
            text = archive.text(entry.hash) or b""
            found.append((entry, [o.value for s, p, o in triples(text) if p == _NAMES and s == entry.iri and o.is_iri]))
    return sorted(found, key=lambda pair: pair[0].iri)


def _tied(iri: str, text: bytes, said: set[bytes]) -> Document:
    """Return a record's document that says exactly this of series."""
    subject = f"<{iri}> ".encode()
    own = tuple(subject + predicate for predicate in (_IN, _PREVIOUS, _NEXT, _FIRST, _LAST))
    lines = [line for line in Document(iri, text).lines if not line.startswith(own)]
    return Document.of(iri, lines + [subject + line + b" ." for line in said])


def settled(entry: Entry, digest: bytes, before: Entry | None, now: str) -> Entry:
    """Return the entry with its document's hash; what is as it was before has not changed now."""
    same = before is not None and before.hash == digest and before.state == "live"
    return entry._replace(hash=digest, changed=before.changed if same and before else now)
