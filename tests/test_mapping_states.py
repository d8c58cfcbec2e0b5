"""What the tables on request and withheld say in free text: conditions of use, grounds, approvals, notices, former codes."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from builders.agency_tables import OPEN, REQUEST, WITHHELD, opened, withheld

from odlinked.assets import Assets
from odlinked.inventory import read
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapped, Mapper, MappingContext
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import Row, Table

ASSETS = Assets()
FORMS = forms.load_all(ASSETS)
ODL, DCT = "https://w3id.org/odlinked/ns#", "http://purl.org/dc/terms/"


def mapped(headings: tuple[str, ...], row: dict[str, str]) -> Mapped:
    """Map one row of a table with these headings."""
    rows = [Row(2, tuple(row.get(heading, "") for heading in headings))]
    table = Table("盤點表.csv", None, headings, 1, lambda: iter(rows))
    return Mapper(forms.find(FORMS, table), ASSETS, MappingContext("https://data.example.tw", "test")).map(rows)[0]


def said(one: Mapped, *predicates: str, fragment: str = "") -> list[str]:
    """Return what a row's record, or the node with a fragment of it, says by some predicates."""
    iri = one.documents[0].iri + fragment
    return sorted(t.value for s, p, t in one.documents[0].triples() if s == iri and p in predicates)


def conditions(cell: str) -> dict[str, str]:
    """Return fragment -> text of the conditions of use in one cell."""
    one = mapped(REQUEST, {"資料集名稱": "甲", "使用條件": cell, "提供單位": "水質保護司"})
    nodes = [node.rpartition("#")[2] for node in said(one, ODL + "useCondition")]
    return {node: "".join(said(one, ODL + "feeBasis", DCT + "description", fragment=f"#{node}")) for node in nodes}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.收費：每筆2.5元，依規費法第10條", {"fee": "每筆2.5元，依規費法第10條"}),
        ("收費", {"fee": ""}),
        ("1.收費（請補充收費基準資料）\n2.限制利用（請補充說明）", {"fee": "", "restriction": ""}),
        (
            "1.收費500元2.限制利用：限研究3.其他限制條件授權利用：不得轉授權",
            {"fee": "500元", "restriction": "限研究", "other-condition": "不得轉授權"},
        ),
        ("3、其他限制條件授權利用：保留撤回權；1、收費：年費1,000元", {"fee": "年費1,000元", "other-condition": "保留撤回權"}),
        ("限制利用，僅供學術研究", {"restriction": "僅供學術研究"}),
        ("須簽保密切結", {"other-condition": "須簽保密切結"}),
        ("免費", {}),
        ("不收費；2.限制利用：限機關", {"restriction": "限機關"}),
        ("無", {}),
        ("", {}),
        ("■收費 □限制利用 □其他", {"fee": ""}),
        ("1.收費：□\n2.限制利用：■ 說明：限研究", {"restriction": "限研究"}),
        ("2.限制利用：無", {}),
        ("1", {"fee": ""}),
        ("1、2", {"fee": "", "restriction": ""}),
        ("□收費 □限制利用", {}),
        ("收費■ 限制利用□ 其他□", {"fee": ""}),
        ("□1.收費 ■2.限制利用（限研究）□3.其他限制條件授權利用", {"restriction": "限研究"}),
        ("☑收費（每筆10元）☐限制利用", {"fee": "每筆10元"}),
        ("收費V", {"fee": ""}),
        ("V收費", {"fee": ""}),
        ("1.收費：否 2.限制利用：是，限研究", {"restriction": "限研究"}),
        ("收費：無；限制利用：無；其他：無", {}),
        ("１．收費：□　２．限制利用：■（限研究）", {"restriction": "限研究"}),
        ("1.收費：免費", {}),
        ("收費(V) 限制利用( ) 其他( )", {"fee": ""}),
        ("1.收費：依本部資料收費標準，每GB新臺幣500元\n2.限制利用：限學術研究",
         {"fee": "依本部資料收費標準，每GB新臺幣500元", "restriction": "限學術研究"}),
        ("1.須簽切結 2.不得轉授權", {"other-condition": "1.須簽切結 2.不得轉授權"}),
    ],
)
def test_conditions_of_use_in_one_cell(cell: str, expected: dict[str, str]) -> None:
    assert conditions(cell) == expected


def test_conditions_of_use_in_three_columns_under_one_heading(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["環境部政府開放資料盤點表"])
    top = [
        "序號",
        "資料集名稱",
        "使用條件",
        None,
        None,
        "資料申請網址",
        "實質效益",
        "提供單位",
        "開放年月",
        "承辦人",
        "聯絡電話／電子郵件",
        "備註",
    ]
    sheet.append(top)
    sheet.append(
        [None, None, "1.收費\n（請補充收費基準資料）", "2.限制利用\n（請補充說明）", "3.其他限制條件授權利用\n（請填寫說明）"]
    )
    sheet.merge_cells("C2:E2")
    for column in (1, 2, *range(6, 13)):
        sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
    sheet.append([1, "甲", "依規費法", "是", None, "https://data.example.tw/apply", "研究", "水質保護司", "115年6月", "", "", ""])
    sheet.append(
        [2, "乙", None, None, "不得轉授權", "https://data.example.tw/apply", "研究", "水質保護司", "115年6月", "", "", ""]
    )
    book.save(tmp_path / "a.xlsx")
    table = read(tmp_path / "a.xlsx", ReadSettings())[0]
    binding = forms.find(FORMS, table)
    assert (binding.form.name, binding.unknown) == ("moenv-on-request", ())
    one, two = Mapper(binding, ASSETS, MappingContext("https://data.example.tw", "test")).map(list(table.rows()))
    assert said(one, ODL + "feeBasis", fragment="#fee") == ["依規費法"]
    assert [node.rpartition("#")[2] for node in said(one, ODL + "useCondition")] == ["fee", "restriction"]
    assert said(two, DCT + "description", fragment="#other-condition") == ["不得轉授權"]


@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("政府資訊公開法第18條", ["foi-18"]),
        ("政府資訊公開法第18條第1項第6款", ["foi-18-1-6"]),
        ("依政府資訊公開法第十八條第一項第三款、第七款", ["foi-18-1-3", "foi-18-1-7"]),
        ("政府資訊公開法第１８條第１項第９款", ["foi-18-1-9"]),
        ("第18條第1項第1款（國家機密）", ["foi-18-1-1"]),
        ("著作權法第18條", ["copyright"]),
        ("個人資料保護法", ["personal-data"]),
        ("資料內含個資；第三人著作權", ["copyright", "personal-data"]),
        ("非結構化資料", ["unstructured"]),
        ("個人資料保護法第6條", ["personal-data"]),
        ("政府資訊公開法第18條第1項第7款（營業秘密）", ["foi-18-1-7"]),
        ("依營業秘密法不予公開", ["trade-secret"]),
        ("國家機密保護法", ["state-secret"]),
        ("稅捐稽徵法第33條", ["other-law"]),
        ("水利法第５條規定", ["other-law"]),
        ("消費者保護法第四條", ["other-law"]),
        ("依空氣污染防制法應予保密", ["other-law"]),
        ("要塞堡壘地帶法第4條、個資", ["other-law", "personal-data"]),
        ("依檔案法", ["other-law"]),
        ("文書處理手冊；機密檔案管理辦法第10條", ["other-law"]),
        ("臺灣地區與大陸地區人民關係條例", ["other-law"]),
        ("依環境部資料提供收費標準第3條", ["other-law"]),
        ("本部非資料來源機關", ["not-the-source"]),
        ("已於官網公開", []),
        ("不便提供", []),
        ("無法提供", []),
        ("依法不公開", []),
        ("依長官指示之方法", []),
        ("本案作法尚未確定", []),
        ("尚無提供辦法", []),
    ],
)
def test_grounds_are_found_in_what_is_written(text: str, grounds: list[str]) -> None:
    one = mapped(WITHHELD, withheld("甲", 不予提供資料之法令依據或理由=text))
    assert [iri.rpartition("/")[2] for iri in said(one, ODL + "withholdingGround")] == grounds
    assert bool(said(one, ODL + "alreadyPublic")) == (text == "已於官網公開")
    assert said(one, ODL + "unrecognisedWithholdingGround") == ([] if grounds or text == "已於官網公開" else [text])
    assert one.standing == "withheld"


@pytest.mark.parametrize(
    ("note", "approval", "meeting"),
    [
        ("應用面；115年5月6日簽奉資訊長核定", ["115年5月6日簽奉資訊長核定"], []),
        ("業經資訊長核定。提報115年度第2次資料開放諮詢小組會議", ["業經資訊長核定"], ["提報115年度第2次資料開放諮詢小組會議"]),
        ("核定文號：環部資字第1號", ["核定文號：環部資字第1號"], []),
        ("尚未經資訊長核定", [], []),
        ("資訊長未核定；未提報諮詢小組會議", [], []),
        ("核定中", [], []),
        ("待資訊長核定後提報諮詢會議", [], []),
        ("資料已併入他案", [], []),
    ],
)
def test_approvals_are_found_in_notes_and_denials_are_none(note: str, approval: list[str], meeting: list[str]) -> None:
    one = mapped(OPEN, opened("wqx_1", "下架", 備註=note))
    assert one.withdrawn
    assert said(one, ODL + "approval", fragment="#withdrawal") == approval
    assert said(one, ODL + "advisoryMeeting", fragment="#withdrawal") == meeting


@pytest.mark.parametrize(
    ("note", "pending"),
    [("陳核中", True), ("尚待核定", True), ("未經核定", True), ("115年核定", False), ("待補附件", False), ("", False)],
)
def test_a_row_that_waits_for_its_approval_is_deferred(note: str, pending: bool) -> None:
    one = mapped(OPEN, opened("wqx_1", 備註=note))
    assert (one.standing == "deferred") == pending
    assert bool(said(one, ODL + "pendingApproval")) == pending


def test_a_dataset_that_was_open_keeps_its_address() -> None:
    row = withheld("甲", 備註="原資料集代碼：WQX_P_01，115年5月2日部長核可")
    assert mapped(WITHHELD, row).documents[0].iri.endswith("/id/dataset/wqx_p_01")
    assert said(mapped(WITHHELD, row), ODL + "headApproval") == ["115年5月2日部長核可"]
    named = mapped(WITHHELD, withheld("甲")).documents[0].iri
    assert named == mapped(REQUEST, {"資料集名稱": "甲", "提供單位": "水質保護司"}).documents[0].iri
