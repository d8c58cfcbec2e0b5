"""The process that reads what a source sends: pages of RDF in, one file of records out; then it ends.

Run by path (`python -I -B worker.py SOURCE`, see `odlinked.harvesting.reading`) in a folder of its own, the only one it may write
to. Requests are lines of JSON on standard input, answers lines on standard output; when its input closes, it ends.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.cage import limits
from odlinked.cage.confinement import confine
from odlinked.errors import OdlinkedError
from odlinked.graphs import records
from odlinked.graphs.containment import SourceGraph, statement
from odlinked.graphs.separation import Separation
from odlinked.graphs.terms import RELATIVE, as_written
from odlinked.namespaces import HYDRA
from odlinked.rdf import ntriples
from odlinked.settings import ReadSettings

RECORDS: Final = "records"
"""The file, in the process's own folder, of the records that were read."""

DESCRIPTORS: Final = 64
_NEXT: Final = tuple(f" <{HYDRA}{name}> ".encode() for name in ("next", "nextPage"))
_TOTAL: Final = f" <{HYDRA}totalItems> ".encode()
_RELATIVE: Final = re.compile(RELATIVE + rb"[^>]*>")


class PageReader:
    """Reads the pages of one source, one after the other."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._source, self._trusted = str(task["source"]), bool(task["trusted"])
        self._assets = Assets(tuple(map(Path, task["overlays"])))
        self._caps = ReadSettings(max_bytes=int(task["max_bytes"]))
        self._graph = SourceGraph()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request: a page to read, or to write the records of all of them."""
        return self._page(request["page"], request["url"]) if "page" in request else self._records()

    def _page(self, name: str, url: str) -> dict[str, Any]:
        """Read a page; return the addresses of the next, and how many items the source says it has."""
        graph = graphs.read(Path(name), self._caps, url)
        lines = graph.ntriples.split(b"\n")[:-1]
        if RELATIVE in graph.ntriples:
            lines = [_RELATIVE.sub(lambda found: _resolved(found, url), line) if RELATIVE in line else line for line in lines]
        self._graph.add(lines)
        ends = [statement(line).object for line in lines if any(mark in line for mark in _NEXT)]
        totals = [statement(line).object for line in lines if _TOTAL in line]
        slips = dict.fromkeys(slip.rule for slip in graph.slips if slip.rule != "P83-relative-address")
        return {"next": sorted({ntriples.term(end.decode()).value for end in ends}), "slips": list(slips),
                "total": max((int(value) for one in totals if (value := ntriples.term(one.decode()).value).isdecimal()
                              and len(value) < 12), default=None), "statements": len(lines)}

    def _records(self) -> dict[str, Any]:
        separation = Separation(self._graph, self._source, self._assets, trusted=self._trusted)
        count = records.write(Path(RECORDS), separation.records())
        beside = separation.beside
        return {"records": count, "refused": dict(beside.refused), "absent": beside.absent, "absent_count": beside.absent_count,
                "strays": beside.strays, "claims": beside.claims}


def _resolved(found: re.Match[bytes], url: str) -> bytes:
    """Return an address that was relative against that of its page (RFC 3986, section 5.1.3)."""
    written = as_written(found[0][1:-1].decode())
    return ntriples.iri(urljoin(url, "" if written == "<>" else written)).encode()


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
