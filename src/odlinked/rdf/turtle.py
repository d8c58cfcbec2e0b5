"""Turtle from N-Triples lines, without a change to any literal's spelling (RDF 1.1 Turtle).

Not a library's writer, because none does both things that a record's page needs. rdflib writes `"007"^^xsd:integer` as the bare
word 007, and with normalisation as 7: the document would no longer be the same. pyoxigraph keeps every letter, but writes a blank
node as a label, so that a rule's `sh:or ( [ … ] [ … ] )` becomes a page of unreadable `_:` names. A term of canonical N-Triples
already is a term of Turtle: only shortening, grouping and nesting are left to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from odlinked.namespaces import RDF
from odlinked.rdf.ntriples import parts

_LOCAL = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\Z")
_TYPE: Final = f"<{RDF}type>"
_FIRST, _REST, _NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"

Grouped = dict[str, dict[str, list[str]]]
"""Subject -> predicate -> objects, all as raw N-Triples terms, in order of first occurrence."""


def grouped(ntriples: bytes) -> Grouped:
    """Group N-Triples text by subject and predicate."""
    subjects: Grouped = {}
    for subject, predicate, term in parts(ntriples):
        subjects.setdefault(subject, {}).setdefault(predicate, []).append(term)
    return subjects


class PrefixedNames:
    """Shortens IRIs by prefixes (prefix -> namespace) and remembers which it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.by_namespace = {namespace: prefix for prefix, namespace in prefixes.items()}
        self.used: set[str] = set()
        self.short = lru_cache(maxsize=4_096)(self._short)

    def _short(self, iri: str) -> str | None:
        """Return `prefix:local` for an IRI without its angle brackets, or None where no prefix fits."""
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = self.by_namespace.get(iri[:cut])
        if prefix is None or not _LOCAL.match(iri, cut):
            return None
        self.used.add(prefix)
        return f"{prefix}:{iri[cut:]}"


class _TurtleWriter:
    def __init__(self, subjects: Grouped, names: PrefixedNames) -> None:
        self.subjects, self.names = subjects, names
        self.labels: dict[str, str] = {}
        times: dict[str, int] = {}
        for predicates in subjects.values():
            for objects in predicates.values():
                for term in objects:
                    if term.startswith("_:"):
                        times[term] = times.get(term, 0) + 1
        self.nested = {term for term, count in times.items() if count == 1}
        self.written: set[str] = set()

    def term(self, raw: str, depth: int) -> str:
        """Return a term in Turtle: an IRI shortened, a literal with its datatype shortened, a blank node nested."""
        if raw[0] == "<":
            return self.names.short(raw[1:-1]) or raw
        if raw[0] == "_":
            return self._blank(raw, depth)
        if raw[-1] == ">":
            text, _, datatype = raw.rpartition("^^<")
            short = self.names.short(datatype[:-1])
            return f"{text}^^{short}" if short else raw
        return raw

    def _blank(self, raw: str, depth: int) -> str:
        if raw not in self.nested or raw in self.written or depth > 20:
            return self.labels.setdefault(raw, f"_:b{len(self.labels)}")
        self.written.add(raw)
        predicates = self.subjects.get(raw, {})
        if set(predicates) == {_FIRST, _REST}:
            members = self._members(raw)
            if members is not None:
                return "( " + " ".join(self.term(member, depth + 1) for member in members) + " )"
        if not predicates:
            return "[]"
        return "[\n" + self.body(predicates, depth + 1) + "\n" + "    " * depth + "]"

    def _members(self, head: str) -> list[str] | None:
        """Return the members of a well-formed list whose cells are used once each, else None."""
        members, cell, cells = [], head, []
        while cell != _NIL:
            predicates = self.subjects.get(cell, {})
            if set(predicates) != {_FIRST, _REST} or any(len(objects) != 1 for objects in predicates.values()):
                return None
            if cell not in self.nested or cell in cells:
                return None
            cells.append(cell)
            members.append(predicates[_FIRST][0])
            cell = predicates[_REST][0]
        self.written.update(cells)
        return members

    def body(self, predicates: Mapping[str, list[str]], depth: int) -> str:
        """Return the predicate-object list of one subject, types first."""
        ordered = sorted(predicates, key=lambda name: name != _TYPE)
        indent = "    " * depth
        lines = []
        for name in ordered:
            verb = "a" if name == _TYPE else self.term(name, depth)
            objects = [self.term(raw, depth) for raw in predicates[name]]
            lines.append(f"{indent}{verb} " + f" ,\n{indent}    ".join(objects))
        return " ;\n".join(lines)

    def subject(self, raw: str) -> str:
        """Return the block of one subject; "" where it is nested elsewhere."""
        if raw in self.written:
            return ""
        if raw[0] == "_" and raw not in self.labels and raw in self.nested:
            return ""
        head = self.labels.setdefault(raw, f"_:b{len(self.labels)}") if raw[0] == "_" else self.term(raw, 0)
        return f"{head}\n{self.body(self.subjects[raw], 1)} .\n"


@lru_cache(maxsize=4)
def _known(prefixes: tuple[tuple[str, str], ...]) -> tuple[PrefixedNames, dict[str, tuple[str, str]]]:
    """Return term -> (its short form, the prefix that takes), filled as documents under these prefixes are written."""
    return PrefixedNames(dict(prefixes)), {}


_MOST_KNOWN: Final = 20_000


def _plainly(ntriples: bytes, prefixes: Mapping[str, str], first: Iterable[str]) -> bytes:
    """Return as `write` does N-Triples text without blank nodes: each line is looked at once."""
    names, known = _known(tuple(prefixes.items()))
    if len(known) > _MOST_KNOWN:
        known.clear()
    used: set[str] = set()
    verbs: dict[str, str] = {}
    subjects: dict[str, dict[str, list[str]]] = {}
    last, predicates = "", dict[str, list[str]]()
    for line in ntriples.decode("utf-8").split("\n"):
        if not line:
            continue
        subject, predicate, rest = line.split(" ", 2)
        raw = rest[:-2]
        if subject != last:
            last, predicates = subject, subjects.setdefault(subject, {})
        end = raw[-1]
        if end == ">":
            cut = 0 if raw[0] == "<" else raw.rindex("^^<") + 2
            found = known.get(raw[cut:])
            if found is None:
                short = names.short(raw[cut + 1:-1])
                if short is not None:
                    found = known[raw[cut:]] = short, short.partition(":")[0]
            if found is not None:
                used.add(found[1])
                raw = raw[:cut] + found[0] if cut else found[0]
        objects = predicates.get(predicate)
        if objects is None:
            predicates[predicate] = [raw]
        else:
            objects.append(raw)
            continue
        if predicate not in verbs:
            found = known.get(predicate)
            if found is None and (short := names.short(predicate[1:-1])) is not None:
                found = known[predicate] = short, short.partition(":")[0]
            if found is not None and predicate != _TYPE:
                used.add(found[1])
            verbs[predicate] = "a" if predicate == _TYPE else found[0] if found is not None else predicate
    top = [raw for raw in (f"<{iri}>" for iri in first) if raw in subjects]
    blocks = []
    for raw in [*top, *(raw for raw in subjects if raw not in top)]:
        predicates = subjects[raw]
        kinds = predicates.pop(_TYPE, None)
        listed = [f"    {verbs[name]} " + " ,\n        ".join(objects) for name, objects in predicates.items()]
        if kinds is not None:
            listed.insert(0, "    a " + " ,\n        ".join(kinds))
        short = names.short(raw[1:-1])
        if short is not None:
            used.add(short.partition(":")[0])
        blocks.append(f"{short or raw}\n" + " ;\n".join(listed) + " .\n")
    head = "".join(f"@prefix {prefix}: <{prefixes[prefix]}> .\n" for prefix in sorted(used))
    return (head + ("\n" if head else "") + "\n".join(blocks)).encode("utf-8")


def write(ntriples: bytes, prefixes: Mapping[str, str], first: Iterable[str] = ()) -> bytes:
    """Return N-Triples text as Turtle; the subjects named in `first` (IRIs) come first."""
    if b"\n_:" not in ntriples and b" _:" not in ntriples and not ntriples.startswith(b"_:"):
        return _plainly(ntriples, prefixes, first)
    names = PrefixedNames(prefixes)
    subjects = grouped(ntriples)
    writer = _TurtleWriter(subjects, names)
    top = [raw for raw in (f"<{iri}>" for iri in first) if raw in subjects]
    order = [*top, *(raw for raw in subjects if raw not in set(top))]
    blocks = [block for block in map(writer.subject, order) if block]
    for raw in order:
        # Only cycles of blank nodes are left, nested in one another and reached from no subject.
        if raw[0] == "_" and raw in writer.nested and raw not in writer.written:
            writer.nested.discard(raw)
            blocks.append(writer.subject(raw))
    head = "".join(f"@prefix {prefix}: <{prefixes[prefix]}> .\n" for prefix in sorted(names.used))
    return (head + ("\n" if head else "") + "\n".join(blocks)).encode("utf-8")


_MEMO: Final = 65_536
_LONGEST: Final = 200


class _Statements(dict[bytes, bytes]):
    """Remembers what predicate and object of a line become, short ones and up to a limit."""

    def __init__(self, names: PrefixedNames) -> None:
        self._writer = _TurtleWriter({}, names)

    def __missing__(self, rest: bytes) -> bytes:
        predicate, _, term = rest.removesuffix(b" .").decode().partition(" ")
        verb = "a" if predicate == _TYPE else self._writer.term(predicate, 0)
        found = f"{verb} {term if term[0] == '_' else self._writer.term(term, 0)}".encode()
        if len(rest) <= _LONGEST:
            if len(self) >= _MEMO:
                self.clear()
            self[rest] = found
        return found


def streamed(pieces: Iterable[bytes], prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield N-Triples that come in pieces of whole lines as Turtle: what is said of a subject in a row of lines stands together.

    Nothing is nested, and memory does not grow with the lines.
    """
    names = PrefixedNames(prefixes)
    yield "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in prefixes.items()).encode()
    statements, before = _Statements(names), b""
    for piece in pieces:
        out: list[bytes] = []
        for line in piece.splitlines():
            subject, _, rest = line.partition(b" ")
            if subject == before:
                out.append(b" ;\n    ")
            else:
                short = names.short(subject[1:-1].decode()) if subject[:1] == b"<" else None
                out += (b" .\n" if before else b"", short.encode() if short else subject, b" ")
                before = subject
            out.append(statements[rest])
        yield b"".join(out)
    if before:
        yield b" .\n"
