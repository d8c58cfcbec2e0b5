"""The fast engine tells what the reference tells: on every case together and on random documents."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.errors import OdlinkedError
from odlinked.namespaces import DCAT, DCTERMS, ODL, RDF, VCARD, XSD
from odlinked.quality import raw_results
from odlinked.quality.engines import proven
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile

CASES = Path(__file__).parents[1] / "shapes" / "cases"
BASE = "https://example.org/id/dataset/"
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"


@cache
def validator(engine: str) -> Validator:
    return Validator(Profile.load(Assets(), "tw-open"), engine=engine)


def both(ntriples: bytes) -> list[object]:
    fast, reference = validator("shifty").validate(ntriples), validator("pyshacl").validate(ntriples)
    assert fast == reference
    return list(fast)


def test_equal_on_every_case_together() -> None:
    graph = rdflib.Graph()
    for path in CASES.glob("*.trig"):
        part = rdflib.Graph().parse(path, format="turtle")
        for subject, predicate, value in part:
            graph.add((rdflib.URIRef(f"{subject}/{path.stem}"), predicate, value))
    lines = graph.serialize(format="nt", encoding="utf-8").splitlines()
    assert len(both(b"\n".join(sorted(line for line in lines if line and b"<urn:case:" not in line)) + b"\n")) > 60


TEXTS = st.one_of(
    st.sampled_from(["", "無", "N/A", "每1月", "0070", "資" * 255, "資" * 256, "述" * 500, "述" * 501, "𠀀" * 255,
                     "e\u0301" * 200, 'quote " and \\ backslash', "tab\tline\nreturn\r", "\u200b", "-", "－"]),
    st.text(max_size=12),
)
LITERALS = st.one_of(
    st.tuples(TEXTS, st.sampled_from(["", "@zh-Hant", "@en", "@zh-hant"])),
    st.tuples(
        st.one_of(st.sampled_from(["007", "-1", "2026-05-06", "2026-02-30", "2026-05-06T16:24:00+08:00", "109-11", "2026-05",
                                   "P12M", "1.50"]), TEXTS),
        st.sampled_from([f"^^<{XSD}{name}>" for name in
                         ("nonNegativeInteger", "date", "dateTime", "gYearMonth", "duration", "decimal", "anyURI", "boolean")]),
    ),
)
IRIS = st.sampled_from([FREQUENCY + "MONTHLY", FILE_TYPE + "CSV", FILE_TYPE + "PDF", "https://data.gov.tw/license", BASE + "1",
                        BASE + "2#distribution-1", "tel:+886-2-23117722", "https://example.org/%E7%A9%BA?a=1;b=2"])
PATHS = sorted({(rule.target, path) for rule in Profile.load(Assets(), "tw-open").rules.values() for path in rule.paths})
NODES = {DCAT + "Dataset": "", DCAT + "Distribution": "#distribution-1", VCARD + "Kind": "#contact"}


def escaped(text: str) -> str:
    for plain, code in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, code)
    return f'"{text}"'


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    """A few documents of datasets, distributions and contacts, each with any properties of the rules and any values."""
    made = []
    for number in range(draw(st.integers(1, 4))):
        iri = f"{BASE}{number}"
        lines = []
        for target, suffix in NODES.items():
            if draw(st.integers(0, 4)):
                lines.append(f"<{iri}{suffix}> <{RDF}type> <{target}> .")
        for target, path in draw(st.lists(st.sampled_from(PATHS), max_size=14)):
            if draw(st.booleans()):
                text, tail = draw(LITERALS)
                term = escaped(text) + tail
            else:
                term = f"<{draw(IRIS)}>"
            lines.append(f"<{iri}{NODES.get(target, '')}> <{path or DCTERMS + 'issued'}> {term} .")
        made.append(Document.of(iri, [line.encode() for line in lines]))
    return made


THOROUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@THOROUGH
@given(documents())
def test_equal_on_random_documents_and_no_document_depends_on_its_neighbours(made: list[Document]) -> None:
    together = both(b"".join(document.text for document in made))
    apart = [result for document in made for result in validator("shifty").validate(document.text)]
    assert sorted(apart) == together  # type: ignore[type-var]


def test_results_by_document_in_the_order_given() -> None:
    good = Document.of(BASE + "1", [f"<{BASE}1> <{DCTERMS}title> \"a\" .".encode()])
    bad = Document.of(BASE + "2", [f"<{BASE}2> <{RDF}type> <{DCAT}Dataset> .".encode()])
    found = list(validator("shifty").validate_documents([bad, good]))
    assert [document.iri for document, _ in found] == [BASE + "2", BASE + "1"]
    assert found[0][1]
    assert not found[1][1]


@pytest.mark.parametrize("engine", ["shifty", "pyshacl"])
def test_a_value_keeps_its_spelling(engine: str) -> None:
    lines = [f"<{BASE}1> <{RDF}type> <{DCAT}Dataset> .", f"<{BASE}1> <{ODL}unrecognisedSdg> \"007\"^^<{XSD}integer> .",
             f"<{BASE}1> <{ODL}unrecognisedSdg> \"1.50\"^^<{XSD}decimal> ."]
    results = validator(engine).validate("\n".join(lines).encode())
    assert [result.value for result in results if result.path == ODL + "unrecognisedSdg"] == ["007", "1.50"]


@pytest.mark.parametrize("engine", ["shifty", "pyshacl"])
def test_an_ill_typed_literal_is_a_result_and_no_log_entry(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    line = f"<{BASE}1> <{DCTERMS}modified> \"2020-01-01\"^^<{XSD}dateTime> .\n"
    with caplog.at_level(logging.DEBUG):
        results = validator(engine).validate(line.encode())
    assert [(result.value, result.rule.rsplit("/", 1)[1]) for result in results] == [("2020-01-01", "U13-literal")]
    assert not [record for record in caplog.records if record.name.startswith("rdflib")]


@pytest.mark.parametrize("engine", ["shifty", "pyshacl"])
def test_background_is_seen_and_not_validated(engine: str) -> None:
    background = f"<{BASE}9> <{RDF}type> <{DCAT}Dataset> .\n".encode()
    checked = Validator(Profile.load(Assets(), "tw-open"), engine=engine, background=background)
    assert checked.validate(f"<{BASE}1> <{DCTERMS}title> \"a\" .\n".encode()) == []


def test_a_rule_the_engines_differ_on_goes_to_the_reference(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "order.ttl").write_text("""@prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
        <urn:rule/Q90-order> a sh:PropertyShape ; sh:targetClass dcat:Dataset ; sh:path dcterms:issued ;
            sh:lessThanOrEquals dcterms:modified ; sh:severity sh:Warning ; sh:name "先後"@zh-Hant, "Order"@en ;
            sh:message "上架日期應早於更新時間。"@zh-Hant, "The date of issue should come first."@en .
        <urn:profile> <http://www.w3.org/ns/dx/prof/hasToken> "order" ;
            dcterms:hasPart <urn:rule/Q90-order>, <https://w3id.org/odlinked/rule/U13-literal> .""", encoding="utf-8")
    profile = Profile.load(Assets((tmp_path,)), "order")
    fast, reference = Validator(profile), Validator(profile, engine="pyshacl")
    dates = ('2020-01-01"^^<%sdate>', '2026-05-06T00:00:00Z"^^<%sdateTime>', '2026-05-06T00:00:00"^^<%sdateTime>',
             '2020-01-01"^^<%sdateTime>', '2020-02-30"^^<%sdate>', '2026-05"^^<%sgYearMonth>')
    for issued in dates:
        for modified in dates:
            text = (f"<{BASE}1> <{RDF}type> <{DCAT}Dataset> .\n<{BASE}1> <{DCTERMS}issued> \"{issued % XSD} .\n"
                    f"<{BASE}1> <{DCTERMS}modified> \"{modified % XSD} .\n").encode()
            assert fast.validate(text) == reference.validate(text)


@pytest.mark.parametrize("iri", ["http://x.tw/%zz", "http://x.tw/{a}", "http://x.tw/空"])
def test_an_iri_that_is_none_stops_no_check(iri: str) -> None:
    text = f"<{BASE}1> <{RDF}type> <{DCAT}Dataset> .\n<{BASE}1> <{DCAT}landingPage> <{iri}> .\n"
    assert len(both(text.encode())) > 5


def test_the_first_document_has_the_results_that_it_has_later() -> None:
    """It is judged with all rules as they are (`Once`), later ones with those that may have results."""
    text = f"<{BASE}1> <{RDF}type> <{DCAT}Dataset> .\n<{BASE}1> <{DCTERMS}identifier> \"無\" .\n".encode()
    for profile in (Profile.load(Assets(), name) for name in ("tw-open", "dcat-ap-3")):
        judge = Validator(profile)
        first, again = judge.validate(text), judge.validate(text)
        assert first == again
        assert len(first) > 2


def test_a_first_document_with_an_iri_that_is_none_is_judged_by_the_reference() -> None:
    text = f"<{BASE}1> <{RDF}type> <{DCAT}Dataset> .\n<{BASE}1> <{DCAT}landingPage> <http://x.tw/%zz> .\n".encode()
    assert Validator(Profile.load(Assets(), "tw-open")).validate(text) == validator("pyshacl").validate(text)


def test_our_rules_need_no_other_engine() -> None:
    judge = validator("shifty")
    assert judge.rules
    assert all(proven(judge.profile.constraints([rule])) for rule in judge.rules)


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(OdlinkedError, match="'jena' is not a known SHACL engine"):
        Validator(Profile.load(Assets(), "tw-open"), engine="jena")


@pytest.mark.parametrize("engine", sorted(raw_results.ENGINES))
def test_the_version_of_an_engine_is_that_of_its_package(engine: str) -> None:
    """It is a part of reuse keys: read off a folder's name it has to be what the package says of itself."""
    assert raw_results.version_of(engine) == f"{engine} {version(raw_results.ENGINES[engine])}"
