"""A worker of the service that dies is replaced, however often; the service itself goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import site
from builders.national_list import example_rows
from builders.servers import Running

pytestmark = pytest.mark.slow


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Two datasets, served."""
    site.publish(tmp_path, example_rows()[:2])
    one = Running(tmp_path / "var")
    yield one
    one.kill()


def workers(parent: int) -> list[int]:
    """Return the worker processes of a server."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent and b"resource_tracker" not in (
                    stat.with_name("cmdline").read_bytes()):
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def test_twenty_workers_that_die_are_replaced_and_nobody_is_refused(running: Running) -> None:
    took, refused = [], []
    for _ in range(20):
        dead = workers(running.process.pid)
        assert dead
        for worker in dead:
            os.kill(worker, signal.SIGKILL)
        began = time.monotonic()
        while True:
            assert running.process.poll() is None, "the service has ended for good"
            assert time.monotonic() - began < 120
            try:
                if b"\"status\"" in running.get("/health") and not set(dead) & set(workers(running.process.pid)):
                    break
            except OSError as problem:  # a connection that the dead worker had taken breaks off
                refused += [problem] * isinstance(getattr(problem, "reason", problem), ConnectionRefusedError)
        took.append(time.monotonic() - began)
        assert b'"boolean":true' in running.get("/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D")
    assert not refused
    print("back after", [f"{seconds:.2f} s" for seconds in took], "load", os.getloadavg()[0])


def test_a_worker_that_dies_of_being_started_is_tried_again_at_a_measured_pace(running: Running) -> None:
    for _ in range(8):
        while not (dead := workers(running.process.pid)):
            assert running.process.poll() is None, "the service has ended for good"
            time.sleep(0.01)
        for worker in dead:
            os.kill(worker, signal.SIGKILL)  # as soon as it is there
        while set(dead) & set(workers(running.process.pid)):
            time.sleep(0.01)
    assert b"\"status\"" in running.get("/health")
    assert running.end(signal.SIGTERM)[0] == 0
