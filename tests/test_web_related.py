"""Datasets among others: those related to one, with the reason, and several side by side."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from builders import agency_tables
from builders.agency_tables import OPEN, PLANNED, WITHHELD, opened, withheld
from builders.catalogs import answers, iri, publish, served
from builders.measured import looked_at
from builders.national_list import row, write

from odlinked.assets import bundled
from odlinked.catalog.asking.related import MOST, related
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.kinds import quality_iri
from odlinked.settings import PublishSettings, Settings
from odlinked.web.pages.dataset import commands

FREE = Settings(publish=PublishSettings(most_removals=100))
AIR = "測站代碼;測站名稱;細懸浮微粒濃度;監測日期"
CELL = re.compile(r"<td.*?</td>", re.DOTALL)
RIVER = row(3, "河川水質", 主要欄位說明="測 站代碼;溶氧", 提供機關="經濟部")
ASKED = r'<th scope="row"><a href="/metric/([a-z-]+)[^<]*</a></th><td>\s*<span class="flag [a-z]+">(.*?)</span>'
"""A line of the quality page: the metric and its outcome."""


def reasons(workspace: Workspace, code: int | str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return identifier -> the reasons why a dataset is related to another, in their order."""
    return {one.iri.rpartition("/")[2]: dict(one.reasons) for one in related(served(workspace), iri(code))}


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", "", page))


def section(page: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', page, re.DOTALL)
    assert found is not None, name
    return found[0]


@pytest.fixture
def listed(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Three datasets with fields in common, one with some of them, others of the organisation, one that is no kin."""
    publish(workspace, write(
        tmp_path / "list.csv", row(1, 主要欄位說明=AIR), row(2, 主要欄位說明="監測日期；測站代碼;臭氧濃度;測站名稱"),
        RIVER, row(4, "工廠登記", 主要欄位說明="工廠名稱", 提供機關="經濟部", 服務分類="就醫"),
        row(5, 主要欄位說明="甲;乙"), row(6, 主要欄位說明="丙;丁")), settings=FREE)
    return workspace


def test_shared_fields_come_first_and_the_organisation_last(listed: Workspace) -> None:
    found = reasons(listed, 1)
    assert list(found)[:2] == ["2", "3"]
    assert found["2"]["field"] == ("測站代碼", "測站名稱", "監測日期")
    assert found["3"]["field"] == ("測站代碼",), "spelled with a blank there, as the dataset asked about has it here"
    assert list(found["2"]) == ["field", "theme", "publisher"]
    assert "publisher" not in found["3"]
    assert set(found) == {"2", "3", "5", "6"}, "4 shares nothing"
    assert reasons(listed, 4) == {"3": {"publisher": reasons(listed, 4)["3"]["publisher"]}}


def test_the_page_says_the_reason_in_both_languages(listed: Workspace) -> None:
    page = text(section(answers(listed, "/dataset/1?lang=zh-Hant")[1], "related"))
    assert "空氣品質2 共同欄位 3 個：測站代碼、測站名稱、監測日期" in page
    assert "同一機關" in page
    page = text(section(answers(listed, "/dataset/1?lang=en")[1], "related"))
    assert "空氣品質2 Fields in common, 3: 測站代碼, 測站名稱, 監測日期Same theme: Public information" in page
    assert "href=\"/compare?id=1&amp;id=2&amp;lang=en\"" in answers(listed, "/dataset/1?lang=en")[1]


def test_nothing_withheld_private_or_withdrawn_is_related(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(number, 主要欄位說明=AIR) for number in range(1, 6)]
    publish(workspace, write(tmp_path / "list.csv", *rows), settings=FREE)
    assert set(reasons(workspace, 1)) == {"2", "3", "4", "5"}
    publish(workspace, write(tmp_path / "list.csv", *rows[:3]), settings=FREE)
    assert set(reasons(workspace, 1)) == {"2", "3"}
    page = answers(workspace, "/dataset/1")[1]
    assert "空氣品質4" not in page
    publish(workspace, write(tmp_path / "list.csv", *rows[:1]), settings=FREE)
    assert reasons(workspace, 1) == {}
    assert "沒有欄位、系列、主題或機關與它相同" in text(section(answers(workspace, "/dataset/1?lang=zh-Hant")[1], "related"))


def test_withheld_and_planned_datasets_are_not_related_even_where_they_are_told(workspace: Workspace, tmp_path: Path) -> None:
    agency_tables.publish(workspace, agency_tables.write(
        tmp_path / "open.csv", OPEN, opened("wqx_1"), opened("wqx_2"), opened("wqx_3", 開放年月=PLANNED)))
    agency_tables.publish(workspace, agency_tables.write(
        tmp_path / "withheld.csv", WITHHELD, withheld("陳情人名冊", 資料集代碼="sec_1")), public=True)
    for code in ("sec_1", "wqx_3"):
        assert answers(workspace, f"/dataset/{code}")[0] == 200
    assert set(reasons(workspace, "wqx_1")) == {"wqx_2"}
    agency_tables.publish(workspace, agency_tables.write(tmp_path / "two.csv", OPEN, opened("wqx_2", "下架", 下架原因="無人")))
    assert reasons(workspace, "wqx_1") == {}


def test_related_datasets_are_the_same_in_an_index_carried_forward(workspace: Workspace, tmp_path: Path) -> None:
    first = [row(number, 主要欄位說明=AIR if number % 3 else "甲;乙;丙") for number in range(1, 20)]
    publish(workspace, write(tmp_path / "list.csv", *first), settings=FREE)
    second = [*first[:7], row(8, 主要欄位說明="甲;乙;丙", 資料集描述="改寫"), *first[9:]]
    publish(workspace, write(tmp_path / "list.csv", *second), settings=FREE)
    fresh = Workspace(tmp_path / "fresh")
    publish(fresh, write(tmp_path / "list.csv", *second), settings=FREE)
    for number in (1, 2, 8, 10, 19):
        assert {name: set(found) for name, found in reasons(workspace, number).items() if "field" in found}.keys() \
            <= {str(n) for n in range(1, 20) if n != 9}
        assert "9" not in reasons(workspace, number)
        shared = {name: found.get("field") for name, found in reasons(workspace, number).items()}
        assert set(shared.values()) == {found.get("field") for found in reasons(fresh, number).values()}


def test_a_neighbour_with_another_name_renews_the_page(listed: Workspace, tmp_path: Path) -> None:
    before = answers(listed, "/dataset/1")[1]
    assert "空氣品質2" in before
    rows = [row(1, 主要欄位說明=AIR), row(2, "新名稱", 主要欄位說明=AIR), RIVER]
    publish(listed, write(tmp_path / "list.csv", *rows), settings=FREE)
    after = answers(listed, "/dataset/1")[1]
    assert "新名稱2" in after
    assert "空氣品質2" not in after


def test_common_fields_are_no_reason_among_many(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(n, 主要欄位說明=f"備註;欄{n}", 提供機關="環境部" if n % 2 else "經濟部", 服務分類="公共資訊" if n % 2 else "就醫")
            for n in range(1, 80)]
    publish(workspace, write(tmp_path / "list.csv", *rows), settings=FREE)
    found = reasons(workspace, 1)
    assert len(found) == MOST
    assert all("theme" in one for one in found.values()), "one field that all have relates nobody"


def sides(page: str) -> dict[str, list[str]]:
    """Return the rows of a comparison: what -> the cell of each dataset."""
    lines = re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)
    return {text(heading).strip(): [text(cell.replace("</li>", " ")).strip() for cell in CELL.findall(line)]
            for line in lines for heading in re.findall(r'<th scope="row"[^>]*>(.*?)</th>', line)}


def test_up_to_four_stand_side_by_side(listed: Workspace) -> None:
    status, page = answers(listed, f"/compare?id=1&id=/dataset/2&id={iri(3)}&id=1&id=&lang=en")
    assert status == 200
    rows = sides(page)
    assert rows["Publisher"] == ["Ministry of Environment"] * 2 + ["Ministry of Economic Affairs"]
    assert [cell.split() for cell in rows["Fields in common"]] == [
        ["測站代碼3/3", "測站名稱2/3", "監測日期2/3"], ["監測日期2/3", "測站代碼3/3", "測站名稱2/3"], ["測", "站代碼3/3"]]
    assert rows["Other fields"] == ["細懸浮微粒濃度", "臭氧濃度", "溶氧"]
    assert rows["Update frequency"] == ["hourly"] * 3
    assert rows["Badge as its source states it"] == ["gold"] * 3
    assert [cell.split(" 空")[0].split(" 河")[0] for cell in rows["Badge as measured here"]] == ["not checked"] * 3
    assert rows["Coverage"] == ["not stated"] * 3


@pytest.mark.parametrize(("query", "status", "told"), [
    ("", 200, "尚未選取資料集"), ("id=1", 200, "只選了一個資料集"),
    ("id=1&id=2&id=3&id=4&id=5", 400, "一次最多比較四個資料集"), ("id=1&id=77", 404, "77"),
    ("id=%3Cscript%3E&id=1", 404, "&lt;script&gt;"), ("id=1%0A&id=２", 404, "２"), (f"id={'9' * 3000}", 404, "999"),
])  # fmt: skip
def test_what_cannot_be_compared_is_told(listed: Workspace, query: str, status: int, told: str) -> None:
    answer = answers(listed, f"/compare?{query}&lang=zh-Hant")
    assert answer[0] == status
    assert told in answer[1]
    assert "<script" not in answer[1]


def test_a_withdrawn_dataset_cannot_be_compared(listed: Workspace, tmp_path: Path) -> None:
    assert answers(listed, "/compare?id=1&id=6")[0] == 200
    publish(listed, write(tmp_path / "list.csv", row(1, 主要欄位說明=AIR)), settings=FREE)
    assert answers(listed, "/compare?id=1&id=6")[0] == 404


def test_the_results_of_a_search_can_be_picked(listed: Workspace) -> None:
    page = answers(listed, "/?q=空氣&lang=zh-Hant")[1]
    assert '<form id="compare" class="picked" action="/compare" method="get">' in page
    assert page.count('type="checkbox" name="id"') == page.count('form="compare"') == 4


def test_the_strip_counts_the_answers_of_the_quality_page(tmp_path: Path) -> None:
    workspace = looked_at(tmp_path)
    page = text(section(answers(workspace, "/dataset/1?lang=en")[1], "quality"))
    counts = re.search(r"Indicators, (\d+) (\d+) passed, (\d+) failed, (\d+) not checked", page)
    assert counts is not None
    whole = answers(workspace, "/quality/dataset/1?lang=en")[1].partition('id="points"')[0]
    verdicts = re.findall(ASKED, whole)
    told = [outcome for metric, outcome in verdicts if metric != "review-required"]
    assert list(map(int, counts.groups()[1:])) == [told.count(name) for name in ("passed", "failed", "not checked")]
    assert served(workspace).record(quality_iri(iri(1))) is not None
    assert "Badge as its source states it gold" in page


def test_the_state_of_a_dataset_is_one_sentence(listed: Workspace) -> None:
    page = answers(listed, "/dataset/1?lang=en")[1]
    assert "Open since 2020-01-02; updated: hourly; the day of its last data is not known." in page
    assert "自 2020-01-02 開放，更新頻率：每1時" in answers(listed, "/dataset/1?lang=zh-Hant")[1]


@pytest.mark.parametrize("address", [
    "https://data.example.tw/1.csv", "https://data.example.tw/a';touch x;'.csv?b=1&c=$(id)", 'https://data.example.tw/"\\\n#.csv',
    "https://data.example.tw/-o..%2f..%2fetc", "https://data.example.tw/%00.csv",
])  # fmt: skip
def test_a_file_is_fetched_by_lines_in_which_its_address_is_one_argument(address: str) -> None:
    found = commands(address, iri(1), "CSV")
    _, _, _, name, asked = shlex.split(found.curl)
    assert asked == address
    assert re.fullmatch(r"\w[\w.-]*", name)
    calls = [node for node in ast.walk(ast.parse(found.python)) if isinstance(node, ast.Call)]
    assert [ast.literal_eval(one) for one in calls[0].args] == [address, name]


def test_the_lines_stand_on_the_page(listed: Workspace) -> None:
    assert "curl --location --output 1.csv https://data.example.tw/1.csv" in section(answers(listed, "/dataset/1")[1], "files")


def test_a_telephone_is_a_link(listed: Workspace) -> None:
    assert '<a href="tel:+886-2-23117722">+886-2-23117722</a>' in section(answers(listed, "/dataset/1")[1], "contact")


def test_the_list_of_examples_has_relations(workspace: Workspace) -> None:
    publish(workspace, bundled() / "examples" / "data-gov-tw-excerpt.csv")
    release = served(workspace)
    found = [related(release, record.iri) for record in release.page("dataset", 1, 200)[1]]
    assert any(found)
    assert all(len(one) <= MOST for one in found)
