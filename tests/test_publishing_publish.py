"""Publishing, end to end on real files: releases, differences, tombstones, roll back, prune, rebuild, two at once."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from builders.catalogs import BASE, dumped, iri, publish, served, sound, stored_triples
from builders.national_list import row, write

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.errors import SettingsError, WorkspaceError
from odlinked.publishing import retention
from odlinked.publishing.publish import Publisher
from odlinked.settings import CatalogSettings, PublishSettings, ServeSettings, Settings


def test_a_first_publish_is_served_whole(workspace: Workspace, tmp_path: Path) -> None:
    done = publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 更新頻率="每1曰")))
    assert (done.new, done.rows, done.added, done.violations) == (True, 2, 2, 1)
    release = served(workspace)
    sound(release)
    record = release.record(iri(1))
    assert record is not None
    assert (record.title, record.publisher_name, record.state) == ("空氣品質1", "環境部", "live")
    assert release.search("空氣").total == 2
    assert release.search(facets={"faults": ["Violation"]}).records[0].iri == iri(2)
    finding = release.findings(iri(2))[0]
    assert (finding.heading, finding.value, finding.file) == ("更新頻率", "每1曰", "national")
    assert "每1日" in finding.suggestions["zh-Hant"]
    document = release.document(iri(1))
    assert document is not None
    assert "承辦人甲" not in document.text.decode()


def test_literals_keep_their_spelling_and_the_store_folds_them(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    release = served(workspace)
    document = release.document(iri(1))
    assert document is not None
    assert '"056"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>' in document.text.decode()
    assert '"空氣品質1"@zh-Hant' in document.text.decode()
    integer = '"56"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert integer not in release.spellings(), "056 and 56 are two spellings of one value"


def test_what_does_not_differ_makes_no_release(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", row(1))
    first = publish(workspace, file)
    again = publish(workspace, file)
    assert (again.new, again.release) == (False, first.release)


def test_a_small_change_is_carried_forward_and_equals_a_rebuild(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 61)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    rows[4] = row(5, 資料集描述="改過的描述", 資料量="56;56")
    changed = write(tmp_path / "list.csv", *rows[1:], row(99, 提供機關="經濟部水利署"))
    done = publish(workspace, changed)
    assert (done.added, done.changed, done.gone) == (1, 1, 1)
    carried = served(workspace)
    sound(carried)
    before, store = dumped(carried), stored_triples(carried)
    assert carried.search("改過的描述").total == 1
    assert carried.search("水利署").total == 1
    rebuilt = Publisher(workspace, Settings()).rebuild()
    assert rebuilt.new
    after = served(workspace)
    sound(after)
    assert dumped(after) == before
    assert stored_triples(after) == store
    assert after.content == carried.content


def origins(release: Release) -> dict[str, tuple[str, int | None]]:
    """Return of each record of a row the SHA-256 of its file, and the row."""
    with Index(release.folder / "catalog.sqlite", read_only=True) as index:
        files = {one["id"]: one["sha256"] for one in index.inputs()}
        return {name: (files[entry.input], entry.row) for name, (_, entry) in index.entries().items() if entry.input}


def test_records_that_stay_where_they_stood_are_told_to_be_of_the_new_file(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 41)]
    first = write(tmp_path / "list.csv", *rows, row(50), row(51))
    others = write(tmp_path / "others.csv", *(row(n) for n in range(70, 75)))
    publish(workspace, first)
    publish(workspace, others, "others")
    digests = {hashlib.sha256(first.read_bytes()).hexdigest(): "first", hashlib.sha256(others.read_bytes()).hexdigest(): "others"}
    # One changes, two go, the last two change places; then all is as it was before, but for a row more in front.
    later = [row(1, "改名"), *rows[1:38], rows[39], rows[38]]
    for name, given in (("later", later), ("last", [row(99), *rows])):
        file = write(tmp_path / f"{name}.csv", *given)
        digests[hashlib.sha256(file.read_bytes()).hexdigest()] = name
        publish(workspace, file)
        found = {iri.rpartition("/")[2]: (digests[digest], number) for iri, (digest, number) in origins(served(workspace)).items()
                 if "/id/dataset/" in iri}
        places = {one[0]: (name, place) for place, one in enumerate(given, 2)}
        assert {code: found[code] for code in places} == places
        assert {found[str(code)] for code in range(70, 75)} == {("others", place) for place in range(2, 7)}
        assert {found[code] for code in ("50", "51")} == {("first", 42), ("first", 43)}, "where they stood last"


def test_examples_of_queries_follow_the_address_of_the_service(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 61)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    kept = served(workspace).document(f"{BASE}/query")
    publish(workspace, write(tmp_path / "list.csv", row(1, "改名"), *rows[1:]))
    assert kept is not None
    assert served(workspace).document(f"{BASE}/query") == kept
    settings = Settings(catalog=CatalogSettings(base=BASE), serve=ServeSettings(public_url="https://data.example.tw"))
    publish(workspace, write(tmp_path / "list.csv", row(1, "又改名"), *rows[1:]), settings=settings)
    release = served(workspace)
    sound(release)
    moved = release.document(f"{BASE}/query")
    assert moved is not None
    assert b"https://data.example.tw/sparql" in moved.text
    assert b"https://data.example.tw/sparql" not in kept.text


def test_a_vanished_record_leaves_a_tombstone(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    done = publish(workspace, write(tmp_path / "list.csv", row(1)))
    assert (done.gone, done.issues) == (1, 1)
    release = served(workspace)
    record = release.record(iri(2))
    assert record is not None
    assert record.state == "gone"
    document = release.document(iri(2))
    assert document is not None
    assert "空氣品質2" in document.text.decode()
    assert release.search("空氣").total == 1
    sound(release)
    assert publish(workspace, write(tmp_path / "list.csv", row(1), row(2))).added == 0
    back = served(workspace).record(iri(2))
    assert back is not None
    assert back.state == "live"


def test_faults_without_a_record_stay_while_they_are_true(workspace: Workspace, tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", row(1), row(1, 資料集名稱="又一個"), row(3))
    publish(workspace, first, "first")
    publish(workspace, write(tmp_path / "a.csv", row(1), row(1, 資料集名稱="又一個")), "first")
    done = publish(workspace, write(tmp_path / "b.csv", row(7)), "second")
    assert done.issues == 2, "the repeated identifier and the vanished dataset of the other source"
    again = publish(workspace, write(tmp_path / "a.csv", row(1), row(1, 資料集名稱="又一個")), "first")
    assert (again.new, again.issues) == (False, 2)
    assert (done.own, again.own) == ((0, 0, 0), (0, 0, 2)), "each source is told its own"
    assert publish(workspace, write(tmp_path / "a.csv", row(1), row(3)), "first").issues == 0


def test_two_sources_may_claim_one_identifier(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "a.csv", row(1)), "first")
    done = publish(workspace, write(tmp_path / "b.csv", row(1, 資料集名稱="另一個資料集")), "second")
    assert done.issues == 2, "the row is told of the source that has its identifier, the record there of what may be the same"
    release = served(workspace)
    minted = release.document(f"{BASE}/id/dataset/second.1")
    assert minted is not None
    assert f"<{BASE}/id/dataset/second.1> <http://www.w3.org/2002/07/owl#sameAs> <{iri(1)}>" in minted.text.decode()
    record = release.record(iri(1))
    assert record is not None
    assert record.title == "空氣品質1"
    sound(release)


def test_faulty_records_can_be_held_back(workspace: Workspace, tmp_path: Path) -> None:
    settings = Settings(publish=PublishSettings(violations="hold"))
    done = publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 更新頻率="每1曰")), settings=settings)
    assert (done.added, done.held) == (1, 1)
    assert served(workspace).record(iri(2)) is None


def test_roll_back_and_prune(workspace: Workspace, tmp_path: Path) -> None:
    for edition in range(4):
        publish(workspace, write(tmp_path / "list.csv", row(1, 資料集描述=f"第{edition}版")))
    assert retention.rollback(workspace, None) == "000003"
    document = served(workspace).document(iri(1))
    assert document is not None
    assert "第2版" in document.text.decode()
    pruned = retention.prune(workspace, 1)
    assert pruned.releases == ("000001", "000002")
    assert pruned.documents > 0
    assert pruned.inputs > 0
    assert workspace.names() == ["000003", "000004"]
    sound(served(workspace))
    retention.rollback(workspace, "4")
    sound(served(workspace))


def test_a_release_that_is_read_is_not_pruned(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    reading = served(workspace)
    for edition in range(2):
        publish(workspace, write(tmp_path / "list.csv", row(1, 資料集描述=f"第{edition}版")))
    assert retention.prune(workspace, 1).releases == ("000002",)
    sound(reading)
    reading.close()
    assert retention.prune(workspace, 1).releases == ("000001",)


def test_the_second_of_two_publishers_is_refused_by_name(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", row(1))
    with workspace.locked("publish"), pytest.raises(WorkspaceError, match=r"held by `odlinked publish` \(process \d+"):
        publish(workspace, file)


def test_the_base_is_fixed_until_a_rebuild_moves_it(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    moved = Settings(catalog=CatalogSettings(base="https://data.example.tw"))
    with pytest.raises(SettingsError, match="first published under"):
        publish(workspace, write(tmp_path / "list.csv", row(1)), settings=moved)
    Publisher(workspace, moved).rebuild()
    release = served(workspace)
    assert release.record("https://data.example.tw/id/dataset/1") is not None
    tombstone = release.record("https://data.example.tw/id/dataset/2")
    assert tombstone is not None
    assert tombstone.state == "gone"
    assert release.record(iri(1)) is None
    sound(release)


def test_an_unknown_stored_form_is_refused_with_the_command_that_mends_it(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)), "first")
    publish(workspace, write(tmp_path / "list.csv", row(1)), "first")
    publish(workspace, write(tmp_path / "other.csv", row(7)), "second")
    before = dumped(served(workspace))
    path = workspace.releases / "000003" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"publish --rebuild"):
        served(workspace)
    assert Publisher(workspace, Settings()).rebuild().new
    release = served(workspace)
    sound(release)
    states = {number: found.state for number in (1, 2, 7) if (found := release.record(iri(number)))}
    assert states == {1: "live", 2: "gone", 7: "live"}
    assert len(dumped(release)) == pytest.approx(len(before), rel=0.05)
    assert retention.prune(workspace, 1).releases


def test_the_packing_dictionary_holds_nothing_of_a_single_record(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(n, 資料集描述=f"描述甲{n}乙") for n in range(1, 30)]
    publish(workspace, write(tmp_path / "list.csv", *rows, row(99, 資料集描述="洩漏的秘密")))
    dictionary = Archive(workspace.documents).codec.dictionary.decode("utf-8", "ignore")
    assert "政府資料開放授權條款" in dictionary or "https://data.gov.tw/license" in dictionary
    assert "洩漏的秘密" not in dictionary
    assert "描述甲7乙" not in dictionary
    assert "空氣品質7" not in dictionary


def test_a_description_gives_away_no_mail_no_mobile_and_no_key(workspace: Workspace, tmp_path: Path) -> None:
    text = "請洽 someone@example.tw 或 0912-345-678，範例 https://data.example.tw/a?api_key=SECRET123"
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料集描述=text)))
    document = served(workspace).document(iri(1))
    assert document is not None
    told = document.text.decode()
    assert not [part for part in ("someone@", "0912-345-678", "SECRET123") if part in told]


def test_a_key_is_taken_out_of_an_address_unless_its_host_gives_it_out(workspace: Workspace, tmp_path: Path) -> None:
    links = "https://data.example.tw/a.csv?api_key=GIVEN;https://other.example.tw/b.json?api_key=SECRET"
    settings = Settings(publish=PublishSettings(public_keys=("data.example.tw",)))
    publish(workspace, write(tmp_path / "list.csv", row(1, 資料下載網址=links)), settings=settings)
    document = served(workspace).document(iri(1))
    assert document is not None
    told = document.text.decode()
    assert "api_key=GIVEN" in told
    assert "SECRET" not in told
    assert "keyRemoved" in told


def test_inputs_are_private(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    kept = list(workspace.inputs.iterdir())
    assert [oct(path.stat().st_mode & 0o777) for path in kept] == ["0o600"]


def test_the_command_publishes_lists_and_rolls_back(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "odlinked", *words, "--workspace", str(tmp_path / "var")],
                              capture_output=True, text=True, check=False)

    file = write(tmp_path / "list.csv", row(1), row(2, 更新頻率="每1曰"))
    done = run("publish", str(file), "--source", "national")
    assert (done.returncode, done.stderr) == (1, "")
    assert "2 rows read" in done.stdout
    write(file, row(1), row(2))
    assert run("publish", str(file), "--source", "national").returncode == 0
    assert run("rollback").stdout.startswith("Release 000001")
    assert "* 000001" in run("list", "releases").stdout
    refused = run("publish", str(tmp_path / "missing.csv"), "--source", "national")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "Traceback" not in refused.stderr


def test_inputs_tell_what_was_published_together_even_within_a_second(workspace: Workspace, tmp_path: Path) -> None:
    for edition in range(3):
        publish(workspace, write(tmp_path / "list.csv", row(1, 資料集描述=f"第{edition}版")))
    assert len({given["published"] for given in served(workspace).manifest["inputs"]}) == 3
