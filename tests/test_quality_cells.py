"""A result is told at the cell that caused it, and nothing private is quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from odlinked.assets import Assets
from odlinked.documents import Derivation
from odlinked.findings import Result
from odlinked.namespaces import DCAT, DCTERMS, ODL, VCARD
from odlinked.quality.cells import CheckedTable, Placement, locate, merge
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile
from odlinked.sheets.tables import Row

DATASET = "https://example.org/id/dataset/6075"
HEADINGS = ("名稱", "檔案格式", "下載網址", "編碼格式", "聯絡電話", "英文名稱")
LISTS = {1, 2, 3}
CARRIES = {
    (DCAT + "Dataset", DCTERMS + "title"): (0, 5),
    (DCAT + "Dataset", ODL + "unevenLists"): (1, 2, 3),
    (DCAT + "Distribution", DCTERMS + "format"): (1,),
    (DCAT + "Distribution", ODL + "unrecognisedFormat"): (1,),
    (DCAT + "Distribution", ODL + "unrecognisedURL"): (2,),
    (VCARD + "Kind", VCARD + "hasTelephone"): (4,),
}


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


def members(column: int, cells: Sequence[str]) -> Sequence[str] | None:
    return (cells[column].split(";") if column < len(cells) else []) if column in LISTS else None


SHEET = CheckedTable("a.csv", None, HEADINGS, CARRIES, members, suppressed=frozenset({4}), secrets={2: {"api_key", "token"}})
ADDRESSES = "https://x.tw/a?api_key=abc&b=1;https://x.tw/b?Token=q;見附件"
ROW = Row(7, ("監測站", "CSV;CVS;JSON", ADDRESSES, "UTF-8;UTF-8;UTF-8", "0912-345-678", "Stations"))


def told(rule: str, node: str, value: str = "", path: str = "", row: Row = ROW, member: int = 0, sheet: CheckedTable = SHEET):  # type: ignore[no-untyped-def]
    found = profile().by_name[rule]
    result = Result(node, path or found.path, value, found.iri, "X", found.severity)
    places = {DATASET: Derivation(7, 0), f"{DATASET}#distribution-1": Derivation(7, member)}
    placement = Placement(sheet, row, places)
    return RuleBook(profile()).finding(locate(result, placement, profile()), sheet.file, sheet.sheet, row.number)


def test_a_dataset_column() -> None:
    finding = told("M02-title", DATASET, row=Row(7, ("", "CSV")))
    assert (finding.file, finding.sheet, finding.row, finding.column, finding.heading, finding.value, finding.member) == (
        "a.csv", None, 7, "A", "名稱", "", 0)
    assert finding.rule == "M02-title"
    assert set(finding.messages) == {"zh-Hant", "en"}


def test_a_list_member() -> None:
    finding = told("P09-format-code", f"{DATASET}#distribution-1", "CVS", member=2)
    assert (finding.column, finding.member, finding.value) == ("B", 2, "CVS")
    assert finding.suggestions["zh-Hant"] == "您是不是要填「CSV」？"


def test_a_member_the_list_does_not_reach_is_empty() -> None:
    finding = told("P09-format", f"{DATASET}#distribution-1", member=5)
    assert (finding.column, finding.member, finding.value) == ("B", 5, "")


def test_the_column_that_holds_the_value() -> None:
    assert told("M02-title-length", DATASET, "Stations").column == "F"
    assert told("M02-title-length", DATASET, "監測站").column == "A"


def test_of_lists_that_should_agree_the_odd_one_out() -> None:
    row = Row(7, ("監測站", "CSV;XML;JSON", "https://x.tw/a;https://x.tw/b", "UTF-8;UTF-8;UTF-8"))
    finding = told("A10-url-list", DATASET, "檔案格式 3、下載網址 2、編碼格式 3", row=row)
    assert (finding.column, finding.value) == ("C", "https://x.tw/a;https://x.tw/b")


def test_a_node_without_a_place_of_its_own_takes_its_records() -> None:
    finding = told("M15-contact", f"{DATASET}#contact")
    assert (finding.row, finding.column) == (7, "E")


def test_suppressed_columns_are_never_quoted() -> None:
    finding = told("M15-contact", f"{DATASET}#contact", "0912-345-678")
    assert finding.value == ""
    assert "0912" not in repr(finding)


def test_keys_in_addresses_are_never_quoted() -> None:
    first = told("A10-url-form", f"{DATASET}#distribution-1", "x", member=1)
    assert first.value == "https://x.tw/a?api_key=…&b=1"
    assert told("A10-url-form", f"{DATASET}#distribution-1", "x", member=2).value == "https://x.tw/b?Token=…"


def test_nor_in_any_other_column() -> None:
    row = Row(7, ("見 https://x.tw/a?api_key=abc", "CSV"))
    assert told("M02-title-length", DATASET, "見", row=row).value == "見 https://x.tw/a?api_key=…"


def test_a_path_without_a_column_is_told_of_the_row() -> None:
    finding = told("M03-publisher", DATASET)
    assert (finding.row, finding.column, finding.heading, finding.value) == (7, "", "", "")


def test_the_literal_check_finds_its_column_by_the_path_alone() -> None:
    assert told("U13-literal", DATASET, "監測站", path=DCTERMS + "title").column == "A"


def test_one_fault_in_one_cell_is_told_once_and_in_order() -> None:
    finding = told("M02-title", DATASET)
    others = [replace(finding, column="AA"), replace(finding, row=3), replace(finding, node=DATASET + "#other"), finding]
    assert [(item.row, item.column) for item in merge(others)] == [(3, "A"), (7, "A"), (7, "AA")]
