"""Fetching the pages of a source: conditionally, at its own host only, and never more than a source may have.

Requests go through `evidence.fetch`, which connects to the very address that was checked: a name that resolves to another one at
the second look, or a redirect, leads to no private network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.evidence.fetch import Fetched
from odlinked.evidence.guard import VisitRefused, place
from odlinked.evidence.summary import Answers
from odlinked.evidence.visit import fetcher
from odlinked.harvesting.state import WHOLE_DAYS, SourceFolder, SourcePage
from odlinked.messages import LANGUAGES
from odlinked.namespaces import CODE
from odlinked.settings import Settings

_TRIPLES: Final = ("application/n-triples, text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, "
                   "application/trig;q=0.7, application/json;q=0.5, */*;q=0.1")
ACCEPT: Final = {"ckan": "application/json, */*;q=0.1", "national": "text/csv, application/json;q=0.9, */*;q=0.5",
                 "ldes": "application/trig, application/n-quads, application/ld+json;q=0.9, text/turtle;q=0.8, */*;q=0.1"}
"""What is asked for, by kind of source, where it is not any RDF."""

MOST_BYTES: Final = 4_000_000_000
"""Most bytes of a source: far more than a national catalogue has."""

_SUFFIXES: Final = {"text/turtle": ".ttl", "application/rdf+xml": ".rdf", "application/ld+json": ".jsonld",
                    "application/n-triples": ".nt", "application/trig": ".trig", "application/n-quads": ".nq"}
_PORTS: Final = (80, 443)


@dataclass
class Requests:
    """What was asked of a source in a run: requests, bytes received, and answers that nothing had changed."""

    made: int = 0
    received: int = 0
    unchanged: int = 0


@dataclass
class PageFetcher:
    """Fetches pages of the source at `address`, today; `known` are those of its last good state, by their address."""

    address: str
    kind: str
    settings: Settings
    folder: SourceFolder
    known: dict[str, SourcePage]
    progress: Callable[[str, int], None]
    today: date
    requests: Requests = field(default_factory=Requests)

    def __post_init__(self) -> None:
        # Whoever runs the catalogue names the source: robots.txt is for those who follow links. The pace for a host stays.
        settings = replace(self.settings, check=replace(self.settings.check, robots=False))
        self._fetcher = fetcher(settings, Assets(settings.overlays))
        self._home = self._placed(self.address)

    def page(self, url: str) -> tuple[SourcePage, bool]:
        """Return a page, its content kept, and whether it is the one of the last good state.

        Raise `InputError` where it cannot be had: by an answer, because it is cut off, or because it is at another host.
        """
        at = self._placed(url)
        same_port = at[1] == self._home[1] or (at[1] in _PORTS and self._home[1] in _PORTS)
        if at[0] != self._home[0] or not same_port:
            raise InputError("its next page is at another host, and nothing is fetched that only a source names",
                             doing="harvesting", on=url[:200],
                             next_step="Name that address in the settings if it is the source's")
        before = self.known.get(url)
        if before is not None and before.fixed:
            return before, True
        conditions = {"Accept": ACCEPT.get(self.kind, _TRIPLES), **_validators(before, self.today)}
        fetched = self._fetcher.get(url, self.settings.check.max_bytes, conditions)
        self.requests.made += 1
        try:
            return self._taken(url, before, fetched)
        finally:
            fetched.close()

    def _taken(self, url: str, before: SourcePage | None, fetched: Fetched) -> tuple[SourcePage, bool]:
        if fetched.answer == "unchanged" and before is not None:
            self.requests.unchanged += 1
            return before, True
        if fetched.answer not in ("answered", "wrong-length") or fetched.content is None:
            status = f", HTTP {fetched.status}" if fetched.status else ""
            raise InputError(f"its server gave no page ({self._label(fetched.answer)}{status})", doing="harvesting", on=url[:200],
                             next_step="The last good state stays; try again, or ask who runs the source")
        content = fetched.content
        self.requests.received += content.size
        if not content.complete or fetched.answer == "wrong-length" or self.requests.received > MOST_BYTES:
            raise InputError(f"it is cut off, or larger than {self.settings.check.max_bytes:,} bytes", doing="harvesting",
                             on=url[:200], next_step="Raise check.max_bytes if the source is that large")
        digest = self.folder.keep_page(content.stream.read())
        kind = content.content_type.partition(";")[0].strip().lower()
        at = fetched.at.url if fetched.at else url
        page = SourcePage(url, at, fetched.etag, fetched.modified, digest, _SUFFIXES.get(kind, ""),
                          fixed="immutable" in fetched.cache_control.lower(), received=self.today.isoformat())
        self.progress("fetch", 1)
        if before is not None and (before.sha256, before.suffix) == (digest, page.suffix):
            return replace(page, onward=before.onward, kept=before.kept), True
        return page, False

    def _label(self, answer: str) -> str:
        labels = Answers.load(Assets(self.settings.overlays), LANGUAGES[1]).labels
        return labels.get(f"{CODE}answer/{answer}", answer)

    def _placed(self, url: str) -> tuple[str, int]:
        try:
            at = place(url)
        except VisitRefused as problem:
            raise InputError("it is no http(s) address", doing="harvesting", on=url[:200]) from problem
        return at.host, at.port


def _validators(before: SourcePage | None, today: date) -> dict[str, str]:
    """Return the headers that make a request conditional (RFC 9110, section 13.1), none where its content is too old."""
    if before is None or not before.received or (today - date.fromisoformat(before.received)).days >= WHOLE_DAYS:
        return {}
    conditions = {"If-None-Match": before.etag, "If-Modified-Since": before.modified}
    return {name: value for name, value in conditions.items() if value}
