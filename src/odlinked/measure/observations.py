"""What is known of datasets in addition to their records: observations from the notebook of visits, records of cost and feedback,
and the stars of published rows."""

from __future__ import annotations

import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.statements import ntriples
from odlinked.kinds import Kind
from odlinked.namespaces import DCTERMS, ODL, SCHEMA

_ABOUT = f" <{SCHEMA}about> <".encode()
_PART = f" <{DCTERMS}isPartOf> <".encode()
_STARS = tuple(f" <{name}> ".encode() for name in (DCTERMS + "isPartOf", ODL + "rowAddresses", ODL + "rowLinks"))
"""What a measurement reads of published rows."""


class Observed:
    """The last observations of all datasets; without a notebook there are none. With `until` only those made before it."""

    def __init__(self, notebook: Notebook | None, until: datetime | None = None) -> None:
        self._notebook, self._until = notebook, until
        self._marks = dict(_marks(notebook)) if notebook else {}

    def mark(self, dataset: str) -> bytes:
        """Return a hash that changes with any observation of a dataset, b"" where there is none."""
        return self._marks.get(dataset, b"") + (self._until.isoformat().encode() if self._until else b"")

    def text(self, dataset: str, quality: str) -> bytes:
        """Return the observations of a dataset's distributions as N-Triples under the IRI of its quality document."""
        if self._notebook is None or dataset not in self._marks:
            return b""
        found = [one for one in self._notebook.under(f"{dataset}#") if self._until is None or one.ended < self._until]
        return b"".join(ntriples(one, f"{quality}#visit-{one.distribution.rpartition('#')[2]}") for one in found)


class RelatedRecords:
    """The documents of other records about datasets, of the kinds that concern their quality."""

    def __init__(self, archive: Archive, entries: Mapping[str, Entry], base: str) -> None:
        kinds = tuple(kind.prefix(base) for kind in (Kind.COST, Kind.FEEDBACK))
        rows = Kind.ROWS.prefix(base)
        tables = [entry.hash for iri, entry in entries.items() if iri.startswith(rows) and entry.state == "live"]
        living = [entry.hash for iri, entry in entries.items() if iri.startswith(kinds) and entry.state == "live"]
        self._found: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
        for digest, text in archive.texts(living):
            for line in text.split(b"\n"):
                if _ABOUT in line:
                    dataset = line.split(_ABOUT, 1)[1].split(b">", 1)[0].decode()
                    self._found[dataset].append((digest, text))
        for digest, text in archive.texts(tables):
            stars = row_stars(text)
            for line in stars.splitlines():
                if _PART in line:
                    self._found[line.split(_PART, 1)[1].split(b">", 1)[0].decode()].append((digest, stars))

    def mark(self, dataset: str) -> bytes:
        """Return a hash that changes with any statement about a dataset, b"" where there is none."""
        return b"".join(sorted(digest for digest, _ in self._found.get(dataset, ())))

    def text(self, dataset: str) -> bytes:
        """Return the statements about a dataset, as N-Triples."""
        return b"".join(text for _, text in sorted(self._found.get(dataset, ())))


def row_stars(document: bytes) -> bytes:
    """Return of the document of a table (N-Triples) what its dataset is measured by: that it is of it, and the answers about its
    stars; b"" where these were never measured."""
    lines = [line for line in document.splitlines(keepends=True) if b"#" not in line.split(b" ", 1)[0]
             and any(one in line for one in _STARS)]
    return b"".join(lines) if len(lines) > 1 else b""


def _marks(notebook: Notebook) -> Iterator[tuple[str, bytes]]:
    for dataset, times in groupby(notebook.times(), key=lambda pair: pair[0].split("#", 1)[0]):
        yield dataset, hashlib.blake2b(repr(list(times)).encode(), digest_size=16).digest()


@contextlib.contextmanager
def observations(workspace: Workspace, until: datetime | None = None) -> Iterator[Observed]:
    """Open the observations of a workspace's datasets, with `until` those before that moment."""
    path = workspace.root / FILE
    if not path.is_file():
        yield Observed(None)
        return
    notebook = Notebook(path, read_only=True)
    try:
        yield Observed(notebook, until)
    finally:
        notebook.close()
