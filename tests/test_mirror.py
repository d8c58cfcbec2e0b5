"""The mirror: a release in another engine, graph by graph or from a snapshot, whatever interrupts it; then compared."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import requests
from builders import engines, site
from builders.endpoints import ask, problem
from builders.engines import OtherEngine
from builders.national_list import example_rows
from click.testing import CliRunner

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.errors import MirrorError, OdlinkedError, SettingsError, WorkspaceError
from odlinked.mirror.comparison import sampled, wanted
from odlinked.mirror.run import Mirror, Mirrored, state
from odlinked.settings import MirrorSettings, Settings
from odlinked.web.app import create

ROWS = example_rows()
slow = pytest.mark.slow
SNAPSHOT = MirrorSettings("snapshot", query="http://127.0.0.1:1/query")


@pytest.fixture
def published(tmp_path: Path) -> Workspace:
    """Two datasets of the example, published."""
    return site.publish(tmp_path, ROWS[:2]).workspace


@pytest.fixture
def oxigraph(tmp_path: Path) -> Iterator[OtherEngine]:
    """An empty `oxigraph` server."""
    one = engines.start_oxigraph(tmp_path / "oxigraph")
    yield one
    one.stop()


class Filled:
    """A mirror of two datasets, filled once for all tests of an engine: what a test changes in it, it mends."""

    def __init__(self, folder: Path, engine: OtherEngine) -> None:
        self.folder, self.engine = folder, engine
        self.releases = site.publish(folder, ROWS[:2])
        self.workspace = self.releases.workspace
        self.number = number(self.workspace)
        self.first = self.update()

    def update(self, *, anew: bool = False) -> Mirrored:
        return of(self.workspace, self.engine).update(anew=anew)

    def compare(self) -> Mirrored:
        return of(self.workspace, self.engine).compare()

    def graphs(self) -> list[str]:
        return list(wanted(self.releases.current()))

    def asked(self, method: str, graph: str, data: str | None = None) -> None:
        """Change a graph behind the mirror's back."""
        settings = self.engine.settings
        auth = requests.auth.HTTPDigestAuth("dba", "dba") if settings.authentication == "digest" else None
        requests.request(method, settings.graph_store, params={"graph": graph}, data=data, auth=auth, timeout=300,
                         headers={"Content-Type": "application/n-triples"}).raise_for_status()


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A filled mirror on each of the engines; Virtuoso cuts answers at 8,000 rows."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "engine").mkdir()
    start = engines.start_oxigraph if request.param == "oxigraph" else partial(engines.start_virtuoso, rows=8_000)
    one = start(folder / "engine")
    try:
        yield Filled(folder, one)
    finally:
        one.stop()


on_oxigraph = pytest.mark.parametrize("filled", ["oxigraph"], indirect=True)
on_virtuoso = pytest.mark.parametrize("filled", ["virtuoso"], indirect=True)


def mirror(workspace: Workspace, settings: MirrorSettings, environment: dict[str, str] | None = None) -> Mirror:
    return Mirror(workspace, replace(site.SETTINGS, mirror=settings), environment or {})


def of(workspace: Workspace, one: OtherEngine, **changes: object) -> Mirror:
    return mirror(workspace, replace(one.settings, **changes), one.environment)  # type: ignore[arg-type]


def number(workspace: Workspace) -> int:
    return len(wanted(Releases(workspace).current()))


@slow
def test_a_mirror_follows_each_publish(filled: Filled) -> None:
    first, workspace = filled.first, filled.workspace
    assert first.same, first.comparison.line()
    assert first.steps
    assert first.steps[:3] == (filled.number, 0, 0)
    assert first.comparison.sampled == min(1_000, filled.number)
    assert state(workspace.root).content == filled.releases.current().content
    changed = [dict(row) for row in ROWS[1:4]]
    title = list(changed[0])[1]
    changed[0][title] += "（修訂）\N{CJK UNIFIED IDEOGRAPH-20BB7}\"\\"
    site.publish(filled.folder, changed, "later.csv")
    assert not filled.compare().same
    assert state(workspace.root).content == ""
    second = filled.update()
    assert second.same, second.comparison.line()
    assert second.steps
    assert 3 <= second.steps.written < first.steps.written / 2
    assert second.steps.written + second.steps.kept == number(workspace)


@slow
def test_a_mirror_that_was_emptied_is_filled_again(filled: Filled) -> None:
    """What it has still is not written again."""
    for graph in filled.graphs()[:7]:
        filled.asked("DELETE", graph)
    done = filled.update()
    assert done.same, done.comparison.line()
    assert done.steps
    assert done.steps.written == 7


@slow
@on_oxigraph
def test_unknown_graphs_of_the_catalogue_go_and_those_of_others_stay(filled: Filled) -> None:
    others = ["https://elsewhere.example/graph", f"{site.BASE}.evil.example/g"]
    for graph in (f"{site.BASE}/id/dataset/forgotten", *others):
        filled.asked("PUT", graph, "<urn:a> <urn:b> <urn:c> .")
    done = filled.update()
    assert done.same
    assert done.steps
    assert done.steps[:2] == (0, 1)
    assert done.comparison.others == 2
    assert "2 graphs of others" in done.comparison.line()
    for graph in others:
        filled.asked("DELETE", graph)


@slow
@on_oxigraph
def test_a_graph_that_somebody_changed_is_told_and_mended_by_the_next_run(filled: Filled) -> None:
    graph = sampled(filled.releases.current(), filled.graphs())[0]
    filled.asked("POST", graph, '<urn:a> <urn:b> "more" .')
    found = filled.update()
    assert not found.same
    assert f"{graph}: 0 statements lack, 1 are more" in found.comparison.line()
    assert state(filled.workspace.root).content == ""
    mended = filled.update()
    assert mended.same
    assert mended.steps
    assert mended.steps.written == 1


@slow
@on_oxigraph
def test_a_lost_ledger_loses_nothing_and_all_can_be_written_anew(filled: Filled) -> None:
    (filled.workspace.root / "mirror.sqlite").unlink()
    for anew in (False, True):
        done = filled.update(anew=anew)
        assert done.same
        assert done.steps
        assert done.steps.written == number(filled.workspace)


@slow
@on_virtuoso
def test_an_engine_that_cuts_answers_does_not_answer(filled: Filled) -> None:
    assert filled.first.same
    assert state(filled.workspace.root).cap == 8_000
    answering = replace(filled.engine.settings, answers=True)
    app = create(filled.releases, replace(site.SETTINGS, mirror=answering))
    found = problem(ask(app.test_client(), "SELECT * { ?s ?p ?o } LIMIT 5"), 503, "mirror-behind")
    assert "cuts every answer at 8,000 rows" in found["detail"]
    app.extensions["odlinked.sparql"].close()


@slow
def test_a_run_that_ends_half_way_is_gone_on_with_and_a_union_is_asked_for(published: Workspace, tmp_path: Path) -> None:
    first = engines.start_oxigraph(tmp_path / "engine")
    port = int(first.settings.query.rpartition(":")[2].partition("/")[0])
    written = 0

    def dies(stage: str, done: int) -> None:
        nonlocal written
        written += done if stage == "write" else 0
        if written == 500:
            first.stop()

    half = Mirror(published, replace(site.SETTINGS, mirror=first.settings), {}, dies)
    with pytest.raises(MirrorError, match=r"refused|reset|RemoteDisconnected"):
        half.update()
    with pytest.raises(MirrorError, match="run `odlinked mirror` again"):
        of(published, first).update()
    assert state(published.root).content == ""
    second = engines.start_oxigraph(tmp_path / "engine", port)
    try:
        done = of(published, second).update()
    finally:
        second.stop()
    assert done.same, done.comparison.line()
    assert done.steps
    assert done.steps.written <= number(published) - 400, "what the mirror has is not written again"
    third = engines.start_oxigraph(tmp_path / "engine", port, union=False)
    try:
        found = of(published, third).compare()
    finally:
        third.stop()
    assert not found.same
    assert "have the engine's default graph be the union of its graphs" in found.comparison.line()


def test_an_engine_that_is_down_is_told_in_one_line(published: Workspace) -> None:
    dead = f"http://127.0.0.1:{engines.free_port()}"
    with pytest.raises(MirrorError, match=rf"{dead}/query: Connection refused. Nothing is lost: run `odlinked mirror` again"):
        mirror(published, MirrorSettings("incremental", f"{dead}/store", f"{dead}/query")).update()


@pytest.mark.parametrize(("status", "told"), [
    (401, "Set ODLINKED_MIRROR_USER and ODLINKED_MIRROR_PASSWORD in the environment"), (403, "write graphs"),
    (500, "it answers 500"), (302, "it answers 302"), (200, "no JSON"),
])
def test_an_engine_that_refuses_is_told_in_one_line(status: int, told: str, published: Workspace) -> None:
    answer = engines.answering(status, b"no\nmore", "application/json", Location="http://127.0.0.1:1/elsewhere")
    with answer as (url, _), pytest.raises(MirrorError, match=told) as raised:
        mirror(published, MirrorSettings("incremental", f"{url}/store", f"{url}/query"),
               {"ODLINKED_MIRROR_USER": "somebody", "ODLINKED_MIRROR_PASSWORD": "verysecret"}).update()
    assert "\n" not in raised.value.line()
    assert "verysecret" not in raised.value.line()


def test_credentials_are_of_the_environment_and_sent_in_utf_8(published: Workspace) -> None:
    environment = {"ODLINKED_MIRROR_USER": "管理", "ODLINKED_MIRROR_PASSWORD": "密碼"}
    with engines.answering(403) as (url, asked), pytest.raises(MirrorError):
        mirror(published, MirrorSettings("incremental", f"{url}/store", f"{url}/query"), environment).update()
    assert "Authorization: Basic 566h55CGOuWvhueivA==" in asked[0]
    with pytest.raises(SettingsError, match="only one of ODLINKED_MIRROR_USER and ODLINKED_MIRROR_PASSWORD is set"):
        mirror(published, SNAPSHOT, {"ODLINKED_MIRROR_USER": "x"}).update()


@pytest.mark.parametrize(("settings", "told"), [
    ('mode = "mirror"', '"incremental" or "snapshot"'),
    ('mode = "incremental"\nquery = "http://a.example/q"', "mirror.graph_store"),
    ('mode = "incremental"\nquery = "http://u:p@a.example/q"\ngraph_store = "http://a.example/s"', "credentials belong in"),
    ('mode = "snapshot"', "mirror.query"),
    ('mode = "snapshot"\nquery = "http://a.example/q"\ngraph_store = "http://a.example/s"', "mirror.graph_store"),
    ('answers = true', "mirror.mode"), ('authentication = "none"', '"basic" or "digest"'),
    ('command = ["qlever"]', "mirror.command"), ('timeout_seconds = 0', "mirror.timeout_seconds"),
    ('mode = "snapshot"\nquery = "http://a.example/q"\ncommand = "qlever index"', "a list of strings"),
])
def test_settings_that_cannot_work_are_refused(settings: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "odlinked.toml"
    file.write_text(f"[mirror]\n{settings}\n")
    done = CliRunner().invoke(main, ["mirror", "--config", str(file), "--workspace", str(tmp_path / "var")])
    assert done.exit_code == 2
    assert told in done.output


def test_without_a_mirror_and_without_a_release_the_verb_says_what_to_do(tmp_path: Path, published: Workspace) -> None:
    with pytest.raises(SettingsError, match=r"Set mirror.mode"):
        mirror(published, MirrorSettings()).update()
    with pytest.raises(WorkspaceError, match="nothing is published yet"):
        mirror(Workspace(tmp_path / "none"), SNAPSHOT).update()


def test_one_mirror_runs_at_a_time_and_publishing_goes_on(published: Workspace) -> None:
    with published.apart("mirror"):
        with pytest.raises(WorkspaceError, match="it is held by `odlinked mirror`"):
            mirror(published, SNAPSHOT).update()
        with published.locked("publish"):
            pass


def python(code: str, *more: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *more)


def quads(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


LOAD = """
import sys, requests
with open(sys.argv[1], "rb") as file:
    answer = requests.put(sys.argv[2], data=file, headers={"Content-Type": "application/n-quads"}, timeout=300)
sys.exit(not answer.ok)
"""
NOTE = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + ' ' + sys.argv[3] + chr(10))"


@slow
def test_a_snapshot_is_indexed_checked_and_switched_to(oxigraph: OtherEngine, published: Workspace, tmp_path: Path) -> None:
    settings = replace(oxigraph.settings, mode="snapshot", graph_store="", command=python(
        LOAD, "{file}", oxigraph.settings.graph_store), switch=python(NOTE, str(tmp_path / "switched"), "{release}", "{file}"))
    done = mirror(published, settings).update()
    assert done.same, done.comparison.line()
    release = Releases(published).current()
    name, file = (tmp_path / "switched").read_text().split()
    assert name == release.name
    lines = quads(Path(file))
    assert len(lines) == sum(len(document.lines) for document in release.documents())
    assert state(published.root).content == release.content
    # What the engine lacks is found before the switch.
    requests.delete(oxigraph.settings.graph_store, params={"graph": f"{site.BASE}/id/dataset/6075"}, timeout=300)
    done = mirror(published, replace(settings, command=())).update()
    assert not done.same
    assert (tmp_path / "switched").read_text().count("\n") == 1


def test_a_snapshot_is_the_same_for_the_same_release_and_sorted(published: Workspace) -> None:
    found = []
    for _ in range(2):
        with pytest.raises(MirrorError, match="Connection refused"):
            mirror(published, SNAPSHOT).update()
        file, = (published.root / "mirror").iterdir()
        found.append(file.read_bytes())
        assert file.stat().st_mode & 0o077 == 0
    assert found[0] == found[1]
    graphs = [line.rsplit(b" ", 2)[1] for line in found[0].splitlines()]
    assert sorted({graph.decode()[1:-1] for graph in graphs}) == list(dict.fromkeys(graph.decode()[1:-1] for graph in graphs))


@pytest.mark.parametrize(("command", "told"), [
    (python("import sys; print('no room left'); sys.exit(3)"), "it ended with 3: no room left"),
    (("/nowhere/qlever",), "No such file"),
    (python("import time; time.sleep(60)"), "it took longer than 2 s"),
    (python("import os, sys; sys.exit(9 if 'ODLINKED_MIRROR_PASSWORD' in os.environ else 8)"), "it ended with 8"),
    (python("import sys; sys.exit(len(sys.argv))", "a; rm -rf x", "$(id)"), "it ended with 3"),
])
def test_a_command_that_fails_is_told(command: Sequence[str], told: str, published: Workspace,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODLINKED_MIRROR_PASSWORD", "secret")
    settings = replace(SNAPSHOT, command=tuple(command), command_seconds=2.0)
    with pytest.raises(MirrorError, match=told) as raised:
        mirror(published, settings).update()
    assert "running mirror.command" in raised.value.line()


def test_a_publish_is_followed_where_the_settings_say_so(tmp_path: Path) -> None:
    """The release is served whatever comes of the mirror, and the exit code says that it could not be brought up to date."""
    site.publish(tmp_path, ROWS[:2])
    config = tmp_path / "odlinked.toml"
    dead = f"http://127.0.0.1:{engines.free_port()}"
    config.write_text(f'[catalog]\nbase = "{site.BASE}"\n[mirror]\nmode = "incremental"\nat_publish = true\n'
                      f'graph_store = "{dead}/store"\nquery = "{dead}/query"\n')
    options = ["--config", str(config), "--workspace", str(tmp_path / "var")]
    done = CliRunner().invoke(main, ["publish", str(tmp_path / "list.csv"), "--source", "again", *options])
    assert done.exit_code == 2, done.output
    assert "Release 000002" in done.output
    assert "Connection refused" in done.output
    assert Workspace(tmp_path / "var").current() == "000002"


def test_a_ledger_of_another_engine_is_not_believed(published: Workspace) -> None:
    dead = f"http://127.0.0.1:{engines.free_port()}"
    with pytest.raises(OdlinkedError):
        mirror(published, MirrorSettings("incremental", f"{dead}/store", f"{dead}/query")).update()
    with sqlite3.connect(published.root / "mirror.sqlite") as db:
        assert db.execute("SELECT address FROM mirror").fetchall() == [(f"{dead}/store",)]
        db.execute("INSERT INTO graph VALUES('urn:g', x'00')")
    with pytest.raises(OdlinkedError):
        mirror(published, MirrorSettings("incremental", f"{dead}/other", f"{dead}/query")).update()
    with sqlite3.connect(published.root / "mirror.sqlite") as db:
        assert db.execute("SELECT count(*) FROM graph").fetchone() == (0,)


def test_a_damaged_statement_of_what_the_mirror_holds_is_none(published: Workspace) -> None:
    for text in ("", "{}", "[]", json.dumps({"release": "1"}), "\x00"):
        (published.root / "mirror.json").write_text(text)
        assert state(published.root).content == ""
    assert Settings().mirror.mode == ""
