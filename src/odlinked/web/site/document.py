"""A document as pages read it: subjects, predicates, and the best text in a language."""

from __future__ import annotations

from odlinked.documents import Document
from odlinked.rdf.ntriples import Term
from odlinked.web.site.display import best


class Reader:
    """Random access to the triples of one document."""

    def __init__(self, document: Document) -> None:
        self.iri = document.iri
        self.subjects: dict[str, dict[str, list[Term]]] = {}
        for subject, predicate, term in document.triples():
            self.subjects.setdefault(subject, {}).setdefault(predicate, []).append(term)

    def all(self, predicate: str, node: str = "") -> list[Term]:
        """Return the objects of a predicate; `node` defaults to the record itself."""
        return self.subjects.get(node or self.iri, {}).get(predicate, [])

    def iris(self, predicate: str, node: str = "") -> list[str]:
        """Return the IRIs among the objects."""
        return [term.value for term in self.all(predicate, node) if term.is_iri]

    def iri_of(self, predicate: str, node: str = "") -> str:
        """Return the first IRI, or ""."""
        return next(iter(self.iris(predicate, node)), "")

    def value(self, predicate: str, node: str = "") -> str:
        """Return the first object's text, or ""."""
        return next((term.value for term in self.all(predicate, node)), "")

    def text(self, predicate: str, language: str, node: str = "") -> Term | None:
        """Return the literal that suits a language best, or None."""
        found = best([term for term in self.all(predicate, node) if not term.is_iri], language)
        return found if isinstance(found, Term) else None

    def unrecognised(self, prefix: str, node: str = "") -> dict[str, list[str]]:
        """Return the source's values that no code list knows: predicate -> texts, for predicates that start so."""
        known = self.subjects.get(node or self.iri, {})
        return {name: [term.value for term in terms] for name, terms in known.items() if name.startswith(prefix)}
