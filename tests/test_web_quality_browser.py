"""Quality pages in Chromium: what a reader sees, in both languages and schemes, without anything axe objects to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from builders.browsers import see
from builders.measured import looked_at
from werkzeug.serving import make_server

from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

pytestmark = pytest.mark.browser

PAGES = {
    "/quality": ("環境部", "Ministry of Environment"),
    "/quality/dataset/1": ("連結有效性", "Link works"),
    "/quality/dataset/2": ("未檢測", "not checked"),
    "/quality/organization/2.16.886.101.20003.20083": ("依來源所載官方標章", "By the official badges the sources state"),
    "/organization/2.16.886.101.20003.20083": ("儀表板", "In figures"),
    "/": ("最近七天", "In the last seven days"),
    "/metric": ("更新時效性", "Timeliness"),
    "/metric/timeliness": ("算法", "How it is computed"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The measured catalogue served over loopback."""
    releases = Releases(looked_at(tmp_path_factory.mktemp("quality")))
    server = make_server("127.0.0.1", 0, create(releases, Settings()), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (380, "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_a_quality_page_is_read_by_everybody(place: str, browser: Any, axe: str, path: str, width: int, scheme: str) -> None:
    see(browser, width, scheme)
    for language, word in zip(("zh-Hant", "en"), PAGES[path], strict=True):
        browser.get(f"{place}{path}?lang={language}")
        browser.execute_script("document.querySelectorAll('main details').forEach(one => one.open = true)")  # what is folded, too
        assert word.lower() in str(browser.execute_script("return document.body.innerText")).lower()
        browser.execute_script(axe)
        faults = browser.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map("
            "v => v.id + ' ' + v.nodes.map(n => n.target.join(' ')).join(', '))))")
        assert faults == []
        assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"


def test_a_number_leads_to_the_query_behind_it(place: str, browser: Any) -> None:
    browser.get(f"{place}/quality/dataset/1?lang=en")
    browser.find_element("link text", "See these numbers by query").click()
    rows = browser.find_elements("css selector", "table tbody tr")
    assert len(rows) > 10
    assert "format-ladder" in browser.find_element("css selector", "table").text
