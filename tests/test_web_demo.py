"""The demo on any port prints permanent addresses that lead somewhere; where they do not, the page says so and links by path."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from builders.site import BASE
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.addresses import based
from odlinked.settings import CatalogSettings, Settings


@pytest.mark.slow
def test_the_demo_on_another_port(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "odlinked", "demo", "--port", str(port), "--workspace", str(tmp_path / "var")]
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, cwd=tmp_path)
    try:
        deadline = time.monotonic() + 120
        while "Serving at" not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        said = log.read_text()
        assert f"Serving at http://127.0.0.1:{port} " in said
        search, record, question = re.findall(r"^  \d\. (?:curl )?(http://\S+)$", said, re.MULTILINE)
        things = (search, record, question)
        assert all(address.startswith(f"http://127.0.0.1:{port}/") and len(address) < 60 for address in things)
        for _ in range(1_000):
            try:
                page = urllib.request.urlopen(record.replace(".ttl", ".html"), timeout=300).read().decode()
                break
            except OSError:
                time.sleep(0.1)
        (iri,) = re.findall(r'<dd class="iri">(http://[^<\s]+)', page)
        assert iri.startswith(f"http://localhost:{port}/id/")
        for address in (iri, record, question, search.replace("空氣", "%E7%A9%BA%E6%B0%A3")):
            with urllib.request.urlopen(address, timeout=300) as answer:
                assert answer.status == 200
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_the_base_is_that_of_the_address_only_where_nothing_else_is_said(tmp_path: Path) -> None:
    place, plain = Workspace(tmp_path), Settings()
    assert based(plain, place, 8765).catalog.base == "http://localhost:8765"
    assert based(plain, place, 8000).catalog.base == based(plain, place).catalog.base == "http://localhost:8000"
    own = replace(plain, catalog=CatalogSettings(base="https://data.example.tw"))
    assert based(own, place, 8765).catalog.base == "https://data.example.tw"


def test_a_page_links_by_path_where_the_base_is_elsewhere(client: FlaskClient) -> None:
    away = client.get("/dataset/6075", headers={"Accept": "text/html", "Accept-Language": "en"}).get_data(as_text=True)
    assert f"{BASE}/id/dataset/6075" in away
    assert '<a href="/dataset/6075">/dataset/6075</a>' in away
    for address in (BASE, BASE.replace("https:", "http:")):  # a proxy need not say that it was asked by https
        home = client.get("/dataset/6075", base_url=address, headers={"Accept": "text/html"}).get_data(as_text=True)
        assert '>/dataset/6075</a>' not in home
