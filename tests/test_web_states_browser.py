"""Every state of a dataset, from the row that says it to the page in Chromium, in Chinese and in English."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders.agency_tables import OPEN, REQUEST, WITHHELD, opened, withheld, write
from builders.browsers import see
from builders.catalogs import iri
from builders.national_list import example_rows
from werkzeug.serving import make_server

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.publishing import purge
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings, Settings, SourceSettings
from odlinked.web.app import create

pytestmark = pytest.mark.browser

SETTINGS = Settings(publish=PublishSettings(workers=1), sources={"annex": SourceSettings(public=True)})
UNSEEN = "從未公開之檢舉人名冊"
FEE_BASIS = "規費法第10條所定收費基準，每公頃200元"
ON_REQUEST = {
    "序號": "1",
    "資料集名稱": "空照圖原始檔",
    "使用條件": f"1.收費：{FEE_BASIS} 2.限制利用：限學術研究 3.其他限制條件授權利用：須簽切結書",
    "資料申請網址": "https://data.example.tw/apply",
    "實質效益": "供學術機構建立土地利用模型",
    "提供單位": "水質保護司",
    "開放年月": "115年1月",
    "聯絡電話／電子郵件": "02-5555-0100#2801",
}


@dataclass(frozen=True)
class Seen:
    """What the page of a state must show in each language, under which status; `both` stands in either, `not_there` in none."""

    code: str
    status: int
    zh: tuple[str, ...]
    en: tuple[str, ...]
    both: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()


STATES = {
    "open": Seen("open_1", 200, ("河川水質監測open_1", "開放資料", "上架日期"), ("public", "First published"), ("水質保護司",)),
    "planned": Seen(
        "plan_1", 200, ("預計開放", "尚未開放，預計", "沒有檔案可下載"), ("planned", "Not open yet: planned for", "Planned for"),
        ("2111",), ("上架日期", "First published"),
    ),
    "on request": Seen(
        "{空照圖原始檔}", 200,
        ("依申請提供", "請依使用條件向提供單位申請", "使用條件", "收費", "限制利用", "其他限制條件授權利用", "資料申請網址",
         "實質效益", "付費"),
        ("on request", "apply to the unit", "Conditions of use", "fee", "restricted use", "other conditions of licence",
         "Where to apply", "Benefit", "charged for"),
        (FEE_BASIS, "限學術研究", "須簽切結書", "https://data.example.tw/apply", "供學術機構建立土地利用模型"),
    ),
    "converted to on request": Seen(
        "conv_1", 200, ("依申請提供", "轉為依申請提供之理由", "機關首長核可", "停止提供之公告"),
        ("on request", "Why it became data on request", "Approval by the head of the agency", "Public notice"),
        ("涉及第三人權利", "115年5月2日", "115年5月6日公告"),
    ),
    "converted to withheld": Seen(
        "conv_2", 410,
        ("這筆資料已下架", "已改列不予提供", "不予提供之依據", "政府資訊公開法第18條第1項第6款", "核定情形", "已核定"),
        ("This record was taken down", "It is withheld now", "Ground for withholding",
         "Freedom of Government Information Law, article 18(1)6", "Approval", "approved"),
        ("410", "115年5月2日部長核可", "115年5月6日公告停止提供"),
    ),
    "withheld, source public": Seen(
        "sec_1", 200, ("不予提供", "這份資料不予提供", "不予提供之依據", "政府資訊公開法第18條第1項第6款", "所述依據或理由"),
        ("withheld", "These data are not provided", "Ground for withholding",
         "Freedom of Government Information Law, article 18(1)6", "Ground as stated"),
        ("陳情案件紀錄",),
    ),
    "withdrawn with approval": Seen(
        "with_1", 410, ("這筆資料已下架", "原因", "下架面向", "標準面", "核定情形", "已核定", "資訊長核定", "提報諮詢小組會議"),
        ("This record was taken down", "Reason", "Facet", "standards", "approved", "Approval by the chief information officer",
         "Reported to the advisory meeting"),
        ("410", "欄位併入標準資料集", "115年5月6日", "115年度第1次會議"),
    ),
    "withdrawn without approval": Seen(
        "with_2", 410, ("這筆資料已下架", "核定情形", "未見核定"),
        ("This record was taken down", "Approval", "no approval stated"),
        ("410", "無人使用"), ("資訊長核定", "chief information officer"),
    ),
    "vanished": Seen(
        "990001", 410, ("這筆資料已下架", "來源未說明", "或許有接續的資料集"),
        ("This record was taken down", "Not stated", "There may be a dataset that continues it"), ("410", "已不在清單之資料集"),
    ),
    "successor of a vanished": Seen("990002", 200, ("資料集",), ("Dataset",), ("已不在清單之資料集",)),
    "fields with their standards": Seen(
        "28178", 200, ("主要欄位說明", "欄位", "意義", "資料標準", "（原文：日期標準）"),
        ("Fields", "Field", "Meaning", "Data standard", "(as stated: 日期標準)"),
        ("siteid", "itemunit", "Unit", "空氣品質監測小時值（CSV）"),
    ),
    "erased": Seen(
        "leak_1", 410, ("這筆資料已下架", "含不應公開之內容，已自目錄與各版次清除"),
        ("This record was taken down", "It held what must not be public and was erased"), ("410",), ("開發案地號",),
    ),
    "withheld, source private": Seen(
        "{" + UNSEEN + "}", 404, ("目錄裡沒有這個資料集",), ("The catalogue has no such dataset",), (), (UNSEEN,)
    ),
    "not approved yet": Seen(
        "wait_1", 404, ("目錄裡沒有這個資料集",), ("The catalogue has no such dataset",), (), ("wait_1水質",)
    ),
}  # fmt: skip


def national(folder: Path, name: str, identifier: str) -> Path:
    """Write the national list with one dataset under an identifier of its own."""
    row = example_rows()[0]
    headings = tuple(row)
    return write(folder / name, headings, {**row, headings[0]: identifier, headings[1]: "已不在清單之資料集"})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A year of rows: each state of the table above comes from a form, none is made by hand."""
    folder = tmp_path_factory.mktemp("states")
    made = Workspace(folder / "var")

    def publish(path: Path, source: str = "moenv") -> None:
        Publisher(made, SETTINGS).publish([path], source)

    codes = ("open_1", "with_1", "with_2", "conv_1", "conv_2")
    publish(write(
        folder / "open.csv", OPEN, *(opened(code) for code in codes), opened("plan_1", 開放年月="200年1月"),
        opened("leak_1", 資料集描述="尚未公告之開發案地號"), opened("wait_1", 資料集名稱="wait_1水質", 備註="陳核中"),
    ))  # fmt: skip
    converted = {
        **ON_REQUEST, "資料集名稱": "河川水質監測", "資料集代碼": "conv_1", "轉換依據或理由": "涉及第三人權利",
        "機關首長核可": "115年5月2日", "公告": "115年5月6日公告",
    }  # fmt: skip
    publish(write(folder / "request.csv", REQUEST, ON_REQUEST, converted))
    taken = {"資料集代碼": "conv_2", "機關首長核可": "115年5月2日部長核可", "公告": "115年5月6日公告停止提供"}
    publish(write(folder / "withheld.csv", WITHHELD, withheld("河川水質監測", **taken), withheld(UNSEEN)))
    publish(write(folder / "annex.csv", WITHHELD, withheld("陳情案件紀錄", 資料集代碼="sec_1")), "annex")
    approved = {
        "下架面向": "標準面", "下架原因": "欄位併入標準資料集", "資訊長核定": "115年5月6日", "提報會議": "115年度第1次會議",
    }  # fmt: skip
    publish(write(folder / "down.csv", OPEN, opened("with_1", "下架", **approved), opened("with_2", "下架", 備註="無人使用")))
    publish(national(folder, "first.csv", "990001"), "national")
    publish(national(folder, "second.csv", "990002"), "national")
    publish(Path(__file__).parents[1] / "examples" / "data-gov-tw-api-28178.json", "api")
    purge.purge(made, Assets(), iri("leak_1"), "2026-09-01T09:00:00+08:00", inputs=True)
    return made


@pytest.fixture(scope="module")
def place(workspace: Workspace) -> Iterator[str]:
    """The catalogue served over loopback."""
    server = make_server("127.0.0.1", 0, create(Releases(workspace), SETTINGS), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def path_of(workspace: Workspace, code: str) -> str:
    """Return the path of a state's page; a code in braces is the title of a record whose identifier is a hash."""
    if not code.startswith("{"):
        return f"/dataset/{code}"
    release = Releases(workspace).current()
    records = release.search(code.strip("{}")).records
    return "/dataset/" + (records[0].iri.rpartition("/")[2] if records else "0000000000000000")


def visible(browser: Any) -> str:
    """Return the text a reader sees."""
    return str(browser.execute_script("return document.body.innerText"))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", STATES)
def test_a_state_reaches_its_page(
    workspace: Workspace, place: str, browser: Any, axe: str, state: str, language: str
) -> None:
    told = STATES[state]
    see(browser, 1280, "light")
    browser.get(f"{place}{path_of(workspace, told.code)}?lang={'zh-Hant' if language == 'zh' else 'en'}")
    text = visible(browser)
    status = browser.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus")
    wanted = (*(told.zh if language == "zh" else told.en), *told.both)
    assert [word for word in wanted if word.lower() not in text.lower()] == [], text
    assert [word for word in told.not_there if word in text] == []
    assert status == told.status
    assert browser.execute_script("return document.documentElement.lang") == ("zh-Hant" if language == "zh" else "en")
    browser.execute_script(axe)
    faults = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map(v => v.id)))"
    )
    assert faults == []


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_search_lists_what_is_there_and_nothing_that_is_not(browser: Any, place: str, language: str) -> None:
    browser.get(f"{place}/?q=水質&lang={language}")
    text = visible(browser)
    assert "河川水質監測open_1" in text
    assert "河川水質監測plan_1" in text
    for gone in ("with_1", "with_2", "conv_2", "leak_1", "wait_1"):
        assert gone not in text
