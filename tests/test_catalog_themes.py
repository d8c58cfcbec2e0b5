"""The ministry's strategies: all the document lists, datasets placed by words anyone can edit, browsable."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.catalogs import publish, served
from builders.national_list import row, write

from odlinked.assets import bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.namespaces import CODE, ODL, SKOS
from odlinked.publishing.publish import Publisher
from odlinked.settings import AssetSettings, Settings
from odlinked.web.app import create

SAFETY = CODE + "moea-theme/18"
FILE = bundled() / "ontologies/codes/moea-theme.ttl"


def test_the_table_has_twenty_units_and_twenty_five_strategies() -> None:
    triples = [quad.triple for quad in ox.parse(path=str(FILE), format=ox.RdfFormat.TURTLE)]
    notations = sorted(t.object.value for t in triples if t.predicate.value == SKOS + "notation")
    assert notations == [f"{number:02d}" for number in range(1, 26)]
    assert len({t.object.value for t in triples if t.predicate.value == ODL + "leadUnitName"}) == 20
    defined = [t for t in triples if t.predicate.value == SKOS + "definition"]
    assert len(defined) == 2 * 26, "each strategy and the scheme, in both languages"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    unit = {"提供機關": "經濟部標準檢驗局"}
    return write(tmp_path / "list.csv", row(1, "商品召回訊息", **unit), row(2, "度量衡統計", **unit), row(3, "商品召回訊息"),
                 row(4, "檢定合格家數", **unit))


def placed(workspace: Workspace, theme: str = SAFETY) -> list[str]:
    return sorted(r.iri.rpartition("/")[2] for r in served(workspace).search("", {"strategy": [theme]}).records)


def test_datasets_are_placed_by_publisher_and_title(workspace: Workspace, rows: Path) -> None:
    publish(workspace, rows)
    assert placed(workspace) == ["1"]


def test_anyone_adds_to_the_placing_in_an_overlay(workspace: Workspace, rows: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own/ontologies/codes"
    folder.mkdir(parents=True)
    (folder / "placing.ttl").write_text(f'<{SAFETY}> <{ODL}placesTitle> "檢定" ; <{ODL}placesDataset> "3" .', encoding="utf-8")
    settings = Settings(assets=AssetSettings(overlays=(str(tmp_path / "own"),)))
    publish(workspace, rows, settings=settings)
    assert placed(workspace) == ["1", "3", "4"]


def test_a_strategy_has_a_page_with_its_unit_and_datasets(workspace: Workspace, rows: Path) -> None:
    publish(workspace, rows)
    client = create(Releases(workspace), Settings()).test_client()
    html = {"Accept": "text/html"}
    page = client.get("/code/moea-theme/18", headers=html)
    assert "商品召回訊息1" in page.text
    assert "度量衡統計" not in page.text
    assert "經濟部標準檢驗局" in page.text
    assert "leadUnit" in client.get("/code/moea-theme/18.ttl").text
    assert "商品安全" in client.get("/code/moea-theme", headers=html).text
    dataset = client.get("/dataset/1", headers=html).text
    assert "/code/moea-theme/18" in dataset
    assert "theme=https%3A%2F%2Fw3id.org%2Fodlinked%2Fcode%2Fservice-category" in dataset, "the crumb is still the category"
    Publisher(workspace, Settings()).publish([write(rows, row(2, "度量衡統計"))], "national", allow_removals=True)
    later = client.get("/code/moea-theme/18", headers={**html, "If-None-Match": page.headers["ETag"]})
    assert later.status_code == 200
    assert "商品召回訊息1" not in later.text


@pytest.mark.shared
def test_what_is_placed_of_the_real_list(workspace: Workspace) -> None:
    """The numbers docs/strategies.md tells."""
    listed = Path(__file__).parents[2] / "shared/data/moea/moea_datasets_2026-03.csv"
    if not listed.exists():
        pytest.skip(f"{listed} is not there")
    overlay = str(bundled() / "examples/national-list")
    publish(workspace, listed, settings=Settings(assets=AssetSettings(overlays=(overlay,))))
    release = served(workspace)
    counts = {value.value.rpartition("/")[2]: value.count for value in release.search("").facets["strategy"]}
    assert {f"{number:02d}" for number in range(1, 26)} - counts.keys() == {"02", "07", "23"}
    assert counts["08"] == 27
    every = [CODE + f"moea-theme/{number:02d}" for number in range(1, 26)]
    assert (release.counts()["dataset"], release.search("", {"strategy": every}).total) == (2_932, 500)
    said = (bundled() / "docs/strategies.md").read_text(encoding="utf-8")
    assert "2,932 datasets of March 2026 the words shipped place 500 (17 %) in 22 of the 25" in said
