"""Making a release's store and dump out of the archive: functions of paths and hashes, so that other processes can run them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from odlinked.catalog.keeping.archive import Archive
from odlinked.publishing import dump
from odlinked.store import oxigraph


def store_built(documents: Path, folder: Path, digests: Sequence[bytes]) -> None:
    """Build the store at `folder` from documents of the archive."""
    archive = Archive(documents)
    try:
        oxigraph.build(folder, (text for _, text in archive.texts(digests)))
    finally:
        archive.close()


def store_carried(documents: Path, previous: Path, folder: Path, pairs: Sequence[tuple[bytes | None, bytes | None]],
                  also: tuple[set[bytes], set[bytes]]) -> None:
    """Carry the store `previous` forward to `folder` by pairs of document hashes, before and after, and by lines that are `also`
    removed and added."""
    archive = Archive(documents)
    removed, added = also
    try:
        for old, new in pairs:
            gone, come = oxigraph.difference(_text(archive, old), _text(archive, new))
            removed = removed | gone
            added = added | come
    finally:
        archive.close()
    oxigraph.carry(previous, folder, removed, added)


def dump_written(documents: Path, folder: Path, parts: Sequence[tuple[dump.DumpPart, str]]) -> int:
    """Write parts of the dump, each with the key of the part that it takes the place of ("": of none), and return how many."""
    archive = Archive(documents)
    try:
        for part, former in parts:
            dump.write(archive, folder, part, former)
    finally:
        archive.close()
    return len(parts)


def _text(archive: Archive, digest: bytes | None) -> bytes:
    return (archive.text(digest) or b"") if digest else b""
