"""Addresses of a former base lead to the base of today."""

from __future__ import annotations

from pathlib import Path

from test_publishing_publish import publish, row, write

from odlinked.catalog.release import Releases
from odlinked.catalog.workspace import Workspace
from odlinked.settings import CatalogSettings, Settings
from odlinked.web.app import create


def test_a_former_address_leads_to_the_record_of_today(tmp_path: Path) -> None:
    settings = Settings(catalog=CatalogSettings(base="https://data.example.tw", former_bases=("http://old.example.tw/od",)))
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "list.csv", row(1)), settings=settings)
    client = create(Releases(workspace), settings).test_client()
    moved = client.get("/od/id/dataset/1?lang=en", base_url="http://old.example.tw")
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://data.example.tw/id/dataset/1?lang=en")
    assert client.get("/id/dataset/1", base_url="https://data.example.tw").status_code == 303
