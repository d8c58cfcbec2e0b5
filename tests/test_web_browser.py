"""The pages in Chromium: axe finds nothing, nothing is wider than a telephone, and the keyboard reaches what matters."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from test_web_site import app, publisher, releases  # noqa: F401 - fixtures
from werkzeug.serving import make_server

from odlinked.catalog.release import Releases

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

pytestmark = pytest.mark.browser

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
PAGES = {
    "home": "/", "results": "/?q=資料&faults=Violation", "nothing": "/?q=zzzz", "dataset": "/dataset/6075",
    "findings": "/dataset/666", "organization": "publisher", "organizations": "/organizations", "catalogue": "/catalog",
    "questions": "/query", "question": "/query/datasets?state=open", "asking": "/query/titles-with", "api": "/api",
    "sparql": "/sparql", "answer": "/sparql?query=SELECT%20*%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%205",
    "rules": "/rule", "rule": "/rule/M03-publisher", "codes": "/code", "scheme": "/code/frequency",
    "code": "/code/frequency/DAILY", "words": "/ns", "void": "/void", "missing": "/nothing", "gone": "/dataset/990099",
}  # fmt: skip
VIEWS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (390, "light"), "narrow-dark": (390, "dark")}


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so axe-core cannot be had")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "axe-core@4"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip(f"axe-core could not be installed: {done.stderr[-200:]}")
    return source.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:  # noqa: F811
    """A real server on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A Chromium that reaches nothing but the server."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("Chromium and its driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


def see(browser: webdriver.Chrome, width: int, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(
    browser: webdriver.Chrome, address: str, axe: str, releases: Releases, page: str, view: str  # noqa: F811
) -> None:
    see(browser, *VIEWS[view])
    path = publisher(releases) if PAGES[page] == "publisher" else PAGES[page]
    browser.get(address + path + ("" if view != "dark" else ("&" if "?" in path else "?") + "lang=en"))
    browser.execute_script(axe)
    found = browser.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join(' | '))))"
    )
    assert found == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= VIEWS[view][0]


def test_no_page_logs_an_error(browser: webdriver.Chrome, address: str) -> None:
    browser.get_log("browser")
    for path in ("/", "/dataset/6075", "/catalog", "/sparql", "/rule"):
        browser.get(address + path)
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_search_works_by_keyboard_without_script(browser: webdriver.Chrome, address: str) -> None:
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
