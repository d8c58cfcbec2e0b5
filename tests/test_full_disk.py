"""A full disk is told as that, by a publish in one line and by the service as 503, and nothing is served by halves."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from builders import site
from builders.national_list import example_rows, row, write
from flask import Flask

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

PUBLISH = [sys.executable, "-m", "odlinked", "publish", "--source", "national", "--allow-removals"]

QUERIES = """
import os, sys
from pathlib import Path
import pyoxigraph as ox
from odlinked.cage import tokenizer
from odlinked.cage.failures import NoRoom
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.lanes import Lanes
from odlinked.settings import ServeSettings

disk = Path(os.environ["TMPDIR"])
store = ox.Store(sys.argv[1])
for n in range(400):
    store.add(ox.Quad(ox.NamedNode(f"http://example.org/{n}"), ox.NamedNode("http://example.org/p"), ox.Literal("x" * 50)))
store.flush()
del store

def ask(text):
    job = QueryJob(text, tokenizer.inspect(text), "http://example.org/sparql", "csv")
    try:
        return lanes.ask(view, job).read()
    except NoRoom as problem:
        return problem

LARGE, SMALL = "SELECT * { ?a ?p ?x . ?b ?p ?y }", "ASK { ?s ?p ?o }"
view = StoreView(Path(sys.argv[1]), "1")
lanes = Lanes(ServeSettings(query_result_mb=64))
told = ask(LARGE)
assert isinstance(told, NoRoom) and told.status == 503 and told.retry_after, told
assert "disk is full" in told.line()
assert ask(SMALL) == b"true\\r\\n"
lanes.close()

fill = os.open(disk / "fill", os.O_CREAT | os.O_WRONLY)
try:
    while os.write(fill, b"0" * 4096):
        pass
except OSError:
    pass
view = StoreView(Path(sys.argv[1]), "2", lambda: {f'"{n}"': f'"0{n}"' for n in range(2000)})
lanes = Lanes(ServeSettings())
assert isinstance(ask(SMALL), NoRoom)
os.ftruncate(fill, 0)
assert ask(SMALL) == b"true\\r\\n"
lanes.close()
print("told")
"""

CHECKS = """
import io, os, sys, tempfile
from pathlib import Path
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.settings import Settings
from odlinked.web.app import create

disk = Path(tempfile.gettempdir())
assert disk == Path(os.environ["TMPDIR"])
content = Path(sys.argv[1]).read_bytes()
web = create(Releases(Workspace(Path("/nowhere"))), Settings()).test_client()

def dropped(free):
    fill = os.open(disk / "fill", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    try:
        while os.write(fill, b"0" * 4096):
            pass
    except OSError:
        pass
    os.ftruncate(fill, max(0, os.fstat(fill).st_size - free))
    os.close(fill)
    return web.post("/validate?lang=zh-Hant", data={"file": (io.BytesIO(content), "list.csv")}, headers={"Accept": "text/html"})

for free in map(int, sys.argv[2:]):
    answer = dropped(free)
    if answer.status_code != 200:
        assert answer.status_code == 503 and answer.headers["Retry-After"] and "磁碟已滿" in answer.text, (free, answer.text)
    left = [one.name for one in disk.iterdir() if one.name != "fill"]
    assert not left, left
    print(answer.status_code, flush=True)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> list[str]:
    """The beginning of a command that runs another on a disk of 2 MB, at `TMPDIR`."""
    (tmp_path / "disk").mkdir()
    mounting = 'mount -t tmpfs -o size=2m tmpfs "$TMPDIR" && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "env", f"TMPDIR={tmp_path / 'disk'}",
               "PYTHONDONTWRITEBYTECODE=1", "sh", "-c", mounting, "sh"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this system lets no user mount a disk of their own")
    return command


def test_a_query_whose_answer_finds_no_room_is_told_and_others_are_answered(small_disk: list[str], tmp_path: Path) -> None:
    done = subprocess.run([*small_disk, sys.executable, "-c", QUERIES, str(tmp_path / "store")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "told\n"), done.stderr


def test_a_check_that_finds_no_room_says_so_wherever_it_ends(small_disk: list[str], tmp_path: Path) -> None:
    """No room for the file as it was sent, for the report, for the workbook, for the answer itself; then enough."""
    file = write(tmp_path / "list.csv", *(row(n, 更新頻率="每一千年") for n in range(1, 60)))
    kilobytes = (0, 4, 24, 40, 60, 1_000)
    done = subprocess.run([*small_disk, sys.executable, "-c", CHECKS, str(file), *(str(size << 10) for size in kilobytes)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "503"
    assert done.stdout.split()[-1] == "200"
    assert done.stdout.count("503") > 3


@pytest.mark.parametrize("kilobytes", [1, 40, 150, 400])
def test_a_publish_that_finds_no_room_is_one_line_and_what_was_served_is_served(tmp_path: Path, kilobytes: int) -> None:
    """A limit on the size of a file stands for the end of the disk: the system calls fail alike."""
    site.publish(tmp_path, example_rows()[:2])
    workspace = Workspace(tmp_path / "var")
    before = workspace.current(), workspace.names()
    longer = write(tmp_path / "longer.csv", *(row(n, "停車場" + "很長的名稱" * 40) for n in range(1, 400)))
    limit = kilobytes * 1024
    command = [*PUBLISH, str(longer), "--workspace", str(workspace.root)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "a file would be larger than this process may write" in done.stderr or "disk is full" in done.stderr
    assert "Make room" in done.stderr
    assert (workspace.current(), workspace.names()) == before
    Releases(workspace).current().close()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert workspace.current() != before[0], again.stdout + again.stderr


@pytest.mark.parametrize("problem", [OSError(errno.ENOSPC, "No space left on device"),
                                     sqlite3.OperationalError("database or disk is full")])
def test_a_page_that_finds_no_room_says_so(tmp_path: Path, problem: Exception, caplog: pytest.LogCaptureFixture) -> None:
    site.publish(tmp_path, example_rows()[:2])
    app: Flask = create(Releases(Workspace(tmp_path / "var")), Settings())

    @app.get("/fails")
    def fails() -> str:
        raise problem

    answer = app.test_client().get("/fails", headers={"Accept-Language": "zh-TW"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "磁碟已滿" in answer.text
    assert "the disk is full" in caplog.text
    assert "Traceback" not in caplog.text
    app.extensions["odlinked.sparql"].close()
