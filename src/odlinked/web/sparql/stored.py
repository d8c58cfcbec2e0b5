"""Runs a stored query in the sandbox, like every query, and caches its answer while the content is current; the beginning of a
stranger's answer, too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from odlinked.cage import tokenizer
from odlinked.cage.jobs import QueryJob
from odlinked.cage.process import Answer
from odlinked.cage.turns import Caller
from odlinked.web.sparql import results
from odlinked.web.sparql.endpoint import PAGE_BYTES, Service
from odlinked.web.sparql.protocol import QueryRequest
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


def begin(service: Service, text: str, rows: int, caller: Caller) -> tuple[ResultFormat, Answer]:
    """Answer a stranger's query in the sandbox, in the first format of its form; of a SELECT the first `rows` rows.

    Raise a `QueryFailure`. The answer is not kept: close it, or read it.
    """
    inspection, view = service.reader.inspect(text, caller), service.store_of()
    form = results.offered(inspection.form)[0]
    job = service.job(QueryRequest(text), text, inspection, view, form)
    return form, service.lanes.ask(view, replace(job, rows=rows), caller)
