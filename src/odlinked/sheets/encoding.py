"""Which encoding a text is in, decided from all of its bytes.

Tried in this order: a byte order mark (UTF-8, UTF-16), UTF-16 without one, UTF-8, Big5 as Windows writes it (CP950). Nothing else
is guessed: a text in none of these is reported with the position where each attempt failed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from odlinked.errors import InputError

CHUNK: Final = 1 << 20
"""Bytes read at a time; even, so that a chunk never cuts a UTF-16 code unit."""

LONGEST_LINE: Final = 64 << 20
"""Bytes of the longest line and of the longest field, so that a file of one line is not held whole."""

_CONTROLS: Final = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
CONTROL_CHARACTERS: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]")
_RARE: Final = re.compile(rb"[\xc9-\xf9][\x40-\x7e\xa1-\xfe]")
_COMMON: Final = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_MADE: Final = ((0xFA, 0xFE, 0xE000), (0x8E, 0xA0, 0xE311), (0x81, 0x8D, 0xEEB8), (0xC6, 0xC8, 0xF672))
"""User-defined areas of code page 950: first and last leading byte, and the character they begin at."""

_BEFORE_A_CELL: Final = b",;|\t\r\n\"' \xef\xbb\xbf\x80"
"""Bytes after which a cell may begin: separators, line ends, quotes, blanks (the last byte of U+3000, too), a BOM."""

_OWN_OR_NOTHING: Final = "odlinked-own-or-nothing"
_OWN_OR_LOST: Final = "odlinked-own-or-lost"
_WEIGHED: Final = 1 << 16
"""Bytes of each chunk whose characters are counted as common or rare."""


Chunks = Callable[[], Iterator[bytes]]
"""Opens the bytes from the start, in chunks of an even number of bytes (except the last)."""


@dataclass(frozen=True)
class Encoding:
    """An encoding: its Python `codec` (which removes a byte order mark), its `title` for people, and whether control characters
    (C0 without tab and line ends; DEL) occur, which no spreadsheet shows and no XML can carry.

    `plain`: only ASCII. `replaced` counts U+FFFD, which marks characters lost earlier. `longest` is the approximate length of the
    longest line in bytes, to the chunk, `lines` the number of line ends. `formulas`: `="` occurs. `made` counts user-defined
    characters of an agency in Big5.
    """

    codec: str
    title: str
    controls: bool
    plain: bool = False
    replaced: int = 0
    longest: int = 0
    lines: int = 0
    formulas: bool = False
    made: int = 0


@dataclass(frozen=True)
class Failure:
    """Where an attempt failed: 0-based byte offset and 1-based line."""

    title: str
    byte: int
    line: int
    why: str = ""
    codec: str = ""

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
    found = detect_chunks(partial(_chunks, path), own=True)
    if isinstance(found, tuple):
        raise InputError(f"the text is in no encoding that is read; tried {', '.join(map(str, found))}", doing="reading",
                         on=name, next_step="Save it as UTF-8")
    if found.longest > LONGEST_LINE and not one_line:
        raise InputError(f"a line is longer than {LONGEST_LINE >> 20} MiB", doing="reading", on=name,
                         next_step="Check that it is a text file")
    return found


def detect_chunks(chunks: Chunks, *, whole: bool = True, own: bool = False) -> Encoding | tuple[Failure, ...]:
    """Return the encoding of a text, or where each attempt failed.

    `whole` is false where the end is missing, so that the last character may be incomplete. With `own`, Big5 may hold a few
    user-defined characters of an agency; such a text is decoded with `errors(codec)`.
    """
    failures = []
    for codec, title in _attempts(chunks):
        outcome = _decode(chunks(), codec, title, whole=whole, errors=_OWN_OR_NOTHING if own and codec == "cp950" else "strict")
        if isinstance(outcome, Encoding):
            return outcome
        failures.append(outcome)
    return tuple(failures)


def _attempts(chunks: Chunks) -> list[tuple[str, str]]:
    head = next(chunks(), b"")[:4]
    if head.startswith(codecs.BOM_UTF8):
        return [("utf-8-sig", "UTF-8 with a byte order mark")]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return [("utf-16", "UTF-16 with a byte order mark")]
    order = _order_of_utf16(chunks())
    if order:
        return [(f"utf-16-{order}", f"UTF-16 ({order.upper()})"), ("utf-8", "UTF-8")]
    return [("utf-8", "UTF-8"), ("cp950", "Big5/CP950")]


def _order_of_utf16(chunks: Iterator[bytes]) -> str:
    """Return "le" or "be" when line ends and separators of the file are two bytes wide in that byte order only, else ""."""
    little = big = 0
    for chunk in chunks:
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
    """Count line ends, separators, quotes and angle brackets in `plain` that are next to a zero byte in `zero`.

    Square and curly brackets would mislead: U+7D00 is a common character.
    """
    return sum(1 for match in re.finditer(rb"[\t\n\r,:;<>\"]", plain)
               if match.start() < len(zero) and zero[match.start()] == 0) if b"\0" in zero else 0


def errors(codec: str, *, lost: bool = True) -> str:
    """Return the error handler for reading a text that cannot be fully decoded; undecodable bytes become U+FFFD if they may be
    `lost`.

    In Big5, user-defined characters of an agency become the private-use characters that Windows shows them as.
    """
    if codec != "cp950":
        return "replace" if lost else "strict"
    _register()
    return _OWN_OR_LOST if lost else _OWN_OR_NOTHING


def _register() -> None:
    """Register the two handlers for user-defined characters with Python; repeating it changes nothing."""
    codecs.register_error(_OWN_OR_NOTHING, partial(_made, strict=True))
    codecs.register_error(_OWN_OR_LOST, partial(_made, strict=False))


def _made(problem: UnicodeError, *, strict: bool) -> tuple[str, int]:
    """Return a character of the user-defined areas of code page 950, and where decoding continues."""
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    pair = problem.object[problem.start:problem.start + 2]
    if len(pair) == 2 and (0x40 <= pair[1] <= 0x7E or 0xA1 <= pair[1] <= 0xFE):
        for first, last, start in _MADE:
            if first <= pair[0] <= last:
                column = pair[1] - (0x40 if pair[1] < 0x7F else 0x62)
                return chr(start + (pair[0] - first) * 157 + column), problem.start + 2
    if strict:
        raise problem
    return "\ufffd", problem.start + 1


def _decode(chunks: Iterator[bytes], codec: str, title: str, *, whole: bool, errors: str) -> Encoding | Failure:
    """Decode everything, keeping nothing."""
    if errors != "strict":
        _register()
    decoder = codecs.getincrementaldecoder(codec)(errors)
    done = lines = common = rare = replaced = longest = open_since = made = weighed = 0
    controls, plain, formulas = False, True, False
    wide = codec.startswith("utf-16")
    pending = tail = b""
    for chunk in chain(chunks, (b"",) if whole else ()):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as problem:
            start = done - len(pending) + problem.start
            return Failure(title, start, lines + problem.object[:problem.start].count(b"\n") + 1,
                           codec=codec)
        pending = decoder.getstate()[0]
        if wide:
            controls = controls or bool(CONTROL_CHARACTERS.search(text))
        elif not controls:
            controls = len(chunk.translate(None, _CONTROLS)) != len(chunk)
        formulas = formulas or ('="' in text if wide else _opens_formula(tail + chunk))
        tail = chunk[-2:]
        if codec == "cp950":
            if errors != "strict" and (own := len(_PRIVATE.findall(text))):
                made += own
                weighed += _likely(text[:_WEIGHED])
            common += len(_COMMON.findall(chunk[:_WEIGHED]))
            rare += len(_RARE.findall(chunk[:_WEIGHED]))
        if not text.isascii():
            plain = False
            replaced += text.count("\ufffd")
        ends = [chunk.find(b"\n"), chunk.rfind(b"\n"), chunk.find(b"\r"), chunk.rfind(b"\r")]
        first = min((end for end in ends[::2] if end >= 0), default=-1)
        longest = max(longest, done + (first if first >= 0 else len(chunk)) - open_since)
        open_since = done + max(ends) + 1 if first >= 0 else open_since
        done += len(chunk)
        lines += chunk.count(b"\n")
    if (rare >= 4 and rare > common) or made * 8 > weighed:
        return Failure(title, 0, 1, "most of its characters would be rare ones, so it is another encoding", codec)
    return Encoding(codec, title, controls, plain, replaced, longest, lines, formulas, made)


def _opens_formula(plain: bytes) -> bool:
    """True when `="` occurs where a cell may begin."""
    at = plain.find(b'="')
    while at > 0 and plain[at - 1] not in _BEFORE_A_CELL:
        at = plain.find(b'="', at + 1)
    return at >= 0


def _likely(text: str) -> int:
    """Return how many characters of a Big5 text are common, minus two for each rare one.

    In a text of another encoding that is read as Big5 nearly half are rare. User-defined ones are neither.
    """
    leads = [character.encode("cp950", "ignore")[:1] for character in text if character > "\u2e80"]
    rare = sum(1 for lead in leads if lead >= b"\xc9")
    return sum(1 for lead in leads if lead >= b"\xa4") - 3 * rare


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield the file in chunks."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
