"""Checking a stranger's file in a process of its own: nothing of it is read here, and nothing of it is kept."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import odlinked
from odlinked.cage import limits, pipes
from odlinked.errors import OdlinkedError
from odlinked.settings import ReadSettings, Settings
from odlinked.validation import worker
from odlinked.validation.worker import ANSWER, INPUT, MENDED, PAGE, WORKBOOK, CheckTask

__all__ = ["PAGE", "WORKBOOK", "CheckedUpload", "NotChecked", "Upload", "check"]

_ROOM: Final = Path(worker.__file__)
_MOST_ROWS: Final = 100_000
_UNPACKED: Final = 10
"""How many times the largest upload a file may be when it is unpacked."""

_LONGEST_NAME: Final = 80
_KEPT: Final = frozenset(" ._-()（）")
_OTHER: Final = "file"


class NotChecked(OdlinkedError):
    """A file could not be checked. `reason` is "time", "memory", "result" (too much to answer), "refused" (the file cannot be
    read, is on no known form), "full" (the server's disk is) or "broken". `said` is why, by language."""

    def __init__(self, reason: str, said: dict[str, str] | None = None) -> None:
        self.reason, self.said = reason, said or {}
        super().__init__(self.said.get("en") or f"it could not be checked ({reason})", doing="checking")


@dataclass(frozen=True)
class Upload:
    """A file as it was sent: its name, made harmless, and its bytes."""

    name: str
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, content: bytes) -> Upload:
        """Return an upload under the last part of a name, without what a file system or a terminal could take for its own."""
        last = name.replace("\\", "/").rpartition("/")[2]
        plain = "".join(c if c.isalnum() or c in _KEPT else "_" for c in last).strip(" .")
        stem, dot, suffix = plain.rpartition(".")
        if dot and len(suffix) <= 8:
            return cls(f"{(stem or _OTHER)[:_LONGEST_NAME]}.{suffix}", content)
        return cls(plain[:_LONGEST_NAME] or _OTHER, content)


@dataclass(frozen=True)
class CheckedUpload:
    """What came of a check: the `report` in the style asked for, or what a page shows (`page`), the marked `workbook`, and for a
    page the file in which so many `cells` are `mended` with certainty, its name ending in `suffix`; in an .xlsx the others are
    marked.

    `workbook` is empty where the file cannot carry marks: `unmarked` says why, by language.
    """

    conforms: bool
    report: bytes = b""
    page: dict[str, Any] = field(default_factory=dict)
    workbook: bytes = b""
    mended: bytes = b""
    cells: int = 0
    suffix: str = ""
    unmarked: dict[str, str] = field(default_factory=dict)


def check(upload: Upload, wanted: str, language: str, settings: Settings,
          abortable: Callable[[Callable[[], object]], AbstractContextManager[None]]) -> CheckedUpload:
    """Check an upload; raise `NotChecked` where that was not possible.

    `wanted` is `PAGE`, `WORKBOOK` or a style of report. `abortable` is entered with a function that ends the process, to be
    called where nobody waits for the answer any more. The limits are those of `serve.upload_*`.
    """
    if sys.platform == "win32":
        raise NotChecked("broken", "Windows has no limits for a process that could be used here")
    caps = settings.serve
    with tempfile.TemporaryDirectory(prefix="odlinked-check-", ignore_cleanup_errors=True) as folder:
        inner = Path(folder, INPUT)
        inner.mkdir(mode=0o700)
        (inner / upload.name).write_bytes(upload.content)
        task = CheckTask(upload.name, wanted, language, _bounded(settings), caps.upload_memory_mb << 20, caps.upload_seconds,
                         caps.upload_mb * _UNPACKED << 20)
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_ROOM), str(Path(odlinked.__file__).parents[1])], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, start_new_session=True,
            env={**limits.environment(), "TMPDIR": folder, "LANG": "C.UTF-8"})
        limits.give_way(process.pid)
        try:
            with abortable(process.kill):
                _send(process, task)
                is_done = _told(process, caps.upload_seconds)
            return _answered(Path(folder), task.result, 0 if is_done else process.wait())
        finally:
            # Before the process ends, which would remove it if this one were killed here.
            shutil.rmtree(folder, ignore_errors=True)
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(OSError):
                        stream.close()


def _bounded(settings: Settings) -> Settings:
    """Return the settings with the limits of uploads on what is read, and one process."""
    most = settings.serve.upload_mb * _UNPACKED << 20
    read = ReadSettings(min(most, settings.read.max_bytes), min(_MOST_ROWS, settings.read.max_rows), settings.read.max_columns,
                        settings.read.max_ratio)
    return replace(settings, read=read, publish=replace(settings.publish, workers=1), folder=settings.folder.resolve())


def _send(process: subprocess.Popen[bytes], task: CheckTask) -> None:
    """Send the task; standard input stays open, so that the process knows that this one lives."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    with suppress(BrokenPipeError):
        pipes.send(process.stdin.fileno(), pickle.dumps(tuple(task)))


def _told(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until the process says that its answer is there, or has ended; raise `NotChecked` after so many seconds."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    try:
        pipes.exactly(process.stdout.fileno(), 1, time.monotonic() + seconds)
    except TimeoutError as problem:
        raise NotChecked("time") from problem
    except BrokenPipeError:
        return False
    return True


def _answered(folder: Path, most: int, code: int) -> CheckedUpload:
    try:
        told = json.loads(_read(folder / ANSWER, most))
    except (OSError, ValueError) as problem:
        # More processor time or a larger file than allowed, or the kernel or the allocator had no memory.
        ended: dict[int, str] = {-signal.SIGXCPU: "time", -signal.SIGXFSZ: "result", -signal.SIGKILL: "memory",
                                 -signal.SIGABRT: "memory", worker.NO_ROOM: "full"}
        raise NotChecked(ended.get(code, "broken")) from problem
    if "refused" in told:
        raise NotChecked("refused", dict(told["refused"]))
    if "failed" in told:
        raise NotChecked(str(told["failed"]))
    page = told.get("page", {})
    report, workbook, mended = (
        _read(folder / name, most) if key in told else b""
        for key, name in (("report", "report"), ("workbook", "marked.xlsx"), ("mended", MENDED)))
    return CheckedUpload(bool(told.get("conforms", page.get("conforms"))), report, page, workbook, mended,
                         int(told.get("mended", 0)), str(told.get("suffix", "")), dict(told.get("unmarked", {})))


def _read(path: Path, most: int) -> bytes:
    """Read a file that the process wrote; raise `OSError` for one that is a link, or larger than it may be."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError("it is larger than it may be")
    return data
