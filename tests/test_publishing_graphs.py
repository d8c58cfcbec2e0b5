"""`odlinked validate` on RDF files: the rules of DCAT-AP, faults at their nodes and lines."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner, Result
from rdflib import SH, URIRef

from odlinked.cli.verbs import main
from odlinked.namespaces import DCAT, RDF

CATALOGUE = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix ex: <https://example.org/> .

ex:catalogue a dcat:Catalog ;
    dcterms:title "Catalogue"@en ; dcterms:description "What there is."@en ;
    dcterms:publisher ex:agency ; dcat:dataset ex:good, ex:bad .
ex:agency a foaf:Organization ; foaf:name "Agency"@en .
ex:good a dcat:Dataset ;
    dcterms:title "Good"@en ; dcterms:description "Right."@en ;
    dcat:theme <http://publications.europa.eu/resource/authority/data-theme/ENVI> ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ZHO> ;
    dcat:landingPage <https://example.org/page> ;
    dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://example.org/file.csv> ] .
ex:bad a dcat:Dataset ;
    dcterms:title "Bad"@en ;
    dcterms:issued "yesterday" ;
    dcterms:modified "2026-02-30"^^<http://www.w3.org/2001/XMLSchema#date> ;
    dcterms:language "zh" ;
    dcat:distribution [ a dcat:Distribution ] .
"""
WRONG = [("D302-dataset-description", "", 16), ("D321-dataset-language", "zh", 20), ("D328-dataset-issued-date", "yesterday", 18),
         ("D401-distribution-access-url", "", 0), ("U13-literal", "2026-02-30", 19)]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["validate", *args])


@pytest.fixture
def catalogue(tmp_path: Path) -> str:
    path = tmp_path / "catalogue.ttl"
    path.write_text(CATALOGUE, encoding="utf-8")
    return str(path)


def test_json_tells_node_property_value_and_line(catalogue: str) -> None:
    done = run(catalogue, "--format", "json", "--lang", "en")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["summary"]["profile"] == "dcat-ap-3"
    wrong = [finding for finding in told["findings"] if finding["severity"] == "Violation"]
    assert [(finding["rule"], finding["value"], finding["row"]) for finding in wrong] == WRONG
    assert {finding["node"] for finding in wrong if finding["row"]} == {"https://example.org/bad"}
    assert wrong[1]["heading"] == "dcterms:language"
    assert wrong[1]["message"].startswith("Write the language of the dataset as a link")
    assert not [finding for finding in told["findings"] if finding["node"] == "https://example.org/good"]


def test_text_tells_rule_by_rule(catalogue: str) -> None:
    told = run(catalogue).stdout
    assert "catalogue.ttl（Turtle；6 個節點）" in told
    assert "[錯誤 D302-dataset-description] 1 處  dcterms:description" in told
    assert "第 16 行  https://example.org/bad" in told
    english = run(catalogue, "--lang", "en").stdout
    assert "line 18  https://example.org/bad  yesterday" in english


def test_turtle_is_a_report_with_the_component_of_each_result(catalogue: str) -> None:
    report = rdflib.Graph().parse(data=run(catalogue, "--format", "turtle").stdout, format="turtle")
    components = {report.value(result, SH.sourceConstraintComponent) for result in report.objects(None, SH.result)}
    assert {SH.MinCountConstraintComponent, SH.NodeKindConstraintComponent, SH.OrConstraintComponent} <= components
    assert (None, SH.focusNode, URIRef("https://example.org/bad")) in report


def test_csv_and_another_profile(catalogue: str) -> None:
    told = run(catalogue, "--format", "csv", "--lang", "en", "--profile", "dcat-ap-3-full").stdout
    assert "D305-dataset-keyword-recommended" in {row["rule"] for row in csv.DictReader(io.StringIO(told))}
    assert run(catalogue, "--profile", "tw-open", "--format", "json").exit_code == 1
    assert "no such profile" in run(catalogue, "--profile", "dcat").output


def test_two_files_and_no_mixture(catalogue: str, tmp_path: Path) -> None:
    other = tmp_path / "other.nt"
    other.write_text(f"<https://example.org/x> <{RDF}type> <{DCAT}Dataset> .\n")
    told = json.loads(run(catalogue, str(other), "--format", "json").stdout)
    assert {finding["file"] for finding in told["findings"]} == {"catalogue.ttl", "other.nt"}
    table = tmp_path / "list.csv"
    table.write_text("資料集名稱\n空氣品質\n", encoding="utf-8")
    done = run(catalogue, str(table))
    assert (done.exit_code, "different rules" in done.output) == (2, True)


def test_a_context_elsewhere_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonld"
    path.write_text('{"@context": "https://example.org/dcat.jsonld", "@id": "https://example.org/a"}')
    done = run(str(path))
    assert (done.exit_code, "https://example.org/dcat.jsonld" in done.output, "Traceback" in done.output) == (2, True, False)
