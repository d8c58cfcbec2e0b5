"""What was observed of datasets, from the workspace's notebook of visits, as their quality documents hold it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from itertools import groupby

from odlinked.catalog.workspace import Workspace
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.statements import ntriples


class Observed:
    """The last observations of all datasets; without a notebook there are none."""

    def __init__(self, notebook: Notebook | None) -> None:
        self._notebook = notebook
        self._marks = dict(_marks(notebook)) if notebook else {}

    def mark(self, dataset: str) -> bytes:
        """Return a hash that differs where anything observed of a dataset differs, b"" where nothing was."""
        return self._marks.get(dataset, b"")

    def text(self, dataset: str, quality: str) -> bytes:
        """Return the observations of a dataset's distributions as N-Triples under the IRI of its quality document."""
        if self._notebook is None or dataset not in self._marks:
            return b""
        found = self._notebook.under(f"{dataset}#")
        return b"".join(ntriples(one, f"{quality}#visit-{one.distribution.rpartition('#')[2]}") for one in found)


def _marks(notebook: Notebook) -> Iterator[tuple[str, bytes]]:
    for dataset, seen in groupby(notebook.times(), key=lambda pair: pair[0].split("#", 1)[0]):
        yield dataset, hashlib.blake2b(repr(list(seen)).encode(), digest_size=16).digest()


@contextlib.contextmanager
def observations(workspace: Workspace) -> Iterator[Observed]:
    """Open what was observed of a workspace's datasets."""
    path = workspace.root / FILE
    if not path.is_file():
        yield Observed(None)
        return
    notebook = Notebook(path, read_only=True)
    try:
        yield Observed(notebook)
    finally:
        notebook.close()
