"""Some records by their ids, and how such a set is kept: as bits (bit n: the record with id n) where it has many, as numbers
(unsigned, 32 bits, little endian) where it has few."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Final

BITS, NUMBERS = b"\1", b"\0"
"""What a kept set begins with."""

_MANY: Final = 2_000
"""From so many ids on their bits are written as digits."""

_SPARSE: Final = 16
"""Where not even one of so many records is in, those that are are looked for one by one."""

_AS_FLAGS: Final = bytes.maketrans(b"01", b"\0\1")


def packed(bits: int) -> bytes:
    """Return a set as it is kept, by its bits."""
    count, length = bits.bit_count(), (bits.bit_length() + 7) // 8
    if 4 * count >= length:
        return BITS + bits.to_bytes(length, "little")
    few = array("I", compress(range(8 * length), _flags(bits)))
    if sys.byteorder == "big":
        few.byteswap()
    return NUMBERS + few.tobytes()


def unpacked(kept: bytes) -> int:
    """Return the bits of a kept set."""
    return int.from_bytes(kept[1:], "little") if kept[:1] == BITS else bits_of(numbers(kept))


def numbers(kept: bytes) -> array[int]:
    """Return the ids of a kept set of few."""
    found = array("I", kept[1:])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def bits_of(ids: Iterable[int]) -> int:
    """Return ids as the bits of a number."""
    if isinstance(ids, list | array) and len(ids) >= _MANY:
        return _bits_of_many(ids)
    found = bytearray()
    for one in ids:
        place = one >> 3
        if place >= len(found):
            found.extend(bytes(place + 1024))
        found[place] |= 1 << (one & 7)
    return int.from_bytes(found, "little")


def _bits_of_many(ids: Sequence[int]) -> int:
    """Return what `bits_of` does: each id costs less, and the highest one more."""
    flags = bytearray(b"0") * (max(ids) + 1)
    for one in ids:
        flags[one] = 49  # "1"
    flags.reverse()
    return int(flags, 2)


def _flags(bits: int) -> bytes:
    """Return a byte for each bit, from the lowest on: 1 where it is set."""
    return f"{bits:b}"[::-1].encode().translate(_AS_FLAGS)


class Selection:
    """Some records, by the bits of a number (bit n: the record with id n), or by their ids in ascending order.

    It keeps nothing else: its ids as numbers take a hundred times the memory, and selections are kept as long as a release.
    """

    def __init__(self, bits: int | None, ids: list[int] | None = None) -> None:
        self._bits, self._ids = bits, ids

    @classmethod
    def of(cls, ids: Iterable[int]) -> Selection:
        """Return the selection of these ids."""
        return cls(None, sorted(set(ids)))

    @property
    def bits(self) -> int:
        """A number that has the bit of each id set."""
        if self._bits is None:
            self._bits = bits_of(self._ids or ())
        return self._bits

    def __len__(self) -> int:
        return len(self._ids) if self._ids is not None else self.bits.bit_count()

    def __and__(self, other: Selection) -> Selection:
        return Selection(self.bits & other.bits)

    def __or__(self, other: Selection) -> Selection:
        return Selection(self.bits | other.bits)

    @property
    def flags(self) -> bytes:
        """A byte for each id up to the highest: 1 where it is in."""
        return _flags(self.bits)

    def __contains__(self, number: int) -> bool:
        return bool(self.bits >> number & 1)

    def ids(self) -> list[int]:
        """Return the ids in ascending order."""
        if self._ids is None:
            flags = self.flags
            if len(self) > len(flags) // _SPARSE:
                return list(compress(range(len(flags)), flags))
            found, at = list[int](), flags.find(1)
            while at >= 0:
                found.append(at)
                at = flags.find(1, at + 1)
            return found
        return list(self._ids)
