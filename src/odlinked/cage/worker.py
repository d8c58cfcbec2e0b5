"""The sandboxed process: opens one store read-only, gives up everything else, and answers queries until its pipe closes.

Run by path (`python -I -S worker.py ROOM PACKAGES STORE …`, see `odlinked.cage.process`), so that it starts in about 30
milliseconds with nothing but pyoxigraph and small parts of the standard library. Once the store is open it may use only so much
memory and file space, and open no further descriptor (of a large store: no more than it has files): no socket, so SERVICE, which
is refused before, cannot reach any host. The kernel enforces the limits; the engine has none.

Messages on the pipe (standard input and output), little-endian:
  request   u32 length, then a marshalled tuple (see `Request`); only the server writes it
  answer    u8 status, u64 bytes in the spool file, u32 bytes that follow, those bytes (an answer, or a message in UTF-8)
"""

from __future__ import annotations

import _thread
import errno
import marshal
import os
import signal
import struct
import sys
import types
from typing import Any, NamedTuple


def _stand_alone() -> None:
    """Make `odlinked.cage` importable without `odlinked/__init__` and all it loads, and pyoxigraph without `site`."""
    room, packages = sys.argv[1], sys.argv[2]
    sys.path.append(packages)
    for name, folder in (("odlinked", os.path.dirname(room)), ("odlinked.cage", room)):
        module = types.ModuleType(name)
        module.__path__ = [folder]
        sys.modules[name] = module


if __name__ == "__main__":
    _stand_alone()

import pyoxigraph as ox  # noqa: E402

from odlinked.cage import functions, limits, result_writers  # noqa: E402
from odlinked.cage.spellings import Spellings  # noqa: E402
from odlinked.rdf import streams, xml_names  # noqa: E402

ANSWER = struct.Struct("<BQI")
INLINE = 65_536
"""Answers up to this many bytes go through the pipe, larger ones into the spool file."""

OPENED_AT_ONCE = 16
"""Files of a store that RocksDB opens with it, whatever it is asked later."""

STACK = 64 << 20
"""Stack of the thread that runs queries: the engine recurses as deep as a query is nested or chained."""

(READY, ANSWERED, SYNTAX, TOO_LARGE, MEMORY, UNWRITABLE, FAILED, PARAMETER, UNANSWERABLE, PART, FULL) = range(11)

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class Request(NamedTuple):
    """A request of the server: see `odlinked.cage.jobs.QueryJob`.

    `canonical` leaves typed literals as the store holds them; `lang` is the prefix under which the text calls our LANG,
    `string` that of our STR; `known` are prefixes that the text uses without declaring them, with their IRIs; `order` is that of
    the columns of `SELECT *`. Of a table no more than `rows` rows are wanted (0: all), and the status PART says that there are
    more. `written` is the query as it was written, where the text is another one: mistakes are told by their place in it.
    """

    text: str
    base: str
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    format: str
    graph_format: str
    computed: tuple[str, ...]
    canonical: bool
    prefixes: tuple[tuple[str, str], ...]
    lang: str = ""
    known: tuple[tuple[str, str], ...] = ()
    order: tuple[str, ...] = ()
    rows: int = 0
    string: str = ""
    written: str = ""


class TooLarge(Exception):
    """The answer exceeded the limit."""


class Sink:
    """Collects an answer: in memory while it is small, then in the spool file."""

    def __init__(self, spool: int, cap: int) -> None:
        self._spool, self._cap = spool, cap
        self._parts: list[bytes] = []
        self._held = 0
        self.spooled = 0

    def write(self, data: bytes) -> int:
        self._held += len(data)
        if self.spooled + self._held > self._cap:
            raise TooLarge
        self._parts.append(bytes(data))
        if self._held > INLINE:
            self._spill()
        return len(data)

    def _spill(self) -> None:
        view = memoryview(b"".join(self._parts))
        self._parts, self._held = [], 0
        while view:
            try:
                written = os.pwrite(self._spool, view, self.spooled)
            except OSError as problem:
                if problem.errno == errno.EFBIG:
                    raise TooLarge from problem
                raise  # a full disk is not the query's fault
            self.spooled += written
            view = view[written:]

    def finish(self) -> bytes:
        """Return what goes through the pipe: nothing if the spool file holds the answer."""
        if self.spooled and self._held:
            self._spill()
        return b"".join(self._parts)


def _descriptors(store: str) -> int:
    """Return how many descriptors may be open: none more (0), or those of a store's files that are opened when they are read.

    The engine opens the first files of a store at once and of a large one (published rows) the others as they are needed.
    """
    tables = sum(name.endswith(".sst") for name in os.listdir(store))
    if tables <= OPENED_AT_ONCE:
        return 0
    return max(map(int, os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))) + 1 + tables


class QueryWorker:
    """The worker: its store, its limits and its pipe."""

    def __init__(self, store: str, spool: int, table: int, memory: int, seconds: int, cap: int) -> None:
        self._store = ox.Store.read_only(store)
        self._spool, self._seconds, self._cap = spool, seconds, cap
        self._table = Spellings(table) if table >= 0 else None
        self._functions = functions.named(self._table)
        self._limits = limits.hold(memory, cap + INLINE, _descriptors(store))

    def serve(self) -> None:
        """Answer requests until the server closes the pipe."""
        _send(READY, 0, self._limits.encode())
        while True:
            head = _receive(4)
            if head is None:
                return
            body = _receive(int.from_bytes(head, "little"))
            if body is None:
                return
            self._hurry()
            sink = Sink(self._spool, self._cap)
            status, message = self._answer(Request(*marshal.loads(body)), sink)  # noqa: S302 - the server wrote it
            signal.setitimer(signal.ITIMER_REAL, 0)
            if status in (ANSWERED, PART):
                _send(status, sink.spooled, message)
            else:
                _send(status, 0, message[:4_096])

    def _hurry(self) -> None:
        """Let the kernel end this process soon after the time limit, in case the server does not."""
        signal.setitimer(signal.ITIMER_REAL, self._seconds + 2)
        if "processor" in self._limits:
            limits.processor(2 * self._seconds + 2)

    def _answer(self, request: Request, sink: Sink) -> tuple[int, bytes]:
        try:
            default, named = _graphs(request.default_graphs), _graphs(request.named_graphs)
        except ValueError as problem:
            return PARAMETER, str(problem).encode()
        try:
            results: Any = self._store.query(
                request.text, base_iri=request.base or None, default_graph=default, named_graphs=named,
                prefixes=_prefixes(request),
                custom_functions=self._functions if request.lang or request.string else None,
            )
            whole = self._write(results, request, sink)
            return ANSWERED if whole else PART, sink.finish()
        except SyntaxError as problem:
            return SYNTAX, str(self._mistake(request) or problem).encode()
        except TooLarge:
            return TOO_LARGE, b""
        except MemoryError:
            return MEMORY, b""
        except xml_names.Unwritable as problem:
            return UNWRITABLE, str(problem).encode()
        except (RuntimeError, ValueError) as problem:
            return UNANSWERABLE, str(problem).encode()
        except OSError as problem:
            return FULL if problem.errno in DISK_FULL else FAILED, str(problem).encode()
        except BaseException as problem:  # the store cannot be read, or the engine panics: both end this process
            return FAILED, str(problem).encode()

    def _mistake(self, request: Request) -> SyntaxError | None:
        """Return the mistake in a query as it was written, None where the text that was run is that or where there is none."""
        try:
            if request.written:
                ox.Store().query(request.written, base_iri=request.base or None, prefixes=dict(request.known) or None)
        except SyntaxError as problem:
            return problem
        return None

    def _write(self, results: Any, request: Request, sink: Sink) -> bool:
        """Write the answer; return False where there are more rows than were wanted."""
        if isinstance(results, ox.QueryBoolean):
            result_writers.boolean(bool(results), request.format, sink)
        elif isinstance(results, ox.QueryTriples):
            table = None if request.canonical else self._table
            streams.write(result_writers.restored(results, table), request.graph_format, sink,
                          _usable(request.known + request.prefixes))
        else:
            first = result_writers.First(results, request.rows) if request.rows else results
            result_writers.solutions(first, request.format, sink, self._table, request.computed, request.order)
            return not (request.rows and first.more)
        return True


def _prefixes(request: Request) -> dict[str, str] | None:
    """Return the prefixes that the text leaves undeclared."""
    own = {prefix: functions.OWN for prefix in (request.lang, request.string) if prefix}
    return {**dict(request.known), **own} or None


def _graphs(names: tuple[str, ...] | None) -> list[Any] | None:
    """Return graph names as terms; raise `ValueError` for one that is not an absolute IRI. Nothing is ever fetched."""
    return None if names is None else [ox.NamedNode(name) for name in names]


def _usable(prefixes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the prefixes whose IRI the engine accepts: an invalid one must not spoil an answer that does not need it."""
    found = {}
    for name, iri in prefixes:
        try:
            found[name] = ox.NamedNode(iri).value
        except ValueError:
            continue
    return found


def _receive(size: int) -> bytes | None:
    """Read exactly `size` bytes of the pipe, or None where it has been closed."""
    parts: list[bytes] = []
    while size:
        part = os.read(0, size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _send(status: int, spooled: int, message: bytes) -> None:
    data = memoryview(ANSWER.pack(status, spooled, len(message)) + message)
    while data:
        data = data[os.write(1, data):]


def main(arguments: list[str]) -> None:
    """Serve with the arguments STORE SPOOL TABLE MEMORY SECONDS CAP.

    These are a folder, two open descriptors (table -1: none), bytes, seconds and bytes.
    """
    store, *numbers = arguments
    spool, table, memory, seconds, cap = map(int, numbers)

    def run() -> None:
        try:
            QueryWorker(store, spool, table, memory, seconds, cap).serve()
        except BaseException as problem:
            _send(FAILED, 0, str(problem).encode()[:4_096])
        finally:
            os._exit(0)  # also where the server is gone

    _thread.stack_size(STACK)
    _thread.start_new_thread(run, ())
    waiting = _thread.allocate_lock()
    waiting.acquire()
    waiting.acquire()  # forever: the other thread ends the process


if __name__ == "__main__":
    main(sys.argv[3:])
