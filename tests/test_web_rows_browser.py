"""The page of published rows in Chromium: wide and narrow, in both languages, without faults of axe, and by keyboard."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.browsers import see
from builders.lifted import DATA, described, joined, listed
from builders.national_list import row
from werkzeug.serving import make_server

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

pytestmark = pytest.mark.browser
RUN_AXE = """const done = arguments[arguments.length - 1];
axe.run(document).then(found => done(found.violations.map(one => one.id + ": " + one.nodes.map(node => node.html).join(" "))));"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("pyarrow")
    folder: Path = tmp_path_factory.mktemp("rows")
    listed(folder, row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/stations.csv", 編碼格式="UTF-8", 資料量="4"))
    joined(folder, described(folder, DATA + "5,陽明,1.5,2024-10-08T20:00:00,25.18,121.52,\n"))
    app = create(Releases(Workspace(folder / "var")), Settings())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    app.extensions["odlinked.sparql"].close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/rows/6001", "/data/stations/1", "/data/stations/ns"])
def test_a_page_has_no_faults_at_any_width(browser: Any, place: str, axe: str, path: str, width: int, scheme: str) -> None:
    see(browser, width, scheme)
    for language in ("zh-Hant", "en"):
        browser.get(f"{place}{path}?lang={language}")
        assert browser.execute_script("return document.documentElement.lang") == language
        browser.execute_script(axe)
        assert browser.execute_async_script(RUN_AXE) == []
        assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_tables_can_be_scrolled_and_numbers_opened_by_keyboard(browser: Any, place: str) -> None:
    from selenium.webdriver.common.keys import Keys

    see(browser, 390, "light")
    browser.get(f"{place}/rows/6001?lang=en")
    seen = set()
    body = browser.find_element("tag name", "body")
    body.send_keys(Keys.TAB)
    for _ in range(60):
        active = browser.switch_to.active_element
        seen.add(active.get_attribute("aria-label") or active.text)
        if active.text == "See the numbers":
            active.send_keys(Keys.ENTER)
        active.send_keys(Keys.TAB)
    assert {"Table: Preview", "Table: Columns", "See the numbers"} <= seen
    assert browser.execute_script("return document.querySelector('details.numbers').open")


def test_many_columns_are_printed_across_a_page_of_their_own(browser: Any, place: str) -> None:
    see(browser, 1280, "light")
    browser.get(f"{place}/rows/6001")

    def across() -> int:
        printed = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
        sizes = re.findall(rb"/MediaBox *\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
        assert sizes
        return sum(float(width) > float(height) for width, height in sizes)

    assert across() == 0, "few columns stand in the page"
    browser.execute_script("document.querySelector('#preview').parentNode.querySelector('table').classList.add('wide')")
    assert across() == 1
