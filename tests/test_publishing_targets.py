"""What `check` is told to visit: addresses as agencies gave them, with keys only where the kept input still has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.catalogs import iri, publish, served
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import WorkspaceError
from odlinked.settings import Settings
from odlinked.visits.targets import targets

_KEYED = "https://data.example.tw/api/aqx?api_key=abc123&format=CSV;https://data.example.tw/aqx.json"


def _targets(workspace: Workspace) -> dict[str, bool]:
    return {target.url: target.key_removed for target in targets(workspace, Settings())}


def test_nothing_published_names_the_next_step(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="nothing is published yet"):
        list(targets(workspace, Settings()))


def test_what_is_declared_comes_along(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    found = {target.url: target.declared for target in targets(workspace, Settings())}
    assert set(found) == {"https://data.example.tw/1.csv", "https://data.example.tw/1.json"}
    declared = found["https://data.example.tw/1.csv"]
    assert declared.media_type == "text/csv"
    assert declared.encoding == "utf-8"
    assert declared.formats == ("http://publications.europa.eu/resource/authority/file-type/CSV",)
    assert declared.frequency.endswith("/frequency/HOURLY")
    assert {field.name for field in declared.fields} == {"測站", "數值"}


def test_a_key_is_read_from_the_kept_input_and_stands_nowhere_else(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料下載網址=_KEYED), row(2)))
    found = _targets(workspace)
    assert found["https://data.example.tw/api/aqx?api_key=abc123&format=CSV"] is False
    document = served(workspace).document(iri(1))
    assert document is not None
    assert b"abc123" not in document.text
    for path in workspace.root.rglob("*"):
        if path.is_file() and path.parent != workspace.inputs:
            assert b"abc123" not in path.read_bytes(), path


def test_without_the_kept_input_the_address_is_told_as_keyless(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料下載網址=_KEYED)))
    for path in workspace.inputs.iterdir():
        path.unlink()
    assert _targets(workspace) == {"https://data.example.tw/api/aqx?format=CSV": True, "https://data.example.tw/aqx.json": False}


def test_an_address_that_is_none_is_visited_to_be_told_so(workspace: Workspace, tmp_path: Path) -> None:
    only = row(1, 檔案格式="CSV", 資料下載網址="www.example.tw/1.csv", 編碼格式="UTF-8", 資料量="1")
    publish(workspace, write(tmp_path / "list.csv", only))
    assert _targets(workspace) == {"www.example.tw/1.csv": False}
