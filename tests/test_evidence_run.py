"""Runs: polite, stopped and gone on with, remembered; files instead of visits; observations as RDF."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.hostile_server import CSV, HostileServer

from odlinked.assets import Assets
from odlinked.errors import InputError, WorkspaceError
from odlinked.evidence import failures, json
from odlinked.evidence.given import FileVisitor, Folder
from odlinked.evidence.hosts import Hosts
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import (
    ANSWER,
    DELIVERY,
    ApiDescription,
    Content,
    ContentObservation,
    Declared,
    DescribedField,
    Observation,
    StandardField,
    Target,
)
from odlinked.evidence.run import DEAD, RunOutcome, TargetSelection, look, run
from odlinked.evidence.schedule import Schedule, VisitSchedule
from odlinked.evidence.statements import ntriples
from odlinked.evidence.visit import Visitor, fetcher, following
from odlinked.namespaces import CODE, ODL
from odlinked.settings import CheckSettings, Settings

DATASET = "https://data.example/id/dataset/1#distribution-"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    running = HostileServer()
    yield running
    running.close()


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    opened = Notebook(tmp_path / "evidence.sqlite")
    yield opened
    opened.close()


def _visitor(server: HostileServer, **changes: object) -> Visitor:
    check = CheckSettings(contact="https://check.example/", delay_seconds=0.0, timeout_seconds=30.0, visit_seconds=60.0,
                          test_hosts=(f"127.0.0.1:{server.port}", f"localhost:{server.port}"))
    check = replace(check, **changes)  # type: ignore[arg-type]
    return Visitor(fetcher(Settings(check=check), Assets()),
                   lambda content, declared: ContentObservation(record_count=content.size),
                   lambda data: ApiDescription(), str, 100_000)


def _targets(server: HostileServer, count: int, path: str = "/fine.csv") -> list[Target]:
    return [Target(f"{DATASET}{number}", server.url(path)) for number in range(count)]


def _run(targets: list[Target], visitor: Visitor, notebook: Notebook, workers: int = 4, **wanted: object) -> RunOutcome:
    asked = TargetSelection(**wanted)  # type: ignore[arg-type]
    return run(iter(targets), visitor, visitor.hosts, notebook, asked, workers, lambda stage, step: None)


def test_a_run_visits_all_and_a_second_one_only_what_is_old(server: HostileServer, notebook: Notebook) -> None:
    targets = [*_targets(server, 5), Target(DATASET + "404", server.url("/404")), Target(DATASET + "bad", "no address")]
    first = _run(targets, _visitor(server), notebook)
    assert (first.visited, first.skipped, first.finished, first.faults) == (7, 0, True, [])
    assert notebook.answers(first.started) == [(ANSWER + "answered", 5), (ANSWER + "bad-address", 1), (ANSWER + "not-found", 1)]
    assert notebook.hosts(first.started, [ANSWER + "not-found"], 5) == [("127.0.0.1", 1, 6)]
    assert _run(targets, _visitor(server), notebook, older_than=1).visited == 0
    assert _run(targets, _visitor(server), notebook).visited == 7
    found = notebook.facts([DATASET + "1", DATASET + "404", DATASET + "none"])
    assert {iri.removeprefix(DATASET): one.answer for iri, one in found.items()} == {"1": ANSWER + "answered",
                                                                                     "404": ANSWER + "not-found"}
    assert found[DATASET + "1"] == notebook.get(DATASET + "1")


def test_a_limit_is_a_stop_that_is_gone_on_from(server: HostileServer, notebook: Notebook) -> None:
    targets, visitor = _targets(server, 7), _visitor(server)
    runs = [_run(targets, visitor, notebook, limit=3) for _ in range(4)]
    assert [(one.visited, one.skipped, one.finished) for one in runs] == [
        (3, 0, False), (3, 3, False), (1, 6, True), (3, 0, False)]
    assert len({one.started for one in runs[:3]}) == 1
    assert _run(targets, visitor, notebook, fresh=True).visited == 7


def test_only_one_host_and_hosts_below_it(server: HostileServer, notebook: Notebook) -> None:
    targets = [*_targets(server, 2), Target(DATASET + "x", server.url("/fine.csv", "localhost"))]
    assert _run(targets, _visitor(server), notebook, host="localhost").visited == 1
    assert _run(targets, _visitor(server), notebook, host="host").visited == 0


def test_a_host_is_asked_slowly_while_others_are_not_waited_for(server: HostileServer, notebook: Notebook) -> None:
    slow = [Target(f"{DATASET}a{n}", server.url(f"/fine.csv?a{n}")) for n in range(4)]
    other = [Target(f"{DATASET}b{n}", server.url(f"/fine.csv?b{n}", "localhost")) for n in range(4)]
    began = time.monotonic()
    _run([*slow, *other], _visitor(server, delay_seconds=0.2), notebook, workers=8)
    # robots.txt and four files of each host, a pause between each two: the two hosts at the same time, not one after the other.
    assert time.monotonic() - began >= 0.8
    order = "".join(path[-2] for path in server.paths if "?" in path)
    assert sorted(order) == sorted("aaaabbbb")
    assert order not in ("aaaabbbb", "bbbbaaaa")


def test_no_more_than_per_host_at_a_time(server: HostileServer, notebook: Notebook) -> None:
    _run(_targets(server, 8, "/slow"), _visitor(server, per_host=2), notebook, workers=8)
    assert server.most_open == 2


def test_who_asks_to_come_back_later_is_left_alone_and_asked_again(server: HostileServer, notebook: Notebook) -> None:
    began = time.monotonic()
    outcome = _run([Target(DATASET + "busy", server.url("/busy")), *_targets(server, 2)], _visitor(server, per_host=1), notebook)
    assert (outcome.visited, server.asked) == (3, 2)
    assert time.monotonic() - began >= 1.0
    found = notebook.get(DATASET + "busy")
    assert found is not None
    assert found.answer == ANSWER + "answered"


def test_who_keeps_refusing_is_left_alone(server: HostileServer, notebook: Notebook) -> None:
    targets = [Target(f"{DATASET}a{n}", server.url("/429-for-long")) for n in range(200)]
    outcome = _run([*targets, Target(DATASET + "b", server.url("/fine.csv", "localhost"))], _visitor(server), notebook)
    assert outcome.visited + outcome.left == 201
    assert outcome.visited <= 1 + 4, "only what was under way already"
    assert outcome.finished
    seen = {target.distribution for target in targets if notebook.observed_at(target.distribution)}
    again = _run(targets, _visitor(server), notebook)
    assert again.left > 190
    assert not seen & {target.distribution for target in targets
                       if (notebook.observed_at(target.distribution) or outcome.started) > again.started}, "others are first now"


def test_who_never_answers_is_left_alone(notebook: Notebook) -> None:
    class Silent:
        def visit(self, target: Target, before: Observation | None = None) -> Observation:
            kind = "answered" if "fine" in target.url and "?7" in target.url else "timeout"
            return Observation(target.distribution, ANSWER + kind, datetime.now(UTC))

    targets = [Target(f"{DATASET}{host}{n}", f"http://{host}.example/{n}?{n % 15}")
               for host in ("dead", "fine") for n in range(150)]
    outcome = run(iter(targets), Silent(), Hosts(1, 0.0), notebook, TargetSelection(), 4, lambda stage, step: None)
    assert (outcome.visited, outcome.left) == (150 + DEAD, 150 - DEAD)


def test_targets_that_ask_nobody_do_not_wait(notebook: Notebook, server: HostileServer) -> None:
    targets = [Target(f"{DATASET}{n}", server.url("/fine.csv"), key_removed=True) for n in range(30)]
    targets += [Target(f"{DATASET}b{n}", "http://10.0.0.1/x") for n in range(30)]
    began = time.monotonic()
    outcome = _run(targets, _visitor(server, delay_seconds=5.0), notebook)
    assert (outcome.visited, server.paths) == (60, [])
    assert time.monotonic() - began < 60, "a pause each would take five minutes"


def _dividing(content: Content, declared: Declared) -> ContentObservation:
    return ContentObservation(record_count=1 // (content.size - len(CSV)))


def test_an_error_of_ours_is_told_and_the_run_goes_on(server: HostileServer, notebook: Notebook) -> None:
    visitor = _visitor(server)
    check = CheckSettings(delay_seconds=0.0, test_hosts=(f"127.0.0.1:{server.port}",))
    broken = Visitor(fetcher(Settings(check=check), Assets()), _dividing, lambda data: ApiDescription(), str, 9_999)
    outcome = _run([*_targets(server, 2), Target(DATASET + "404", server.url("/404"))], broken, notebook)
    assert (outcome.visited, outcome.fault_count) == (1, 2)
    assert "ZeroDivisionError" in outcome.faults[0][1]
    assert _run(_targets(server, 2), visitor, notebook).visited == 2


def test_hosts_take_turns() -> None:
    targets = [Target(f"{DATASET}{host}{n}", f"http://{host}.example/{n}") for host in "abc" for n in range(3)]
    schedule = Schedule(VisitSchedule((0, target) for target in targets), Hosts(1, 0.0))
    order = []
    for _ in range(3):
        given = [schedule.take() for _ in range(3)]
        order.append({one[0] for one in given if one})
        for one in given:
            assert one is not None
            schedule.done(one[0])
    assert order == [{"a.example", "b.example", "c.example"}] * 3
    assert schedule.take() is None


_KILLED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that started us aside had it ignored
import sys, time
from pathlib import Path
from odlinked.evidence.hosts import Hosts
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import ANSWER, Observation, Target
from odlinked.evidence.run import TargetSelection, run
from datetime import UTC, datetime

class Slow:
    def visit(self, target, before=None):
        time.sleep(0.02)
        return Observation(target.distribution, ANSWER + "answered", datetime.now(UTC))

targets = (Target(f"https://d.example/id/dataset/1#d{n}", f"http://h{n % 7}.example/{n}") for n in range(3000))
print("ready", flush=True)
run(targets, Slow(), Hosts(2, 0.0), Notebook(Path(sys.argv[1])), TargetSelection(), 4, lambda stage, step: None)
"""


def _kept(path: Path) -> int:
    """Return how many observations a notebook that another process writes has by now."""
    with contextlib.closing(sqlite3.connect(path)) as db, contextlib.suppress(sqlite3.OperationalError):
        return int(db.execute("SELECT count(*) FROM observation").fetchone()[0])
    return 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_at_any_moment_it_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    path = tmp_path / "evidence.sqlite"
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    while not _kept(path):  # a run commits now and then
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, how)
    assert process.wait(60) != 0
    process.stdout.close()
    with Notebook(path).held():
        pass
    kept = Notebook(path)
    done = len(kept)
    assert 0 < done < 3_000
    targets = [Target(f"https://d.example/id/dataset/1#d{n}", f"http://h{n % 7}.example/{n}") for n in range(3_000)]

    class Quick:
        def visit(self, target: Target, before: Observation | None = None) -> Observation:
            return Observation(target.distribution, ANSWER + "answered", datetime.now(UTC))

    outcome = run(iter(targets), Quick(), Hosts(4, 0.0), kept, TargetSelection(), 4, lambda stage, step: None)
    assert (outcome.skipped, outcome.visited, len(kept)) == (done, 3_000 - done, 3_000)
    kept.close()


def test_one_run_at_a_time(notebook: Notebook) -> None:
    with notebook.held(), pytest.raises(WorkspaceError, match="another check is at work"), Notebook(notebook.path).held():
        pass


def test_history_keeps_changes_of_state_only(notebook: Notebook) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    states = [("answered", 200, "aa"), ("answered", 304, "aa"), ("timeout", None, "aa"), ("timeout", None, "aa"),
              ("answered", 200, "bb")]
    for day, (answer, status, digest) in enumerate(states):
        notebook.put(Observation(DATASET, ANSWER + answer, moment + timedelta(days=day), status=status,
                                 content_sha256=digest * 32), "h")
    assert [(one.ended.day, one.answer.rpartition("/")[2], one.sha256[:2]) for one in notebook.history(DATASET)] == [
        (1, "answered", "aa"), (3, "timeout", "aa"), (5, "answered", "bb")]
    assert len(notebook) == 1


def test_a_notebook_of_another_form_is_refused(tmp_path: Path) -> None:
    import sqlite3

    other = sqlite3.connect(tmp_path / "evidence.sqlite")
    other.execute("PRAGMA user_version = 9")
    other.close()
    with pytest.raises(WorkspaceError, match="form 9"):
        Notebook(tmp_path / "evidence.sqlite")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow longer than `size` bytes: writing more fails, as it does where a disk is full."""
    before, kept = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # Python would cut short the modules it compiles, too
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        sys.dont_write_bytecode = kept
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_no_fault_of_a_server(notebook: Notebook) -> None:
    def fill() -> None:
        for number in range(2_000):
            notebook.put(Observation(f"{DATASET}{number}", ANSWER + "answered", datetime.now(UTC)), "h")
        notebook.commit()

    with pytest.raises(WorkspaceError, match="writing the notebook"), files_of_at_most(100_000):
        fill()
    with pytest.raises(OSError, match="space"):
        failures.name(OSError(errno.ENOSPC, "no space left"))


def test_threads_may_share_a_notebook(notebook: Notebook) -> None:
    def write(part: int) -> None:
        for number in range(200):
            notebook.put(Observation(f"{DATASET}{part}-{number}", ANSWER + "answered", datetime.now(UTC)), "h")
            notebook.get(f"{DATASET}{part}-{number}")
    threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(notebook) == 800


FULL = Observation(
    DATASET + "1", ANSWER + "answered", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    ContentObservation(DELIVERY + "direct", "http://publications.europa.eu/resource/authority/file-type/CSV",
                       CODE + "character-encoding/utf-8", True,
                       ('測"站', "b\nc"), (), ("d\x00\ud800",), 12, 345, "ab" * 32, True,
                       (StandardField("統一編號", "https://schema.gov.tw/api/x", CODE + "recognised-by/name", 9, 1,
                                      ("row 17: 1234",)),),
                       ApiDescription("3.1", False, ("paths: missing",))),
    200, "https://data.example/下載?a=<b>", datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC), False, '"v"', "x", "ab" * 32, ANSWER + "answered", "basis", None,
    datetime(2026, 3, 1, tzinfo=UTC))


def test_a_state_holds_since_the_first_of_the_visits_that_came_to_it(notebook: Notebook) -> None:
    """Another answer, status or delivery is another state; a 304, and what was kept before, are not."""
    def visited(before: Observation | None, day: int, answer: str, status: int | None, delivery: str | None = None,
                unchanged: bool = False) -> Observation:
        now = Observation(DATASET, ANSWER + answer, datetime(2026, 10, day, tzinfo=UTC), ContentObservation(delivery=delivery),
                          status, unchanged=unchanged)
        notebook.put(following(now, before), "h")
        found = notebook.get(DATASET)
        assert found is not None
        return found

    steps: list[tuple[int, str, int | None, str | None, bool]] = [
        (1, "answered", 200, DELIVERY + "direct", False), (2, "answered", 304, DELIVERY + "direct", True),
        (3, "not-found", 404, None, False), (4, "not-found", 404, None, False), (5, "not-found", 410, None, False),
        (6, "answered", 200, DELIVERY + "page", False), (7, "answered", 200, DELIVERY + "page", False),
        (8, "answered", 200, DELIVERY + "direct", False)]
    before, days = None, []
    for day, answer, status, delivery, unchanged in steps:
        before = visited(before, day, answer, status, delivery, unchanged)
        assert before.state_since is not None
        days.append(before.state_since.day)
    assert days == [1, 1, 3, 3, 5, 6, 6, 8]
    kept = replace(FULL, state_since=None)
    again = following(replace(kept, ended=datetime(2026, 9, 9, tzinfo=UTC)), kept)
    assert again.state_since == kept.ended


def test_an_observation_survives_the_notebook() -> None:
    harmless = replace(FULL, content=replace(FULL.content, undescribed_fields=("d",)))
    assert json.load(Observation, json.dump(harmless)) == harmless
    target = Target(DATASET, "http://x/y", Declared(("a",), fields=(DescribedField("名"),)), True)
    assert json.load(Target, json.dump(target)) == target


def test_a_hostile_name_can_be_kept(notebook: Notebook) -> None:
    notebook.put(FULL, "h")
    found = notebook.get(FULL.distribution)
    assert found is not None
    assert found.content.record_count == 12


def test_an_observation_as_rdf_is_facts_about_one_node() -> None:
    node = "https://data.example/id/quality/dataset/1#visit-distribution-1"
    text = ntriples(FULL, node)
    triples = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]
    assert {triple.subject.value for triple in triples if isinstance(triple.subject, ox.NamedNode)} == {node, node + "-field-1"}
    said = {triple.predicate.value.removeprefix(ODL): getattr(triple.object, "value", "") for triple in triples}
    assert said["statusCode"] == "200"
    assert said["apiDescriptionValid"] == "false"
    assert said["contentChanged"] == "2026-02-01T00:00:00Z"
    assert "missingField" not in said
    assert {t.object.value for t in triples if t.predicate.value == ODL + "observedField"} == {'測"站', "b\nc"}
    bare = ntriples(Observation(DATASET, ANSWER + "timeout", FULL.ended), node).decode()
    assert bare.count("\n") == 5, "what was not established is not stated"
    assert "null" not in bare
    assert "None" not in bare


def _given(folder: Path, targets: list[Target], notebook: Notebook) -> dict[str, Observation]:
    given = Folder(folder)
    given.learn(targets)
    visitor = FileVisitor(given, _seen, lambda data: ApiDescription("3.0", True, (str(len(data)),)), 50)
    look(given.given(targets), visitor, notebook, TargetSelection(kind="files"), lambda stage, step: None)
    return notebook.facts(target.distribution for target in targets)


def _seen(content: Content, declared: Declared) -> ContentObservation:
    return ContentObservation(record_count=len(content.stream.read()), fields=(content.file_name,))


def test_files_instead_of_visits(tmp_path: Path, notebook: Notebook) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, data in {"測站.csv": CSV, "download": b"?", "big.csv": bytes(80), "listed.csv": b"12", "api.json": b"{}"}.items():
        (folder / name).write_bytes(data)
    (folder / "files.csv").write_text(f"distribution,file\n{DATASET}listed,listed.csv\n", encoding="utf-8-sig")
    found = _given(folder, [
        Target(DATASET + "named", "https://d.example/x/%E6%B8%AC%E7%AB%99.csv?a=/b",
               Declared(description_url="https://d.example/api.json")),
        Target(DATASET + "big", "https://d.example/big.csv"), Target(DATASET + "listed", "https://d.example/download?id=3"),
        Target(DATASET + "one", "https://d.example/download?id=1"), Target(DATASET + "none", "https://d.example/missing.csv"),
        Target(DATASET + "up", "https://d.example/..%2f..%2fetc%2fpasswd")], notebook)
    answers = {iri.removeprefix(DATASET): (one.answer.removeprefix(ANSWER), one.content.byte_size, one.content.complete)
               for iri, one in found.items()}
    assert answers == {"named": ("given-file", len(CSV), True), "big": ("given-file", 50, False),
                       "listed": ("given-file", 2, True)}
    assert found[DATASET + "named"].content.fields == ("測站.csv",)
    assert found[DATASET + "named"].content.api == ApiDescription("3.0", True, ("2",))


@pytest.mark.parametrize("row", ["x,../secret", "x,/etc/passwd", "x,missing.csv", ",listed.csv"])
def test_a_manifest_names_files_of_its_folder(tmp_path: Path, row: str) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "secret").write_text("s")
    (tmp_path / "files" / "listed.csv").write_text("x")
    (tmp_path / "files" / "files.csv").write_text(f"url,file\n{row}\n")
    with pytest.raises(InputError, match="row 2"):
        Folder(tmp_path / "files")
