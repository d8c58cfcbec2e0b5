"""Reads a request of the SPARQL 1.1 Protocol (section 2.1): query by GET, by URL-encoded POST and by direct POST."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from odlinked.cage.failures import Malformed, QueryFailure, Refused, TooLong
from odlinked.cage.tokenizer import MAX_TEXT
from odlinked.cage.turns import Caller

MAX_BODY: Final = 10 * MAX_TEXT
"""Most bytes of a body: a Chinese character takes nine, URL-encoded."""

MAX_GRAPHS: Final = 64
"""Most graphs a request may name."""

MAX_FIELDS: Final = 200
"""Most fields of a query string or a form."""

_PIECE: Final = 1 << 14
"""Bytes that are decoded at a time: less than half a millisecond."""

POST_TYPES: Final = ("application/x-www-form-urlencoded", "application/sparql-query")


class WrongMediaType(QueryFailure):
    """The body is of a type the protocol does not know."""

    code: ClassVar[str] = "media-type"
    status: ClassVar[int] = 415


class SlowBody(QueryFailure):
    """The body did not come in before its deadline."""

    code: ClassVar[str] = "body-time-limit"
    status: ClassVar[int] = 408


@dataclass(frozen=True)
class QueryRequest:
    """What a client asks: the query (None: nothing but the service's description), the dataset, the format's name if given."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str = ""


def read(request: Request) -> QueryRequest:
    """Return what `request` (GET, HEAD or POST) asks; raise a `QueryFailure` for what the protocol does not allow."""
    if request.method != "POST":
        return asked(request.query_string)
    pairs = _pairs(request.query_string, "the query string")
    kind = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if kind == "application/sparql-update":
        raise _no_update()
    if kind not in POST_TYPES:
        raise WrongMediaType(f"a body of type {kind[:60] or '(none given)'} is not understood",
                             f"Send one of {', '.join(POST_TYPES)}")
    if charset not in ("utf-8", "utf8"):
        raise WrongMediaType(f"the body is said to be {charset[:40]}", "Send it in UTF-8")
    body = _body(request)
    if kind == "application/sparql-query":
        if any(name == "query" for name, _ in pairs):
            raise Malformed("the request has a query in its address and another in its body")
        pairs = [*pairs, ("query", _decoded(body, "the body"))]
    else:
        pairs = [*pairs, *_pairs(body, "the body")]
    wanted = _query_request(pairs)
    if wanted.query is None:
        raise Malformed("the request has no query", "Send it as the parameter query, or as the body")
    return wanted


RECEIVED: Final = "odlinked.received"
"""Where the WSGI environment holds how many bytes of a body are there to be read: none of one that did not come in."""


def size(request: Request) -> int:
    """Return how many bytes are to be read of a request, at most those that are read; of a body in chunks the most, where nobody
    has received it yet."""
    if request.method != "POST":
        return len(request.query_string)
    received = request.environ.get(RECEIVED)
    if isinstance(received, int):
        return received
    return MAX_BODY if request.content_length is None else 0 if request.content_length > MAX_BODY else request.content_length


def asked(query_string: bytes) -> QueryRequest:
    """Return what a GET or HEAD asks; raise a `QueryFailure` for what the protocol does not allow."""
    return _query_request(_pairs(query_string, "the query string"))


CALLER: Final = "odlinked.caller"
"""Where the WSGI environment holds the `Caller` of a request, which the server notifies when the client goes away."""


def caller(request: Request) -> Caller:
    """Return the client, see `client`."""
    return client(request.environ)


def client(environ: Mapping[str, object]) -> Caller:
    """Return the client of a request (WSGI environment), so that clients can take turns: the address and its network, of IPv6
    those a customer gets.

    Behind a proxy of `serve.proxies` the application has put the address that the proxy saw.
    """
    network, address = _networks(str(environ.get("REMOTE_ADDR") or ""))
    found = environ.get(CALLER)
    if not isinstance(found, Caller):
        return Caller(network, address)
    found.network, found.address = network, address
    return found


@lru_cache(maxsize=1_024)
def _networks(text: str) -> tuple[str, str]:
    """Return the network (IPv4 /24, IPv6 /48) and the address (IPv6: the /64 of one customer) as texts, "" for no address."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "", ""
    wide, narrow = (24, 32) if found.version == 4 else (48, 64)
    network, address = (str(ipaddress.ip_network((found, length), strict=False)) for length in (wide, narrow))
    return network, address


def too_long() -> TooLong:
    """Return the failure of a body that is over the limit, whether it says its length or comes in chunks."""
    return TooLong(f"the body is longer than {MAX_BODY:,} bytes", "Split the query, or ask for less at once")


def _body(request: Request) -> bytes:
    request.max_content_length = MAX_BODY
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as problem:
        raise too_long() from problem


def _decoded(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Malformed(f"{what} is not UTF-8: {problem.reason} at byte {problem.start}") from problem


def _pairs(data: bytes, what: str) -> list[tuple[str, str]]:
    """Return the fields of URL-encoded data (WHATWG URL, section 5.1) in their order, blank values too."""
    _decoded(data, what)
    fields = data.split(b"&", MAX_FIELDS)
    if len(fields) > MAX_FIELDS:
        raise Malformed(f"{what} could not be read: it has more than {MAX_FIELDS} fields")
    try:
        return [(_field(name), _field(value)) for name, _, value in (field.partition(b"=") for field in fields if field)]
    except UnicodeDecodeError as problem:
        raise Malformed(f"{what} is not UTF-8: {problem.reason} in a percent-encoded text", "Encode it in UTF-8") from problem


def _field(data: bytes) -> str:
    """Decode a name or a value, a piece at a time: no other thread computes while one is decoded."""
    data = data.replace(b"+", b" ")
    if b"%" not in data:
        return data.decode("utf-8")
    pieces, start = [], 0
    while start < len(data):
        end = min(start + _PIECE, len(data))
        last = data.rfind(b"%", max(start, end - 2), end)
        if end < len(data) and last > start:
            end = last
        pieces.append(unquote_to_bytes(data[start:end]))
        start = end
    return b"".join(pieces).decode("utf-8")


def _query_request(pairs: list[tuple[str, str]]) -> QueryRequest:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    if found.get("update") or found.get("using-graph-uri") or found.get("using-named-graph-uri"):
        raise _no_update()
    queries = found.get("query", [])
    if len(queries) > 1:
        raise Malformed("the request has more than one query", "Ask one at a time")
    default, named = (tuple(filter(None, found.get(name, []))) for name in ("default-graph-uri", "named-graph-uri"))
    if len(default) + len(named) > MAX_GRAPHS:
        raise Malformed(f"the request names more than {MAX_GRAPHS} graphs")
    names = found.get("format") or found.get("output") or [""]
    # A file's byte order mark is sent with its text; it is not part of the query.
    return QueryRequest(queries[0].lstrip("\ufeff") if queries else None, default, named, names[0])


def _no_update() -> Refused:
    return Refused("updates are not accepted: this service only answers queries",
                   "The catalogue changes by publishing, not through its SPARQL service")
