"""Runs a stored query in the sandbox, like every query, and caches its answer while the content is current; the beginning of a
stranger's answer, too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from odlinked.cage import tokenizer
from odlinked.cage.apart import apart
from odlinked.cage.failures import QueryFailure
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.process import Answer
from odlinked.cage.turns import Caller
from odlinked.catalog.asking import questions
from odlinked.queries import Query
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


def run(service: Service, query: Query, values: Mapping[str, str | None], form: ResultFormat, rows: int, offset: int,
        caller: Caller) -> StoredAnswer:
    """Answer a stored question in format `form` with `rows` rows from `offset` on; `caller` is the client.

    An answer that was prepared is used. Raise a `QueryFailure`.
    """
    view = service.store_of()
    job = _job(service, view, questions.text(query, values, rows, offset), form.name, rows)
    key = hashlib.sha256(b"stored" + job.key(view) + f"{form.name} {service.edition}".encode()).digest()
    tag = key.hex()[:32]
    kept = service.kept.get(key)
    if kept is not None:
        return StoredAnswer(tag, kept[1:], kept[:1] == b"+")
    made = None if offset else service.prepared.get(view.content_id, query.spelled(**values), form.name, rows)
    if made is not None:
        return _kept(service, key, *made)
    answer = service.lanes.ask(view, job, caller)
    if answer.in_memory or answer.size <= PAGE_BYTES:
        return _kept(service, key, answer.read(), answer.more)
    return StoredAnswer(tag, None, answer.more, answer)


def begin(service: Service, text: str, rows: int, caller: Caller) -> tuple[ResultFormat, Answer]:
    """Answer a stranger's query in the sandbox, in the first format of its form; of a SELECT the first `rows` rows.

    Raise a `QueryFailure`. The answer is not kept: close it, or read it.
    """
    inspection, view = service.reader.inspect(text, caller), service.store_of()
    form = results.offered(inspection.form)[0]
    job = replace(service.job(QueryRequest(text), text, inspection, view, form, caller), rows=rows)
    service.reader.ready(job, view, caller)
    return form, service.lanes.ask(view, job, caller)


def prepare(service: Service, asked: Iterable[tuple[Query, Mapping[str, str | None]]]) -> int:
    """Answer questions, each with its values, for `run` to find; return how many of them are prepared now.

    It stops where another content is served meanwhile. A question that is not answered is left out.
    """
    view = service.store_of()
    wanted = {query.spelled(**values): (query, values) for query, values in asked}
    missing = service.prepared.begin(view.content_id, wanted)
    if missing:
        with apart(view, service.lanes.limits) as ask:
            for text in missing:
                query, values = wanted[text]
                with suppress(QueryFailure):
                    job = _job(service, view, questions.text(query, values, query.rows), "json", query.rows)
                    answer = ask(job)
                    if answer.size <= PAGE_BYTES:
                        service.prepared.put(view.content_id, text, answer.read(), answer.more)
                    answer.close()
                if service.store_of().content_id != view.content_id:
                    break
    return len(service.prepared)


def _kept(service: Service, key: bytes, body: bytes, more: bool) -> StoredAnswer:
    service.kept.put(key, (b"+" if more else b" ") + body)
    return StoredAnswer(key.hex()[:32], body, more)


def _job(service: Service, view: StoreView, text: str, form: str, rows: int) -> QueryJob:
    base = view.base + service.path if view.base else service.address_of()
    found = view.searched(text, {})
    return QueryJob(text, tokenizer.inspect(text), base, form, rows=rows, run=found.text, scores=found.scores)
