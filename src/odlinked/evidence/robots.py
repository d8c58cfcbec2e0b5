"""robots.txt (RFC 9309): requested once an origin, cached, and obeyed.

A file that does not exist (4xx) allows everything; a server that fails on it (5xx) allows nothing. An origin that cannot be
connected to is tried twice, and then not again for each of its files: the failure of robots.txt counts for all of them for five
minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cachetools import TLRUCache
from protego import Protego

from odlinked.evidence.guard import UrlParts, VisitRefused

MAX_BYTES = 512_000
"""Most bytes read of a robots.txt; RFC 9309, section 2.5, demands at least 500 KiB."""

MAX_DELAY = 30.0
"""The longest `Crawl-delay` that is respected, in seconds."""

_PASSING = frozenset({"timeout", "connection-refused", "connection-lost", "unreachable", "tls-failure"})
_KEPT_SECONDS = 86_400.0
_FAILED_SECONDS = 300.0
_MAX_KEPT = 1_024


class Reply(NamedTuple):
    """The result of requesting a robots.txt: its text, or why nothing at the origin may be visited ("" allows everything)."""

    refusal: str = ""
    text: bytes = b""


@dataclass(frozen=True)
class _Rules:
    """What holds for an origin until `until`: rules, or the answer for everything there."""

    until: float
    rules: Protego | None = None
    refusal: str = ""


class Robots:
    """Judges addresses by their origin's robots.txt. `ask` fetches one; `agent` is the product token it is read for."""

    def __init__(self, ask: Callable[[str], Reply], agent: str, slow_down: Callable[[str, float], None]) -> None:
        self._ask = ask
        self._agent = agent
        self._slow_down = slow_down
        self._kept: TLRUCache[str, _Rules] = TLRUCache(_MAX_KEPT, lambda _, rules, now: rules.until, time.monotonic)
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def judge(self, at: UrlParts) -> None:
        """Raise `VisitRefused` where an address may not be visited: "robots", "robots-failure", or the answer for its origin."""
        known = self._rules(at)
        if known.refusal:
            raise VisitRefused(known.refusal)
        if known.rules is not None and not known.rules.can_fetch(at.url, self._agent):
            raise VisitRefused("robots")

    def _rules(self, at: UrlParts) -> _Rules:
        known = self._fresh(at.origin)
        if known is not None:
            return known
        with self._lock:
            asking = self._asking.setdefault(at.origin, threading.Lock())
        with asking:
            known = self._fresh(at.origin)
            if known is None:
                known = self._learned(at)
                with self._lock:
                    self._kept[at.origin] = known
                    self._asking.pop(at.origin, None)
        return known

    def _fresh(self, origin: str) -> _Rules | None:
        with self._lock:
            return self._kept.get(origin)

    def _learned(self, at: UrlParts) -> _Rules:
        reply = self._ask(at.origin + "/robots.txt")
        if reply.refusal in _PASSING:
            # Too much depends on it to let a temporary failure decide.
            reply = self._ask(at.origin + "/robots.txt")
        now = time.monotonic()
        if reply.refusal:
            return _Rules(now + _FAILED_SECONDS, refusal=reply.refusal)
        rules = Protego.parse(reply.text.decode("utf-8-sig", "replace"))
        delay = rules.crawl_delay(self._agent)
        if delay:
            self._slow_down(at.host, min(float(delay), MAX_DELAY))
        return _Rules(now + _KEPT_SECONDS, rules=rules)
