"""Reading an RDF file whole, within caps: its triples as canonical N-Triples lines, where they stand, and what was let pass."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from odlinked.errors import InputError, printable
from odlinked.graphs import contexts, markup, slips
from odlinked.graphs.kinds import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, GraphFormat, tell
from odlinked.graphs.parser import ParsedGraph, parse
from odlinked.graphs.positions import Positions, find
from odlinked.graphs.slips import Slip, slip
from odlinked.graphs.terms import RELATIVE, as_written, mended
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import listed

_LOCATED: Final = 100_000_000
"""Bytes of a file whose lines are looked for, at most."""

_IRI: Final = re.compile(RELATIVE + rb"[^>]*>")
_TOLD: Final = 3


@dataclass(frozen=True)
class Graph:
    """An RDF file: its triples (canonical N-Triples, sorted, each once; graph names are left out) and their lines.

    `notes` says what was put right to read it, `slips` where the format forbids what stands there. Blank nodes keep the labels
    they have in the file; addresses that are relative and have no base are in a place of their own (`terms.as_written`).
    """

    name: str
    kind: GraphFormat
    ntriples: bytes = field(repr=False)
    source: bytes = field(repr=False, default=b"")
    notes: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()

    def positions(self, subjects: Container[str] | None = None) -> Positions:
        """Return where statements on subjects stand (None = on all): nowhere in RDF/XML and JSON-LD and in very large files."""
        located = self.kind not in (JSON_LD, RDF_XML) and len(self.source) <= _LOCATED
        return find(self.source.decode(), subjects) if located else Positions()

    def quoted(self, value: str) -> str:
        """Return an IRI or a text of the graph as findings quote it: an address as it was written. Every quote passes here."""
        return as_written(value)


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
    parsed, data = parse(_prepared(data, kind, told), kind, told)
    ntriples = b"".join(line + b"\n" for line in parsed.lines)
    relative = _relative(ntriples)
    graph = Graph(told, kind, ntriples, data, tuple(_notes(parsed, relative, told)))
    found = sorted([*parsed.slips, *_slips(graph, parsed, relative)], key=_place)
    return replace(graph, slips=tuple(found))


def _slips(graph: Graph, parsed: ParsedGraph, relative: list[str]) -> Iterator[Slip]:
    """Yield what the parsers cannot tell the line of, and addresses without a base."""
    lines: Mapping[str, int] = {}
    if graph.kind in (N_TRIPLES, N_QUADS):
        return  # no address without a scheme may stand there at all: told as that
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


def _place(told: Slip) -> tuple[int, str, str]:
    return told.line, told.rule, told.quoted


def _relative(ntriples: bytes) -> list[str]:
    """Return the addresses that were relative, each once, in the order of the text."""
    if RELATIVE not in ntriples:
        return []
    lines = (line for line in ntriples.split(b"\n") if RELATIVE in line)
    return list(dict.fromkeys(found[1:-1].decode() for line in lines for found in _IRI.findall(line.partition(b' "')[0])))


def _notes(parsed: ParsedGraph, relative: list[str], name: str) -> list[str]:
    """Return what was put right, a line each."""
    notes = []
    if parsed.odd:
        notes.append(f"{name}: {len(parsed.odd)} IRIs have characters that no IRI may have and were read encoded, such as "
                     f"{listed(parsed.odd, _TOLD)}")
    if relative:
        notes.append(f"{name}: {len(relative)} relative addresses, the file says no base "
                     f"({listed([as_written(iri) for iri in relative], _TOLD)})")
    if parsed.unmapped:
        notes.append(f"{name}: {len(parsed.unmapped)} keys are in no context and say nothing ({listed(parsed.unmapped, _TOLD)})")
    return [printable(note) for note in notes]


def _line(data: bytes, text: str) -> int:
    """Return the line on which a JSON string stands first, 0 where it is written otherwise."""
    at = data.find(f'"{text}"'.encode())
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 0


def _prepared(data: bytes, kind: GraphFormat, name: str) -> bytes:
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
