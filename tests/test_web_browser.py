"""The pages in Chromium: axe finds nothing, nothing is wider than a telephone, and the keyboard reaches what matters."""

from __future__ import annotations

from typing import Any

import pytest
from builders.browsers import VIEWS, see
from builders.site import publisher

from odlinked.catalog.served.releases import Releases

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/", "results": "/?q=資料&faults=Violation", "nothing": "/?q=zzzz", "dataset": "/dataset/6075",
    "findings": "/dataset/666", "organization": "publisher", "organizations": "/organizations", "catalogue": "/catalog",
    "questions": "/query", "question": "/query/datasets?state=open", "asking": "/query/titles-with", "api": "/api",
    "sparql": "/sparql", "answer": "/sparql?query=SELECT%20*%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%205",
    "datasets": "/datasets", "themes": "/themes", "developers": "/developers",
    "rules": "/rule", "rule": "/rule/M03-publisher", "codes": "/code", "scheme": "/code/frequency",
    "code": "/code/frequency/DAILY", "words": "/ns", "void": "/void", "missing": "/nothing", "gone": "/dataset/990099",
    "validate": "/validate", "compare": "/compare?id=6075&id=666", "compare_one": "/compare?id=6075", "compare_none": "/compare",
    "history": "/history/dataset/6075", "common": "/quality/common", "requests": "/requests", "source": "/source/national",
    "metric": "/metric/format-ladder", "metrics": "/metric",
}  # fmt: skip

FOLDED = ("api", "words")
"""Pages of groups that are looked at open."""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(
    browser: Any, address: str, axe: str, releases: Releases, page: str, view: str
) -> None:
    see(browser, *VIEWS[view])
    path = publisher(releases) if PAGES[page] == "publisher" else PAGES[page]
    browser.get(address + path + ("" if view != "dark" else ("&" if "?" in path else "?") + "lang=en"))
    if page in FOLDED:
        browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    browser.execute_script(axe)
    found = browser.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join(' | '))))"
    )
    assert found == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= VIEWS[view][0]


def test_no_page_logs_an_error(browser: Any, address: str) -> None:
    browser.get_log("browser")
    for path in ("/", "/dataset/6075", "/catalog", "/sparql", "/rule"):
        browser.get(address + path)
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


@pytest.mark.parametrize("path", ["/dataset/6075", "/quality/dataset/6075", "publisher"])
def test_on_paper_texts_have_the_width_of_the_page(browser: Any, address: str, releases: Releases, path: str) -> None:
    """A file and its address are read in lines, not in columns of single letters, and what is only clicked is left out."""
    see(browser, 720, "light")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        browser.get(address + (publisher(releases) if path == "publisher" else path))
        narrow = browser.execute_script(
            "return [...document.querySelectorAll('main p, main li > div, main dd')].filter(one => one.offsetParent"
            " && one.innerText.trim().length > 40 && one.offsetWidth < 200).map(one => one.innerText)")
        shown = browser.execute_script(
            "return [...document.querySelectorAll('.places, .search, .fetch')].filter(one => one.offsetParent).length")
        assert (narrow, shown) == ([], 0)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 720
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("identifiers", [(6075, 666), (6075, 666, 6078), (6075, 666, 6078, 6349)])
def test_all_compared_datasets_are_in_sight_on_a_telephone(browser: Any, address: str, identifiers: tuple[int, ...]) -> None:
    see(browser, 390, "light")
    browser.get(f"{address}/compare?" + "&".join(f"id={one}" for one in identifiers))
    rows = browser.execute_script(
        "return [...document.querySelectorAll('.sides tr')].map(row => [...row.querySelectorAll('td, thead th + th')]"
        ".map(one => one.getBoundingClientRect()).map(at => [at.left, at.right, at.top]))")
    assert len(rows) > 10
    for row in rows:
        assert len(row) == len(identifiers)
        assert len({top for _, _, top in row}) == 1, "side by side"
        assert all(0 <= left < right <= 390 for left, right, _ in row)


def test_search_works_by_keyboard_without_script(browser: Any, address: str) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    see(browser, 390, "light")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(address + "/")
        browser.switch_to.active_element.send_keys(Keys.TAB)
        skip = browser.switch_to.active_element
        assert skip.get_attribute("class") == "skip"
        skip.send_keys(Keys.ENTER)
        browser.switch_to.active_element.send_keys(Keys.TAB)
        field = browser.switch_to.active_element
        assert field.get_attribute("name") == "q"
        field.send_keys("空氣", Keys.ENTER)
        WebDriverWait(browser, 10).until(lambda it: it.find_elements(By.ID, "count"))
        links = browser.find_elements(By.CSS_SELECTOR, ".entry h3 a")
        assert links
        assert "空氣" in links[0].text
        links[0].send_keys(Keys.ENTER)
        WebDriverWait(browser, 10).until(lambda it: it.find_elements(By.ID, "files"))
        assert "空氣" in browser.find_element(By.TAG_NAME, "h1").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
