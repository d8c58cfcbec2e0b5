"""Words, codes and rules under their own addresses: `/ns`, `/code/…`, `/rule/…` as pages and RDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, request

from odlinked.catalog.summaries.records import SearchResult
from odlinked.errors import WorkspaceError
from odlinked.folding import fold
from odlinked.namespaces import ODL, RDF, RDFS, SH, SKOS
from odlinked.web.pages import rule_cases
from odlinked.web.site import list_pages
from odlinked.web.site.address import RequestContext
from odlinked.web.site.functions import FACETS
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import Resource, answer, split_suffix
from odlinked.web.site.site import Site

LONGEST: Final = 100
"""Characters of the words that a list of rules or terms is narrowed by."""

_LETTERS: Final = "MUAPQSLD"
"""What the number of a rule begins with, in the order that the rules are listed in."""

_FORMATS = "<any(html, ttl, jsonld, rdf, nt):suffix>"


def install(app: Flask, site: Site) -> None:
    """Add the routes of the vocabulary."""
    _install_codes(app, site)
    _install_rules(app, site)
    _install_metrics(app, site)

    @app.get("/ns", defaults={"suffix": ""})
    @app.get(f"/ns.{_FORMATS}")
    def namespace(suffix: str) -> Response:
        text = _asked()
        named = {iri.removeprefix(ODL): iri for iri in site.vocabulary.terms}
        found = list(_with_words(site, text, named, (RDFS + "label", RDFS + "comment")).values())
        # All terms are parts of the vocabulary itself.
        ontology = [] if text else [iri for iri in site.vocabulary.subjects if iri.rstrip("#") == ODL.rstrip("#")]
        return _answer(site, "/ns", suffix, "ns.html", [*ontology, *found], query=urlencode({"q": text}) if text else "",
                       groups=site.vocabulary.grouped(found), total=len(found), text=text)


def _install_codes(app: Flask, site: Site) -> None:
    @app.get("/code", defaults={"suffix": ""})
    @app.get(f"/code.{_FORMATS}")
    def codes(suffix: str) -> Response:
        return _answer(site, "/code", suffix, "codes.html", list(site.vocabulary.schemes.values()))

    @app.get("/code/<name>")
    def scheme(name: str) -> Response:
        name, suffix = split_suffix(name)
        if name not in site.vocabulary.concepts:
            raise not_found("code")
        concepts = site.vocabulary.concepts[name]
        iri = site.vocabulary.schemes.get(name, "")
        return _answer(site, f"/code/{name}", suffix, "scheme.html", [iri, *concepts.values()], name=name, iri=iri)

    @app.get("/code/<name>/<notation>")
    def code(name: str, notation: str) -> Response:
        concepts = site.vocabulary.concepts.get(name, {})
        suffix = ""
        if notation not in concepts:
            notation, suffix = split_suffix(notation)
        iri = concepts.get(notation)
        if iri is None:
            raise not_found("code")
        return _answer(site, f"/code/{name}/{notation}", suffix, "concept.html", [iri], lambda: _datasets(site, name, iri),
                       name=name, iri=iri)


def _install_rules(app: Flask, site: Site) -> None:
    @app.get("/rule", defaults={"suffix": ""})
    @app.get(f"/rule.{_FORMATS}")
    def rules(suffix: str) -> Response:
        text = _asked()
        found = _with_words(site, text, site.vocabulary.rules, (SH + "name", SH + "message"))
        groups = {letter: names for letter in _LETTERS if (names := [name for name in found if name.startswith(letter)])}
        return _answer(site, "/rule", suffix, "rules.html", list(found.values()), query=urlencode({"q": text}) if text else "",
                       groups=groups, found_rules=found, text=text)

    @app.get("/rule/<name>")
    def rule(name: str) -> Response:
        suffix = ""
        if name not in site.vocabulary.rules:
            name, suffix = split_suffix(name)
        iri = site.vocabulary.rules.get(name)
        if iri is None:
            raise not_found("rule")
        return _answer(site, f"/rule/{name}", suffix, "rule.html", [iri], lambda: _listed(site, "rule", name), name=name, iri=iri,
                       cases=partial(rule_cases.of, site.assets, site.vocabulary, iri, name))


def _asked() -> str:
    """Return the words that a list is to be narrowed by."""
    return " ".join(request.args.get("q", "").split())[:LONGEST]


def _with_words(site: Site, text: str, named: Mapping[str, str], said_by: Sequence[str]) -> dict[str, str]:
    """Return those of some subjects (name -> IRI) in which all words of a text stand: in their names and in what some properties
    say of them, in either language."""
    vocabulary, wanted = site.vocabulary, [fold(word) for word in text.split()]

    def said(name: str, iri: str) -> str:
        return fold(" ".join([name, *(term.value for predicate in said_by for term in vocabulary.all(iri, predicate))]))

    return {name: iri for name, iri in named.items() if not wanted or all(word in said(name, iri) for word in wanted)}


def _install_metrics(app: Flask, site: Site) -> None:
    @app.get("/metric", defaults={"suffix": ""})
    @app.get(f"/metric.{_FORMATS}")
    def metrics(suffix: str) -> Response:
        return _answer(site, "/metric", suffix, "metrics.html", list(site.vocabulary.metrics.values()),
                       groups=site.vocabulary.metrics_by_category())

    @app.get("/metric/<name>")
    def metric(name: str) -> Response:
        suffix = ""
        if name not in site.vocabulary.metrics:
            name, suffix = split_suffix(name)
        iri = site.vocabulary.metrics.get(name)
        if iri is None:
            raise not_found("page")
        asset = site.vocabulary.text(iri, ODL + "computedBy", "en")
        question = site.assets.text(asset) if asset else ""
        return _answer(site, f"/metric/{name}", suffix, "metric.html", [iri], iri=iri, asset=asset, question=question,
                       rulesets=site.vocabulary.holders(iri))


def _datasets(site: Site, name: str, iri: str) -> SearchResult | None:
    """Return the first datasets of a code of list `name`, None where nothing is published or no facet has the list's codes."""
    return _listed(site, FACETS[name], iri) if name in FACETS else None


def _listed(site: Site, dimension: str, value: str) -> SearchResult | None:
    """Return the first datasets that a filter finds, None where nothing is published."""
    with suppress(WorkspaceError):
        return site.release.search("", {dimension: [value]}, size=list_pages.SIZE, order="modified")
    return None


def _answer(site: Site, path: str, suffix: str, template: str, iris: Sequence[str],
            found: Callable[[], SearchResult | None] = lambda: None, query: str = "", **facts: object) -> Response:
    """Answer for some subjects of the vocabulary; their content is that of the asset files, and `found` what the page shows.

    `query` is the canonical query string of a list that was narrowed.
    """
    iris = [iri for iri in iris if iri]
    types, schemes = RDF + "type", SKOS + "inScheme"

    def write(place: RequestContext) -> str:
        return site.render(template, place, vocabulary=site.vocabulary, iris=iris, path=path, types=types, schemes=schemes,
                           found=found(), **facts)

    def make() -> Resource:
        return Resource(site.built, write, lambda _: site.vocabulary.graph(iris), tuple(iris))

    return answer(site, path, suffix, make, query)
