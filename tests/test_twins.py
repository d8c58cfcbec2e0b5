"""One dataset in an inventory and in the national list: found, accepted in a plain file, and each has what the other states."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from builders import agency_tables, national_list, site

from odlinked.assets import Assets
from odlinked.catalog.index import Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.findings import Issue
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create

NATIONAL = f"{site.BASE}/id/dataset/6075"
TITLE = "河川水質監測甲"
MAYBE, TWIN = "<https://w3id.org/odlinked/ns#maybeSameAs>", "<https://w3id.org/odlinked/ns#twin>"


def _settings(tmp_path: Path, judged: str = "") -> Settings:
    path = tmp_path / "same.csv"
    path.write_text(f"one,other,judgement\n{judged}", encoding="utf-8")
    return replace(site.SETTINGS, publish=replace(site.SETTINGS.publish, same=str(path)))


def _national(tmp_path: Path, chosen: Settings, *, without: bool = False, **cells: str) -> None:
    own = [] if without else [national_list.row(6075, **{"資料集名稱": TITLE, **cells})]
    path = national_list.write(tmp_path / "national.csv", *own, *(national_list.row(number) for number in range(7001, 7006)))
    Publisher(Workspace(tmp_path / "var"), chosen).publish([path], "national", allow_removals=True)


def _inventory(tmp_path: Path, chosen: Settings, **cells: str) -> None:
    rows = [agency_tables.opened("WQX_P_01", **{"資料集名稱": TITLE, "提供單位": "環境部", **cells}),
            agency_tables.opened("WQX_P_02", **{"提供單位": "環境部"})]
    path = agency_tables.write(tmp_path / "moenv.csv", agency_tables.OPEN, *rows)
    Publisher(Workspace(tmp_path / "var"), chosen).publish([path], "moenv")


def _documents(tmp_path: Path) -> dict[str, str]:
    workspace = Workspace(tmp_path / "var")
    archive = Archive(workspace.documents)
    try:
        return {iri: (archive.text(entry.hash) or b"").decode() for iri, (_, entry) in _index(workspace).entries().items()
                if entry.state == "live" and "/id/dataset/" in iri}
    finally:
        archive.close()


def _index(workspace: Workspace) -> Index:
    return Index(workspace.releases / (workspace.current() or "") / "catalog.sqlite", read_only=True)


def _told(tmp_path: Path) -> list[Issue]:
    return [one for one in _index(Workspace(tmp_path / "var")).issues() if one.fault.rule == "L32-identity-elsewhere"]


def _own(tmp_path: Path) -> str:
    """The IRI of the inventory's record."""
    found = [iri for iri, text in _documents(tmp_path).items() if TITLE in text and "/id/dataset/" in iri and iri != NATIONAL]
    assert len(found) == 1
    return found[0]


def _both(tmp_path: Path) -> str:
    chosen = _settings(tmp_path)
    _national(tmp_path, chosen)
    _inventory(tmp_path, chosen)
    return _own(tmp_path)


def test_an_inventory_is_searched_for_twins_in_the_national_list(tmp_path: Path) -> None:
    own = _both(tmp_path)
    assert [(one.fault.node, one.fault.other) for one in _told(tmp_path)] == [(own, NATIONAL)]
    made = _documents(tmp_path)
    assert f"<{own}> {MAYBE} <{NATIONAL}> ." in made[own]
    assert f"<{NATIONAL}> {MAYBE} <{own}> ." in made[NATIONAL]
    assert TWIN not in "".join(made.values()), "nothing is carried over before a person says so"


def test_it_is_found_whichever_comes_first_and_by_its_number(tmp_path: Path) -> None:
    chosen = _settings(tmp_path)
    _inventory(tmp_path, chosen)
    _national(tmp_path, chosen)
    assert len(_told(tmp_path)) == 1
    _national(tmp_path, chosen, 資料集名稱="別的名稱")
    assert (_told(tmp_path), MAYBE in "".join(_documents(tmp_path).values())) == ([], False)


def test_a_pair_that_is_not_one_is_not_proposed_again(tmp_path: Path) -> None:
    own = _both(tmp_path)
    chosen = _settings(tmp_path, f"{own},{NATIONAL},different\n")
    _national(tmp_path, chosen)
    _inventory(tmp_path, chosen, 備註="改過")
    assert (_told(tmp_path), MAYBE in "".join(_documents(tmp_path).values())) == ([], False)


@pytest.fixture
def accepted(tmp_path: Path) -> str:
    """The IRI of an inventory's record that is one with a national one, by a person's word."""
    own = _both(tmp_path)
    _national(tmp_path, _settings(tmp_path, f"{own},{NATIONAL},same\n"), 備註="改過")
    return own


def _twin_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if "#twin-" in line.split(" ")[0]]


def test_each_has_what_the_other_states_and_keeps_its_own(tmp_path: Path, accepted: str) -> None:
    made = _documents(tmp_path)
    assert _told(tmp_path) == []
    ours, theirs = _twin_lines(made[accepted]), _twin_lines(made[NATIONAL])
    assert any("qualityBadge> <https://w3id.org/odlinked/code/quality-badge/gold>" in line for line in ours)
    assert sum("accessURL> <https://data.example.tw/6075." in line for line in ours) == 2
    assert any(f"wasDerivedFrom> <{NATIONAL}>" in line for line in ours)
    assert any("sdg> <http://metadata.un.org/sdg/6>" in line for line in theirs)
    assert any("environmentPlan> " in line for line in theirs)
    assert not any("qualityBadge" in line for line in theirs)
    assert f"<{accepted}> <https://w3id.org/odlinked/ns#qualityBadge>" not in made[accepted], "the badge stays the twin's"


def test_page_rdf_and_sparql_say_it(tmp_path: Path, accepted: str) -> None:
    app = create(Releases(Workspace(tmp_path / "var"), Assets()), site.SETTINGS)
    client = app.test_client()
    try:
        path = f"/dataset/{accepted.rpartition('/')[2]}"
        for language, title in (("zh-Hant", "另一來源之同一資料集"), ("en", "The same dataset in another source")):
            page = client.get(path, headers={"Accept": "text/html", "Accept-Language": language}).text
            assert title in page
            assert "/dataset/6075" in page
            assert "https://data.example.tw/6075.csv" in page
        page = client.get("/dataset/6075", headers={"Accept": "text/html"}).text
        assert "/sdg" in page.partition('id="twins"')[2].partition("</section>")[0]
        assert "twinStatement" in client.get(path + ".ttl").text
        query = (f"SELECT ?badge ?quality {{ <{accepted}> <https://w3id.org/odlinked/ns#twinStatement> ?said ."
                 " ?said <https://w3id.org/odlinked/ns#qualityBadge> ?badge ;"
                 " <http://www.w3.org/ns/dqv#hasQualityMetadata> ?quality }")
        answer = client.get("/sparql?query=" + quote(query), headers={"Accept": "application/sparql-results+json"})
        (row,) = json.loads(answer.data)["results"]["bindings"]
        assert row["badge"]["value"].endswith("/gold")
        assert row["quality"]["value"] == f"{site.BASE}/id/quality/dataset/6075"
    finally:
        app.extensions["odlinked.sparql"].close()


def test_badges_are_counted_once(tmp_path: Path, accepted: str) -> None:
    release = Releases(Workspace(tmp_path / "var"), Assets()).current()
    assert release is not None
    assert len(release.search("", {"badge": ["https://w3id.org/odlinked/code/quality-badge/gold"]}).records) == 6
    assert accepted not in {one.iri for one in release.search(
        "", {"badge": ["https://w3id.org/odlinked/code/quality-badge/gold"]}).records}


def test_a_twin_that_goes_takes_its_facts_with_it(tmp_path: Path, accepted: str) -> None:
    chosen = _settings(tmp_path, f"{accepted},{NATIONAL},same\n")
    _national(tmp_path, chosen, without=True)
    text = _documents(tmp_path)[accepted]
    assert (_twin_lines(text), TWIN in text, "twinStatement" in text, NATIONAL in text) == ([], False, False, False)


def test_a_pair_taken_out_of_the_file_is_one_no_more(tmp_path: Path, accepted: str) -> None:
    _national(tmp_path, _settings(tmp_path), 備註="再改")
    made = _documents(tmp_path)
    assert not _twin_lines(made[accepted])
    assert f"sameAs> <{NATIONAL}>" not in made[accepted]
    assert len(_told(tmp_path)) == 1, "it is proposed again"


def test_what_a_twin_changes_is_changed_in_the_other(tmp_path: Path, accepted: str) -> None:
    chosen = _settings(tmp_path, f"{accepted},{NATIONAL},same\n")
    _national(tmp_path, chosen, 品質檢測="銀")
    (line,) = [one for one in _twin_lines(_documents(tmp_path)[accepted]) if "qualityBadge" in one]
    assert "/silver>" in line


def test_a_rebuild_makes_the_same_documents(tmp_path: Path, accepted: str) -> None:
    before = _documents(tmp_path)
    Publisher(Workspace(tmp_path / "var"), _settings(tmp_path, f"{accepted},{NATIONAL},same\n")).rebuild()
    assert _documents(tmp_path) == before


UNITS = {
    "a unit of the agency": ("環境部大氣環境司", "環境部", True),
    "the agency's unit in the list": ("環境部", "環境部大氣環境司", True),
    "a unit of the agency's former name": ("行政院環境保護署空氣品質保護處", "環境部", True),
    "the agency's former name": ("環境部", "行政院環境保護署", True),
    "another unit of the agency": ("環境部大氣環境司", "環境部水質保護司", False),
    "the body above an agency": ("環境部", "行政院", False),
    "another agency": ("環境部大氣環境司", "經濟部", False),
}


@pytest.mark.parametrize("case", UNITS)
def test_a_unit_acts_for_the_agency_above_it(tmp_path: Path, case: str) -> None:
    """An inventory names the unit that keeps a dataset, the national list the agency it belongs to."""
    ours, theirs, is_found = UNITS[case]
    chosen = _settings(tmp_path)
    _national(tmp_path, chosen, 提供機關=theirs)
    _inventory(tmp_path, chosen, 提供單位=ours)
    assert [one.fault.other for one in _told(tmp_path)] == ([NATIONAL] if is_found else [])


def test_what_two_units_of_an_agency_have_tells_nothing(tmp_path: Path) -> None:
    chosen = _settings(tmp_path)
    _national(tmp_path, chosen)
    rows = [agency_tables.opened(f"WQX_P_0{number}", **{"資料集名稱": TITLE, "提供單位": unit})
            for number, unit in enumerate(("環境部大氣環境司", "環境部水質保護司"))]
    path = agency_tables.write(tmp_path / "moenv.csv", agency_tables.OPEN, *rows)
    Publisher(Workspace(tmp_path / "var"), chosen).publish([path], "moenv")
    assert _told(tmp_path) == []
