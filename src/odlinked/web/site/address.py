"""Where a page is read from: the path it is mounted under, its language, and how an IRI becomes a link.

Pages link by path, so that they are right behind any reverse proxy; only what must be absolute (sitemap, Hydra paging)
uses the public origin: the setting `serve.public_url`; without it, the host of the request where it is loopback or one of
`serve.hosts`, else that of the catalogue's base. X-Forwarded-* headers are believed from `serve.proxies` only.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from odlinked.namespaces import CODE, HOME, METRIC, ODL, RULE
from odlinked.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PEER: Final = "odlinked.peer"
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,60}){1,5}\Z")
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?\Z")

_LOOPBACK: Final = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?\Z", re.IGNORECASE)

KINDS: Final = ("dataset", "series", "service", "organization")
"""The kinds of record with a page of their own, as named in IRIs and paths; others have a plain one."""


@dataclass(frozen=True)
class RequestContext:
    """The point of view of one request.

    `root` is the mount path without a slash at the end, `origin` the public scheme and host, `base` the catalogue's IRI base,
    `language` that of pages, `explicit` whether the reader requested it by `?lang=` (links then carry it on), `elsewhere` whether
    the reader came by another host than that of the catalogue's permanent addresses, which may lead nowhere, `suffix` the format
    of what is being written ("" for pages): links to other parts of the same feed bear it.
    """

    root: str
    origin: str
    base: str
    language: str
    explicit: bool
    elsewhere: bool = False
    suffix: str = ""

    def to(self, path: str, **query: object) -> str:
        """Return a link to a path of this service, keeping an explicitly requested language; empty parameters are left out."""
        pairs: list[str] = []
        for key, value in query.items():
            values = value if isinstance(value, (list, tuple)) else (value,)
            pairs += [f"{_written(key)}={_written(str(item))}" for item in values if item not in ("", None)]
        if self.explicit and "lang" not in query:
            pairs.append(f"lang={self.language}")
        return f"{self.root}{path}?{'&'.join(pairs)}" if pairs else self.root + path

    def absolute(self, path: str) -> str:
        """Return the public address of a path."""
        return self.origin + self.root + path

    def path_of(self, iri: str) -> str | None:
        """Return the path this service answers an IRI under: its own records and terms, else None."""
        if iri.startswith(self.base + "/id/"):
            record, _, fragment = iri[len(self.base) + 3 :].partition("#")
            return record + (f"#{fragment}" if fragment else "")
        if iri.startswith((self.base + "/data/", self.base + "/rows/")):
            return iri[len(self.base):]
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


def _written(text: str) -> str:
    """Return a name or value as it stands in a query string (application/x-www-form-urlencoded, as `urlencode` writes it)."""
    return text if text.isascii() and text.isalnum() else quote_plus(text)


_PLAINLY: Final = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?(?:[/?#]|\Z)")
_FORBIDDEN: Final = re.compile(r'[\x00-\x20"<>\\^`{|}]')


@lru_cache(maxsize=4_096)
def is_web(address: str) -> bool:
    """True when an address may be rendered as a link: absolute http(s) with a host, no control characters or blanks."""
    if not address.startswith(("http://", "https://")) or _FORBIDDEN.search(address):
        return False
    if _PLAINLY.match(address):
        return True
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


def mounted(settings: Settings, environ: Mapping[str, object]) -> tuple[str, str, str]:
    """Return (origin, root, host) of a request: the public scheme and host, the mount path, and the host it was for."""
    serve, base = settings.serve, urlsplit(settings.catalog.base)
    if serve.public_url:
        parts = urlsplit(serve.public_url)
        return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/"), parts.netloc
    scheme, host = str(environ.get("wsgi.url_scheme", "http")), str(environ.get("HTTP_HOST", ""))
    root = str(environ.get("SCRIPT_NAME", "")).rstrip("/")
    stated = forwarded(environ, serve.proxies)
    scheme, root = stated[0] or scheme, stated[2] or root
    if stated[1] and _HOST.match(stated[1]):
        return f"{scheme}://{stated[1]}", root, stated[1]
    if _HOST.match(host) and (_LOOPBACK.match(host) or host.lower() in map(str.lower, (*serve.hosts, base.netloc))):
        return f"{scheme}://{host}", root, host
    return f"{base.scheme}://{base.netloc}", root, host


def forwarded(environ: Mapping[str, object], proxies: tuple[str, ...]) -> tuple[str, str, str]:
    """Return (scheme, host, removed path prefix) of the original request as one of the proxies states them, "" each where it does
    not."""
    if not _is_one_of(str(environ.get(_PEER, environ.get("REMOTE_ADDR", ""))), proxies):
        return "", "", ""
    scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
    prefix = _last(environ, "HTTP_X_FORWARDED_PREFIX").rstrip("/")
    return (scheme if scheme in ("http", "https") else "", _last(environ, "HTTP_X_FORWARDED_HOST"),
            prefix if _PREFIX.match(prefix) else "")


def behind_proxy(application: WSGIApplication, proxies: tuple[str, ...]) -> WSGIApplication:
    """Return the application with the client's address as one of the proxies states it (X-Forwarded-For), so that clients take
    turns."""
    if not proxies:
        return application

    def wrapped(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        peer = str(environ.get("REMOTE_ADDR", ""))
        if "HTTP_X_FORWARDED_FOR" in environ and _is_one_of(peer, proxies):
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
def _is_one_of(address: str, proxies: tuple[str, ...]) -> bool:
    """Say whether an address is one of `proxies` (addresses or networks)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(found in network for network in map(ipaddress.ip_network, proxies) if network.version == found.version)
