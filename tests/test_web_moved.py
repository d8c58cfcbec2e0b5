"""Addresses of a former base lead to the base of today."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders.catalogs import publish
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import CatalogSettings, ServeSettings, Settings
from odlinked.web.app import create


def test_a_former_address_leads_to_the_record_of_today(tmp_path: Path) -> None:
    settings = Settings(catalog=CatalogSettings(base="https://data.example.tw", former_bases=("http://old.example.tw/od",)))
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "list.csv", row(1)), settings=settings)
    client = create(Releases(workspace), settings).test_client()
    moved = client.get("/od/id/dataset/1?lang=en", base_url="http://old.example.tw")
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://data.example.tw/id/dataset/1?lang=en")
    assert client.get("/id/dataset/1", base_url="https://data.example.tw").status_code == 303


def client(tmp_path: Path, base: str, *former: str) -> FlaskClient:
    settings = Settings(catalog=CatalogSettings(base=base, former_bases=former), serve=ServeSettings(proxies=("127.0.0.1",)))
    workspace = Workspace(tmp_path / "var")
    tmp_path.mkdir(exist_ok=True)
    publish(workspace, write(tmp_path / "list.csv", row(1)), settings=settings)
    return create(Releases(workspace), settings).test_client()


def led(client: FlaskClient, address: str, **headers: str) -> str | None:
    """Return where an address is led to, None where it is answered."""
    answer = client.get(address, headers=headers)
    return answer.headers["Location"] if answer.status_code == 301 else None


def test_one_host_by_another_scheme(tmp_path: Path) -> None:
    """What is asked by https is never led to itself, whether or not the proxy says how it was asked."""
    served = client(tmp_path, "https://data.example.tw", "http://data.example.tw")
    assert led(served, "http://data.example.tw/id/dataset/1") is None
    assert led(served, "http://data.example.tw/id/dataset/1", **{"X-Forwarded-Proto": "https"}) is None
    assert led(served, "http://data.example.tw:443/id/dataset/1") is None
    plain = led(served, "http://data.example.tw/id/dataset/1", **{"X-Forwarded-Proto": "http"})
    assert plain == "https://data.example.tw/id/dataset/1"


def test_a_base_ends_at_a_slash(tmp_path: Path) -> None:
    served = client(tmp_path, "https://data.example.tw", "http://old.example.tw/od", "http://old.example.tw/od/id/dataset/1")
    assert led(served, "http://old.example.tw/od2/id/dataset/1") is None
    assert led(served, "http://old.example.tw/od/id/dataset/12") == "https://data.example.tw/id/dataset/12"
    assert led(served, "http://old.example.tw/od") == "https://data.example.tw"
    assert led(served, "http://old.example.tw/od/?q=%E7%A9%BA%26") == "https://data.example.tw/?q=%E7%A9%BA%26"


@pytest.mark.parametrize("name", ["a%2Fb", "a%3Fb", "%E7%A9%BA%E6%B0%A3", "a%23b", "a%25b", "a;b=c,d:e@f", "a%0D%0Ab"])
def test_what_is_percent_encoded_stays_so(tmp_path: Path, name: str) -> None:
    served = client(tmp_path, "https://data.example.tw", "http://old.example.tw/od")
    assert led(served, f"http://old.example.tw/od/id/dataset/{name}?x=%2F") == f"https://data.example.tw/id/dataset/{name}?x=%2F"


@pytest.mark.parametrize("path", ["//evil.example/", "/%2F%2Fevil.example", "/@evil.example", "/\\evil.example", "/.evil"])
def test_nobody_is_led_elsewhere(tmp_path: Path, path: str) -> None:
    served = client(tmp_path, "https://data.example.tw", "http://old.example.tw")
    for asked in (path, path[1:]):
        answer = served.get("/", base_url="http://old.example.tw", environ_overrides={"REQUEST_URI": asked, "PATH_INFO": asked})
        location = answer.headers.get("Location", "https://data.example.tw/")
        assert urlsplit(location).netloc in ("data.example.tw", "")
        assert not location.startswith("//")


def test_a_path_moved_on_the_same_host(tmp_path: Path) -> None:
    down = client(tmp_path / "down", "https://data.example.tw/od", "https://data.example.tw")
    assert led(down, "http://data.example.tw/id/dataset/1") is None, "a proxy may have taken /od away"
    assert led(down, "http://data.example.tw/id/dataset/1", **{"X-Forwarded-Prefix": "/od"}) is None
    up = client(tmp_path / "up", "https://data.example.tw", "https://data.example.tw/od")
    assert led(up, "http://data.example.tw/od/id/dataset/1") == "https://data.example.tw/id/dataset/1"
    assert led(up, "http://data.example.tw/id/dataset/1") is None
    aside = client(tmp_path / "aside", "https://data.example.tw/new", "https://data.example.tw/old")
    assert led(aside, "http://data.example.tw/old/id/dataset/1") == "https://data.example.tw/new/id/dataset/1"


def test_a_query_by_post_stays_one(tmp_path: Path) -> None:
    served = client(tmp_path, "https://data.example.tw", "http://old.example.tw")
    assert served.post("/sparql", base_url="http://old.example.tw", data={"query": "ASK {}"}).status_code == 308
