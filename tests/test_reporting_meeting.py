"""Every table of the economics ministry's meeting of November 2020, made by one command and compared cell by cell with the paper.

The catalogue and the small tables are made here with the paper's totals. What the paper shows and no table here has, because it
is in no data: the members of the group, the agenda and the slides of other bodies, the stars of file formats and the classes of
data (explanations, which the code lists have), withdrawals (the paper has none), the action plans, and the results of the
programme for the data economy. Of the environment ministry's plan the tables are the annex (`test_reporting_annex`), its
deadlines and its order of units.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pptx
import pytest
from builders.extent import extent
from builders.national_list import row, write
from click.testing import CliRunner

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.clock import Clock
from odlinked.publishing.publish import Publisher
from odlinked.settings import ReportSettings, Settings
from odlinked.web.app import create

pytestmark = pytest.mark.slow
CLOCK = Clock.of("+08:00", datetime(2020, 11, 5, 2, tzinfo=UTC))
DAY = date(2020, 11, 5)

PLATINUM = {
    "商業司": 0, "總務司": 0, "技術處": 0, "國際合作處": 12, "投資業務處": 0, "統計處": 10, "會計處": 0, "人事處": 11,
    "研究發展委員會": 0, "法規委員會": 0, "訴願審議委員會": 0, "秘書室": 0, "中部辦公室": 0, "資訊中心": 3, "水利署": 59,
    "國際貿易局": 24, "工業局": 37, "標準檢驗局": 0, "智慧財產局": 4, "能源局": 34, "礦務局": 97, "中小企業處": 15,
    "加工出口區管理處": 148, "投資審議委員會": 0, "國營事業委員會": 1, "貿易調查委員會": 0, "中央地質調查所": 7,
    "專業人員研究中心": 0, "台灣電力股份有限公司": 0, "台灣中油股份有限公司": 85, "台灣自來水股份有限公司": 5,
    "台灣糖業股份有限公司": 46,
}
"""經濟部資料集白金標章數量, 109/11/05: 598 together."""

CATEGORIES = {"公共資訊": extent(422, 2222), "開創事業": extent(143, 643), "投資理財": 118, "生活安全及品質": 75,
              "休閒旅遊": 40, "求職及就業": 24, "生育保健": 17, "求學及進修": 11, "交通及通訊": 8}
"""The paper's 3,158 datasets, or 858 of them: of the given list `test_reporting_given` counts them all."""

UNCOUNTED = 234, 3
"""Datasets that do not count: early ones, and those on the white list."""

OPEN = sum(CATEGORIES.values())
TESTED = OPEN - sum(UNCOUNTED)

PROGRESS = {"2018-10": (2487, 2385, 95), "2019-05": (2628, 2558, 97), "2019-10": (2699, 2675, 99), "2020-05": (2812, 2812, 100),
            "2020-10": (2921, 2921, 100)}
"""Datasets tested, gold ones, and the share as the paper has it, without its decimals."""

PLANNED = {"商業司": 8, "技術處": 2, "投資業務處": 2, "統計處": 2, "水利署": 42, "國際貿易局": 2, "標準檢驗局": 5, "能源局": 3,
           "礦務局": 3, "中小企業處": 4, "國營事業委員會": 1, "貿易調查委員會": 4, "中央地質調查所": 8,
           "台灣中油股份有限公司": 2, "台灣自來水股份有限公司": 1, "台灣糖業股份有限公司": 3}
REQUESTS = [
    ("548277", "水權統計資料開放建議", "建議將統計整理為csv放在平臺", "水利署", "已開放", "已去識別化後提供。"),
    ("548562", "地層下陷相關資料建議開放", "無法取得各區域之詳細監測資料", "水利署", "無法開放",
     "資料量龐大，敬請函請水利署提供。"),
    ("548686", "產業升級創新平台輔導計畫補助廠商", "希望整併資料並提供統編", "工業局", "無法開放",
     "核定金額非業者需要參考之重要資訊。"),
    ("548740", "有限合夥登記資料集下載", "辨識實質受益人", "中部辦公室", "無法開放", "已於「全國商工行政服務入口網」公示揭露。"),
    ("548937", "商業登記查詢－負責人與合夥人查詢", "計算出資額比例", "商業司", "無法開放",
     "應公告於資訊網站，可至商工登記公示資料查詢服務網站查詢。"),
]
VIEWS = [("電力維生管線災情資訊", "台灣電力股份有限公司", 435_837), ("公司設立登記清冊(月份)", "經濟部商業司", 98_329),
         ("臨時工廠名錄", "經濟部中部辦公室", 75_990)]
DOWNLOADS = [("電價成本", "台灣電力股份有限公司", 224_465),
             ("太陽光電發電量及平均單位裝置容量每日發電量統計表", "台灣電力股份有限公司", 205_629),
             ("本年度每日尖峰備轉容量率", "台灣電力股份有限公司", 199_385)]
POPULAR = [
    ("盤後資訊 > 個股日收盤價及月平均價", "金融監督管理委員會證券期貨局"), ("全國營業(稅籍)登記資料集", "財政部財政資訊中心"),
    ("上市公司基本資料", "金融監督管理委員會證券期貨局"), ("臺中市道路寬度", "臺中市政府研究發展考核委員會"),
    ("內政部20公尺網格數值地形模型資料", "內政部地政司"), ("空氣品質指標(AQI)", "行政院環境保護署"),
    ("外國及大陸銀行在台分行資產負債統計表", "中央銀行"), ("警廣即時路況", "內政部警政署"),
    ("年度中小企業重要統計表", "經濟部中小企業處"), ("歷史交通事故資料", "內政部警政署"),
]
APIS = {"商業司": 16, "國際貿易局": 2, "工業局": 1, "中小企業處": 7}
AWARDS = [("金獎", "歷年產業職位薪資快速搜尋比對平台", "珵式馬大數據科技股份有限公司"),
          ("銀獎", "摸摸水質大象", "鎮鑫科技股份有限公司"), ("銅獎", "智慧洗衣整燙門市快速展店系統", "辰閎科技有限公司"),
          ("區塊鏈創新應用獎", "BayPay灣支付", "雲飛傳媒有限公司")]
CONCLUSIONS = [
    ("二、109年上半年預計開放資料集同意開放。", "清單計76項，已如期完成登載及發布作業。", "本部幕僚單位及所屬機關(構)"),
    ("三、開放資料民間需求之回應，依原先作法辦理。", "將配合會議決議辦理。", "本部幕僚單位及所屬機關(構)"),
    ("四、開放資料品質提升作業，請各單位配合。", "已如期如質完成。", "本部幕僚單位及所屬機關(構)"),
    ("五、補助計畫盤點作業，請各單位配合。", "已如期完成補助計畫盤點提報。", "本部幕僚單位及所屬機關(構)"),
    ("六、109年7月至11月資料開放工作重點。", "已於9月15日完成提報作業。", "本部幕僚單位及所屬機關(構)"),
    ("七、請台電公司分享經驗。", "已經於本日完成經驗分享。", "台灣電力股份有限公司"),
]
STRATEGIES = [("水利署", "水防救災資料開放推動策略"), ("技術處", "法人科技專案計畫之可移轉技術與專利開放資料推動策略"),
              ("礦務局", "全國砂土石產銷存動態資訊揭露"), ("國際貿易局", "多元化拓展海外市場"), ("工業局", "產業人力"),
              ("標準檢驗局", "商品安全"), ("專業人員研究中心", "訓練進修園地")]
DEADLINES = {"1/31": "辦理資料開放績效考評作業及成果報告", "2/28": "辦理各項資料盤點作業", "3/15": "", "6/30": "", "11/30": "",
             "12/15": "", "12/31": "開放資料績效考核標準表"}
SETTINGS = Settings(report=ReportSettings(deadlines=tuple(f"{day} {task}".strip() for day, task in DEADLINES.items())))


def whole(unit: str) -> str:
    """Return a unit's whole name."""
    return unit if unit.endswith("公司") else f"經濟部{unit}"


def catalogue(path: Path) -> Path:
    """Write the datasets: of each unit, of these the platinum ones; 237 do not count."""
    themes = [theme for theme, number in CATEGORIES.items() for _ in range(number)]
    units = [(unit, "白金" if place < PLATINUM[unit] else "金") for unit in PLATINUM for place in range(max(PLATINUM[unit], 1))]
    left = len(themes) - len(units)
    units += [(unit, "金") for _ in range(left) for unit in ("工業局",)]
    rows: list[dict[str, str]] = []
    early, white = UNCOUNTED
    for number, ((unit, badge), theme) in enumerate(zip(units, themes, strict=True), 200_000):
        cells = {"提供機關": whole(unit), "服務分類": theme, "品質檢測": badge, "上架日期": "2016-03-01 00:00:00",
                 "詮釋資料更新時間": "2020-10-01 10:00:00"}
        if badge == "金" and early:
            early, cells = early - 1, cells | {"上架日期": "2014-03-01 00:00:00"}
        elif badge == "金" and white and unit == "工業局":
            white, cells = white - 1, cells | {"品質檢測": "白名單"}
        rows.append(row(number, f"{unit}資料", **cells))
    return write(path, *rows)


def table(path: Path, heads: Sequence[str], lines: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *lines])
    return path


def tables(folder: Path) -> dict[str, Path]:
    """Write the small tables, by the source they are published as."""
    days = ["107年10月初", "108年5月底", "108年10月初", "109年5月底", "109年10月底"]
    planned = [(f"{unit}預計{place}", whole(unit)) for unit, number in PLANNED.items() for place in range(number)]
    usage = [(title, unit, views, 1) for title, unit, views in VIEWS]
    usage += [(title, unit, 1, number) for title, unit, number in DOWNLOADS]
    made = {
        "planned": (["序號", "機關名稱", "資料集名稱", "資料集描述", "主要欄位說明", "服務分類", "更新頻率", "檔案格式",
                     "預計開放日期"],
                    [[number, unit, title, "說明這份資料。", "序號;名稱", "公共資訊", "每1年", "CSV", "109年11月30日"]
                     for number, (title, unit) in enumerate(planned, 1)]),
        "feedback": (["ID", "意見類別", "標題", "發表內容", "回應機關", "開放情形", "回覆情形"],
                     [[number, "我想要更多", title, text, whole(unit), outcome, answer]
                      for number, title, text, unit, outcome, answer in REQUESTS]),
        "progress": (["數量/時間", *days], [["資料集檢測筆數", *(f"{one[0]}(註)" for one in PROGRESS.values())],
                                        ["金標章數", *(one[1] for one in PROGRESS.values())],
                                        ["金標章佔比", *(f"{one[2]}%" for one in PROGRESS.values())]]),
        "score": (["機關名稱", "金標章", "銀標章", "銅標章", "白金標章", "資料集數", "符合OAS驗證", "今年分數", "去年分數",
                   "進步分數", "統計日期"],
                  [["經濟部", 2883, 0, 0, 503, 2883, 12, 106, 101, 5, "109/07/31"]]),
        "popular": (["排名", "資料集名稱", "機關單位", "統計日期"],
                    [[f"第 {place} 名", *one, "109年7月31日"] for place, one in enumerate(POPULAR, 1)]),
        "platinum": (["單位名稱", "白金標章數", "統計日期"], [[unit, number, "109/11/05"] for unit, number in PLATINUM.items()]),
        "apis": (["受考核單位", "主管機關", "考核項目", "實績", "佐證", "統計日期"],
                 [[whole(unit), "經濟部", "符合OAS驗證", number, "", "109年10月31日"] for unit, number in APIS.items()]),
        "usage": (["資料集名稱", "提供機關", "瀏覽次數", "下載次數", "統計日期"], [[*one, "109年10月31日"] for one in usage]),
        "awards": (["年度", "組別", "獎項", "作品名稱", "團隊", "使用資料集"],
                   [[109, "經濟部開放資料應用組", *one, ""] for one in AWARDS]),
        "seminars": (["年度", "活動名稱", "日期", "地點", "主辦單位", "參加人次"],
                     [[109, "資料服務應用補助說明會", "109年3月27日", "線上", "工業局", 305],
                      [109, "經濟部109年度政府資料開放應用研討會", "109年7月24日", "本部大禮堂", "資訊中心", 74]]),
        "tracking": (["會議時間", "結論", "辦理情形", "主辦單位", "備註"],
                     [["第5屆第2次會議109/06/30", *one, "建議解除列管"] for one in CONCLUSIONS]),
        "strategies": (["單位名稱", "推動策略", "策略意涵"], [[*one, "說明"] for one in STRATEGIES]),
    }
    return {source: table(folder / f"{source}.csv", *made[source]) for source in made}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("meeting")
    made = Workspace(folder / "var")
    publisher = Publisher(made, SETTINGS, clock=CLOCK)
    publisher.publish([catalogue(folder / "list.csv")], "national")
    for source, path in tables(folder).items():
        publisher.publish([path], source)
    publisher.measure(date(2020, 7, 31))
    publisher.measure(DAY)
    return made


@pytest.fixture(scope="module")
def made(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the workbook and the slides that one command writes."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "odlinked.toml").write_text(f"[report]\ndeadlines = {list(SETTINGS.report.deadlines)!r}\n", encoding="utf-8")
    done = CliRunner().invoke(main, [
        "report", "--kind", "meeting", "--as-of", "2020-11-05", "--workspace", str(workspace.root), "--config",
        str(folder / "odlinked.toml"), "--output", str(folder / "meeting.xlsx"), "--slides", str(folder / "meeting.pptx")])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def book(made: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(made / "meeting.xlsx")


def cells(book: openpyxl.Workbook, sheet: str, *heads: str) -> list[tuple[object, ...]]:
    """Return the rows of a sheet in some of its columns."""
    first, *rest = book[sheet].iter_rows(values_only=True)
    places = [first.index(head) for head in heads]
    return [tuple(line[place] for place in places) for line in rest]


def test_numbers_by_service_category_with_examples(book: openpyxl.Workbook) -> None:
    *rows, last = cells(book, "服務分類", "服務分類", "項數", "舉例")
    assert {(name, number) for name, number, _ in rows} == set(CATEGORIES.items())
    assert all(str(examples).count("、") == 1 for _, _, examples in rows)
    assert last[:2] == ("合計", OPEN)


def test_gold_progress_of_five_days(book: openpyxl.Workbook) -> None:
    heads, _, tested, gold, share = book["金標章進度（公布）"].iter_rows(values_only=True)
    columns = {day: place for place, day in enumerate(heads)}
    for day, told in PROGRESS.items():
        place = columns[day]
        assert (tested[place], gold[place], int(float(str(share[place])))) == told


def test_platinum_badges_in_two_columns_with_their_total(book: openpyxl.Workbook) -> None:
    lines = list(book["白金標章"].iter_rows(values_only=True))
    assert lines[0] == ("單位名稱", "白金標章數", "已開放") * 2
    found = {line[at]: line[at + 1] for at in (0, 3) for line in lines[1:-1] if line[at]}
    assert found == {whole(unit): number for unit, number in PLATINUM.items()}
    assert [line[0] for line in lines[1:-1]] + [line[3] for line in lines[1:-1] if line[3]] == [whole(unit) for unit in PLATINUM]
    assert lines[-1][3:5] == ("合計", 598)
    assert dict(cells(book, "白金標章（公布）", "單位名稱", "白金標章數")) == {**found, "合計": 598}


def test_the_score_sheet_with_its_counts_and_their_day(book: openpyxl.Workbook) -> None:
    told = ("機關名稱", "統計日", "金標章", "銀標章", "銅標章", "資料集數", "今年分數", "去年分數", "進步分數")
    assert cells(book, "金質獎分數（公布）", *told) == [("經濟部", "2020-07-31", 2883, 0, 0, 2883, 106, 101, 5)]
    heads = ("機關", "計算日", "檢測筆數", "資料集得分", "白金標章數", "白金標章加分", "符合 OAS", "OAS 加分", "加總", "總得分")
    assert ("經濟部", "2020-07-31", 2883, 100, 503, 5, 12, 1.2, 106.2, 106) in cells(book, "分數計算說明", *heads)
    valid = dict(cells(book, "OAS 驗證通過（公布）", "單位名稱", "OAS 驗證通過"))
    assert valid == {whole(unit): number for unit, number in APIS.items()}


def test_places_of_the_popularity_award(book: openpyxl.Workbook) -> None:
    found = cells(book, "人氣獎（公布）", "排名", "資料集名稱", "機關單位")
    assert [(place, title) for place, title, _ in found] == [(place, title) for place, (title, _) in enumerate(POPULAR, 1)]
    assert found[8][2] == "經濟部中小企業處"


def test_planned_openings_by_agency(book: openpyxl.Workbook) -> None:
    assert cells(book, "預計開放統計", "機關名稱", "數量") == [
        *((whole(unit), PLANNED[unit]) for unit in PLATINUM if unit in PLANNED), ("合計", 92)]
    assert len(cells(book, "預計開放", "資料集名稱")) == 92


def test_requests_by_outcome_and_agency_with_question_and_answer(book: openpyxl.Workbook) -> None:
    *rows, last = cells(book, "民間需求統計", "開放情形", "回應機關", "項數")
    assert sorted(map(str, rows)) == sorted(str((outcome, whole(unit), 1)) for _, _, _, unit, outcome, _ in REQUESTS)
    assert last[2] == 5
    found = cells(book, "民間需求回應", "ID", "標題", "發表內容", "回應機關", "開放情形", "回覆情形")
    assert found == [(number, title, text, whole(unit), *rest) for number, title, text, unit, *rest in REQUESTS]
    assert [bool(one[0]) for one in cells(book, "民間需求回應", "理由不成立")] == [False, False, False, True, True]
    assert cells(book, "民間意見統計", "意見類別", "開放情形", "項數", "已回復", "理由不成立") == [
        ("我想要更多", "已開放", 1, 1, 0), ("我想要更多", "無法開放", 4, 4, 2)]


def test_conclusions_strategies_awards_and_events(book: openpyxl.Workbook) -> None:
    assert cells(book, "會議結論追蹤", "會議日期", "結論", "辦理情形", "主辦單位", "備註") == [
        ("2020-06-30", *one, "建議解除列管") for one in CONCLUSIONS]
    assert cells(book, "策略意涵", "單位名稱", "推動策略") == [(whole(unit), text) for unit, text in sorted(
        STRATEGIES, key=lambda one: list(PLATINUM).index(one[0]))]
    assert len(cells(book, "主題式策略", "推動策略", "已開放", "預計開放")) == 25
    assert set(cells(book, "應用獎項", "年度", "獎項", "作品名稱", "團隊")) == {("2020", *one) for one in AWARDS}
    assert cells(book, "推廣活動", "日期", "參加人次") == [("2020-03-27", 305), ("2020-07-24", 74), ("合計", 379)]


def test_the_three_viewed_and_downloaded_most(book: openpyxl.Workbook) -> None:
    assert cells(book, "瀏覽前三名", "資料集名稱", "機關", "瀏覽次數") == VIEWS
    assert cells(book, "下載前三名", "資料集名稱", "機關", "下載次數") == DOWNLOADS


def test_key_figures_and_deadlines(book: openpyxl.Workbook) -> None:
    found = {name: (value, out) for name, value, out in cells(book, "推動成效", "項目", "數值", "分母")}
    assert found["累計開放資料集"] == (OPEN, None)
    assert found["列入品質檢測之資料集"] == (TESTED, OPEN)
    assert found["金標章以上"] == (TESTED, TESTED)
    assert found["白金標章"] == (598, OPEN)
    assert found["預計開放資料集"] == (92, None)
    assert found["我想要更多：已回復"] == (5, 5)
    assert [found[name] for name in ("當年度推廣活動", "當年度推廣活動參加人次", "當年度得獎作品")] == [
        (2, None), (379, None), (4, None)]
    days = [day for day, _ in cells(book, "期限", "期限", "工作")]
    assert days == [f"2020-{int(one.split('/')[0]):02}-{int(one.split('/')[1]):02}" for one in DEADLINES]
    assert all(task for _, task in cells(book, "期限", "期限", "工作"))


def test_pages_and_questions_have_the_same_numbers(workspace: Workspace, book: openpyxl.Workbook) -> None:
    client = create(Releases(workspace), SETTINGS).test_client()

    def asked(question: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(client.get(f"/query/{question}").text)))

    assert asked("platinum-by-organization.csv?today=2020-11-05")[-1]["platinum"] == "598"
    assert [one["datasets"] for one in asked("planned-by-organization.csv?today=2020-11-05") if not one["unit"]] == ["92"]
    assert {one["figureName"]: one["value"] for one in asked("key-figures.csv?today=2020-11-05")} == {
        name: str(value) for name, value, _ in cells(book, "推動成效", "項目", "數值", "分母")}
    progress = [one["goldOrBetter"] for one in asked("published-progress.csv?today=2020-11-05")]
    assert progress == ["2385", "2558", "2675", "2812", "2883", "2921"]
    assert asked("published-progress.csv?today=2018-12-31")[-1]["date"] == "2018-10"


def test_whoever_doubts_a_table_asks_it_on_the_service(workspace: Workspace, book: openpyxl.Workbook) -> None:
    """Each table leads to its question with its day: but those of internal records, and those that compare releases."""
    client = create(Releases(workspace), SETTINGS).test_client()
    listed = [line for line in book["說明"].iter_rows() if line[0].value in book.sheetnames]
    assert len(listed) == len(book.sheetnames) - 1
    unanswered = {line[0].value for line in listed if not line[3].value}
    assert unanswered == {"會議結論追蹤", "歷次統計", "金標章得失", "期限"}
    for line in listed:
        if line[0].value in unanswered:
            continue
        assert line[3].hyperlink.target == line[3].value
        path, _, query = line[3].value.partition("/query/")[2].partition("?")
        answer = client.get(f"/query/{path}.csv?{query}")
        assert answer.status_code == 200, line[3].value
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert bool(rows) == (book[line[0].value].max_row > 1), line[0].value


def test_slides_hold_every_row_and_nothing_is_cut(made: Path, book: openpyxl.Workbook) -> None:
    deck = pptx.Presentation(str(made / "meeting.pptx"))
    shown: dict[str, list[str]] = {}
    for slide in list(deck.slides)[1:]:
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        grids = [shape for shape in slide.shapes if shape.has_table]
        assert len(grids) == 1
        rows = grids[0].table.rows
        height = sum(line.height for line in rows)
        assert grids[0].top + height < deck.slide_height - 350_000, texts[0]
        assert grids[0].left + sum(column.width for column in grids[0].table.columns) <= deck.slide_width, texts[0]
        shown.setdefault(texts[0].split("（")[0], []).extend(cell.text_frame.text for line in rows for cell in line.cells)
        assert texts[2].startswith("數字出處")
    for number, title, text, unit, _, answer in REQUESTS:
        assert {number, title, text, whole(unit), answer} <= set(shown["民間需求回應"])
    assert {whole(unit) for unit in PLATINUM} <= set(shown["白金標章"])
    assert "598" in shown["白金標章"]


def test_one_for_the_public_has_no_conclusions(workspace: Workspace, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [
        "report", "--kind", "meeting", "--as-of", "2020-11-05", "--workspace", str(workspace.root), "--public",
        "--output", str(tmp_path / "public.xlsx"), "--slides", str(tmp_path / "public.pptx")])
    assert done.exit_code == 0, done.output
    public = openpyxl.load_workbook(tmp_path / "public.xlsx")
    assert "會議結論追蹤" not in public.sheetnames
    everything = " ".join(str(cell) for sheet in public for line in sheet.iter_rows(values_only=True) for cell in line)
    assert "清單計76項" not in everything
    assert "符合OAS驗證" not in everything
    assert cells(public, "白金標章", "單位名稱", "白金標章數")
