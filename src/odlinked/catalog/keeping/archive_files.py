"""Names of the archive of documents: documents-1.sqlite, and documents-1.1.sqlite, documents-1.2.sqlite ... after purges.

A purge writes the archive anew under the next name. SQLite finds the log of a database (-wal, -shm) by its name: a name that is
given to another file leads its readers to the log of the file before, and they miss what is written later.
"""

from __future__ import annotations

from pathlib import Path

LOGS = ("-wal", "-shm")
"""Ends of the names of the files that SQLite writes beside a database."""


def latest(root: Path, form: int) -> Path:
    """Return the archive of stored form `form` in the folder `root`, whether it is there or not."""
    return max(_all(root, form), key=_times, default=root / f"documents-{form}.sqlite")


def following(archive: Path) -> Path:
    """Return the name that the archive is written anew under."""
    return archive.with_name(f"{archive.name.split('.')[0]}.{_times(archive) + 1}.sqlite")


def remove_old(archive: Path, form: int) -> None:
    """Remove the archives of a stored form that were written before `archive`, with their logs."""
    for path in _all(archive.parent, form):
        if _times(path) < _times(archive):
            for end in ("", *LOGS):
                path.with_name(path.name + end).unlink(missing_ok=True)


def _all(root: Path, form: int) -> list[Path]:
    return [*root.glob(f"documents-{form}.sqlite"), *root.glob(f"documents-{form}.[0-9]*.sqlite")]


def _times(archive: Path) -> int:
    """Return how often an archive was written anew."""
    number = archive.name.split(".")[1]
    return int(number) if number.isdigit() else 0
