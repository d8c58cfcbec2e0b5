"""Answers given again as they were given: to the same request, while the same release is served on the same day.

The application says of an answer that it may be given again (`KEPT` in the environment of the request). Two requests are the same
where nothing differs that it reads: the address, the scheme, and every header but those in `_UNREAD`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, Generic, TypeVar

from odlinked.web.http.cache import Cache

A = TypeVar("A")

KEPT: Final = "odlinked.kept"
"""In the environment of a request: the edition for which its answer is right."""

COUNTED: Final = "odlinked.counted"
"""In the environment of a request: a function that counts its answer once more, where answers are counted."""

_UNREAD: Final = frozenset((
    b"user-agent", b"cookie", b"referer", b"connection", b"keep-alive", b"cache-control", b"pragma", b"dnt", b"priority", b"from",
    b"upgrade-insecure-requests", b"sec-fetch-dest", b"sec-fetch-mode", b"sec-fetch-site", b"sec-fetch-user", b"sec-ch-ua",
    b"sec-ch-ua-mobile", b"sec-ch-ua-platform", b"sec-gpc", b"authorization", b"accept-charset", b"te", b"x-forwarded-for",
))
"""Headers on which no page depends. Whether X-Forwarded-For is believed depends on the peer, which is in the key beside it."""


class Replays(Generic[A]):
    """Answers by request, of at most `limit` bytes."""

    def __init__(self, edition: Callable[[], Hashable], size: Callable[[A], int], limit: int) -> None:
        """`edition` tells cheaply what is served: an answer is given again while it tells the same."""
        self.edition = edition
        self._answers: Cache[tuple[Hashable, A, int]] = Cache(limit, lambda kept: size(kept[1]) + kept[2])

    @staticmethod
    def key(scope: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return what a request is known by, None for one that is never answered again (ASGI, HTTP connection scope)."""
        if scope["method"] != "GET":
            return None
        headers = tuple((name, value) for name, value in scope["headers"] if name not in _UNREAD)
        forwarded = any(name.startswith(b"x-forwarded") for name, _ in scope["headers"])
        peer = (scope.get("client") or ("",))[0] if forwarded else None
        return (scope["raw_path"], scope["query_string"], scope["scheme"], scope["http_version"], scope.get("root_path", ""),
                scope.get("server"), headers, peer)

    def get(self, key: tuple[Any, ...] | None) -> A | None:
        """Return the answer to a request where it is right still."""
        kept = self._answers.get(key) if key is not None else None
        return kept[1] if kept is not None and kept[0] == self.edition() else None

    def put(self, key: tuple[Any, ...] | None, edition: Hashable, answer: A) -> None:
        """Keep an answer that is right for an edition (None: for none)."""
        if key is not None and edition is not None:
            self._answers.put(key, (edition, answer, len(key[1])))  # a query in an address may be long
