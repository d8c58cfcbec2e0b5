"""From rows to documents: the cases of each form, and that a row means the same whatever it is mapped with."""

from __future__ import annotations

import csv
import pickle
import random
import re
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.extent import extent
from builders.mapping_cases import ASSETS, CASES, case, changed, mapper, read
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets, bundled
from odlinked.documents import Derivation, Document
from odlinked.errors import AssetError
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapped, MappingContext
from odlinked.rdf import vocabulary
from odlinked.sheets.tables import Row

SHARED = Path(__file__).parents[2] / "shared"
BASE = "https://data.example.tw/id/"
ALL_FORMS = forms.load_all(ASSETS)
DCAT, DCT, ODL = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/", "https://w3id.org/odlinked/ns#"

csv.field_size_limit(10_000_000)


def lines(mapped: Sequence[Mapped]) -> set[bytes]:
    return {line for one in mapped for document in one.documents for line in document.lines}


def check(documents: Sequence[Document]) -> None:
    """A document is valid N-Triples with absolute IRIs, has no blank nodes, and each subject is its IRI or a fragment of it."""
    for document in documents:
        quads = list(ox.parse(document.text, format=ox.RdfFormat.N_TRIPLES))
        assert len(quads) == len(document.lines)
        for quad in quads:
            assert isinstance(quad.subject, ox.NamedNode)
            assert quad.subject.value.split("#", 1)[0] == document.iri
            assert not isinstance(quad.object, ox.BlankNode)
        assert b"odlinked/lex#" not in document.text
        assert b"odlinked/row#" not in document.text
        assert b"odlinked/control#" not in document.text


EXPORT = case("data-gov-tw")


@pytest.mark.parametrize("form", [form.name for form in ALL_FORMS])
def test_the_case_of_a_form_gives_its_expected_graph(form: str) -> None:
    given, rows = case(form)
    assert given.form.name == form
    mapped = given.map(rows)
    expected = set((CASES / form / "expected.nt").read_bytes().split(b"\n")) - {b""}
    found = lines(mapped)
    assert found - expected == set()
    assert expected - found == set()
    for one in mapped:
        check(one.documents)


@pytest.mark.parametrize("form", [form.name for form in ALL_FORMS])
def test_the_case_uses_every_column(form: str) -> None:
    given, rows = case(form)
    for column, place in zip(given.form.columns, given.binding.columns, strict=True):
        assert place is not None, column.name
        assert column.suppress_output or any(place < len(row.cells) and row.cells[place] for row in rows), column.name


@pytest.mark.parametrize("form", [form.name for form in ALL_FORMS])
def test_every_path_a_form_carries_is_made_or_can_be(form: str) -> None:
    given, _ = case(form)
    queries = "".join(ASSETS.text(name) for name in given.form.refines)
    prefixes = {iri: prefix for prefix, iri in vocabulary.prefixes(ASSETS).items()}
    for _, path in given.form.carries:
        namespace = max((iri for iri in prefixes if path.startswith(iri)), key=len)
        name = f"{prefixes[namespace]}:{path[len(namespace) :]}"
        assert name in queries, name


def test_nothing_personal_or_secret_is_in_a_document() -> None:
    for form in ("data-gov-tw", "data-gov-tw-api", "moenv-open"):
        given, rows = case(form)
        text = b"\n".join(lines(given.map(rows))).decode()
        for secret in ("王小明", "0912", "@example", "abc123", "api_key", "ming@"):
            assert secret not in text, (form, secret)


def test_a_record_comes_first_then_its_service_then_shared_documents() -> None:
    given, rows = case("data-gov-tw")
    one = given.map(rows)[1]
    assert [document.iri.removeprefix(BASE).split("/")[0] for document in one.documents] == ["dataset", "service"] + [
        "organization"
    ] * 3
    assert one.shared == {document.iri for document in one.documents[2:]}
    assert one.row == 3


def test_nodes_know_their_row_and_list_member() -> None:
    given, rows = case("data-gov-tw")
    one = given.map(rows)[0]
    members = {place for node, place in one.places.items() if "#distribution-" in node}
    assert members == {Derivation(2, 1), Derivation(2, 2), Derivation(2, 3)}
    assert one.places[BASE + "dataset/900001"] == Derivation(2, 0)
    assert one.places[BASE + "dataset/900001#contact"] == Derivation(2, 0)


def test_members_that_repeat_an_address_are_told_apart_by_their_format_only() -> None:
    given, rows = case("data-gov-tw")
    places = given.map(rows)[3].places
    assert sorted(place.member for node, place in places.items() if "#distribution-" in node) == [1, 2]


@pytest.mark.parametrize(
    ("text", "goals"),
    [
        ("SDG 3、SDGs目標11", {"3", "11"}),
        ("目標9：工業化、創新及基礎建設;6", {"9", "6"}),
        ("和平、正義及健全制度", {"16"}),
        ("6\n6；淨水及衛生", {"6"}),
    ],
)
def test_several_goals_in_a_cell_are_told_apart(text: str, goals: set[str]) -> None:
    given, rows = case("moenv-open")
    (one,) = given.map([changed(rows[0], 2, c8=text)])
    found = {t.object.value for t in one.documents[0].triples() if t.predicate in (ODL + "sdg", ODL + "unrecognisedSdg")}
    assert found == {"http://metadata.un.org/sdg/" + goal for goal in goals}


def test_a_withdrawal_is_told() -> None:
    given, rows = case("moenv-open")
    assert [row.cells[1] for row, one in zip(rows, given.map(rows), strict=True) if one.withdrawn] == ["下架"]


def test_the_case_of_a_code_does_not_make_two_records() -> None:
    given, rows = case("moenv-open")
    upper, lower = given.map([rows[0], changed(rows[0], 9, c3="aqx_p_432")])
    assert upper.documents[0].iri == lower.documents[0].iri == BASE + "dataset/aqx_p_432"
    assert b'identifier> "AQX_P_432"' in upper.documents[0].text
    assert b'identifier> "aqx_p_432"' in lower.documents[0].text


def test_rows_mapped_together_or_alone_are_the_same() -> None:
    given, rows = case("data-gov-tw")
    mixed = [
        *rows,
        changed(rows[0], 50, c1="另一名稱"),
        changed(rows[0], 51, c6="https://example.gov.tw/z"),
        changed(rows[1], 52, c1="又一名稱"),
        changed(rows[3], 53, c0="900053", c11="某某 研究中心"),
        changed(rows[3], 54, c0="900054", c11="臺灣某公司"),
        changed(rows[3], 55, c0="900055", c11="台灣某公司"),
        changed(rows[3], 56, c0="", c1=""),
    ]
    alone = [given.map([row])[0] for row in mixed]
    assert given.map(mixed) == alone
    shuffled = mixed[:]
    random.Random(7).shuffle(shuffled)
    assert {one.row: one for one in given.map(shuffled)} == {one.row: one for one in alone}


def test_a_row_without_name_or_identifier_yields_nothing() -> None:
    given, rows = case("data-gov-tw")
    (one,) = given.map([changed(rows[0], 2, c0="", c1=" ")])
    assert one == Mapped(2, (), {}, False, frozenset())


def test_short_rows_and_rows_of_another_shape_are_mapped() -> None:
    given, _ = case("data-gov-tw")
    short, odd = given.map([Row(2, ("900001", "名稱")), Row(3, tuple('\x00\ud800\u2028"\\<>{}' for _ in range(40)))])
    assert short.documents[0].iri == BASE + "dataset/900001"
    check([*short.documents, *odd.documents])


def test_addresses_of_any_text_are_valid_or_told() -> None:
    given, rows = case("data-gov-tw")
    texts = [
        'https://a.tw/<>"{}|\\^`',
        "https://a.tw/%zz",
        "https://a.tw/\u202e",
        "https://[::1]/",
        "https:// a",
        "http://a.tw/#a#b",
        "//a.tw",
    ]
    mapped = given.map(
        [changed(rows[3], number, c0=str(number), c6=text, c5="CSV", c7="", c21="") for number, text in enumerate(texts, 10)]
    )
    for one in mapped:
        check(one.documents)
        text = one.documents[0].text
        assert (b"accessURL" in text) != (b"unrecognisedURL" in text)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=22, max_size=22), st.text(max_size=12))
def test_any_cells_give_valid_documents(cells: list[str], identifier: str) -> None:
    export, rows = EXPORT
    odd = Row(90, (identifier, *cells[1:6], ";".join(["https://a.tw/" + text for text in cells[7:10]]), *cells[7:]))
    together = export.map([*rows[:2], odd])
    assert together[2] == export.map([odd])[0]
    check(together[2].documents)


def test_a_list_that_is_too_long_is_cut_and_told() -> None:
    given, rows = case("data-gov-tw")
    (one,) = given.map([changed(rows[3], 2, c6="https://a.tw/;" * 5001, c5="", c7="", c21="")])
    assert "資料下載網址 5001".encode() in one.documents[0].text


def test_what_is_no_identifier_never_becomes_an_address() -> None:
    given, rows = case("data-gov-tw")
    (one,) = given.map([changed(rows[0], 2, c0="a/b#c 資")])
    assert re.fullmatch(BASE + "dataset/[0-9a-f]{16}", one.documents[0].iri)
    assert "a/b#c 資" in [t.value for _, p, t in one.documents[0].triples() if p == ODL + "unrecognisedIdentifier"]


def test_the_digest_follows_all_that_matters(tmp_path: Path) -> None:
    table, _ = read(CASES / "data-gov-tw" / "table.csv")
    digest = mapper(table).digest
    assert digest == mapper(table).digest
    assert digest != mapper(table, context=MappingContext("https://other.example.tw", "case")).digest
    assert digest != mapper(table, context=MappingContext("https://data.example.tw", "other")).digest
    persons = min(path.name for path in (bundled() / "ontologies/persons").glob("*.ttl"))
    for name in ("ontologies/codes/fee.ttl", f"ontologies/persons/{persons}"):
        copy = tmp_path / persons / name.replace("/", "-") / name
        copy.parent.mkdir(parents=True)
        copy.write_text((bundled() / name).read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        overlay = tmp_path / persons / name.replace("/", "-")
        assert digest != mapper(table, assets=Assets((*ASSETS.overlays, overlay))).digest, name


def test_a_mapper_travels_to_another_process() -> None:
    given, rows = case("national-list")
    assert pickle.loads(pickle.dumps(given)).map(rows) == given.map(rows)  # noqa: S301


def test_a_mapping_that_leaves_nodes_outside_records_is_told(tmp_path: Path) -> None:
    copy = tmp_path / "mappings/national-list/refine.rq"
    copy.parent.mkdir(parents=True)
    copy.write_text("CONSTRUCT { <https://stray.example/> a dcat:Dataset } WHERE { ?row row:dataset ?dataset }", encoding="utf-8")
    table, rows = read(CASES / "national-list" / "table.csv")
    with pytest.raises(AssetError, match=r"https://stray\.example/"):
        mapper(table, assets=Assets((*ASSETS.overlays, tmp_path))).map(rows)


def test_a_query_that_is_wrong_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "mappings/national-list/refine.rq"
    copy.parent.mkdir(parents=True)
    copy.write_text("CONSTRUCT { ?a ?b } WHERE { }", encoding="utf-8")
    table, rows = read(CASES / "national-list" / "table.csv")
    with pytest.raises(AssetError, match=r"mappings/national-list/refine\.rq"):
        mapper(table, assets=Assets((*ASSETS.overlays, tmp_path))).map(rows)


@pytest.mark.shared
def test_the_real_sample_of_the_export_is_mapped() -> None:
    path = SHARED / "data/catalog/datagovtw_export_22col_sample.csv"
    if not path.exists():
        pytest.skip("the reference material is not beside the checkout")
    table, rows = read(path)
    mapped = mapper(table).map(rows)
    assert len(mapped) == 16
    found = lines(mapped)
    assert sum(b"<" + DCAT.encode() + b"distribution>" in line for line in found) == 24
    assert not [line for line in found if b"unrecognised" in line or b"unevenLists" in line]
    assert any('description> "花蓮縣車輛件數及稅額"@zh-Hant'.encode() in line for line in found)
    for one in mapped:
        check(one.documents)


@pytest.mark.shared
@pytest.mark.slow
def test_the_real_national_list_is_mapped() -> None:
    step = extent(10, 1)
    path = SHARED / "data/catalog/datagovtw_catalog_2026-03_slim.csv"
    if not path.exists():
        pytest.skip("the reference material is not beside the checkout")
    table, rows = read(path)
    mapped = mapper(table).map(rows[::step])
    assert len({one.documents[0].iri for one in mapped}) == len(range(0, 52_547, step))
    members = sum(node.find("#distribution-") > 0 for one in mapped for node in one.places)
    assert members > 210_000 / step
    bad = sum(document.text.count(b"unrecognised") for one in mapped for document in one.documents)
    assert bad < 1_000 / step
    check([document for one in mapped[::100 // step] for document in one.documents])
    assert not any(b"REDACTED" in one.documents[0].text for one in mapped)
