"""Tables of .docx and .odt documents are read like sheets: each table and cell by its place, and nothing beside the text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import pytest
from click.testing import CliRunner
from odf.opendocument import OpenDocumentText
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.errors import InputError
from odlinked.intake.bindings import bind
from odlinked.mapping import forms, known_headings
from odlinked.publishing.publish import Publisher
from odlinked.settings import ReadSettings, Settings
from odlinked.sheets import tables
from odlinked.validation.inventories import check
from odlinked.web.app import create

HEADS = ("序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
         "國家環境保護計畫分類", "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註")
KNOWN = known_headings.knowledge(forms.load_all(Assets()))
Grid = Sequence[Sequence[str]]


def row(number: int, code: str, month: str = "114年5月") -> tuple[str, ...]:
    texts = ("大氣環境司", "各測站逐時測值", "環境", "空氣", "11", month, "王小明", "02-5555-0100", "")
    return (str(number), "新增", f"空氣品質{number}", code, *texts)


def word(path: Path, *parts: str | Grid) -> Path:
    document = docx.Document()
    for part in parts:
        if isinstance(part, str):
            document.add_paragraph(part)
            continue
        table = document.add_table(rows=0, cols=len(part[0]))
        for cells in part:
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text
    document.save(str(path))
    return path


def opendocument(path: Path, *parts: str | Grid) -> Path:
    document = OpenDocumentText()
    for part in parts:
        if isinstance(part, str):
            document.text.addElement(P(text=part))
            continue
        table = Table()
        for cells in part:
            line = TableRow()
            for text in cells:
                cell = TableCell()
                for paragraph in text.split("\n"):
                    cell.addElement(P(text=paragraph))
                line.addElement(cell)
            table.addElement(line)
        document.text.addElement(table)
    document.save(str(path))
    return path


WRITERS: dict[str, Callable[..., Path]] = {"docx": word, "odt": opendocument}
both = pytest.mark.parametrize("kind", WRITERS)


def read(path: Path) -> list[tables.Table]:
    return inventory.read(path, ReadSettings(), known=KNOWN)


def changed(path: Path, part: str, *swaps: tuple[str, str]) -> Path:
    """Change the text of a part of a package."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == part:
                text = data.decode("utf-8")
                for before, after in swaps:
                    assert re.search(before, text), before
                    text = re.sub(before, after, text, count=1)
                data = text.encode("utf-8")
            out.writestr(info.filename, data)
    path.write_bytes(target.getvalue())
    return path


@both
def test_a_table_is_read_and_its_faults_told_by_table_row_and_column(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path / f"annex.{kind}", "附件：環境部政府開放資料盤點表", "日期：114年3月1日",
                         [("說明", "請勿填寫"), ("甲", "乙")], "一、一般開放資料盤點表",
                         [HEADS, row(1, "aqx_p_1"), row(2, "aqx_p_2", "114年13月")], "承辦人：王小明　主管：李大華")
    found = read(path)
    assert [(one.sheet, one.header_row, len(list(one.rows()))) for one in found] == [("Table1", 1, 1), ("Table2", 1, 2)]
    assert found[1].headings == HEADS
    report, notes = check([path], None, None, Settings(), lambda _stage, _done: None)
    assert ("Table2", 3, "J") in {(one.sheet, one.row, one.column) for one in report.findings}
    assert any("Table1" in note for note in notes)
    assert not any("王小明" in one.value or "李大華" in one.value for one in report.findings)
    assert not any("王小明" in note or "李大華" in note for note in notes)


@both
def test_a_list_cut_where_a_page_ends_is_one_list(kind: str, tmp_path: Path) -> None:
    """With its headings repeated or not; a table of another width, or after other text, is another one."""
    path = WRITERS[kind](tmp_path / f"cut.{kind}", [HEADS, row(1, "a_1")], "", [row(2, "a_2"), row(3, "a_3")],
                         [HEADS, row(4, "a_4")], "另表", [("甲", "乙"), ("1", "2")])
    found = [one for one in read(path) if one.headings]
    assert [one.sheet for one in found] == ["Table1", "Table2", "Table3", "Table4"]
    assert [[cells.cells[3] for cells in one.rows()] for one in found[:3]] == [["a_1"], ["a_2", "a_3"], ["a_4"]]
    assert [one.number for one in found[1].rows()] == [1, 2]
    assert found[3].headings == ("甲", "乙")
    assert len(bind(path, path.name, None, Settings(), Assets()).tables) == 3


def test_merged_cells_of_word_count_for_each_row_and_head_their_columns(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=4, cols=3)
    for place, text in ((0, "單位"), (1, "標章"), (4, "金"), (5, "銀"), (6, "水利署"), (7, "3"), (8, "1"), (10, "4"), (11, "2")):
        table.cell(*divmod(place, 3)).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 0).merge(table.cell(3, 0))
    document.save(str(tmp_path / "merged.docx"))
    (found,) = inventory.read(tmp_path / "merged.docx", ReadSettings())
    assert found.headings == ("單位", "標章 金", "標章 銀")
    assert [one.cells for one in found.rows()] == [("水利署", "3", "1"), ("水利署", "4", "2")]


def test_merged_cells_of_an_opendocument_text_do_too(tmp_path: Path) -> None:
    def cell(text: str, **spans: int) -> Any:
        made = TableCell(**spans)
        made.addElement(P(text=text))
        return made

    document, table = OpenDocumentText(), Table()
    for cells in ((cell("單位", numberrowsspanned=2), cell("標章", numbercolumnsspanned=2), CoveredTableCell()),
                  (CoveredTableCell(), cell("金"), cell("銀")),
                  (cell("水利署", numberrowsspanned=2), cell("3"), cell("1")), (CoveredTableCell(), cell("4"), cell("2"))):
        line = TableRow()
        for one in cells:
            line.addElement(one)
        table.addElement(line)
    document.text.addElement(table)
    document.save(str(tmp_path / "merged.odt"))
    (found,) = inventory.read(tmp_path / "merged.odt", ReadSettings())
    assert found.headings == ("單位", "標章 金", "標章 銀")
    assert [one.cells for one in found.rows()] == [("水利署", "3", "1"), ("水利署", "4", "2")]


def test_a_table_within_a_cell_is_refused_by_name(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(1, 1).add_table(rows=1, cols=1)
    document.save(str(tmp_path / "nested.docx"))
    with pytest.raises(InputError, match=r"nested\.docx, Table1.*within a cell of another, at B2"):
        read(tmp_path / "nested.docx")
    text, outer, line, cell = OpenDocumentText(), Table(), TableRow(), TableCell()
    cell.addElement(Table())
    line.addElement(cell)
    outer.addElement(line)
    text.text.addElement(outer)
    text.save(str(tmp_path / "nested.odt"))
    with pytest.raises(InputError, match="within a cell of another, at A1"):
        read(tmp_path / "nested.odt")


def test_what_a_revision_deleted_is_not_read_and_what_it_added_is(tmp_path: Path) -> None:
    path = word(tmp_path / "revised.docx", [("名稱", "數量"), ("雨量", "1"), ("水位", "2"), ("刪去", "3")])
    changed(path, "word/document.xml",
            ("<w:r><w:t>雨量</w:t></w:r>", '<w:ins w:id="1" w:author="a"><w:r><w:t>新雨量</w:t></w:r></w:ins>'
             '<w:del w:id="2" w:author="a"><w:r><w:delText>雨量</w:delText></w:r></w:del>'
             '<w:moveFrom w:id="3" w:author="a"><w:r><w:t>移走</w:t></w:r></w:moveFrom>'),
            ("<w:r><w:t>水位</w:t></w:r>", "<w:sdt><w:sdtContent><w:r><w:t>水位</w:t></w:r></w:sdtContent></w:sdt>"),
            (r"<w:tr>(?=(?:(?!<w:tr>).)*刪去)", '<w:tr><w:trPr><w:del w:id="4" w:author="a"/></w:trPr>'))
    (found,) = inventory.read(path, ReadSettings())
    assert [one.cells for one in found.rows()] == [("新雨量", "1"), ("水位", "2")]


def test_rows_within_a_content_control_are_rows(tmp_path: Path) -> None:
    """python-docx does not see them."""
    path = word(tmp_path / "control.docx", [("名稱", "數量"), ("雨量", "1"), ("水位", "2")])
    changed(path, "word/document.xml",
            (r"(?s)(<w:tr>(?:(?!<w:tr>).)*水位.*?</w:tr>)", r"<w:sdt><w:sdtContent>\1</w:sdtContent></w:sdt>"))
    (found,) = inventory.read(path, ReadSettings())
    assert [one.cells for one in found.rows()] == [("雨量", "1"), ("水位", "2")]
    assert len(docx.Document(str(path)).tables[0].rows) == 2


@both
def test_a_document_that_is_not_safe_or_has_no_table_gets_one_line(kind: str, tmp_path: Path) -> None:
    part = "word/document.xml" if kind == "docx" else "content.xml"
    path = WRITERS[kind](tmp_path / f"plain.{kind}", "沒有表格的公文")
    with pytest.raises(InputError, match="the document has no table"):
        read(path)
    path = WRITERS[kind](tmp_path / f"bomb.{kind}", [("名稱", "數量"), ("雨量", "1")])
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    changed(path, part, (r"\A(<\?xml.*?\?>)", rf"\1{bomb}"), ("雨量", "&b;"))
    with pytest.raises(InputError, match="declares a document type"):
        read(path)
    path = WRITERS[kind](tmp_path / f"large.{kind}", [("名稱", "數量"), ("雨量", "1")])
    changed(path, part, ("雨量", "雨" * 20_000_000))
    with pytest.raises(InputError, match="times its size"):
        read(path)
    whole = WRITERS[kind](tmp_path / f"half.{kind}", [("名稱", "數量"), ("雨量", "1")]).read_bytes()
    (tmp_path / f"half.{kind}").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(InputError):
        read(tmp_path / f"half.{kind}")
    path = WRITERS[kind](tmp_path / f"wide.{kind}", [("名稱", "數量"), ("雨量", "1")])
    with pytest.raises(InputError, match="max_columns"):
        inventory.read(path, ReadSettings(max_columns=1))


@both
def test_a_document_is_checked_by_the_service_in_its_cage(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path / f"annex.{kind}", "一、一般開放資料盤點表", [HEADS, row(1, "aqx_p_1", "114年13月")])
    web = create(Releases(Workspace(Path("/nowhere"))), Settings()).test_client()
    answer = web.post("/validate?format=json", data={"file": (io.BytesIO(path.read_bytes()), path.name)})
    assert answer.status_code == 200, answer.text
    assert ("Table1", 2, "J") in {(one["sheet"], one["row"], one["column"]) for one in answer.get_json()["findings"]}
    page = web.post("/validate", data={"file": (io.BytesIO(path.read_bytes()), path.name)}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "J2" in page.text


@both
def test_a_document_is_published_and_not_marked_or_mended(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path / f"annex.{kind}", "一、一般開放資料盤點表", [HEADS, row(1, "aqx_p_1"), row(2, "aqx_p_2")])
    done = Publisher(Workspace(tmp_path / "var"), Settings()).publish([path], "moenv")
    assert (done.rows, done.added > 1, done.held) == (2, True, 0)
    for option in ("--annotate", "--fix"):
        told = CliRunner().invoke(main, ["validate", str(path), option, str(tmp_path / "out.xlsx")])
        assert told.exit_code == 2
        assert {"docx": "a Word document", "odt": "an OpenDocument text"}[kind] in told.output
        assert not (tmp_path / "out.xlsx").exists()
