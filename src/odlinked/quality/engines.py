"""The two SHACL engines behind one interface: pySHACL, the reference, and shifty (PyPI `pyshifty`), the fast one.

Both take N-Triples and return raw results with every value in its original spelling; a test ensures that they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Any, Final, NamedTuple, Protocol

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from odlinked.errors import OdlinkedError
from odlinked.quality.sieve import Sieve, Uses, uses
from odlinked.quality.signatures import Signature, Signatures, SignedNode, Unit
from odlinked.rdf.graph import graph_of, ill_typed_literals, name_of
from odlinked.rdf.ntriples import unescape

ENGINES: Final = {"shifty": "pyshifty", "pyshacl": "pyshacl"}
"""The engines, each with the package it comes in."""
_SH: Final = str(SH)
PROVEN: Final = frozenset(_SH + term for term in (
    "path", "alternativePath", "inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath",
    "targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "severity", "deactivated", "property", "node",
    "class", "datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength", "languageIn", "in", "hasValue",
    "not", "and", "or", "xone", "equals", "disjoint", "closed", "ignoredProperties",
    "qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint",
))
"""The SHACL terms on which both engines agree. They differ on sh:lessThan and ranges of dates of different types and on the
dialect of sh:pattern, for which only the reference is right."""

_PLAIN_PATTERN: Final = re.compile(r"\^(?:[\w:/#-]\??|\\\.|\[[\w-]+\]\+?|\([\w|]+\))*\$?", re.ASCII)
"""Patterns that all dialects read alike: from the start plain characters, `\\.`, `s?`, `[A-Z0-9_]+`, `(a|b)`, perhaps to the
end."""

_MANY: Final = 50_000
"""No more signatures of nodes are remembered than about this many: some tens of megabytes."""

_ON_NUMBERS: Final = frozenset(f"{name}ConstraintComponent" for name in (
    "MinCount", "MaxCount", "HasValue", "QualifiedMinCount", "QualifiedMaxCount"))
"""The constraint components whose results have no value (SHACL, section 4)."""

_RESULTS: Final = re.compile(rf"^_:\S+ <{_SH}result> (_:\S+) \.$", re.MULTILINE)
_PROPERTIES: Final = re.compile(
    rf"^(_:\S+) <{_SH}(focusNode|resultPath|value|sourceShape|sourceConstraintComponent|resultSeverity)> "
    r'(?:<([^>]*)>|(_:\S+)|"((?:[^"\\]|\\.)*)"\S*) \.$', re.MULTILINE)
"""The parts of a report in N-Triples: its results, and what is needed of each: an IRI, a blank node or a text."""


class Raw(NamedTuple):
    """A validation result as an engine reports it: IRIs and local names; "_:label" for a blank node, "" for nothing."""

    focus: str
    path: str
    value: str
    shape: str
    component: str
    severity: str


class Engine(Protocol):
    """Validates one graph. `name` states which engine and version, for a reuse key."""

    name: str

    def results(self, ntriples: bytes) -> list[Raw]:
        """Return the results for a graph, in no particular order."""
        ...


def load(name: str, shapes: rdflib.Graph, background: bytes = b"") -> Engine:
    """Prepare engine `name` with `shapes`; `background` (N-Triples) is visible to the rules but not itself validated."""
    if name == "shifty":
        engine = _Shifty(shapes, background)
        signatures = Signatures.of(shapes, graph_of(background))
        return Remembering(engine, signatures) if signatures else engine
    if name == "pyshacl":
        return _PyShacl(shapes, background)
    raise _unknown(name)


def version_of(name: str) -> str:
    """Return an engine's name with its version, for a reuse key."""
    if name not in ENGINES:
        raise _unknown(name)
    return f"{name} {version(ENGINES[name])}"


def _unknown(name: str) -> OdlinkedError:
    return OdlinkedError(f"{name!r} is not a known SHACL engine", doing="preparing validation",
                         next_step=f"Known engines: {', '.join(ENGINES)}")


def proven(shapes: rdflib.Graph) -> bool:
    """True when shapes use only what both engines agree on."""
    used = (predicate for predicate in shapes.predicates() if str(predicate).startswith(_SH) and predicate != SH.pattern)
    patterns = shapes.subject_objects(SH.pattern)
    return all(str(predicate) in PROVEN for predicate in used) and all(_plain(shapes, *pattern) for pattern in patterns)


def _plain(shapes: rdflib.Graph, shape: Node, pattern: Node) -> bool:
    """True when a pattern means the same in every dialect; `$` does so for IRIs only, which never end in a line break."""
    found = _PLAIN_PATTERN.fullmatch(str(pattern))
    return found is not None and (not found[0].endswith("$") or (shape, SH.nodeKind, SH.IRI) in shapes)


class _Shifty:
    """The fast engine. Its report is read as text: its Python interface would parse it with rdflib, which respells numbers.

    It is given only the triples that rules examine, and only the rules that may have results for the classes and properties used
    so far (see `sieve`). It refuses a whole graph because of one invalid IRI (`http://x/%zz`), which a harvested record may hold;
    the reference does not.
    """

    def __init__(self, shapes: rdflib.Graph, background: bytes) -> None:
        self.name = f"pyshifty {version('pyshifty')}"
        self._shapes, self._background = shapes, background
        self._mode = "union" if background else "data"
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
        # data, path, format, graph mode, shape names, infer, minimum severity, sort, on unsupported, in place
        try:
            report = prepared.validate_w3c(text, None, "nt", self._mode, None, False, "info", False, "error", False)
        except ValueError:
            return _PyShacl(self._shapes, self._background).results(ntriples)
        return _read(report._report_ntriples)

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


class _PyShacl:
    """The reference. Graphs are built term by term, so that literals keep their spelling."""

    def __init__(self, shapes: rdflib.Graph, background: bytes) -> None:
        self.name = f"pyshacl {version('pyshacl')}"
        self._shapes, self._background = shapes, graph_of(background) if background else None

    def results(self, ntriples: bytes) -> list[Raw]:
        import pyshacl

        with ill_typed_literals():
            data = graph_of(ntriples)
            subjects = set(data.subjects()) if self._background is not None else None
            for triple in self._background or ():  # as `ont_graph` it would be visible in part only: classes, but no codes
                data.add(triple)
            _, report, _ = pyshacl.validate(
                data, shacl_graph=self._shapes, inference="none", advanced=False, js=False, meta_shacl=False,
                abort_on_first=False, do_owl_imports=False,
            )
        if not isinstance(report, rdflib.Graph):
            raise OdlinkedError(f"it gives no report: {report}", doing="validating with pySHACL")
        return [raw for raw, focus in _results(report) if subjects is None or focus in subjects]


def _read(report: str) -> list[Raw]:
    """Read a validation report in N-Triples."""
    nodes: dict[str, dict[str, str]] = {}
    for node, term, iri, blank, text in _PROPERTIES.findall(report):
        nodes.setdefault(node, {})[term] = blank or unescape(iri or text)
    return [
        Raw(node["focusNode"], node.get("resultPath", ""), node.get("value", ""), node.get("sourceShape", ""),
            node["sourceConstraintComponent"].removeprefix(_SH), node["resultSeverity"].removeprefix(_SH))
        for node in map(nodes.__getitem__, _RESULTS.findall(report))
    ]


def _results(report: rdflib.Graph) -> Iterator[tuple[Raw, Node]]:
    """Yield the results of a report graph with their focus nodes; nodes that only explain a result (sh:detail) are left out."""
    for node in report.objects(None, SH.result):
        focus, path, value, shape, component, severity = (
            report.value(node, about) for about in
            (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape, SH.sourceConstraintComponent, SH.resultSeverity)
        )
        if focus is not None:
            yield Raw(name_of(focus), name_of(path), name_of(value), name_of(shape),
                      name_of(component).removeprefix(_SH), name_of(severity).removeprefix(_SH)), focus
