"""Assets that an overlay replaces: what is wrong with one is told by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from odlinked.assets import Assets, bundled
from odlinked.errors import AssetError
from odlinked.publishing.published import asset_digests
from odlinked.reporting import units


@pytest.mark.parametrize("text", ["moea = [", "moea = [1]", "moea = 3"])
def test_an_asset_of_another_shape_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "queries" / "reports").mkdir(parents=True)
    (tmp_path / units.ORDER).write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match=r"reading the order of units queries/reports/units\.toml: it is not as it has to be"):
        units.order(Assets((tmp_path,)), ())


def test_digests_follow_the_files(tmp_path: Path) -> None:
    """One more, one of another content, one less: each is seen by the process that has read them before."""
    assets, file = Assets((tmp_path,)), tmp_path / "queries" / "mine" / "q.rq"
    before = asset_digests(assets)
    file.parent.mkdir(parents=True)
    file.write_text("ASK {}", encoding="utf-8")
    with_one = asset_digests(assets)
    assert {room for room in before if before[room] != with_one[room]} == {"queries"}
    file.write_text("ASK {?s ?p ?o}", encoding="utf-8")
    changed = asset_digests(assets)
    assert changed["queries"] not in (before["queries"], with_one["queries"])
    assert asset_digests(Assets()) == before
    file.unlink()
    assert asset_digests(assets) == before


@pytest.mark.parametrize("pattern", ["ontologies/**/*.ttl", "shapes/**/*", "mappings/*/table.csvw.json", "queries/pages/*.rq",
                                     "ontologies/persons.d/*.ttl", "ontologies/prefixes.ttl"])
def test_patterns_find_what_paths_find(pattern: str, tmp_path: Path) -> None:
    (tmp_path / "shapes" / "own" / ".hidden").mkdir(parents=True)
    (tmp_path / "shapes" / "own" / ".hidden" / "more.ttl").touch()
    (tmp_path / "shapes" / "again").symlink_to(tmp_path / "shapes")
    expected = {path.relative_to(layer).as_posix(): path for layer in (bundled(), tmp_path) for path in layer.glob(pattern)
                if path.is_file()}
    found = Assets((tmp_path,)).glob(pattern)
    assert list(found.items()) == sorted(expected.items())
