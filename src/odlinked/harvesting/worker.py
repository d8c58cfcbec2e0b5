"""The process that reads what a source sends: its pages in, one file of records out; then it ends.

Run by path (`python -I -B worker.py SOURCE`, see `odlinked.harvesting.reading`) in a folder of its own, the only one it may write
to. Requests are lines of JSON on standard input, answers lines on standard output; when its input closes, it ends.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])

from odlinked.assets import Assets
from odlinked.cage import limits
from odlinked.cage.confinement import confine
from odlinked.errors import OdlinkedError
from odlinked.graphs import records
from odlinked.harvesting.ckan_pages import CkanPages
from odlinked.harvesting.event_stream import EventStreamPages
from odlinked.harvesting.linked_pages import EndpointPages, LinkedPages
from odlinked.harvesting.list_pages import ListPages
from odlinked.harvesting.pages import SourcePages

RECORDS: Final = "records"
"""The file, in the process's own folder, of the records that were read."""

DESCRIPTORS: Final = 64
KINDS: Final[dict[str, type[SourcePages]]] = {
    "dcat": LinkedPages, "odlinked": LinkedPages, "sparql": EndpointPages, "ckan": CkanPages, "ldes": EventStreamPages,
    "national": ListPages}
"""What each kind of source is read by."""


class PageReader:
    """Reads the pages of one source, one after the other."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._pages = KINDS[str(task["kind"])](task, Assets(tuple(map(Path, task["overlays"]))))

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request: where to begin, a page to read, or to write the records of all of them."""
        if "page" in request:
            part = Path(request["part"]) if request["part"] else None
            return asdict(self._pages.page(Path(request["page"]), request["url"], part))
        if "start" in request:
            return {"next": self._pages.start()}
        return self._records()

    def _records(self) -> dict[str, Any]:
        if isinstance(self._pages, ListPages):
            return self._pages.write(Path(RECORDS))
        count = records.write(Path(RECORDS), self._pages.records())
        return {"records": count, **self._pages.told(), "entry": self._pages.entry(), "parts": self._pages.write_parts(Path())}


def _answered(reader: PageReader, line: bytes) -> dict[str, Any]:
    try:
        return reader.answer(json.loads(line))
    except OdlinkedError as problem:
        return {"why": problem.why, "next_step": problem.next_step}
    except RecursionError:
        return {"why": "it is nested too deeply", "next_step": ""}
    except MemoryError:
        return {"failed": "memory"}
    except OSError as problem:
        return {"failed": "result" if problem.errno == errno.EFBIG else "broken"}


def main() -> None:
    """Take the task, then requests, until there are no more."""
    folder = os.path.realpath(os.getcwd())
    task = json.loads(sys.stdin.buffer.readline())
    limits.hold(task["memory"], task["written"], DESCRIPTORS)
    limits.processor(task["seconds"])
    confine(folder)
    reader = PageReader(task)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(_answered(reader, line)).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
