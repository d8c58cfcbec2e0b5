"""What series and datasets state about each other: a series names its members, each member then states `dcat:inSeries` and which
are before and after it (`dcat:prev`, `dcat:next`), and the series which is its first and its last.

Nothing else states any of this: in a document these are the only lines of their predicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from odlinked.catalog.index import Entry
from odlinked.catalog.summaries.series import Periods, in_order
from odlinked.findings import Issue
from odlinked.intake.arrivals import fault
from odlinked.intake.relations import DocumentEdit, Living, Related, Turn
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, DCTERMS
from odlinked.rdf.ntriples import triples

MEMBER = "L35-series-member"
"""The rule on the collection: a series names existing datasets."""

_NAMES = DCAT + "seriesMember"
_TITLE = f"<{DCTERMS}title>".encode()
_IN, _PREVIOUS, _NEXT, _FIRST, _LAST = (f"<{DCAT}{name}>".encode() for name in ("inSeries", "prev", "next", "first", "last"))

Lines = dict[str, set[bytes]]
"""Record -> what is to be written into its document: predicate and object, as in N-Triples."""


def membership(turn: Turn) -> Related:
    """Return what makes members state what the living series name, and the faults of series that name missing datasets."""
    issues: list[Issue] = []
    wanted = Lines()
    named = _series(turn.after)
    periods = Periods.load(turn.assets) if named else None
    for series, members in named:
        living = [member for member in members if turn.after.has(member)]
        for member in (member for member in members if member not in set(living)):
            missing = fault(MEMBER, series.iri, unquote(member.rpartition("/")[2]), "Warning")
            issues.append(Issue(series.input or 0, series.sheet, series.row or 0, missing))
        titled = [(member, _title(member, turn.after.text(member))) for member in living]
        _order(series.iri, in_order(titled, periods) if periods else living, wanted)
    placed = turn.index.in_series() if turn.index else set()
    return Related([_edit(iri, wanted.get(iri, set())) for iri in placed | wanted.keys()], (MEMBER,), issues)


def _order(series: str, members: Sequence[str], wanted: Lines) -> None:
    """Note what a series and its members state about each other, in the order of the members."""
    wanted[series] = {_FIRST + b" <%s>" % members[0].encode(), _LAST + b" <%s>" % members[-1].encode()} if members else set()
    for place, member in enumerate(members):
        lines = wanted.setdefault(member, set())
        lines.add(_IN + b" <%s>" % series.encode())
        if place:
            lines.add(_PREVIOUS + b" <%s>" % members[place - 1].encode())
        if place + 1 < len(members):
            lines.add(_NEXT + b" <%s>" % members[place + 1].encode())


def _title(iri: str, text: bytes) -> str:
    """Return the title of a dataset that is not in English, "" where it has none."""
    start = f"<{iri}> ".encode() + _TITLE
    lines = b"\n".join(line for line in text.split(b"\n") if line.startswith(start))
    return next((term.value for _, _, term in triples(lines + b"\n") if not term.language.startswith("en")), "") if lines else ""


def _series(living: Living) -> list[tuple[Entry, list[str]]]:
    """Return the living series with the members each names, in the order of their IRIs."""
    found = [(entry, [o.value for s, p, o in triples(living.text(entry.iri)) if p == _NAMES and s == entry.iri and o.is_iri])
             for entry in living.of(Kind.SERIES)]
    return sorted(found, key=lambda pair: pair[0].iri)


def _edit(iri: str, lines: set[bytes]) -> DocumentEdit:
    """Return the edit after which a record's document states exactly this about series."""
    subject = f"<{iri}> ".encode()
    own = tuple(subject + predicate for predicate in (_IN, _PREVIOUS, _NEXT, _FIRST, _LAST))
    return DocumentEdit(iri, [subject + line + b" ." for line in lines], lambda line: line.startswith(own))
