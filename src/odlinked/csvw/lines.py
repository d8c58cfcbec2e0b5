"""The fast path from rows to the N-Triples of minimal mode; `rdf` and `annotated` are the reference, with equal results.

Each column becomes a memory from a cell's string to the rest of its line after the subject. A row with a cell that is not plainly
a value (faulty, a list, of another width) is left to the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple
from urllib.parse import unquote

from odlinked import columnar
from odlinked.columnar import EncodedColumn
from odlinked.csvw import cells
from odlinked.csvw.annotated import ConceptOf, expanded
from odlinked.csvw.compile import MEMO_ENTRIES, MEMO_LENGTH, term
from odlinked.csvw.compile import column as compiled_column
from odlinked.csvw.model import Column, TableDescription
from odlinked.csvw.subjects import VARIABLE, JoinedSubject, Subject, iri_of, subject_of
from odlinked.csvw.templates import Template


class LinkedValues(NamedTuple):
    """What the values of a column (by its name) are linked to beside what they say: a property, and for values a target IRI."""

    column: str
    property: str
    targets: dict[str, str]


class MadeLines(NamedTuple):
    """The lines of some records, an array with those of each, and how many lines they are."""

    lines: Any
    triples: int


class _Memory(dict[str, bytes | None]):
    """Remembers what a function gives for short strings, up to a limit; `failed` once it gave None, which is not remembered."""

    def __init__(self, made: Callable[[str], bytes | None]) -> None:
        self._made = made
        self.failed = False

    def __missing__(self, text: str) -> bytes | None:
        found = self._made(text)
        if found is None:
            self.failed = True
        elif len(text) <= MEMO_LENGTH:
            if len(self) >= MEMO_ENTRIES:
                self.clear()
            self[text] = found
        return found


class CompiledTable:
    """A table whose rows become lines a block at a time: what a cell's string gives is looked up, column by column."""

    def __init__(self, width: int, parts: Sequence[_Part]) -> None:
        self._width, self._parts = width, parts

    def block(self, records: Sequence[Sequence[str]], first: int,
              columns: Sequence[Sequence[str]] | None = None) -> list[bytes | None]:
        """Return the lines of records, of which the first has this 1-based number; None for those the reference must make.

        `columns` may be given where every record is as wide as the first.
        """
        if not records:
            return []
        if columns is None:
            if any(len(found) != self._width for found in records):
                return [self._alone(found, number) for number, found in enumerate(records, first)]
            columns = list(zip(*records, strict=True))
        elif len(columns) != self._width:
            return [None] * len(records)
        made = [part.lines(columns, records, first) for part in self._parts]
        if len(made) == 1:
            return made[0]
        if any(part.faulty for part in self._parts):
            return [None if None in row else b"".join(row) for row in zip(*made, strict=True)]
        return list(map(b"".join, zip(*made, strict=True)))

    def encoded(self, columns: Sequence[EncodedColumn], first: int) -> tuple[Callable[[int, int], MadeLines], set[int]] | None:
        """Return what makes the lines of some records whose columns are encoded, and the places of those that the reference
        must make.

        The first record has this 1-based number. None where the lines must be made record by record.
        """
        if len(columns) != self._width or not self._parts:
            return None
        made = [part.encoded(columns, first) for part in self._parts]
        parts = [one for one in made if one is not None]
        if len(parts) < len(made):
            return None
        faulty = set[int]().union(*[part.faulty for part in self._parts])

        def together(start: int, stop: int) -> MadeLines:
            said = [one(start, stop) for one in parts]
            return MadeLines(columnar.joined([one.lines for one in said]), sum(one.triples for one in said))

        return together, faulty

    def _alone(self, found: Sequence[str], number: int) -> bytes | None:
        return self.block([found], number)[0] if len(found) == self._width else None


class _Part:
    """What is said of one subject of each row, a blank node (`blank` has its number) where there is no `subject`; `faulty` are
    the places of records of the last block left to the reference."""

    def __init__(self, subject: Subject | None, blank: bytes, constants: Sequence[bytes],
                 memories: Sequence[tuple[int, _Memory]]) -> None:
        self._subject, self._blank, self._constants, self._memories = subject, blank, constants, memories
        self.faulty: set[int] = set()

    def encoded(self, columns: Sequence[EncodedColumn], first: int) -> Callable[[int, int], MadeLines] | None:
        """Return what makes the lines about the subject of some records.

        None where its address is not made column by column.
        """
        subject, self.faulty = self._subject, set()
        if subject is not None and not isinstance(subject, JoinedSubject):
            return None
        subjects = subject.encoded(columns) if subject is not None else None
        before, _, after = self._blank.partition(b"%d")
        ends = []
        for place, memory in self._memories:
            column = columns[place]
            found = list(map(memory.__getitem__, column.texts))
            if memory.failed:
                memory.failed = False
                self.faulty.update(columnar.places_of([end is None for end in found], column.codes))
            ends.append((columnar.of_texts(found), column.codes))

        def made(start: int, stop: int) -> MadeLines:
            about = subjects(start, stop) if subjects is not None else \
                columnar.numbered(before, first + start, stop - start, after)
            said = [one for end in self._constants for one in (about, end)]
            count = len(self._constants) * (stop - start)
            for texts, codes in ends:
                end = texts.take(codes.slice(start, stop - start))
                said += [columnar.beside(about, end), end]
                count += len(end) - end.null_count
            return MadeLines(columnar.joined(said) if said else columnar.of_texts([b""] * (stop - start)), count)

        return made

    def lines(self, columns: Sequence[Sequence[str]], records: Sequence[Sequence[str]], first: int) -> list[bytes | None]:
        """Return the lines of each record about the subject, None where one of its cells is not plainly a value."""
        ends, self.faulty = [], set()
        for place, memory in self._memories:
            found = list(map(memory.__getitem__, columns[place]))
            if memory.failed:
                memory.failed = False
                self.faulty |= {at for at, end in enumerate(found) if end is None}
            ends.append(found)
        subjects = self._subject(columns, records) if self._subject else [self._blank % number for number in
                                                                           range(first, first + len(records))]
        # An empty end is that of an empty cell: nothing is said. A row says something, or nothing at all of its subject.
        known = [repeat(end, len(records)) for end in self._constants]
        rows = zip(*known, *ends, strict=True) if known or ends else repeat((), len(records))
        said: list[bytes | None] = [about + joined if (joined := about.join(filter(None, row))) else b""
                                    for about, row in zip(subjects, rows, strict=True)]
        for at in self.faulty:
            said[at] = None
        return said


def compiled(table: TableDescription, concepts: Mapping[str, ConceptOf], links: Sequence[LinkedValues] = (),
             place: int = 1) -> CompiledTable | None:
    """Compile a table, the one at a 1-based `place`, with further `links`.

    None where a template other than a subject's needs more than one column.
    """
    shown = [column for column in table.columns if not column.suppress_output]
    width = sum(1 for column in table.columns if not column.virtual)
    places = {column.name: place for place, column in enumerate(table.columns) if not column.virtual}
    parts = []
    for about in dict.fromkeys(column.about_url for column in shown):
        subject = subject_of(table, about, places)
        ends = [_ends(table, column, places, concepts) for column in shown if column.about_url == about]
        if (subject is None and about is not None) or None in ends:
            return None
        ends += [_linked(column, places[column.name], one) for column in shown if column.about_url == about
                 for one in links if one.column == unquote(column.name)]
        constants = [made("") for place, made in filter(None, ends) if place is None]
        if None in constants:
            return None
        memories = [(place, _Memory(made)) for place, made in filter(None, ends) if place is not None]
        parts.append(_Part(subject, b"_:t%dr%%db0" % place, [end for end in constants if end], memories))
    return CompiledTable(width, parts) if parts else None


def _ends(table: TableDescription, column: Column, places: Mapping[str, int], concepts: Mapping[str, ConceptOf],
          ) -> tuple[int | None, Callable[[str], bytes | None]] | None:
    """Return the place of the cell that a column's line depends on (None: on none), and what makes the line's rest from it.

    None for a line that depends on several cells.
    """
    if column.separator is not None:
        return None
    own = {found[2] for text in (column.property_url, column.value_url) if text for found in VARIABLE.finditer(text)}
    own |= set() if column.virtual else {column.name}
    if len(own) > 1 or not own <= places.keys():
        return None
    name = next(iter(own), "")
    place = places.get(name, 0)
    if not column.virtual and column.value_url is None and column.name not in concepts and "{" not in (column.property_url or ""):
        return place, _plainly(table, column)
    source = next(other for other in table.columns if not other.virtual and other.number == place + 1)
    property_url, value_url = (Template(text) if text is not None else None for text in (column.property_url, column.value_url))
    concept_of = concepts.get(column.name)

    def made(text: str) -> bytes | None:
        read = cells.parse("" if column.virtual else text, column)
        origin = read if source is column else cells.parse(text, source)
        if read.errors or origin.errors:
            return None
        variables = {name: origin.values[0].lexical} if name and origin.values else {}
        prefix = b" " + iri_of(expanded(table, property_url, variables) or f"{table.url}#{column.name}") + b" "
        value = expanded(table, value_url, variables) if value_url and (read.values or column.virtual) else ""
        if concept_of is not None and read.values:
            value = concept_of(read.values[0].lexical)
            if not value:
                return None
        if value:
            return prefix + iri_of(value) + b" .\n"
        return prefix + term(read.values[0]) + b" .\n" if read.values else b""

    return (place if own else None), made


def _plainly(table: TableDescription, column: Column) -> Callable[[str], bytes | None]:
    """Return what makes the rest of the line of a column that says its value under one property."""
    template = Template(column.property_url) if column.property_url is not None else None
    prefix = b" " + iri_of(expanded(table, template, {}) or f"{table.url}#{column.name}") + b" "
    read = compiled_column(column)

    def made(text: str) -> bytes | None:
        terms, faulty = read(text)
        if faulty:
            return None
        return prefix + terms[0] + b" .\n" if terms else b""

    return made


def _linked(column: Column, place: int, links: LinkedValues) -> tuple[int | None, Callable[[str], bytes | None]]:
    """Return the place of a linked column's cell, and what makes the rest of the link's line from it."""
    prefix = b" " + iri_of(links.property) + b" "

    def made(text: str) -> bytes | None:
        read = cells.parse(text, column)
        target = links.targets.get(read.values[0].lexical) if read.values and not read.errors else None
        return prefix + iri_of(target) + b" .\n" if target else b""

    return place, made
