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
from odlinked.graphs.terms import RELATIVE, as_written
from odlinked.harvesting.endpoint import catalogue_address
from odlinked.harvesting.pages import PageTold, SourcePages
from odlinked.harvesting.parts import EDITION as PARTS_EDITION
from odlinked.harvesting.parts import PagePart, PageParts
from odlinked.namespaces import DCAT, HYDRA
from odlinked.rdf import ntriples

_NEXT: Final = tuple(f" <{HYDRA}{name}> ".encode() for name in ("next", "nextPage"))
_RELATIVE: Final = re.compile(RELATIVE + rb"[^>]*>")
_RECORD: Final = tuple(b" %b <%b%b> ." % (TYPE, DCAT.encode(), name) for name in (b"Dataset", b"DatasetSeries", b"DataService"))


class LinkedPages(SourcePages):
    """The pages of a catalogue in RDF. What was made of a page before is taken as it is where nothing that it needs differs."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._parts = PageParts(self.separation)
        self._edition = PARTS_EDITION + Containment.of(assets).digest + repr((self.source, self.trusted))

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a page; it leads to what `hydra:next` names."""
        made = PagePart.read(part, self._edition) if part else None
        if made is None:
            lines = self._read(path, url)
            made = PagePart.of(self._onward(lines), lines, len(self._parts.parts))
        self._parts.parts.append(made)
        return PageTold(made.next)

    def records(self) -> Iterator[bytes]:
        """Yield the lines of the records of all pages."""
        return self._parts.made()

    def told(self) -> dict[str, Any]:
        """Return what was found beside the records."""
        return self._parts.told()

    def write_parts(self, folder: Path) -> dict[int, str]:
        """Write what was made of the pages that were read."""
        written = {}
        for number, part in enumerate(self._parts.parts):
            if part.is_new:
                written[number] = f"made-{number}"
                part.write(folder / written[number], self._edition)
        return written

    def _onward(self, lines: list[bytes]) -> list[str]:
        ends = [statement(line).object for line in lines if any(mark in line for mark in _NEXT)]
        return sorted({ntriples.term(end.decode()).value for end in ends})

    def _read(self, path: Path, url: str) -> list[bytes]:
        ntriples_ = graphs.read(path, self.caps, url).ntriples
        lines = ntriples_.split(b"\n")[:-1]
        if RELATIVE in ntriples_:
            lines = [_RELATIVE.sub(lambda found: _resolved(found, url), line) if RELATIVE in line else line for line in lines]
        return lines


class EndpointPages(LinkedPages):
    """The catalogue in a SPARQL endpoint, asked for in pages: each begins behind the last record of the one before."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._last = ""

    def start(self) -> list[str]:
        """Return the address of the first page."""
        return [catalogue_address(self.assets, self.address)]

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a page; where it leads depends on those before, so that it is always read."""
        return super().page(path, url)

    def _onward(self, lines: list[bytes]) -> list[str]:
        """Return the address behind the last record; a page in which no record follows those before is the last."""
        marks = (line.split(b" ", 1)[0][1:-1].decode() for line in lines if line.endswith(_RECORD))
        behind = max(marks, default="")
        if behind <= self._last:
            return []
        self._last = behind
        return [catalogue_address(self.assets, self.address, ntriples.unescape(behind))]


def _resolved(found: re.Match[bytes], url: str) -> bytes:
    """Return an address that was relative against that of its page (RFC 3986, section 5.1.3)."""
    written = as_written(found[0][1:-1].decode())
    return ntriples.iri(urljoin(url, "" if written == "<>" else written)).encode()
