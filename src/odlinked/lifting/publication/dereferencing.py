"""Whether addresses of the catalogue's own answer: asked of the configured service only, nothing else is ever fetched."""

from __future__ import annotations

import http.client
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

RDF_TYPES: Final = ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml")
_SECONDS: Final = 5.0
_MOST_HOPS: Final = 3
_FOUND: Final = range(200, 300)
_ELSEWHERE: Final = frozenset({301, 302, 303, 307, 308})
_READ: Final = 1 << 16


class Dereferenced(NamedTuple):
    """What came of asking for an address: the HTTP status, 0 where the service did not answer, and why it does not count."""

    iri: str
    status: int
    why: str = ""

    @property
    def is_found(self) -> bool:
        """True where it answered with RDF."""
        return self.status in _FOUND and not self.why


class OwnService:
    """The service at `address`, which serves the addresses below `base`."""

    def __init__(self, base: str, address: str = "") -> None:
        self._base, self._address = base.rstrip("/") + "/", (address or base).rstrip("/") + "/"

    def has(self, iri: str) -> bool:
        """True for an address of the catalogue's own."""
        return iri.startswith(self._base)

    def ask(self, iri: str) -> Dereferenced:
        """Return what the service answers for one of its own addresses; redirections are followed within the service only."""
        if not self.has(iri):
            raise ValueError(f"{iri} is no address of this catalogue")
        url = self._address + iri[len(self._base):]
        for _ in range(_MOST_HOPS):
            try:
                status, where, media_type = _asked(url)
            except (OSError, http.client.HTTPException, ValueError) as problem:
                return Dereferenced(iri, 0, type(problem).__name__)
            if status not in _ELSEWHERE:
                why = "" if status not in _FOUND or media_type in RDF_TYPES else media_type or "no media type"
                return Dereferenced(iri, status, why)
            url = urljoin(url, where)
            if url.startswith(self._base):
                url = self._address + url[len(self._base):]
            if not url.startswith(self._address):
                return Dereferenced(iri, status, "it leads elsewhere")
        return Dereferenced(iri, status, "it leads on and on")


def _asked(url: str) -> tuple[int, str, str]:
    """Return status, Location and media type of an address."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_SECONDS)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": ", ".join(RDF_TYPES), "User-Agent": "odlinked"})
        answer = connection.getresponse()
        answer.read(_READ)
        return answer.status, answer.getheader("Location", ""), answer.getheader("Content-Type", "").partition(";")[0].strip()
    finally:
        connection.close()
