"""Use, feedback and costs: records that know their dataset by identifier or by name, beside the datasets and their counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.catalogs import BASE, iri, publish, served, sound
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.documents import Document
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings, SourceSettings
from odlinked.web.app import create

HEAD = "提供機關名稱,資料集名稱,瀏覽人次,下載次數,資料集評分,上架日"


def used(path: Path, *titles: str, views: str = '"1,234"', unit: str = "環境部") -> Path:
    path.write_text("\r\n".join([HEAD, *(f"{unit},{title},{views},56,,2018/01/02" for title in titles), ""]), encoding="utf-8")
    return path


def about(release: Release, title: str) -> set[str]:
    """Return the datasets that the record of use of a title says it is about, and those its measurements are computed on."""
    record = next(r for r in release.page("usage", 1, 50)[1] if r.title == title)
    document = release.document(record.iri)
    assert isinstance(document, Document)
    found = {(p.rpartition("/")[2].rpartition("#")[2], o.value) for _, p, o in document.triples()}
    assert {o for p, o in found if p == "about"} == {o for p, o in found if p == "computedOn"}
    return {o for p, o in found if p == "about"}


def test_use_is_tied_to_the_one_dataset_of_its_publisher_and_name(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(1), row(2), row(3, 資料集名稱="雙生"), row(4, 資料集名稱="雙生"), row(5, 提供機關="文化部")]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    publish(workspace, used(tmp_path / "use.csv", "空氣 品質１", "雙生", "空氣品質5", "沒有的"), "use")
    release = served(workspace)
    sound(release)
    assert about(release, "空氣 品質１") == {iri(1)}
    assert about(release, "雙生") == about(release, "空氣品質5") == about(release, "沒有的") == set()
    counts = release.counts()
    assert (counts["dataset"], counts["usage"], release.search().total, release.search("沒有的").total) == (5, 4, 5, 0)
    assert release.hanging("about", iri(1))[0] == 1
    catalogue = release.document(f"{BASE}/id/catalog")
    assert catalogue is not None
    assert b"/id/usage/" not in catalogue.text


def test_the_tie_follows_the_datasets(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, used(tmp_path / "use.csv", "空氣品質1"), "use")
    assert about(served(workspace), "空氣品質1") == set()
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    release = served(workspace)
    sound(release)
    assert about(release, "空氣品質1") == {iri(1)}
    assert not publish(workspace, tmp_path / "use.csv", "use").new
    before = release.content
    Publisher(workspace, Settings()).rebuild()
    assert served(workspace).content == before

    publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 資料集名稱="空氣品質1")))
    assert about(served(workspace), "空氣品質1") == set(), "two datasets have the name"
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料集名稱="改名"), row(2, 資料集名稱="空氣品質1")))
    assert about(served(workspace), "空氣品質1") == {iri(2)}
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    release = served(workspace)
    assert about(release, "空氣品質1") == {iri(1)}
    publish(workspace, write(tmp_path / "list.csv", row(9)))
    assert about(served(workspace), "空氣品質1") == set()
    publish(workspace, used(tmp_path / "use2.csv", "空氣品質9"), "use")
    release = served(workspace)
    assert about(release, "空氣品質9") == {iri(9)}
    assert (release.counts()["usage"], release.counts()["gone"]) == (1, 3)
    sound(release)


def test_a_unit_that_became_another_is_followed(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1, 提供機關="經濟部國際貿易署")))
    publish(workspace, used(tmp_path / "use.csv", "空氣品質1", unit="經濟部國際貿易局"), "use")
    assert about(served(workspace), "空氣品質1") == {iri(1)}
    publish(workspace, used(tmp_path / "use.csv", "空氣品質1", unit="經濟部工業局"), "use")
    assert about(served(workspace), "空氣品質1") == set()


def test_a_dataset_shows_what_is_said_of_it(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(6569), row(12345), row(7)))
    client = create(Releases(workspace), Settings()).test_client()
    html = {"Accept": "text/html"}
    before = client.get("/dataset/6569", headers=html)
    for form in ("usage", "feedback", "moea-cost"):
        publish(workspace, CASES / form / "table.csv", form, PUBLIC)
    page = client.get("/dataset/6569", headers={**html, "If-None-Match": before.headers["ETag"]})
    assert page.status_code == 200
    for text in ("/usage/6569.2018-07-31", "瀏覽人次 17,472", "/cost/6569", "合計金額 50,500,000"):
        assert text in page.text
        assert text not in before.text
    page = client.get("/dataset/12345?lang=en", headers=html)
    assert "/feedback/548562" in page.text
    assert "days to answer 0" in page.text
    assert 'id="said"' not in client.get("/dataset/7", headers=html).text


CASES = Path(__file__).parent / "cases" / "mapping"
PUBLIC = Settings(sources={"moea-cost": SourceSettings(public=True)})
"""Costs are internal unless their source is set public."""


@pytest.mark.parametrize(("form", "kind", "name", "words"), [
    ("usage", "usage", "6569.2018-07-31", ("17472", "瀏覽人次")),
    ("feedback", "feedback", "548277", ("回覆天數", "統計檔已上架")),
    ("moea-cost", "cost", "6569", ("合計金額", "50500000")),
])
def test_every_record_has_rdf_and_a_page(workspace: Workspace, form: str, kind: str, name: str, words: tuple[str, ...]) -> None:
    publish(workspace, CASES / form / "table.csv", form, PUBLIC)
    release = served(workspace)
    sound(release)
    assert release.counts()[kind] == len(release.page(kind, 1, 50)[1]) > 2
    client = create(Releases(workspace), Settings()).test_client()
    assert client.get(f"/id/{kind}/{name}").headers["Location"] == f"/{kind}/{name}"
    for record in release.page(kind, 1, 50)[1]:
        path = record.iri.removeprefix(f"{BASE}/id")
        for suffix in ("html", "ttl", "jsonld", "rdf", "nt"):
            assert client.get(f"{path}.{suffix}").status_code == 200
    page = client.get(f"/{kind}/{name}?lang=zh-Hant", headers={"Accept": "text/html"}).text
    assert all(word in page.replace(",", "") for word in words), "numbers are written with their thousands apart"
    for path in ("/", "/catalog", "/void", "/sitemap.xml", "/?q=" + name):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/{kind}/none").status_code == 404


def test_no_name_of_a_person_comes_out(workspace: Workspace) -> None:
    publish(workspace, CASES / "feedback" / "table.csv", "feedback")
    texts = [document.text for document in served(workspace).documents() if document.iri.startswith(BASE)]
    assert texts
    text = b"".join(texts).decode()
    for secret in ("王小明", "王小姐", "吳大明", "0912", "ming@"):
        assert secret not in text
