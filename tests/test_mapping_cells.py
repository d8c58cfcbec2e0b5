"""What a cell says is read as it is meant or told at the cell: identifiers, placeholders, addresses, openings, telephones."""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.findings import Finding
from odlinked.mapping import codes, dates, identifiers, openings, urls
from odlinked.namespaces import CODE
from odlinked.settings import Settings
from odlinked.validation.inventories import check

BASE = ("序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
        "國家環境保護計畫分類", "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註", "檔案格式", "資料下載網址")
ROW = dict(zip(BASE, ("1", "新增", "河川水位測站", "wqx_p_01", "水質保護司", "全國河川水位測站之名稱與位置。", "公共資訊",
    "環境品質", "6",
                      "113年5月", "", "02-2311-7722#2800", "", "CSV", "https://data.moenv.gov.tw/a.csv"), strict=True))
PLACEHOLDERS = ("-", "－", "—", "–", "無", "（無）", "待編", "待編碼", "申請中", "待申請", "同上", "〃", "N/A", "Ｎ／Ａ",
    "NA", "nil", "null",
                "None", "待補", "略", "尚無", "未定", "0", " 待 編 ", "無\u200b", "xxx", "---")

SETTINGS = replace(Settings(), publish=replace(Settings().publish, workers=1))


def told(folder: Path, *rows: dict[str, str]) -> list[Finding]:
    """Return the findings of rows that differ from a faultless one."""
    path = folder / "盤點表.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, BASE)
        writer.writeheader()
        for number, row in enumerate(rows, 1):
            writer.writerow(ROW | {"資料集名稱": f"河川水位測站{number}", "資料集代碼": f"wqx_p_{number:02d}"} | row)
    report, _ = check([path], None, None, SETTINGS, lambda *_: None)
    return list(report.findings)


def at(findings: list[Finding], heading: str) -> list[tuple[int, str]]:
    return [(finding.row, finding.rule) for finding in findings if finding.heading == heading]


def known(scheme: str) -> frozenset[str]:
    return frozenset(codes.load(Assets()).index[CODE + scheme])


def test_a_faultless_row_has_no_finding(tmp_path: Path) -> None:
    assert told(tmp_path, {}) == []


def test_placeholders_are_no_identifier_and_drop_nothing(tmp_path: Path) -> None:
    findings = told(tmp_path, *({"資料集代碼": text} for text in PLACEHOLDERS))
    missing = [(row, rule) for row, rule in at(findings, "資料集代碼") if rule != "U45-unseen-characters"]
    assert missing == [(row, "M01-identifier") for row in range(2, len(PLACEHOLDERS) + 2)]
    assert all("佔位字" in finding.suggestions["zh-Hant"] for finding in findings if finding.rule == "M01-identifier")
    assert len({finding.node for finding in findings}) == len(PLACEHOLDERS)
    assert all(re.fullmatch(r".*/id/dataset/[0-9a-f]{16}", finding.node) for finding in findings)


@pytest.mark.parametrize("text", ["a_1、a_2", "a_1 a_2", "a_1\na_2", "a_1;a_2", "a_1,a_2", "a_1/a_2",
        "https://data.gov.tw/dataset/6075",
                                  "#REF!", "#N/A", "6075.0", "（新增）", "a_1；a_2", "1.65E+05", "165,115"])
def test_what_is_no_code_is_told_and_not_used(text: str, tmp_path: Path) -> None:
    (finding,) = [one for one in told(tmp_path, {"資料集代碼": text}) if one.rule != "U48-error-value"]
    assert (finding.heading, finding.rule) == ("資料集代碼", "M01-identifier-form")
    assert re.fullmatch(r".*/id/dataset/[0-9a-f]{16}", finding.node)


@pytest.mark.parametrize(("text", "code", "rule"), [
    ('="aqx_p_07" ', "aqx_p_07", "M01-identifier-written"), ("'aqx_p_07", "aqx_p_07", "M01-identifier-written"),
    ("ａｑｘ＿ｐ＿０７", "aqx_p_07", "M01-identifier-written"), ("aqx_p_07\u200b", "aqx_p_07", "U45-unseen-characters"),
    ("\ufeffaqx_p_07", "aqx_p_07", "U45-unseen-characters"), ("\ufffeaqx_p_07", "aqx_p_07", "U45-unseen-characters"),
])
def test_a_code_that_can_only_mean_one_thing_is_read_as_meant(text: str, code: str, rule: str, tmp_path: Path) -> None:
    (finding,) = told(tmp_path, {"資料集代碼": text})
    assert (finding.heading, finding.rule, finding.severity) == ("資料集代碼", rule, "Info")
    assert finding.node.endswith(f"/id/dataset/{code}")


def test_a_formula_of_nothing_but_a_text_is_that_text(tmp_path: Path) -> None:
    """As spreadsheets show it: in delimited text `="aqx_p_07"` is how a code is kept from becoming a number."""
    assert told(tmp_path, {heading: f'="{value}"' for heading, value in ROW.items()} | {"資料集代碼": '="aqx_p_07"'}) == []


def test_a_number_with_decimals_is_the_number_where_codes_are_numbers() -> None:
    number, code = identifiers.reader(known("placeholder"), numbers=True), identifiers.reader(known("placeholder"))
    assert number("165115.0") == number("165115.") == identifiers.Identifier("165115", True)
    assert code("165115.0") == identifiers.NONE


@given(st.text(st.sampled_from("aZ09_-.:/、,; \n#=\"'（）無待編\u200b\ufeff\ufffeａ０－—"), max_size=12))
def test_an_identifier_is_a_word_of_ascii_and_reading_it_again_changes_nothing(text: str) -> None:
    read = identifiers.reader(known("placeholder"))
    found = read(text)
    if found is not None and found.code:
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*", found.code)
        assert read(found.code) == identifiers.Identifier(found.code, False)


@given(st.sampled_from(PLACEHOLDERS), st.sampled_from(["", " ", "\u3000", "\u200b", "\ufeff"]))
def test_placeholders_are_known_in_every_width(text: str, around: str) -> None:
    assert identifiers.reader(known("placeholder"))(around + text + around) is None


@pytest.mark.parametrize(("note", "code"), [
    ("資料集代碼：aqx_p_07，115年1月核定", "aqx_p_07"), ("原資料集代碼 ａｑｘ＿p_07。", "aqx_p_07"), ("資料集代碼：待編", ""),
    ("資料集代碼：aqx_p_07、aqx_p_08", "aqx_p_07、aqx_p_08"), ("資料集代碼:6075,115年", "6075"), ("無", ""),
])
def test_a_note_tells_the_code_that_stands_behind_its_name(note: str, code: str) -> None:
    assert identifiers.after(("資料集代碼",))(note) == code


@pytest.mark.parametrize("text", ["同上", "〃", "無", "-", "－", "N/A", "待補", "略", "x", "……"])
def test_placeholders_in_mandatory_texts_are_missing(text: str, tmp_path: Path) -> None:
    findings = told(tmp_path, {"資料集名稱": text, "提供單位": text, "資料集描述": text})
    assert {(f.heading, f.rule, f.value) for f in findings} == {
        ("資料集名稱", "M02-title", text), ("提供單位", "M03-publisher", text), ("資料集描述", "M04-description", text)}


def test_a_row_of_placeholders_is_told_and_not_dropped(tmp_path: Path) -> None:
    findings = told(tmp_path, {"資料集名稱": "無", "資料集代碼": "待編"}, {"資料集名稱": "無", "資料集代碼": "待編",
    "資料集描述": "另一份十個字以上的描述。"})
    assert {(f.row, f.rule) for f in findings} == {(row, rule) for row in (2, 3) for rule in ("M01-identifier", "M02-title")}


@pytest.mark.parametrize(("cell", "addresses"), [
    ("https://a.tw/1.csv\nhttps://a.tw/2.csv", 2), ("https://a.tw/1.csv https://a.tw/2.csv", 2),
    ("https://a.tw/1.csv、https://a.tw/2.csv", 2),
    ("https://a.tw/1.csv，https://a.tw/2.csv", 2), ("https://a.tw/1.csv；https://a.tw/2.csv", 2),
    ("https://a.tw/1.csv｜https://a.tw/2.csv", 2),
    ("https://a.tw/1.csv | https://a.tw/2.csv", 2), ("https://a.tw/1.csv及https://a.tw/2.csv", 2),
    ("https://a.tw/1.csv,https://a.tw/2.csv", 2),
    ("https://web.archive.org/web/2020/https://a.tw/", 1), ("https://a.tw/go?u=x,https://b.tw/", 1),
    ("https://a.tw/api?sort=ImportDate desc", 1),
])
def test_a_cell_is_cut_where_another_address_begins(cell: str, addresses: int) -> None:
    parts = urls.cut(cell)
    assert len(parts) == addresses
    assert all(found and not found.trimmed for found in (urls.address(part, urls.Keys()) for part in parts))


@pytest.mark.parametrize("behind", [" (主檔)", "（主檔）", "。", "，", " 主檔", "\n(主檔)", "（主檔）。", ",", " 說明：主檔",
        "\u200b。"])
def test_what_stands_behind_an_address_is_left_out_and_told(behind: str, tmp_path: Path) -> None:
    findings = told(tmp_path, {"資料下載網址": "https://data.moenv.gov.tw/a.csv" + behind})
    assert [f.rule for f in findings if f.rule != "U45-unseen-characters"] == ["A10-url-behind"]


@pytest.mark.parametrize("text", ["https://a.tw/統計（112年）.csv", "https://a.tw/報表（112年）",
        "https://a.tw/112年 統計表.csv",
                                  "https://a.tw/wiki/A_(b)", "https://a.tw/api?name=空氣 品質&x=1"])
def test_names_of_files_and_parameters_are_left_whole(text: str) -> None:
    found = urls.address(text, urls.Keys())
    assert found is not None
    assert not found.trimmed


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3", "192.168.1.5", "172.16.0.1", "169.254.1.1",
        "100.64.0.1", "https/",
                                  "intranet", "nas.local", "www.example.internal", "LOCALHOST:8080", "0.0.0.1", "3232235781",
                                  "server.lan"])
def test_hosts_nobody_outside_can_reach_are_told(host: str, tmp_path: Path) -> None:
    (finding,) = told(tmp_path, {"資料下載網址": f"http://{host}/a.csv"})
    assert (finding.heading, finding.rule) == ("資料下載網址", "A44-host")


@pytest.mark.parametrize("host", ["data.gov.tw", "8.8.8.8", "local.gov.tw", "xn--fiqs8s.tw", "a-b.com.tw:8443",
        "localhost.tw", "lan.moenv.gov.tw"])
def test_hosts_of_the_open_network_are_not_told(host: str) -> None:
    found = urls.address(f"https://{host}/a.csv", urls.Keys())
    assert found is not None
    assert found.reachable


@pytest.mark.parametrize(("text", "lexical"), [("2024–05–01", "2024-05-01"), ("113‧5", "2024-05"), ("\u200e113/05/01",
        "2024-05-01"),
                                               ("１１３・５", "2024-05"), ("113年\u200b5月", "2024-05"), ("113—05", "2024-05")])
def test_dates_are_folded_before_they_are_read(text: str, lexical: str) -> None:
    moment = dates.read(text)
    assert moment is not None
    assert moment.lexical == lexical


@pytest.mark.parametrize(("text", "month"), [
    ("預計115年12月", "2026-12"), ("預計 115 年底前", "2026-12"), ("115年第2季", "2026-06"), ("115Q2", "2026-06"),
    ("115年上半年", "2026-06"),
    ("115年12月(預計)", "2026-12"), ("１１５年第二季", "2026-06"), ("預定2026年6月底", "2026-06"), ("115年12月底前",
    "2026-12"), ("預計115年", "2026-12"),
    ("第2季", None), ("年底前", None), ("上半年", None), ("115年", None), ("115年3月", None), ("已開放", None), ("預計",
    None), ("預計115年13月", None),
])
def test_planned_openings_are_read_as_plans(text: str, month: str | None) -> None:
    assert openings.Openings.load(Assets()).read(text) == month


def test_a_two_digit_year_is_told_with_both_readings(tmp_path: Path) -> None:
    (finding,) = told(tmp_path, {"開放年月": "24/05"})
    assert (finding.heading, finding.rule, finding.severity) == ("開放年月", "U13-issued-early", "Warning")
    assert finding.suggestions["en"] == "ROC 24 = 1935; is 2024 meant?"


@pytest.mark.parametrize("text", ["02–2311–7722#2800", "02.2311.7722", "０２－２３１１－７７２２", "02‧2311‧7722",
        "02-\u200b2311-7722", "(02)2311—7722"])
def test_telephones_anybody_can_read_are_read(text: str, tmp_path: Path) -> None:
    assert [f.rule for f in told(tmp_path, {"聯絡電話／電子郵件": text}) if f.rule != "U45-unseen-characters"] == []


@pytest.mark.parametrize("heading", ["資料集名稱", "資料集分類", "開放狀況（新增/異動/下架）", "開放年月", "資料下載網址",
        "資料集描述"])
@pytest.mark.parametrize("character", ["\u200b", "\ufeff", "\ufffe", "\uffff", "\u202e", "\U000e0001"])
def test_characters_nobody_sees_go_and_are_told(heading: str, character: str, tmp_path: Path) -> None:
    (finding,) = told(tmp_path, {heading: ROW[heading] + character})
    assert (finding.heading, finding.rule, finding.severity) == (heading, "U45-unseen-characters", "Info")
    assert character not in finding.value
    assert f"U+{ord(character):04X}" in finding.value
    assert f"U+{ord(character):04X}" in finding.suggestions["zh-Hant"]


@pytest.mark.parametrize("character", ["\ue000", "\uf848"])
def test_a_character_an_agency_made_itself_stays_and_is_told(character: str, tmp_path: Path) -> None:
    """In Big5 as Windows writes it: a private-use character, which other computers do not show."""
    (finding,) = told(tmp_path, {"資料集描述": ROW["資料集描述"] + character})
    assert (finding.heading, finding.rule, finding.severity) == ("資料集描述", "U45-unseen-characters", "Info")
    assert f"{character}⟨U+{ord(character):04X}⟩" in finding.value
    assert "Unicode" in finding.suggestions["en"]


def test_feedback_without_a_number_is_kept_and_told(tmp_path: Path) -> None:
    path = tmp_path / "民間需求.csv"
    headings = "意見編號,意見類別,意見標題,發表內容,提出日期,回應機關,資料集識別碼,開放情形,回覆內容,回覆日期"
    row = "待編,我想要更多,雨量站資料,希望開放雨量站資料,109/07/23,經濟部水利署,6571、6572,已開放,已上架。,109/08/03"
    path.write_text(f"{headings}\n{row}\n", encoding="utf-8")
    report, _ = check([path], None, None, Settings(), lambda *_: None)
    assert [(f.heading, f.rule) for f in report.findings] == [
        ("意見編號", "M46-record-identifier-form"), ("資料集識別碼", "M46-record-identifier-form")]


@given(st.text(st.sampled_from("https://a.tw/b?c=1&;,|、。（主檔）[]() \n\t\u200b\ufffe%#@:"), max_size=60))
def test_any_text_is_cut_into_addresses_a_store_accepts_or_none(text: str) -> None:
    for part in urls.cut("https://data.moenv.gov.tw/" + text):
        found = urls.address(part, urls.Keys())
        assert found is None or re.fullmatch(r"https?://[!#-;=?-\[\]_a-z~A-Z]+", found.iri)
        assert isinstance(found is None or found.reachable, bool)


@given(st.integers(100, 130), st.integers(1, 12), st.sampled_from("-./–—‧・年"), st.sampled_from(["", "\u200b", "\u200e", " "]))
def test_a_month_reads_alike_however_it_is_spelled(year: int, month: int, mark: str, around: str) -> None:
    moment = dates.read(f"{around}{year}{mark}{month:02d}{around}")
    assert moment is not None
    assert moment.lexical == f"{year + 1911}-{month:02d}"
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    assert dates.read(f"{year}年{month}月".translate(wide)) == moment


@pytest.mark.parametrize("kind", ["", ' t="str"', ' t="n"'])
def test_a_formula_that_nobody_has_calculated_is_told_as_one(tmp_path: Path, kind: str) -> None:
    """A workbook that a program wrote holds formulas without values until a spreadsheet program saves it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(BASE)
    sheet.append([*(ROW | {"資料集描述": '=CONCATENATE("全國","河川水位測站之名稱與位置。")'}).values()])
    book.save(tmp_path / "made.xlsx")
    with zipfile.ZipFile(tmp_path / "made.xlsx") as made, zipfile.ZipFile(tmp_path / "盤點表.xlsx", "w") as changed:
        for part in made.namelist():
            text = made.read(part)
            bare = rb"\1" + kind.encode() + rb">\2"
            changed.writestr(part, re.sub(rb'(<c r="F2")[^>]*>(<f>.*?</f>)<v ?/?>(</v>)?', bare, text))
    report, _ = check([tmp_path / "盤點表.xlsx"], None, None, SETTINGS, lambda *_: None)
    (finding,) = report.findings
    assert (finding.column, finding.row, finding.rule, finding.severity) == ("F", 2, "U47-formula", "Violation")
    assert finding.value == '=CONCATENATE("全國","河川水位測站之名稱與位置。")'


@pytest.mark.parametrize("text", ["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#CALC!", "#SPILL!", "#ERROR!", "#GETTING_DATA"])
def test_an_error_of_a_spreadsheet_is_told_as_one(tmp_path: Path, text: str) -> None:
    assert ("資料集描述", "U48-error-value") in [(f.heading, f.rule) for f in told(tmp_path, {"資料集描述": text})]


@pytest.mark.parametrize("text", ["#1 號測站之水位資料", "#河川水位", "＃N", "#hashtag!", "C#"])
def test_a_text_with_a_hash_is_no_error(tmp_path: Path, text: str) -> None:
    assert "U48-error-value" not in [finding.rule for finding in told(tmp_path, {"資料集描述": text})]


@pytest.mark.parametrize("text", ["=", "==========================", "a = b 之對照資料說明文字", "－＝＋符號對照之資料說明文字"])
def test_a_text_with_equals_signs_is_no_formula(tmp_path: Path, text: str) -> None:
    assert "U47-formula" not in [finding.rule for finding in told(tmp_path, {"資料集描述": text})]
