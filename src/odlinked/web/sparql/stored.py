"""Runs a stored query in the sandbox, like every query, and caches its answer while the content is current."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from odlinked.cage import tokenizer
from odlinked.cage.jobs import QueryJob
from odlinked.cage.process import Answer
from odlinked.cage.turns import Caller
from odlinked.web.sparql.endpoint import PAGE_BYTES, Service
from odlinked.web.sparql.results import ResultFormat


@dataclass(frozen=True)
class StoredAnswer:
    """An answer: its `body`, or None where it is large and `spooled`; `more` rows follow those wanted.

    `tag` is the same as long as the answer is.
    """

    tag: str
    body: bytes | None
    more: bool
    spooled: Answer | None = None

    def read(self) -> bytes:
        """Return the whole answer."""
        return self.spooled.read() if self.spooled else self.body or b""


def run(service: Service, text: str, form: ResultFormat, rows: int, caller: Caller) -> StoredAnswer:
    """Answer a SELECT in format `form` with its first `rows` rows; `caller` is the client. Raise a `QueryFailure`."""
    view = service.store_of()
    base = view.base + service.path if view.base else service.address_of()
    found = view.searched(text, {})
    job = QueryJob(text, tokenizer.inspect(text), base, form.name, rows=rows, run=found.text, scores=found.scores)
    key = hashlib.sha256(b"stored" + job.key(view) + f"{form.name} {service.edition}".encode()).digest()
    tag = key.hex()[:32]
    kept = service.kept.get(key)
    if kept is not None:
        return StoredAnswer(tag, kept[1:], kept[:1] == b"+")
    answer = service.lanes.ask(view, job, caller)
    if answer.in_memory or answer.size <= PAGE_BYTES:
        body = answer.read()
        service.kept.put(key, (b"+" if answer.more else b" ") + body)
        return StoredAnswer(tag, body, answer.more)
    return StoredAnswer(tag, None, answer.more, answer)
