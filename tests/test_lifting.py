"""The verb `lift`: rows as RDF by a description, what does not fit told at its cell, and persons left out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import rdflib
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cli.verbs import main
from odlinked.csvw import annotated, lines, metadata, rdf, subjects
from odlinked.csvw.delimited import DelimitedRecord, parse, parse_file
from odlinked.csvw.model import Dialect

CSVW = "http://www.w3.org/ns/csvw"
SITE = "http://data.example.org/air/"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def written(folder: Path, name: str, text: str, **description: Any) -> Path:
    """Write a file and, if anything is said of it, its description beside it."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    if description:
        document = {"@context": CSVW, "url": name, **description}
        (folder / f"{name}-metadata.json").write_text(json.dumps(document), encoding="utf-8")
    return file


def graph(done: Result) -> rdflib.Graph:
    return rdflib.Graph().parse(data=done.stdout_bytes, format="nt")


STATIONS = "id,name,level\n1,基隆,3.5\n2,汐止,-\n3,萬里,high\n"
STATION_SCHEMA = {"aboutUrl": SITE + "{id}", "primaryKey": "id", "columns": [
    {"titles": "id", "name": "id"}, {"titles": "name", "name": "name", "propertyUrl": "http://schema.org/name"},
    {"titles": "level", "name": "level", "datatype": "decimal", "null": ["", "-"], "propertyUrl": SITE + "ns#level"}]}


def test_a_cell_that_does_not_fit_stays_text_and_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    file = written(tmp_path, "s.csv", STATIONS, tableSchema=STATION_SCHEMA)
    done = run("lift", file, "--mode", "minimal", "--lang", "en", "--findings", tmp_path / "f.csv")
    assert done.exit_code == 1
    found = graph(done)
    levels = found.subject_objects(rdflib.URIRef(SITE + "ns#level"))
    assert {(str(s)[-1], str(o)) for s, o in levels} == {("1", "3.5"), ("3", "high")}
    assert "row 4: high" in done.stderr
    assert "3 rows, 8 triples" in done.stderr
    rows = list(csv.reader((tmp_path / "f.csv").open(encoding="utf-8-sig")))
    assert rows[1][:5] == ["cell", "s.csv", "4", "level", "high"]


@pytest.mark.parametrize(("text", "code", "told"), [
    ("id,name,level\n1,a,1\n2,b,2\n", 0, ""), ("id,name,level\n1,a,1\n1,b,2\n", 1, "row 3"),
    ("id,name,level\n1,a,1,x\n", 1, "row 2"), ("id,title,level\n1,a,1\n", 1, "title"), ("id,name,level\n", 0, ""),
])
def test_validation_alone_writes_nothing(tmp_path: Path, text: str, code: int, told: str) -> None:
    done = run("lift", written(tmp_path, "s.csv", text, tableSchema=STATION_SCHEMA), "--validate", "--lang", "en")
    assert (done.exit_code, done.stdout) == (code, "")
    assert told in done.stderr


def test_a_fault_is_told_in_the_language_asked_for_down_to_its_reason(tmp_path: Path) -> None:
    text = "id,title,level\n1,a,1\n1,b,2\n"
    file = written(tmp_path, "s.csv", text, tableSchema=STATION_SCHEMA)
    done = run("lift", file, "--validate", "--findings", tmp_path / "f.csv")
    assert "s.csv：「id」欄鍵值重複或查無對應，共 1 處\n 第 3 列（鍵值與第 2 列相同）" in done.stderr
    assert "第 2 欄的標題為 'title'，與描述檔不符" in done.stderr
    rows = list(csv.reader((tmp_path / "f.csv").open(encoding="utf-8-sig")))
    assert rows[0] == ["種類", "檔案", "列", "欄位", "值", "說明"]
    assert rows[-1][-1] == "鍵值重複或查無對應 鍵值與第 2 列相同"
    english = run("lift", file, "--validate", "--lang", "en").stderr
    assert "row 3 (its key is that of row 2)" in english


@pytest.mark.parametrize("style", ["nt", "ttl", "rdf", "jsonld"])
def test_every_format_has_the_same_triples(tmp_path: Path, style: str) -> None:
    file = written(tmp_path, "s.csv", STATIONS, tableSchema=STATION_SCHEMA)
    out = tmp_path / "out"
    assert run("lift", file, "--mode", "minimal", "--format", style, "--output", out).exit_code == 1
    kinds = {"nt": "nt", "ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}
    assert len(rdflib.Graph().parse(out, format=kinds[style])) == 8


def test_no_file_is_left_half_written(tmp_path: Path) -> None:
    file = written(tmp_path, "s.csv", "id,name,level\n1,a,1\n", tableSchema=STATION_SCHEMA)
    file.write_bytes(file.read_bytes() + b"2,\xff\xff,1\n")
    out = tmp_path / "out.nt"
    done = run("lift", file, "--output", out, "--lang", "en")
    assert done.exit_code == 2
    assert "utf-8" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.csv", "s.csv-metadata.json"]


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    inside = tmp_path / "in"
    inside.mkdir()
    for url in ("../secret.csv", "%2e%2e/secret.csv", (tmp_path / "secret.csv").as_uri(), "http://elsewhere.example.org/x.csv"):
        (inside / "m.json").write_text(json.dumps({"@context": CSVW, "url": url}))
        done = run("lift", inside / "m.json")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "there is nothing" in done.stderr
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "m.json").write_text(json.dumps({"@context": CSVW, "url": "link.csv"}))
    assert run("lift", inside / "m.json").exit_code == 2


RECORDS = [{"\ufeffid": "1", "level": "3.5", "day": "113/09/04"}, {"\ufeffid": "2", "level": "", "day": "113/09/05"}]


def test_json_records_and_workbooks_are_lifted_like_csv(tmp_path: Path) -> None:
    schema = {"aboutUrl": SITE + "{id}", "columns": [
        {"titles": "id", "name": "id"}, {"titles": "level", "name": "level", "datatype": "decimal"},
        {"titles": "day", "name": "day", "datatype": "date", "odl:years": "roc"}]}
    rows = [list(record.values()) for record in RECORDS]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["id", "level", "day"], *rows]:
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    written(tmp_path, "t.json", json.dumps(RECORDS))
    written(tmp_path, "t.csv", "id,level,day\n" + "\n".join(map(",".join, rows)) + "\n")
    found = []
    for name in ("t.csv", "t.json", "t.xlsx"):
        (tmp_path / "m.json").write_text(json.dumps({"@context": CSVW, "url": name, "tableSchema": schema}))
        done = run("lift", tmp_path / name, "--metadata", tmp_path / "m.json", "--mode", "minimal", "--url", SITE + name)
        assert done.exit_code == 0, done.stderr
        found.append({(str(s), str(p).partition("#")[2], o) for s, p, o in graph(done)})
    assert found[0] == found[1] == found[2]
    assert (SITE + "1", "day", rdflib.Literal("2024-09-04", datatype=rdflib.XSD.date)) in found[0]


@pytest.mark.parametrize("nested", [
    [{"id": "1", "tags": ["a"]}], [{"id": "1", "place": {"x": 1}}], {"time": "now", "rows": [["1", "2"]]}, [["1", "2"], ["3"]],
    {"records": [{"id": 1}, {"id": {"x": 2}}]},
])
def test_nested_json_is_refused_by_name(tmp_path: Path, nested: Any) -> None:
    done = run("lift", written(tmp_path, "n.json", json.dumps(nested)), "--mode", "minimal")
    assert done.exit_code == 2, done.stdout
    assert "n.json" in done.stderr


def test_totals_and_markup_are_told_and_nothing_is_dropped_silently(tmp_path: Path) -> None:
    text = "unit,power\n<b>A&amp;B#1</b>,1.0\n小計(註1),1.0\nTotal ,1.0\n"
    schema = {"columns": [{"titles": "unit", "name": "unit", "odl:markup": "strip"},
                          {"titles": "power", "name": "power", "datatype": "decimal"}]}
    file = written(tmp_path, "p.csv", text, tableSchema=schema, **{"odl:totals": "leave-out"})
    done = run("lift", file, "--mode", "minimal", "--lang", "en")
    assert done.exit_code == 1
    assert {str(o) for o in graph(done).objects()} == {"A&B#1", "1.0"}
    told = [line for line in done.stderr.splitlines() if "row 3" in line or "row 4" in line]
    assert told == ["  row 3: 小計(註1)", "  row 4: Total "]


PERSONS = "case,姓名,行動電話\n1,王小明,0912-345-678\n2,陳美麗,0923-456-789\n3,林志豪,0934-567-890\n"
PERSON_COLUMNS = [{"titles": "case", "name": "case"}, {"titles": "姓名", "name": "who"}, {"titles": "行動電話", "name": "phone"}]
SECRETS = ("王小明", "陳美麗", "0912", "345", "林志豪")


@pytest.mark.parametrize("described", [False, True])
@pytest.mark.parametrize("mode", ["standard", "minimal"])
def test_persons_are_never_lifted_without_a_decision(tmp_path: Path, mode: str, described: bool) -> None:
    more: dict[str, Any] = {"tableSchema": {"rowTitles": ["who"], "columns": PERSON_COLUMNS}} if described else {}
    file = written(tmp_path, "p.csv", PERSONS, **more)
    done = run("lift", file, "--mode", mode, "--findings", tmp_path / "f.csv")
    assert done.exit_code == 1
    assert done.stderr.startswith("p.csv")
    assert "個人資料" in done.stderr
    said = done.output + (tmp_path / "f.csv").read_text(encoding="utf-8-sig")
    assert not [secret for secret in SECRETS if secret in said]
    assert len(set(graph(done).objects())) >= 3


def test_a_decision_in_writing_lifts_them_and_is_told(tmp_path: Path) -> None:
    decided = [{**column, "odl:personsDecision": "依某法第 3 條公開；主任王某，115/11/29"} for column in PERSON_COLUMNS[1:]]
    file = written(tmp_path, "p.csv", PERSONS, tableSchema={"columns": [PERSON_COLUMNS[0], *decided]})
    done = run("lift", file, "--mode", "minimal")
    assert done.exit_code == 0
    assert "王小明" in done.stdout
    assert "依描述檔所載決定" in done.stderr


def test_a_person_in_a_text_is_left_out_and_told_and_not_quoted(tmp_path: Path) -> None:
    text = "id,remark\n1,請洽 wang.daming@example.org\n2,電話 02-23117722\n3,手機 0912-345-678\n4,無\n5,無\n"
    file = written(tmp_path, "p.csv", text)
    done = run("lift", file, "--mode", "minimal", "--findings", tmp_path / "f.csv")
    assert done.exit_code == 1
    said = done.output + (tmp_path / "f.csv").read_text(encoding="utf-8-sig")
    assert "wang" not in said
    assert "0912" not in said
    assert "02-23117722" in done.stdout
    assert "第 2 列" in done.stderr


def test_an_empty_file_is_no_faultless_one(tmp_path: Path) -> None:
    assert run("lift", written(tmp_path, "e.csv", "")).exit_code == 2


@pytest.mark.parametrize("where", ["aboutUrl", "valueUrl"])
def test_no_address_is_made_of_a_person(tmp_path: Path, where: str) -> None:
    columns = [dict(column) for column in PERSON_COLUMNS]
    columns[0][where] = SITE + "{who}"
    done = run("lift", written(tmp_path, "p.csv", PERSONS, tableSchema={"columns": columns}), "--mode", "minimal")
    assert (done.exit_code, done.stdout) == (2, "")
    assert not [secret for secret in SECRETS if secret in done.stderr]


def reference(table: Any, records: Sequence[DelimitedRecord], titles: list[list[str]]) -> list[bytes]:
    """Return the lines of minimal mode as the reference makes them, without the labels of blank nodes."""
    reading = annotated.of_records(table, titles, records)
    writer = rdf.CsvwWriter(minimal=True)
    return [line for row in reading.annotated().rows for line in writer.row("_:t", table.url, row)]


CELLS = st.one_of(st.sampled_from(["", "-", "1", "1.5", " 2 ", "a b", "x/y", "臺北", "2024-01-02", "a\"b", "{id}", "%41"]),
                  st.text(max_size=6))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_the_compiled_path_equals_the_reference(cells: list[tuple[str, str, str]]) -> None:
    document = {"@context": CSVW, "url": SITE + "t.csv", "tableSchema": {"aboutUrl": SITE + "{a}/{c}", "columns": [
        {"titles": "a", "name": "a", "valueUrl": SITE + "code/{a}"},
        {"titles": "b", "name": "b", "datatype": "decimal", "null": ["-", ""]},
        {"titles": "c", "name": "c", "lang": "zh-Hant", "aboutUrl": "#{+a}"},
        {"name": "kind", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "qb:Observation"},
        {"name": "of", "virtual": True, "propertyUrl": "dc:isPartOf", "valueUrl": "{+c}"}]}}
    table = metadata.load(document).table
    records = [DelimitedRecord(number, list(row)) for number, row in enumerate(cells, 2)]
    titles = [["a"], ["b"], ["c"]]
    reading = annotated.of_records(table, titles, records)
    compiled = lines.compiled(reading.table, {})
    assert compiled is not None
    made = compiled.block([record.cells for record in records], 1)
    for record, found in zip(records, made, strict=True):
        if found is not None:
            assert sorted(found.splitlines()) == sorted(reference(table, [record], titles))
            assert list(subjects.CompiledKey(reading.table, ["a", "b"]).values([(cell,) for cell in record.cells]))
    assert sum(found is not None for found in made) >= sum(row[1] in ("", "-", "1", "1.5") for row in cells)


def test_rows_without_address_are_as_many_nodes_as_there_are_rows_in_all_tables(tmp_path: Path) -> None:
    """The first rows of two tables are two things, whether a row is written the fast way or, with a fault, by the reference."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("level\n1\n2\nx\ny\n", encoding="utf-8")
    schema = {"columns": [{"titles": "level", "name": "level", "datatype": "decimal", "propertyUrl": SITE + "level"}]}
    document = {"@context": CSVW, "tables": [{"url": name, "tableSchema": schema} for name in ("a.csv", "b.csv")]}
    (tmp_path / "csv-metadata.json").write_text(json.dumps(document), encoding="utf-8")
    done = run("lift", tmp_path / "csv-metadata.json", "--mode", "minimal")
    assert len(set(graph(done).subjects())) == 8


TEXT = st.text(alphabet=st.sampled_from(list('ab,"\n\r \u3000#;\ufeff臺')), max_size=40)


@given(TEXT, st.booleans(), st.sampled_from([None, "#"]), st.sampled_from([0, 1]))
def test_a_file_is_split_alike_whole_and_in_pieces_and_by_the_standard_library(text: str, mark: bool, prefix: str | None,
                                                                               headers: int) -> None:
    dialect = Dialect(comment_prefix=prefix, header_row_count=headers)
    content = ("\ufeff" if mark else "").encode() + text.encode()
    wanted = parse(content.decode("utf-8-sig"), dialect)
    found = parse_file(lambda: io.BytesIO(content), dialect, "t.csv")
    assert (list(found.records), found.headers, found.comments) == (list(wanted.records), wanted.headers, wanted.comments)
