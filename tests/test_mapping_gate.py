"""The gate: rows that are no records are told and make none, shifted ones are held back, and no person passes in any column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.mapping import forms, gate
from odlinked.mapping.refine import Mapped, Mapper, MappingContext
from odlinked.mapping.verdicts import DOUBTFUL, EXAMPLE, NO_RECORD, SEVERITY, SHIFTED
from odlinked.sheets.tables import Row, Table

ASSETS = Assets()
FORMS = forms.load_all(ASSETS)
OPEN = ("序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
        "國家環境保護計畫分類", "SDGs目標分類",
        "開放年月", "承辦人", "聯絡電話／電子郵件", "備註")
RECORD = ("1", "新增", "空氣品質小時值", "aqx_p_144", "大氣環境司", "全國測站之小時值。", "公共資訊", "環境品質",
        "11", "115年3月", "王小明",
          "02-2311-7722#6001", "")
LISTED = ("資料集識別碼", "資料集名稱", "資料提供屬性", "服務分類", "品質檢測", "檔案格式", "資料下載網址",
        "編碼格式", "資料集上架方式", "資料集描述",
          "主要欄位說明", "提供機關", "更新頻率", "授權方式", "相關網址", "計費方式", "提供機關聯絡人姓名",
          "提供機關聯絡人電話", "上架日期",
          "詮釋資料更新時間", "備註", "資料量")
EXPORT = ("6001", "河川水位", "檔案資料", "公共資訊", "金", "CSV", "https://a.gov.tw/1.csv", "UTF-8", "原始資料",
        "全國河川水位。", "站名、水位", "經濟部水利署",
          "每1日", "政府資料開放授權條款-第1版", "", "免費", "王小明", "02-37073000", "2024-01-02 00:00:00",
          "2024-01-03 00:00:00", "", "12")
USAGE = ("資料集識別碼", "提供機關名稱", "資料集名稱", "瀏覽人次", "下載次數", "資料集評分", "上架日")
SPOKEN = "洽王小明0912-345-678 ming.wang@agency.gov.tw A123456789"
SECRETS = ("王小明", "0912", "345", "ming", "wang", "A1234")


def mapper(headings: Sequence[str], rows: Sequence[Sequence[str]], header_row: int = 1) -> tuple[Mapper, list[Row]]:
    made = [Row(number, tuple(cells)) for number, cells in enumerate(rows, 2)]
    table = Table("t.csv", None, tuple(headings), header_row, lambda: iter(made))
    binding = forms.find(FORMS, table)
    binding = replace(binding, persons=gate.persons([(made, binding)], ASSETS))
    return Mapper(binding, ASSETS, MappingContext("https://data.example.tw", "case")), made


def told(headings: Sequence[str], *rows: Sequence[str]) -> list[str]:
    """Return the rule each row is told by, "" for a record."""
    given_, made = mapper(headings, rows)
    return [passed.verdict.rule if passed.verdict else "" for passed in given_.gate.rows(made)]


def texts(mapped: Sequence[Mapped]) -> str:
    return b"".join(document.text for one in mapped for document in one.documents).decode()


def changed(row: Sequence[str], **cells: str) -> tuple[str, ...]:
    out = list(row)
    for place, text in cells.items():
        out[int(place[1:])] = text
    return tuple(out)


@pytest.mark.parametrize(
    "cells",
    [
        ("填表人：王小明", "", "", "單位主管：李大華", "", "", "", "機關首長：張部長"),
        ("填 表 人：王小明",),
        ("承辦人", "", "王小明", "科長", "李大華"),
        ("", "", "承辦人", "", "王小明", "", "單位主管", "", "李大華"),
        ("承辦人 王小明", "", "", "覆核 李大華"),
        ("製表：", "", "", "審核：", "", "", "機關首長："),
        ("", "", "", "", "", "", "", "", "", "", "", "", "主管簽章"),
        ("填表日期：115年3月10日", "", "", "", "", "", "", "", "", "", "核章"),
        ("合計", "", "1筆"),
        ("合　計", "", "12"),
        ("總計：3筆",),
        ("共計12筆",),
        ("", "", "小計", "", "環境部", "", "", "", "3"),
        ("（以下空白）",),
        ("以 下 空 白",),
        ("Prepared by: Ming Wang", "", "", "Approved by:"),
    ],
)
def test_rows_of_signatures_and_totals_are_no_records(cells: tuple[str, ...]) -> None:
    assert told(OPEN, RECORD, cells, RECORD) == ["", NO_RECORD, ""]


@pytest.mark.parametrize(
    "cells",
    [
        changed(RECORD, c0="範例"), changed(RECORD, c0="例"), changed(RECORD, c0="（範例）"), changed(RECORD,
        c0="example"), changed(RECORD, c0="填寫範例："),
        changed(RECORD, c0="e.g."), ("", "（必填）", "必填", "（選填）"), ("(1)", "(2)", "(3)", "(4)", "(5)"),
        ("範例", "新增", "資料集"),
    ],
)
def test_rows_of_the_template_are_examples(cells: tuple[str, ...]) -> None:
    assert told(OPEN, cells, RECORD) == [EXAMPLE, ""]


@pytest.mark.parametrize(
    "cells",
    [
        changed(RECORD, c2="合計表"), changed(RECORD, c2="合計"), changed(RECORD, c2="總計人口數"), changed(RECORD,
        c2="承辦人員名冊"), changed(RECORD, c2="會計"),
        changed(RECORD, c2="核章作業統計"), changed(RECORD, c2="範例資料集"), changed(RECORD, c12="合計 12 筆"),
        changed(RECORD, c12="承辦人：王小明"),
        changed(RECORD, c10="科長"), changed(RECORD, c5="說明：小時值"), changed(RECORD, c0=""), changed(RECORD,
        c6="不是分類", c7="也不是"),
        changed(RECORD, c6="環境品質", c7="公共資訊"), changed(RECORD, c6="", c7="", c8="", c9=""), ("9", "新增",
        "只有名稱", "", "大氣環境司"),
        ("", "", "只有名稱", "x_1"),
    ],
)
def test_records_stay_records(cells: tuple[str, ...]) -> None:
    assert told(OPEN, RECORD, cells) == ["", ""]


@pytest.mark.parametrize(
    "cells",
    [
        changed(RECORD, c0="填表人：王小明"),
        ("", "", "王小明", "", "李大華"),
        ("經手：王小明", "", "", "督導：李大華"),
        ("", "新增", "合計", "", "", "", "公共資訊"),
    ],
)
def test_a_row_that_may_be_either_is_held_back(cells: tuple[str, ...]) -> None:
    assert told(OPEN, RECORD, cells) == ["", DOUBTFUL]


def test_totals_of_other_forms_are_no_records() -> None:
    assert told(LISTED, EXPORT, changed(("",) * 22, c1="合計", c21="12"), changed(("",) * 22, c0="總計",
    c21="12")) == ["", NO_RECORD, NO_RECORD]
    record = ("6001", "經濟部水利署", "河川水位", "12", "3", "90", "2024-01-02")
    assert told(USAGE, record, ("", "經濟部水利署", "小計", "12", "3"), ("合計", "", "", "12", "3")) == ["",
    NO_RECORD, NO_RECORD]


SHIFTS = [(headings, record, place, kind)
          for headings, record, places in ((OPEN, RECORD, range(1, 9)), (LISTED, EXPORT, range(1, 14)))
          for place in places for kind in ("missing", "doubled", "empty") if record[place]]


@pytest.mark.parametrize(("headings", "record", "place", "kind"), SHIFTS)
def test_a_row_off_by_a_cell_is_told_as_shifted(headings: tuple[str, ...], record: tuple[str, ...], place: int,
                                                kind: str) -> None:
    more = {"missing": (), "doubled": (record[place],) * 2, "empty": ("", record[place])}[kind]
    assert told(headings, (*record[:place], *more, *record[place + 1:])) == [SHIFTED]


def test_a_shifted_row_is_told_with_its_first_column_and_quotes_nothing() -> None:
    row = (*RECORD[:7], *RECORD[8:11], "0912-345-678 ming.wang@agency.gov.tw", "", "")
    given_, made = mapper(OPEN, [row])
    (passed,) = given_.gate.rows(made)
    assert passed.verdict is not None
    assert (passed.verdict.rule, passed.verdict.column, passed.cells) == (SHIFTED, 7, ("", *RECORD[1:7]))


def test_a_row_full_of_faults_is_not_shifted() -> None:
    row = ("", "某資料集", "網站", "環境", "鑽石", "CVS;PDF", "見官網", "UFT-8", "上傳", "", "",
           "某某研究中心", "每8時", "歡迎使用", "", "隨喜",
           "", "", "2023-02-30 00:00:00", "昨天", "", "五")
    assert told(LISTED, EXPORT, row) == ["", ""]


def test_keys_of_records_cannot_shift() -> None:
    row = (*RECORD[:6], *RECORD[7:], "")
    given_, made = mapper(OPEN, [row], header_row=0)
    assert given_.gate.passed(made[0]).verdict is None


@pytest.mark.parametrize("headings", [OPEN, LISTED])
def test_no_person_passes_in_any_column(headings: tuple[str, ...]) -> None:
    record = RECORD if headings is OPEN else EXPORT
    for place in range(len(record)):
        given_, made = mapper(headings, [record, changed(record, **{f"c{place}": f"{record[place]} {SPOKEN}"})])
        shown = "".join("".join(passed.cells) for passed in given_.gate.rows(made)) + texts(given_.map(made))
        for secret in SECRETS:
            assert secret not in shown, (headings[place], secret)


def test_an_identifier_that_holds_a_person_is_none() -> None:
    given_, made = mapper(OPEN, [changed(RECORD, c3="aqx 0912-345-678")])
    assert next(given_.gate.rows(made)).cells[3] == ""


def test_a_bare_name_in_a_column_of_codes_or_dates_is_left_out() -> None:
    given_, made = mapper(OPEN, [changed(RECORD, c9="陳大文", c10="")])
    assert next(given_.gate.rows(made)).cells[9] == "…"


def test_contact_columns_keep_office_telephones_and_mailboxes_of_units() -> None:
    given_, made = mapper(OPEN, [changed(RECORD, c11="02-2311-7722#6001／odata@agency.gov.tw"), changed(RECORD,
    c3="b", c11="ming.wang@agency.gov.tw"),
                                 changed(RECORD, c3="c", c11="0912-345-678")])
    unit, person, mobile = (texts([one]) for one in given_.map(made))
    assert "<mailto:odata@agency.gov.tw>" in unit
    assert "tel:+886-2-23117722;ext=6001" in unit
    assert "mailWithheld" not in unit
    assert "mailWithheld" in person
    assert "wang" not in person
    assert "hasTelephone" not in mobile
    assert "mailWithheld" not in mobile


def test_a_mail_address_does_not_count_where_only_a_telephone_is_asked() -> None:
    headings = changed(OPEN, c11="聯絡電話")
    given_, made = mapper(headings, [changed(RECORD, c11="ming.wang@agency.gov.tw")])
    assert "mailWithheld" not in texts(given_.map(made))


def test_a_row_that_has_passed_passes_as_it_is() -> None:
    given_, made = mapper(OPEN, [changed(RECORD, c5=SPOKEN)])
    once = given_.gate.passed(made[0])
    assert given_.gate.passed(once) is once
    assert [one.documents for one in given_.map([once])] == [one.documents for one in given_.map(made)]


def test_every_rule_on_rows_has_its_words_and_severity() -> None:
    from odlinked.quality.shapes import Profile

    rules = Profile.load(ASSETS, "tw-open").by_name
    for name, severity in SEVERITY.items():
        assert rules[name].severity == severity
        assert {"zh-Hant", "en"} <= set(rules[name].messages)
        assert all("{?other}" in text for text in rules[name].messages.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*RECORD, *SPOKEN.split(), "合計", "承辦人：", "範例", "王小明", "", "５", "－",
        "x" * 70, "115/13"]), max_size=16))
def test_any_row_passes_without_a_person(cells: list[str]) -> None:
    given_, made = mapper(OPEN, [RECORD, cells])
    mapped = given_.map(made)
    assert len(mapped) == 2
    shown = re.sub(r"/[0-9a-f]{16}\b", "/", texts(mapped[1:]))  # what stands for a code in an address may hold any digits
    for secret in SECRETS:
        assert secret not in shown
