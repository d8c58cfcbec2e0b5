"""Every rule has a passing and a failing node, says what to do in both languages, and is valid SHACL."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import RDF, SH, Literal, URIRef

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.namespaces import ODL
from odlinked.quality.raw_results import ENGINES
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import LANGUAGES, TOKEN, Profile

CASES = Path(__file__).parents[1] / "shapes" / "cases"
CASE = "urn:case:"
PASS, FAIL = "https://example.org/pass/", "https://example.org/fail/"
FILE_TYPE = URIRef("http://publications.europa.eu/resource/authority/file-type")


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


@cache
def alone(name: str, engine: str) -> Validator:
    rule = profile().by_name[name]
    kept = {rule.iri: rule}
    return Validator(replace(profile(), rules=kept), engine=engine)


def test_fifteen_numbers_and_a_case_file_for_each_rule() -> None:
    of_records = [rule for rule in profile().rules.values() if rule.kind not in ("collection", "cell")]
    assert {rule.number[1:] for rule in of_records} >= {f"{number:02d}" for number in range(1, 16)}
    assert {path.stem for path in CASES.glob("*.trig")} == {rule.name for rule in of_records}


def test_a_number_belongs_to_one_letter() -> None:
    letters: dict[str, set[str]] = {}
    for name in profile().by_name:
        found = re.fullmatch(r"([MAPUQSDL])(\d{2,3})-[a-z-]+", name)
        assert found, name
        letters.setdefault(found[2], set()).add(found[1])
    assert all(len(found) == 1 for found in letters.values()), letters


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", sorted(CASES.glob("*.trig")), ids=lambda path: path.stem)
def test_case(path: Path, engine: str) -> None:
    """The failing nodes fail, with the component and value the case names; the passing ones do not."""
    graph = rdflib.Graph().parse(path, format="turtle")
    subjects = {str(subject) for subject in graph.subjects()}
    expected = set()
    for subject in subjects:
        component, value = (graph.value(URIRef(subject), URIRef(CASE + what)) for what in ("component", "value"))
        assert subject.startswith(FAIL if component is not None else PASS), subject
        if component is not None:
            expected.add((subject, f"{component}ConstraintComponent", "" if value is None else str(value)))
    assert expected
    assert any(subject.startswith(PASS) for subject in subjects)
    results = alone(path.stem, engine).validate(_ntriples(path))
    assert {(r.focus, r.component, r.value) for r in results} == expected
    rule = profile().by_name[path.stem]
    assert {r.rule for r in results} == {rule.iri}
    assert {r.severity for r in results} == {rule.severity}
    assert all(r.path == rule.path for r in results if rule.path)


def _ntriples(path: Path) -> bytes:
    """The case as N-Triples in its own spelling, without what it expects."""
    graph = rdflib.Graph()
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        graph.parse(path, format="turtle")
    finally:
        rdflib.NORMALIZE_LITERALS = before
    lines = graph.serialize(format="nt", encoding="utf-8").splitlines()
    return b"".join(line + b"\n" for line in sorted(lines) if line and b"<" + CASE.encode() not in line)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", sorted((CASES / "badges").glob("*.trig")), ids=lambda path: path.stem)
def test_case_of_a_badge(path: Path, engine: str) -> None:
    """Rules of tw-gold and tw-platinum, which see a background: the list of formats."""
    platinum = Profile.load(Assets(), "tw-platinum")
    rule = platinum.by_name[path.stem]
    results = Validator(replace(platinum, rules={rule.iri: rule}), engine=engine).validate(_ntriples(path))
    graph = rdflib.Graph().parse(path, format="turtle")
    expected = {(str(node), f"{component}ConstraintComponent", str(graph.value(node, URIRef(CASE + "value")) or ""))
                for node, component in graph.subject_objects(URIRef(CASE + "component"))}
    assert expected
    assert {(r.focus, r.component, r.value) for r in results} == expected
    assert any(str(node).startswith(PASS) for node in graph.subjects())


def test_gold_and_platinum_build_on_each_other() -> None:
    open_, gold, platinum = (set(Profile.load(Assets(), name).by_name) for name in ("tw-open", "tw-gold", "tw-platinum"))
    assert gold - open_ == {"A40-gold-download", "P41-gold-format", "U42-gold-encoding"}
    assert platinum - gold == {"S43-platinum-standard"}
    assert open_ <= gold <= platinum
    assert {path.stem for path in (CASES / "badges").glob("*.trig")} == platinum - open_


def test_messages_say_what_to_do_in_both_languages() -> None:
    for rule in profile().rules.values():
        for tag in LANGUAGES:
            assert rule.names[tag], (rule.name, tag)
            assert len(rule.messages[tag]) >= 8, (rule.name, tag)
            assert rule.sources[tag], (rule.name, tag)
        assert re.search(r"[一-鿿]", rule.messages["zh-Hant"])
        assert rule.messages["zh-Hant"] != rule.messages["en"]
        assert rule.messages["en"].endswith("."), rule.name
        assert rule.severity in ("Violation", "Warning", "Info")


@pytest.mark.parametrize("path", sorted(Assets().glob("shapes/**/*.ttl").values()), ids=lambda path: path.name)
def test_shapes_conform_to_the_shapes_of_shapes(path: Path) -> None:
    shapes = rdflib.Graph().parse(path, format="turtle")
    pyshacl.validate(rdflib.Graph(), shacl_graph=shapes, meta_shacl=True)  # raises where the shapes are not valid SHACL


def test_every_shape_is_in_a_profile_and_typed() -> None:
    graph = rdflib.Graph()
    for path in Assets().glob("shapes/**/*.ttl").values():
        graph.parse(path, format="turtle")
    tokens = [str(token) for token in graph.objects(None, URIRef(TOKEN))]
    assert len(tokens) == len(set(tokens))
    held = {rule.iri for token in tokens for rule in Profile.load(Assets(), token).rules.values() if rule.target}
    shapes = set(graph.subjects(RDF.type, SH.PropertyShape))
    assert {str(shape) for shape in shapes} == held
    assert all((shape, SH.severity, None) in graph for shape in shapes)


def test_a_profile_that_builds_on_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "agency.ttl").write_text("""@prefix prof: <http://www.w3.org/ns/dx/prof/> .
        <urn:p> prof:hasToken "agency" ; prof:isProfileOf <urn:nowhere> .""")
    with pytest.raises(AssetError, match=r"builds on a profile that no file holds.*urn:nowhere|urn:nowhere.*builds on"):
        Profile.load(Assets((tmp_path,)), "agency")


def test_every_property_of_ours_is_declared() -> None:
    declared = {str(term) for term in rdflib.Graph().parse(Assets().find("ontologies/odl.ttl")).subjects(RDF.type, None)}
    used = {path for rule in profile().rules.values() for path in rule.paths if path.startswith(ODL)}
    ours = ("scheme", "LiteralRule", "CollectionRule", "cell", "file", "sheet", "column", "member", "suggestion")
    used |= {ODL + name for name in ours}
    assert not used - declared


def test_every_scheme_is_a_code_list() -> None:
    graph = rdflib.Graph()
    for path in Assets().glob("ontologies/codes/*.ttl").values():
        graph.parse(path, format="turtle")
    schemes = {str(scheme) for scheme in graph.subjects(RDF.type, rdflib.SKOS.ConceptScheme)}
    assert {rule.scheme for rule in profile().rules.values() if rule.scheme} <= schemes


def test_structured_formats_are_those_the_code_list_calls_so() -> None:
    codes = rdflib.Graph().parse(Assets().find("ontologies/codes/file-type.ttl"))
    types = codes.subjects(rdflib.SKOS.inScheme, FILE_TYPE)
    stated = {concept: codes.value(concept, URIRef(ODL + "structured")) for concept in types}
    listed = profile().graph.value(URIRef(profile().by_name["P09-format-structured"].iri), SH["in"])
    allowed = set(rdflib.collection.Collection(profile().graph, listed))
    structured = Literal(True)
    assert {concept for concept, value in stated.items() if value == structured} <= allowed
    assert not {concept for concept, value in stated.items() if value != structured} & allowed


def test_rules_a_form_does_not_carry_are_not_run() -> None:
    title = profile().by_name["M02-title"]
    validator = Validator(profile(), carried={(title.target, title.path)})
    assert [rule.name for rule in validator.rules] == ["M02-title", "M02-title-length", "U13-literal", "U45-unseen-characters",
                                                       "U47-formula", "U48-error-value"]
    assert set(validator.rules) | set(validator.unchecked) == set(profile().rules.values())
    node = b"<https://example.org/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> .\n"
    assert [result.rule for result in validator.validate(node)] == [title.iri]


def test_a_digest_knows_the_rules_and_the_engine() -> None:
    title = profile().by_name["M02-title"]
    digests = {
        Validator(profile()).digest, Validator(profile(), engine="pyshacl").digest,
        Validator(profile(), carried={(title.target, title.path)}).digest,
        Validator(profile(), background=b"<urn:a> <urn:b> <urn:c> .\n").digest,
    }
    assert len(digests) == 4
    assert Validator(Profile.load(Assets(), "tw-open")).digest in digests


def test_an_overlay_adds_a_rule_and_a_faulty_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    extra = tmp_path / "shapes" / "agency.ttl"
    head = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
        @prefix dcterms: <http://purl.org/dc/terms/> . @prefix prof: <http://www.w3.org/ns/dx/prof/> .
        <https://agency.example/rule/M90-keyword> a sh:PropertyShape ; sh:targetClass dcat:Dataset ; sh:path dcat:keyword ;
            sh:minCount 1 ; sh:severity sh:Warning ;
            sh:name "關鍵字"@zh-Hant, "Keyword"@en ; sh:message "請填寫關鍵字。"@zh-Hant """
    tail = """ . <https://agency.example/profile> a prof:Profile ; prof:hasToken "agency" ;
        dcterms:hasPart <https://agency.example/rule/M90-keyword> ."""
    extra.write_text(head + ', "Add a keyword."@en' + tail, encoding="utf-8")
    added = Profile.load(Assets((tmp_path,)), "agency")
    assert list(added.by_name) == ["M90-keyword"]
    extra.write_text(head + tail, encoding="utf-8")
    with pytest.raises(AssetError, match=r"M90-keyword.*sh:message in en"):
        Profile.load(Assets((tmp_path,)), "agency")
    with pytest.raises(AssetError, match=r"no such profile.*tw-open"):
        Profile.load(Assets(), "nothing")
