"""What tests are handed: an empty workspace, the published example as a site, an endpoint, a browser."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from builders import browsers, site
from builders.endpoints import Mounted, make_store
from builders.national_list import example_rows
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.web.app import create

# Tests start the command some hundred times: where compiled modules are not kept, most of a start is compiling them again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The command line speaks English here, whatever the language of the one who tests; tests of its languages set their own.
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("ODLINKED_LANG", None)

# The same examples in every run, and no limit by the clock: a verdict that hangs on chance or on the machine's speed is none.
# `--hypothesis-profile=search` looks for other examples.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=SLOW)
hypothesis.settings.register_profile("search", derandomize=False, deadline=None, suppress_health_check=SLOW, print_blob=True)
hypothesis.settings.load_profile("same")

LONGEST = ("test_publishing_wild", "test_privacy_sweep", "test_web_api", "test_live_kill", "test_mirror_answers",
           "test_quality_dcat_ap_published")
"""Files of the longer suites that take minutes, longest first: begun last, one of them would run on alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first, the others after them in their order; `--no-loadscope-reorder` keeps it."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_collection_finish() -> None:
    """Leave what the modules hold to itself: the collector would go through all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace in which nothing is published yet."""
    return Workspace(tmp_path / "var")


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """The example site in two releases: the second lost the last row of the first, whose record is a tombstone by now."""
    folder = tmp_path_factory.mktemp("site")
    rows = site.hostile(example_rows())
    site.publish(folder, [*rows, dict(rows[0]) | {next(iter(rows[0])): "990099"}])
    return site.publish(folder, rows, "later.csv")


class ReadingClient(FlaskClient):
    """A client that reads each answer to its end and closes it, as browsers do: only so many downloads run at a time."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a request; `buffered=False` leaves the answer open."""
        return super().open(*args, **{"buffered": True, **kwargs})


@pytest.fixture(scope="session")
def app(releases: Releases) -> Iterator[Flask]:
    """The service over the example site."""
    made = create(releases, site.SETTINGS)
    made.test_client_class = ReadingClient
    yield made
    service = made.extensions.get("odlinked.sparql")
    if service:
        service.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the service over the example site."""
    return app.test_client()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """The address of the service over the example site, listening on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mounted]:
    """An endpoint over a small store."""
    one = Mounted(make_store(tmp_path_factory.mktemp("endpoint") / "store"))
    yield one
    one.service.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so axe-core cannot be had")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "axe-core@4"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip(f"axe-core could not be installed: {done.stderr[-200:]}")
    return source.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Chromium that reaches nothing but the server."""
    driver = browsers.start(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()
