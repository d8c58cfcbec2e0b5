"""The hostile requests of `tests/cases/hostile`: read, spelled out, sent, and what is wrong with an answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, urlsplit

FOLDER = Path(__file__).parents[1] / "cases" / "hostile"
_REPEAT = re.compile(r"«([^»]*)»×(\d+)")
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


@dataclass(frozen=True)
class HostileRequest:
    """A request that means no good, and what may come of it."""

    kind: str
    name: str
    status: tuple[int, ...]
    query: str = ""
    method: str = "POST"
    path: str = "/sparql"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    told: str = ""

    def sent(self, mark: str = "") -> tuple[str, str, bytes | None, dict[str, str]]:
        """Return method, path, body and headers; `mark` makes a query differ from those sent before."""
        headers = {"Accept": "application/sparql-results+json, application/n-triples;q=0.9, */*;q=0.1"}
        if self.query:
            text = spelled(self.query) + (f"\n# {mark}" if mark else "")
            body = b"query=" + quote_from_bytes(text.encode()).encode()
            return "POST", self.path, body, {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        body_ = _BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), spelled(self.body).encode()) if self.body else None
        return self.method, spelled(self.path), body_, {**headers, **{name: spelled(text) for name, text in self.headers.items()}}


def spelled(text: str) -> str:
    """Return a text with its repetitions."""
    return _REPEAT.sub(lambda found: "".join(found[1].replace("№", str(place)) for place in range(int(found[2]))), text)


def load() -> list[HostileRequest]:
    """Return all of them, by kind."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for one in tomllib.loads(path.read_text(encoding="utf-8"))["request"]:
            facts = {key: tuple(value) if key in ("status", "code") else value for key, value in one.items()}
            found.append(HostileRequest(path.stem, **facts))
    return found


@dataclass(frozen=True)
class HostileAnswer:
    """What came of a request: status (0: it broke), size, start of the body, seconds, what is `wrong` ("": nothing)."""

    status: int
    size: int
    start: bytes
    seconds: float
    wrong: str


def send(url: str, request: HostileRequest, source: str = "127.0.0.1", mark: str = "", timeout: float = 60) -> HostileAnswer:
    """Send a request, read the answer to its end, and judge it."""
    parts = urlsplit(url)
    began = time.perf_counter()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout, source_address=(source, 0))
    status, size, start, whole = 0, 0, b"", True
    method, path, body, headers = request.sent(mark)
    content = ""
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a body that is not wanted: the answer is there
            connection.request(method, path, body, headers)
        response = connection.getresponse()
        status, content = response.status, response.getheader("Content-Type", "")
        start = response.read(1 << 16)
        size = len(start)
        while block := response.read(1 << 20):
            size += len(block)
        stated = response.getheader("Content-Length")
        whole = method == "HEAD" or stated is None or int(stated) == size
    except (OSError, http.client.HTTPException) as problem:
        whole = status == 0
        start = start or f"{type(problem).__name__}: {problem}".encode()
    finally:
        connection.close()
    seconds = time.perf_counter() - began
    return HostileAnswer(status, size, start, seconds, judged(request, status, start, content, whole=whole))


def judged(request: HostileRequest, status: int, start: bytes, content: str, *, whole: bool) -> str:
    """Return what is wrong with an answer; busy (503) is right at any time where it says so."""
    if not whole:
        return f"{status} with a body that breaks off"
    text = start.decode("utf-8", "replace")
    if status == 503 and '"busy"' in text:
        return ""
    if status not in request.status:
        return f"{status} instead of {' or '.join(map(str, request.status))}: {text[:200]!r}"
    if status < 400 or not request.code:
        return ""
    if content != "application/problem+json":
        return f"{status} without problem details: {text[:100]!r}"
    told = json.loads(text)
    if told["code"] not in request.code:
        return f"code {told['code']} instead of {' or '.join(request.code)}"
    if request.told and told["code"] == request.code[0] and request.told not in told["detail"]:
        return f"it does not say {request.told!r}: {told['detail']!r}"
    return ""
