"""Failures of disk or memory and damaged files, as one line: errors that libraries raise under other names."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import error as ZlibError

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import InputError, OdlinkedError, WorkspaceError, said_by_system

_ROOM: Final = "Make room (`odlinked prune` removes old releases), then run it again: what was served is served still"
_FULL: Final = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up",
                errno.EFBIG: "a file would be larger than this process may write"}
_CLOSED: Final = {errno.EROFS: "the disk is read only", errno.EACCES: "this user may not", errno.EPERM: "this user may not"}
_MESSAGES: Final = {"no space left": _FULL[errno.ENOSPC], "disk is full": _FULL[errno.ENOSPC],
                    "no usable temporary directory": _FULL[errno.ENOSPC],
                    "quota exceeded": _FULL[errno.EDQUOT], "file too large": _FULL[errno.EFBIG],
                    "disk i/o error": "the disk is full or failing"}
"""Messages of SQLite, the store and Python's temporary files about a full disk, which they raise without its number."""


def explained(problem: BaseException, root: Path) -> OdlinkedError | None:
    """Return what to do about an exception raised while the workspace at `root` was in use, None where it is unknown."""
    if isinstance(problem, MemoryError):
        return WorkspaceError("memory ran out", next_step="Fewer publish.workers take less; or take a larger machine")
    from concurrent.futures.process import BrokenProcessPool  # with all that starts processes: hardly ever needed

    if isinstance(problem, BrokenProcessPool):
        return WorkspaceError("a worker process ended without an answer", next_step="Look whether memory ran out; fewer "
                              "publish.workers take less")
    if isinstance(problem, KeyError) and problem.args and isinstance(problem.args[0], bytes):
        # Only documents are identified by bytes: their hashes.
        return WorkspaceError("a document is missing from it", doing="reading", on=str(Workspace(root).documents),
                              next_step="Put it back from a copy, or publish the sources' files in a new workspace")
    corrupt = type(problem) is RuntimeError and "corruption" in str(problem).lower()  # that is how the store reports it
    if not corrupt and not isinstance(problem, (OSError, sqlite3.Error, ZlibError, EOFError)):
        return None
    if full := no_room(problem):
        return WorkspaceError(full, doing="writing", on=_where(problem, root), next_step=_ROOM)
    if isinstance(problem, OSError) and problem.errno is not None:
        why = _CLOSED.get(problem.errno) or said_by_system(problem)
        return InputError(why, doing="opening", on=_where(problem, root), next_step="Look at its rights and whether it is there")
    workspace = Workspace(root)
    broken = next(_broken(workspace), None)
    if broken is None and (corrupt or isinstance(problem, OSError)):
        # The store's own errors carry no number, and the file names in them are those of the database inside.
        broken = _store(workspace), str(problem).removeprefix("IO error: ")
    if broken is not None:
        return WorkspaceError(f"it is damaged ({broken[1]})", doing="reading", on=str(broken[0]), next_step=(
            "Put it back from a copy, or publish the sources' files in a new workspace" if broken[0] == workspace.documents else
            "Put it back from a copy, build it anew with `odlinked publish --rebuild`, or serve another release: "
            "`odlinked rollback RELEASE`"))
    return WorkspaceError(f"it cannot be used ({str(problem) or type(problem).__name__})", doing="using", on=str(root),
                          next_step="See whether another program holds its files, and whether the disk is sound")


def no_room(problem: BaseException) -> str:
    """Return why nothing can be written where a full disk, or a like limit, is what an exception reports, else ""."""
    if not isinstance(problem, (OSError, sqlite3.Error)):
        return ""
    said = next((message for message in _MESSAGES if message in str(problem).lower()), "")
    return _FULL.get(getattr(problem, "errno", None) or 0) or _MESSAGES.get(said, "")


def _store(workspace: Workspace) -> Path:
    """Return the served release's store, the workspace where none is served."""
    with contextlib.suppress(OdlinkedError, OSError):
        if name := workspace.current():
            return workspace.releases / name / "store"
    return workspace.root


def _where(problem: BaseException, root: Path) -> str:
    name = getattr(problem, "filename", None)
    return str(name) if isinstance(name, (str, Path)) else str(root)


def _broken(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Yield the damaged databases of a workspace, the served release's first, with the reason."""
    with contextlib.suppress(OdlinkedError, OSError):
        names = [name for name in (workspace.current(), *reversed(workspace.names())) if name]
        files = [*(workspace.releases / name / "catalog.sqlite" for name in dict.fromkeys(names)), workspace.documents,
                 workspace.root / "evidence.sqlite"]
        for path in files:
            if path == workspace.root / "evidence.sqlite" and not path.exists():
                continue
            why = _unsound(path)
            if why:
                yield path, why


def _unsound(path: Path) -> str:
    """Return what is wrong with a database, "" for nothing."""
    if not path.is_file():
        return "it is missing"
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            found = db.execute("PRAGMA quick_check(1)").fetchone()
            tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.Error as problem:
        return str(problem)
    return "" if found == ("ok",) and tables else "it holds no tables" if not tables else str(found[0]).split("\n")[0]
