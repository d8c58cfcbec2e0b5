"""The two SHACL engines behind one interface: pySHACL, the reference, and shifty (PyPI `pyshifty`), the fast one.

Both take N-Triples and return raw results with every value in its original spelling; a test ensures that they agree. What they
need is imported where one is made: a publish of a change or two needs no rdflib, whose import takes as long as judging it.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from odlinked.errors import OdlinkedError
from odlinked.namespaces import SH
from odlinked.rdf.ntriples import triples, unescape

if TYPE_CHECKING:
    import rdflib

FAST: Final = "shifty"
REFERENCE: Final = "pyshacl"
ENGINES: Final = {FAST: "pyshifty", REFERENCE: "pyshacl"}
"""The engines, each with the package it comes in."""
_PATTERN: Final = SH + "pattern"
_NODE_KIND: Final = SH + "nodeKind"
PROVEN: Final = frozenset(SH + term for term in (
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

_RESULTS: Final = re.compile(rf"^_:\S+ <{SH}result> (_:\S+) \.$", re.MULTILINE)
_PROPERTIES: Final = re.compile(
    rf"^(_:\S+) <{SH}(focusNode|resultPath|value|sourceShape|sourceConstraintComponent|resultSeverity)> "
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
    if name == FAST:
        from odlinked.quality.remembering import fast

        return fast(shapes, background)
    if name == REFERENCE:
        from odlinked.quality.reference import ReferenceEngine

        return ReferenceEngine(shapes, background)
    raise _unknown(name)


def version_of(name: str) -> str:
    """Return an engine's name with its version, for a reuse key."""
    if name not in ENGINES:
        raise _unknown(name)
    return f"{name} {version(ENGINES[name])}"


def _unknown(name: str) -> OdlinkedError:
    return OdlinkedError(f"{name!r} is not a known SHACL engine", doing="preparing validation",
                         next_step=f"Known engines: {', '.join(ENGINES)}")


def proven(shapes: bytes) -> bool:
    """True when shapes (N-Triples) use only what both engines agree on."""
    patterns: list[tuple[str, str]] = []
    iris: set[str] = set()
    for subject, predicate, value in triples(shapes):
        if predicate == _PATTERN:
            patterns.append((subject, value.value))
        elif predicate.startswith(SH) and predicate not in PROVEN:
            return False
        elif predicate == _NODE_KIND and value.value == SH + "IRI":
            iris.add(subject)
    return all(_is_plain(pattern, of_iri=shape in iris) for shape, pattern in patterns)


def _is_plain(pattern: str, *, of_iri: bool) -> bool:
    """True when a pattern means the same in every dialect; `$` does so for IRIs only, which never end in a line break."""
    found = _PLAIN_PATTERN.fullmatch(pattern)
    return found is not None and (not found[0].endswith("$") or of_iri)


class Once:
    """The fast engine for a document or two, with all of its shapes (N-Triples) as they are.

    To find out what it need not be given (see `sieve`) and what may be remembered (see `signatures`) takes longer.
    """

    def __init__(self, shapes: bytes, background: bytes) -> None:
        import shifty

        self.name = version_of(FAST)
        self._shapes, self._background = shapes, background
        self._prepared = shifty.PreparedValidator(shapes + background)._inner if shapes else None

    def results(self, ntriples: bytes) -> list[Raw]:
        """Return the results for a graph."""
        if self._prepared is None:
            return []
        found = judged(self._prepared, ntriples, has_background=bool(self._background))
        if found is None:
            from odlinked.rdf.graph import graph_of

            return load(REFERENCE, graph_of(self._shapes), self._background).results(ntriples)
        return found


def judged(prepared: Any, ntriples: bytes, *, has_background: bool) -> list[Raw] | None:
    """Return what shifty, prepared with shapes, finds in a graph, None where it refuses that for an invalid IRI."""
    mode = "union" if has_background else "data"
    # data, path, format, graph mode, shape names, infer, minimum severity, sort, on unsupported, in place
    try:
        report = prepared.validate_w3c(ntriples, None, "nt", mode, None, False, "info", False, "error", False)
    except ValueError:
        return None
    return _read(report._report_ntriples)


def _read(report: str) -> list[Raw]:
    """Read a validation report in N-Triples."""
    nodes: dict[str, dict[str, str]] = {}
    for node, term, iri, blank, text in _PROPERTIES.findall(report):
        nodes.setdefault(node, {})[term] = blank or unescape(iri or text)
    return [
        Raw(node["focusNode"], node.get("resultPath", ""), node.get("value", ""), node.get("sourceShape", ""),
            node["sourceConstraintComponent"].removeprefix(SH), node["resultSeverity"].removeprefix(SH))
        for node in map(nodes.__getitem__, _RESULTS.findall(report))
    ]
