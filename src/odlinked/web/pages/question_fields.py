"""The form of a stored question: a field for each parameter, with what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from odlinked.catalog.asking import questions
from odlinked.queries import Parameter, Query
from odlinked.web.site.address import RequestContext
from odlinked.web.site.site import Site

MOST_CHOICES: Final = 400
"""Organisations offered in a form; beyond, a field is filled in by hand."""


@dataclass(frozen=True)
class Field:
    """A field of the form: the parameter, its value, and what can be chosen (value, name); none: free text."""

    parameter: Parameter
    value: str
    choices: list[tuple[str, str]]
    list_path: str = ""


def fields(site: Site, query: Query, given: Mapping[str, str], place: RequestContext) -> list[Field]:
    """Return the fields of a question's form, with what was given."""
    found = []
    for one in query.takes.values():
        value = given.get(one.name, one.default or "")
        choices: list[tuple[str, str]] = []
        if one.kind == "code":
            listed = questions.codes(site.assets, one.codes)
            choices = [(code.notation, code.labels.get(place.language) or next(iter(code.labels.values()), code.notation))
                       for code in listed]
            value = next((code.notation for code in listed if code.iri == questions.code_of(listed, value)), value)
        elif one.kind == "organization":
            named = [(o.iri.rpartition("/")[2], (o.name_en if place.language == "en" else "") or o.name)
                     for o in site.organizations() if o.with_all_below or o.datasets]
            choices = named if len(named) <= MOST_CHOICES else []
            value = value.rpartition("/")[2] if value.startswith(("http://", "https://")) else value
        listed_at = f"/code/{one.codes}" if one.codes in site.vocabulary.concepts else "/metric"
        found.append(Field(one, value, choices, listed_at if one.codes else ""))
    return found
