"""Words, codes and rules under their own addresses: `/ns`, `/code/…`, `/rule/…` as pages and RDF."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response

from odlinked.namespaces import ODL, RDF, SKOS
from odlinked.web.place import Place
from odlinked.web.problems import not_found
from odlinked.web.resources import Resource, answer, split_suffix
from odlinked.web.site import Site


def install(app: Flask, site: Site) -> None:
    """Add the routes of the vocabulary."""
    formats = "<any(html, ttl, jsonld, rdf, nt):suffix>"

    @app.get("/ns", defaults={"suffix": ""})
    @app.get(f"/ns.{formats}")
    def namespace(suffix: str) -> Response:
        ontology = [iri for iri in site.vocabulary.subjects if iri.rstrip("#") == ODL.rstrip("#")]
        return _answer(site, "/ns", suffix, "ns.html", [*ontology, *site.vocabulary.terms])

    @app.get("/code", defaults={"suffix": ""})
    @app.get(f"/code.{formats}")
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
        return _answer(site, f"/code/{name}/{notation}", suffix, "concept.html", [iri], name=name, iri=iri)

    @app.get("/rule", defaults={"suffix": ""})
    @app.get(f"/rule.{formats}")
    def rules(suffix: str) -> Response:
        return _answer(site, "/rule", suffix, "rules.html", list(site.vocabulary.rules.values()))

    @app.get("/rule/<name>")
    def rule(name: str) -> Response:
        suffix = ""
        if name not in site.vocabulary.rules:
            name, suffix = split_suffix(name)
        iri = site.vocabulary.rules.get(name)
        if iri is None:
            raise not_found("rule")
        return _answer(site, f"/rule/{name}", suffix, "rule.html", [iri], name=name, iri=iri)


def _answer(site: Site, path: str, suffix: str, template: str, iris: Sequence[str], **facts: object) -> Response:
    """Answer for some subjects of the vocabulary; their content is that of the asset files."""
    iris = [iri for iri in iris if iri]
    types, schemes = RDF + "type", SKOS + "inScheme"

    def write(place: Place) -> str:
        return site.render(template, place, vocabulary=site.vocabulary, iris=iris, path=path, types=types, schemes=schemes,
                           **facts)

    def make() -> Resource:
        return Resource(f"{path}|{site.vocabulary.digest}", site.built, write, lambda _: site.vocabulary.graph(iris), tuple(iris))

    return answer(site, path, suffix, make)
