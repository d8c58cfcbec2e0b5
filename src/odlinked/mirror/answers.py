"""Queries answered by the mirror: looked at as every query is, sent to the engine, read to the end, then written as asked for.

A query first runs over an empty store in the cage. That refuses whatever is no SPARQL 1.1, with the words and the place of the
mistake, and functions that only some engine knows; an engine's own syntax never reaches it. The engine's answer is read whole,
within the time and the size that a query may have, before a byte of ours is sent: what breaks off is never taken for an answer.
Where the mirror does not hold the release that is served, nothing is answered: not from it, and not from another store.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, ClassVar, Final

import pyoxigraph as ox

from odlinked.cage import result_writers, spelled_tags
from odlinked.cage.failures import Busy, NotWritable, QueryFailure
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.lanes import Lanes
from odlinked.cage.process import Answer, too_large
from odlinked.cage.turns import Caller, Turns
from odlinked.cage.worker import Sink, TooLarge
from odlinked.mirror.exchange import Exchanged, MirrorDown, exchange
from odlinked.mirror.run import STATE, MirrorState, state
from odlinked.rdf import streams, xml_names
from odlinked.settings import MirrorSettings, ServeSettings

PLACES: Final = (8, 4, 32)
"""Queries that are with the engine at a time; those that may wait, of one client and of all."""

WAIT_SECONDS: Final = 5.0
"""How long a query waits for its turn."""

RAW: Final = 4
"""The engine's answer may be as many times as long as ours: JSON of results is longer than their CSV."""

_TABLE: Final = "application/sparql-results+json"
_GRAPH: Final = "application/n-triples"


class MirrorBehind(Busy):
    """The mirror does not hold the release that is served."""

    code: ClassVar[str] = "mirror-behind"


class MirrorAnswers:
    """Answers queries as `Lanes` does, from the mirror of the workspace at `root`. `close` ends its processes."""

    def __init__(self, mirror: MirrorSettings, serve: ServeSettings, root: Path) -> None:
        self._mirror, self._root = mirror, root
        self._turns = Turns(*PLACES)
        self._inspection = Lanes(serve)
        self._limits = self._inspection.limits
        self._folder = tempfile.TemporaryDirectory(prefix="odlinked-mirror-")
        ox.Store(self._folder.name).flush()
        self._nothing = StoreView(Path(self._folder.name), "")
        self._known: tuple[object, MirrorState] = (None, MirrorState())

    def close(self) -> None:
        """End the processes that look at queries, and remove the empty store."""
        self._inspection.close()
        self._folder.cleanup()

    def ask(self, view: StoreView, job: QueryJob, caller: Caller | None = None) -> Answer:
        """Answer a query; `caller` identifies the client. Raise a `QueryFailure`: the query's, or the mirror's."""
        caller = caller or Caller()
        self._check(view)
        self._inspection.ask(self._nothing, job, caller).close()
        self._turns.take(caller, WAIT_SECONDS)
        since = time.monotonic()
        try:
            wants = _GRAPH if job.inspection.form in ("CONSTRUCT", "DESCRIBE") else _TABLE
            form = [("query", sent(job)), *(("default-graph-uri", one) for one in job.default_graphs),
                    *(("named-graph-uri", one) for one in job.named_graphs)]
            found = exchange(self._mirror, form, wants, caller, self._limits, RAW * self._limits.result)
        finally:
            self._turns.give(caller, time.monotonic() - since)
        with found.file:
            answer = self._written(found, job, view.spellings())
        self._check(view)  # a run of the mirror may have begun meanwhile: such an answer is of two releases
        return answer

    def _check(self, view: StoreView) -> None:
        """Raise `MirrorBehind` unless the mirror is known to hold this content whole."""
        known = self._state()
        if known.content != view.content_id:
            raise MirrorBehind("the mirror that answers queries is being brought to the release that is served",
                               "Try again in a few minutes; pages, feeds and downloads are there", retry_after=60)
        if known.cap:
            raise MirrorBehind(f"the mirror's engine cuts every answer at {known.cap:,} rows and does not say so",
                               "Tell the operator of this service; pages, feeds and downloads are there", retry_after=3_600)

    def _state(self) -> MirrorState:
        """Return what the mirror holds; the file is read again when it changes."""
        try:
            status = (self._root / STATE).stat()
            stamp: object = (status.st_mtime_ns, status.st_ino, status.st_size)
        except OSError:
            return MirrorState()
        if self._known[0] != stamp:
            self._known = (stamp, state(self._root))
        return self._known[1]

    def _written(self, found: Exchanged, job: QueryJob, spellings: Mapping[str, str]) -> Answer:
        """Return the engine's answer in the format of the job, with published spellings and columns in the query's order."""
        spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the reader of the answer closes it
        sink = Sink(spool.fileno(), self._limits.result)
        try:
            if job.inspection.form in ("CONSTRUCT", "DESCRIBE"):
                self._graph(found, job, spellings, sink)
            else:
                self._table(found, job, spellings, sink)
            body = sink.finish()
        except TooLarge as problem:
            spool.close()
            raise too_large(self._limits) from problem
        except QueryFailure:
            spool.close()
            raise
        except xml_names.Unwritable as problem:
            spool.close()
            raise NotWritable(str(problem), "Ask for JSON, CSV, TSV, Turtle or N-Triples") from problem
        except (SyntaxError, ValueError, OSError) as problem:
            spool.close()
            raise MirrorDown(f"the mirror's answer cannot be read: {str(problem)[:200]}") from problem
        except BaseException:
            spool.close()
            raise
        if not sink.spooled:
            spool.close()
            return Answer(body)
        spool.seek(0)
        return Answer(b"", spool, sink.spooled)

    def _table(self, found: Exchanged, job: QueryJob, spellings: Mapping[str, str], sink: Sink) -> None:
        results: Any = ox.parse_query_results(found.file, format=ox.QueryResultsFormat.JSON)
        if job.inspection.form == "ASK":
            result_writers.boolean(_truth(results), job.format, sink)
        elif isinstance(results, ox.QuerySolutions):
            result_writers.solutions(results, job.format, sink, spellings, job.computed, job.inspection.order)
        else:
            raise ValueError("a truth value where rows were asked for")

    def _graph(self, found: Exchanged, job: QueryJob, spellings: Mapping[str, str], sink: Sink) -> None:
        table = spellings if job.inspection.plain_template else None
        triples = (quad.triple for quad in ox.parse(found.file, format=ox.RdfFormat.N_TRIPLES))
        prefixes = _usable((*job.known, *job.inspection.prefixes))
        streams.write(result_writers.restored(triples, table), job.graph_format, sink, prefixes)


def _truth(results: Any) -> bool:
    """Return the answer of an ASK; Virtuoso 7 gives a table with one number instead of a truth value."""
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    rows = [[term for term in row if term is not None] for row in results]
    if len(rows) > 1 or any(len(row) != 1 for row in rows):
        raise ValueError("rows where a truth value was asked for")
    return bool(rows) and rows[0][0].value in ("1", "true")


def sent(job: QueryJob) -> str:
    """Return the text that the engine gets: prefixes declared, searches replaced, LANG answering as results show it."""
    prologue = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in job.known)
    return f"BASE <{job.base}>\n{prologue}{spelled_tags.shown_lang(job.asked)}"


def _usable(prefixes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the prefixes whose IRI is one."""
    return {prefix: iri for prefix, iri in prefixes if iri and not set(iri) & set('<>"{}|^`\\ ') and ":" in iri}
