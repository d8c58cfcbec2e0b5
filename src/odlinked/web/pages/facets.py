"""What a facet's value in an address means: a code by its notation, name or IRI, an organisation by its identifier or name."""

from __future__ import annotations

from collections.abc import Sequence

from odlinked.catalog.asking import questions
from odlinked.catalog.asking.questions import NotUsable
from odlinked.catalog.served import searching
from odlinked.catalog.summaries.grades import GRADE, NO_BADGE, STARS
from odlinked.quality.suggestions import near
from odlinked.queries import Query
from odlinked.search import searchable
from odlinked.web.site.functions import FACETS
from odlinked.web.site.problems import Problem
from odlinked.web.site.site import Site

HELD = ("year", "covers", "area", "api", STARS)
"""Facets whose values are those that records have."""

LISTS = {dimension: name for name, dimension in FACETS.items()}
"""Facet -> the code list its values are from."""


def meant(site: Site, dimension: str, written: str) -> str:
    """Return the value of a facet that is meant; raise `Problem` (400) with the known ones where none is."""
    if written in site.release.values(dimension):
        return written
    text = written.strip()[:questions.LONGEST]
    if dimension == GRADE:
        return text if text in NO_BADGE else _of_list(site, dimension, text)
    if dimension in LISTS:
        return _of_list(site, dimension, text)
    if dimension == "publisher":
        return _organization(site, text)
    if dimension in HELD:
        return _held(site, dimension, text)
    known = list(site.vocabulary.rules) if dimension == "rule" else severities(site)
    found = next((one for one in known if one.casefold() == text.casefold()), None)
    if found is None:
        begun = [one for one in known if text and one.casefold().startswith(text.casefold())]
        raise unknown(site, dimension, text, known, begun[:questions.MOST_KNOWN] or near(text, known))
    return found


def _held(site: Site, dimension: str, text: str) -> str:
    """Return a value that records have: a year in either calendar, an area by its name."""
    known = sorted(site.release.values(dimension), reverse=dimension in ("year", "covers"))
    wanted = {searchable(text), *(form for form in (site.release.noted(searching.year, text),) if form)}
    found = next((one for one in known if searchable(one) in wanted), None)
    if found is None:
        raise unknown(site, dimension, text, known, near(text, known))
    return found


def _of_list(site: Site, dimension: str, text: str) -> str:
    return coded(site, dimension, LISTS["badge" if dimension == GRADE else dimension], text)


def coded(site: Site, dimension: str, name: str, text: str) -> str:
    """Return the code of a list that is meant, by its IRI, notation or name; raise `Problem` (400) with the known ones."""
    listed = questions.codes(site.assets, name)
    found = questions.code_of(listed, text)
    if found is None:
        raise unknown(site, dimension, text, [code.notation for code in listed], questions.like(listed, text))
    return found


def _organization(site: Site, text: str) -> str:
    question = Query("facet", "#+ param: publisher organization required\n")
    reader = questions.ParameterReader(site.assets, site.clock.today(), site.organizations)
    try:
        return str(reader.values(question, [("publisher", text)])["publisher"])
    except NotUsable as problem:
        raise unknown(site, "publisher", text, problem.known, problem.near) from problem


def severities(site: Site) -> list[str]:
    """Return the severities by which faults are counted, and that there are none."""
    return [key.removeprefix("faults.") for key in site.words.texts if key.startswith("faults.")]


def unknown(site: Site, dimension: str, value: str, known: Sequence[str], like: Sequence[str]) -> Problem:
    """Return the problem (400) of a value that a parameter does not know, with those it knows and those that are like it."""
    say = site.words.into(site.place().language)
    hints = [say("problem.near", names=say("comma").join(like))] if like else []
    hints += [say("problem.known", names=say("comma").join(known[:questions.MOST_KNOWN]))] if known else []
    facts: dict[str, object] = {"value": value[:80], "facet": say(f"facet.{dimension}"), "hints": " ".join(hints)}
    return Problem(400, "facet", facts=facts, extra={
        "code": "value", "parameter": dimension, "known": list(known), "near": list(like)})
