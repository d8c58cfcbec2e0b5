"""A file server on loopback that behaves as badly as real ones do, and worse. Each path is one behaviour."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import trustme

Behaviour = Callable[["Request"], None]
CSV = "測站,縣市,數值\n板橋,新北市,12\n".encode()
CHANGED = format_datetime(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), usegmt=True)
LOGIN = ('<!DOCTYPE html><html><head><title>系統登入</title></head><body><form action="/login" method="post">'
         '<input name="user"><input type="password" name="password"></form></body></html>').encode()
F5 = b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 1</body>"


class Request:
    """A request as it came, and how to answer it, rightly or wrongly."""

    def __init__(self, connection: socket.socket, head: bytes, server: HostileServer) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path = lines[0].split(" ")[:2]
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.connection, self.server = connection, server

    def raw(self, data: bytes) -> None:
        self.connection.sendall(data)

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"Content-Type": "text/csv", "Content-Length": str(len(body)), **given}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value != "-")
        self.raw(f"HTTP/1.1 {status} Text\r\n{head}\r\n".encode() + body)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def until_gone(self, step: bytes, pause: float = 0.0) -> None:
        """Send for ever, that is until the visitor goes away or the test ends."""
        while not self.server.closing.is_set():
            self.raw(step)
            if pause:
                time.sleep(pause)


def _conditional(request: Request) -> None:
    request.server.conditions.append({name: request.headers.get(name, "") for name in ("if-none-match", "if-modified-since")})
    if request.headers.get("if-none-match") == '"v1"':
        request.raw(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    else:
        request.reply(200, CSV, ETag='"v1"', Last_Modified=CHANGED)


def _busy(request: Request) -> None:
    """Ask to wait a second, once."""
    request.server.asked += 1
    if request.server.asked == 1:
        request.reply(429, b"later", Retry_After="1")
    else:
        request.reply(200, CSV)


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(bytes(1_000_000)) for _ in range(20)]) + packer.flush()


def _cookie(request: Request) -> None:
    if "seen=1" in request.headers.get("cookie", ""):
        request.reply(200, CSV)
    else:
        request.reply(302, Location="/cookie", Set_Cookie="seen=1; Path=/")


BEHAVIOURS: dict[str, Behaviour] = {
    "/robots.txt": lambda r: r.reply(*r.server.robots),
    "/fine.csv": lambda r: r.reply(200, CSV, Last_Modified=CHANGED),
    "/unused/secret.csv": lambda r: r.reply(200, CSV),
    "/chunked": lambda r: r.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + b"%x\r\n%s\r\n0\r\n\r\n" % (len(CSV), CSV)),
    "/broken-chunk": lambda r: r.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"),
    "/until-close": lambda r: r.raw(b"HTTP/1.1 200 OK\r\n\r\n" + CSV),
    "/gzip": lambda r: r.reply(200, gzip.compress(CSV), Content_Encoding="gzip"),
    "/deflate-raw": lambda r: r.reply(200, zlib.compress(CSV)[2:-4], Content_Encoding="deflate"),
    "/gzip-cut": lambda r: r.reply(200, gzip.compress(CSV * 50)[:-12], Content_Encoding="gzip"),
    "/gzip-not": lambda r: r.reply(200, CSV, Content_Encoding="gzip"),
    "/brotli": lambda r: r.reply(200, b"\x0b\x02\x80data\x03", Content_Encoding="br"),
    "/bomb": lambda r: r.reply(200, _bomb(), Content_Encoding="gzip"),
    "/drip-head": lambda r: (r.raw(b"HTTP/1.1 200 OK\r\nX: "), r.until_gone(b"a", 0.05))[0],
    "/drip-body": lambda r: (r.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"), r.until_gone(b"a", 0.05))[0],
    "/steady": lambda r: (r.raw(b"HTTP/1.1 200 OK\r\n\r\n"), r.until_gone(CSV * 20, 0.02))[0],
    "/silent": lambda r: r.server.closing.wait(30) and None,
    "/slow": lambda r: (r.server.work(0.1), r.reply(200, CSV))[1],
    "/endless": lambda r: (r.raw(b"HTTP/1.1 200 OK\r\n\r\n"), r.until_gone(CSV * 500))[0],
    "/endless-head": lambda r: (r.raw(b"HTTP/1.1 200 OK\r\n"), r.until_gone(b"X-Flood: " + b"a" * 1_000 + b"\r\n"))[0],
    "/endless-continue": lambda r: r.until_gone(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "/many-headers": lambda r: r.reply(200, CSV, **{f"X{i}": "a" for i in range(150)}),
    "/garbage": lambda r: r.raw(b"\x00\x01SSH-2.0-nonsense\r\n\r\n"),
    "/http09": lambda r: r.raw(b"<html>no status line</html>"),
    "/nothing": lambda r: None,
    "/reset": lambda r: r.reset(),
    "/reset-midway": lambda r: (r.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc"), time.sleep(0.1), r.reset())[0],
    "/short": lambda r: r.reply(200, CSV, Content_Length="5000"),
    "/long": lambda r: r.reply(200, CSV, Content_Length="10"),
    "/empty": lambda r: r.reply(200, b""),
    "/no-content": lambda r: r.raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/unasked-304": lambda r: r.raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "/loop": lambda r: r.reply(302, Location="/loop"),
    "/loop-a": lambda r: r.reply(301, Location="/loop-b"),
    "/loop-b": lambda r: r.reply(301, Location="/loop-a"),
    "/deep": lambda r: r.reply(302, Location=f"/deep?{int(r.path.partition('?')[2] or 0) + 1}"),
    "/cookie": _cookie,
    "/to-fine": lambda r: r.reply(302, Location="fine.csv?api_key=SECRETSECRET&y=1"),
    "/to-chinese": lambda r: r.raw("HTTP/1.1 302 Found\r\nLocation: /下載.csv\r\nContent-Length: 0\r\n\r\n".encode()),
    "/%E4%B8%8B%E8%BC%89.csv": lambda r: r.reply(200, CSV),
    "/to-private": lambda r: r.reply(302, Location=f"http://127.0.0.1:{r.server.port + 1}/"),
    "/to-metadata": lambda r: r.reply(302, Location="http://169.254.169.254/latest/meta-data/"),
    "/to-file": lambda r: r.reply(302, Location="file:///etc/passwd"),
    "/to-nowhere": lambda r: r.reply(302, Location="-"),
    "/to-missing-host": lambda r: r.reply(302, Location="http://no-such-host.invalid/x"),
    "/login": lambda r: r.reply(200, LOGIN, Content_Type="text/html; charset=utf-8"),
    "/f5": lambda r: r.reply(200, F5, Content_Type="text/html"),
    "/waf-403": lambda r: r.reply(403, F5, Content_Type="text/html"),
    "/challenge": lambda r: r.reply(503, b"<html><title>Just a moment...</title></html>", Cf_Mitigated="challenge"),
    "/406": lambda r: r.reply(406, b"Not acceptable"),
    "/403": lambda r: r.reply(403, b"no"),
    "/401": lambda r: r.reply(401, b"who are you"),
    "/404": lambda r: r.reply(404, b"no"),
    "/410": lambda r: r.reply(410, b"no"),
    "/400": lambda r: r.reply(400, b"no"),
    "/500": lambda r: r.reply(500, b"no"),
    "/503": lambda r: r.reply(503, b"no"),
    "/999": lambda r: r.reply(999, b"no"),
    "/429": lambda r: r.reply(429, b"later"),
    "/429-for-long": lambda r: r.reply(429, b"later", Retry_After="3600"),
    "/busy": _busy,
    "/conditional": _conditional,
    "/big5-as-utf8": lambda r: r.reply(200, CSV.decode().encode("big5"), Content_Type="text/csv; charset=utf-8"),
    "/bom-keys.json": lambda r: r.reply(200, '\ufeff[{"\ufeff測站":"板橋","數值":1}]'.encode(), Content_Type="application/json"),
    "/named": lambda r: r.reply(200, CSV, Content_Disposition="attachment; filename*=UTF-8''%E8%B3%87%E6%96%99.csv"),
    "/openapi.json": lambda r: r.reply(200, b'{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{}}'),
}


class HostileServer:
    """The server, with `tls` over it. `robots` is its answer for robots.txt, `paths` counts what was asked for."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.closing = threading.Event()
        self.robots: tuple[int, bytes] = (404, b"")
        self.paths: list[str] = []
        self.agents: set[str] = set()
        self.conditions: list[dict[str, str]] = []
        self.asked = self.open = self.most_open = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def work(self, seconds: float) -> None:
        """Take so long for an answer; `most_open` is how many did at a time, none counted once it is being sent."""
        with self._lock:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        time.sleep(seconds)
        with self._lock:
            self.open -= 1

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.settimeout(30)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65_536)
                if not part:
                    return
                head += part
                if head.startswith(b"\x16"):
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
            request = Request(connection, head.partition(b"\r\n\r\n")[0], self)
            with self._lock:
                self.paths.append(request.path)
                self.agents.add(request.headers.get("user-agent", ""))
            BEHAVIOURS.get(request.path.partition("?")[0], lambda r: r.reply(404, b""))(request)
        connection.close()


class Certificates:
    """An authority made for the tests, and server contexts with certificates right and wrong."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))

    @staticmethod
    def _context(certificate: trustme.LeafCert, chain: bool = True) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if chain:
            certificate.configure_cert(context)
        else:
            with certificate.private_key_and_cert_chain_pem.tempfile() as file:
                text = Path(file).read_text(encoding="ascii")
                end = "-----END CERTIFICATE-----"
                Path(file).write_text(text[: text.index(end) + len(end)] + "\n", encoding="ascii")
                context.load_cert_chain(file)
        return context

    def good(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert("localhost", "127.0.0.1"))

    def expired(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert("localhost", "127.0.0.1", not_before=datetime.now(UTC) - timedelta(days=9),
                                                       not_after=datetime.now(UTC) - timedelta(days=1)))

    def other_host(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert("other.example"))

    def chain_cut(self) -> ssl.SSLContext:
        """The leaf of an intermediate authority, which the server does not send."""
        return self._context(self.authority.create_child_ca().issue_cert("localhost", "127.0.0.1"), chain=False)

    def self_signed(self) -> ssl.SSLContext:
        """A chain that ends in a root nobody trusts, sent along."""
        stranger = trustme.CA()
        leaf = stranger.issue_cert("localhost", "127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        both = leaf.private_key_and_cert_chain_pem.bytes() + stranger.cert_pem.bytes()
        with trustme.Blob(both).tempfile() as file:
            context.load_cert_chain(file)
        return context

    def outdated(self) -> ssl.SSLContext:
        """A server that speaks no version of TLS a browser still takes."""
        context = self.good()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        return context
