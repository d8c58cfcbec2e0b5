"""A purge that was stopped, at each of its steps; what a purge leaves of the packing dictionary."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from builders.agency_tables import OPEN, opened, publish, write
from builders.catalogs import BASE, LEAK, answers, everywhere, iri, on_disk, served

from odlinked.assets import Assets
from odlinked.catalog.keeping import archive_files
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import WorkspaceError
from odlinked.publishing import forgetting, purge, retention
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

NOW = "2026-09-01T09:00:00+08:00"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three releases, in each of which a row says what it should not."""
    folder = tmp_path_factory.mktemp("leaking")
    made = Workspace(folder / "var")
    for number in range(3):
        rows = (opened(f"wqx_{n}", "異動" if number else "新增", 資料集描述=f"第 {number} 版") for n in range(1, 4))
        publish(made, write(folder / f"{number}.csv", OPEN, *rows, opened("leak_1", 資料集描述=LEAK + str(number))))
    return made


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    """A copy of them for one test."""
    return Workspace(shutil.copytree(made.root, tmp_path / "var"))


class Stopped(BaseException):
    """Stands for kill -9 at a step."""


@pytest.mark.parametrize(("where", "what", "nth"), [
    (purge, "store_built", 1), (purge, "store_built", 3), (Workspace, "switch", 1), (retention, "sweep", 1),
    (forgetting, "forget", 1), (forgetting, "_settled", 2), (Path, "unlink", 9), (shutil, "rmtree", 2), (shutil, "rmtree", 5),
])
def test_a_purge_stopped_anywhere_is_finished_by_running_it_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, where: object, what: str, nth: int
) -> None:
    real, count = getattr(where, what), 0

    def stop(*given: object, **named: object) -> object:
        nonlocal count
        count += 1
        if count == nth:
            raise Stopped
        return real(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(where, what, stop)
        with pytest.raises(Stopped):
            purge.purge(workspace, Assets(), iri("leak_1"), NOW, inputs=True)
    record = served(workspace).record(iri("leak_1"))
    assert record is not None
    document = served(workspace).document(iri("leak_1"))
    assert document is not None
    assert (LEAK in document.text.decode()) == (record.state == "live")
    purge.purge(workspace, Assets(), iri("leak_1"), NOW)
    assert LEAK.encode() not in on_disk(workspace)
    assert not list(workspace.inputs.iterdir()), "it was begun with the inputs, and ends with them"
    assert len(workspace.names()) >= 3
    with pytest.raises(WorkspaceError, match="no release holds it"):
        purge.purge(workspace, Assets(), iri("leak_1"), NOW)


def test_who_opens_the_archive_while_it_is_written_anew_reads_what_is_published_later(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files under one name shared the log of the first: a reader that came between missed all that was stored later."""
    readers: list[Archive] = []
    real = archive_files.remove_old

    def between(archive: Path, form: int) -> None:
        if archive.exists() and not readers and archive.name != "documents-1.sqlite":
            readers.append(Archive(workspace.documents))
        real(archive, form)

    monkeypatch.setattr(archive_files, "remove_old", between)
    purge.purge(workspace, Assets(), iri("leak_1"), NOW)
    publish(workspace, write(tmp_path / "later.csv", OPEN, opened("later_1", 資料集描述="後來發布的資料。")))
    assert list(served(workspace).documents())
    (reader,) = readers
    document = served(workspace).document(iri("later_1"))
    assert document is not None
    assert reader.text(document.hash) == document.text
    reader.close()
    assert [path.name for path in sorted(workspace.root.glob("documents-*.sqlite"))] == ["documents-1.1.sqlite"]


def test_an_archive_that_was_written_anew_is_removed_by_the_next_verb(workspace: Workspace) -> None:
    shutil.copyfile(workspace.documents, workspace.root / "documents-1.12.sqlite")
    assert workspace.documents.name == "documents-1.12.sqlite", "a purge was killed before it removed the old ones"
    shutil.copyfile(workspace.documents, workspace.root / "documents-1.9.sqlite")
    with workspace.locked("prune"):
        assert [path.name for path in workspace.root.glob("documents-*")] == ["documents-1.12.sqlite"]
    assert list(served(workspace).documents())


def test_the_dictionary_of_an_archive_written_anew_is_chosen_from_all_of_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "one.csv", OPEN, opened("leak_1", 資料集描述=LEAK)))
    rows = (opened(f"wqx_{n}", 資料集描述=f"第 {n} 站每日檢測結果。") for n in range(400))
    publish(workspace, write(tmp_path / "many.csv", OPEN, *rows))

    def size() -> int:
        archive = Archive(workspace.documents)
        try:
            return int(archive.db.execute("SELECT sum(length(body)) FROM document").fetchone()[0])
        finally:
            archive.close()

    before = size()
    purge.purge(workspace, Assets(), iri("leak_1"), NOW, inputs=True)
    assert size() < 0.9 * before, "chosen from one text before, from a sample now"
    assert LEAK.encode() not in on_disk(workspace)
    Publisher(workspace, Settings()).rebuild()


def test_the_terms_of_a_rebuilt_release_are_those_of_what_is_left(workspace: Workspace) -> None:
    def datasets() -> int:
        terms = json.loads(served(workspace).terms() or b"{}")
        return int(next(number for name, _, _, number, _ in terms["classes"] if name == "dcat:Dataset"))

    before = datasets()
    purge.purge(workspace, Assets(), iri("leak_1"), NOW)
    assert datasets() == before - 1


PERSON = "歐陽測試娜"


@pytest.mark.parametrize("withdrawn", [False, True])
def test_an_organisation_that_only_the_erased_row_names_goes_from_everywhere(tmp_path: Path, withdrawn: bool) -> None:
    made = Workspace(tmp_path / "var")
    publish(made, write(tmp_path / "0.csv", OPEN, opened("wqx_1"), opened("wqx_2", 提供單位="資料創新科"),
                        opened("wqx_3", 提供單位="資料創新科"), opened("leak_1", 提供單位=PERSON, 資料集分類="沒有這一類")))
    publish(made, write(tmp_path / "1.csv", OPEN, opened("wqx_1", "異動", 資料集描述="河川水質之每月檢測結果。")))
    if withdrawn:
        publish(made, write(tmp_path / "2.csv", OPEN, opened("leak_1", "下架", 提供單位=PERSON, 備註="誤植")))
    page = served(made).document(iri("leak_1"))
    assert page is not None
    organization = next(t.object.value for t in page.triples() if t.predicate == "http://purl.org/dc/terms/publisher")
    assert PERSON.encode() in on_disk(made)
    done = purge.purge(made, Assets(), iri("leak_1"), NOW, inputs=True)
    assert organization in done.records
    assert PERSON.encode() not in on_disk(made)
    assert PERSON not in everywhere(made)
    for name in made.names():
        retention.rollback(made, name)
        assert answers(made, organization.removeprefix(BASE))[0] == 410
        assert PERSON not in answers(made, "/organization")[1]
        # What another row names, and what is listed, stays.
        titles = {record.title for record in served(made).page("organization", 1, 50)[1]}
        assert {"環境部資料創新科", "環境部水質保護司", "環境部"} <= titles
    purged = iri("wqx_2")
    done = purge.purge(made, Assets(), purged, NOW)
    assert done.records == tuple(sorted({purged, purged.replace("/id/", "/id/quality/")})), "another row names its unit, too"
