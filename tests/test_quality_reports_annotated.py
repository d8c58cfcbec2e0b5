"""The annotated workbook: opened again it says what it said, carries comments at the faulty cells, and nothing else moved."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from click.testing import CliRunner
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from odlinked import api, inventory
from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.errors import InputError
from odlinked.findings import Finding
from odlinked.quality import annotated
from odlinked.quality.report import Checked, Report
from odlinked.quality.shapes import Profile
from odlinked.settings import ReadSettings

pytestmark = pytest.mark.filterwarnings("ignore:.*not supported and will be removed")
"""What openpyxl says it would lose is why the package is edited instead."""

EXAMPLES = Path(__file__).parents[1] / "examples"
MOST = 100 << 20
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
                    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


def finding(cell: str, rule: str = "M02-title", sheet: str | None = "清單", member: int = 0, severity: str = "") -> Finding:
    column, row = re.fullmatch(r"([A-Z]*)(\d*)", cell).groups()  # type: ignore[union-attr]
    found = profile().by_name[rule]
    return Finding(rule, severity or found.severity, value="內容", member=member, column=column, heading="欄位", file="書.xlsx",
                   sheet=sheet, row=int(row or 0), messages=found.messages,
                   suggestions={"zh-Hant": "一\n二", "en": "one\ntwo"})


def report(*findings: Finding, header: int = 1) -> Report:
    return Report.of(profile(), [Checked("書.xlsx", findings[0].sheet if findings else "清單", {"zh-Hant": "表"}, 3,
                                         header_row=header)], findings)


def annotate(source: bytes, *findings: Finding, language: str = "zh-Hant", header: int = 1) -> bytes:
    made = io.BytesIO()
    annotated.annotate(io.BytesIO(source), made, report(*findings, header=header), "書.xlsx", language, MOST)
    assert ill_formed(made.getvalue()) <= ill_formed(source)
    return made.getvalue()


def ill_formed(package: bytes) -> set[str]:
    """Return the parts that a strict parser refuses."""
    found = set()
    for name, content in parts(package).items():
        try:
            if name.endswith((".xml", ".rels", ".vml")):
                ElementTree.fromstring(content)
        except ElementTree.ParseError:
            found.add(name)
    return found


def parts(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(package: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts(package).items():
            new = change(name, content)
            if new is not None:
                archive.writestr(name, new)
    return made.getvalue()


def replaced(package: bytes, part: str, old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        assert old in content
        return content.replace(old, new)

    return repacked(package, change)


def rich() -> bytes:
    """A workbook with what clerks' workbooks have and libraries lose."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "red"})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    dark = book.add_format({"bg_color": "#1F4E78", "font_color": "white", "bold": True, "border": 1})
    sheet, other = book.add_worksheet("清單"), book.add_worksheet("It's 其他")
    sheet.set_column("A:A", 30)
    sheet.set_column("F:F", 12, book.add_format({"italic": True}))
    sheet.set_row(6, 33, book.add_format({"bg_color": "yellow"}))
    for column, heading in enumerate(("編號", "名稱", "單位", "日期", "小計")):
        sheet.write(0, column, heading, dark)
    for row in range(1, 5):
        sheet.write_number(row, 0, row)
        sheet.write_rich_string(row, 1, "有", bold, "粗", red, "紅", "字")
        sheet.write_datetime(row, 3, __import__("datetime").datetime(2026, row, 1), date)
        sheet.write_formula(row, 4, f"=A{row + 1}*2", None, row * 2)
    sheet.merge_range("C2:C4", "合併的單位", bold)
    sheet.write_comment("B3", "原有的註解", {"author": "王小明"})
    sheet.write_comment("E9", "又一個")
    sheet.data_validation("D2:D9", {"validate": "list", "source": ["甲", "乙"]})
    sheet.conditional_format("A2:A9", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("A2:A9", {"type": "icon_set", "icon_style": "3_traffic_lights"})
    sheet.add_sparkline("G2", {"range": "A2:A5"})
    sheet.insert_image("H2", "一.png", {"image_data": io.BytesIO(PNG)})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=清單!$A$2:$A$5"})
    sheet.insert_chart("H10", chart)
    sheet.add_table("J1:K3", {"columns": [{"header": "x"}, {"header": "y"}]})
    sheet.write_url("A12", "https://example.org/?a=1&b=2")
    sheet.freeze_panes(1, 0)
    sheet.set_header("&C機關名稱")
    sheet.insert_button("M2", {"caption": "鈕"})
    sheet.protect()
    book.define_name("範圍", "=清單!$A$1:$A$5")
    other.write("A1", "另一張")
    other.insert_textbox("C3", "文字方塊")
    other.hide()
    book.set_properties({"title": "標題", "author": "作者"})
    book.set_custom_property("文號", "院授環字第 1 號")
    book.close()
    return made.getvalue()


def same_but_marked(before: Worksheet, after: Worksheet) -> Iterator[str]:
    """Yield the cells that differ in fill; whatever else differs fails."""
    for row in range(1, max(before.max_row, after.max_row) + 1):
        for column in range(1, max(before.max_column, after.max_column) + 1):
            old, new = before.cell(row, column), after.cell(row, column)
            assert old.value == new.value
            for what in ("data_type", "number_format", "font", "border", "alignment", "protection"):
                assert repr(getattr(old, what)) == repr(getattr(new, what))
            assert (old.hyperlink and old.hyperlink.target) == (new.hyperlink and new.hyperlink.target)
            if repr(old.fill) != repr(new.fill):
                yield new.coordinate


RICH = (finding("B3"), finding("C3", "M03-publisher"), finding("D4", "M04-description-length"), finding("F7"),
        finding("K30", member=2), finding("B1", "M01-identifier"), finding("B", "M06-theme"),
        finding("5", "M12-change-status"), finding("", "M15-contact"),
        finding("B3", "U13-issued", member=3))
TOUCHED = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml",
           "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"}


def test_a_rich_workbook_keeps_every_other_part_and_cell() -> None:
    source = rich()
    made = annotate(source, *RICH)
    before, after = parts(source), parts(made)
    assert {name for name in before if before[name] != after[name]} == TOUCHED
    assert set(after) - set(before) == {"xl/worksheets/sheet3.xml"}
    assert list(after)[:len(before)] == list(before)
    old, new = (openpyxl.load_workbook(io.BytesIO(package), rich_text=True) for package in (source, made))
    assert new.sheetnames == [*old.sheetnames, "檢核結果"]
    assert set(same_but_marked(old["清單"], new["清單"])) == {"A5", "B1", "B3", "C2", "D4", "F7", "K30"}
    assert not list(same_but_marked(old["It's 其他"], new["It's 其他"]))
    sheets = old["清單"], new["清單"]
    for what in ("merged_cells", "freeze_panes", "sheet_state", "tables"):
        assert str(getattr(sheets[0], what)) == str(getattr(sheets[1], what))
    validations, widths, heights = (
        [[str(d.sqref) for d in sheet.data_validations.dataValidation] for sheet in sheets],
        [{key: d.width for key, d in sheet.column_dimensions.items()} for sheet in sheets],
        [{key: d.height for key, d in sheet.row_dimensions.items() if d.height} for sheet in sheets])
    assert validations[0] == validations[1] != []
    assert widths[0] == widths[1]
    assert heights[0] == heights[1] == {7: 33.0}
    assert list(old.defined_names) == list(new.defined_names)


def test_only_the_style_number_of_faulty_cells_changes_in_a_sheet() -> None:
    """With empty cells, the styles of the marked ones and the hints on extents taken out, both texts are one."""
    texts = []
    for package in (rich(), annotate(rich(), *RICH)):
        text = parts(package)["xl/worksheets/sheet1.xml"].decode()
        text = re.sub(r'<c r="\w+" s="\d+"/>|<dimension [^>]*>| spans="[^"]*"', "", text)
        text = re.sub(r'(<c r="(?:A5|B1|B3|C2|D4)"[^>]*?) s="\d+"', r"\1", text)
        texts.append(re.sub(r'<row r="30"></row>', "", text).replace("></row>", "/>"))
    assert texts[0] == texts[1]
    assert 's="' in texts[0]


def test_comments_stand_at_the_cells_and_say_what_to_do() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(annotate(rich(), *RICH)))["清單"]
    said = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert set(said) == {"A5", "B1", "B3", "C2", "D4", "E9", "F7", "K30"}
    assert said["E9"].endswith("又一個")
    assert "原有的註解" in said["B3"]
    assert said["B3"].index("原有的註解") < said["B3"].index("【錯誤】請填寫資料集名稱。\n→ 一\n→ 二\n(M02-title)")
    assert "第 3 項：" in said["B3"]
    assert said["C2"].startswith("【錯誤】（第 3 列）")
    assert said["D4"].startswith("【警告】")
    assert "M01-identifier" in said["B1"]
    assert "M06-theme" in said["B1"]
    assert sheet["B3"].comment.author == "王小明"
    assert sheet["D4"].comment.author == "odlinked"
    english = openpyxl.load_workbook(io.BytesIO(annotate(rich(), finding("D4"), language="en")))
    assert english.sheetnames[-1] == "Findings"
    assert english["清單"]["D4"].comment.text.startswith("[ERROR] ")


def test_the_drawing_has_a_box_for_every_comment() -> None:
    made = parts(annotate(rich(), *RICH))
    drawing = made["xl/drawings/vmlDrawing1.vml"].decode()
    boxes = [(int(row), int(column)) for row, column in re.findall(r"<x:Row>(\d+)</x:Row>\s*<x:Column>(\d+)</x:Column>", drawing)]
    comments = re.findall(r'<comment ref="([A-Z]+)(\d+)"', made["xl/comments1.xml"].decode())
    assert len(boxes) == len(comments) == len(set(boxes)) == 8
    identities = re.findall(r'id="_x0000_s(\d+)"', drawing)
    assert len(identities) == len(set(identities)) == 9, "eight comments and a button"
    blocks = {int(n) for n in re.search(r'idmap[^>]*data="([\d,]+)"', drawing)[1].split(",")}  # type: ignore[index]
    assert {int(n) // 1024 for n in identities} <= blocks
    assert '<o:idmap v:ext="edit" data="1,2"' in drawing


def test_dark_headings_are_painted_dark() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(annotate(rich(), *RICH)))["清單"]
    assert sheet["B1"].fill.start_color.rgb == "FFC00101"
    assert sheet["B3"].fill.start_color.rgb == "FFFFC8CF"
    assert sheet["D4"].fill.start_color.rgb == "FFFFEB9D"
    assert sheet["F7"].alignment.horizontal is None


def test_the_list_links_to_every_cell() -> None:
    book = openpyxl.load_workbook(io.BytesIO(annotate(rich(), *RICH)))
    sheet = book["檢核結果"]
    rows = [row for row in sheet.iter_rows(min_row=6) if row[0].value]
    assert len(rows) == len(RICH)
    links = {row[0].value: row[0].hyperlink.location for row in rows if row[0].hyperlink}
    assert links["C3"] == "'清單'!C2"
    assert links["K30 第 2 項"] == "'清單'!K30"
    assert links["A5"] == "'清單'!A5"
    assert [row[0].value for row in rows if not row[0].hyperlink] == ["整個檔案"]
    assert {row[2].value for row in rows} == {"錯誤", "警告"}
    assert annotated.sheet_name("檢核結果", ["檢核結果", "檢核結果 2"]) == "檢核結果 3"
    assert len(annotated.sheet_name("長" * 40, ["長" * 31])) == 31


def test_a_sheet_without_comments_gets_them() -> None:
    book = openpyxl.Workbook()
    book.active.title = "清單"
    book.active.append(["編號", "名稱"])
    packed = io.BytesIO()
    book.save(packed)
    made = annotate(packed.getvalue(), finding("B2"), finding("AA1"))
    files = parts(made)
    assert b'Extension="vml"' in files["[Content_Types].xml"]
    assert files["xl/worksheets/sheet1.xml"].index(b"<legacyDrawing") > files["xl/worksheets/sheet1.xml"].index(b"pageMargins")
    sheet = openpyxl.load_workbook(io.BytesIO(made))["清單"]
    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment} == {"B2", "AA1"}


MENDED = (finding("C3", "M03-publisher"), finding("B1", "M02-title"), finding("D3"))


@pytest.mark.parametrize("saved", [False, True], ids=["as we wrote it", "saved by another program"])
def test_a_marked_workbook_that_was_mended_is_marked_anew(saved: bool) -> None:
    marked = annotate(rich(), *RICH)
    if saved:
        marked = resaved(marked)
    again = openpyxl.load_workbook(io.BytesIO(annotate(marked, *MENDED)))
    fresh = openpyxl.load_workbook(io.BytesIO(annotate(resaved(rich()) if saved else rich(), *MENDED)))
    assert again.sheetnames == fresh.sheetnames == ["清單", "It's 其他", "檢核結果"]
    assert list(same_but_marked(fresh["清單"], again["清單"])) == ["F7"], "an empty cell that was made shows what its row shows"
    assert again["清單"]["F7"].fill.start_color.rgb == "FFFFFF00"
    assert list(again["檢核結果"].values) == list(fresh["檢核結果"].values)
    told = [{cell.coordinate: cell.comment.text for row in book["清單"].iter_rows() for cell in row if cell.comment}
            for book in (again, fresh)]
    assert told[0] == told[1]
    assert set(told[0]) == {"B1", "B3", "C2", "D3", "E9"}
    clean = openpyxl.load_workbook(io.BytesIO(annotate(marked)))
    assert {cell.coordinate for row in clean["清單"].iter_rows() for cell in row if cell.comment} == {"B3", "E9"}
    assert clean["清單"]["B3"].comment.text.endswith("原有的註解")
    assert clean["清單"]["B1"].fill.start_color.rgb == "FF1F4E78"


def resaved(package: bytes) -> bytes:
    """Return a workbook that another program has loaded and saved: styles and texts have other numbers, parts other names."""
    made = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(package)).save(made)
    return made.getvalue()


def test_marks_are_known_without_an_author_and_a_sheet_of_that_name_is_left_alone() -> None:
    marked = annotate(rich(), *RICH)
    nameless = replaced(marked, "xl/comments1.xml", b"<author>odlinked</author>", b"<author></author>")
    clean = openpyxl.load_workbook(io.BytesIO(annotate(nameless)))["清單"]
    assert {cell.coordinate for row in clean.iter_rows() for cell in row if cell.comment} == {"B3", "E9"}
    book = openpyxl.Workbook()
    book.active.title = "檢核結果"
    book.active["A1"] = "承辦人自己的"
    packed = io.BytesIO()
    book.save(packed)
    again = openpyxl.load_workbook(io.BytesIO(annotate(annotate(packed.getvalue()), finding("A1", sheet="檢核結果"))))
    assert again.sheetnames == ["檢核結果", "檢核結果 2"]
    assert again["檢核結果"]["A1"].value == "承辦人自己的"


def test_boxes_of_comments_taken_off_are_gone() -> None:
    again = parts(annotate(annotate(rich(), *RICH), *MENDED))["xl/drawings/vmlDrawing1.vml"].decode()
    boxes = re.findall(r"<x:Row>(\d+)</x:Row>\s*<x:Column>(\d+)</x:Column>", again)
    assert sorted(boxes) == sorted([("2", "1"), ("8", "4"), ("0", "1"), ("1", "2"), ("2", "3")])
    assert again.count("<v:shape ") == 6, "five comments and a button"


def by_openpyxl() -> bytes:
    """A workbook as openpyxl writes it: its drawings of comments bind the prefixes ns0, ns1, ns2."""
    book = openpyxl.Workbook()
    sheet, other = book.active, book.create_sheet("另一張")
    sheet.title = "清單"
    for column, heading in enumerate(("編號", "名稱", "單位", "日期"), 1):
        sheet.cell(1, column, heading)
    for cell in ("B3", "E9"):
        sheet[cell].comment = Comment("<有> & \"註解\"", "承辦 & 人")
    other["A1"].comment = Comment("別張", "別人")
    valid = DataValidation(type="list", formula1='"甲,乙"')
    valid.add("D2:D9")
    sheet.add_data_validation(valid)
    red = PatternFill("solid", fgColor="FF0000")
    sheet.conditional_formatting.add("A2:A9", CellIsRule(operator="equal", formula=["1"], fill=red))
    sheet.add_chart(BarChart(), "H2")
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def drawn_by_others(head: bytes, tail: bytes = b"</xml>") -> Callable[[], bytes]:
    """Return what makes openpyxl's workbook with a drawing of comments that begins and ends otherwise."""
    def change(name: str, content: bytes) -> bytes:
        return head + tail if name == "xl/drawings/commentsDrawing1.vml" else content

    return lambda: repacked(by_openpyxl(), change)


_OFFICE = b'xmlns:o="urn:schemas-microsoft-com:office:office"'


@pytest.mark.parametrize("made", [
    by_openpyxl, rich, lambda: resaved(rich()),
    drawn_by_others(b'<xml xmlns:v="urn:schemas-microsoft-com:vml" ' + _OFFICE + b">\r\n<o:shapelayout v:ext='edit'>"
                    b"<o:idmap v:ext='edit' data='1'/></o:shapelayout>", b"\r\n</xml>\r\n"),
    drawn_by_others(b"<xml xmlns:o='urn:schemas-microsoft-com:vml' xmlns:x='urn:other'>"),
    drawn_by_others(b"<v:xml xmlns:v='urn:schemas-microsoft-com:vml'/>", b""),
], ids=["openpyxl", "xlsxwriter", "xlsxwriter, saved by openpyxl", "other quotes", "prefixes crossed", "one tag"])
def test_every_part_is_well_formed_and_every_comment_has_its_box(made: Callable[[], bytes]) -> None:
    once = annotate(made(), finding("B3"), finding("C3"), finding("D4"))
    twice = annotate(once, finding("B3"), finding("D3"))
    for package, fresh in ((once, {"C2", "D4"} if "合併" in str(worksheet(once)["C2"].value) else {"C3", "D4"}), (twice, {"D3"})):
        sheet = worksheet(package)
        assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment} == {"B3", "E9", *fresh}
        assert fresh <= boxes(package)
        assert not ill_formed(package)
    assert not ({"C2", "C3", "D4"} & boxes(twice)), "boxes of comments taken off"


def worksheet(package: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(package))["清單"]


def boxes(package: bytes) -> set[str]:
    """Return the cells that have a box in a drawing of comments, by the names that namespaces give."""
    excel, found = "{urn:schemas-microsoft-com:office:excel}", set()
    for name, content in parts(package).items():
        for data in ElementTree.fromstring(content).iter(f"{excel}ClientData") if name.endswith(".vml") else ():
            row, column = data.findtext(f"{excel}Row"), data.findtext(f"{excel}Column")
            if row is not None and column is not None:
                found.add(f"{get_column_letter(int(column) + 1)}{int(row) + 1}")
    return found


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_the_list_of_an_earlier_check_is_no_table_of_the_clerks(language: str, tmp_path: Path) -> None:
    marked = tmp_path / "marked.xlsx"
    source = str(EXAMPLES / "moenv-inventory-2026.xlsx")
    CliRunner().invoke(main, ["validate", source, "--annotate", str(marked), "--lang", language])
    first, again = (CliRunner().invoke(main, ["validate", file, "--format", "csv"]) for file in (source, str(marked)))
    assert again.exit_code == 1
    assert "left out" not in again.stderr
    assert again.stdout.replace("marked.xlsx", "moenv-inventory-2026.xlsx") == first.stdout
    done = CliRunner().invoke(main, ["publish", str(marked), "--source", "moenv", "--workspace", str(tmp_path / "var")])
    assert (done.exit_code, done.stderr) == (1, "")
    assert "the findings of an earlier check" in CliRunner().invoke(main, ["read", str(marked)]).stdout


def test_cells_and_rows_of_sparse_sheets_are_found_and_made() -> None:
    """Rows and cells without names, prefixed elements, single tags: as other programs write them."""
    book = openpyxl.Workbook()
    book.active.title = "清單"
    packed = io.BytesIO()
    book.save(packed)
    body = (b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            b'<x:dimension ref="A1:B2"/><x:cols><x:col min="3" max="4" width="9" style="0"/></x:cols><x:sheetData>'
            b'<x:row><x:c><x:v>1</x:v></x:c><x:c/></x:row><x:row r="4" spans="1:2"/><x:row r="6">'
            b'<x:c r="B6" t="inlineStr"><x:is><x:t>a &gt; b</x:t></x:is></x:c><x:c><x:v>3</x:v></x:c>'
            b"</x:row></x:sheetData><x:tableParts count='0'/></x:worksheet>")
    source = repacked(packed.getvalue(), lambda name, content: body if name == "xl/worksheets/sheet1.xml" else content)
    made = annotate(source, *(finding(cell) for cell in ("A1", "B1", "C1", "D4", "A4", "C2", "C6", "A6", "Z9")))
    sheet = openpyxl.load_workbook(io.BytesIO(made))["清單"]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment and cell.fill.fill_type == "solid"}
    assert marked == {"A1", "B1", "C1", "D4", "A4", "C2", "C6", "A6", "Z9"}
    assert {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None} == {
        "A1": 1, "B6": "a > b", "C6": 3}
    text = parts(made)["xl/worksheets/sheet1.xml"].decode()
    assert re.findall(r'<x:row(?: r="(\d+)")?', text) == ["", "2", "4", "6", "9"]
    assert 'ref="A1:Z9"' in text
    assert 'spans="1:4"' in text
    assert text.index("<x:legacyDrawing") < text.index("<x:tableParts")


def test_a_conversation_is_left_alone() -> None:
    source = rich()
    thread = (b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
              b'<threadedComment ref="B3" dT="2026-01-01T00:00:00.00" personId="{1}" id="{2}"><text>?</text></threadedComment>'
              b"</ThreadedComments>")
    relation = (b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
                b'Target="../threadedComments/t.xml"/></Relationships>')
    source = replaced(source, "xl/worksheets/_rels/sheet1.xml.rels", b"</Relationships>", relation)
    packed = io.BytesIO(source)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("xl/threadedComments/t.xml", thread)
    book = openpyxl.load_workbook(io.BytesIO(annotate(packed.getvalue(), *RICH)))
    assert "M02-title" not in book["清單"]["B3"].comment.text
    assert book["清單"]["B3"].fill.start_color.rgb == "FFFFC8CF"
    assert "清單：有對話的儲存格（只標色，問題見本表）：B3" in [row[0].value for row in book["檢核結果"].iter_rows()]


def test_what_strangers_write_is_only_text() -> None:
    strange = "=1+1 <b>&amp;\x00\x0b\ud800 ]]> _x0041_\r\n\u202e"
    found = finding("B3")
    hostile = Finding(**{**found.__dict__, "value": strange, "heading": strange, "suggestions": {"zh-Hant": strange}})
    book = openpyxl.load_workbook(io.BytesIO(annotate(rich(), hostile)))
    cell = next(cell for row in book["檢核結果"].iter_rows() for cell in row if "1+1" in str(cell.value))
    assert cell.data_type in ("s", "inlineStr")
    assert cell.value.startswith("=1+1 <b>&amp;\ufffd\ufffd\ufffd ]]> _x")
    assert "=1+1 <b>&amp;" in book["清單"]["B3"].comment.text


@pytest.mark.parametrize(("change", "told"), [
    (lambda p: replaced(p, "[Content_Types].xml", b"sheet.main+xml", b"sheet.macroEnabled.main+xml"), "macros"),
    (lambda p: replaced(p, "_rels/.rels", b"schemas.openxmlformats.org/officeDocument/2006",
                        b"purl.oclc.org/ooxml/officeDocument"),
     "Strict"),
    (lambda p: replaced(p, "xl/worksheets/sheet1.xml", b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet"),
     "document type"),
    (lambda p: replaced(p, "xl/worksheets/sheet1.xml", b"</sheetData>", b""), "not well-formed"),
    (lambda p: replaced(p, "xl/styles.xml", b"cellXfs", b"cellYfs"), "has no cellXfs"),
    (lambda p: replaced(p, "xl/worksheets/sheet1.xml", b"spreadsheetml/2006/main", b"elsewhere"), "known kind"),
    (lambda p: p[:500], "broken"),
    (lambda p: repacked(p, lambda name, content: None if name == "[Content_Types].xml" else content), "no .xlsx"),
])
def test_what_cannot_come_back_whole_is_refused_by_name(change: Callable[[bytes], bytes], told: str) -> None:
    broken = change(rich())
    with pytest.raises(InputError, match=told) as caught:
        annotate(broken, *RICH)
    assert "書.xlsx" in caught.value.line()
    assert caught.value.next_step


def test_signed_and_macro_workbooks_are_refused() -> None:
    for part, told in (("_xmlsignatures/sig1.xml", "signed"), ("xl/vbaProject.bin", "macros")):
        packed = io.BytesIO(rich())
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr(part, b"x")
        with pytest.raises(InputError, match=told):
            annotate(packed.getvalue(), *RICH)


def test_same_input_same_bytes() -> None:
    source = rich()
    assert annotate(source, *RICH) == annotate(source, *RICH)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["validate", *arguments], catch_exceptions=False)
    return done.exit_code, done.output


def test_the_command_annotates_the_example(tmp_path: Path) -> None:
    source, out = EXAMPLES / "moenv-inventory-2026.xlsx", tmp_path / "out.xlsx"
    code, told = run(str(source), "--annotate", str(out))
    assert code == 1
    assert "錯誤 9、警告 3" in told
    old, new = openpyxl.load_workbook(source), openpyxl.load_workbook(out)
    marked = [f"{sheet.title}!{cell}" for sheet in old for cell in same_but_marked(sheet, new[sheet.title])]
    assert len(marked) == 12
    assert "大氣環境司!J16" in marked
    assert new["大氣環境司"]["J16"].value == "115年13月"
    assert "U13-issued" in new["大氣環境司"]["J16"].comment.text
    caps = ReadSettings()
    read = [[(t.sheet, t.headings, t.header_row, list(t.rows())) for t in inventory.read(path, caps)] for path in (source, out)]
    assert read[1][:len(read[0])] == read[0]
    before, after = parts(source.read_bytes()), parts(out.read_bytes())
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml"}


def test_several_files_go_to_a_folder_and_csv_becomes_a_workbook(tmp_path: Path) -> None:
    names = ("moenv-inventory-2026.xlsx", "moenv-inventory-climate-big5-2026.csv")
    code, _ = run(*(str(EXAMPLES / name) for name in names), "--annotate", str(tmp_path / "out"))
    assert code == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "moenv-inventory-2026.xlsx", "moenv-inventory-climate-big5-2026.xlsx"]
    book = openpyxl.load_workbook(tmp_path / "out" / "moenv-inventory-climate-big5-2026.xlsx")
    sheet = book.worksheets[0]
    rows = list(inventory.every_row(EXAMPLES / names[1], names[1], ReadSettings()))
    shown = {row[0].row: tuple(cell.value or "" for cell in row) for row in sheet.iter_rows() if any(c.value for c in row)}
    assert {number: cells.rstrip() if isinstance(cells, str) else cells for number, cells in shown.items()} == {
        row.number: (*row.cells, *[""] * (sheet.max_column - len(row.cells))) for row in rows}
    assert any(cell.comment for row in sheet.iter_rows() for cell in row)
    assert all(cell.number_format == "@" for row in sheet.iter_rows() for cell in row if cell.value)


def test_an_opendocument_spreadsheet_is_marked_as_a_workbook_of_its_texts(tmp_path: Path) -> None:
    source = EXAMPLES / "moenv-inventory-resources-2026.ods"
    run(str(source), "--annotate", str(tmp_path / "out.xlsx"))
    found = api.validate([source])[0].findings
    places = {(one.sheet, f"{one.column}{one.row}") for one in found if one.row and one.column}
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    marked = {(sheet.title, cell.coordinate) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row
              if cell.comment}
    assert places
    assert places == marked


@pytest.mark.parametrize(("source", "aim", "told"), [
    ("data-gov-tw-list.json", "out.xlsx", "no cells"),
    ("moenv-inventory-2026.xlsx", "out.csv", "is an .xlsx"),
])
def test_what_is_not_annotated_is_told(source: str, aim: str, told: str, tmp_path: Path) -> None:
    code, said = run(str(EXAMPLES / source), "--annotate", str(tmp_path / aim))
    assert code == 2
    assert told in said
    assert not list(tmp_path.iterdir())


def test_the_clerks_file_is_never_written_over(tmp_path: Path) -> None:
    own = tmp_path / "own.xlsx"
    own.write_bytes((EXAMPLES / "moenv-inventory-2026.xlsx").read_bytes())
    before = own.read_bytes()
    code, said = run(str(own), "--annotate", str(own))
    assert code == 2
    assert "written over" in said
    assert own.read_bytes() == before


@pytest.mark.parametrize("seed", range(40))
def test_spoilt_parts_are_refused_or_come_back_well_formed(seed: int) -> None:
    draw = Random(seed)
    package = draw.choice((rich(), annotate(rich(), *RICH)))
    name = draw.choice([name for name in parts(package) if name.endswith((".xml", ".rels", ".vml"))])
    data = bytearray(parts(package)[name])
    for _ in range(draw.randint(1, 3)):
        at, piece = draw.randrange(len(data)), draw.randrange(len(data))
        data[at:at + draw.randint(0, 12)] = draw.choice((
            b"<", b">", b"&", b'"', b"99999999999999999999", b' r="A0"', b"<row/>", b"\x00", b"]]>", b"</t>",
            data[piece:piece + 9]))
    spoilt = repacked(package, lambda part, content: bytes(data) if part == name else content)
    try:
        made = parts(annotate(spoilt, *RICH))
    except InputError:
        return
    for part, content in made.items():
        if part != name and part.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
