"""A read-only table of spellings that many processes share: folded term -> the term as the catalogue wrote it.

The server writes it once a release into an anonymous file; workers map it, so that opening a million entries costs nothing.
Layout, little-endian: u32 number of slots (a power of two, at least twice the entries), then a u32 offset a slot (0 = free), then
entries: u32 key length, u32 value length, key, value (UTF-8). Open addressing from CRC-32 of the key. Standard library only: the
sandboxed worker imports this module.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Mapping
from typing import IO

_HEAD = struct.Struct("<I")
_ENTRY = struct.Struct("<II")


def write(spellings: Mapping[str, str], out: IO[bytes]) -> None:
    """Write the table of `spellings` to `out`, an empty binary file."""
    slots = 2
    while slots < 2 * len(spellings):
        slots *= 2
    places = [0] * slots
    entries: list[bytes] = []
    position = _HEAD.size + 4 * slots
    for key, value in spellings.items():
        k, v = key.encode(), value.encode()
        slot = zlib.crc32(k) & (slots - 1)
        while places[slot]:
            slot = (slot + 1) & (slots - 1)
        places[slot] = position
        entries.append(_ENTRY.pack(len(k), len(v)) + k + v)
        position += len(entries[-1])
    if position >= 1 << 32:
        raise ValueError("the spellings do not fit into a table of 4 GB")
    out.write(_HEAD.pack(slots))
    out.write(struct.pack(f"<{slots}I", *places))
    out.writelines(entries)
    out.flush()


class Spellings:
    """The table, mapped from an open file descriptor; look-ups take about 1 µs."""

    def __init__(self, descriptor: int) -> None:
        self._map = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        self._slots: int = _HEAD.unpack_from(self._map)[0]

    def get(self, term: str) -> str | None:
        """Return the spelling of a folded N-Triples term, or None."""
        key = term.encode()
        slot = zlib.crc32(key) & (self._slots - 1)
        while True:
            position: int = _HEAD.unpack_from(self._map, _HEAD.size + 4 * slot)[0]
            if not position:
                return None
            k, v = _ENTRY.unpack_from(self._map, position)
            start = position + _ENTRY.size
            if self._map[start:start + k] == key:
                return self._map[start + k:start + k + v].decode()
            slot = (slot + 1) & (self._slots - 1)
