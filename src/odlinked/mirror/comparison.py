"""Comparing a mirror with the release it should hold: which graphs there are, and the hashes of a sample of them.

A graph is equal to the letter where its canonical N-Triples have the hash of the document. Engines that keep values instead of
spellings (`1.50` comes back as `1.5`, `xsd:nonNegativeInteger` as `xsd:integer`) give another hash for the same statements: those
are compared once more by value, both sides read by the same store. Values of datatypes that an engine is known not to keep
(`mirror.uncompared`; Virtuoso 7 makes seconds of durations) are left out of that, and their number is told.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from odlinked.catalog.index.lists import Lists
from odlinked.catalog.served.release import Release
from odlinked.documents import Document
from odlinked.mirror.engine import MirrorEngine
from odlinked.rdf.ntriples import spelled

SAMPLE: Final = 1_000
"""How many graphs are read back."""

_TOLD: Final = 3
"""Most differences that are named."""


@dataclass(frozen=True)
class MirrorComparison:
    """What a comparison found: `wanted` graphs of the release, how many of those are `missing`, how many of the catalogue's
    address are `extra`, `others` that are somebody else's; of `sampled` graphs how many are `equal` to the letter and `alike` in
    value, with `unjudged` values not compared; `different`: a line for each of the others. `sees_named`: a query without a graph
    sees them all. `cap`: at how many rows the engine cuts an answer, 0 where it does not."""

    wanted: int
    missing: int
    extra: int
    others: int
    sampled: int
    equal: int
    alike: int
    unjudged: int
    different: tuple[str, ...]
    sees_named: bool
    cap: int = 0

    @property
    def same(self) -> bool:
        """True where nothing differs."""
        return not (self.missing or self.extra or self.different) and (self.sees_named or not self.wanted)

    def line(self) -> str:
        """Return all of it in one line."""
        text = (f"Compared: {self.wanted:,} graphs in the release, {self.wanted - self.missing:,} of them in the mirror, "
                f"{self.extra:,} more than wanted; of {self.sampled:,} read back {self.equal:,} equal to the letter, "
                f"{self.alike:,} in value, {len(self.different):,} different")
        if self.unjudged:
            text += f", {self.unjudged:,} values not compared"
        if self.different:
            text += f" ({'; '.join(self.different[:_TOLD])}{'; …' if len(self.different) > _TOLD else ''})"
        if self.others:
            text += f"; the engine has {self.others:,} graphs of others, which its queries find, too"
        if self.cap:
            text += f"; the engine cuts every answer at {self.cap:,} rows"
        if self.wanted and not self.sees_named:
            text += ("; a query that names no graph finds nothing: have the engine's default graph be the union of its graphs")
        return text + "."


def wanted(release: Release) -> dict[str, bytes]:
    """Return the SHA-256 of every served document of a release by IRI, in the order of IRIs."""
    return dict(Lists(release.folder / "catalog.sqlite").hashes())


def listed(engine: MirrorEngine, known: Mapping[str, object], base: str) -> tuple[set[str], int]:
    """Return which graphs of an engine are ours, and how many others it has. Ours are those `known`, and all below the base."""
    ours, others = set[str](), 0
    for graph in engine.graphs():
        if graph in known or graph == base or graph.startswith(base + "/"):
            ours.add(graph)
        else:
            others += 1
    return ours, others


def sampled(release: Release, graphs: Iterable[str], sample: int = SAMPLE) -> list[str]:
    """Return the graphs that a comparison with this release reads back: all where there are no more than `sample`, else a choice
    that is another with each release, so that in time every graph is read."""
    return sorted(graphs, key=lambda iri: hashlib.sha256(f"{release.content} {iri}".encode()).digest())[:sample]


def compare(engine: MirrorEngine, release: Release, there: set[str], others: int, uncompared: Collection[str] = (),
            sample: int = SAMPLE) -> MirrorComparison:
    """Compare a release with an engine that holds the graphs `there` of ours; read `sample` graphs back.

    `uncompared` are IRIs of datatypes whose values are not compared.
    """
    hashes = wanted(release)
    chosen = sampled(release, hashes, sample)
    equal = alike = unjudged = 0
    different = []
    for iri in chosen:
        document = release.document(iri)
        if document is None:
            different.append(f"{iri}: its document is missing from the archive")
            continue
        verdict, left_out = _judged(document, engine.graph(iri), uncompared)
        unjudged += left_out
        equal += verdict == "equal"
        alike += verdict == "alike"
        if verdict not in ("equal", "alike"):
            different.append(f"{iri}: {verdict}")
    missing, extra = len(hashes.keys() - there), len(there - hashes.keys())
    return MirrorComparison(len(hashes), missing, extra, others, len(chosen), equal, alike, unjudged, tuple(different),
                            engine.sees_named(), engine.cap())


def _judged(document: Document, text: bytes, uncompared: Collection[str]) -> tuple[str, int]:
    """Return "equal", "alike" or what differs, and how many values were not compared."""
    if not text.strip():
        return "the mirror has no such graph", 0
    try:
        found = list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
    except (SyntaxError, ValueError) as problem:
        return f"the mirror's answer is no N-Triples ({str(problem)[:100]})", 0
    lines = ox.serialize((quad.triple for quad in found), format=ox.RdfFormat.N_TRIPLES) or b""
    if Document.of(document.iri, map(spelled, lines.split(b"\n")[:-1])).hash == document.hash:
        return "equal", 0
    ours, left_out = _values(document.text, uncompared)
    theirs, _ = _values(text, uncompared)
    if ours == theirs:
        return "alike", left_out
    lost, more = (one - other for one, other in ((ours, theirs), (theirs, ours)))
    shown = " ".join(min(lost or more)[1:])[:120]
    return f"{lost.total():,} statements lack, {more.total():,} are more, such as {shown}", left_out


def _values(text: bytes, uncompared: Collection[str]) -> tuple[Counter[tuple[str, str, str]], int]:
    """Return the statements of N-Triples as a store of values writes them, and how many have a value that is left out of them."""
    store = ox.Store()
    store.load(text, ox.RdfFormat.N_TRIPLES)
    found, left_out = Counter[tuple[str, str, str]](), 0
    for quad in store:
        term, shown = quad.object, str(quad.object)
        if isinstance(term, ox.Literal) and term.datatype.value in uncompared:
            shown, left_out = f"a value of {term.datatype}", left_out + 1
        found[str(quad.subject), str(quad.predicate), shown] += 1
    return found, left_out
