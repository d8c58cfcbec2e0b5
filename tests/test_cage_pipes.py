"""Pipes of other processes are read by a deadline, whatever their descriptors' numbers."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator

import pytest

from odlinked.cage.pipes import exactly
from odlinked.cage.text_process import TextProcess


@pytest.fixture
def crowded() -> Iterator[None]:
    """As many descriptors in use as a service with a thousand connections has."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(2_048, before[1])), before[1]))
    held = [os.dup(0) for _ in range(1_100)]
    yield
    for one in held:
        os.close(one)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("crowded")
def test_a_process_is_asked_where_a_thousand_connections_are_open() -> None:
    process = TextProcess()
    assert process.call(len, "text") == 4
    process.close()


def test_what_comes_in_parts_is_whole_and_what_does_not_come_is_told() -> None:
    source, target = os.pipe()
    os.write(target, b"abcde")
    assert exactly(source, 3, time.monotonic() + 60) == b"abc"
    with pytest.raises(TimeoutError):
        exactly(source, 3, time.monotonic())
    os.close(target)
    with pytest.raises(BrokenPipeError):
        exactly(source, 1, time.monotonic() + 60)
    os.close(source)
