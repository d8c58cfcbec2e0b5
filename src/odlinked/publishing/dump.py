"""The dump in parts: a record's part is chosen by its IRI, so that one change rewrites one small part.

A part is a file of gzip members laid end to end, each of some thirty documents: a part that is written anew takes over, as they
are packed, the members in which nothing differs. Members have no time and no name: the same documents give the same bytes,
however they came to be.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from odlinked.catalog.keeping.archive import Archive

PARTS = 256

_ENDS: Final = 32
"""One of so many documents, told by its IRI, ends a member."""

_KEY: Final = 16
"""Bytes of a member's key, which stands in its head."""

_PACKED: Final = 400
"""Members that a process keeps as it packed them, the first: in a small catalogue most are of the vocabulary and the codes alone,
and the same as in the next one that it publishes."""

_LONGEST: Final = 20_000
"""Bytes of the longest of these."""

_HEAD: Final = struct.Struct(f"<10sHccH{_KEY}sI")
"""The head of a member (RFC 1952, section 2.3): magic, deflate, an extra field, no time, of no system; then that field: its
length, of its one subfield name and length, the member's key and how many bytes follow the head."""
_BEGIN: Final = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff"
_EXTRA: Final = 4 + _KEY + 4


class DumpPart(NamedTuple):
    """A part: its key, and of each member key and document hashes, in the order of their IRIs."""

    key: str
    members: Sequence[tuple[bytes, Sequence[bytes]]]


def part_of(iri: str) -> int:
    """Return the number of the part that record `iri` belongs to."""
    return hashlib.sha256(iri.encode()).digest()[0]


def keys(records: Iterable[tuple[str, bytes]], wanted: Collection[int] | None = None) -> dict[int, DumpPart]:
    """Return the parts that are not empty, by number, of records (IRI, hash of its document); with `wanted` only those of these
    numbers."""
    parts: dict[int, list[tuple[str, bytes, bool]]] = {}
    for iri, digest in records:
        chosen = hashlib.sha256(iri.encode()).digest()
        if wanted is None or chosen[0] in wanted:
            parts.setdefault(chosen[0], []).append((iri, digest, not chosen[1] % _ENDS))
    return {number: _part(sorted(documents)) for number, documents in parts.items()}


def _part(documents: Iterable[tuple[str, bytes, bool]]) -> DumpPart:
    members: list[tuple[bytes, list[bytes]]] = []
    total, own, hashes = hashlib.sha256(), hashlib.blake2b(digest_size=_KEY), list[bytes]()
    for iri, digest, ends in documents:
        said = iri.encode() + b"\0" + digest
        total.update(said)
        own.update(said)
        hashes.append(digest)
        if ends:
            members.append((own.digest(), hashes))
            own, hashes = hashlib.blake2b(digest_size=_KEY), []
    if hashes:
        members.append((own.digest(), hashes))
    return DumpPart(total.hexdigest(), members)


def write(archive: Archive, folder: Path, part: DumpPart, former: str = "") -> None:
    """Write a part where it is missing; what it has in common with the part of the key `former` is taken from that."""
    path = f"{folder}/{part.key}.gz"
    if os.path.exists(path):
        return
    held, packed = _members(folder / f"{former}.gz") if former else {}, _packed_before()
    missing = [digests for key, digests in part.members if key not in held and key not in packed]
    texts = dict(archive.texts([digest for digests in missing for digest in digests]))
    partial = f"{folder}/.partial-{part.key}-{os.getpid()}"
    with open(partial, "wb") as file:
        for key, digests in part.members:
            # In the default graph an N-Quads statement is its N-Triples line.
            file.write(held.get(key) or packed.get(key) or _packed(key, b"".join(texts[digest] for digest in digests)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


@lru_cache(maxsize=1)
def _packed_before() -> dict[bytes, bytes]:
    """Return members that this process has packed, by their keys."""
    return {}


def _packed(key: bytes, text: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(text) + packer.flush() + struct.pack("<II", zlib.crc32(text), len(text) & 0xFFFFFFFF)
    member, before = _HEAD.pack(_BEGIN, _EXTRA, b"o", b"d", _KEY + 4, key, len(body)) + body, _packed_before()
    if len(member) <= _LONGEST and len(before) < _PACKED:
        before[key] = member
    return member


def _members(path: Path) -> Mapping[bytes, bytes]:
    """Return the members of a part by their keys; none of one that is not there, or was written otherwise."""
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    found: dict[bytes, bytes] = {}
    start = 0
    while start + _HEAD.size <= len(content):
        begin, extra, *name, length, key, size = _HEAD.unpack_from(content, start)
        end = start + _HEAD.size + size
        if (begin, extra, *name, length) != (_BEGIN, _EXTRA, b"o", b"d", _KEY + 4) or end > len(content):
            break
        found[key] = content[start:end]
        start = end
    return found


def content(parts: Iterable[str]) -> str:
    """Return the name of the whole content (hex): a hash over the keys of the parts, in their order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
