"""The annex: the ministry's three tables with all units, filled by hand and read again, printed, and without what is internal."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from builders.national_list import row, write
from builders.site import SETTINGS
from click.testing import CliRunner

from odlinked.assets import Assets, bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.errors import SettingsError
from odlinked.intake.bindings import bind
from odlinked.mapping.forms import title
from odlinked.publishing.publish import Publisher
from odlinked.reporting.annex import Annex
from odlinked.reporting.annex_workbook import AnnexBook, AnnexSheet
from odlinked.reporting.blank import find
from odlinked.reporting.export import Export
from odlinked.reporting.form_copy import PublishedRecords
from odlinked.reporting.units import file_name
from odlinked.settings import ReportSettings, Settings

DAY = date(2026, 3, 31)
EXAMPLES = bundled() / "examples"
CASES = Path(__file__).parent / "cases" / "mapping"
TABLES = {
    "一、一般開放資料": ("moenv-open", 14), "二、依申請提供": ("moenv-on-request", 5), "三、不予提供": ("moenv-withheld", 5),
}
"""The sheets, the form each is read on, and how many records of the example stand in each (one is in two files)."""

CONDITIONS = "使用條件：1.收費（請補充收費基準資料）2.限制利用（請補充說明）3.其他限制條件授權利用（請填寫說明）"
HEADS = {
    "一、一般開放資料": [
        "序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
        "國家環境保護計畫分類", "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註"],
    "二、依申請提供": [
        "序號", "資料集名稱", CONDITIONS, "資料申請網址", "實質效益", "提供單位", "開放年月", "承辦人", "聯絡電話／電子郵件",
        "備註"],
    "三、不予提供": [
        "序號", "資料集名稱", CONDITIONS, "資料申請網址", "提供單位", "不予提供資料之法令依據或理由", "開放年月", "承辦人",
        "聯絡電話／電子郵件", "備註"],
}
"""The headings of the environment ministry's annex."""


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with inventories of all three tables."""
    workspace = Workspace(tmp_path_factory.mktemp("ministry") / "var")
    publisher = Publisher(workspace, SETTINGS)
    for source, name in (("annex", "annex-2026.xlsx"), ("bilingual", "bilingual-2026.csv"), ("resources", "resources-2026.ods")):
        publisher.publish([EXAMPLES / f"moenv-inventory-{name}"], source)
    return workspace


@pytest.fixture(scope="module")
def written(ministry: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("annex") / "annex.xlsx"
    done = Annex(ministry, SETTINGS, DAY).save(target)
    assert (done.written, done.same, done.differing) == (24, 24, [])
    return target


def rows(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[list[str]]:
    """Return the rows with a name, as texts."""
    lines = [["" if cell is None else str(cell) for cell in line] for line in sheet.iter_rows(min_row=5, values_only=True)]
    return [line for line in lines if line[1] and line[0].isdecimal()]


def test_each_table_has_the_ministry_s_headings_and_all_units(written: Path) -> None:
    book = openpyxl.load_workbook(written)
    assert book.sheetnames == list(TABLES)
    for sheet in book:
        heads = [str(cell.value).replace("\n", "") for cell in sheet[4] if cell.value]
        assert heads[:len(HEADS[sheet.title])] == HEADS[sheet.title]
        assert sheet["A1"].value == "環境部政府開放資料盤點表"
        assert str(sheet["A3"].value).startswith("日期：115年3月31日")
        found = rows(sheet)
        assert [line[0] for line in found] == [str(number) for number in range(1, TABLES[sheet.title][1] + 1)]
    units = [line[4] for line in rows(book["一、一般開放資料"])]
    assert list(dict.fromkeys(units)) == ["大氣環境司", "資源循環署"], "in the order of the ministry's plan"
    assert [line[2] for line in rows(book["二、依申請提供"])][1].split("\n") == [
        "1.收費：依規費法第10條訂定，每年資料新臺幣1,000元", "2.限制利用：限學術研究與空氣污染防制規劃"]


def test_filled_by_hand_and_read_again_it_is_the_same_documents(ministry: Workspace, written: Path, tmp_path: Path) -> None:
    """A clerk writes names into the column of persons, adds a row below, and hands the file in."""
    book = openpyxl.load_workbook(written)
    for sheet in book:
        heads = [str(cell.value) for cell in sheet[4]]
        clerk = heads.index("承辦人") + 1
        for line in range(5, 5 + TABLES[sheet.title][1]):
            sheet.cell(line, clerk, "王小明")
    sheet = book["一、一般開放資料"]
    added = ("15", "新增", "河川揚塵監測", "rdm_p_01", "大氣環境司", "各測站之河川揚塵濃度。", "公共資訊", "環境品質", "11",
             "115年6月", "王小明", "02-5555-0100#6001", "官網：空氣品質監測網")
    for column, text in enumerate(added, 1):
        sheet.cell(19, column, text)
    book.save(tmp_path / "handed-in.xlsx")
    again = Workspace(tmp_path / "var")
    Publisher(again, SETTINGS).publish([tmp_path / "handed-in.xlsx"], "annex")
    for name, (form, number) in TABLES.items():
        export = Export(again, form, SETTINGS, None, lambda _stage, _done: None).save(tmp_path / f"{form}.csv")
        assert (export.written, export.differing) == (number + (name == "一、一般開放資料"), [])
    before, after = documents(ministry), documents(again)
    assert set(after) - set(before) == {"rdm_p_01"}
    assert len(after) == 25
    assert {name for name in after if name in before and after[name] != before[name]} == set()
    assert "王小明" not in "".join("".join(lines) for lines in after.values())


def documents(workspace: Workspace) -> dict[str, frozenset[str]]:
    """Return the statements of all datasets by the last part of their IRI, without what only other files carry."""
    records = PublishedRecords(workspace, SETTINGS, "testing")
    chosen = [entry for iri, entry in records.entries.items() if "/id/dataset/" in iri and entry.state != "gone"]
    other = (b"mailWithheld", b"notCarried", b"#resource", b"dcat#distribution", b"maybeSameAs")
    return {one.iri.rpartition("/")[2]: frozenset(line.decode() for line in one.lines if not any(path in line for path in other))
            for one in records.documents(chosen)}


MOEA_HEADS = {
    "預計開放資料集一覽表": ["序號", "機關名稱", "資料集名稱", "資料集描述", "主要欄位說明", "服務分類", "更新頻率", "檔案格式",
                   "預計開放日期"],
    "依申請提供資料盤點表": ["序號", "機關名稱", "資料集名稱", "授權內容", "計費說明", "收費法規依據", "資料申請網址", "備註"],
    "不予提供資料盤點表": ["序號", "機關名稱", "資料集名稱", "不予提供之法令依據", "不予提供說明"],
}
"""The headings of the economics ministry's tables."""

MOEA_FORMS = {"預計開放資料集一覽表": "moea-planned", "依申請提供資料盤點表": "moea-on-request",
              "不予提供資料盤點表": "moea-withheld"}


def test_the_economics_ministry_s_annex_filled_by_hand_is_the_same_documents(tmp_path: Path) -> None:
    """Both ministries publish here; each annex has its own units. A clerk adds a row to each table, and hands all three in."""
    workspace = Workspace(tmp_path / "var")
    publisher = Publisher(workspace, SETTINGS)
    for form in MOEA_FORMS.values():
        publisher.publish([CASES / form / "table.csv"], "moea-" + form)
    publisher.publish([EXAMPLES / "moenv-inventory-annex-2026.xlsx"], "moenv")
    books = {}
    for name in ("moea-planned", "moea"):
        done = CliRunner().invoke(main, ["report", "--kind", "annex", "--ministry", name, "--as-of", "2026-03-31", "--workspace",
                                         str(workspace.root), "--output", str(tmp_path / f"{name}.xlsx")])
        assert done.exit_code == 0, done.output
        books[name] = openpyxl.load_workbook(tmp_path / f"{name}.xlsx")
    assert [sheet.title for book in books.values() for sheet in book] == list(MOEA_HEADS)
    added = {
        "預計開放資料集一覽表": ["9", "礦務局", "砂石產量", "各縣市產量。", "county(縣市)", "公共資訊", "每1月", "CSV",
                       "115年11月"],
        "依申請提供資料盤點表": ["9", "礦務局", "礦業權圖", "限自用", "每幅500元", "規費法第10條", "https://a.example/mine"],
        "不予提供資料盤點表": ["9", "礦務局", "申請人個人資料", "個人資料保護法第16條", "含申請人姓名"],
    }
    count = 0
    for sheet in (sheet for book in books.values() for sheet in book):
        heads = [str(cell.value) for cell in sheet[4] if cell.value]
        assert heads[:len(MOEA_HEADS[sheet.title])] == MOEA_HEADS[sheet.title]
        found = rows(sheet)
        assert {line[1].removeprefix("經濟部") for line in found} <= {
            "水利署", "商業司", "能源局", "礦務局", "工業局", "中央地質調查所"}, "no unit of the other ministry"
        assert not [cell for line in found for cell in line if cell.startswith("20")], "days are of the Republic's years"
        count += len(found)
        for column, text in enumerate(added[sheet.title], 1):
            sheet.cell(5 + len(found), column, text)
    assert count == 9
    before = documents(workspace)
    again = Workspace(tmp_path / "again")
    for name, book in books.items():
        book.save(tmp_path / "handed-in.xlsx")
        Publisher(again, SETTINGS).publish([tmp_path / "handed-in.xlsx"], name)
    after = documents(again)
    assert len(after) == count + len(added)
    assert {name for name in after if name in before and after[name] != before[name]} == set()
    assert len(set(after) - set(before)) == len(added), "the others are those that were published"
    Annex(workspace, SETTINGS, DAY).save(tmp_path / "moenv.xlsx")
    units = {line[HEADS[sheet.title].index("提供單位")] for sheet in openpyxl.load_workbook(tmp_path / "moenv.xlsx")
             for line in rows(sheet)}
    assert not [unit for unit in units if "經濟部" in unit]


def test_only_the_ministry_s_own_units_stand_in_its_annex(tmp_path: Path) -> None:
    """A body that no list has is nobody's, unless it is on a ministry's own table; units of withheld data alone are named."""
    workspace = Workspace(tmp_path / "var")
    publisher = Publisher(workspace, SETTINGS)
    withheld = "政府資訊公開法第18條第1項第7款,營業秘密"
    (tmp_path / "withheld.csv").write_text(
        f"序號,機關名稱,資料集名稱,不予提供之法令依據,不予提供說明\n1,經濟部甲乙小組,密一,{withheld}\n2,某某協會,密二,{withheld}\n",
        encoding="utf-8")
    publisher.publish([tmp_path / "withheld.csv"], "withheld")
    publisher.publish([write(tmp_path / "list.csv", row(7, 提供機關="財團法人無名協會"), row(8, 提供機關="環境部"))], "national")
    told, units, files = {}, {}, {}
    for ministry, place in (("moea", 1), ("moenv", 4)):
        run = ["report", "--kind", "annex", "--ministry", ministry, "--as-of", "2026-03-31", "--workspace", str(workspace.root)]
        done = CliRunner().invoke(main, [*run, "--output", str(tmp_path / f"{ministry}.xlsx")])
        told[ministry] = done.output
        units[ministry] = {line[place] for sheet in openpyxl.load_workbook(tmp_path / f"{ministry}.xlsx")
                           for line in sheet.iter_rows(min_row=5, values_only=True) if line[place]}
        CliRunner().invoke(main, [*run, "--by", "unit", "--output", str(tmp_path / ministry)])
        files[ministry] = {path.stem.removeprefix("annex-2026-03-31-") for path in (tmp_path / ministry).iterdir()}
    opened = openpyxl.load_workbook(tmp_path / "moenv.xlsx")["一、一般開放資料"]["J5"].value
    assert re.fullmatch(r"\d{2,3}年\d+月\d+日 \d\d:\d\d:\d\d", str(opened)), "of the Republic's years, read again as it was"
    assert units == files == {"moea": {"經濟部甲乙小組", "某某協會"}, "moenv": {"環境部"}}
    assert ["whose they are: 1 (財團法人無名協會)." in text for text in told.values()] == [True, True]


def test_a_ministry_without_an_annex_is_told(ministry: Workspace) -> None:
    with pytest.raises(SettingsError, match="there is no annex of 'mof'"):
        Annex(ministry, SETTINGS, DAY, ministry="mof")


def test_a_file_for_each_unit_holds_its_own_datasets(ministry: Workspace, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", "--kind", "annex", "--by", "unit", "--as-of", "2026-03-31",
                                     "--workspace", str(ministry.root), "--output", str(tmp_path / "units")])
    assert done.exit_code == 0, done.output
    files = {path.name for path in (tmp_path / "units").iterdir()}
    assert "annex-2026-03-31-環境部大氣環境司.xlsx" in files or "annex-2026-03-31-大氣環境司.xlsx" in files
    names = set()
    for path in (tmp_path / "units").iterdir():
        book = openpyxl.load_workbook(path)
        units = {line[HEADS[sheet.title].index("提供單位")] for sheet in book for line in rows(sheet)}
        assert len(units) == 1
        names |= units
    assert len(names) == len(files) >= 5


def test_names_of_files_lead_nowhere_and_are_each_its_own() -> None:
    taken: set[str] = set()
    names = [file_name("annex", DAY, unit, taken) for unit in (
        ("資訊中心", "https://x/id/organization/1"), ("資訊中心", "https://x/id/organization/2"), ("../../etc", "https://x/3"),
        ("甲/乙\u200b:*?", "https://x/4"), ("", "https://x/5"))]
    assert names == ["annex-2026-03-31-資訊中心.xlsx", "annex-2026-03-31-資訊中心-2.xlsx", "annex-2026-03-31-etc.xlsx",
                     "annex-2026-03-31-甲_乙.xlsx", "annex-2026-03-31-none.xlsx"]


def test_one_for_the_public_has_nothing_that_is_withheld(ministry: Workspace, tmp_path: Path) -> None:
    Annex(ministry, SETTINGS, DAY, public=True).save(tmp_path / "public.xlsx")
    book = openpyxl.load_workbook(tmp_path / "public.xlsx")
    assert rows(book["三、不予提供"]) == []
    assert "內部" not in str(book["三、不予提供"]["A3"].value)
    whole = " ".join(str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line)
    assert "陳核中" not in whole, "what is not approved yet is not public"


def test_the_order_of_units_is_a_setting_and_the_bytes_are_the_same(ministry: Workspace, written: Path, tmp_path: Path) -> None:
    turned = Settings(SETTINGS.catalog, publish=SETTINGS.publish, report=ReportSettings(units=("資源循環署", "大氣環境司")))
    Annex(ministry, turned, DAY).save(tmp_path / "turned.xlsx")
    units = [line[4] for line in rows(openpyxl.load_workbook(tmp_path / "turned.xlsx")["一、一般開放資料"])]
    assert list(dict.fromkeys(units)) == ["資源循環署", "大氣環境司"]
    Annex(ministry, SETTINGS, DAY).save(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == written.read_bytes()


def every_column(path: Path) -> Path:
    """Write data on request as the economics ministry lists it, with a text in every column that its form has."""
    form = find("moea-on-request", SETTINGS)
    heads = [title(column) for column in form.columns]
    rows = [[str(number), *(f"{head}之第{number}項內容" for head in heads[1:])] for number in range(1, 13)]
    book = AnnexBook("Noto Sans CJK TC", DAY)
    book.add(AnnexSheet("依申請提供", ("經濟部及所屬機關（構）政府資料開放盤點", "依申請提供資料盤點表", "日期：115年3月31日"),
                        heads, rows, ("註：以上各欄照表單。",), [4, *[14] * (len(heads) - 1)], heads.index("資料集名稱") + 1))
    path.write_bytes(book.bytes())
    return path


def test_a_table_too_wide_for_a_page_goes_on_over_several_with_its_names(written: Path, tmp_path: Path) -> None:
    """On A4 it is one page wide, unless text were below 8 points then (10 points at 80 percent)."""
    for sheet in openpyxl.load_workbook(written):
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == ("landscape", 1, 0)
    wide = every_column(tmp_path / "wide.xlsx")
    sheet = openpyxl.load_workbook(wide)["依申請提供"]
    assert (sheet.page_setup.paperSize, sheet.page_setup.scale, sheet.page_setup.pageOrder) == (8, 80, "overThenDown")
    assert [one.id for one in sheet.col_breaks.brk]
    assert (sheet.print_title_cols, sheet.print_title_rows) == ("$A:$B", "$4:$4")
    (table, binding), = bind(wide, wide.name, None, SETTINGS, Assets()).tables
    assert (binding.form.name, [row.number for row in table.rows()]) == ("moea-on-request", list(range(5, 17)))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_them_and_prints_them_large_enough_to_read(written: Path, tmp_path: Path) -> None:
    printing = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    files = [str(written), str(every_column(tmp_path / "wide.xlsx"))]
    subprocess.run([*printing, "--outdir", str(tmp_path), *files], check=True, capture_output=True, timeout=240)
    for name, paper in (("annex.pdf", {(842, 595), (1191, 842)}), ("wide.pdf", {(1191, 842)})):
        pages = list(pypdfium2.PdfDocument(tmp_path / name))
        assert {(round(page.get_width()), round(page.get_height())) for page in pages} == paper
        texts = ["".join(page.get_textpage().get_text_bounded().split()) for page in pages]
        sizes = {size for page in pages for size in printed_sizes(page)}
        assert min(sizes) >= 8, sizes
        if name == "annex.pdf":
            titles = {"一、一般開放資料盤點表": "3.請將新增或異動之資料填列於表內", "三、不予提供資料之資料集盤點表": "",
                      "二、依申請提供或限制利用之開放資料盤點表": "空氣品質模式模擬網格資料"}
            for heading, text in titles.items():
                assert heading in "".join(texts)
                assert text in "".join(texts)
            assert all("聯絡電話／電子郵件" in text or "註：" in text for text in texts)
        else:
            assert len(pages) <= 4
            assert all("資料集名稱之第1項內容" in text for text in texts[:2]), "the names stand on each page"
            assert "經濟部及所屬機關（構）政府資料開放盤點" in texts[0], "whole on one page"


def printed_sizes(page: pypdfium2.PdfPage) -> set[float]:
    """Return the sizes of the printed characters of a page, in points; blanks have one of their own."""
    text = page.get_textpage()
    return {round(pypdfium2.raw.FPDFText_GetFontSize(text, place), 1) for place in range(text.count_chars())
            if text.get_text_range(place, 1).strip()} - {1.0}
