"""Public data may be read by pages of other sites (Fetch Standard, CORS protocol): every response allows it, whatever its
status."""

from __future__ import annotations

from typing import Final

READERS: Final = "GET, HEAD, OPTIONS"
"""What is allowed for everything but the SPARQL endpoint."""

OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers":
        "ETag, Link, Location, Last-Modified, Content-Length, Content-Location, Content-Language, Retry-After, Allow",
}
"""Headers of every response. No response depends on the user, so all sites may read it; credentials are never used."""


def preflight(methods: str = READERS) -> dict[str, str]:
    """Return the headers of the answer to a preflight request for an address that takes `methods`."""
    return {
        "Allow": methods, "Access-Control-Allow-Methods": methods, "Access-Control-Max-Age": "86400",
        "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match, If-Modified-Since, Cache-Control",
    }
