"""Serving over HTTP: granian, with a check of the address before anything starts and a clean end."""

from __future__ import annotations

import errno
import gc
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from odlinked.errors import OdlinkedError, said_by_system
from odlinked.settings import ServeSettings, Settings
from odlinked.web.access_log import NeverWaiting, OneLine
from odlinked.web.asgi import Front
from odlinked.web.memory import share_arenas, tidy
from odlinked.web.stopping import Stopping

THREADS = 64
"""Threads a worker: more than may wait for queries, read their results slowly and download dumps together; pages need the
rest."""

CONNECTIONS = 8_192
"""Connections a worker holds open; an idle one costs a descriptor and some kilobytes, no thread."""

SWITCH_SECONDS = 0.0005
"""Seconds a thread computes while others want to: a short answer takes several turns, and would wait 5 ms for each behind a
thread that makes a large page or reads a long query."""

DIES_SOON = 1.0
"""Seconds: a worker that lives no longer than this may die of being started."""

LONGEST_PAUSE = 0.5
"""Most seconds before a worker is started again that died soon, as those before it."""

_FIRST_PAUSE = 0.05
_LOOKS_AGAIN = 10.0
"""Seconds after which it is worth looking whether another release is served, or another day has begun."""

_COLLECTED = 20_000, 20, 50
"""After how many new objects the collector looks for circles among them, and after how many times among older ones: a page makes
thousands, hardly any of which is in a circle."""

LOG_FORMAT = '%(time)s %(method)s %(path)s %(status)d %(dt_ms).1f ms'
"""The access log has what was requested and the status, never who requested it, nor the words of a search."""


class Forgiving(dict[int, float]):
    """When which worker was started again, as granian notes it; forgotten, since two deaths within 5.5 s would end the service.

    Noting it waits instead where workers die as fast as they are started: up to `LONGEST_PAUSE`, doubled from death to death.
    """

    def __init__(self) -> None:
        super().__init__()
        self._started = self._pause = 0.0

    def __setitem__(self, worker: int, moment: float) -> None:
        """Wait for as long as the last deaths make advisable."""
        died_soon = moment - self._started < DIES_SOON
        self._pause = min(LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._pause)) if died_soon else 0.0
        time.sleep(self._pause)
        self._started = time.monotonic()


def _logging() -> dict[str, Any]:
    """Return granian's logging with our handlers: of its access log, and of what goes wrong in ours or a library."""
    from granian import log

    standard: dict[str, Any] = log.LOGGING_CONFIG
    handlers = {"console": {"()": NeverWaiting, "formatter": "generic"}, "access": {"()": NeverWaiting, "formatter": "access"},
                "faults": {"()": NeverWaiting, "stream": "stderr", "formatter": "faults"}}
    return {**standard, "handlers": handlers, "root": {"handlers": ["faults"], "level": "WARNING"},
            "formatters": {**standard["formatters"], "access": {"()": OneLine}, "faults": {"format": "%(message)s"}}}


class ServerAddress(NamedTuple):
    """A host and port that were free a moment ago."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address as a browser needs it."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - shown, not bound
        return f"http://[{shown}]:{self.port}" if ":" in shown else f"http://{shown}:{self.port}"


def address(host: str, port: int) -> ServerAddress:
    """Return the address to serve on, a free port for port 0; raise `OdlinkedError` where it is not available."""
    where = f"{host}:{port}"
    if not 0 <= port <= 65_535:
        raise OdlinkedError("a port is a number from 0 to 65535", doing="serving on", on=where)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
            return ServerAddress(host, trial.getsockname()[1])
    except socket.gaierror as problem:
        raise OdlinkedError("this machine has no such address", doing="serving on", on=where,
                            next_step="Give another --host, such as 127.0.0.1") from problem
    except OSError as problem:
        why = "the port is taken" if problem.errno == errno.EADDRINUSE else (said_by_system(problem))
        raise OdlinkedError(why, doing="serving on", on=where, next_step="Give another --port, or stop what uses it") from problem


def build(settings: Settings, workspace: Path, *, compiled: bool = True) -> Any:
    """Return the application of a workspace, with all that is read of the assets; nothing of the workspace is opened yet.

    Its templates are compiled, and rules and code lists read, where pages are to be served (`compiled`). Called in each worker.
    """
    from odlinked.assets import Assets
    from odlinked.catalog.keeping.workspace import Workspace
    from odlinked.catalog.served.releases import Releases
    from odlinked.errors import OdlinkedError
    from odlinked.quality import suggestions
    from odlinked.quality.shapes import Profile
    from odlinked.web.app import create

    assets = Assets(settings.overlays)
    app = create(Releases(Workspace(workspace), assets), settings, assets)
    if compiled:
        app.extensions["odlinked.site"].compile()
        with suppress(OdlinkedError):  # told when it is asked for
            suggestions.load(assets)
            Profile.load(assets, settings.publish.profile)
    return app


def warm(app: Any) -> None:
    """Do what the first readers would wait for: open the store, read counts and what explains findings."""
    from odlinked.errors import OdlinkedError

    # Damaged parts are reported when they are requested; the rest is served.
    with suppress(OdlinkedError), app.test_request_context():
        release = app.extensions["odlinked.releases"].current()
        _open(app)
        faulty = release.search("", {"faults": ["Violation", "Warning"]}, size=1).records
        for record in [*faulty, *release.page("dataset", 1, 1)[1]]:
            release.findings(record.iri)
            document, quality = release.document(record.iri), release.quality(record.iri)
            if document is not None and quality is not None:
                app.extensions["odlinked.explain"].points(document, quality)


def _open(app: Any) -> None:
    """Open the store that is served, and read what is read once in a release: the first search, list and page of an organisation
    would wait for it."""
    from odlinked.catalog.asking import activity

    site, service = app.extensions["odlinked.site"], app.extensions["odlinked.sparql"]
    service.lanes.warm(service.store_of())
    if listed := site.organizations():
        largest = max(listed, key=lambda one: one.with_all_below)
        site.release.noted(activity.of, largest.iri, site.clock.today())
    site.release.search(site.words.say("home.examples", site.place().language).partition("|")[0])


def stay_warm(app: Any) -> None:
    """Do what the first readers would wait for, and answer the stored questions, now and for each later release; never ends."""
    from odlinked.errors import OdlinkedError

    warm(app)
    past = Past(app)
    while True:
        with suppress(OdlinkedError, OSError), app.test_request_context():
            past.let_go()
            app.extensions["odlinked.questions"].prepare()
        time.sleep(_LOOKS_AGAIN)


class Past:
    """Lets go of the release that was served before: it can be pruned, and its memory is free, once no request is left on it."""

    def __init__(self, app: Any) -> None:
        self._app, self._site = app, app.extensions["odlinked.site"]
        self._edition, self._looks = self._site.edition(), 0

    def let_go(self) -> None:
        """Free what is left of it where another release is served than before, and once more the next time; in a request."""
        edition = self._site.edition()
        if edition != self._edition:
            self._edition, self._looks = edition, 2
            _open(self._app)
        if self._looks:
            # A page's template refers to itself, and to the release it shows: only the collector finds that nobody needs it.
            self._looks -= 1
            gc.collect()


def run(settings: Settings, workspace: Path, where: ServerAddress, announce: Callable[[], None] = lambda: None, *,
        workers: int = 1, access_log: bool = True) -> None:
    """Serve a workspace until Ctrl-C or SIGTERM.

    `announce` says where, once a signal ends the service in order. One worker holds its releases and its sandboxed processes
    once; more workers are for machines with cores to spare.
    """
    serve(partial(build, settings, workspace), where, ready=stay_warm, announce=announce, workers=workers,
          access_log=access_log, body_seconds=settings.serve.body_seconds, reader_seconds=settings.serve.reader_seconds)


def _allow_descriptors() -> None:
    """Raise the limit of open files to the most that the system allows this process."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * CONNECTIONS)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class BuiltOnce:
    """What a worker calls for its application.

    It is built once, in the process that starts the workers: one that is forked from it has it at once, so that a worker that
    died is back in a fraction of a second. Where processes are not forked, each worker builds its own.
    """

    def __init__(self, make: Callable[[], Any], ready: Callable[[Any], None], threads: int, body_seconds: float,
                 reader_seconds: float) -> None:
        self._make, self._ready = make, ready
        self._threads, self._body_seconds, self._reader_seconds = threads, body_seconds, reader_seconds
        self._built: Any = None

    def build(self) -> Any:
        """Build the application and keep it."""
        self._built = app = self._make()
        # What is read once stays: the collector need not look through it again and again. A release is opened later, and goes.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECTED)
        return app

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_built": None}

    def __call__(self) -> Front:
        """Return the application; what its first readers would wait for is done meanwhile, while it answers already."""
        app = self._built or self.build()
        sys.setswitchinterval(SWITCH_SECONDS)
        threading.Thread(target=self._ready, args=(app,), name="odlinked-warm", daemon=True).start()
        threading.Thread(target=tidy, name="odlinked-tidy", daemon=True).start()
        site = getattr(app, "extensions", {}).get("odlinked.site")
        bodies = getattr(app, "extensions", {}).get("odlinked.bodies")
        return Front(app, self._threads, self._body_seconds, self._reader_seconds, site.edition if site else None, bodies)


def serve(make: Callable[[], Any], where: ServerAddress, *, ready: Callable[[Any], None] = lambda app: None,
          announce: Callable[[], None] = lambda: None, workers: int = 1, threads: int = THREADS,
          body_seconds: float = ServeSettings.body_seconds, reader_seconds: float = ServeSettings.reader_seconds,
          access_log: bool = False) -> None:
    """Serve the WSGI application that `make` returns until Ctrl-C or SIGTERM; `ready` is called in each worker.

    A body must come in within `body_seconds`, each piece of an answer be taken within `reader_seconds`. Nothing that `make` opens
    may be open when it returns, no thread may run: workers are forked from the process it was called in.
    """
    loader = BuiltOnce(make, ready, threads, body_seconds, reader_seconds)
    stopping = Stopping()
    try:
        announce()
        _allow_descriptors()
        share_arenas()
        loader.build()  # Faults of the assets are reported here, once, not by each worker that fails because of them.
        server = _granian(where, workers, access_log=access_log)
        server.signal_handler_interrupt = stopping.interrupt
        stopping.server = server
        if not stopping.asked.is_set():
            server.serve(target_loader=loader, wrap_loader=False)
    except SystemExit:
        # Granian exits with 1 where a worker, which gets the same signal, has ended before granian noted the signal itself.
        if not stopping.asked.is_set():
            raise
    finally:
        stopping.end()


def _granian(where: ServerAddress, workers: int, *, access_log: bool) -> Any:
    """Return a server that does not listen yet.

    Its workers share one socket that this process holds, too: who connects while a worker is being replaced waits, and is not
    refused.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server: Any = Granian(
        "odlinked", address=where.host, port=where.port, interface=Interfaces.ASGINL, workers=workers,
        websockets=False, log_access=access_log, log_access_format=LOG_FORMAT, backlog=1024, backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(keep_alive=True, header_read_timeout=10_000), workers_kill_timeout=5,
        respawn_failed_workers=True, log_level=LogLevels.error, log_dictconfig=_logging(),
    )
    server.respawned_wrks = Forgiving()
    if sys.platform == "linux":
        server._init_shared_socket = partial(_share_socket, server)
    return server


def _share_socket(server: Any) -> None:
    """Open the socket that all workers accept connections of, as granian does it where the system is not Linux."""
    from granian.net import SocketSpec  # type: ignore[attr-defined]

    server._ssp, server._shd = None, SocketSpec(server.bind_addr, server.bind_port, server.backlog).build()
    server._sfd = server._shd.get_fd()
    server._sso = socket.socket(fileno=server._sfd)
    server._sso.set_inheritable(True)
