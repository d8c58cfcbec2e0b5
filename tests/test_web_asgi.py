"""The ASGI side of the service by itself: what it says of the connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from odlinked.web.asgi import PIECE, Front


def headers(size: int, version: str) -> dict[bytes, bytes]:
    """Return the headers of an answer of so many bytes."""
    def application(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Length", str(size))])
        return [bytes(size)]

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "scheme": "http",
             "http_version": version, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9)}
    asyncio.run(Front(application, 1, 5, 5)(scope, receive, send))
    assert sum(len(event.get("body", b"")) for event in sent[1:]) == size
    return dict(sent[0]["headers"])


@pytest.mark.parametrize(("size", "version", "told"), [
    (PIECE, "1.1", None), (PIECE + 1, "1.1", b"close"), (PIECE * 5, "1.0", b"close"), (PIECE * 5, "2", None)])
def test_a_long_answer_announces_the_end_of_its_connection(size: int, version: str, told: bytes | None) -> None:
    """Node's fetch takes an answer that it has not read to its end for broken where the idle connection is closed unannounced."""
    assert headers(size, version).get(b"connection") == told
