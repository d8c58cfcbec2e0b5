"""One visit: fetch, inspect the content, compare with the visit before, and return the observation."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cachetools import LRUCache

from odlinked.assets import Assets
from odlinked.clock import UNIVERSAL, Clock
from odlinked.errors import SettingsError
from odlinked.evidence.fetch import Fetched, Fetcher, Manner
from odlinked.evidence.firewall import Marks
from odlinked.evidence.guard import Guard
from odlinked.evidence.hosts import Hosts, Resolver
from odlinked.evidence.observation import ANSWER, ApiDescription, Content, ContentObservation, Declared, Observation, Target
from odlinked.evidence.wire import trust
from odlinked.settings import Settings
from odlinked.version import __version__

Examine = Callable[[Content, Declared], ContentObservation]
Describe = Callable[[bytes], ApiDescription]
Redact = Callable[[str], str]

MAX_DESCRIPTION = 10_000_000
"""Most bytes read of an API description."""

WORKS = frozenset({"answered", "wrong-length"})
"""Answers that come with content to inspect."""

_MAX_DESCRIPTIONS = 2_048
_BREATH = 30


def fetcher(settings: Settings, assets: Assets, stop: threading.Event | None = None, resolver: Resolver | None = None) -> Fetcher:
    """Return a fetcher as configured. Its agent's name carries the contact, else the catalogue's base.

    Raise `SettingsError` where the file of certificate authorities cannot be read.
    """
    check = settings.check
    contact = check.contact or settings.catalog.base
    agent = "".join(c for c in f"odlinked/{__version__} (+{contact})" if " " <= c <= "~")
    try:
        trusted = trust(str(settings.folder / check.ca_file) if check.ca_file else "")
    except OSError as problem:
        raise SettingsError(f"it cannot be read ({problem})", doing="reading check.ca_file", on=check.ca_file) from problem
    manner = Manner(agent, check.timeout_seconds, check.visit_seconds, check.robots)
    return Fetcher(manner, Guard(check.test_hosts, check.any_port), Hosts(check.per_host, check.delay_seconds, stop),
                   resolver or Resolver(seconds=check.timeout_seconds), trusted, Marks.load(assets))


class Visitor:
    """Visits targets. `examine` inspects content, `describe` an API description, `redact` removes keys from addresses.

    `knowledge` is a digest of what content is inspected with: where that changes, content is requested again. One visitor serves
    all threads of a run; as many of them inspect content as there are cores, so that memory stays flat.
    """

    def __init__(self, fetched: Fetcher, examine: Examine, describe: Describe, redact: Redact, max_bytes: int,
                 knowledge: str = "", clock: Clock = UNIVERSAL) -> None:
        self._clock = clock
        self._desks = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._knowledge = knowledge
        self.hosts = fetched.hosts
        self._fetcher = fetched
        self._examine = examine
        self._redact = redact
        self._max_bytes = max_bytes
        self._descriptions = Descriptions(lambda url: fetched.get(url, MAX_DESCRIPTION), describe)

    def visit(self, target: Target, before: Observation | None = None) -> Observation:
        """Visit a target and return the observation. Never raises because of a server or a network."""
        basis = basis_of(target, self._knowledge)
        if target.key_removed:
            return following(Observation(target.distribution, ANSWER + "key-removed", self._now(), basis=basis), before)
        conditions = _conditions(before) if before is not None and before.basis == basis else {}
        found = self._fetcher.get(target.url, self._max_bytes, conditions)
        try:
            content = self._content(found, target)
        finally:
            found.close()
        observed = Observation(
            target.distribution, ANSWER + found.answer, self._now(), content, found.status,
            self._redact(found.at.url) if found.at else None, _time(found.modified), basis=basis,
            etag=found.etag if found.answer == "answered" else "",
            modified_header=found.modified if found.answer == "answered" else "",
            retry_after=_wait(found, self._now()))
        if found.answer == "unchanged" and before is not None:
            observed = _still(before, observed)
        if target.declared.description_url:
            answer, described = self._descriptions.of(target.declared.description_url)
            observed = replace(observed, description_answer=ANSWER + answer, content=replace(observed.content, api=described))
        return following(observed, before)

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)

    def _content(self, found: Fetched, target: Target) -> ContentObservation:
        if found.answer not in WORKS or found.content is None:
            return ContentObservation()
        content = found.content
        with self._desks:
            inspected = self._examine(content, target.declared)
        return replace(inspected, byte_size=content.size, sha256=found.sha256, complete=content.complete)


class Descriptions:
    """API descriptions, each requested once a run however many distributions name it."""

    def __init__(self, get: Callable[[str], Fetched], describe: Describe) -> None:
        self._get = get
        self._describe = describe
        self._known: LRUCache[str, Future[tuple[str, ApiDescription | None]]] = LRUCache(_MAX_DESCRIPTIONS)
        self._lock = threading.Lock()

    def of(self, url: str) -> tuple[str, ApiDescription | None]:
        """Return the answer to requesting a description, and what it is where it came."""
        with self._lock:
            known = self._known.get(url)
            mine = known is None
            if known is None:
                known = self._known[url] = Future()
        if mine:
            try:
                known.set_result(self._request(url))
            except BaseException as problem:
                known.set_exception(problem)
        return known.result()

    def _request(self, url: str) -> tuple[str, ApiDescription | None]:
        found = self._get(url)
        try:
            if found.content is None or found.answer not in WORKS:
                return found.answer, None
            if not found.content.complete:
                return found.answer, ApiDescription()
            return found.answer, self._describe(found.content.stream.read())
        finally:
            found.close()


def basis_of(target: Target, knowledge: str = "") -> str:
    """Return a digest of what a visit depends on: with another address or declaration, content has to be inspected again."""
    return hashlib.sha256(repr((target.url, target.declared, knowledge, __version__)).encode()).hexdigest()[:16]


def following(now: Observation, before: Observation | None) -> Observation:
    """Return an observation with what only two visits together can show: since when, also in this state, and when the content
    changed."""
    checksum = now.content.sha256 or ""
    earlier = before.content_sha256 if before else ""
    changed = before.changed if before else None
    if checksum and (checksum != earlier or changed is None):
        changed = now.ended
    since = before.since if before and before.since else now.ended
    # Of an observation that was kept without it, it is known that it held then.
    state_since = (before.state_since or before.ended) if before and _state(before) == _state(now) else now.ended
    return replace(now, since=since, changed=changed, content_sha256=checksum or earlier, state_since=state_since)


def _state(observed: Observation) -> tuple[str, int | None, str | None]:
    """Return what a visit came to; a file that is still the same (304) is one that came."""
    return observed.answer, 200 if observed.unchanged else observed.status, observed.content.delivery


def _still(before: Observation, now: Observation) -> Observation:
    """Return the observation of a 304: the facts of the visit before still hold, at the time of this one."""
    return replace(now, answer=before.answer, content=before.content, last_modified=now.last_modified or before.last_modified,
                   etag=now.etag or before.etag, modified_header=now.modified_header or before.modified_header, unchanged=True)


def _conditions(before: Observation) -> dict[str, str]:
    """Return the headers for a conditional request; none where there is no earlier content."""
    if before.answer != ANSWER + "answered" or before.content.sha256 is None:
        return {}
    conditions = {"If-None-Match": before.etag, "If-Modified-Since": before.modified_header}
    return {name: value for name, value in conditions.items() if value and value.isascii() and value.isprintable()}


def _time(text: str) -> datetime | None:
    """Return the time of an HTTP date header, None where it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _wait(found: Fetched, now: datetime) -> int | None:
    """Return how many seconds a server demands to wait; one with too many requests that states none is given some."""
    if found.status not in (429, 503):
        return None
    demanded = _seconds(found.retry_after, now)
    return _BREATH if demanded is None and found.status == 429 else demanded


def _seconds(text: str, now: datetime) -> int | None:
    """Return how many seconds a `Retry-After` demands (RFC 9110, section 10.2.3), None where it states nothing usable."""
    if text.strip().isdecimal():
        return min(int(text.strip()[:9]), 86_400)
    when = _time(text) if text else None
    return None if when is None else max(0, min(int((when - now).total_seconds()), 86_400))
