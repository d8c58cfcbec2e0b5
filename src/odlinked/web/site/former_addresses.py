"""Redirects from former addresses of the catalogue to the present ones (`catalog.former_bases`)."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from odlinked.web.site.address import forwarded
from odlinked.web.site.site import Site

_KEPT: Final = "/%:@!$&'()*+,;=-._~"
"""Characters that may occur in a path unquoted (RFC 3986, section 3.3), and quoted ones."""


class Base(NamedTuple):
    """A base in its parts; `root` is its path without a slash at the end."""

    scheme: str
    host: str
    root: str

    @classmethod
    def of(cls, base: str) -> Base:
        """Return the parts of a base IRI."""
        parts = urlsplit(base)
        return cls(parts.scheme, _host(parts.netloc), parts.path.rstrip("/"))


def install(app: Flask, web: Site) -> None:
    """Answer requests under a former base by a redirect to the same record under the present base."""
    former = sorted(map(Base.of, web.settings.catalog.former_bases), key=lambda base: -len(base.root))
    if not former:
        return

    @app.before_request
    def lead() -> Response | None:
        scheme, host, prefix = forwarded(request.environ, web.settings.serve.proxies)
        came = Base(scheme, _host(host or request.host), prefix)
        path = prefix + _path()
        today = web.base()
        for base in former:
            rest = _below(path, base.root)
            if base.host == came.host and rest is not None:
                if not _leads_on(came, path, base, Base.of(today)):
                    return None
                query = request.query_string.decode("latin-1")
                code = 301 if request.method in ("GET", "HEAD") else 308
                return redirect(today + rest + (f"?{query}" if query else ""), code)
        return None


def _leads_on(came: Base, path: str, former: Base, today: Base) -> bool:
    """True when a path below a former base is not below the present base already: a redirect to itself never ends."""
    if came.host != today.host:
        return True
    if today.root == former.root:
        # Only a proxy knows the scheme of the request; where it does not state it, the answer is given here.
        return came.scheme == former.scheme != today.scheme
    if len(today.root) > len(former.root) and _below(path, today.root) is not None:
        return False
    # A proxy may have removed the front of the path without stating it.
    return bool(came.root) or not today.root.endswith(former.root)


def _path() -> str:
    """Return the path as requested, percent-encoded: `%2F` and `%3F` are not a slash and not a question mark."""
    raw = str(request.environ.get("REQUEST_URI", "")).partition("?")[0]
    return quote(raw, safe=_KEPT) if raw.startswith("/") else quote(request.path, safe="/")


def _below(path: str, root: str) -> str | None:
    """Return what follows `root` in a path ("" or from a slash on), None where the path is not below it."""
    rest = path.removeprefix(root) if path.startswith(root) else None
    return rest if rest is not None and (not rest or rest.startswith("/")) else None


def _host(netloc: str) -> str:
    """Return a host with its port, in lower case, without a port that is its scheme's."""
    host, _, port = netloc.lower().rpartition(":")
    return host if host and port in ("80", "443") else netloc.lower()
