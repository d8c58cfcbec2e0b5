"""Validation: documents in, results in a total order out (SHACL, section 3).

SHACL judges one record: no rule goes beyond a document, so a document's results do not depend on other documents, and a chunk of
documents is validated as one graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Final

from odlinked.documents import Document
from odlinked.findings import Result
from odlinked.quality import engines, literals, raw_results
from odlinked.quality.shapes import Carried, Profile, Rule

_FEW: Final = 150
"""Statements of about two records."""

CHUNK: Final = 100
"""Documents validated as one graph: 50 to 250 are fastest; fewer waste the engine's start-up, more its caches."""


class Validator:
    """Applies the rules of a profile that a form allows.

    `carried` is the form's set of (class IRI, path IRI), None for all rules; `rules` are those that run, `unchecked` those that
    do not, both in order. `digest` (hex) is this validator's part of a reuse key: rules, background, engine. A rule that uses a
    SHACL term on which the engines may differ is always applied by the reference.
    """

    def __init__(self, profile: Profile, carried: Carried | None = None, engine: str = raw_results.FAST,
                 background: bytes = b"") -> None:
        self.profile, self._engine, self._background = profile, engine, background or profile.background
        self.rules, self.unchecked = profile.divide(carried)
        self._rules: dict[str, Rule] = {rule.iri: rule for rule in self.rules}
        versions = (raw_results.version_of(name) for name in (engine, raw_results.REFERENCE))
        parts = (profile.assets_digest, profile.iri, *self._rules, *versions, f"literals {literals.EDITION}",
                 self._background.hex())
        self._is_asked = False
        self.digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @cached_property
    def _engines(self) -> list[raw_results.Engine]:
        """The engines with the rules each judges, made only when there is something to judge: a digest is needed more often."""
        shapes = self.profile.shapes
        if self._is_proven:  # as all of ours are: none needs to be looked at by itself
            return [engines.load(self._engine, shapes(self.rules), self._background)] if self.rules else []
        own = {rule: self._engine if engines.proven(self.profile.constraints([rule])) else raw_results.REFERENCE
               for rule in self.rules}
        return [engines.load(name, shapes(rule for rule in self.rules if own[rule] == name), self._background)
                for name in sorted(set(own.values()))]

    @cached_property
    def _is_proven(self) -> bool:
        return engines.proven(self._constraints)

    @cached_property
    def _constraints(self) -> bytes:
        return self.profile.constraints(self.rules)

    def _judges(self, ntriples: bytes) -> list[raw_results.Engine]:
        """Return the engines: where a validator is first asked about a record or two, as it is for a publish of one change, one
        that remembers nothing, since it takes longer to learn what counts of a node than to judge it."""
        is_first, self._is_asked = not self._is_asked, True
        if is_first and ntriples.count(b"\n") <= _FEW and self._engine == raw_results.FAST and self._is_proven:
            return [engines.Once(self._constraints, self._background)]
        return self._engines

    def validate(self, ntriples: bytes) -> list[Result]:
        """Return the results for documents (canonical N-Triples, one or many), sorted, each once."""
        ill, text = literals.check(ntriples)
        known = {(literal.subject, literal.value) for literal in ill}
        results = {
            self._result(raw) for engine in self._judges(text) for raw in engine.results(text)
            if not raw.value or (raw.focus, raw.value) not in known
        }
        rule = self.profile.literal_rule
        if rule is not None:
            results.update(
                Result(literal.subject, literal.predicate, literal.value, rule.iri, "DatatypeConstraintComponent", rule.severity)
                for literal in ill
            )
        return sorted(results)

    def validate_documents(self, documents: Iterable[Document]) -> Iterator[tuple[Document, list[Result]]]:
        """Yield each document with its results, in the order given; documents are validated in chunks."""
        source = iter(documents)
        while chunk := list(islice(source, CHUNK)):
            found: dict[str, list[Result]] = {}
            for result in self.validate(b"".join(document.text for document in chunk)):
                found.setdefault(result.focus.split("#", 1)[0], []).append(result)
            for document in chunk:
                yield document, found.get(document.iri, [])

    def _result(self, raw: raw_results.Raw) -> Result:
        """Identify a raw result by its rule: an alternative path has no IRI of its own."""
        rule = self._rules.get(raw.shape)
        return Result(raw.focus, rule.path if rule else raw.path, raw.value, raw.shape, raw.component, raw.severity)
