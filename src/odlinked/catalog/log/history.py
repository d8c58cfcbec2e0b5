"""What the kept releases say of one record: since when each content of it was published.

Only what was public then is told, of a record that is public now: a release that held it back says nothing of it. What was purged
is in no release. A release that was pruned is a gap, and is told as one: what it said is not known any more.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import NamedTuple

from odlinked.catalog.index import public_content
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.leases import leased
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.documents import Document
from odlinked.errors import WorkspaceError


class Revision(NamedTuple):
    """From which release on a record had a content: the release's name and when it was made; the document, None where the release
    did not have the record in public or had it as taken down (`gone`); `gap` is true where releases just before it are kept no
    more, so that the content may be older."""

    release: str
    made: datetime
    document: Document | None
    gone: bool
    gap: bool


class _Told(NamedTuple):
    name: str
    made: datetime
    content: tuple[bytes, str] | None


def revisions(workspace: Workspace, iri: str, until: str) -> list[Revision]:
    """Return the contents that a record had in the kept releases up to `until`, the oldest first; the first one may be older than
    its release."""
    found, before, last = list[Revision](), None, 0
    with closing(Archive(workspace.documents)) as archive:
        for told in _told(workspace, iri, until):
            is_gap, last = int(told.name) != last + 1, int(told.name)
            if told.content == before and found:
                continue
            before = told.content
            digest, state = told.content or (b"", "")
            text = archive.text(digest) if state == "live" else None
            document = Document(iri, text) if text is not None else None
            found.append(Revision(told.name, told.made, document, state == "gone", is_gap))
    return found


def _told(workspace: Workspace, iri: str, until: str) -> Iterator[_Told]:
    """Yield what each kept release has of a record in public; one that cannot be read, or goes meanwhile, is left out."""
    for name in workspace.names():
        folder = workspace.releases / name
        if name > until:
            continue
        with contextlib.suppress(WorkspaceError, sqlite3.Error), leased(folder):
            if workspace.is_readable(name):
                made = datetime.fromisoformat(workspace.manifest(name)["created"])
                yield _Told(name, made, public_content(folder / "catalog.sqlite", iri))
