"""The archive written anew without some lines, of which nothing may stay in a file."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence

from odlinked.catalog.keeping import archive_files
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import FORMAT, Workspace, sync
from odlinked.errors import WorkspaceError

_SAMPLE = 400
"""Documents of an archive from which the packing dictionary of the rewritten one is chosen."""

_PATIENCE = 100
"""Tenths of a second to wait for readers of an archive."""


def forget(workspace: Workspace, lines: Sequence[bytes]) -> None:
    """Rewrite the archive into another file under another name, with a dictionary that holds none of the erased lines.

    What SQLite deletes may stay in the file's free pages and log; what is never written cannot.
    """
    old, place = Archive(workspace.documents, write=True), archive_files.following(workspace.documents)
    fresh = place.with_name(place.name + ".again")
    for leftover in (fresh, *(fresh.with_name(fresh.name + end) for end in archive_files.LOGS)):
        leftover.unlink(missing_ok=True)
    new = Archive(fresh, write=True)
    new.choose_dictionary(_sample(old, set(lines)))
    unpack, pack = old.codec.unpack, new.codec.pack
    new.add(((digest, pack(unpack(body))) for digest, body in old.db.execute("SELECT hash, body FROM document ORDER BY id")),
            ((key, pack(unpack(body))) for key, body in old.db.execute("SELECT key, body FROM outcome ORDER BY id")))
    # `sweep` removed the measurements of the erased records with their documents; what is left belongs to the others.
    new.add_measured(old.all_measured())
    new.add_common(old.all_common())
    for archive in (old, new):
        _settled(archive)
        archive.close()
    sync(fresh)
    fresh.rename(place)
    sync(workspace.root)
    archive_files.remove_old(place, FORMAT)
    sync(workspace.root)


def _sample(archive: Archive, lines: Collection[bytes]) -> Iterator[bytes]:
    """Yield texts from all over an archive, none that holds one of the lines: their common parts make a good dictionary."""
    (last,) = archive.db.execute("SELECT coalesce(max(id), 0) FROM document").fetchone()
    step = last // _SAMPLE + 1
    for (body,) in archive.db.execute("SELECT body FROM document WHERE id % ? = 0 ORDER BY id", (step,)):
        text = archive.codec.unpack(body)
        if not any(line in lines for line in text.split(b"\n")):
            yield text


def _settled(archive: Archive) -> None:
    """Bring all of an archive's log into its file: the log of one file must not be left next to another."""
    for _ in range(_PATIENCE):
        if archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
            return
        time.sleep(0.1)
    raise WorkspaceError("the archive is being read all the time", doing="writing anew", on=str(archive.path),
                         next_step="Run it again when the service is less busy")
