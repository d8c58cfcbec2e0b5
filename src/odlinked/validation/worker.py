"""The process that checks a stranger's file: one file, then it ends.

Run by path (`python -I -B worker.py SOURCE`, see `odlinked.validation.process`) in a folder of its own, the only one it may write
to. What to do comes through standard input, which stays open while the server lives: when it closes, this process removes
its folder and ends. The answer is `answer.json` and the files it names; that they are there is told by a byte on standard output,
and this process stays until the server has read them, so that at no moment nobody is left to remove the folder. Readers and rules
need files, so that unlike a query's process this one can open some; no module of it may reach the network or start a program.
"""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])

import json

from odlinked import graphs as rdf
from odlinked.assets import Assets
from odlinked.cage import limits
from odlinked.cage.confinement import confine
from odlinked.cage.worker import DISK_FULL
from odlinked.errors import InputError, OdlinkedError
from odlinked.quality import reports
from odlinked.quality.report import Report
from odlinked.quality.shapes import LANGUAGES
from odlinked.settings import Settings
from odlinked.validation import graphs, inventories, marked, mending, refusals
from odlinked.validation.refusals import Refusals

ANSWER: Final = "answer.json"
MENDED: Final = "mended"
INPUT: Final = "input"
"""The folder, in the process's own, of the file to check."""

PAGE: Final = "page"
WORKBOOK: Final = "xlsx"
"""What can be wanted besides the styles of `odlinked.quality.reports`: what a page shows, and the marked workbook."""

SHOWN: Final = 1_000
"""Most findings that are shown on a page; the marked workbook and the other formats have all."""

_BEGUN: Final = time.monotonic()
_SHARE: Final = 0.4
"""The part of its time after which a check no longer makes the workbook with repairs: what was found goes first."""

NO_ROOM: Final = 28
"""The exit code where the disk has no room even for saying so."""

_DESCRIPTORS: Final = 64
class CheckTask(NamedTuple):
    """What the server wants of the file `name`: `PAGE`, `WORKBOOK` or a style of report, in a language.

    `memory` bytes may be used in addition to those of the started process, `seconds` of processor time; each file of the answer
    may have `result` bytes.
    """

    name: str
    wanted: str
    language: str
    settings: Settings
    memory: int
    seconds: int
    result: int


def answer(task: CheckTask, file: Path, folder: Path) -> dict[str, Any]:
    """Check a file and write what is wanted into a folder; return the content of `answer.json`."""
    try:
        is_graph = graphs.all_graphs([file])
        check = _graph if is_graph else _inventory
        report, notes = check(file, task.settings)
        if task.wanted == WORKBOOK:
            return _marked(report, file, task, folder) | {"conforms": report.conforms}
        if task.wanted != PAGE:
            (folder / "report").write_text(reports.write(task.wanted, report, task.language), encoding="utf-8", newline="")
            return {"report": "report", "conforms": report.conforms}
        return {"page": shown(report, notes, _words(task))} | _marked(report, file, task, folder)
    except OdlinkedError as problem:
        if failed(problem) == "full":
            raise
        return {"refused": _words(task).refusal(problem)}
    except RecursionError:
        return {"refused": _words(task).refusal(InputError("the file is nested too deeply", doing="reading", on=task.name))}


def _words(task: CheckTask) -> Refusals:
    return refusals.load(Assets(task.settings.overlays))


def _inventory(file: Path, settings: Settings) -> tuple[Report, list[str]]:
    return inventories.check([file], None, None, settings, _silently)


def _graph(file: Path, settings: Settings) -> tuple[Report, list[str]]:
    return graphs.check([file], None, settings, _silently)


def _silently(_stage: str, _done: int) -> None:
    """Tell no progress."""


def _marked(report: Report, file: Path, task: CheckTask, folder: Path) -> dict[str, Any]:
    """Write the marked workbook, or say why where the file is one that cannot carry marks; and for a page the mended file."""
    if rdf.detect_format(file) is not None:
        return {"unmarked": _words(task).told("an RDF file has no cells to mark")}
    told: dict[str, Any] = {"workbook": "marked.xlsx"}
    try:
        with (folder / "marked.xlsx").open("wb") as target:
            marked.write(report, file, task.name, target, task.language, task.settings.read)
    except InputError as problem:
        if failed(problem) == "full":
            raise
        words = _words(task)
        told = {"unmarked": words.refusal(problem) if marked.has_cells(file, task.name) else words.told(problem.why)}
    is_late = time.monotonic() - _BEGUN > task.seconds * _SHARE
    if task.wanted != PAGE or is_late or not any(one.certain for one in report.findings):
        return told
    return told | _mended(report, file, task, folder)


def _mended(report: Report, file: Path, task: CheckTask, folder: Path) -> dict[str, Any]:
    """Write the file with its certain repairs; a workbook has marks for the rest, where what is given back is one."""
    suffix = marked.given_back(file, task.name)
    if suffix != ".xlsx":
        try:
            done = mending.mend(report, file, task.name, folder / f"{MENDED}{suffix}", task.language, task.settings)
        except InputError as problem:
            if failed(problem) == "full":
                raise
            return {}  # as for one that was too large: the page says that there is none
        if done.written:
            (folder / f"{MENDED}{suffix}").replace(folder / MENDED)
    else:
        with (folder / MENDED).open("wb") as target:
            done = marked.mend_and_mark(report, file, task.name, target, task.language, task.settings.read)
    return {"mended": done.cells, "suffix": suffix} if done.written else {}


def shown(report: Report, notes: list[str], words: Refusals) -> dict[str, Any]:
    """Return what a page shows of a report: counts of all findings, and the first of them in every language."""
    found = report.findings
    rows = {(one.sheet, one.row) for one in found if one.row}
    places = {(one.sheet, one.row, one.column, one.node) for one in found}
    return {
        "conforms": report.conforms, "unjudged": [words.told(why) for why in report.unjudged.values()],
        "notes": [words.told(note) for note in notes], "total": len(found),
        "records": sum(table.records for table in report.checked), "rows": len(rows), "places": len(places),
        "counts": {severity: report.count(severity) for severity in ("Violation", "Warning", "Info")},
        "certain": sum(one.certain is not None for one in found),
        "tables": [{"sheet": table.sheet, "form": table.form, "records": table.records, "nodes": table.nodes}
                   for table in report.checked],
        "findings": [{language: one.as_json(language) for language in LANGUAGES} for one in found[:SHOWN]],
    }


def _end_with_server(folder: str) -> None:
    """Wait until the server is gone; leave nothing of the file behind."""
    while os.read(0, 1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _exactly(size: int, folder: str) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(0, size - len(parts))
        if not part:
            _end_with_server(folder)
        parts += part
    return bytes(parts)


def _said() -> int:
    """Return where to say that the answer is there, and from now on drop what libraries print."""
    said = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return said


def main() -> None:
    """Do the one task that the server sends: its length in four bytes, little-endian, and the task."""
    folder, said = os.path.realpath(os.getcwd()), _said()
    size = int.from_bytes(_exactly(4, folder), "little")
    task: CheckTask = CheckTask(*pickle.loads(_exactly(size, folder)))  # noqa: S301 - our own server's
    threading.Thread(target=_end_with_server, args=(folder,), daemon=True).start()
    limits.hold(task.memory, task.result, _DESCRIPTORS)
    limits.processor(task.seconds)
    confine(folder)
    os.chdir(INPUT)  # the report names the file as its sender does, without a folder
    try:
        told = answer(task, Path(task.name), Path(folder))
    except Exception as problem:
        told = {"failed": failed(problem)}
    part = Path(folder, f"{ANSWER}.part")
    try:
        part.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    except OSError as problem:
        os._exit(NO_ROOM if failed(problem) == "full" else 1)
    part.replace(Path(folder, ANSWER))
    os.write(said, b".")
    threading.Event().wait()  # until the server ends this process, or is gone


def failed(problem: BaseException) -> str:
    """Return why a check could not be done: the reason of a `NotChecked`, also where a library raised another exception of it."""
    found: BaseException | None = problem
    while found is not None:
        if isinstance(found, MemoryError):
            return "memory"
        if isinstance(found, OSError) and found.errno in (errno.EFBIG, *DISK_FULL):
            return "result" if found.errno == errno.EFBIG else "full"
        found = found.__cause__ or found.__context__
    return "broken"


if __name__ == "__main__":
    main()
