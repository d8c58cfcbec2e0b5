"""Which encoding a text file is in, decided from all of its bytes.

Tried in this order: a byte order mark (UTF-8, UTF-16), UTF-16 without one, UTF-8, Big5 as Windows writes it (CP950).
Nothing else is guessed: a file that is none of these is refused with the place where each attempt failed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from odlinked.errors import InputError

CHUNK: Final = 1 << 20
"""Bytes read at a time; even, so that a chunk never cuts a UTF-16 code unit."""

LONGEST_LINE: Final = 64 << 20
"""Bytes of the longest line and of the longest field, so that a file of one line is not held whole."""

_CONTROLS: Final = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_CONTROL_CHARACTERS: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]")
_RARE: Final = re.compile(rb"[\xc9-\xf9][\x40-\x7e\xa1-\xfe]")
_COMMON: Final = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")


@dataclass(frozen=True)
class Encoding:
    """`codec` for Python (the mark, if any, is taken off by it), `title` for people, and whether control
    characters (C0 but tab and line ends, DEL) occur, which no spreadsheet shows and no XML can carry."""

    codec: str
    title: str
    controls: bool


@dataclass(frozen=True)
class Failure:
    """Where an attempt failed: 0-based byte offset and 1-based line."""

    title: str
    byte: int
    line: int
    why: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.why or f'fails at byte {self.byte + 1:,}, line {self.line:,}'})"


def detect(path: Path, name: str, *, one_line: bool = False) -> Encoding:
    """Return the encoding of the whole file at `path`; `InputError` names what was tried and where it failed.

    `one_line`: the file may be a single line of any length, as JSON is.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise InputError("the text is UTF-32, which is not read", doing="reading", on=name, next_step="Save it as UTF-8")
    attempts = _attempts(path, head)
    failures = []
    for codec, title in attempts:
        outcome = _decode(path, codec, title, name, one_line=one_line)
        if isinstance(outcome, Encoding):
            return outcome
        failures.append(outcome)
    raise InputError(f"the text is in no encoding that is read; tried {', '.join(map(str, failures))}", doing="reading",
                     on=name, next_step="Save it as UTF-8")


def _attempts(path: Path, head: bytes) -> list[tuple[str, str]]:
    if head.startswith(codecs.BOM_UTF8):
        return [("utf-8-sig", "UTF-8 with a byte order mark")]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return [("utf-16", "UTF-16 with a byte order mark")]
    order = _order_of_utf16(path)
    if order:
        return [(f"utf-16-{order}", f"UTF-16 ({order.upper()})"), ("utf-8", "UTF-8")]
    return [("utf-8", "UTF-8"), ("cp950", "Big5/CP950")]


def _order_of_utf16(path: Path) -> str:
    """Return "le" or "be" when line ends and separators of the file stand two bytes wide in that order only, else ""."""
    little = big = 0
    for chunk in _chunks(path):
        if b"\0" not in chunk:
            continue
        low, high = chunk[0::2], chunk[1::2]
        little += _pairs(low, high)
        big += _pairs(high, low)
        if len(chunk) % 2:
            return ""
    if little and not big:
        return "le"
    return "be" if big and not little else ""


def _pairs(plain: bytes, zero: bytes) -> int:
    """Count line ends, tabs, commas, colons and semicolons in `plain` that stand beside a zero byte in `zero`."""
    return sum(1 for match in re.finditer(rb"[\t\n\r,:;]", plain)
               if match.start() < len(zero) and zero[match.start()] == 0) if b"\0" in zero else 0


def _decode(path: Path, codec: str, title: str, name: str, *, one_line: bool) -> Encoding | Failure:
    """Decode the whole file and keep nothing of it; `InputError` for a line that no table has."""
    decoder = codecs.getincrementaldecoder(codec)()
    done = lines = common = rare = 0
    controls = False
    wide = codec.startswith("utf-16")
    pending = b""
    open_since = 0
    for chunk in _chunks(path, last=True):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as problem:
            start = done - len(pending) + problem.start
            return Failure(title, start, lines + problem.object[:problem.start].count(b"\n") + 1)
        pending = decoder.getstate()[0]
        if wide:
            controls = controls or bool(_CONTROL_CHARACTERS.search(text))
        elif not controls:
            controls = len(chunk.translate(None, _CONTROLS)) != len(chunk)
        if codec == "cp950":
            common += len(_COMMON.findall(chunk))
            rare += len(_RARE.findall(chunk))
        done += len(chunk)
        lines += chunk.count(b"\n")
        open_since = done if b"\n" in chunk or b"\r" in chunk else open_since
        if done - open_since > LONGEST_LINE and not one_line:
            raise InputError(f"line {lines + 1:,} is longer than {LONGEST_LINE >> 20} MiB", doing="reading", on=name,
                             next_step="Check that it is a text file")
    if rare >= 4 and rare > common:
        return Failure(title, 0, 1, "most of its characters would be rare ones, so it is another encoding")
    return Encoding(codec, title, controls)


def _chunks(path: Path, *, last: bool = False) -> Iterator[bytes]:
    """Yield the file in chunks, and an empty one at the end when `last` asks for it."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    if last:
        yield b""
