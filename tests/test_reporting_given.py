"""The made catalogue of 2020 and the given small tables, as an office hands them in: every table by one command.

The tables whose rows are all given are compared whole with the paper, the others in the rows that are. In no given table are the
members of the group and its agenda, the places of other bodies in the awards, participants and prizes of earlier years (1,094 and
20), open datasets of earlier years, five of six conclusions, nine of ten places of the popularity award, 23 of 24 explanations of
strategies, planned openings as published of fourteen of sixteen agencies, and the programme for the data economy. Of the
environment ministry's plan the tables are the annex (`test_reporting_annex`), its deadlines and its order of units.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from builders.ministry import UNITS
from click.testing import CliRunner

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.clock import Clock
from odlinked.folding import fold
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

CASES = Path(__file__).parents[2] / "shared" / "cases"
pytestmark = [pytest.mark.slow, pytest.mark.shared,
              pytest.mark.skipif(not CASES.is_dir(), reason="the given tables are not beside the checkout")]
CLOCK = Clock.of("+08:00", datetime(2020, 11, 5, 4, tzinfo=UTC))
DAY = "2020-11-05"

LISTS = ("forms/asset-inventory", "forms/awards", "forms/checklist", "forms/moea-cost2", "forms/seminars", "forms/strategies",
         "forms/subsidy", "forms/tracking", "truth/planned92", "truth/usage", "truth/appraisal", "truth/moea-requests")
CHANGES = {"forms/badge-progress": "", "forms/moea-on-request": "", "forms/moea-withheld": "", "forms/score": "score-1090731",
           "forms/popular": "popular-1090731", "forms/platinum-by-unit": "platinum-1091105",
           "forms/planned-counts": "預計開放-1091104"}
"""The given tables: whole lists, and others, of which those that carry no day are handed in under a name that has one."""

CATEGORIES = {"公共資訊": 2222, "開創事業": 643, "投資理財": 118, "生活安全及品質": 75, "休閒旅遊": 40, "求職及就業": 24,
              "生育保健": 17, "求學及進修": 11, "交通及通訊": 8, "合計": 3158}
PLANNED = {"經濟部商業司": 8, "經濟部技術處": 2, "經濟部投資業務處": 2, "經濟部統計處": 2, "經濟部水利署": 42,
           "經濟部國際貿易局": 2, "經濟部標準檢驗局": 5, "經濟部能源局": 3, "經濟部礦務局": 3, "經濟部中小企業處": 4,
           "經濟部國營事業委員會": 1, "經濟部貿易調查委員會": 4, "經濟部中央地質調查所": 8, "台灣中油股份有限公司": 2,
           "台灣自來水股份有限公司": 1, "台灣糖業股份有限公司": 3, "合計": 92}
REQUESTS = [("548277", "水利署", "已開放"), ("548562", "水利署", "無法開放"), ("548686", "工業局", "無法開放"),
            ("548740", "中部辦公室", "無法開放"), ("548937", "商業司", "無法開放")]
STRATEGIES = {"水利署": 1, "技術處": 1, "能源局": 2, "礦務局": 1, "中央地質調查所": 2, "國營事業委員會": 1, "台灣電力": 1,
              "台灣中油": 3, "台灣自來水": 1, "台灣糖業": 1, "商業司": 1, "國際貿易局": 1, "工業局": 1, "標準檢驗局": 1,
              "智慧財產局": 1, "中小企業處": 1, "加工出口區管理處": 2, "投資審議委員會": 1, "貿易調查委員會": 1,
              "專業人員研究中心": 1}
"""The units of the strategies as the paper lists them, and how many each has."""

DEADLINES = {"經濟部": ["01-31", "02-28", "03-15", "06-30", "07-31", "09-15", "11-30", "12-15", "12-31"],
             "環境部": ["03-31", "06-30", "12-31"]}

Rows = list[tuple[object, ...]]
Book = dict[str, Rows]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    """Return the meeting's workbook, for the agency and for the public: sheet -> its lines, headings first."""
    folder = tmp_path_factory.mktemp("given")
    workspace = Workspace(folder / "var")
    publisher = Publisher(workspace, Settings(), clock=CLOCK)

    def given(name: str, handed_in: str = "") -> Path:
        path = next(CASES.glob(f"{name}.*"))
        return Path(shutil.copy(path, folder / f"{handed_in or path.stem}{path.suffix}"))

    publisher.publish([CASES / "moea-2020.csv", *map(given, LISTS)], "lists")
    publisher.publish([given(*one) for one in CHANGES.items()], "changes")
    publisher.measure(date(2020, 7, 31))
    found = {}
    for name, more in (("own", []), ("public", ["--public"])):
        done = CliRunner().invoke(main, ["report", "--kind", "meeting", "--as-of", DAY, "--workspace", str(workspace.root),
                                         "--output", str(folder / f"{name}.xlsx"), *more])
        assert done.exit_code == 0, done.output
        book = openpyxl.load_workbook(folder / f"{name}.xlsx")
        found[name] = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    return found


@pytest.fixture
def own(books: dict[str, Book]) -> Book:
    return books["own"]


def cells(book: Book, sheet: str, *heads: str) -> Rows:
    """Return the rows of a sheet in some of its columns."""
    first, *rest = book[sheet]
    return [tuple(line[first.index(head)] for head in heads) for line in rest]


def test_counts_by_service_category(own: Book) -> None:
    assert dict(cells(own, "服務分類", "服務分類", "項數")) == CATEGORIES
    assert all(str(examples).count("、") == 1 for _, examples in cells(own, "服務分類", "服務分類", "舉例")[:-1])


def test_gold_progress_of_five_days(own: Book) -> None:
    """The sixth day is that of the score, which tells the same two counts."""
    days, bodies, tested, gold, share = own["金標章進度（公布）"]
    assert days[1:] == ("2018-10", "2019-05", "2019-10", "2020-05", "2020-07-31", "2020-10")
    assert set(bodies[1:]) == {"經濟部"}
    assert tested[1:] == (2487, 2628, 2699, 2812, 2883, 2921)
    assert gold[1:] == (2385, 2558, 2675, 2812, 2883, 2921)
    assert [int(float(str(one))) for one in share[1:]] == [95, 97, 99, 100, 100, 100]


def test_platinum_by_unit_in_two_columns_with_its_total(own: Book) -> None:
    heads, *rows, last = own["白金標章"]
    assert heads == ("單位名稱", "白金標章數", "已開放") * 2
    told = {str(line[at]): (line[at + 2], line[at + 1]) for at in (0, 3) for line in rows if line[at]}
    assert told == {unit: counts[:2] for unit, counts in UNITS.items()}
    assert last[3:] == ("合計", 598, 3158)
    assert cells(own, "白金標章（公布）", "單位名稱", "白金標章數", "統計日")[:1] == [("經濟部商業司", 0, DAY)]


def test_the_score_and_how_it_is_made_up(own: Book) -> None:
    """Two given tables tell the score: it stands once."""
    assert own["金質獎分數（公布）"][1:] == [("經濟部", "2020-07-31", 2883, 0, 0, 2883, 106, 101, 5)]
    assert [line for line in own["分數計算說明"] if line[1] == "2020-07-31"] == [
        ("經濟部", "2020-07-31", 2883, 100, 503, 5, 12, 1.2, 106.2, 106)]
    assert dict(cells(own, "OAS 驗證通過（公布）", "單位名稱", "OAS 驗證通過")) == {
        "經濟部商業司": 16, "經濟部國際貿易局": 2, "經濟部工業局": 1, "經濟部中小企業處": 7}


def test_planned_openings_by_agency(own: Book) -> None:
    assert dict(cells(own, "預計開放統計", "機關名稱", "數量")) == PLANNED
    assert len(own["預計開放"]) - 1 == 92


def test_requests_with_outcome_kind_and_answer(own: Book) -> None:
    found = cells(own, "民間需求回應", "ID", "回應機關", "開放情形")
    assert found == [(number, f"經濟部{unit}", outcome) for number, unit, outcome in REQUESTS]
    assert sorted(map(str, cells(own, "民間需求統計", "開放情形", "回應機關", "項數"))) == sorted(
        map(str, [*((outcome, f"經濟部{unit}", 1) for _, unit, outcome in REQUESTS), ("合計", None, 5)]))
    assert cells(own, "民間意見統計", "意見類別", "開放情形", "項數", "理由不成立") == [
        ("我想要更多", "已開放", 1, 0), ("我想要更多", "無法開放", 4, 2)], "the kind stands above the table"
    for texts in cells(own, "民間需求回應", "標題", "發表內容", "回覆情形"):
        assert all(texts)


def test_views_downloads_popularity_and_awards(own: Book) -> None:
    assert [number for (number,) in cells(own, "瀏覽前三名", "瀏覽次數")] == [435_837, 98_329, 75_990]
    assert [number for (number,) in cells(own, "下載前三名", "下載次數")] == [224_465, 205_629, 199_385]
    assert own["人氣獎（公布）"][1:] == [(9, "年度中小企業重要統計表", "經濟部中小企業處")]
    assert own["應用獎項"][1:] == [("2020", "經濟部開放資料應用組", "金獎", "歷年產業職位薪資快速搜尋比對平台",
                                "珵式馬大數據科技股份有限公司", "127751")]
    assert cells(own, "推廣活動", "日期", "參加人次") == [("2020-07-24", 74), ("合計", 74)]


def test_strategies_conclusions_appraisal_and_deadlines(own: Book) -> None:
    listed = [str(unit) for (unit,) in cells(own, "主題式策略", "單位名稱")]
    names = [name for name, number in STRATEGIES.items() for _ in range(number)]
    assert [unit for unit, name in zip(listed, names, strict=True) if fold(name) not in fold(unit)] == []
    assert cells(own, "策略意涵", "單位名稱", "推動策略") == [("經濟部水利署", "水防救災資料開放推動策略")]
    (one,) = cells(own, "會議結論追蹤", "會議日期", "備註", "辦理情形")
    assert one[:2] == ("2020-06-30", "建議解除列管")
    assert "清單計76項" in str(one[2])
    assert len({item for (item,) in cells(own, "績效考核", "考核項目")}) == 12
    days = cells(own, "期限", "部會", "期限")
    assert {name: [str(day)[5:] for ministry, day in days if ministry == name] for name in DEADLINES} == DEADLINES


def test_key_figures(own: Book) -> None:
    """The paper's own numbers differ among themselves (3,156, 3,158 and 3,159 open ones, 92 and 168 planned)."""
    found = {name: (value, out) for name, value, out in cells(own, "推動成效", "項目", "數值", "分母")}
    told = {"累計開放資料集": (3158, None), "列入品質檢測之資料集": (2921, 3158), "金標章以上": (2921, 2921),
            "白金標章": (598, 3158), "預計開放資料集": (92, None), "我想要更多：已回復": (5, 5), "當年度推廣活動": (1, None),
            "當年度推廣活動參加人次": (74, None), "當年度得獎作品": (1, None)}
    assert found == told


def test_what_is_internal_is_in_no_report_for_the_public(books: dict[str, Book]) -> None:
    everything = str(books["public"])
    for word in ("清單計76項", "營業秘密", "水利防災系統", "50,000,000", "輔導計畫審查資料", "檢測結果一覽表"):
        assert word not in everything
    assert "清單計76項" in str(books["own"])
