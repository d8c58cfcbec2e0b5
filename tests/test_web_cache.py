"""Rendered answers are kept within their bounds, the least recently used going first."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter

from odlinked.web.http.cache import Cache, Rendered


def rendered(size: int) -> Rendered:
    return Rendered(b"x" * size, "text/plain", '"tag"', datetime.now(UTC))


def test_the_least_recently_used_goes_first() -> None:
    cache = Cache(10_000, attrgetter("size"))
    for number in range(8):
        cache.put(number, rendered(900))
    assert cache.get(0) is not None
    cache.put(8, rendered(900))
    assert cache.get(0) is not None
    assert cache.get(1) is None
    assert cache.held <= 10_000


def test_one_large_answer_does_not_drive_out_all_others() -> None:
    cache = Cache(10_000, attrgetter("size"))
    cache.put("small", rendered(100))
    cache.put("large", rendered(5_000))
    assert cache.get("large") is None
    assert cache.get("small") is not None


def test_an_answer_put_twice_is_counted_once() -> None:
    cache = Cache(10_000, attrgetter("size"))
    for _ in range(50):
        cache.put("same", rendered(600))
    assert (len(cache), cache.held) == (1, 800)
