"""Runs a stored question in the cage, as every query is, and keeps its answer while the content lives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from odlinked.cage import tokenizer
from odlinked.cage.lanes import Job
from odlinked.web.sparql.endpoint import PAGE_BYTES, Service
from odlinked.web.sparql.results import ResultFormat
from odlinked.web.sparql.streams import Stream


@dataclass(frozen=True)
class Told:
    """An answer: `body` whole, or `None` where it is large and must be streamed by `pieces`; `more` rows follow those asked for.

    `tag` is the same as long as the answer is.
    """

    tag: str
    body: bytes | None
    more: bool
    size: int
    pieces: Callable[[], Stream] | None = None
    drop: Callable[[], None] = lambda: None


def run(service: Service, text: str, form: ResultFormat, rows: int, client: str) -> Told:
    """Answer a SELECT in format `form` with its first `rows` rows; `client` names who asks. Raise a `Fault`."""
    view = service.store_of()
    base = view.base + service.path if view.base else service.address_of()
    job = Job(text, tokenizer.inspect(text), base, form.name, rows=rows)
    key = hashlib.sha256(b"stored" + job.key(view) + f"{form.name} {service.edition}".encode()).digest()
    tag = key.hex()[:32]
    kept = service.kept.get(key)
    if kept is not None:
        return Told(tag, kept[1:], kept[:1] == b"+", len(kept) - 1)
    answer = service.lanes.ask(view, job, client)
    if answer.in_memory or answer.size <= PAGE_BYTES:
        body = answer.read()
        service.kept.put(key, (b"+" if answer.more else b" ") + body)
        return Told(tag, body, answer.more, len(body))

    def pieces() -> Stream:
        try:
            service.streams.take(client)
        except BaseException:
            answer.close()
            raise
        chunks: Iterator[bytes] = answer.chunks()
        return Stream(chunks, service.streams, client)

    return Told(tag, None, answer.more, answer.size, pieces, answer.close)
