"""A workspace that may only be read is served: mounted read-only, or kept by another account."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.national_list import example_rows
from builders.servers import RUN
from builders.site import publish

from odlinked.catalog.keeping.leases import is_leased

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="root is held to permissions by prctl")

HELD = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
"""
"""Runs a program without the right to pass over permissions (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE), which root has."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readonly")
    publish(folder, example_rows())
    return folder / "var"


def locked(folder: Path, write: bool) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod((path.stat().st_mode | 0o200) if write else (path.stat().st_mode & ~0o222))


@pytest.fixture(params=["as it was left", "packed up", "never served"])
def workspace(request: pytest.FixtureRequest, published: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy nobody may write in: with SQLite's log beside the archive, with that gone into it, without a lease file."""
    copy = tmp_path / "var ?#%20"
    shutil.copytree(published, copy)
    if request.param == "packed up":
        db = sqlite3.connect(next(copy.glob("documents-*.sqlite")))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    if request.param == "never served":
        for lease in copy.glob("releases/*/lease"):
            lease.unlink()
    locked(copy, False)
    yield copy
    locked(copy, True)


def test_it_is_served(workspace: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HELD, RUN, str(workspace), ""], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url + "/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        for path in ("/", "/dataset/6075.nt", "/catalog.rdf", "/dump.nq.gz", "/quality", "/sparql?query=ASK%7B%3Fs%20a%20%3Fo%7D",
                     "/findings/dataset/6075.csv"):
            with urllib.request.urlopen(url + path, timeout=300) as answer:
                assert (answer.status, bool(answer.read())) == (200, True), path
        leases = list(workspace.glob("releases/*/lease"))
        if leases:
            assert is_leased(leases[0].parent), "a prune by the account that may write leaves it alone"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=300)
