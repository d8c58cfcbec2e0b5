"""Runs a stored query in the sandbox, like every query, and caches its answer while the content is current."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from odlinked.cage import tokenizer
from odlinked.cage.jobs import QueryJob
from odlinked.cage.turns import Caller
from odlinked.web.sparql.endpoint import PAGE_BYTES, Service
from odlinked.web.sparql.results import ResultFormat
from odlinked.web.sparql.streams import Stream


@dataclass(frozen=True)
class StoredAnswer:
    """An answer: `body` complete, or `None` where it is large and must be streamed by `pieces`; `more` rows follow the requested
    ones.

    `tag` is the same as long as the answer is.
    """

    tag: str
    body: bytes | None
    more: bool
    size: int
    pieces: Callable[[], Stream] | None = None
    drop: Callable[[], None] = lambda: None


def run(service: Service, text: str, form: ResultFormat, rows: int, caller: Caller) -> StoredAnswer:
    """Answer a SELECT in format `form` with its first `rows` rows; `caller` is the client. Raise a `QueryFailure`."""
    view = service.store_of()
    base = view.base + service.path if view.base else service.address_of()
    job = QueryJob(text, tokenizer.inspect(text), base, form.name, rows=rows)
    key = hashlib.sha256(b"stored" + job.key(view) + f"{form.name} {service.edition}".encode()).digest()
    tag = key.hex()[:32]
    kept = service.kept.get(key)
    if kept is not None:
        return StoredAnswer(tag, kept[1:], kept[:1] == b"+", len(kept) - 1)
    answer = service.lanes.ask(view, job, caller)
    if answer.in_memory or answer.size <= PAGE_BYTES:
        body = answer.read()
        service.kept.put(key, (b"+" if answer.more else b" ") + body)
        return StoredAnswer(tag, body, answer.more, len(body))

    def pieces() -> Stream:
        try:
            service.streams.take(caller.address)
        except BaseException:
            answer.close()
            raise
        chunks: Iterator[bytes] = answer.chunks()
        return Stream(chunks, service.streams, caller.address)

    return StoredAnswer(tag, None, answer.more, answer.size, pieces, answer.close)
