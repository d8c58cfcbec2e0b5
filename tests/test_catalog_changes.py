"""The change log: what each publish, rollback and purge changed, told once, whatever ends the process in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from builders.agency_tables import OPEN, opened, publish, write
from builders.catalogs import LEAK, iri, on_disk, served

from odlinked.assets import Assets
from odlinked.catalog.index import listed
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.log import changelog
from odlinked.catalog.log.changes import JOINED, ChangeView, LoggedChange, LogPage
from odlinked.publishing import purge, retention

NOW = "2026-09-01T09:00:00+08:00"
Told = dict[str, list[str]]


def rows(workspace: Workspace, folder: Path, *given: dict[str, str]) -> None:
    """Publish rows of the ministry's inventory, a list of changes."""
    publish(workspace, write(folder / "rows.csv", OPEN, *given))


def told(workspace: Workspace, kind: str = "dataset") -> Told:
    """Return what happened to each record of a kind, in order."""
    view, found = served(workspace).changes, Told()
    for one in rooms(view):
        if one.kind == kind:
            found.setdefault(one.iri.rpartition("/")[2], []).append(one.what)
    return found


def pages_of(view: ChangeView) -> list[LogPage]:
    """Return all pages of the log, the one that is still open too."""
    complete, last = view.pages()
    return [*complete, *([last] if last else [])]


def rooms(view: ChangeView) -> Iterator[LoggedChange]:
    """Yield all that is told."""
    for page in pages_of(view):
        yield from view.between(page.first, page.last)


def test_each_publish_tells_what_it_added_changed_took_down_and_restored(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"), opened("b_1"))
    rows(workspace, tmp_path, opened("a_1", "異動", 資料集描述="另一段說明"), opened("c_1"))
    rows(workspace, tmp_path, opened("b_1", "下架", 備註="機關整併"))
    rows(workspace, tmp_path, opened("b_1"))
    assert told(workspace) == {"a_1": ["added", "changed"], "b_1": ["added", "withdrawn", "restored"], "c_1": ["added"]}
    view = served(workspace).changes
    last = view.of(iri("b_1"))
    assert last is not None
    assert last.hash is not None
    assert last.hash.hex() == served(workspace).record(iri("b_1")).hash  # type: ignore[union-attr]
    gone = next(one for one in view.recent(10) if one.what == "withdrawn")
    assert "機關整併" in gone.reason
    assert gone.unit == last.unit != ""
    assert [one.what for one in view.recent(1, ("dataset",), {iri("a_1")})] == ["changed"], "however much came after it"
    assert view.recent(9, ("dataset",), ()) == view.recent(9, (), None) == view.judged(9, ()) == []
    times = list(dict.fromkeys(one.time for one in rooms(view)))
    assert times == sorted(set(times)), "a later turn has a later time, however soon it comes"


def test_what_changes_nothing_is_no_turn(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"))
    before = served(workspace).changes.pages()
    rows(workspace, tmp_path, opened("a_1"))
    assert served(workspace).changes.pages() == before


def test_a_page_stays_as_it_was_and_places_never_move(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, *(opened(f"n_{number}") for number in range(130)))
    first = served(workspace).changes
    pages = {page.name: first.page(page.name) for page in first.pages()[0]}
    assert pages
    assert all(0 < len(page or ()) <= changelog.PAGE for page in pages.values())
    listed = [one.iri for one in first.listing(0, 500)]
    rows(workspace, tmp_path, opened("n_3", "下架", 備註="停止"), opened("n_5", "異動", 資料集描述="改寫"), opened("z_1"))
    later = served(workspace).changes
    assert {name: later.page(name) for name in pages} == pages
    assert [one.iri for one in later.listing(0, 500)] == [*listed, iri("z_1")]
    assert [later.listing(3, 1), later.listing(130, 9)] == [[later.of(listed[3])], [later.of(iri("z_1"))]]
    assert [one.iri for one in later.since(datetime.fromisoformat(later.time()))] == [
        one for one in listed if one in (iri("n_3"), iri("n_5"))] + [iri("z_1")]
    assert later.since(datetime.fromisoformat("2999-01-01T00:00:00+08:00")) == []
    assert len(later.since(datetime.fromisoformat("1999-01-01T00:00:00+08:00"))) == later.count() == 131


def test_small_changes_join_a_page_that_is_complete_when_it_first_appears(workspace: Workspace, tmp_path: Path) -> None:
    seen = dict[str, list[LoggedChange] | None]()
    opens = list[int]()
    counts = [40, *[1] * (JOINED + 3), 7, 120, 2, 1]
    for turn, count in enumerate(counts):
        rows(workspace, tmp_path, *(opened(f"n_{turn}_{number}") for number in range(count)))
        view = served(workspace).changes
        complete, last = view.pages()
        assert {name: view.page(name) for name in seen} == seen, "what was complete stays as it was, by the same name"
        assert [page.name for page in complete][:len(seen)] == [*seen]
        seen |= {page.name: view.page(page.name) for page in complete}
        opens.append(last.size if last else 0)
        assert opens[-1] < JOINED
        assert list(rooms(view)) == view.recent(10_000)[::-1], "each change once, in its order"
    assert max(page.size for page in complete) <= changelog.PAGE
    assert max(opens) > 1
    assert len(seen) < len(counts), "not a page for each small change"


def test_a_rollback_is_told_and_so_is_what_follows(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"))
    rows(workspace, tmp_path, opened("a_1", "異動", 資料集描述="第二版"), opened("b_1"))
    retention.rollback(workspace, None)
    assert told(workspace) == {"a_1": ["added", "changed", "changed"], "b_1": ["added", "withdrawn"]}
    gone = served(workspace).changes.of(iri("b_1"))
    assert gone is not None
    assert gone.hash is None, "a release that never had it has no tombstone of it"
    rows(workspace, tmp_path, opened("b_1"))
    assert told(workspace)["b_1"] == ["added", "withdrawn", "restored"]


class Stopped(BaseException):
    """Stands for kill -9 at a step."""


def stop(*_given: object) -> None:
    """End the process, as it were."""
    raise Stopped


def test_a_switch_that_was_never_made_is_not_told(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(workspace, tmp_path, opened("a_1"))
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "switch", stop)
        with pytest.raises(Stopped):
            rows(workspace, tmp_path, opened("never_1"))
    assert told(workspace) == {"a_1": ["added"]}
    rows(workspace, tmp_path, opened("c_1"))
    assert told(workspace) == {"a_1": ["added"], "c_1": ["added"]}


def test_a_switch_that_was_made_is_told_whatever_ended_the_process_then(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(workspace, tmp_path, opened("a_1"))
    switch = Workspace.switch

    def switch_and_stop(self: Workspace, name: str) -> None:
        switch(self, name)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "switch", switch_and_stop)
        with pytest.raises(Stopped):
            rows(workspace, tmp_path, opened("b_1"))
    rows(workspace, tmp_path, opened("c_1"))
    assert told(workspace) == {"a_1": ["added"], "b_1": ["added"], "c_1": ["added"]}


def test_a_workspace_from_before_the_log_tells_its_kept_releases_once_something_is_published(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows(workspace, tmp_path, opened("a_1"))
    rows(workspace, tmp_path, opened("a_1", "異動", 資料集描述="第二版"))
    changelog.path_of(workspace).unlink()
    view = served(workspace).changes
    assert not view.is_kept
    assert told(workspace) == {"a_1": ["added"]}, "until then its release is all that is known"
    assert not changelog.path_of(workspace).exists(), "who reads writes nothing"
    rows(workspace, tmp_path, opened("b_1"))
    assert told(workspace) == {"a_1": ["added", "changed"], "b_1": ["added"]}
    assert served(workspace).changes.is_kept


def test_what_is_erased_is_in_the_log_as_gone_only(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"), opened("leak_1", 資料集描述=LEAK))
    rows(workspace, tmp_path, opened("leak_1", "異動", 資料集描述=LEAK + "2"), opened("b_1"))
    before = served(workspace).changes
    hashes = [one.hash for one in rooms(before) if one.iri == iri("leak_1")]
    last_number = max(one.number for one in rooms(before))
    others = {one.iri for one in rooms(before)}
    touched = [page.name for page in pages_of(before) if any(one.iri == iri("leak_1") for one in before.page(page.name) or ())]
    purge.purge(workspace, Assets(), iri("leak_1"), NOW, inputs=True)
    after = served(workspace).changes
    assert told(workspace)["leak_1"] == ["withdrawn"]
    assert all(after.page(number) is None for number in touched), "a copy of such a page is no page any more"
    assert LEAK.encode() not in on_disk(workspace)
    log = changelog.path_of(workspace).read_bytes()
    assert not [digest for digest in hashes if digest and digest in log]
    assert {one.iri for one in rooms(after)} == others, "nobody else's change is lost"
    assert told(workspace)["a_1"] == ["added"]
    gone = after.of(iri("leak_1"))
    assert gone is not None
    assert gone.number > last_number, "a client that knows a change by its number never takes another for it"
    rows(workspace, tmp_path, opened("c_1"))
    assert told(workspace)["leak_1"] == ["withdrawn"]


def test_what_was_erased_last_takes_no_other_change_with_it(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"))
    rows(workspace, tmp_path, opened("b_1"), opened("leak_1", 資料集描述=LEAK))
    numbers = {one.number for one in rooms(served(workspace).changes)}
    purge.purge(workspace, Assets(), iri("leak_1"), NOW)
    assert told(workspace) == {"a_1": ["added"], "b_1": ["added"], "leak_1": ["withdrawn"]}
    rows(workspace, tmp_path, opened("z_1"))
    assert told(workspace)["z_1"] == ["added"]
    fresh = served(workspace).changes.of(iri("z_1"))
    assert fresh is not None
    assert fresh.number not in numbers


def test_what_is_held_back_is_never_in_it(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"), opened("secret_1", 資料集描述=LEAK, 資訊長核定="否"))
    with closing(sqlite3.connect(changelog.path_of(workspace))) as db:
        kept = {one for one, in db.execute("SELECT iri FROM subject")}
    records = {record.iri for kind in ("dataset", "organization") for record in served(workspace).roster(kind)}
    assert kept == records


def test_a_small_publish_tells_all_that_comparing_every_record_would(workspace: Workspace, tmp_path: Path) -> None:
    rows(workspace, tmp_path, opened("a_1"), opened("b_1"), opened("c_1"))
    rows(workspace, tmp_path, opened("a_1", "異動", 資料集描述="另一段說明"), opened("b_1", "異動", 更新頻率="每1年"))
    rows(workspace, tmp_path, opened("c_1", "下架", 備註="機關整併"), opened("d_1"))
    retention.rollback(workspace, None)
    rows(workspace, tmp_path, opened("e_1"))
    with closing(sqlite3.connect(changelog.path_of(workspace))) as db:
        said = {row[0]: row[1:3] for row in db.execute(
            "SELECT s.iri, e.hash, e.what = 'withdrawn', max(e.id) FROM event e JOIN subject s ON s.id = e.subject "
            "GROUP BY s.id")}
        judged = dict(row[:2] for row in db.execute(
            "SELECT s.iri, j.after, max(j.id) FROM judgement j JOIN subject s ON s.id = j.subject GROUP BY s.id"))
    path = workspace.releases / str(workspace.current()) / "catalog.sqlite"
    shown = list(listed(path, changelog.KINDS))
    assert {one.iri: (one.hash, one.is_gone) for one in shown}.items() <= said.items()
    assert {one.iri: one.judged for one in shown} == {one.iri: judged.get(one.iri, "") for one in shown}
    assert any(one.judged for one in shown)
