"""A catalogue on loopback that others harvest: pages as a test says, conditional requests, and every request noted."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.harvesting.harvest import Harvested, Harvester
from odlinked.publishing.publish import Publisher
from odlinked.settings import CatalogSettings, CheckSettings, MeasureSettings, PublishSettings, Settings, SourceSettings

Answer = tuple[int, dict[str, str], bytes]

TURTLE = "text/turtle; charset=utf-8"
PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix ex: <https://source.example/> .
"""


class SourceServer(ThreadingHTTPServer):
    """Serves `pages` (path -> body, or a whole answer, or a function that gives one); with `validators` they have entity tags."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, str | bytes | Answer | Callable[[], Answer]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.validators = True

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://{self.host}{path}"

    def answer(self, path: str) -> Answer:
        """Return what a path is answered with."""
        found = self.pages.get(path, (404, {}, b"nothing here"))
        found = found() if callable(found) else found
        if isinstance(found, tuple):
            return found
        return 200, {"Content-Type": TURTLE}, found.encode() if isinstance(found, str) else found


class _Handler(BaseHTTPRequestHandler):
    server: SourceServer

    def do_GET(self) -> None:
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        status, headers, body = self.server.answer(self.path)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if status == 200 and self.server.validators:
            if self.headers.get("If-None-Match") == tag:
                status, body = 304, b""
            headers = {**headers, "ETag": tag}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304 and "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(server: SourceServer | None = None) -> Iterator[SourceServer]:
    """Run a server for a while."""
    server = server or SourceServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running(app: Flask) -> Iterator[str]:
    """Run an application for a while; give its host and port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def settings(server: SourceServer | str, **sources: SourceSettings) -> Settings:
    """Settings under which these sources are harvested; the server (or host) may be visited though it is on loopback."""
    host = server if isinstance(server, str) else server.host
    return Settings(
        catalog=CatalogSettings(base="https://data.example.tw"), sources=sources, publish=PublishSettings(workers=1),
        measure=MeasureSettings(at_publish=False),
        check=CheckSettings(test_hosts=(host,), delay_seconds=0.0, timeout_seconds=5.0, visit_seconds=20.0))


def harvester(workspace: Workspace, chosen: Settings, clock: Clock | None = None) -> Harvester:
    """A harvester into a workspace."""
    return Harvester(Publisher(workspace, chosen, clock=clock), chosen, lambda stage, done: None)


def harvest(workspace: Workspace, chosen: Settings, name: str = "src", **options: bool) -> Harvested:
    """Harvest a source."""
    return harvester(workspace, chosen).harvest(name, **options)


def dataset(number: int, more: str = "") -> str:
    """A dataset in Turtle: an address, a title, a description, a publisher and a file."""
    return f"""ex:d{number} a dcat:Dataset ; dct:title "資料集 {number}"@zh-Hant, "Dataset {number}"@en ;
  dct:description "第 {number} 份說明"@zh-Hant ; dct:publisher ex:agency ; dct:identifier "d{number}" {more};
  dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://source.example/files/{number}.csv> ] .
"""


AGENCY = 'ex:agency a foaf:Agent ; foaf:name "資料局"@zh-Hant, "Data Office"@en .\n'


def catalogue(numbers: Sequence[int], more: str = "", following: str = "") -> str:
    """A catalogue of datasets in Turtle; `following` is the address of the next page."""
    listed = "".join(f"ex:catalog dcat:dataset ex:d{number} .\n" for number in numbers)
    paging = f"<> a hydra:PagedCollection ; hydra:next <{following}> .\n" if following else ""
    return PREFIXES + "ex:catalog a dcat:Catalog .\n" + AGENCY + listed + "".join(map(dataset, numbers)) + paging + more


def texts(workspace: Workspace, source: str) -> dict[str, str]:
    """The living records of a source in the served release: IRI -> the document's text."""
    from odlinked.catalog.index import Index
    from odlinked.catalog.keeping.archive import Archive

    archive = Archive(workspace.documents)
    try:
        with Index(Path(workspace.releases) / (workspace.current() or "") / "catalog.sqlite", read_only=True) as index:
            return {iri: (archive.text(entry.hash) or b"").decode() for iri, (_, entry) in index.entries().items()
                    if entry.source == source and entry.state == "live" and entry.key is not None}
    finally:
        archive.close()
