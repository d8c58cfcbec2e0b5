"""Parsing twice: strictly, and where the format is violated, leniently too, so that it is reported and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, Final

import pyoxigraph as ox

from odlinked.errors import InputError
from odlinked.graphs import slips
from odlinked.graphs.kinds import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, GraphFormat
from odlinked.graphs.slips import Slip, slip
from odlinked.graphs.tags import mend
from odlinked.graphs.terms import BASE, StatementWriter, is_odd

MOST: Final = 10_000_000
"""Most triples read of a file: about 1.5 GB as text, a catalogue of twice national size."""

_SHOWN: Final = 40
"""Most characters reported of an unterminated text."""

_COMPLAINTS: Final = 20_000
"""Most complaints examined: most only follow from others, and the parser continues after each, endlessly in a file of zeros."""

_BATCH: Final = 50_000
_TRIPLE_TERM: Final = re.compile(rb"^\S+ <[^>]*> <<\(", re.MULTILINE)
_DIRECTED: Final = re.compile(rb'"@[A-Za-z0-9-]+--(?:ltr|rtl) \.$', re.MULTILINE)
_UNLIKE_IRI: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_NO_LANGUAGE: Final = "language tag ''"  # the strict parser takes `xml:lang=""`, which XML allows, for a fault
_ONE_ADDRESS: Final = re.compile(r"<[^<>]*>")
_KEYWORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class _Directed(Exception):
    """A text has a direction (RDF 1.2), which the strict parser does not complain about."""


@dataclass
class ParsedGraph:
    """The result of parsing a file: its lines (canonical N-Triples, sorted, each once) and the violations that were tolerated.

    `odd` IRIs were read encoded, `tags` are not language tags and were corrected; `unmapped` are the keys of JSON-LD that its
    context does not have, which mean nothing. `complaint` is the strict parser's first one on RDF/XML, where it has no line.
    """

    lines: list[bytes]
    slips: list[Slip] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    complaint: str = ""


def parse(data: bytes, kind: GraphFormat, name: str) -> tuple[ParsedGraph, bytes]:
    """Return the statements of a file, and the file as it was read (with its language tags corrected).

    Raise `InputError` with the parser's words, line and column included, for a file that cannot be read even leniently.
    """
    if kind == JSON_LD:  # its strict parser silently leaves things out
        return _leniently(data, kind, name), data
    found = _strictly(data, kind, name)
    if isinstance(found, list):
        return ParsedGraph(found), data
    if kind == RDF_XML:
        parsed = _leniently(data, kind, name)
        parsed.complaint = "" if isinstance(found, _Directed) or _NO_LANGUAGE in str(found) else str(found)
        return parsed, data
    text, corrections = mend(data.decode())
    if corrections:
        data = text.encode()
        found = _strictly(data, kind, name)
        if isinstance(found, list):
            return ParsedGraph(found, corrections), data
    corrections += _errors(data, text, kind)
    parsed = _leniently(data, kind, name)
    parsed.slips += corrections
    return parsed, data


def _strictly(data: bytes, kind: GraphFormat, name: str) -> list[bytes] | Exception:
    """Return the lines of a file that conforms to its format, else the first violation."""
    lines: set[bytes] = set()
    triples, count = map(attrgetter("triple"), ox.parse(data, format=kind.format, base_iri=BASE)), 0
    try:
        while batch := list(islice(triples, _BATCH)):
            count += len(batch)
            if count > MOST:
                raise _too_many(name)
            text = ox.serialize(batch, format=ox.RdfFormat.N_TRIPLES) or b""
            if _TRIPLE_TERM.search(text):
                raise _triple_term(name)
            if _DIRECTED.search(text):
                return _Directed()
            lines.update(text.split(b"\n"))
    except (SyntaxError, ValueError) as problem:
        return problem
    except MemoryError as problem:
        raise _too_long(name) from problem
    lines.discard(b"")
    return sorted(lines)


def _leniently(data: bytes, kind: GraphFormat, name: str) -> ParsedGraph:
    """Return what a lenient parser reads, every term made valid RDF."""
    writer = StatementWriter()
    lines: set[bytes] = set()
    unmapped: dict[str, None] = {}
    try:
        for triple in _capped((quad.triple for quad in ox.parse(data, format=kind.format, base_iri=BASE, lenient=True)), name):
            if not isinstance(triple.object, ox.NamedNode | ox.BlankNode | ox.Literal):
                raise _triple_term(name)
            if kind == JSON_LD and _KEYWORD.match(triple.predicate.value) is None:
                unmapped.setdefault(triple.predicate.value)
            else:
                lines.add(writer.line(triple))
    except (SyntaxError, ValueError) as problem:
        raise InputError(f"it is no sound {kind.name}: {_message(problem)}", doing="reading", on=name) from problem
    except MemoryError as problem:
        raise _too_long(name) from problem
    corrections = [slip(slips.NEWER, 0, tag, tag.partition("--")[0]) for tag in writer.directions]
    return ParsedGraph(sorted(lines), corrections, [slips.short(iri) for iri in writer.odd], list(writer.tags), list(unmapped))


def _capped(triples: Iterable[Any], name: str) -> Iterator[Any]:
    for count, triple in enumerate(triples, 1):
        if count > MOST:
            raise _too_many(name)
        yield triple


def _too_many(name: str) -> InputError:
    return InputError(f"it has more than {MOST:,} triples", doing="reading", on=name, next_step="Split it")


def _triple_term(name: str) -> InputError:
    return InputError("it makes statements about statements (a triple as a term, RDF 1.2), which no rule can check",
                      doing="reading", on=name, next_step="Write it in RDF 1.1")


def _too_long(name: str) -> InputError:
    """Return the error for a text that exceeds the parser's buffer: it searches 16 MiB for the end of a text at most."""
    return InputError("a text, address or comment in it is longer than 16 MiB", doing="reading", on=name,
                      next_step="Close the quote that is open, or shorten it")


def _errors(data: bytes, text: str, kind: GraphFormat) -> list[Slip]:
    """Return the strict parser's complaints about a text format, with their lines; it continues after each complaint.

    The lenient one tolerates addresses and line breaks in texts. Other complaints only follow from those.
    """
    found: list[Slip] = []
    others: list[Slip] = []
    quads = ox.parse(data, format=kind.format, base_iri=BASE)
    rows = re.split(r"\r\n?|\n", text)
    complaints = 0
    while len(found) < slips.MOST and complaints < _COMPLAINTS:
        try:
            next(quads)
        except StopIteration:
            break
        except SyntaxError as problem:
            complaints += 1
            quoted = _quoted(problem, rows)
            passed = _ONE_ADDRESS.fullmatch(quoted) is not None or "Line jumps" in str(problem)
            if passed or not others:
                (found if passed else others).append(_slip(problem.lineno or 0, quoted, kind))
    return found or others


def _slip(line: int, quoted: str, kind: GraphFormat) -> Slip:
    """Return a complaint as a slip. An IRI that Turtle could write, but that is invalid, is reported as any odd IRI."""
    if quoted.startswith("<"):
        address = quoted[1:].removesuffix(">")
        odd = is_odd(address) and not _UNLIKE_IRI.search(address)
        relative = kind in (N_TRIPLES, N_QUADS) and _KEYWORD.match(address) is None
        return slip(slips.ADDRESS if odd and not relative else slips.GRAMMAR, line, address)
    return slip(slips.GRAMMAR, line, quoted)


def _quoted(problem: SyntaxError, rows: list[str]) -> str:
    """Return what a complaint is about: the address it names, else the text that is unterminated at the end of what was read."""
    line, column = problem.lineno or 0, problem.offset or 1
    last, end = problem.end_lineno or line, problem.end_offset or column
    if not 0 < line <= last <= len(rows):
        return ""
    if rows[line - 1][column - 1:column] == "<":
        part = "\n".join(rows[line - 1:last])
        return part[column - 1: len(part) - len(rows[last - 1]) + end - 1]
    read = rows[line - 1][:column]
    return read[max(read.rfind('"'), read.rfind("'"), 0):][:_SHOWN]


def _message(problem: Exception) -> str:
    line = getattr(problem, "lineno", None)
    text = str(getattr(problem, "msg", "") or problem)
    return f"line {line}: {text}" if line else text
