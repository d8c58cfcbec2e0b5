"""The menu for people, and the page for developers: its examples run as they are copied."""

from __future__ import annotations

import contextlib
import html
import io
import re
import shutil
import subprocess

import pytest
from flask.testing import FlaskClient

from odlinked.web.site.site import NAVIGATION


def examples(client: FlaskClient, address: str, language: str) -> list[str]:
    """Return the examples of a language on the page as a reader at an address sees them."""
    page = client.get("/developers", headers={"Accept": "text/html", "Host": address.removeprefix("http://")}).text
    return [html.unescape(one) for one in re.findall(rf'<code class="{language}">(.*?)</code>', page, re.S)]


def test_the_menu_names_what_people_look_for(client: FlaskClient) -> None:
    assert [path for path, _ in NAVIGATION] == ["/datasets", "/organizations", "/themes", "/quality", "/developers"]
    for path, _ in NAVIGATION:
        page = client.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert f'href="{path}" aria-current="page"' in page.text


def test_the_list_of_datasets_lists_them_all(client: FlaskClient) -> None:
    page = client.get("/datasets?lang=en", headers={"Accept": "text/html"}).text
    assert 'id="count"' in page
    assert '<li class="entry">' in page


def test_themes_and_series_are_counted(client: FlaskClient) -> None:
    page = client.get("/themes?lang=en", headers={"Accept": "text/html"}).text
    for link, count in re.findall(r'href="(/\?theme=[^"]*)"><span>[^<]*</span> <small>([\d,]+)', page):
        found = client.get(html.unescape(link), headers={"Accept": "text/html", "Accept-Language": "en"}).text
        assert f'id="count">{count} datasets' in found
    assert "theme=" in page
    assert client.get("/themes?page=99").status_code == 404


@pytest.mark.parametrize("number", range(7))
def test_what_is_shown_for_curl_runs(client: FlaskClient, address: str, number: int) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    shown = examples(client, address, "curl")
    assert len(shown) == 7
    command = shown[number].replace("curl ", "curl -sS --fail-with-body ", 1).replace("-O ", "-o /dev/null ")
    assert address in command
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_shown_for_python_runs(client: FlaskClient, address: str) -> None:
    text, = examples(client, address, "python")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        exec(compile(text, "example", "exec"), {})  # noqa: S102 - what a reader does with the page
    assert int(told.getvalue().split(" ", 1)[0]) > 0


def test_what_is_shown_for_javascript_runs(client: FlaskClient, address: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    text, = examples(client, address, "javascript")
    done = subprocess.run([node, "--input-type=module", "-e", text], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split(" ", 1)[0]) > 0


def test_what_is_shown_for_r_runs(client: FlaskClient, address: str) -> None:
    command = shutil.which("Rscript")
    text, = examples(client, address, "r")
    assert text.startswith('rows <- read.csv("http://127.0.0.1')
    if command is None:
        pytest.skip("R is not installed")
    assert subprocess.run([command, "-e", text], check=False, timeout=300).returncode == 0
