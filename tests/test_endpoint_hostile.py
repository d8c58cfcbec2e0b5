"""Hostile requests, each alone: its limit holds, its answer says which and what to change, and the next client is answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builders import hostile_requests, site
from builders.hostile_requests import HostileRequest
from builders.national_list import example_rows
from builders.servers import Running

REQUESTS = hostile_requests.load()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The example list, served with low limits."""
    folder = tmp_path_factory.mktemp("hostile")
    site.publish(folder, example_rows())
    one = Running(folder / "var", "query_seconds=2, query_memory_mb=128, query_result_mb=2")
    yield one
    one.kill()


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one.kind}: {one.name}")
def test_a_hostile_request_meets_its_limit(request_: HostileRequest, running: Running) -> None:
    answer = hostile_requests.send(running.url, request_, timeout=300)
    assert not answer.wrong, answer.wrong
    assert answer.seconds < 15
    assert b'"boolean":true' in running.get("/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D")


def test_there_are_sixty_in_kinds() -> None:
    assert len(REQUESTS) >= 60
    assert len({one.kind for one in REQUESTS}) >= 6
    assert len({(one.kind, one.name) for one in REQUESTS}) == len(REQUESTS)
