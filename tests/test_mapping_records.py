"""Records of the platform's API: lists within lists, OIDs before names, fields and the standards they follow."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.errors import FormError, InputError
from odlinked.mapping import forms, known_headings
from odlinked.mapping.refine import Mapped, Mapper, MappingContext
from odlinked.settings import ReadSettings

ALL = forms.load_all(Assets())
BASE = "https://data.example.tw/id/"
known = known_headings.knowledge(ALL)
CASE = Path(__file__).parent / "cases" / "mapping" / "data-gov-tw-api" / "table.json"
CSVW, DCT = "http://www.w3.org/ns/csvw#", "http://purl.org/dc/terms/"


def answers(folder: Path, record: object) -> tuple[Mapper, list[Mapped]]:
    path = folder / "record.json"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    table = inventory.read(path, ReadSettings(), None, known)[0]
    mapper = Mapper(forms.find(ALL, table, "data-gov-tw-api"), Assets(), MappingContext("https://data.example.tw", "case"))
    return mapper, mapper.map(list(table.rows()))


def mapped(folder: Path, record: object) -> tuple[Mapper, list[set[tuple[str, str, str]]]]:
    mapper, rows = answers(folder, record)
    found = []
    for one in rows:
        triples = (triple for document in one.documents for triple in document.triples())
        found.append({(s.removeprefix(BASE), p, o.value.removeprefix(BASE)) for s, p, o in triples})
    return mapper, found


def test_a_record_in_its_envelope_is_found_however_many_resources_it_has(tmp_path: Path) -> None:
    (record, *_) = json.loads(CASE.read_text(encoding="utf-8"))
    for resources in (record["distribution"] * 30, record["distribution"][:1], []):
        path = tmp_path / "record.json"
        answer = {"help": "", "success": True, "result": record | {"distribution": resources}}
        path.write_text(json.dumps(answer), encoding="utf-8")
        (table,) = inventory.read(path, ReadSettings(), None, known)
        assert forms.find(ALL, table).form.name == "data-gov-tw-api"
        assert (table.sheet, len(list(table.rows()))) == ("result", 1)


def test_rows_mapped_together_or_alone_are_the_same() -> None:
    table = inventory.read(CASE, ReadSettings(), None, known)[0]
    mapper = Mapper(forms.find(ALL, table), Assets(), MappingContext("https://data.example.tw", "case"))
    rows = list(table.rows())
    assert mapper.map(rows) == [mapper.map([row])[0] for row in rows]


def test_fields_are_columns_of_their_resource(tmp_path: Path) -> None:
    uri = "https://schema.gov.tw/api/Environment/Air/ObservationData/Unit"
    _, (found,) = mapped(tmp_path, {"datasetId": 1, "title": "t", "license": "1", "distribution": [
        {"resourceDownloadUrl": "https://a.tw/1", "resourceField": [{"name": "甲"}, {"name": "乙", "uri": uri}]},
        {"resourceDownloadUrl": "https://a.tw/2", "resourceField": [{"name": "丙", "uri": ""}]},
        {"resourceDownloadUrl": "https://a.tw/3", "resourceField": "丁、戊"}]})
    columns = {o: s for s, p, o in found if p == CSVW + "title"}
    assert sorted(columns) == sorted("甲乙丙丁戊")
    assert {(s, o) for s, p, o in found if p == DCT + "conformsTo" and "field" in s} == {(columns["乙"], uri)}
    assert len({columns[name].split("-field-")[0] for name in "甲乙丙丁戊"}) == 3


@pytest.mark.parametrize(("agency", "last", "name"), [
    ("2.16.886.101.20003.20007|經濟部", "2.16.886.101.20003.20007", "經濟部"),
    ("2.16.886.101.9.9|某處", "2.16.886.101.9.9", "某處"),
    ("經濟部", "2.16.886.101.20003.20007", "經濟部"),
    ("A|B", None, "A|B"),
])
def test_an_agency_is_its_stated_oid(tmp_path: Path, agency: str, last: str | None, name: str) -> None:
    _, (found,) = mapped(tmp_path, {"datasetId": 1, "title": "t", "publisherOID": agency, "distribution": []})
    (publisher,) = (o for s, p, o in found if s == "dataset/1" and p == DCT + "publisher")
    assert last is None or publisher == "organization/" + last
    assert (publisher, "http://xmlns.com/foaf/0.1/name", name) in found


@pytest.mark.parametrize(("frequency", "stated", "code"), [
    ({"regularupdate": "1", "Frequency": 1, "unittime": "月"}, "每1月", "MONTHLY"),
    ({"regularupdate": "1", "Frequency": "3", "unittime": "月"}, "每3月", "QUARTERLY"),
    ({"regularupdate": 2, "Frequency": "", "unittime": ""}, "不定期更新", "IRREG"),
    ({"regularupdate": "1", "frequency": "8", "unittime": "時"}, "每8時", None),
    ("每1日", "每1日", "DAILY"),
])
def test_update_frequencies_are_put_together(tmp_path: Path, frequency: object, stated: str, code: str | None) -> None:
    _, (found,) = mapped(tmp_path, {"datasetId": 1, "title": "t", "updateFrequency": frequency, "distribution": []})
    told = {p.rpartition("/")[2].rpartition("#")[2]: o.rpartition("/")[2]
            for _, p, o in found if "requency" in p or "Period" in p}
    assert told == {"statedFrequency": stated, **({"accrualPeriodicity": code} if code else {"unrecognisedFrequency": stated})}


def test_too_many_fields_are_cut_and_told(tmp_path: Path) -> None:
    fields = [{"name": f"f{i}", "uri": ""} for i in range(25_001)]
    resources = [{"resourceDownloadUrl": f"https://a.tw/{i}", "resourceField": fields} for i in range(4)]
    _, (row,) = answers(tmp_path, {"datasetId": 1, "title": "t", "license": "1", "distribution": resources})
    text = b"".join(document.text for document in row.documents)
    assert text.count(f" <{CSVW}title> ".encode()) == 100_000
    told = re.findall(rb"^\S+ <[^>]*unevenLists> (.*) \.$", text, re.MULTILINE)
    assert told == [b'"distribution.resourceField.name > 100000"']


FORM = next(form for form in ALL if form.name == "data-gov-tw-api")
TITLES = sorted({title for column in FORM.columns for title in forms.titles(column)})
KEYS = sorted({title.split(".")[0] for title in TITLES} - {"title", "distribution"})
ITEMS = sorted({title.split(".")[1] for title in TITLES if title.startswith("distribution.")})
WORD = st.text(max_size=12) | st.sampled_from(
    ["1", "2026-01-02", "https://a.tw/;b", "2.16.886.101.1|x", "CSV", "月", "|", "␞", "[]"])
VALUE = st.recursive(
    WORD | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ITEMS) | WORD, inner, max_size=3), max_leaves=8)
RESOURCES = st.lists(st.dictionaries(st.sampled_from(ITEMS), VALUE), max_size=3)
RECORD = st.fixed_dictionaries({"title": WORD, "distribution": RESOURCES}, optional=dict.fromkeys(KEYS, VALUE))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(RECORD, min_size=1, max_size=3))
def test_wild_records_are_mapped_or_refused(tmp_path: Path, records: list[dict[str, object]]) -> None:
    """No traceback, no lost record: every one that shows something is a row, and every row has an answer of valid triples."""
    path = tmp_path / "wild.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    try:
        table = inventory.read(path, ReadSettings(), None, known)[0]
        binding = forms.find(ALL, table, "data-gov-tw-api")
    except (InputError, FormError):
        return
    rows = list(table.rows())
    mapper = Mapper(binding, Assets(), MappingContext("https://data.example.tw", "case"))
    together = mapper.map(rows)
    assert [one.row for one in together] == [row.number for row in rows]
    assert together == [mapper.map([row])[0] for row in rows]
    for document in (document for one in together for document in one.documents):
        quads = list(ox.parse(document.text, format=ox.RdfFormat.N_TRIPLES))
        assert len(quads) == len(document.lines)
        assert {quad.subject.value.split("#")[0] for quad in quads} == {document.iri}
