"""Reading an RDF file whole, within caps: its triples as canonical N-Triples lines, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from odlinked.errors import InputError
from odlinked.graphs import contexts, markup
from odlinked.graphs.kinds import JSON_LD, RDF_XML, Kind, tell
from odlinked.graphs.positions import Positions, find
from odlinked.settings import ReadSettings
from odlinked.tables import listed

MOST: Final = 10_000_000
"""Triples read of a file at most: about 1.5 GB as text, a catalogue of twice national size."""

_LOCATED: Final = 100_000_000
"""Bytes of a file whose lines are looked for, at most."""

_UNTAGGED: Final = re.compile(rb'"@ \.$', re.MULTILINE)
_IRI: Final = re.compile(r"<([^<>]*)>")
_NO_IRI: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20\"{}|\\^`\x7f\[\]]")
_TOLD: Final = 3


@dataclass(frozen=True)
class Graph:
    """An RDF file: its triples (canonical N-Triples, sorted, each once; graph names are left out) and their lines.

    `notes` says what was put right to read it. Blank nodes keep the labels they have in the file.
    """

    name: str
    kind: Kind
    ntriples: bytes = field(repr=False)
    positions: Positions = field(repr=False)
    notes: tuple[str, ...] = ()


def read(path: Path, caps: ReadSettings, name: str | None = None) -> Graph:
    """Read an RDF file; raise `InputError` for what is broken, too large, hostile or needs something to be fetched."""
    told = name or path.name
    try:
        size = path.stat().st_size
        kind = tell(path)
        if size > caps.max_bytes:
            raise InputError(f"it is larger than {caps.max_bytes:,} bytes", doing="reading", on=told,
                             next_step="Raise read.max_bytes, or split it")
        data = path.read_bytes()
    except OSError as problem:
        raise InputError(problem.strerror or str(problem), doing="reading", on=told) from problem
    if kind is None:
        raise InputError("it is no RDF", doing="reading", on=told)
    data = _prepared(data, kind, told)
    base = "file:///" + quote(path.name)
    odd: list[str] = []
    lines = _lines(_triples(data, kind, base, told), odd, told)
    located = kind not in (JSON_LD, RDF_XML) and len(data) <= _LOCATED
    note = f"{told}: {len(odd)} IRIs have characters that no IRI may have and were read encoded, such as {listed(odd, _TOLD)}"
    return Graph(told, kind, lines, find(data.decode(), base) if located else Positions(), (note,) if odd else ())


def _prepared(data: bytes, kind: Kind, name: str) -> bytes:
    """Return the file as UTF-8 without a byte order mark, checked where its format has traps."""
    if kind == RDF_XML:
        return markup.safe(data, name)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            data = data.decode("utf-16").encode()
        data.decode()
    except UnicodeError as problem:
        raise InputError(f"it is not in UTF-8: {problem}", doing="reading", on=name, next_step="Save it in UTF-8") from problem
    return contexts.safe(data, name) if kind == JSON_LD else data


def _triples(data: bytes, kind: Kind, base: str, name: str) -> Iterator[Any]:
    """Yield the triples of all graphs; raise `InputError` with the parser's words, line and column included."""
    try:
        for count, quad in enumerate(ox.parse(data, format=kind.format, base_iri=base, lenient=True), 1):
            if count > MOST:
                raise InputError(f"it has more than {MOST:,} triples", doing="reading", on=name, next_step="Split it")
            yield quad.triple
    except (SyntaxError, ValueError, OSError) as problem:
        raise InputError(f"it is no sound {kind.name}: {_said(problem)}", doing="reading", on=name) from problem


def _said(problem: Exception) -> str:
    line = getattr(problem, "lineno", None)
    text = str(getattr(problem, "msg", "") or problem)
    return f"line {line}: {text}" if line else text


def _lines(triples: Iterable[Any], odd: list[str], name: str) -> bytes:
    """Return the sorted lines of triples; what no IRI may hold is percent-encoded, and `odd` gets such IRIs."""
    found: set[bytes] = set()
    source = iter(triples)
    while batch := list(islice(source, 50_000)):
        text = ox.serialize(batch, format=ox.RdfFormat.N_TRIPLES) or b""
        found.update(_UNTAGGED.sub(b'" .', text).split(b"\n"))
    found.discard(b"")
    seen: dict[str, None] = {}
    lines = sorted(_mended(line, seen) for line in found)
    odd.extend(seen)
    return b"".join(line + b"\n" for line in dict.fromkeys(lines))


def _mended(line: bytes, seen: dict[str, None]) -> bytes:
    """Return a line whose IRIs are IRIs. The text of a literal is not looked at."""
    text = line.decode()
    start = text.find('"')
    head, tail = (text, "") if start < 0 else (text[:start], text[start:])

    def encoded(match: re.Match[str]) -> str:
        iri = _encoded(match[1])
        if iri != match[1]:
            seen.setdefault(match[1])
        return f"<{iri}>"

    return (_IRI.sub(encoded, head) + tail).encode()


@lru_cache(maxsize=65_536)
def _encoded(iri: str) -> str:
    """Return an IRI, with what may not stand in one percent-encoded; one that stays none is left as it is."""
    try:
        ox.NamedNode(iri)
    except ValueError:
        return _NO_IRI.sub(lambda odd: quote(odd[0], safe=""), iri)
    return iri
