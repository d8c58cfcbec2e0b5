"""The records of a harvested catalogue as a file: one a line, in the order of their IRIs, the same bytes for the same records.

What a source states of a record is kept as it was read; keys and persons are removed when the file is published. IRIs of the
catalogue begin with `HERE` in it, so that the file does not depend on the catalogue's base.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.errors import InputError

HERE: Final = "urn:odlinked:here"
"""Stands for the base of the catalogue."""

_HEAD: Final = {"odlinked": "records", "edition": 1}
_LONGEST: Final = 16_000_000
"""Most bytes of one record's line."""


class TextOf(NamedTuple):
    """A document as it was read: its IRI and canonical N-Triples."""

    iri: str
    text: str


class SourceRecord(NamedTuple):
    """A record of a source: its document, those of the bodies it shares with others, its address in the source ("" for a blank
    node), the SHA-256 (hex) of its statements as the source has them, and what was found: (rule, node, value)."""

    own: TextOf
    shared: tuple[TextOf, ...] = ()
    origin: str = ""
    given: str = ""
    found: tuple[tuple[str, str, str], ...] = ()

    def line(self) -> bytes:
        """Return the record as a line of the file."""
        parts = [self.own, self.shared, self.origin, self.given, self.found]
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> SourceRecord:
        """Return the record of a line."""
        own, shared, origin, given, found = json.loads(line)
        return cls(TextOf(*own), tuple(TextOf(*one) for one in shared), origin, given, tuple((r, n, v) for r, n, v in found))


def write(path: Path, written: Iterable[bytes]) -> int:
    """Write the lines of records, in the order of their IRIs; return how many."""
    count = 0
    with path.open("wb") as file, gzip.GzipFile("", "wb", 3, file, 0) as packed:
        packed.write(json.dumps(_HEAD).encode() + b"\n")
        for line in written:
            packed.write(line)
            count += 1
    return count


def lines(path: Path, name: str) -> Iterator[bytes]:
    """Yield the lines of the records of a file; raise `InputError` where it is none of ours or damaged."""
    try:
        with gzip.open(path, "rb") as packed:
            if json.loads(_line(packed, name)) != _HEAD:
                raise ValueError("it is written in another way")
            while line := _line(packed, name):
                yield line
    except (OSError, EOFError, ValueError) as problem:
        raise InputError(f"it is no file of harvested records ({problem})", doing="reading", on=name,
                         next_step="Harvest the source again") from problem


def _line(packed: gzip.GzipFile, name: str) -> bytes:
    line = packed.readline(_LONGEST + 1)
    if len(line) > _LONGEST:
        raise InputError("a record in it is too long", doing="reading", on=name)
    return line
