"""What templates may call in addition to texts: names of codes and files, what a licence allows, links of a list's pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from odlinked.catalog.summaries.grades import GRADE, NO_BADGE, STARS, Grade
from odlinked.namespaces import DCTERMS, ODL, RDFS, SH, SKOS
from odlinked.search import marks
from odlinked.search.meanings import REPUBLIC
from odlinked.web.site.address import RequestContext, identifier_of
from odlinked.web.site.view import NamedItem
from odlinked.web.site.vocabulary import Vocabulary
from odlinked.web.site.words import PageTexts

PROPERTIES: Final[dict[str, str]] = {
    "comment": RDFS + "comment", "definition": SKOS + "definition", "alternative": SKOS + "altLabel",
    "label": SKOS + "prefLabel", "broad": SKOS + "broadMatch", "close": SKOS + "closeMatch", "exact": SKOS + "exactMatch",
    "severity": SH + "severity", "message": SH + "message", "example": SKOS + "example", "source": DCTERMS + "source",
    "failed": ODL + "whenFailed", "unchecked": ODL + "whenUnchecked", "issued": DCTERMS + "issued",
    "scheme": ODL + "scheme", "unit": ODL + "leadUnit", "unit_name": ODL + "leadUnitName",
}

FACETS: Final = {
    "service-category": "theme", "frequency": "frequency", "file-type": "format", "quality-badge": "badge",
    "moea-theme": "strategy", "dataset-state": "state",
}
"""Code list -> the facet its codes are found by."""


_MADE: Final = re.compile(r"[0-9a-f]{16}(?:\..*)?")


def call_number(iri: str) -> str:
    """Return the identifier that people know a record by, "" where the address has one that was made of its title."""
    found = identifier_of(iri)
    return "" if _MADE.fullmatch(found) else found


class Pages:
    """The functions given to a template, for one place."""

    def __init__(self, place: RequestContext, vocabulary: Vocabulary, words: PageTexts) -> None:
        self.place, self.vocabulary, self.words = place, vocabulary, words

    def given(self) -> dict[str, Any]:
        """Return name -> function or constant."""
        return {
            "identifier": identifier_of, "call_number": call_number, "format_code": self.format_code,
            "facet_name": self.facet_name, "allows": self.allows, "standing": self.standing, "label": self.label,
            "grade": self.grade, "pieces": marks.pieces, "excerpt": marks.excerpt,
            "pager": self.pager, "dimension_of": FACETS.get, "words": PROPERTIES, "quoted": lambda text: quote(text, safe=""),
        }

    def format_code(self, iri: str) -> str:
        """Return the short code of a file type."""
        return self.vocabulary.text(iri, SKOS + "notation", self.place.language) or iri.rpartition("/")[2]

    def label(self, iri: str) -> str:
        """Return the name of a code."""
        return self.vocabulary.label(iri, self.place.language)

    def standing(self, iri: str) -> str:
        """Return a list's text on a dataset's state, "" for one that is open or states none."""
        return "" if not iri or iri.endswith("/open") else self.vocabulary.label(iri, self.place.language)

    def grade(self, grade: Grade) -> str:
        """Return the badges that a dataset can have by what was measured, or why none is known."""
        names = [self.vocabulary.label(badge, self.place.language) for badge in grade.possible]
        return " – ".join(names) if names else self.words.say(f"facet.grade.{grade.value}", self.place.language)

    def facet_name(self, dimension: str, value: str, named: Callable[[str], NamedItem]) -> str:
        """Return the name of a facet's value."""
        if dimension == "faults":
            known = f"faults.{value}" in self.words.texts
            return self.words.say(f"faults.{value}", self.place.language) if known else value
        if dimension == "format":
            return self.format_code(value)
        if dimension == GRADE and value in NO_BADGE:
            return self.words.say(f"facet.grade.{value}", self.place.language)
        if dimension == STARS:
            return self.words.say("quality.stars", self.place.language, n=value)
        if dimension in ("year", "covers"):
            republic = int(value) - REPUBLIC if value.isascii() and value.isdigit() else value
            return self.words.say("facet.year.value", self.place.language, year=value, republic=republic)
        if dimension == "api":
            return self.words.say("facet.api.value", self.place.language)
        return value if dimension in ("rule", "area") else named(value).name

    def allows(self, licence: NamedItem, language: str) -> str:
        """Return what a licence lets people do, in a sentence."""
        key = f"licence.{self.vocabulary.text(licence.iri, SKOS + 'notation', language)}"
        return self.words.say(key if key in self.words.texts else "licence.unknown", language)

    def pager(self, path: str, **query: object) -> Callable[[int], str]:
        """Return a function from page number to link."""
        return lambda number: self.place.to(path, page=number if number > 1 else "", **query)
