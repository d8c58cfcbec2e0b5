"""Reading an RDF file as a whole, within limits: its triples as canonical N-Triples lines, their positions, and tolerated
violations."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from odlinked.errors import InputError, printable, said_by_system
from odlinked.graphs import contexts, markup, slips
from odlinked.graphs.kinds import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, GraphFormat, detect_format
from odlinked.graphs.parser import ParsedGraph, parse
from odlinked.graphs.positions import Positions, find
from odlinked.graphs.slips import Slip, slip
from odlinked.graphs.terms import RELATIVE, as_written, mended
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import listed

_LOCATED: Final = 100_000_000
"""Most bytes of a file whose lines are looked for."""

_IRI: Final = re.compile(RELATIVE + rb"[^>]*>")
_LISTED: Final = 3


@dataclass(frozen=True)
class Graph:
    """An RDF file: its triples (canonical N-Triples, sorted, each once; graph names are left out) and their lines.

    `notes` has what was corrected to read it, `slips` where the format is violated. Blank nodes keep the labels they have in the
    file; addresses that are relative and have no base are put under a base of their own (`terms.as_written`).
    """

    name: str
    kind: GraphFormat
    ntriples: bytes = field(repr=False)
    source: bytes = field(repr=False, default=b"")
    notes: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()

    def positions(self, subjects: Container[str] | None = None) -> Positions:
        """Return where statements on subjects are (None = on all): nowhere in RDF/XML and JSON-LD and in very large files."""
        located = self.kind not in (JSON_LD, RDF_XML) and len(self.source) <= _LOCATED
        return find(self.source.decode(), subjects) if located else Positions()

    def quoted(self, value: str) -> str:
        """Return an IRI or a text of the graph as findings quote it: an address as it was written. Every quote uses this."""
        return as_written(value)


def read(path: Path, caps: ReadSettings, name: str | None = None) -> Graph:
    """Read an RDF file; raise `InputError` for a file that is broken, too large, hostile or needs something to be fetched."""
    shown = name or path.name
    parsed, data, kind = _parsed(path, caps, shown)
    ntriples = b"".join(line + b"\n" for line in parsed.lines)
    relative = _relative(ntriples)
    graph = Graph(shown, kind, ntriples, data, tuple(_notes(parsed, relative, shown)))
    found = sorted([*parsed.slips, *_slips(graph, parsed, relative)], key=_place)
    return replace(graph, slips=tuple(found))


def statements(path: Path, caps: ReadSettings, name: str | None = None) -> list[bytes]:
    """Return the lines of `Graph.ntriples` of a file, for who reports nothing of it: no line of the file is looked for.

    Raise `InputError` as `read` does.
    """
    return _parsed(path, caps, name or path.name)[0].lines


def _parsed(path: Path, caps: ReadSettings, shown: str) -> tuple[ParsedGraph, bytes, GraphFormat]:
    """Return what a file states, the file as it was read, and its format."""
    try:
        size = path.stat().st_size
        kind = detect_format(path)
        if size > caps.max_bytes:
            raise InputError(f"it is larger than {caps.max_bytes:,} bytes", doing="reading", on=shown,
                             next_step="Raise read.max_bytes, or split it")
        data = path.read_bytes()
    except OSError as problem:
        raise InputError(said_by_system(problem), doing="reading", on=shown) from problem
    if kind is None:
        raise InputError("it is not RDF", doing="reading", on=shown)
    return *parse(prepared(data, kind, shown), kind, shown), kind


def _slips(graph: Graph, parsed: ParsedGraph, relative: list[str]) -> Iterator[Slip]:
    """Yield violations whose line the parsers do not report, and addresses without a base."""
    lines: Mapping[str, int] = {}
    if graph.kind in (N_TRIPLES, N_QUADS):
        return  # an address without a scheme is not allowed there at all: reported as that
    if graph.kind == RDF_XML and (parsed.complaint or relative):
        found, lines = markup.scan(graph.source, graph.name)
        yield from found or ([slip(slips.GRAMMAR, 0, parsed.complaint)] if parsed.complaint else [])
    elif graph.kind == JSON_LD:
        for tag in parsed.tags:
            yield slip(slips.LANGUAGE, _line(graph.source, tag), f'"@language": "{tag}"', mended(tag))
    elif relative:
        lines = graph.positions(frozenset()).relative
    for iri in relative[: slips.MOST]:
        yield slip(slips.RELATIVE, lines.get(iri, 0), as_written(iri))


def _place(found: Slip) -> tuple[int, str, str]:
    return found.line, found.rule, found.quoted


def _relative(ntriples: bytes) -> list[str]:
    """Return the addresses that were relative, each once, in the order of the text."""
    if RELATIVE not in ntriples:
        return []
    lines = (line for line in ntriples.split(b"\n") if RELATIVE in line)
    return list(dict.fromkeys(found[1:-1].decode() for line in lines for found in _IRI.findall(line.partition(b' "')[0])))


def _notes(parsed: ParsedGraph, relative: list[str], name: str) -> list[str]:
    """Return what was corrected, one a line."""
    notes = []
    if parsed.odd:
        notes.append(f"{name}: {len(parsed.odd)} IRIs have characters that no IRI may have and were read encoded, such as "
                     f"{listed(parsed.odd, _LISTED)}")
    if relative:
        notes.append(f"{name}: {len(relative)} relative addresses, the file says no base "
                     f"({listed([as_written(iri) for iri in relative], _LISTED)})")
    if parsed.unmapped:
        notes.append(f"{name}: {len(parsed.unmapped)} keys are in no context and say nothing "
                     f"({listed(parsed.unmapped, _LISTED)})")
    return [printable(note) for note in notes]


def _line(data: bytes, text: str) -> int:
    """Return the line on which a JSON string occurs first, 0 where it is written differently."""
    at = data.find(f'"{text}"'.encode())
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 0


def prepared(data: bytes, kind: GraphFormat, name: str) -> bytes:
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
