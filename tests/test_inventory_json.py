"""JSON records as tables: where they are found, how they are spelled, and that nothing is lost or breaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import flatten as flattening
from odlinked.sheets.encoding import CHUNK
from odlinked.sheets.tables import Row, Table

CAPS = ReadSettings()
TWO = '[{"名稱": "空氣", "代碼": 7}, {"名稱": "水質", "代碼": 8}]'
ROWS = [Row(1, ("空氣", "7")), Row(2, ("水質", "8"))]


def put(folder: Path, content: bytes | str, name: str = "a.json") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: object, caps: ReadSettings = CAPS) -> list[Table]:
    text = content if isinstance(content, str | bytes) else json.dumps(content, ensure_ascii=False)
    return inventory.read(put(folder, text), caps)


def only(folder: Path, content: object, caps: ReadSettings = CAPS) -> Table:
    tables = read(folder, content, caps)
    assert len(tables) == 1, tables
    return tables[0]


@pytest.mark.parametrize("content", [
    TWO, '{"result": ' + TWO + "}", '{"success": true, "payload": {"count": 2, "search_result": ' + TWO + "}}",
    TWO[1:-1].replace("}, ", "}\n"), TWO[1:-1].replace("}, ", "}\r\n\r\n") + "\n",
], ids=["array", "under-a-key", "deeper", "lines", "lines-crlf"])
def test_records_are_found(tmp_path: Path, content: str) -> None:
    table = only(tmp_path, content)
    assert table.headings == ("名稱", "代碼")
    assert list(table.rows()) == ROWS
    assert list(table.rows()) == ROWS, "each call starts anew"
    assert table.header_row == 0


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
def test_encodings(tmp_path: Path, codec: str) -> None:
    assert list(only(tmp_path, TWO.encode(codec)).rows()) == ROWS


def test_a_mark_inside_the_first_key_is_no_part_of_it(tmp_path: Path) -> None:
    assert only(tmp_path, b'\xef\xbb\xbf[{"\\ufeffsitename": "a", "\xef\xbb\xbfx": "b"}]').headings == ("sitename", "x")
    assert only(tmp_path, "\ufeff\ufeff" + TWO).headings == ("名稱", "代碼")


def test_values_keep_their_spelling(tmp_path: Path) -> None:
    row = next(iter(only(tmp_path, '[{"a":1.10,"b":1e3,"c":123456789012345678901234567890,"d":true,"e":false,"f":-0,"g":null,'
                                   '"h":" x ","i":NaN,"j":"\\u0000a\\ud800b␞"}]').rows()))
    assert row.cells == ("1.10", "1e3", "123456789012345678901234567890", "true", "false", "-0", "", " x ", "NaN", "ab ")


def test_objects_and_arrays_within_are_columns(tmp_path: Path) -> None:
    record = {"title": "t", "updateFrequency": {"Frequency": 1, "unittime": "月"}, "keyword": ["甲", "乙;丙"], "no": {},
              "non": [], "distribution": [{"url": "https://a.tw/?x=1;2", "format": "CSV",
                                             "field": [{"name": "p", "uri": "u"}, {"name": "q"}]},
                               {"url": "https://b.tw/", "field": [{"name": "r"}], "note": "\n"}, {"format": "XML"}]}
    table = only(tmp_path, {"help": "", "success": True, "result": record})
    cells = dict(zip(table.headings, next(iter(table.rows())).cells, strict=False))
    assert cells == {
        "title": "t", "updateFrequency.Frequency": "1", "updateFrequency.unittime": "月", "keyword": "甲␞乙;丙",
        "no": "", "non": "",
        "distribution.url": "https://a.tw/?x=1;2␞https://b.tw/␞", "distribution.format": "CSV␞␞XML",
        "distribution.field.name": "p␟q␞r␞", "distribution.field.uri": "u␟␞␞", "distribution.note": "␞\n␞",
    }
    assert (table.sheet, table.titles) == ("result", (Row(0, ("success", "true")),))


def test_an_empty_array_gives_way_to_what_others_have_there(tmp_path: Path) -> None:
    assert only(tmp_path, [{"a": 1, "d": []}, {"a": 2, "d": [{"u": "x"}]}]).headings == ("a", "d.u")
    assert only(tmp_path, [{"a": 1, "d": []}]).headings == ("a", "d")


def test_a_key_given_twice_is_two_columns(tmp_path: Path) -> None:
    table = only(tmp_path, '[{"a":"1","a ":"2","b":"3","a":"4"},{"d":[{"x":"5","x":"6"}]}]')
    assert table.headings == ("a", "a (2)", "b", "a (3)", "d.x", "d.x (2)")
    assert [row.cells for row in table.rows()] == [("1", "2", "3", "4"), ("", "", "", "", "5", "6")]
    first, second = read(tmp_path, '{"r":[{"a":1}],"r":[{"a":2},{"a":3}]}')
    assert (first.sheet, second.sheet) == ("r (2)", "r")


def test_the_place_of_a_record_is_its_number(tmp_path: Path) -> None:
    assert [row.number for row in only(tmp_path, [{}, {"a": 1}, None, {"a": " "}, {"a": 2}]).rows()] == [2, 5]
    assert [row.cells for row in only(tmp_path, [{"a": 1}, 5, ["x", "y"]]).rows()] == [("1",), ("", "5"), ("", "x␞y")]


def test_other_arrays_are_tables_too(tmp_path: Path) -> None:
    fields = [{"id": "a"}, {"id": "b"}]
    answer = {"total": "3", "fields": fields, "records": [{"a": i} for i in range(3)]}
    assert [(table.sheet, len(list(table.rows()))) for table in read(tmp_path, answer)] == [("records", 3), ("fields", 2)]


def test_forms_decide_what_is_the_record(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps({"result": {"title": "t", "distribution": [{"u": i} for i in range(40)]}}))
    assert [table.sheet for table in inventory.read(path, CAPS)] == ["result.distribution"]
    one = inventory.read(path, CAPS, None, lambda headings: len({"title", "distribution.u"} & set(headings)))
    assert [(table.sheet, table.headings) for table in one] == [("result", ("title", "distribution.u"))]


def test_an_error_answer_is_a_record_of_its_own(tmp_path: Path) -> None:
    assert only(tmp_path, {"success": False, "error": {"error_type": "ER0001", "message": "API Key"}}).headings == (
        "success", "error.error_type", "error.message")


@pytest.mark.parametrize(("content", "told"), [
    ('[{"a": 1},\n {"a" 2}]', "line 2, column 7: the colon after a key is missing"),
    ('[{"a": 1}\n {"a": 2}]', "line 2, column 2: a comma, or the closing bracket, is missing"),
    ('[{"a": 1}, {"a": "x', "line 1, column 18: a text is opened and never closed"),
    ('[{"a": 1}, {"a": ', "line 1, column 18: a value is missing"),
    ('[{"a": 1}, ', "line 1, column 12: a value is missing"),
    ('{"r": [{"a": 1}', "a comma, or the closing bracket, is missing"),
    ('{"a": 1,}', "a key in double quotes is missing"),
    ('[{"a": 1}] x', "line 1, column 12: more text stands after the end"),
    ('[{"a": 1}]\n[{"a": 1}]', "line 2, column 1: more text"),
    ("[]", "holds no record"), ('["a", "b"]', "holds no record"), ("{}", "holds no record"),
    ('[{"a":' + "[" * 99_999 + "]" * 99_999 + "}]", "deeper than 100 levels"),
    ('[{"a":' + "[" * 150 + "]" * 150 + "}]", "nested too deeply"),
    ('{"a":' * 400 + "1" + "}" * 400, "nested too deeply"),
    ('[{"' + "k" * 2000 + '": 1}]', "too long a path"),
    ("[" + ",".join(f'{{"k{i}":1}}' for i in range(20_000)) + "]", "columns; the cap is 16,384"),
    ('[{"d":[' + ",".join(f'{{"k{i}":1}}' for i in range(3_000)) + "]}]", "too many values"),
])
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(InputError) as problem:
        read(tmp_path, content)
    assert told in str(problem.value)
    assert "\n" not in str(problem.value)


def test_caps_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than 1 rows"):
        read(tmp_path, TWO, ReadSettings(max_rows=1))
    with pytest.raises(InputError, match="the cap is 10\\."):
        read(tmp_path, TWO.replace("代碼", "x"), ReadSettings(max_rows=1_000, max_bytes=10))
    with pytest.raises(InputError, match="reach to"):
        read(tmp_path, [{f"k{i}-{j}": 1 for j in range(99)} for i in range(9)], ReadSettings(max_rows=9))


def test_values_across_the_pieces_a_file_is_read_in(tmp_path: Path) -> None:
    """A text, a number and an escape that straddle the end of a piece, and a record of several pieces."""
    for shift in range(12):
        pad = "x" * (CHUNK - 40 - shift)
        records = [{"a": pad, "n": 1234567890123, "t": '空"\\水\n', "e": "\u0001é"}, {"a": "y" * (2 * CHUNK), "n": 5}, {"n": 6}]
        rows = list(only(tmp_path, json.dumps(records, ensure_ascii=bool(shift % 2))).rows())
        assert rows[0].cells == (pad, "1234567890123", '空"\\水\n', "é")
        assert [row.cells[1] for row in rows] == ["1234567890123", "5", "6"]
    number = "1" * (CHUNK + 5)
    assert next(iter(only(tmp_path, '{"r":{"n":' + number + "}}").rows())).cells == (number,)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=25)


def leaves(value: object) -> list[str]:
    """Return the texts that must come up somewhere."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value] if isinstance(value, str) and value.isalnum() else []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=5), min_size=1, max_size=6), st.booleans())
def test_no_record_is_lost(tmp_path: Path, records: list[dict[str, object]], ascii_only: bool) -> None:
    text = json.dumps(records, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        tables = inventory.read(put(tmp_path, text), CAPS)
    except InputError as problem:
        told = str(problem)
        assert "no record" in told or b"\xed" in text or not any(leaves(record) for record in records), told
        return
    rows = {row.number: row.cells for row in tables[0].rows()}
    for number, record in enumerate(records, 1):
        shown = "".join(rows.get(number, ()))
        assert all(leaf in shown for leaf in leaves(record)), (number, record)
    width = len(tables[0].headings)
    assert all(len(cells) <= width for cells in rows.values())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON, st.integers(0, 200), st.sampled_from(["", "}", "]", ",", '"', "\\", "\x00", "x", "{}", '{"a":1}']), st.booleans())
def test_wild_json_is_read_or_refused_in_one_line(tmp_path: Path, value: object, cut: int, more: str, whole: bool) -> None:
    text = json.dumps({"r": value}, ensure_ascii=True)
    text = text + more if whole else text[:cut] + more
    path = put(tmp_path, text or " ")
    try:
        tables = inventory.read(path, CAPS)
    except InputError:
        return
    assert all(len(row.cells) <= len(table.headings) for table in tables for row in table.rows())


def test_marks_are_one_a_level() -> None:
    assert flattening.flatten((("a", [["1", "2"], [["3", "4"]], [[["5", ["6", "7"]]]]]),)) == [("a", "1␟2␞3␝4␞5␜6␜7")]
