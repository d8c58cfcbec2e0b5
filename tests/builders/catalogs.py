"""A catalogue in a workspace: published, and looked at through every way it is served and kept."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from flask.testing import FlaskClient

from builders import firsts
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.publishing.published import Published
from odlinked.settings import Settings
from odlinked.web.app import create

BASE = "http://localhost:8000"
LEAK = "尚未公告之開發案地號"
"""What a row leaks by mistake and is to be purged."""
PUBLIC = "state != 'private' OR title != ''"
"""Which rows of the index's records may be told: of private ones without a title nothing can be."""


def publish(workspace: Workspace, file: Path, source: str = "national", settings: Settings | None = None) -> Published:
    return firsts.publish(workspace, [file], source, settings or Settings())


def dated(workspace: Workspace, name: str, day: str) -> None:
    """Have a release be published on a day."""
    path = workspace.releases / name / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(said | {"created": f"{day}T10:00:00+08:00"}), encoding="utf-8")


def served(workspace: Workspace) -> Release:
    return Releases(workspace).current()


def iri(code: int | str) -> str:
    return f"{BASE}/id/dataset/{code}"


def stored_triples(release: Release) -> list[bytes]:
    """Return what the store holds, a line of N-Quads each, in order."""
    return _lines(ox.Store.read_only(str(release.store_path)))


def _lines(store: ox.Store) -> list[bytes]:
    return sorted((store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines())


def dumped(release: Release) -> bytes:
    return b"".join(release.dump())


def sound(release: Release) -> None:
    """Store, dump and documents say the same."""
    texts = b"".join(document.text for document in release.documents())
    assert Counter(gzip.decompress(dumped(release)).split(b"\n")) == Counter(texts.split(b"\n"))
    expected = ox.Store()
    expected.load(texts, format=ox.RdfFormat.N_TRIPLES)
    assert stored_triples(release) == _lines(expected)
    assert len(dumped(release)) == release.dump_size()


def facts(release: Release, code: str) -> dict[str, set[str]]:
    """Return what the document of a record says: local name of the predicate -> values."""
    document = release.document(iri(code))
    found: dict[str, set[str]] = {}
    for _, predicate, term in document.triples() if document else ():
        found.setdefault(predicate.replace("/", "#").rsplit("#", 1)[-1], set()).add(term.value.rsplit("/", 1)[-1])
    return found


def everywhere(workspace: Workspace) -> str:
    """Return all that is served: dump, store, index of the current release, search."""
    release = served(workspace)
    text = gzip.decompress(b"".join(release.dump())).decode()
    text += (ox.Store.read_only(str(release.store_path)).dump(format=ox.RdfFormat.N_QUADS) or b"").decode()
    text += "".join(document.text.decode() for document in release.documents())
    rows = sqlite3.connect(release.folder / "catalog.sqlite")
    for table in ("record", "facet", "spelling", "search"):
        text += repr(rows.execute(f"SELECT * FROM {table} WHERE {'1' if table != 'record' else PUBLIC}").fetchall())  # noqa: S608
    return text


@lru_cache(maxsize=4)
def client(root: Path) -> FlaskClient:
    """Return a client of the service over a workspace: it stays, and answers from each release that follows."""
    return create(Releases(Workspace(root)), Settings()).test_client()


def answers(workspace: Workspace, path: str, accept: str = "text/html") -> tuple[int, str]:
    """Return status and body of a page."""
    answer = client(workspace.root).get(path, headers={"Accept": accept}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def on_disk(workspace: Workspace) -> bytes:
    """Return all bytes a workspace keeps but its inputs, unpacked where they are packed."""
    found = b""
    for path in sorted(workspace.root.rglob("*")):
        if path.is_file() and workspace.inputs not in path.parents:
            found += gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    archive = Archive(workspace.documents)
    for table in ("document", "outcome"):
        found += b"".join(archive.codec.unpack(body) for (body,) in archive.db.execute(f"SELECT body FROM {table}"))  # noqa: S608
    archive.close()
    return found
