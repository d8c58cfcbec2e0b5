"""The fast engine for many documents: it is given only what rules examine, and only documents unlike all it has judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import rdflib

from odlinked.quality.raw_results import FAST, Engine, Raw, judged, version_of
from odlinked.quality.reference import ReferenceEngine
from odlinked.quality.sieve import Sieve, Uses, uses
from odlinked.quality.signatures import Signature, Signatures, SignedNode, Unit
from odlinked.rdf.graph import graph_of

_MANY: Final = 50_000
"""No more signatures of nodes are remembered than about this many: some tens of megabytes."""

_ON_NUMBERS: Final = frozenset(f"{name}ConstraintComponent" for name in (
    "MinCount", "MaxCount", "HasValue", "QualifiedMinCount", "QualifiedMaxCount"))
"""The constraint components whose results have no value (SHACL, section 4)."""


def fast(shapes: rdflib.Graph, background: bytes) -> Engine:
    """Return the fast engine with some shapes, which remembers what it judged where they allow it."""
    engine = _Shifty(shapes, background)
    signatures = Signatures.of(shapes, graph_of(background))
    return Remembering(engine, signatures) if signatures else engine


class _Shifty:
    """The fast engine. Its report is read as text: its Python interface would parse it with rdflib, which respells numbers.

    It is given only the triples that rules examine, and only the rules that may have results for the classes and properties used
    so far (see `sieve`). It refuses a whole graph because of one invalid IRI (`http://x/%zz`), which a harvested record may hold;
    the reference does not.
    """

    def __init__(self, shapes: rdflib.Graph, background: bytes) -> None:
        self.name = version_of(FAST)
        self._shapes, self._background = shapes, background
        self._sieve = Sieve(shapes, graph_of(background))
        self._used: Uses = frozenset()
        self._prepared: Any = None

    def results(self, ntriples: bytes) -> list[Raw]:
        if not len(self._shapes):
            return []
        text = self._sieve.sift(ntriples)
        prepared = self._for(self._sieve.turns(uses(text)))
        if prepared is None:
            return []  # no rule can have a result for any of this
        found = judged(prepared, text, has_background=bool(self._background))
        return ReferenceEngine(self._shapes, self._background).results(ntriples) if found is None else found

    def _for(self, used: Uses) -> Any:
        """Return the engine prepared with the rules that may have results; what was used once is assumed to be used again."""
        if self._prepared is None or used - self._used:
            import shifty

            self._used |= used
            shapes = self._sieve.speaking(self._used)
            if not len(shapes):
                return None
            # As one text: given two graphs, its Python interface would copy both with rdflib first.
            text = shapes.serialize(format="nt", encoding="utf-8") + b"\n" + self._background
            self._prepared = shifty.PreparedValidator(text)._inner
        return self._prepared


class Remembering:
    """An `engine` that is used only for documents with a node unlike all those judged before.

    `cached` holds the results of a node by its signature, None where they depend on more. Those about a value have the number
    that stands for its statement (see `signatures`), others 0.
    """

    def __init__(self, engine: Engine, signatures: Signatures) -> None:
        self.name = engine.name
        self.engine, self._signatures = engine, signatures
        self.cached: dict[Signature, tuple[tuple[Raw, int], ...] | None] = {}

    def results(self, ntriples: bytes) -> list[Raw]:
        units = self._signatures.units(ntriples)
        if units is None:
            return self.engine.results(ntriples)
        collected: list[Raw] = []
        waiting = self._recall(units, collected)
        # Of those of one signature one is judged, then the results of the others are known, too.
        first, later = self._alike(waiting)
        collected += self._run(first)
        collected += self._run(self._recall(later, collected))
        return collected

    def _recall(self, units: Iterable[Unit], collected: list[Raw]) -> list[Unit]:
        """Add the results of units all of whose nodes have signatures judged before; return the others."""
        recall, left = self.cached.get, []
        for unit in units:
            found = [recall(node.signature) for node in unit.nodes.values()]
            if None in found:
                left.append(unit)
            elif any(found):
                for (name, node), results in zip(unit.nodes.items(), found, strict=True):
                    collected += _told(name[1:-1].decode(), node, results or ())
        return left

    def _alike(self, waiting: Iterable[Unit]) -> tuple[list[Unit], list[Unit]]:
        """Return the units to be judged first, and those of which all that is unknown is in the first, too."""
        first, later = list[Unit](), list[Unit]()
        coming: set[Signature] = set()
        for unit in waiting:
            unknown = {node.signature for node in unit.nodes.values() if self.cached.get(node.signature) is None}
            (later if unknown <= coming else first).append(unit)
            coming |= unknown
        return first, later

    def _run(self, units: Sequence[Unit]) -> list[Raw]:
        """Run the engine on units and record its results."""
        if not units:
            return []
        raws = self.engine.results(b"\n".join([line for unit in units for line in unit.lines] + [b""]))
        if len(self.cached) > _MANY:
            self.cached.clear()
        found: dict[bytes, list[Raw]] = {}
        for raw in raws:
            found.setdefault(f"<{raw.focus}>".encode(), []).append(raw)
        for unit in units:
            for name, node in unit.nodes.items():
                self.cached[node.signature] = _general(node, found.get(name, ()))
        return raws


def _told(name: str, node: SignedNode, results: Iterable[tuple[Raw, int]]) -> Iterator[Raw]:
    """Yield the results of a node, given those of all nodes of its signature."""
    for raw, number in results:
        if number:
            yield from (raw._replace(focus=name, value=value) for value in node.values(number))
        else:
            yield raw._replace(focus=name)


def _general(node: SignedNode, raws: Iterable[Raw]) -> tuple[tuple[Raw, int], ...] | None:
    """Return the results of a node as those of all nodes of its signature, None where they depend on more.

    A result about the value of a statement is one about the values of all statements that count as that one does.
    """
    found: dict[tuple[Raw, int], set[str]] = {}
    for raw in raws:
        about_value = raw.component not in _ON_NUMBERS  # the value may be an empty text
        number = node.number(raw.path, raw.value) if about_value else 0
        if raw.shape.startswith("_:") or (about_value and not number):
            return None
        found.setdefault((raw._replace(focus="", value=""), number), set()).add(raw.value)
    is_general = all(values == set(node.values(number)) for (_, number), values in found.items() if number)
    return tuple(found) if is_general else None
