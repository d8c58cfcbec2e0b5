"""The two SHACL engines behind one interface: pySHACL, the reference, and shifty (PyPI `pyshifty`), the fast one.

Both take N-Triples and return raw results with every value in its original spelling; a test ensures that they agree. What they
need is imported where one is made: a publish of a change or two needs no rdflib, whose import takes as long as judging it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from odlinked.namespaces import SH
from odlinked.quality.raw_results import FAST, REFERENCE, Engine, Raw, judged, unknown, version_of
from odlinked.rdf.ntriples import triples

if TYPE_CHECKING:
    import rdflib

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

def load(name: str, shapes: rdflib.Graph, background: bytes = b"") -> Engine:
    """Prepare engine `name` with `shapes`; `background` (N-Triples) is visible to the rules but not itself validated."""
    if name == FAST:
        from odlinked.quality.remembering import fast

        return fast(shapes, background)
    if name == REFERENCE:
        from odlinked.quality.reference import ReferenceEngine

        return ReferenceEngine(shapes, background)
    raise unknown(name)


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
