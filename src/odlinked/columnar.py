"""Columns of texts as codes into their different texts (dictionary encoding), by Apache Arrow: each text is worked at once.

pyarrow is an extra: where it is missing, `engine` is None and rows are worked at one by one, with equal results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from typing import Any, Final

_WHOLE: Final = 1 << 30
"""More bytes than any piece has: a piece is read at once."""

_SHARES: Final = 16
"""Numbers are compared in so many parts, by their last bits: a table of all of them would take a lot of memory."""

_TOGETHER: Final = 1 << 20
"""Numbers that are looked through at once for those of a part."""


@cache
def engine() -> Any:
    """Return pyarrow, None where it is not installed."""
    if find_spec("pyarrow") is None:
        return None
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet

    return pyarrow


class _Cells:
    """The cells of a column as they were read, encoded when they are first asked for."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def encoded(self) -> Any:
        """Return them encoded; from now on they are held so."""
        if not engine().types.is_dictionary(self.array.type):
            self.array = self.array.dictionary_encode()
        return self.array


class EncodedColumn:
    """A column of cells: its different texts in order of first occurrence, and for each cell the number of its text.

    Columns that are not asked for are not encoded, which is half of the work of reading a file.
    """

    def __init__(self, cells: _Cells) -> None:
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells.array)

    @property
    def _array(self) -> Any:
        return self._cells.encoded()

    @property
    def codes(self) -> Any:
        """For each cell the number of its text."""
        return self._array.indices

    @cached_property
    def texts(self) -> list[str]:
        """The different texts."""
        found: list[str] = self._array.dictionary.to_pylist()
        return found

    @cached_property
    def counted(self) -> Counter[str]:
        """How often each different text occurs."""
        codes, counts = engine().compute.value_counts(self.codes).flatten()
        return Counter(dict(zip(map(self.texts.__getitem__, codes.to_pylist()), counts.to_pylist(), strict=True)))

    @property
    def size(self) -> int:
        """Its bytes in memory."""
        return int(self._cells.array.nbytes)

    def cells(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Return the cells, or some of them."""
        if stop is not None:
            some: list[str] = self._cells.array.slice(start, stop - start).to_pylist()
            return some
        return list(map(self.texts.__getitem__, self.codes.to_pylist()))

    def first(self, text: str) -> int:
        """Return the place of the first cell with a text."""
        return int(engine().compute.index(self.codes, self.texts.index(text)).as_py())

    def part(self, start: int, stop: int) -> EncodedColumn:
        """Return some of the cells as a column."""
        some = self._cells.array.slice(start, stop - start)
        return _column(some.dictionary_decode() if engine().types.is_dictionary(some.type) else some)

    def changed(self, others: Mapping[str, str]) -> EncodedColumn:
        """Return the column with some texts replaced."""
        pa = engine()
        texts = pa.array([others.get(text, text) for text in self.texts], pa.string())
        return _column(pa.DictionaryArray.from_arrays(self.codes, texts).dictionary_decode())

    def followed(self, others: Sequence[EncodedColumn]) -> EncodedColumn:
        """Return the column with the cells of others below its own."""
        pieces = engine().chunked_array([self._array, *[other._array for other in others]])
        return _column(pieces.unify_dictionaries().combine_chunks())

    def again(self) -> EncodedColumn:
        """Return the same column, without what was worked out of it."""
        return EncodedColumn(self._cells)


def _column(array: Any) -> EncodedColumn:
    return EncodedColumn(_Cells(array))


def read(piece: bytes, separator: str, width: int) -> list[EncodedColumn] | None:
    """Return the columns of lines of text in UTF-8 that hold no quote with a meaning and no other line end than LF or CR LF.

    That it is UTF-8 is not checked again; a text that is not raises `UnicodeDecodeError` where it is asked for.
    None where a line has not so many cells as `width`, or is empty.
    """
    pa, names = engine(), [str(place) for place in range(width)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(piece),
            pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=_WHOLE),
            pa.csv.ParseOptions(delimiter=separator, quote_char=False, double_quote=False, escape_char=False,
                                newlines_in_values=False, ignore_empty_lines=False),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False,
                                  check_utf8=False))
    except pa.ArrowInvalid:
        return None
    return [_column(column.chunk(0)) for column in table.columns] if table.num_rows else None


def of_texts(texts: Sequence[bytes | None]) -> Any:
    """Return an array of texts, with nulls for those that are empty or None."""
    pa = engine()
    return pa.array([text or None for text in texts], pa.binary())


def numbers(found: Sequence[int]) -> Any:
    """Return an array of numbers."""
    return engine().array(found, engine().int64())


def looked_up(numbers: Sequence[int], codes: Any) -> Any:
    """Return for each code its number, of 64 bits with a sign."""
    pa = engine()
    return pa.array(numbers, pa.int64()).take(codes)


def mixed(parts: Sequence[Any], factor: int, mask: int) -> Any:
    """Return one number for the numbers of each row: each is added to those before times a factor (modulo 2**64), then masked."""
    compute = engine().compute
    found = parts[0]
    for part in parts[1:]:
        found = compute.add(compute.multiply(found, factor), part)
    return compute.bit_wise_and(found, mask)


def content_of_numbers(numbers: Any) -> bytes:
    """Return the bytes of numbers of 64 bits, as `array` has them."""
    found: bytes = numbers.buffers()[1].slice(8 * numbers.offset, 8 * len(numbers)).to_pybytes()
    return found


def all_differ(numbers: Any) -> bool:
    """True when no two of some numbers (64 bits with a sign, anything with a buffer of them) are the same."""
    pa = engine()
    array = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
    pieces = [array.slice(start, _TOGETHER) for start in range(0, len(array), _TOGETHER)]

    def of(share: int) -> Any:
        return pa.chunked_array([piece.filter(pa.compute.equal(pa.compute.bit_wise_and(piece, _SHARES - 1), share))
                                 for piece in pieces], pa.int64())

    return all(pa.compute.count_distinct(some).as_py() == len(some) for some in map(of, range(_SHARES)))


def joined(parts: Sequence[Any]) -> Any:
    """Return what stands in all parts (arrays of bytes, or single ones) one behind another, row by row; nulls are nothing."""
    if len(parts) == 1:
        return parts[0]
    return engine().compute.binary_join_element_wise(*parts, b"", null_handling="skip")


def beside(text: Any, others: Any) -> Any:
    """Return the array `text` with nulls where `others` has them."""
    pa = engine()
    return pa.compute.if_else(others.is_valid(), text, pa.scalar(None, pa.binary())) if others.null_count else text


def numbered(before: bytes, first: int, count: int, after: bytes) -> Any:
    """Return an array of texts with a number in them that goes up."""
    pa = engine()
    numbers = pa.array(range(first, first + count), pa.int64()).cast(pa.string()).cast(pa.binary())
    return pa.compute.binary_join_element_wise(before, numbers, after, b"")


def places_of(wrong: Sequence[bool], codes: Any) -> list[int]:
    """Return the places of the cells whose text is `wrong`."""
    pa = engine()
    found: list[int] = pa.compute.indices_nonzero(pa.array(wrong).take(codes)).to_pylist()
    return found


def content(lines: Any, start: int = 0, stop: int | None = None) -> bytes:
    """Return what stands in an array of bytes, or in some of its places, one behind another."""
    some = lines if stop is None else lines.slice(start, stop - start)
    if not len(some):
        return b""
    offsets = some.buffers()[1]
    ends = memoryview(offsets).cast("i")
    first, last = ends[some.offset], ends[some.offset + len(some)]
    found: bytes = some.buffers()[2].slice(first, last - first).to_pybytes() if last > first else b""
    return found
