"""Fields and records of content: headers, keys, elements, columns; compared with what is described; values to the check."""

from __future__ import annotations

import datetime
import io
import json
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from odlinked.assets import Assets
from odlinked.evidence.inspection import codes as code_lists
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.observation import (
    ANSWER,
    Content,
    ContentObservation,
    Declared,
    DescribedField,
    Observation,
    PersonalColumn,
    StandardField,
)
from odlinked.evidence.statements import ntriples

CODES = code_lists.load(Assets())
SHARED = Path(__file__).parents[2] / "shared" / "data"
FORMAT = "http://publications.europa.eu/resource/authority/file-type/"
ROWS: list[list[Any]] = [["日期", "測站", "數值"], [datetime.date(2024, 1, 2), "基隆", 19],
                         [datetime.datetime(2024, 1, 3, 4, 5), "汐止", 1.5]]
TAKEN = [["2024-01-02", "基隆", "19"], ["2024-01-03T04:05:00", "汐止", "1.5"]]


class Check:
    """Keeps what it is given."""

    def __init__(self, *, wants: bool = True) -> None:
        self.wants = wants
        self.fields: list[str] = []
        self.rows: list[tuple[int, list[str]]] = []

    def begin(self, fields: Sequence[str]) -> bool:
        self.fields, self.rows = list(fields), []
        return self.wants

    def take(self, row_number: int, values: Sequence[str]) -> None:
        self.rows.append((row_number, list(values)))

    def outcome(self) -> tuple[StandardField, ...]:
        return (StandardField(self.fields[0], "https://example.org/standard", checked=len(self.rows)),) if self.fields else ()

    def personal(self) -> tuple[PersonalColumn, ...]:
        return ()

    def headless(self) -> bool:
        return False


def look(data: bytes | str, *described: str | DescribedField, check: Check | None = None) -> ContentObservation:
    raw = data.encode() if isinstance(data, str) else data
    fields = tuple(DescribedField(one) if isinstance(one, str) else one for one in described)
    return examine(Content(io.BytesIO(raw), len(raw)), Declared(fields=fields), check, codes=CODES)


# --- tables ---------------------------------------------------------------------------------------------------------


def test_csv_rows_are_records_not_lines() -> None:
    seen = look('名稱,說明\n甲,"第一行\n第二行"\n\n乙,"他說 ""好"""\n,\n')
    assert (seen.fields, seen.record_count, seen.ragged_rows) == (("名稱", "說明"), 2, 0)


def test_lines_before_the_header_are_passed_over() -> None:
    seen = look("臺北市統計表\n製表日期：113年\n\n年,人數,戶數\n111,1,2\n112,3,4\n", "年", "人數")
    assert (seen.fields, seen.record_count, seen.undescribed_fields) == (("年", "人數", "戶數"), 2, ("戶數",))
    # without any description it is the first row as filled as the others
    assert look("臺北市統計表\n\n年度,人數,戶數\n111,1,2\n112,3,4\n").fields == ("年度", "人數", "戶數")


def test_headings_repeated_blank_and_made_up() -> None:
    seen = look("Column1,名稱,,名稱\n1,2,3,4\n", "名稱")
    assert (seen.fields, seen.repeated_fields, seen.unnamed_fields) == (("Column1", "名稱"), ("名稱",), 1)


def test_a_table_without_a_header_has_no_fields() -> None:
    seen = look("1,25.03,121.5\n2,24.9,121.2\n", "站號", "緯度", "經度")
    assert (seen.fields, seen.missing_fields, seen.record_count) == ((), ("站號", "緯度", "經度"), 2)


def test_error_values_of_newer_programs_are_counted_in_text_as_in_workbooks() -> None:
    assert look("a,b\n#SPILL!,1\n2,#CALC!\n#hash,#1\n").error_cells == 2


def test_ragged_rows_and_error_cells_are_told() -> None:
    seen = look("a,b,c\n1,2,3\n1,2\n#REF!,#N/A,#hash\n1,2,3,4\n")
    assert (seen.ragged_rows, seen.first_ragged_rows, seen.error_cells, seen.record_count) == (2, (3, 5), 2, 4)


@pytest.mark.parametrize(("text", "count", "told"), [
    ('a,b\n1,"x"y\n2,z\n', 2, "record 2"),       # something behind a closing quote
    ('a,b\n1,"x\n2,y\n', 2, "record 2"),         # opened and never closed, but as text the rows are even
    ('a,b\n1,"x\n2,y,z\n', None, "record 2")])   # and here they are not
def test_broken_quotes_are_told_and_read_if_that_is_possible(text: str, count: int | None, told: str) -> None:
    seen = look(text, "a", "b")
    assert (seen.fields, seen.record_count, seen.missing_fields) == (("a", "b"), count, ())
    assert told in (seen.malformed or "")


def test_one_column_is_a_table_only_where_something_says_so() -> None:
    assert look("統一編號\n12345678\n", "統一編號").format == FORMAT + "CSV"
    assert look("統一編號\n12345678\n").format == FORMAT + "TXT"


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "described"), [
    ("ｓｉｔｅＮａｍｅ", "sitename"), ("Site Name", "SiteName"), ("台北", "臺北"), ("\ufeffsitename", "sitename"),
    ("測站(站名)", "測站"),
    ("測站（站名）", "站名"), ("站名", "sitename(站名)"), ("wind－speed", "wind-speed")])
def test_names_are_compared_folded(heading: str, described: str) -> None:
    seen = look(f"{heading},b\n1,x\n", described)
    assert (seen.missing_fields, seen.undescribed_fields) == ((), ("b",))


def test_a_short_description_is_a_second_name() -> None:
    field = DescribedField("sitename", description="測站名稱，公尺")
    assert look("測站名稱,b\n1,x\n", field).missing_fields == ()
    assert look("wind_speed,b\n1,x\n", "WindSpeed").missing_fields == ("WindSpeed",)


def test_nothing_described_is_not_compared() -> None:
    seen = look("a,b\n1,2\n")
    assert (seen.fields, seen.missing_fields, seen.undescribed_fields) == (("a", "b"), None, None)


# --- JSON -----------------------------------------------------------------------------------------------------------


def test_json_keys_are_those_of_all_records_nested_ones_a_level_deep() -> None:
    check = Check()
    seen = look('{"total": 2, "result": {"records": [{"a": 1.50, "b": {"c": true, "d": {"e": 1}}}, {"a": null, "f": "x"}]}}',
                "a", "c", "f", "g", check=check)
    assert (seen.fields, seen.record_count, seen.missing_fields) == (("a", "b.c", "b.d", "f"), 2, ("g",))
    assert check.rows == [(1, ["1.50", "true", "", ""]), (2, ["", "", "", "x"])]


def test_fields_are_not_missing_that_stand_around_the_records_or_deep_in_them() -> None:
    record = {"locationName": "基隆", "weatherElement": [{"elementName": "TEMP", "time": [{"value": "1"}]}]}
    envelope = {"success": "true", "records": {"issueTime": "a", "location": [record] * 2}}
    seen = look(json.dumps(envelope), "locationName", "issueTime", "elementName", "value", "nowhere")
    assert (seen.fields, seen.record_count, seen.missing_fields) == (("locationName", "weatherElement"), 2, ("nowhere",))
    xml = "<d><issueTime>a</issueTime><r><n>1</n><x><y><z>1</z></y></x></r><r><n>2</n></r></d>"
    assert look(xml, "issueTime", "n", "z", "q").missing_fields == ("q",)


def test_records_are_not_the_description_of_their_fields() -> None:
    fields = [{"id": name, "info": {"label": name}} for name in ("sitename", "county", "aqi")]
    seen = look(json.dumps({"fields": fields, "total": "1", "records": [{"sitename": "基隆", "county": "基隆市"}]}))
    assert (seen.fields, seen.record_count) == (("sitename", "county"), 1)


def test_geojson_fields_are_properties() -> None:
    features = [{"type": "Feature", "properties": {"名稱": "a"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}] * 3
    check = Check()
    seen = look(json.dumps({"features": features, "type": "FeatureCollection"}), check=check)
    assert (seen.format, seen.fields, seen.record_count) == (FORMAT + "GEOJSON", ("名稱",), 3)
    assert check.rows[0] == (1, ["a"])


@pytest.mark.parametrize(("text", "fields", "count"), [
    ('{"a": 1}\n{"a": 2, "b": 3}\n', ("a", "b"), 2), ("[]", None, 0), ('{"data": []}', None, 0), ("[1, 2, 3]", (), 3),
    ('{"name": "x", "at": {"lat": 1}}', ("name", "at.lat"), 1), ('[["1", "2"], ["3", "4"]]', (), 2)])
def test_json_shapes(text: str, fields: tuple[str, ...] | None, count: int) -> None:
    seen = look(text)
    assert (seen.fields, seen.record_count) == (fields, count)


def test_rows_of_arrays_may_begin_with_a_header() -> None:
    assert look('[["站名", "值"], ["基隆", "1"]]', "站名", "值").missing_fields == ()


def test_broken_json_tells_where() -> None:
    seen = look('[{"a": 1},\n{"a": 2]', "a", "b")
    assert (seen.format, seen.fields, seen.record_count) == (FORMAT + "JSON", None, None)
    assert "line 2" in (seen.malformed or "")


# --- XML ------------------------------------------------------------------------------------------------------------


def test_xml_record_is_the_repeated_element_not_the_one_within() -> None:
    record = "<station id='1'><name>a</name><values><value unit='x'>1</value><value unit='y'>2</value></values></station>"
    check = Check()
    seen = look(f"<data><head><field>x</field></head>{record * 4}</data>", "name", check=check)
    assert (seen.record_count, seen.missing_fields) == (4, ())
    assert set(seen.fields or ()) >= {"id", "name", "values.value"}
    assert check.rows[3] == (4, [{"id": "1", "name": "a"}.get(name, "1") for name in check.fields])


def test_xml_declaration_is_not_believed() -> None:
    xml = "<?xml version='1.0' encoding='utf-8'?><資料><列><測站>基隆</測站></列><列><測站>汐止</測站></列></資料>"
    seen = look(xml.encode("cp950"), "測站")
    assert (seen.encoding, seen.missing_fields, seen.record_count) == (CODES.charsets["Big5"], (), 2)
    assert look("<?xml version='1.0' encoding='big5'?><列><測站>1</測站></列>", "測站").missing_fields == ()


def test_kml_names_of_extended_data() -> None:
    place = ("<Placemark><name>a</name><ExtendedData><SchemaData><SimpleData name='面積'>3</SimpleData></SchemaData>"
             "<Data name='高度'><value>5</value></Data></ExtendedData><Point><coordinates>1,2</coordinates></Point></Placemark>")
    check = Check()
    seen = look(f"<kml><Document><name>x</name>{place * 2}</Document></kml>", "面積", "高度", "name", check=check)
    assert (seen.format, seen.record_count, seen.missing_fields) == (FORMAT + "KML", 2, ())
    assert dict(zip(check.fields, check.rows[1][1], strict=True)).items() >= {"name": "a", "面積": "3", "高度": "5"}.items()


def test_kmz_is_read_as_its_kml() -> None:
    place = "<Placemark><name>a</name><ExtendedData><Data name='高度'><value>5</value></Data></ExtendedData></Placemark>"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("images/a.png", b"\x89PNG\r\n\x1a\n")
        archive.writestr("doc.kml", f"<kml><Document>{place * 3}</Document></kml>")
    seen = look(held.getvalue(), "高度", "面積")
    assert (seen.format, seen.record_count, seen.missing_fields) == (FORMAT + "KMZ", 3, ("面積",))
    assert seen.packed_formats == (FORMAT + "PNG", FORMAT + "KML")


def test_broken_xml_tells_where() -> None:
    seen = look("<d><r><a>1</a></r>\n<r><a>1</b></r></d>", "a")
    assert (seen.format, seen.record_count, seen.missing_fields) == (FORMAT + "XML", None, ())
    assert "line 2" in (seen.malformed or "")


# --- workbooks and shapefiles ---------------------------------------------------------------------------------------


def xlsx(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("資料")  # behind a blank one
    for row in rows:
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def xls(rows: list[list[Any]]) -> bytes:
    book = xlwt.Workbook()
    book.add_sheet("空白")
    sheet = book.add_sheet("資料")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime.date):
                code = "YYYY-MM-DD HH:MM" if isinstance(value, datetime.datetime) else "YYYY-MM-DD"
                sheet.write(at, column, value, xlwt.easyxf(num_format_str=code))
            elif value is not None:
                sheet.write(at, column, value)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def ods(rows: list[list[Any]]) -> bytes:
    book = OpenDocumentSpreadsheet()
    table = Table(name="資料")
    book.spreadsheet.addElement(Table(name="空白"))
    book.spreadsheet.addElement(table)
    for values in rows:
        row = TableRow()
        table.addElement(row)
        for value in values:
            if isinstance(value, datetime.date):
                cell = TableCell(valuetype="date", datevalue=value.isoformat())
            elif isinstance(value, int | float):
                cell = TableCell(valuetype="float", value=value)
            else:
                cell = TableCell(valuetype="string")
            if value is not None:
                cell.addElement(P(text=str(value)))
            row.addElement(cell)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


BOOKS = {"XLSX": xlsx, "XLS": xls, "ODS": ods}


@pytest.mark.parametrize("kind", BOOKS)
def test_workbooks(kind: str) -> None:
    check = Check()
    seen = look(BOOKS[kind]([["監測資料"], *ROWS]), "日期", "測站", "風速", check=check)
    assert (seen.format, seen.encoding, seen.byte_order_mark) == (FORMAT + kind, None, None)
    assert (seen.fields, seen.missing_fields, seen.undescribed_fields) == (("日期", "測站", "數值"), ("風速",), ("數值",))
    assert (seen.record_count, seen.malformed) == (2, None)
    assert [row for _, row in check.rows] == TAKEN
    assert [number for number, _ in check.rows] == [3, 4]
    assert seen.standard_fields[0].checked == 2


def test_cells_of_a_workbook_need_not_say_where_they_are() -> None:
    sheet = ("<worksheet><sheetData><row><c t='inlineStr'><is><t>a</t></is></c><c/><c t='str'><v>b</v></c></row>"
             "<row><c><v>1</v></c><c><v>2.50</v></c><c r='C9' t='b'><v>1</v></c></row></sheetData></worksheet>")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
        archive.writestr("xl/workbook.xml", "<w xmlns:r='r'><x:sheet xmlns:x='m' r:id='a'/></w>")
        archive.writestr("xl/_rels/workbook.xml.rels", "<a xmlns='r'><Relationship Id='a' Target='/xl/s.xml'/></a>")
        archive.writestr("xl/s.xml", sheet)
    check = Check()
    seen = look(held.getvalue(), check=check)
    assert (seen.fields, seen.unnamed_fields, seen.record_count) == (("a", "b"), 1, 1)
    assert check.rows == [(2, ["1", "2.5", "TRUE"])]


def test_long_xls_texts_that_go_over_records() -> None:
    texts = [["說明", "編號"], *([f"{'很長的文字' * 300}{number}", number] for number in range(40))]
    check = Check()
    seen = look(xls(texts), check=check)
    assert seen.record_count == 40
    assert [row[0] for _, row in check.rows] == [row[0] for row in texts[1:]]


@pytest.mark.parametrize(("kind", "members"), [
    ("XLSX", {"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>", "xl/_rels/workbook.xml.rels": "<a/>"}),
    ("ODS", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"})])
def test_a_workbook_without_sheets_has_no_fields_to_miss(kind: str, members: dict[str, str]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    seen = look(held.getvalue(), "a")
    assert (seen.format, seen.fields, seen.missing_fields, seen.record_count) == (FORMAT + kind, None, None, None)
    assert "it has no" in (seen.malformed or "")


def test_a_workbook_with_a_password_is_told() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"\x01\x02")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    seen = look(held.getvalue())
    assert (seen.format, seen.fields, seen.malformed) == (FORMAT + "ODS", None, "it wants a password")


def dbf(names: list[bytes], rows: list[list[bytes]], width: int = 12) -> bytes:
    head = b"".join(name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([width]) + bytes(15) for name in names)
    start = 32 + len(head) + 1
    lines = b"".join(b" " + b"".join(cell.ljust(width) for cell in row) for row in rows)
    sizes = struct.pack("<IHH", len(rows), start, 1 + width * len(names))
    return b"\x03\x18\1\1" + sizes + bytes(20) + head + b"\r" + lines + b"\x1a"


@pytest.mark.parametrize("codec", ["utf-8", "cp950"])
def test_shapefiles(codec: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("圖/a.SHP", b"\0\0\x27\x0a" + bytes(96))
        archive.writestr("圖/a.shx", b"\0\0\x27\x0a" + bytes(96))
        rows = [["基隆".encode(codec), b"1.5"], ["汐止".encode(codec), b"2"]]
        archive.writestr("圖/a.dbf", dbf(["站名".encode(codec), b"AREA"], rows))
    check = Check()
    seen = look(held.getvalue(), "站名", "面積", check=check)
    assert (seen.format, seen.fields, seen.missing_fields, seen.record_count) == (FORMAT + "SHP", ("站名", "AREA"), ("面積",), 2)
    assert seen.encoding == CODES.charsets["UTF-8" if codec == "utf-8" else "Big5"]
    assert check.rows == [(1, ["基隆", "1.5"]), (2, ["汐止", "2"])]


@pytest.mark.parametrize("data", [
    "a,b\n1,2\n", '[{"a": 1, "b": 2}]', "<d><r><a>1</a><b>2</b></r></d>", xls([["a", "b"], [1, 2]])])
@pytest.mark.parametrize("wants", [True, False])
def test_values_go_to_a_check_that_wants_them(data: bytes | str, wants: bool) -> None:
    check = Check(wants=wants)
    assert look(data, check=check).record_count == 1
    assert check.fields == ["a", "b"]
    assert [row for _, row in check.rows] == ([["1", "2"]] if wants else [])


def _damaged(data: bytes, random: Random) -> bytes:
    held = bytearray(data)
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(held))
        step = random.choice([1, 2, 20])
        any_byte, repeated = bytes([random.randrange(256)]), held[max(0, at - 30):at]
        held[at:at + step] = random.choice([b"", b"\xff\xff", b"\0", b"99", any_byte, repeated])
    return bytes(held)


def test_damaged_workbooks_never_raise() -> None:
    random = Random(4)
    books = [make([["監測資料"], *ROWS] * 3) for make in (xlsx, ods)]
    old = xls([["監測資料"], *ROWS] * 3)
    for _ in range(250):
        look(_damaged(old, random) or b"x", "日期", check=Check())
        book = random.choice(books)
        with zipfile.ZipFile(io.BytesIO(book)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = random.choice([name for name in members if name.endswith((".xml", ".rels"))])
        members[name] = _damaged(members[name], random)
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        look(held.getvalue(), "日期", check=Check())
        look(_damaged(held.getvalue(), random) or b"x", "日期")


def test_what_was_seen_is_stated() -> None:
    seen = look("a,a,,c\n1,#REF!,3,4\n1\n\ufffd,2,3,4\n", "b")
    stated = ntriples(Observation("http://a", ANSWER + "answered", datetime.datetime.now(datetime.UTC), seen), "http://q#visit").decode()
    for fact in ('repeatedField> "a"', 'unnamedFields> "1"', 'raggedRows> "1"', 'raggedRow> "3"', 'errorCells> "1"',
                 'missingField> "b"', 'replacementCharacters> "1"', 'observedRecordCount> "3"', "file-type/CSV>"):
        assert fact in stated


# --- real data ------------------------------------------------------------------------------------------------------


def _real(name: str, *described: str) -> ContentObservation:
    path = SHARED / name
    if not path.is_file():
        pytest.skip("the reference material is not beside the checkout")
    return look(path.read_bytes(), *described)


@pytest.mark.shared
def test_air_quality_json_has_its_mark_inside_a_key() -> None:
    described = ("SiteName", "County", "AQI", "PM2.5", "PublishTime", "WindSpeed")
    seen = _real("moenv/aqx_p_432_2024-10.json", *described)
    assert (seen.format, seen.record_count, seen.byte_order_mark) == (FORMAT + "JSON", 85, True)
    assert seen.missing_fields == ("WindSpeed",)  # it is wind_speed today
    assert (seen.fields or ())[0] == "sitename"
    table = _real("moenv/aqx_p_432_2024-10.csv", *described)
    assert (table.format, table.record_count, table.byte_order_mark) == (FORMAT + "CSV", 85, True)
    assert table.fields == seen.fields


@pytest.mark.shared
def test_generating_units() -> None:
    table = _real("moea/taipower_genary_2024-09-04_2350.tsv", "能源別", "機組名稱")
    assert (table.format, table.record_count, table.missing_fields) == (FORMAT + "TSV", 211, ())
    # the JSON has the same 211 rows as arrays: no key says what a value is
    keyless = _real("moea/taipower_genary_2024.json", "能源別", "機組名稱")
    assert (keyless.format, keyless.record_count, keyless.fields) == (FORMAT + "JSON", 211, ())
    assert keyless.missing_fields == ("能源別", "機組名稱")


@pytest.mark.shared
def test_records_that_differ_are_united() -> None:
    seen = _real("moea/taipower_loadpara_2024.json", "curr_load", "real_hr_peak_time")
    assert (seen.record_count, seen.missing_fields, len(seen.fields or ())) == (4, (), 17)


@pytest.mark.shared
def test_the_national_list() -> None:
    seen = _real("catalog/datagovtw_catalog_2026-03_slim.csv", "資料集識別碼", "提供機關")
    assert (seen.format, seen.record_count, seen.ragged_rows, seen.missing_fields) == (FORMAT + "CSV", 52_547, 0, ())
    assert _real("catalog/datagovtw_export_22col_sample.csv").record_count == 16


# --- what is not read -----------------------------------------------------------------------------------------------


def _book(kind: str, *sheets: list[list[Any]]) -> bytes:
    held = io.BytesIO()
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for number, rows in enumerate(sheets):
            sheet = book.active if number == 0 else book.create_sheet()
            for one in rows:
                sheet.append(one)
        book.save(held)
    elif kind == "xls":
        old = xlwt.Workbook()
        for number, rows in enumerate(sheets):
            page = old.add_sheet(f"s{number}")
            for at, one in enumerate(rows):
                for column, value in enumerate(one):
                    page.write(at, column, value)
        old.save(held)
    else:
        text = OpenDocumentSpreadsheet()
        for number, rows in enumerate(sheets):
            table = Table(name=f"s{number}")
            for one in rows:
                line = TableRow()
                for value in one:
                    cell = TableCell()
                    cell.addElement(P(text=str(value)))
                    line.addElement(cell)
                table.addElement(line)
            text.spreadsheet.addElement(table)
        text.save(held)
    return held.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_tables_of_further_worksheets_are_told_as_not_read(kind: str) -> None:
    table = [["日期", "數值"], ["20260302", "1"]]
    seen = look(_book(kind, [], table, table, [["說明"], ["本表每月更新"]], [], [*table, *table]), "日期", "數值")
    assert (seen.fields, seen.record_count, seen.unread_tables) == (("日期", "數值"), 1, 2)
    assert look(_book(kind, table, [["說明"], ["一"], ["二"]])).unread_tables is None
