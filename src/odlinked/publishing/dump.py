"""The dump in parts: a record's part is chosen by its IRI, so that one change rewrites one small part.

Each part is a gzip member without time or name: the same documents give the same bytes, however they came to be.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from odlinked.catalog.archive import Archive

PARTS = 256


def part_of(iri: str) -> int:
    """Return the number of the part that record `iri` belongs to."""
    return hashlib.sha256(iri.encode()).digest()[0]


def keys(records: Iterable[tuple[str, bytes]], wanted: Collection[int] | None = None) -> dict[int, tuple[str, list[bytes]]]:
    """Return for each part that is not empty its key and its document hashes in the order of their IRIs.

    With `wanted` only for the parts of these numbers.
    """
    parts: dict[int, list[tuple[str, bytes]]] = {}
    for iri, digest in records:
        number = part_of(iri)
        if wanted is None or number in wanted:
            parts.setdefault(number, []).append((iri, digest))
    found = {}
    for number, members in parts.items():
        members.sort()
        total = hashlib.sha256()
        for iri, digest in members:
            total.update(iri.encode() + b"\0" + digest)
        found[number] = (total.hexdigest(), [digest for _, digest in members])
    return found


def write(archive: Archive, folder: Path, key: str, digests: list[bytes]) -> None:
    """Write a part where it is missing."""
    path = folder / f"{key}.gz"
    if not path.exists():
        texts = dict(archive.texts(digests))
        # In the default graph an N-Quads statement is its N-Triples line.
        packed = gzip.compress(b"".join(texts[digest] for digest in digests), compresslevel=6, mtime=0)
        partial = folder / f".partial-{key}-{os.getpid()}"
        with partial.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)


def content(parts: Iterable[str]) -> str:
    """Return the name of the whole content (hex): a hash over the keys of the parts, in their order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
