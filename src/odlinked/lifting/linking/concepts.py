"""The code lists of the assets by scheme: from what is written in a cell to the concept it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from odlinked.assets import Assets
from odlinked.csvw.annotated import ConceptOf
from odlinked.csvw.model import TableDescription
from odlinked.errors import AssetError
from odlinked.folding import fold
from odlinked.namespaces import ODL, SKOS
from odlinked.rdf import vocabulary

CODE_LIST: Final = ODL + "codeList"
"""Common property of a column: the concept scheme that its values are in."""

_PATTERNS: Final = ("ontologies/codes/*.ttl", "ontologies/standards/*.ttl")
_SPELLINGS: Final = frozenset(SKOS + name for name in ("prefLabel", "altLabel", "notation"))


@dataclass(frozen=True)
class Concepts:
    """All code lists, read when the first is asked for."""

    assets: Assets

    @cached_property
    def _index(self) -> Mapping[str, Mapping[str, str]]:
        """Scheme IRI -> folded spelling -> concept IRI, "" for a spelling of two concepts."""
        schemes: dict[str, str] = {}
        spellings: list[tuple[str, str]] = []
        for _, statements in vocabulary.each(self.assets, *_PATTERNS, doing="reading the code list"):
            for triple in statements:
                subject, value = str(getattr(triple.subject, "value", "")), str(getattr(triple.object, "value", ""))
                if triple.predicate.value == SKOS + "inScheme":
                    schemes[subject] = value
                elif triple.predicate.value in _SPELLINGS:
                    spellings.append((subject, value))
        index: dict[str, dict[str, str]] = {}
        for concept, text in spellings:
            if concept in schemes:
                known = index.setdefault(schemes[concept], {})
                key = fold(text)
                known[key] = concept if known.get(key, concept) == concept else ""
        return index

    def concept_of(self, scheme: str) -> ConceptOf:
        """Return the function from a value to its concept in a scheme; raise `AssetError` where there is no such code list."""
        known = self._index.get(scheme)
        if known is None:
            raise AssetError("there is no such code list", doing="reading the description", on=scheme,
                             next_step="Correct odl:codeList, or add the list to ontologies/codes")
        return lambda text: known.get(fold(text), "")

    def of_table(self, table: TableDescription) -> dict[str, ConceptOf]:
        """Return the functions for the columns of a description that are in a code list, by the column's name."""
        found = {}
        for column in table.columns:
            given = column.annotations.get(CODE_LIST)
            scheme = given.get("@id") if isinstance(given, dict) else given
            if isinstance(scheme, str) and scheme:
                found[column.name] = self.concept_of(scheme)
        return found
