"""Assets that an overlay replaces: what is wrong with one is told by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.reporting import units


@pytest.mark.parametrize("text", ["moea = [", "moea = [1]", "moea = 3"])
def test_an_asset_of_another_shape_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "queries" / "reports").mkdir(parents=True)
    (tmp_path / units.ORDER).write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match=r"reading the order of units queries/reports/units\.toml: it is not as it has to be"):
        units.order(Assets((tmp_path,)), ())
