"""Files that are written for people: each is complete, or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from odlinked.errors import InputError


@contextmanager
def replacing(target: Path, doing: str) -> Iterator[Path]:
    """Give the path to write the content of `target` to, beside it and with its suffix; it is moved there at the end.

    Where the block fails nothing is left, nor where it has written no file. An `OSError` in it is raised as the `InputError` that
    the file cannot be written, `doing` what is named.
    """
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        yield part
        if part.exists():
            os.replace(part, target)
    except OSError as problem:
        raise InputError(f"it cannot be written ({problem.strerror})", doing=doing, on=str(target)) from problem
    finally:
        part.unlink(missing_ok=True)
