"""Reading what a source sends in a process of its own, within limits: nothing of it is parsed here."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import odlinked
from odlinked.cage import limits
from odlinked.errors import InputError
from odlinked.harvesting import worker
from odlinked.settings import Settings

MEMORY: Final = 1 << 30
"""Most bytes of memory that reading a source may take."""

SECONDS: Final = 600
"""Most seconds of processor time."""

WRITTEN: Final = 1 << 30
_WAIT: Final = 900.0
_LONGEST: Final = 1 << 20
_ROOM: Final = Path(worker.__file__)
_ENDED: Final = {signal.SIGXCPU: "time", signal.SIGKILL: "memory", signal.SIGABRT: "memory", signal.SIGSEGV: "memory",
                 signal.SIGXFSZ: "result"}
_WHY: Final = {"time": "reading it takes longer than it may", "memory": "reading it takes more memory than it may",
               "result": "there is more in it than may be", "broken": "the process that reads it ended"}


class CagedReader(AbstractContextManager["CagedReader"]):
    """A process that reads the pages of a source, by its name, kind and address."""

    def __init__(self, source: str, kind: str, address: str, settings: Settings) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="odlinked-harvest-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_ROOM), str(Path(odlinked.__file__).parents[1])], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.folder, start_new_session=True,
            env={**limits.environment(), "TMPDIR": str(self.folder), "LANG": "C.UTF-8"})
        self._send({"source": source, "kind": kind, "address": address,
                    "overlays": [str(path.resolve()) for path in settings.overlays],
                    "max_bytes": settings.read.max_bytes, "memory": MEMORY, "seconds": SECONDS, "written": WRITTEN})

    def __exit__(self, _type: type[BaseException] | None, _problem: BaseException | None, _at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self._folder.cleanup()

    def start(self, source: str) -> dict[str, Any]:
        """Return where a run starts that knows nothing of the source, and whether its pages are a chain."""
        return self._asked({"start": True}, source)

    def page(self, path: Path, url: str, part: Path | None = None) -> dict[str, Any]:
        """Read a page, a file in the reader's folder, that came from `url`; `part` is one with what was made of it before.

        Raise `InputError` where that is not possible.
        """
        return self._asked({"page": path.name, "url": url, "part": part.name if part else ""}, url)

    def records(self, source: str) -> tuple[Path, dict[str, Any]]:
        """Return the file of the records of all pages, and what was found beside them."""
        told = self._asked({"records": True}, source)
        return self.folder / worker.RECORDS, told

    def _asked(self, request: dict[str, Any], on: str) -> dict[str, Any]:
        self._send(request)
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        ready = select.select([self._process.stdout], [], [], _WAIT)[0]
        line = self._process.stdout.readline(_LONGEST) if ready else b""
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            self._process.kill()
            code = self._process.wait()
            ended = _ENDED.get(signal.Signals(-code), "broken") if code < 0 else "broken"
            told = {"failed": ended if ready else "time"}
        if "failed" in told or "why" in told:
            raise InputError(f"it cannot be read: {told.get('why') or _WHY[told['failed']]}", doing="harvesting", on=on[:200],
                             next_step=str(told.get("next_step", "")))
        return told

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
