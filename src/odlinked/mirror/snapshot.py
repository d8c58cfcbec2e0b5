"""A mirror made from one file: sorted N-Quads, a command that makes an engine's index of it, and one that switches to it.

For engines that want an index built from a file instead of updates, such as QLever.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from odlinked import ownership
from odlinked.catalog.keeping.workspace import sync
from odlinked.catalog.served.release import Release
from odlinked.errors import MirrorError, said_by_system
from odlinked.mirror.engine import PASSWORD, USER
from odlinked.rdf.ntriples import iri

_TOLD: Final = 300
"""Characters of a failed command's last output that are told."""


def write(release: Release, folder: Path, progress: Callable[[str, int], None]) -> Path:
    """Write a release as N-Quads and return the file: graphs in the order of their names, the lines of each in that of bytes.

    The same release gives the same bytes. A file of another release is removed; one of this content is written again, since what
    is on disk may be cut. Raise `MirrorError` where the disk is full or not writable.
    """
    path = folder / f"{release.name}-{release.content[:16]}.nq"
    partial = folder / ".partial.nq"
    try:
        folder.mkdir(exist_ok=True)
        with open(partial, "wb", opener=ownership.opener) as file:
            for document in release.documents():
                end = b" " + iri(document.iri).encode() + b" .\n"
                file.write(b"".join(line[:-2] + end for line in document.lines))
                progress("write", 1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync(folder)
        for old in folder.glob("*.nq"):
            if old not in (path, partial):
                old.unlink()
    except OSError as problem:
        partial.unlink(missing_ok=True)
        raise MirrorError(said_by_system(problem), doing="writing the snapshot", on=str(path),
                          next_step="Make room, or give the workspace a larger disk; the service goes on as it was") from problem
    return path


def run(command: Sequence[str], file: Path, release: Release, setting: str, seconds: float) -> None:
    """Run a command of the settings, no shell, with `{file}` and `{release}` in its arguments replaced.

    The credentials of the mirror are not in its environment. Raise `MirrorError` where it cannot be started, ends with another
    status than 0, or takes longer than `seconds`.
    """
    arguments = [part.replace("{file}", str(file.resolve())).replace("{release}", release.name) for part in command]
    environment = {name: value for name, value in os.environ.items() if name not in (USER, PASSWORD)}

    def failed(why: str) -> MirrorError:
        return MirrorError(why, doing=f"running {setting}", on=arguments[0],
                           next_step=f"Mend it and run `odlinked mirror` again; the snapshot is {file}")

    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=environment, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as problem:
        raise failed(f"it took longer than {seconds:g} s and was ended") from problem
    except OSError as problem:
        raise failed(said_by_system(problem)) from problem
    except ValueError as problem:
        raise failed(f"it cannot be started ({problem})") from problem
    if done.returncode:
        said = " ".join(done.stdout.decode("utf-8", "replace").split())[-_TOLD:]
        raise failed(f"it ended with {done.returncode}: {said}" if said else f"it ended with {done.returncode}")
