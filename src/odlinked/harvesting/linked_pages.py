"""Pages of RDF in any syntax that `hydra:next` leads through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.graphs.containment import TYPE, Containment, statement
from odlinked.graphs.records import HERE
from odlinked.graphs.terms import RELATIVE, as_written
from odlinked.harvesting.endpoint import behind, catalogue_address
from odlinked.harvesting.pages import PageTold, SourcePages
from odlinked.harvesting.parts import EDITION as PARTS_EDITION
from odlinked.harvesting.parts import PagePart, PageParts
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, HYDRA, VOID
from odlinked.rdf import ntriples

_HYDRA: Final = HYDRA.encode()
_NEXT: Final = tuple(f" <{HYDRA}{name}> ".encode() for name in ("next", "nextPage"))
_DIGITS: Final = 9
"""Most digits of how many members a catalogue has."""

_CATALOGUED: Final = tuple(f'[["{kind.iri(HERE, "")}'.encode() for kind in (Kind.DATASET, Kind.SERIES, Kind.SERVICE))
_RELATIVE: Final = re.compile(RELATIVE + rb"[^>]*>")
_TOTAL: Final = f" <{HYDRA}totalItems> ".encode()
_TRIPLES: Final = f" <{VOID}triples> ".encode()
_RECORD: Final = tuple(b" %b <%b%b> ." % (TYPE, DCAT.encode(), name) for name in (b"Dataset", b"DatasetSeries", b"DataService"))


class LinkedPages(SourcePages):
    """The pages of a catalogue in RDF. What was made of a page before is taken as it is where nothing that it needs differs."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._parts = PageParts(self.separation)
        self._catalogued = 0
        self._edition = PARTS_EDITION + Containment.of(assets).digest + repr((self.source, self.trusted))

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a page; it leads to what `hydra:next` names."""
        made = PagePart.read(part, self._edition) if part else None
        if made is None:
            lines = self._read(path, url)
            made = PagePart.of(self._onward(lines, url), lines, len(self._parts.parts), _announced(lines))
        self._parts.parts.append(made)
        return PageTold(made.next)

    def records(self) -> Iterator[bytes]:
        """Yield the lines of the records of all pages."""
        for line in self._parts.made():
            self._catalogued += line.startswith(_CATALOGUED)
            yield line

    def told(self) -> dict[str, Any]:
        """Return what was found beside the records, how many are datasets, series and services, and how many there should be."""
        announced = max((part.announced for part in self._parts.parts), default=0)
        return {**self._parts.told(), "announced": announced, "catalogued": self._catalogued}

    def write_parts(self, folder: Path) -> dict[int, str]:
        """Write what was made of the pages that were read."""
        written = {}
        for number, part in enumerate(self._parts.parts):
            if part.is_new:
                written[number] = f"made-{number}"
                part.write(folder / written[number], self._edition)
        return written

    def _onward(self, lines: list[bytes], url: str) -> list[str]:
        """Return where a page leads; CKAN's own feed names the next page in a text."""
        ends = [statement(line).object for line in lines if _HYDRA in line and any(mark in line for mark in _NEXT)]
        return sorted({urljoin(url, ntriples.term(end.decode()).value) for end in ends})

    def _read(self, path: Path, url: str) -> list[bytes]:
        return [_RELATIVE.sub(lambda found: _resolved(found, url), line) if RELATIVE in line else line
                for line in graphs.statements(path, self.caps, url)]


class EndpointPages(LinkedPages):
    """The catalogue in a SPARQL endpoint, asked for in pages: each begins behind the last record of the one before."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._last = ""

    def start(self) -> list[str]:
        """Return the address of the first page."""
        return [catalogue_address(self.assets, self.address)]

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a page; it leads to what begins behind its last record."""
        told = super().page(path, url, part)
        self._last = behind(told.next[0]) if told.next else self._last
        return told

    def _onward(self, lines: list[bytes], url: str) -> list[str]:
        """Return the address behind the last record; a page in which no record follows those before is the last."""
        marks = (ntriples.unescape(line.split(b" ", 1)[0][1:-1].decode()) for line in lines if line.endswith(_RECORD))
        last = max(marks, default="")
        return [catalogue_address(self.assets, self.address, last)] if last > self._last else []


def _announced(lines: list[bytes]) -> int:
    """Return how many members the catalogue has in all, as a page says; 0 where it does not, or says what is no number.

    A Triple Pattern Fragment counts its triples by the same word, and says so by another one (void:triples).
    """
    if any(_TRIPLES in line for line in lines):
        return 0
    ends = [ntriples.term(statement(line).object.decode()).value for line in lines if _TOTAL in line]
    return max((int(end) for end in ends if end.isascii() and end.isdigit() and len(end) <= _DIGITS), default=0)


def _resolved(found: re.Match[bytes], url: str) -> bytes:
    """Return an address that was relative against that of its page (RFC 3986, section 5.1.3)."""
    written = as_written(found[0][1:-1].decode())
    return ntriples.iri(urljoin(url, "" if written == "<>" else written)).encode()
