"""Stored questions as examples of queries (`sh:SPARQLExecutable`), asked of the endpoint as programs do."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from builders.servers import Running
from builders.site import BASE
from flask.testing import FlaskClient
from rdflib.plugins.sparql import prepareQuery

from odlinked.assets import Assets
from odlinked.catalog.asking import questions
from odlinked.catalog.served.releases import Releases
from odlinked.errors import AssetError
from odlinked.intake import own_documents
from odlinked.queries import Query

EXAMPLES = """
PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX sdo: <https://schema.org/>
SELECT ?example ?comment ?select ?target ?topic {
  ?example a sh:SPARQLExecutable, sh:SPARQLSelectExecutable ; rdfs:comment ?comment ; sh:select ?select ; sdo:target ?target .
  OPTIONAL { ?example sdo:keywords ?topic }
}"""


@pytest.fixture(scope="module")
def found(app: Any) -> list[dict[str, dict[str, str]]]:
    answer = app.test_client().get("/sparql", query_string={"query": EXAMPLES, "format": "json"})
    rows: list[dict[str, dict[str, str]]] = json.loads(answer.data)["results"]["bindings"]
    return rows


def test_every_stored_question_is_an_example_in_both_languages(found: list[dict[str, dict[str, str]]]) -> None:
    tags = {(row["example"]["value"], row["comment"]["xml:lang"]) for row in found}
    names = {f"{BASE}/query#{name}" for name in questions.stored(Assets())}
    assert tags == {(name, tag) for name in names for tag in ("zh-Hant", "en")}
    assert {row["target"]["value"] for row in found} == {f"{BASE}/sparql"}
    assert {"catalogue", "quality", "formats"} <= {row["topic"]["value"] for row in found}


def test_every_example_runs_as_it_stands(found: list[dict[str, dict[str, str]]], releases: Releases) -> None:
    store = ox.Store.read_only(str(releases.current().store_path))
    for text in {row["select"]["value"] for row in found}:
        assert isinstance(store.query(text), ox.QuerySolutions)
        prepareQuery(text)


def test_prefixes_are_declared(client: FlaskClient) -> None:
    query = "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?p ?n { [] sh:prefix ?p ; sh:namespace ?n }"
    rows = json.loads(client.get("/sparql", query_string={"query": query, "format": "json"}).data)["results"]["bindings"]
    known = {row["p"]["value"]: row["n"]["value"] for row in rows}
    assert known["dcat"] == "http://www.w3.org/ns/dcat#"
    assert len(set(known.values())) == len(rows), "each namespace has one prefix"


def test_examples_are_the_same_every_day_and_need_what_must_be_given(tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "stored"
    folder.mkdir(parents=True)
    head = "#+ summary_zh: 問\n#+ summary_en: Asked\n#+ param: word string required\n"
    (folder / "own-open.rq").write_text(head + "SELECT ?s WHERE { ?s ?p ?word }\n", encoding="utf-8")
    (folder / "own-shown.rq").write_text(head + '#+ example: word "\\\nSELECT ?s WHERE { ?s ?p ?word }\n', encoding="utf-8")
    made = own_documents.examples(Assets((tmp_path,)), "https://a.example", "https://b.example/c")
    assert b"#own-open>" not in made.text
    shown = [t.object.value for t in made.triples() if t.subject.endswith("#own-shown") and t.predicate.endswith("select")]
    assert shown == ['SELECT ?s WHERE {\n  VALUES (?word) { ("\\"\\\\") } ?s ?p ?word }\n']
    assert b"<https://b.example/c/sparql>" in made.text
    assert b"2026-01-01" in made.text


def test_an_example_of_no_parameter_is_told() -> None:
    with pytest.raises(AssetError, match="'wrod'"):
        assert Query("q", "#+ param: word string\n#+ example: wrod 水\nSELECT ?s { ?s ?p ?word }").examples


@pytest.fixture
def loaders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The loaders of the package sparql-llm, unchanged; what it loads language models with is not needed for them."""
    if importlib.util.find_spec("sparql_llm") is None:
        pytest.skip("sparql-llm is not installed (it brings language models: 1 GB)")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()  # where it keeps what it read of other endpoints
    for name in ("fastembed", "qdrant_client"):
        models = types.ModuleType(name)
        models.TextEmbedding = models.SparseTextEmbedding = models.QdrantClient = lambda *_, **__: None  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, models)
    load = importlib.import_module
    utils = load("sparql_llm.utils")
    return types.SimpleNamespace(
        examples=load("sparql_llm.loaders.sparql_examples_loader").SparqlExamplesLoader,
        shapes=load("sparql_llm.loaders.sparql_void_shapes_loader").SparqlVoidShapesLoader,
        prefixes=utils.get_prefixes_for_endpoint, schema=utils.get_schema_for_endpoint)


@pytest.mark.slow
def test_sparql_llm_reads_examples_prefixes_and_void(loaders: Any, releases: Releases) -> None:
    running = Running(releases.workspace.root)
    try:
        endpoint = running.url + "/sparql"
        prefixes = loaders.prefixes(endpoint)
        assert prefixes["dcat"] == "http://www.w3.org/ns/dcat#"
        examples = loaders.examples(endpoint).load()
        assert len(examples) == 2 * len(questions.stored(Assets()))
        assert {one.metadata["query_type"] for one in examples} == {"SelectQuery"}
        schema = loaders.schema(endpoint)
        dcat = prefixes["dcat"]
        assert schema[dcat + "Dataset"][dcat + "distribution"] == [dcat + "Distribution"]
        assert set(schema[dcat + "Dataset"][prefixes["dcterms"] + "publisher"]) >= {prefixes["foaf"] + "Agent"}
        shapes = {one.metadata["iri"]: one.metadata["answer"] for one in loaders.shapes(endpoint).load()}
        assert "dcat:distribution [ dcat:Distribution ]" in shapes[dcat + "Dataset"]
    finally:
        running.kill()
