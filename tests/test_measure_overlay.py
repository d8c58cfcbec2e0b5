"""An agency adds a metric with words and a query, no Python; the guide shows how, and what it shows works."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from odlinked.assets import Assets
from odlinked.measure.explain import Explainer
from odlinked.measure.measurer import Item, Measured, Measurer, Parameters

_GUIDES = [Path(__file__).parents[1] / "docs" / name for name in ("quality.md", "zh-Hant/quality.md")]
_DATASET = "http://example.org/id/dataset/x"
_COUNT = '"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>'
_ODL, _DCAT = "https://w3id.org/odlinked/ns#", "http://www.w3.org/ns/dcat#"


def overlay(guide: Path, folder: Path) -> Assets:
    """Lay down what the guide shows, each piece under the name it gives."""
    text = guide.read_text(encoding="utf-8")
    pieces = re.findall(r"`([\w/.-]+\.(?:ttl|rq))`[：:]\n\n```\w+\n(.*?)```", text, re.DOTALL)
    assert {Path(name).suffix for name, _ in pieces} == {".ttl", ".rq"}
    for name, content in pieces:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Assets((folder,))


def dataset(*counts: str) -> Item:
    """Return a dataset with a resource a record count, "" for one that states none."""
    lines = []
    for number, count in enumerate(counts):
        node = f"{_DATASET}#d{number}"
        lines.append(f"<{_DATASET}> <{_DCAT}distribution> <{node}> .")
        lines += [f'<{node}> <{_ODL}recordCount> "{count}{_COUNT} .'] if count else []
    return Item(_DATASET, "http://example.org/id/quality/dataset/x", "\n".join([*lines, ""]).encode())


def measured(assets: Assets, *counts: str) -> Measured:
    (found,) = Measurer(assets, Parameters(), date(2026, 11, 22)).measure([dataset(*counts)])
    return found


def derived(assets: Assets, *counts: str) -> str:
    return Explainer(assets, Parameters(), date(2026, 11, 22)).derived(dataset(*counts)).decode()


@pytest.mark.parametrize("guide", _GUIDES, ids=lambda guide: guide.parent.name)
def test_the_metric_of_the_guide_is_measured(guide: Path, tmp_path: Path) -> None:
    assets = overlay(guide, tmp_path)
    metric, node = "<https://w3id.org/odlinked/metric/has-rows>", "<http://example.org/id/quality/dataset/x#has-rows>"
    outcome = f"{node} <{_ODL}outcome> <http://www.w3.org/ns/earl#"
    assert f"{outcome}passed>" in measured(assets, "7", "8").document.text.decode()
    assert f"{outcome}failed>" in measured(assets, "7", "0", "").document.text.decode()
    assert f"<{_ODL}notChecked> {metric}" in derived(assets, "7", "")
    assert f"<{_ODL}notChecked> {metric}" not in derived(assets, "7", "8")
    assert metric not in measured(Assets(), "7").document.text.decode()
