"""Quality documents in releases: made with a publish, carried while they hold, told as of a day, gone with their dataset."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders import firsts
from builders.catalogs import BASE, iri, served, sound
from builders.measured import DAY, MEASURED, NOON
from builders.national_list import row, write

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.clock import Clock
from odlinked.documents import Document
from odlinked.errors import SettingsError, WorkspaceError
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, Observation
from odlinked.measure.agency import Agencies
from odlinked.publishing import purge
from odlinked.publishing.assemble import Published
from odlinked.publishing.publish import Publisher
from odlinked.settings import MeasureSettings, PublishSettings, Settings

LATER = Clock.of("+08:00", datetime(2036, 4, 1, 4, tzinfo=UTC))
FAILED = "<https://w3id.org/odlinked/ns#outcome> <http://www.w3.org/ns/earl#failed>"
AGENCY = f"{BASE}/id/quality/organization/"


def publish(workspace: Workspace, file: Path, clock: Clock | None = None) -> Published:
    return firsts.publish(workspace, [file], "national", MEASURED, clock)


def quality(number: int) -> str:
    return f"{BASE}/id/quality/dataset/{number}"


def text(release: Release, name: str) -> str:
    document = release.whole(name)
    assert document is not None, name
    return document.text.decode()


def hashes(release: Release) -> dict[str, str]:
    return {document.iri: document.hash.hex() for document in release.documents() if "/id/quality/" in document.iri}


def test_every_dataset_and_its_organisation_are_measured(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    release = served(workspace)
    sound(release)
    assert {quality(1), quality(2)} < set(hashes(release))
    found = text(release, quality(1))
    assert f"<{quality(1)}#format-ladder> <http://www.w3.org/ns/dqv#value> \"3\"" in found
    rows = release.ask("queries/quality/dataset.rq", topic=quality(1).replace("/quality", ""))
    told = {metric: outcome for metric, _, outcome, *_ in rows}
    assert told["https://w3id.org/odlinked/metric/link-validity"] == "not checked"
    assert told["https://w3id.org/odlinked/metric/format-ladder"] == ""
    agencies = [name for name in hashes(release) if name.startswith(AGENCY)]
    assert len(agencies) == 2, "the ministry and the cabinet above it"
    assert all("-datasets-stated> <http://www.w3.org/ns/dqv#value> \"2\"" in text(release, name) for name in agencies)


def test_nothing_new_is_no_release_and_one_change_measures_one(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    before = hashes(served(workspace))
    assert publish(workspace, write(tmp_path / "list.csv", row(1), row(2))).new is False
    assert publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 檔案格式="PDF;PDF"))).new is True
    after = hashes(served(workspace))
    assert {name for name in before if name.startswith(quality(1)) and before[name] != after[name]} == set()
    assert before[quality(2)] != after[quality(2)]
    sound(served(workspace))


def test_what_quality_documents_have_in_common_is_what_they_name(workspace: Workspace, tmp_path: Path) -> None:
    def settled(*rows: list[str]) -> Document:
        publish(workspace, write(tmp_path / "list.csv", *rows))
        release = served(workspace)
        sound(release)
        found = release.document(f"{BASE}/id/quality/common")
        assert found is not None
        named = {line.split(b" ")[0] for document in release.documents() if "/quality/dataset/" in document.iri
                 for line in document.lines if line.startswith(f"<{found.iri}#".encode())}
        assert named == {line.split(b" ")[0] for line in found.lines}
        return found

    first = settled(row(1), row(2))
    both = settled(row(1), row(2, 檔案格式="PDF;PDF"))
    assert set(first.lines) < set(both.lines), "one record differs: nothing is taken from the other"
    assert settled(row(1, 檔案格式="PDF;PDF"), row(2, 檔案格式="PDF;PDF")) != both
    assert settled(row(1), row(2)) == first
    settled(row(1), row(2), row(3, 檔案格式="PDF;PDF"))
    assert settled(row(1), row(2)) == first, "a dataset that is gone names nothing"


def test_organisations_are_measured_anew_only_where_what_they_are_measured_by_differs(
        workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    measure = Agencies.measure

    def counted(agencies: Agencies, facts: bytes, before: Mapping[str, bytes] | None = None) -> list[Document]:
        runs.append(len(facts))
        return measure(agencies, facts, before)

    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    first = hashes(served(workspace))
    monkeypatch.setattr(Agencies, "measure", counted)
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 資料集描述="每小時觀測之結果，改寫過。")))
    assert len(runs) == 0, "a description is nothing that organisations are measured by"
    assert hashes(served(workspace)) == first
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2, 品質檢測="白金")))
    assert len(runs) == 1
    changed = {name for name, digest in hashes(served(workspace)).items() if first[name] != digest}
    assert {name for name in changed if name.startswith(AGENCY)}
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    assert hashes(served(workspace)) == first, "what was measured of the same facts is the same, whatever was between"
    sound(served(workspace))


def test_a_dataset_that_is_gone_is_measured_no_more(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    release = served(workspace)
    assert quality(2) not in hashes(release)
    sound(release)


def test_the_day_alone_changes_what_it_changes(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", row(1, 更新頻率="每1年"), row(2, 更新頻率="不定期更新"))
    publish(workspace, file)
    Publisher(workspace, MEASURED).measure(date(2026, 4, 1))
    early = hashes(served(workspace))
    Publisher(workspace, MEASURED, clock=LATER).measure(date(2036, 4, 1))
    late = hashes(served(workspace))
    assert early[quality(2)] == late[quality(2)]
    release = served(workspace)
    agency = next(name for name in late if name.startswith(AGENCY))
    assert "#2026-04-01-" in text(release, agency)
    assert "#2036-04-01-" in text(release, agency)
    sound(release)


def test_what_was_observed_is_in_the_quality_document(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)), NOON)
    store = ox.Store.read_only(str(served(workspace).store_path))
    link = ox.NamedNode("http://www.w3.org/ns/dcat#distribution")
    files = [str(quad.object.value) for quad in store.quads_for_pattern(ox.NamedNode(iri(1)), link, None)]
    notebook = Notebook(workspace.root / FILE)
    for file in files:
        seen = Observation(file, ANSWER + "not-found", served(workspace).created, status=404)
        notebook.put(seen, "data.example.tw")
    notebook.close()
    Publisher(workspace, MEASURED, clock=NOON).measure(DAY)
    found = text(served(workspace), quality(1))
    assert "statusCode> \"404\"" in found
    assert f"<{quality(1)}#link-validity> {FAILED}" in found


def test_a_rebuild_measures_the_same(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", *(row(n, 資料集名稱=f"稽查件數{n}月統計") for n in range(1, 9))))
    before = hashes(served(workspace))
    Publisher(workspace, MEASURED).rebuild()
    assert hashes(served(workspace)) == before
    assert f"#not-split> {FAILED}" in text(served(workspace), quality(1))


def test_families_stay_while_no_name_differs(workspace: Workspace, tmp_path: Path) -> None:
    rows = [row(n, 資料集名稱=f"稽查件數{n}月統計") for n in range(1, 9)]
    publish(workspace, write(tmp_path / "list.csv", *rows))
    before = {name: value for name, value in hashes(served(workspace)).items() if "/quality/series/" in name}
    assert len(before) == 1
    publish(workspace, write(tmp_path / "list.csv", *rows[:-1], row(8, 資料集名稱="稽查件數8月統計", 更新頻率="每1月")))
    assert {name: value for name, value in hashes(served(workspace)).items() if "/quality/series/" in name} == before
    publish(workspace, write(tmp_path / "list.csv", *rows[:-1], row(8, 資料集名稱="其他")))
    after = {name: value for name, value in hashes(served(workspace)).items() if "/quality/series/" in name}
    assert after.keys() == before.keys()
    assert after != before
    cut = Settings(publish=PublishSettings(most_removals=1.0))
    Publisher(workspace, cut).publish([write(tmp_path / "list.csv", *rows[:4])], "national")
    assert not [name for name in hashes(served(workspace)) if "/quality/series/" in name]
    sound(served(workspace))


def test_a_purge_erases_what_was_measured_too(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    purge.purge(workspace, Assets(), iri(1), "2026-09-01T09:00:00+08:00", inputs=True)
    release = served(workspace)
    assert quality(1) not in hashes(release) or "isMeasurementOf" not in text(release, quality(1))
    assert quality(2) in hashes(release)
    sound(release)
    marks = f"<{quality(1)}#".encode()
    assert not [path for path in workspace.root.rglob("*.sst") if marks in path.read_bytes()]


def test_measuring_nothing_names_the_next_step(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="nothing is published yet"):
        Publisher(workspace, MEASURED).measure(date(2026, 1, 1))


def observed(workspace: Workspace, number: int, when: datetime) -> None:
    """Note that the files of a dataset were not there at a time."""
    document = served(workspace).document(iri(number))
    assert document is not None
    notebook = Notebook(workspace.root / FILE)
    for file in sorted(t.value for s, p, t in document.triples() if p == "http://www.w3.org/ns/dcat#distribution"):
        notebook.put(Observation(file, ANSWER + "not-found", when, status=404), "data.example.tw")
    notebook.close()


def told(workspace: Workspace, day: str, name: str) -> list[str]:
    """Return the values of a measurement of the ministry as of a day."""
    node = f"<{AGENCY}2.16.886.101.20003.20083#{day}-{name}> <http://www.w3.org/ns/dqv#value> "
    found = text(served(workspace), AGENCY + "2.16.886.101.20003.20083")
    return [line.split('"')[1] for line in found.split("\n") if line.startswith(node)]


def test_an_earlier_day_adds_history_and_replaces_nothing(workspace: Workspace, tmp_path: Path) -> None:
    rows = (row(1, 詮釋資料更新時間="2026-01-01 10:00:00"), row(2, 上架日期="2026-10-01 00:00:00"),
            row(3, 詮釋資料更新時間="2026-11-01 10:00:00"), row(4, 上架日期=""))
    publish(workspace, write(tmp_path / "list.csv", *rows), NOON)
    observed(workspace, 1, NOON.now())
    publisher = Publisher(workspace, MEASURED, clock=NOON)
    publisher.measure(DAY)
    before = {name: text(served(workspace), name) for name in hashes(served(workspace))}
    assert publisher.measure(date(2026, 6, 30)).new
    after = {name: text(served(workspace), name) for name in hashes(served(workspace))}
    sound(served(workspace))
    assert after.keys() == before.keys()
    for name, document in before.items():
        lines = set(document.split("\n"))
        added = set(after[name].split("\n")) - lines
        assert lines <= set(after[name].split("\n")), "nothing that was told is gone"
        assert bool(added) == name.startswith(AGENCY)
        assert all("#2026-06-30-" in line for line in added)
    assert told(workspace, "2026-11-22", "open") == ["4"]
    assert told(workspace, "2026-06-30", "open") == ["2"], "what was listed later or first published here was not there"
    assert told(workspace, "2026-11-22", "not-checked") == ["3"]
    assert told(workspace, "2026-06-30", "not-checked") == ["2"], "what was seen later is no evidence of the day"
    assert told(workspace, "2026-11-22", "datasets-stated") == ["4"]
    assert told(workspace, "2026-06-30", "datasets-stated") == ["1"], "what one modified since stated then is not known"
    assert publisher.measure(date(2026, 6, 30)).new is False
    assert publisher.measure(DAY).new is False, "and twice on the day itself"
    assert told(workspace, "2026-06-30", "open") == ["2"], "the history stays"
    publisher.measure(date(2026, 5, 31))
    assert [told(workspace, day, "open") for day in ("2026-05-31", "2026-06-30", "2026-11-22")] == [["2"], ["2"], ["4"]]


def test_a_first_measuring_as_of_an_earlier_day_uses_what_was_seen_by_then(workspace: Workspace, tmp_path: Path) -> None:
    Publisher(workspace, Settings(measure=MeasureSettings(at_publish=False)), clock=NOON).publish(
        [write(tmp_path / "list.csv", row(1), row(2))], "national")
    observed(workspace, 1, datetime(2026, 6, 29, 15, 59, tzinfo=UTC))
    observed(workspace, 2, datetime(2026, 6, 29, 16, 0, tzinfo=UTC))  # midnight of the catalogue's next day
    Publisher(workspace, MEASURED, clock=NOON).measure(date(2026, 6, 29))
    assert FAILED in text(served(workspace), quality(1))
    assert "statusCode" not in text(served(workspace), quality(2))
    Publisher(workspace, MEASURED, clock=NOON).measure(date(2026, 6, 30))
    assert "statusCode" in text(served(workspace), quality(2))


def test_a_day_still_to_come_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)), NOON)
    with pytest.raises(SettingsError, match="2026-11-23 is still to come: it is 2026-11-22"):
        Publisher(workspace, MEASURED, clock=NOON).measure(date(2026, 11, 23))


def test_a_purge_keeps_what_was_measured_of_all_other_records(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2), row(3)))
    with closing(sqlite3.connect(workspace.documents)) as db:
        before = {key for (key,) in db.execute("SELECT key FROM measured")}
    purge.purge(workspace, Assets(), iri(2), NOON.now().isoformat())
    with closing(sqlite3.connect(workspace.documents)) as db:
        after = {key for (key,) in db.execute("SELECT key FROM measured")}
    assert len(before) == 3
    assert after < before
    assert len(after) == 2
