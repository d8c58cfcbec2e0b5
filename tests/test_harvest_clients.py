"""A change and a withdrawal between two visits, seen by the harvesters themselves, each with its own code.

ckanapi and feedparser are among the development packages, ldes-client is installed from npm (or named by `ODLINKED_LDES`). CKAN
takes 230 MB and a minute to install: `ODLINKED_CKAN` names a Python with `ckan[requirements]`, ckanext-dcat and ckanext-harvest.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from builders import site, source_server
from builders.national_list import Rows, example_rows
from flask import request

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create

READING = Path(__file__).parent / "clients" / "reading.py"
TITLE = "改了名稱"
AS = "https://www.w3.org/ns/activitystreams#"

pytestmark = pytest.mark.slow


class Served(NamedTuple):
    """The example list as it is served: where, in which folder, and its rows."""

    address: str
    folder: Path
    rows: Rows
    releases: Releases

    @property
    def changed(self) -> str:
        """The identifier of the dataset that is changed."""
        return self.rows[0][next(iter(self.rows[0]))]

    @property
    def gone(self) -> str:
        """The identifier of the dataset that is withdrawn."""
        return self.rows[-1][next(iter(self.rows[-1]))]

    def names(self) -> set[str]:
        """The identifiers of all datasets: one whose row states none has a name of its own."""
        return {name for record in self.releases.current().roster("dataset") if (name := _name(record.iri))}

    def change(self) -> None:
        """Publish the list with the first dataset renamed and without the last."""
        heading = list(self.rows[0])[1]
        site.publish(self.folder, [{**self.rows[0], heading: TITLE}, *self.rows[1:-1]])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    rows = example_rows()
    releases = site.publish(tmp_path, rows)
    app = create(releases, site.SETTINGS)
    with source_server.running(app) as host:
        yield Served(f"http://{host}", tmp_path, rows, releases)
    app.extensions["odlinked.sparql"].close()


def _ckan() -> str:
    found = os.environ.get("ODLINKED_CKAN", "")
    if not found:
        pytest.skip("ODLINKED_CKAN names no Python that has CKAN")
    return found


@pytest.fixture
def ldes_client(tmp_path: Path) -> str:
    """The reference client of event streams: its program."""
    if found := os.environ.get("ODLINKED_LDES", ""):
        return found
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so ldes-client cannot be had")
    folder = tmp_path / "npm"
    folder.mkdir()
    done = subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", "ldes-client@0"], cwd=folder,
                          capture_output=True, text=True, check=False)
    program = folder / "node_modules" / ".bin" / "ldes-client"
    if not program.is_file():
        pytest.skip(f"ldes-client could not be installed: {done.stderr[-200:]}")
    return str(program)


def _read(python: str, way: str, served: Served, since: str = "") -> tuple[dict[str, str], set[str]]:
    """Return name -> title of what a way finds, and the names it is told are gone."""
    done = subprocess.run([python, str(READING), way, served.address, since], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return {_name(iri): title for iri, title in told["records"].items()}, set(map(_name, told["gone"]))


def _name(iri: str) -> str:
    return iri.rpartition("/")[2]


@pytest.mark.parametrize("way", ["ckanapi", "harvester", "ckanext"])
def test_a_reader_of_packages_sees_both(served: Served, way: str) -> None:
    """What changed comes when what changed is asked for; what is gone is not in the whole any more, as each of them finds it."""
    python = sys.executable if way == "ckanapi" else _ckan()
    before, _ = _read(python, way, served)
    assert before.keys() == served.names()
    since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if way != "harvester" else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    served.change()
    changes, _ = _read(python, way, served, since)
    assert changes == {served.changed: TITLE}
    after, _ = _read(python, way, served)
    assert before.keys() - after.keys() == {served.gone}
    assert {name for name in after if after[name] != before[name]} == {served.changed}


def test_a_feed_reader_is_told_both(served: Served) -> None:
    before, _ = _read(sys.executable, "feed", served)
    assert before.keys() == served.names()
    since = datetime.now(UTC).isoformat()
    served.change()
    changes, gone = _read(sys.executable, "feed", served, since)
    assert ([*changes], gone) == ([served.changed], {served.gone})
    assert TITLE in changes[served.changed]


def test_ldes_client_replicates_all_and_then_both(served: Served, ldes_client: str) -> None:
    """Every record, each version with its graph; with its state kept, as it follows a stream, then what is new alone."""

    def told() -> tuple[dict[str, str], str]:
        # It ends before a pipe has taken all it wrote: a file has.
        members = served.folder / "members.nq"
        with members.open("w") as out:
            done = subprocess.run([ldes_client, "-s", str(served.folder / "ldes"), f"{served.address}/feeds/dcat-ap.trig"],
                                  stdout=out, stderr=subprocess.PIPE, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-500:]
        text = members.read_text(encoding="utf-8")  # as text: it writes booleans as Turtle has them, which is no N-Quads
        found: dict[str, dict[str, str]] = {}
        for member, predicate, value in re.findall(r"^<([^>]*)> <([^>]*)> <([^>]*)> \.$", text, re.MULTILINE):
            found.setdefault(member, {})[predicate.rpartition("#")[2]] = value
        return {one["object"]: one["type"].removeprefix(AS) for one in found.values() if "object" in one}, text

    def datasets(found: dict[str, str]) -> dict[str, str]:
        return {_name(iri): kind for iri, kind in found.items() if "/id/dataset/" in iri}

    release = served.releases.current()
    living = {record.iri for kind in ("dataset", "series", "service", "organization") for record in release.roster(kind)
              if record.state == "live"}
    first, text = told()
    assert {iri for iri, kind in first.items() if kind == "Create"} == living
    assert len(set(re.findall(r"> (<[^>]+/feeds/dcat-ap#\d+>) \.$", text, re.MULTILINE))) >= len(living)
    assert datasets(first) == dict.fromkeys(served.names(), "Create")
    served.change()
    second, text = told()
    assert datasets(second) == {served.changed: "Update", served.gone: "Delete"}
    assert TITLE in text


def test_ldes_client_that_follows_asks_for_the_view_alone(tmp_path: Path, ldes_client: str) -> None:
    """While nothing changes, and when something does; without a state it forgets which pages never change."""
    rows = example_rows()
    app = create(site.publish(tmp_path, rows), site.SETTINGS)
    asked = list[str]()
    app.before_request(lambda: asked.append(request.path))
    served = Served("", tmp_path, rows, Releases(Workspace(tmp_path / "var"), Assets()))
    with source_server.running(app) as host, (tmp_path / "members.nq").open("w+", encoding="utf-8") as out:
        client = subprocess.Popen([ldes_client, "--follow", "--poll-interval", "300", "-s", str(tmp_path / "ldes"), f"http://{host}/feeds/dcat-ap.trig"],
                                  stdout=out, stderr=subprocess.DEVNULL)
        try:
            wait(lambda: asked.count("/feeds/dcat-ap.trig") >= 5)
            asked.clear()
            served.change()
            wait(lambda: TITLE in Path(out.name).read_text(encoding="utf-8") and "#Delete>" in Path(out.name).read_text("utf-8"))
        finally:
            client.kill()
            client.wait()
    app.extensions["odlinked.sparql"].close()
    assert set(asked) == {"/feeds/dcat-ap.trig"}


def wait(done: Callable[[], bool]) -> None:
    """Wait until something is true."""
    until = time.monotonic() + 120
    while not done():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.1)
