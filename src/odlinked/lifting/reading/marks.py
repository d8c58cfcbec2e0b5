"""Byte order marks inside a file: before a heading or a key, where programs take them for a part of the name.

The readers leave them out; that they stand there is told, since others trip over them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from odlinked.sheets.kinds import detect

_LOOKED_AT: Final = 1 << 20
"""Bytes of a file that are looked at: the keys of its first records."""

_MARK: Final = b"\xef\xbb\xbf"
_KEY: Final = re.compile(rb'"(?:\xef\xbb\xbf|\\ufeff)+((?:[^"\\]|\\.){0,200})"\s*:', re.IGNORECASE)
_HEADING: Final = re.compile(rb'(?:\A|[,;\t|])\s*"?\xef\xbb\xbf+([^,;\t|"\r\n]{0,200})')


def before_headings(path: Path) -> list[str]:
    """Return the headings, or keys of JSON records, that a byte order mark stands before, each once."""
    with path.open("rb") as opened:
        data = opened.read(_LOOKED_AT)
    kind = detect(path, path.name)
    if kind == "json":
        found = _KEY.findall(data)
    elif kind == "delimited":
        found = _HEADING.findall(data.removeprefix(_MARK).partition(b"\n")[0])
    else:
        found = []
    return list(dict.fromkeys(one.decode("utf-8", "replace").lstrip("\ufeff") for one in found))
