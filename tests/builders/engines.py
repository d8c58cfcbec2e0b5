"""Other SPARQL engines, started for tests: the `oxigraph` server and Virtuoso 7, each empty, and a server that fails."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from odlinked.settings import MirrorSettings

DURATIONS = ("http://www.w3.org/2001/XMLSchema#dayTimeDuration", "http://www.w3.org/2001/XMLSchema#duration")
_VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{port}
DirsAllowed = .
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 10
[SPARQL]
{rows}
"""


@dataclass
class OtherEngine:
    """A running engine: what the settings say of it, the environment with its credentials, its process."""

    settings: MirrorSettings
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def start_oxigraph(folder: Path, port: int = 0, *, union: bool = True, seconds: int = 5) -> OtherEngine:
    """Start the server of the `oxigraph` package over a folder; skip where it is not installed.

    What takes it longer than so many seconds it ends with a sentence in the middle of an answer of status 200.
    """
    command = Path(sys.executable).with_name("oxigraph")
    if not command.is_file():
        pytest.skip("the oxigraph server is not installed (pip install oxigraph)")
    port = port or free_port()
    options = ["--timeout-s", str(seconds), *(["--union-default-graph"] if union else [])]
    process = subprocess.Popen([command, "serve", "--location", folder, "--bind", f"127.0.0.1:{port}", *options],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    _wait(f"{url}/query", process)
    return OtherEngine(MirrorSettings("incremental", f"{url}/store", f"{url}/query", timeout_seconds=20.0), {}, process)


def start_virtuoso(folder: Path, rows: int = 0) -> OtherEngine:
    """Start Virtuoso 7 in an empty folder, which cuts answers at so many rows; skip where it is not installed."""
    command = shutil.which("virtuoso-t")
    if command is None:
        pytest.skip("Virtuoso is not installed (apt-get install virtuoso-opensource-7)")
    port, http = free_port(), free_port()
    cut = f"ResultSetMaxRows = {rows}" if rows else ""
    (folder / "virtuoso.ini").write_text(_VIRTUOSO.format(port=port, http=http, rows=cut))
    process = subprocess.Popen([command, "+foreground", "+configfile", "virtuoso.ini"], cwd=folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{http}"
    _wait(f"{url}/sparql", process)
    settings = MirrorSettings("incremental", f"{url}/sparql-graph-crud-auth", f"{url}/sparql", "digest", uncompared=DURATIONS,
                              timeout_seconds=60.0)
    return OtherEngine(settings, {"ODLINKED_MIRROR_USER": "dba", "ODLINKED_MIRROR_PASSWORD": "dba"}, process)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(3_000):
        assert process.poll() is None, "the engine has ended"
        try:
            urllib.request.urlopen(url, timeout=60).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
            continue
        return
    process.kill()
    raise AssertionError("the engine does not answer")


@contextmanager
def answering(status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> Iterator[tuple[str, list[str]]]:
    """Run a server that gives every request the same answer; yield its address, and what it was asked, a text a request."""
    asked: list[str] = []

    class Same(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(f"{self.command} {self.path}\n{self.headers}\n{sent.decode()}")
            self.send_response(status)
            stated = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **stated}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Same)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
