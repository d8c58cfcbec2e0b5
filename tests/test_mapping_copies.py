"""What a query only copies is written without a store, and is what an engine makes of the query."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.mapping_cases import ASSETS, CASES, case, changed, mapper, read
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.mapping import copies, forms
from odlinked.mapping.refine import Mapper
from odlinked.queries import Query
from odlinked.rdf import ask
from odlinked.sheets.tables import Row

ALL_FORMS = forms.load_all(ASSETS)
PREFIXES = "PREFIX row: <https://w3id.org/odlinked/row#>\nPREFIX dcterms: <http://purl.org/dc/terms/>\n"
TABLE = "?cell row:dataset ?record . VALUES (?field ?property) { (row:title dcterms:title) } ?cell ?field ?value ."
TEMPLATE = "?record ?property ?value ."


@cache
def run_whole(form: str, folder: Path) -> Mapper:
    """Return the mapper of a form's case with every query changed so that an engine runs all of it."""
    given, _ = case(form)
    for name in given.form.refines:
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(r"(\?\w+) \?field \?value \.", r"\g<0> FILTER(BOUND(\1))", ASSETS.text(name))
        copy.write_text(text, encoding="utf-8")
    assets = Assets((*ASSETS.overlays, folder))
    assert not copies.found([ask.load(assets, name) for name in given.form.refines])[0].names
    return Mapper(given.binding, assets, given.context, given.registry)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


def found(query: str, name: str = "one.rq") -> tuple[copies.Copies, list[Query]]:
    return copies.found([Query(name, PREFIXES + query)])


def test_the_national_list_copies_most_of_its_properties() -> None:
    queries = [ask.load(ASSETS, name) for name in case("data-gov-tw")[0].form.refines]
    copied, left = copies.found(queries)
    assert set(copied.names) == {"dataset", "distribution"}
    assert len(copied.marked) > 40
    assert {query.name for query in queries} - {query.name for query in left} == {"mappings/shared/lists.rq"}


@pytest.mark.parametrize("form", [form.name for form in ALL_FORMS])
def test_a_case_maps_as_when_an_engine_runs_all(form: str, folder: Path) -> None:
    given, rows = case(form)
    assert given.map(rows) == run_whole(form, folder / form).map(rows)


WILD = st.text(st.characters(codec="utf-8") | st.sampled_from('"\\\n\r\t\b\f\x00\x7f\x85\u200b\ufffe\uffff;、1年月'), max_size=20)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_cells_map_as_when_an_engine_runs_all(data: st.DataObject, folder: Path) -> None:
    given, rows = case("data-gov-tw")
    row = data.draw(st.sampled_from(rows))
    places = data.draw(st.lists(st.integers(0, len(row.cells) - 1), max_size=6))
    cells = {f"c{place}": data.draw(WILD | st.sampled_from([other.cells[place] for other in rows])) for place in places}
    odd, whole = changed(row, 90, **cells), run_whole("data-gov-tw", folder / "data-gov-tw")
    assert given.map([odd]) == whole.map([odd])


@pytest.mark.parametrize("where", [TABLE, f"{{ {TABLE} }}", f"{{ {TABLE} }} UNION {{ ?row row:note '{{' }}".replace("'", '"'),
                                   f"{{ ?row row:note ?note }} UNION {{ {TABLE} }}"])
def test_a_table_is_taken_out_of_a_query(where: str) -> None:
    copied, left = found(f"CONSTRUCT {{ ?row a ?note . {TEMPLATE} }} WHERE {{ {where} }}")
    assert copied.marked == {"title": (b"\x01<http://purl.org/dc/terms/title> ",)}
    assert copied.names == {"dataset": 1}
    assert len(left) == where.count("UNION")
    assert not any("row:title" in query.text or "row:note" not in query.text for query in left)
    for query in left:  # what is left runs
        assert ask.construct(ox.Store(), query) == b""


@pytest.mark.parametrize(("template", "where"), [
    (TEMPLATE, f"{TABLE} FILTER(ISIRI(?value))"),  # more than copied
    (TEMPLATE, TABLE.replace("?cell ?field ?value", "?cell ?field ?value ; row:note ?note")),
    (TEMPLATE, f"{{ {TABLE} }} ?other row:dataset ?any"),  # joined
    (TEMPLATE, f"OPTIONAL {{ {TABLE} }}"),
    (TEMPLATE, f"GRAPH <urn:g> {{ {TABLE} }}"),
    (TEMPLATE, f"{{ {{ {TABLE} }} UNION {{ ?row row:note ?note }} }} {{ ?row row:title ?title }}"),
    (TEMPLATE, TABLE.replace("(row:title dcterms:title)", "(row:title dcterms:title) (row:note UNDEF)")),
    (TEMPLATE, TABLE.replace("dcterms:title", "unknown:title")),
    (TEMPLATE, TABLE.replace("?field", "?value")),
    ("?record ?property ?value ; ?property ?cell .", TABLE),  # used elsewhere
    ("?value ?property ?record .", TABLE),
    (f"{TEMPLATE} ?record a ?value .", TABLE),
    (TEMPLATE, f"{{ {TABLE} }} UNION {{ ?row row:note ?value }}"),
])
def test_a_query_that_does_more_is_run_whole(template: str, where: str) -> None:
    query = f"CONSTRUCT {{ {template} }} WHERE {{ {where} }}"
    copied, left = found(query)
    assert (copied.marked, copied.names) == ({}, {})
    assert [one.text for one in left] == [PREFIXES + query]


def test_the_lines_of_a_query_keep_their_numbers() -> None:
    where = TABLE.replace(" . ", " .\n").replace("} ", "}\n")
    _, (left,) = found(f"# why\nCONSTRUCT {{ {TEMPLATE} }}\nWHERE {{\n{{\n{where}\n}} UNION {{\n?row row:note ?note\n}}\n}}")
    whole = PREFIXES + f"# why\nCONSTRUCT {{ {TEMPLATE} }}\nWHERE {{\n{{\n{where}\n}} UNION {{\n?row row:note ?note\n}}\n}}"
    assert [i for i, line in enumerate(left.text.split("\n")) if "row:note" in line] == [
        i for i, line in enumerate(whole.split("\n")) if "row:note" in line]


def test_one_field_can_be_several_properties_of_several_nodes(tmp_path: Path) -> None:
    copy = tmp_path / "mappings/data-gov-tw/refine.rq"
    copy.parent.mkdir(parents=True)
    text = ASSETS.text("mappings/data-gov-tw/refine.rq")
    copy.write_text(text.replace("(row:fields odl:fieldDescription)",
                                 "(row:fields odl:fieldDescription) (row:fields dcterms:abstract)"), encoding="utf-8")
    table, rows = read(CASES / "data-gov-tw" / "table.csv")
    one = mapper(table, assets=Assets((*ASSETS.overlays, tmp_path))).map(rows)[0]
    values = {p: t for _, p, t in one.documents[0].triples() if p.endswith(("#fieldDescription", "/abstract"))}
    assert len(values) == 2
    assert len(set(values.values())) == 1


def test_a_row_that_only_has_cells_that_are_copied_is_a_record() -> None:
    given, rows = case("data-gov-tw")
    bare = Row(7, tuple(text if place in (0, 7) else "" for place, text in enumerate(rows[0].cells)))
    (one,) = given.map([bare])
    assert any(p.endswith("characterEncoding") for _, p, _ in one.documents[0].triples()) is False  # nothing names that member
    assert any(p.endswith("identifier") for _, p, _ in one.documents[0].triples())
