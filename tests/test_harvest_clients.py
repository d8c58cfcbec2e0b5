"""A change and a withdrawal between two visits, seen by the harvesters themselves, each with its own code.

ckanapi is among the development packages. The others have environments of their own, named by variables: `ODLINKED_CKAN` is a
Python with `ckan[requirements]`, ckanext-dcat, ckanext-harvest and feedparser, `ODLINKED_LDES` npm's ldes-client.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from builders import site, source_server
from builders.national_list import Rows, example_rows

from odlinked.catalog.releases import Releases
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


def _program(variable: str) -> str:
    found = os.environ.get(variable, "")
    if not found:
        pytest.skip(f"{variable} names no program here")
    return found


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
    python = sys.executable if way == "ckanapi" else _program("ODLINKED_CKAN")
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
    python = _program("ODLINKED_CKAN")
    before, _ = _read(python, "feed", served)
    assert before.keys() == served.names()
    since = datetime.now(UTC).isoformat()
    served.change()
    changes, gone = _read(python, "feed", served, since)
    assert ([*changes], gone) == ([served.changed], {served.gone})
    assert TITLE in changes[served.changed]


def test_ldes_client_replicates_both(served: Served) -> None:
    """With its state kept, as it follows a stream: the second time it gives what is new alone."""
    program = _program("ODLINKED_LDES")

    def told() -> dict[str, tuple[str, str]]:
        done = subprocess.run([program, "-s", str(served.folder / "ldes"), f"{served.address}/feeds/dcat-ap.trig"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, dict[str, str]] = {}
        for member, predicate, value in re.findall(r"^<([^>]*)> <([^>]*)> <([^>]*)> \.$", done.stdout, re.MULTILINE):
            found.setdefault(member, {})[predicate.rpartition("#")[2]] = value
        return {_name(one["object"]): (one["type"].removeprefix(AS), done.stdout) for one in found.values()
                if "/id/dataset/" in one.get("object", "")}

    first = told()
    assert {name: kind for name, (kind, _) in first.items()} == dict.fromkeys(served.names(), "Create")
    served.change()
    second = told()
    assert {name: kind for name, (kind, _) in second.items()} == {served.changed: "Update", served.gone: "Delete"}
    assert TITLE in second[served.changed][1]
