"""Making a release's store and dump out of the archive: functions of paths and hashes, so that other processes can run them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from odlinked.catalog.archive import Archive
from odlinked.publishing import dump
from odlinked.store import oxigraph


def store_built(documents: Path, folder: Path, digests: Sequence[bytes]) -> None:
    """Build the store at `folder` from documents of the archive."""
    archive = Archive(documents)
    try:
        oxigraph.build(folder, (text for _, text in archive.texts(digests)))
    finally:
        archive.close()


def store_carried(documents: Path, previous: Path, folder: Path, pairs: Sequence[tuple[bytes | None, bytes | None]]) -> None:
    """Carry the store `previous` forward to `folder` by pairs of document hashes, before and after."""
    archive = Archive(documents)
    removed: set[bytes] = set()
    added: set[bytes] = set()
    try:
        for old, new in pairs:
            gone, come = oxigraph.difference(_text(archive, old), _text(archive, new))
            removed |= gone
            added |= come
    finally:
        archive.close()
    oxigraph.carry(previous, folder, removed, added)


def dump_written(documents: Path, folder: Path, parts: Sequence[tuple[str, list[bytes]]]) -> int:
    """Write parts of the dump and return how many."""
    archive = Archive(documents)
    try:
        for key, digests in parts:
            dump.write(archive, folder, key, digests)
    finally:
        archive.close()
    return len(parts)


def _text(archive: Archive, digest: bytes | None) -> bytes:
    return (archive.text(digest) or b"") if digest else b""
