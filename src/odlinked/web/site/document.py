"""A document as pages read it: subjects, predicates, and the best text in a language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from odlinked.documents import Document
from odlinked.rdf.ntriples import Term, parts, term, unescape
from odlinked.web.site.display import best

_NOTHING: Final[dict[str, list[str]]] = {}


class Reader:
    """Random access to the triples of one document; a term is read when it is asked for."""

    def __init__(self, document: Document) -> None:
        self.iri = document.iri
        self._raw: dict[str, dict[str, list[str]]] = {}
        self._terms: dict[tuple[str, str], list[Term]] = {}
        last, statements = "", dict[str, list[str]]()
        for subject, predicate, raw in parts(document.text):
            if subject != last:
                last, statements = subject, self._raw.setdefault(_named(subject), {})
            objects = statements.get(name := _named(predicate))
            if objects is None:
                statements[name] = [raw]
            else:
                objects.append(raw)

    @property
    def nodes(self) -> Iterable[str]:
        """The subjects, in their order."""
        return self._raw

    def predicates(self, node: str) -> Iterable[str]:
        """Return the predicates of a subject, in their order."""
        return self._raw.get(node, ())

    def all(self, predicate: str, node: str = "") -> list[Term]:
        """Return the objects of a predicate; `node` defaults to the record itself."""
        raws = self._raw.get(node or self.iri, _NOTHING).get(predicate)
        if raws is None:  # as most of what is asked for
            return []
        key = node or self.iri, predicate
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = [term(raw) for raw in raws]
        return found

    def iris(self, predicate: str, node: str = "") -> list[str]:
        """Return the IRIs among the objects."""
        return [term.value for term in self.all(predicate, node) if term.is_iri]

    def iri_of(self, predicate: str, node: str = "") -> str:
        """Return the first IRI, or ""."""
        return next((term.value for term in self.all(predicate, node) if term.is_iri), "")

    def value(self, predicate: str, node: str = "") -> str:
        """Return the first object's text, or ""."""
        found = self.all(predicate, node)
        return found[0].value if found else ""

    def text(self, predicate: str, language: str, node: str = "") -> Term | None:
        """Return the literal that suits a language best, or None."""
        found = best([term for term in self.all(predicate, node) if not term.is_iri], language)
        return found if isinstance(found, Term) else None


def _named(raw: str) -> str:
    """Return the IRI that a subject or predicate is, or the label of a blank node."""
    name = raw[1:-1] if raw[0] == "<" else raw
    return unescape(name) if "\\" in name else name
