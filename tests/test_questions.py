"""Stored questions: each has a case, written by hand from one small catalogue, and a header people can work with."""

from __future__ import annotations

import csv
import re
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from odlinked.assets import Assets, bundled
from odlinked.cage import fulltext
from odlinked.catalog.asking import questions
from odlinked.catalog.asking.organizations import Organization
from odlinked.catalog.index import Entry, Index, IndexEntry
from odlinked.catalog.index.lists import Lists
from odlinked.catalog.served.searching import Searching
from odlinked.catalog.summaries.summary import summarize
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.namespaces import DCAT, ODL
from odlinked.queries import Query
from odlinked.search import tokens

CASES = Path(__file__).parent / "cases" / "questions"
FILES = sorted(CASES.glob("*.csv"))
TODAY = date(2026, 11, 29)
STORED = questions.stored(Assets())
_TURTLE = ox.RdfFormat.TURTLE
_PREFIX = re.compile(r"^@prefix (\w+): <([^>]+)> \.$", re.MULTILINE)


@lru_cache(maxsize=1)
def catalogue() -> ox.Store:
    """Return the catalogue of the cases with the code lists beside it, as a release has them."""
    store = ox.Store()
    store.load(path=str(CASES / "catalogue.ttl"), format=_TURTLE)
    for folder in ("codes", "metrics", "standards"):
        for path in (bundled() / "ontologies" / folder).glob("*.ttl"):
            store.load(path=str(path), format=_TURTLE)
    return store


@lru_cache(maxsize=1)
def prefixes() -> list[tuple[str, str]]:
    """Return namespace and prefix of the catalogue, the longer namespaces first."""
    found = _PREFIX.findall((CASES / "catalogue.ttl").read_text(encoding="utf-8"))
    return sorted(((namespace, prefix) for prefix, namespace in found), key=lambda pair: -len(pair[0]))


@lru_cache(maxsize=1)
def organizations() -> list[Organization]:
    rows = catalogue().query("SELECT ?o (SAMPLE(?n) AS ?name) WHERE { ?o a <http://xmlns.com/foaf/0.1/Agent> ;"
                             " <http://www.w3.org/2004/02/skos/core#prefLabel> ?n FILTER(LANG(?n) != 'en') } GROUP BY ?o")
    assert isinstance(rows, ox.QuerySolutions)
    return [Organization(row[0].value, row[1].value, "", "", 1, fold(row[1].value)) for row in rows]


@lru_cache(maxsize=1)
def index() -> Searching:
    """Return the search over an index of the datasets of the cases."""
    path = Path(tempfile.mkdtemp()) / "catalog.sqlite"
    with Index(path, create=True) as written:
        for dataset in {quad.subject for quad in catalogue().quads_for_pattern(None, None, ox.NamedNode(DCAT + "Dataset"))}:
            about = ox.serialize((quad.triple for quad in catalogue().quads_for_pattern(dataset, None, None)),
                                 format=ox.RdfFormat.N_TRIPLES)
            summary = summarize(Document.of(dataset.value, about.splitlines()))
            written.insert(Entry(dataset.value, "cases", b"", "live", "2026-11-29T00:00:00+08:00"),
                           IndexEntry(summary, tokens(f"{summary.title} {summary.title_en}"), tokens(summary.words), (), ()), "",
                           "2026-11-29")
    return Searching(Assets(), Lists(path), tuple, lambda _: {})


def short(term: object) -> str:
    """Return a term as the cases write it: IRIs by prefix, literals by their text."""
    value = str(getattr(term, "value", ""))
    if isinstance(term, ox.NamedNode):
        known = ((prefix, len(namespace)) for namespace, prefix in prefixes() if value.startswith(namespace))
        return next((f"{prefix}:{value[length:]}" for prefix, length in known), value)
    return value


def asked(name: str, given: dict[str, str]) -> list[list[str]]:
    """Return the header and the rows of a question asked of the catalogue."""
    query = STORED[name]
    values = questions.ParameterReader(Assets(), TODAY, organizations).values(query, given.items())
    text = questions.text(query, values, query.rows)
    rows = catalogue().query(fulltext.searched(text, {}, ODL, index().matches).text or text)
    assert isinstance(rows, ox.QuerySolutions)
    return [[variable.value for variable in rows.variables], *([short(term) for term in row] for row in rows)]


def case(path: Path) -> tuple[str, dict[str, str], list[list[str]]]:
    """Return a case's question, parameters (`# name=value` lines) and table."""
    lines = path.read_text(encoding="utf-8").splitlines()
    given = dict(line[2:].split("=", 1) for line in lines if line.startswith("# ") and "=" in line)
    return path.name.split(".")[0], given, list(csv.reader(line for line in lines if not line.startswith("#")))


WHOLE = {"answer-days", "appraisal", "published-by-organization", "published-popularity", "published-figures",
         "published-progress", "period-requests", "published-scores",
         "request-texts", "requests-by-kind", "requests-by-organization", "requests", "series", "split-families",
         "strategy-texts", "unanswered", "withdrawn", "withdrawn-by-organization"}
"""Questions that are put the same way where an organisation is given: few rows, or organisations rather than their datasets."""


def test_questions_put_otherwise_for_one_body_are_all_but_these() -> None:
    taking = {name for name, query in STORED.items() if "organization" in query.takes}
    assert {name for name in taking if not STORED[name].narrowed} == WHOLE


@pytest.mark.parametrize("name", sorted(name for name, query in STORED.items() if query.narrowed))
def test_a_question_put_for_one_body_has_the_rows_it_had(name: str) -> None:
    query = STORED[name]
    reader = questions.ParameterReader(Assets(), TODAY, organizations)
    needed = [(one.name, query.examples[one.name]) for one in query.takes.values() if one.required]
    for body in organizations():
        values = reader.values(query, [*needed, ("organization", body.iri)])
        texts = [questions.text(one, values, query.rows) for one in (replace(query, narrowed={}), query)]
        whole, narrowed = ([[str(term) for term in row] for row in catalogue().query(text)] for text in texts)  # type: ignore[union-attr]
        assert texts[0] != texts[1]
        assert whole == narrowed, body.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_is_answered_as_it_says(path: Path) -> None:
    name, given, table = case(path)
    assert asked(name, given) == table


def test_every_question_has_a_case() -> None:
    assert {path.name.split(".")[0] for path in FILES} == set(STORED)
    assert len(STORED) >= 40


@pytest.mark.parametrize("name", STORED)
def test_some_case_of_a_question_has_rows(name: str) -> None:
    assert any(len(case(path)[2]) > 1 for path in FILES if path.name.split(".")[0] == name)


def texts(query: Query) -> Iterator[dict[str, str]]:
    yield from (query.summaries, query.descriptions, *(dict(one.texts) for one in query.takes.values()))


@pytest.mark.parametrize("name", STORED)
def test_a_header_says_in_both_languages_what_is_asked(name: str) -> None:
    query = STORED[name]
    for text in texts(query):
        assert set(text) == {"zh-Hant", "en"}
        assert all(text.values()), text
    assert query.header["topic"]
    for one in query.takes.values():
        assert not one.codes or questions.codes(Assets(), one.codes)
        assert not (one.required and one.default)


def test_every_column_has_words_and_every_word_a_column() -> None:
    words = tomllib.loads(Assets().text("ontologies/words/columns.toml"))
    assert set(words) == {column for query in STORED.values() for column in questions.columns(query)}
    assert all(len(one) == 2 and all(one) for one in words.values())


@pytest.mark.parametrize("name", STORED)
def test_an_answer_can_be_paged(name: str) -> None:
    query = STORED[name]
    order = re.search(r"\n(ORDER BY [^\n]+)\n\Z", query.text)
    assert order, "an order, last"
    parts = re.findall(r"(ORDER BY [^\n]+) LIMIT (\d+) OFFSET 0 }", query.text)
    assert set(parts) <= {(order[1], str(query.rows))}, "counted in the order of the whole"
    assert query.text.count("LIMIT") == len(parts), "no limit of its own"


@pytest.mark.parametrize("name", [name for name, query in STORED.items() if "LIMIT" in query.text])
def test_the_parts_of_an_answer_are_the_whole(name: str) -> None:
    query = STORED[name]
    given = {key: value for key, value in {"type": "CSV", "word": "水"}.items() if key in query.takes}
    values = questions.ParameterReader(Assets(), TODAY, organizations).values(query, given.items())
    whole = asked(name, given)[1:]
    found = []
    for offset in range(len(whole) + 1):
        rows = [[short(term) for term in row] for row in catalogue().query(questions.text(query, values, 1, offset))]
        assert len(rows) == min(2, len(whole) - offset)
        found += rows[:1]
    assert found == whole


@pytest.mark.parametrize("name", STORED)
def test_every_parameter_and_column_is_used(name: str) -> None:
    query = STORED[name]
    body = re.sub(r"^#.*$", "", query.text, flags=re.MULTILINE)
    assert all(re.search(rf"\?{one}\b", body) for one in query.takes)
