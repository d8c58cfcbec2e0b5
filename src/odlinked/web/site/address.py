"""Where a page is read from: the path it is mounted under, its language, and how an IRI becomes a link.

Pages link by path, so that links are right behind any reverse proxy; only what must be absolute (sitemap, Hydra paging) uses the
public origin. A proxy is described by the setting `public_url`; without it, X-Forwarded-* headers are trusted only from a
loopback or private address, where a proxy would be.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from odlinked.namespaces import CODE, HOME, METRIC, ODL, RULE
from odlinked.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PEER: Final = "odlinked.peer"
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,60}){1,5}\Z")
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?\Z")

_OWN: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")))
"""Private networks (RFC 1918, RFC 4193) and link-local ones."""

KINDS: Final = ("dataset", "series", "service", "organization")
"""The kinds of record with a page of their own, as named in IRIs and paths; others have a plain one."""


@dataclass(frozen=True)
class RequestContext:
    """The point of view of one request.

    `root` is the mount path without a slash at the end, `origin` the public scheme and host, `base` the catalogue's IRI base,
    `language` that of pages, `explicit` whether the reader requested it by `?lang=` (links then keep it).
    """

    root: str
    origin: str
    base: str
    language: str
    explicit: bool

    def to(self, path: str, **query: object) -> str:
        """Return a link to a path of this service, keeping an explicitly requested language; empty parameters are left out."""
        pairs: list[tuple[str, str]] = []
        for key, value in query.items():
            values = value if isinstance(value, (list, tuple)) else (value,)
            pairs += [(key, str(item)) for item in values if item not in ("", None)]
        if self.explicit and "lang" not in query:
            pairs.append(("lang", self.language))
        return self.root + path + ("?" + urlencode(pairs) if pairs else "")

    def absolute(self, path: str) -> str:
        """Return the public address of a path."""
        return self.origin + self.root + path

    @property
    def elsewhere(self) -> bool:
        """Whether the reader used another host than that of the catalogue's permanent addresses, which may lead nowhere.

        Scheme and path do not count: a proxy need not pass them on.
        """
        return urlsplit(self.origin).netloc.lower() != urlsplit(self.base).netloc.lower()

    def path_of(self, iri: str) -> str | None:
        """Return the path this service answers an IRI under: its own records and terms, else None."""
        if iri.startswith(self.base + "/id/"):
            record, _, fragment = iri[len(self.base) + 3 :].partition("#")
            return record + (f"#{fragment}" if fragment else "")
        if iri.startswith((CODE, RULE, METRIC)):
            return "/" + iri[len(HOME) :]
        if iri.startswith(ODL):
            return "/ns#" + iri[len(ODL) :]
        return None

    def link(self, iri: str) -> str | None:
        """Return the link target for an IRI: a path of ours, an http(s) address, or None for anything else."""
        path = self.path_of(iri)
        if path is not None:
            head, _, fragment = path.partition("#")
            return self.to(head) + (f"#{fragment}" if fragment else "")
        return iri if is_web(iri) else None


@lru_cache(maxsize=4_096)
def is_web(address: str) -> bool:
    """True when an address may be rendered as a link: absolute http(s) with a host, no control characters or blanks."""
    if not address.startswith(("http://", "https://")) or any(c <= " " or c in '"<>\\^`{|}' for c in address):
        return False
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def record_iri(base: str, kind: str, identifier: str) -> str:
    """Return the IRI of a record from the decoded identifier in a path: everything not unreserved is percent-encoded."""
    return f"{base}/id/{kind}/{quote(identifier, safe='')}"


def identifier_of(iri: str) -> str:
    """Return the decoded last part of a record IRI."""
    return unquote(iri.rpartition("/")[2])


def mounted(settings: Settings, environ: Mapping[str, object]) -> tuple[str, str]:
    """Return (origin, root) of a request from the settings, trusted proxy headers, or the request itself."""
    if settings.serve.public_url:
        parts = urlsplit(settings.serve.public_url)
        return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    scheme, host = str(environ.get("wsgi.url_scheme", "http")), str(environ.get("HTTP_HOST", ""))
    root = str(environ.get("SCRIPT_NAME", "")).rstrip("/")
    stated = forwarded(environ)
    scheme, host, root = stated[0] or scheme, stated[1] or host, stated[2] or root
    if not _HOST.match(host):
        parts = urlsplit(settings.catalog.base)
        return f"{parts.scheme}://{parts.netloc}", root
    return f"{scheme}://{host}", root


def forwarded(environ: Mapping[str, object]) -> tuple[str, str, str]:
    """Return (scheme, host, removed path prefix) of the original request according to a near proxy, "" each where it does not
    state them."""
    if not _near(str(environ.get(_PEER, environ.get("REMOTE_ADDR", "")))):
        return "", "", ""
    scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
    prefix = _last(environ, "HTTP_X_FORWARDED_PREFIX").rstrip("/")
    return (scheme if scheme in ("http", "https") else "", _last(environ, "HTTP_X_FORWARDED_HOST"),
            prefix if _PREFIX.match(prefix) else "")


def behind_proxy(application: WSGIApplication) -> WSGIApplication:
    """Return the application with the client's address as a near proxy states it (X-Forwarded-For), so that clients take turns
    fairly."""

    def wrapped(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        peer = str(environ.get("REMOTE_ADDR", ""))
        if "HTTP_X_FORWARDED_FOR" in environ and _near(peer):
            client = _last(environ, "HTTP_X_FORWARDED_FOR")
            if _is_address(client):
                environ[_PEER], environ["REMOTE_ADDR"] = peer, client
        return application(environ, start)

    return wrapped


def _last(environ: Mapping[str, object], header: str) -> str:
    """Return the last member of a list header: the one the nearest proxy wrote."""
    return str(environ.get(header, "")).rpartition(",")[2].strip()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1_024)
def _near(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
        return found.is_loopback or any(found in network for network in _OWN if network.version == found.version)
    except ValueError:
        return False
