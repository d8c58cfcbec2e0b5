"""Pages of RDF in any syntax that `hydra:next` leads through."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.graphs.containment import TYPE, statement
from odlinked.graphs.terms import RELATIVE, as_written
from odlinked.harvesting.endpoint import catalogue_address
from odlinked.harvesting.pages import PageTold, SourcePages
from odlinked.namespaces import DCAT, HYDRA
from odlinked.rdf import ntriples

_NEXT: Final = tuple(f" <{HYDRA}{name}> ".encode() for name in ("next", "nextPage"))
_RELATIVE: Final = re.compile(RELATIVE + rb"[^>]*>")
_RECORD: Final = tuple(b" %b <%b%b> ." % (TYPE, DCAT.encode(), name) for name in (b"Dataset", b"DatasetSeries", b"DataService"))


class LinkedPages(SourcePages):
    """The pages of a catalogue in RDF."""

    def page(self, path: Path, url: str) -> PageTold:
        """Read a page; it leads to what `hydra:next` names."""
        lines = self._taken(path, url)
        ends = [statement(line).object for line in lines if any(mark in line for mark in _NEXT)]
        return PageTold(sorted({ntriples.term(end.decode()).value for end in ends}))

    def _taken(self, path: Path, url: str) -> list[bytes]:
        ntriples_ = graphs.read(path, self.caps, url).ntriples
        lines = ntriples_.split(b"\n")[:-1]
        if RELATIVE in ntriples_:
            lines = [_RELATIVE.sub(lambda found: _resolved(found, url), line) if RELATIVE in line else line for line in lines]
        self.graph.add(lines)
        return lines


class EndpointPages(LinkedPages):
    """The catalogue in a SPARQL endpoint, asked for in pages: each begins behind the last record of the one before."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._last = ""

    def start(self) -> list[str]:
        """Return the address of the first page."""
        return [catalogue_address(self.assets, self.address)]

    def page(self, path: Path, url: str) -> PageTold:
        """Read a page; one in which no record follows those before is the last."""
        marks = (line.split(b" ", 1)[0][1:-1].decode() for line in self._taken(path, url) if line.endswith(_RECORD))
        behind = max(marks, default="")
        if behind <= self._last:
            return PageTold()
        self._last = behind
        return PageTold([catalogue_address(self.assets, self.address, ntriples.unescape(behind))])


def _resolved(found: re.Match[bytes], url: str) -> bytes:
    """Return an address that was relative against that of its page (RFC 3986, section 5.1.3)."""
    written = as_written(found[0][1:-1].decode())
    return ntriples.iri(urljoin(url, "" if written == "<>" else written)).encode()
