"""Addresses and keys of records: made of the values of columns, each different cell of which is read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from odlinked import columnar
from odlinked.columnar import EncodedColumn
from odlinked.csvw import cells
from odlinked.csvw.annotated import expanded
from odlinked.csvw.compile import MEMO_ENTRIES, MEMO_LENGTH
from odlinked.csvw.model import Column, TableDescription
from odlinked.csvw.templates import Template
from odlinked.csvw.validation import digested
from odlinked.rdf.ntriples import iri

Subject = Callable[[Sequence[Sequence[str]], Sequence[Sequence[str]]], Iterable[bytes]]
"""From the columns and the records of a block to the subject of each record."""

VARIABLE: Final = re.compile(r"\{(\+?)([^{}]*)\}")


class CompiledKey:
    """A key: the values of its columns, read once for each different cell."""

    def __init__(self, table: TableDescription, names: Sequence[str]) -> None:
        self._memories = [(place, _LexicalValues(column)) for name in names for place, column in enumerate(table.columns)
                          if column.name == name]

    def values(self, columns: Sequence[Sequence[str]]) -> Iterable[tuple[tuple[str, ...], ...]]:
        """Return the key of each record of a block: for each column of the key its values."""
        return zip(*[map(memory.__getitem__, columns[place]) for place, memory in self._memories], strict=True)

    def encoded(self, columns: Sequence[EncodedColumn]) -> Any:
        """Return the digests of the keys of records whose columns are encoded, an array (see `validation.digested`)."""
        return digested((columns[place], memory.__getitem__) for place, memory in self._memories)


class _LexicalValues(dict[str, tuple[str, ...]]):
    """Remembers the values of short strings in a column, up to a limit."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def __missing__(self, text: str) -> tuple[str, ...]:
        values = tuple([value.lexical for value in cells.parse(text, self._column).values])
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        if len(text) <= MEMO_LENGTH:
            self[text] = values
        return values


def subject_of(table: TableDescription, about: str | None, places: Mapping[str, int]) -> Subject | None:
    """Compile the template of the subject; None where it is more than text and columns one by one."""
    if about is None:
        return None
    names = [found[2] for found in VARIABLE.finditer(about)]
    rest = VARIABLE.sub("", about)
    if "{" in rest or "}" in rest or not set(names) <= places.keys():
        return None
    columns = [next(other for other in table.columns if other.number == places[name] + 1) for name in names]
    if any(column.separator is not None for column in columns):
        return None
    template = Template(about)
    if (joined := _joined(table, about, [(places[column.name], column) for column in columns])) is not None:
        return joined
    memories = [(name, places[name], _LexicalValues(column)) for name, column in zip(names, columns, strict=True)]

    def made(found: Sequence[str]) -> bytes:
        variables = {}
        for name, place, memory in memories:
            values = memory[found[place]]
            if values:
                variables[name] = values[0]
        return iri_of(expanded(table, template, variables))

    return lambda _, records: map(made, records)


def _joined(table: TableDescription, about: str, columns: Sequence[tuple[int, Column]]) -> Subject | None:
    """Compile a subject that is an absolute URL with values in it, each encoded by itself; None for any other."""
    constants = [Template(text).expand({}) for text in VARIABLE.sub("{}", about).split("{}")]
    sample = "x".join(constants)
    address = expanded(table, Template(about), {column.name: "x" for _, column in columns})
    if "{+" in about or not constants[0].startswith(("http://", "https://")) or constants[0].count("/") < 3 \
            or iri(sample) != f"<{sample}>" or address != sample:
        return None
    pieces = [text.encode() for text in constants]
    pieces[0], pieces[-1] = b"<" + pieces[0], pieces[-1] + b">"
    parts = [(place, _Parts(column, b"", after)) for (place, column), after in zip(columns, pieces[1:], strict=True)]
    parts[0][1].before = pieces[0]
    return JoinedSubject(parts)


class JoinedSubject:
    """Makes subjects of the values of columns, by their places."""

    def __init__(self, parts: Sequence[tuple[int, _Parts]]) -> None:
        self._parts = parts

    def __call__(self, columns: Sequence[Sequence[str]], records: Sequence[Sequence[str]]) -> Iterable[bytes]:
        made = [map(part.__getitem__, columns[place]) for place, part in self._parts]
        return made[0] if len(made) == 1 else map(b"".join, zip(*made, strict=True))

    def encoded(self, columns: Sequence[EncodedColumn]) -> Callable[[int, int], Any]:
        """Return what makes the subjects of some records whose columns are encoded, an array."""
        parts = [(columnar.of_texts(list(map(part.__getitem__, columns[place].texts))), columns[place].codes)
                 for place, part in self._parts]
        return lambda start, stop: columnar.joined([texts.take(codes.slice(start, stop - start)) for texts, codes in parts])


class _Parts(dict[str, bytes]):
    """Remembers what the strings of a column become within an address, with the text around them."""

    def __init__(self, column: Column, before: bytes, after: bytes) -> None:
        self.column, self.before, self.after = column, before, after

    def __missing__(self, text: str) -> bytes:
        values = cells.parse(text, self.column).values
        found = self.before + (quote(values[0].lexical, safe="-._~", errors="replace").encode() if values else b"") + self.after
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        if len(text) <= MEMO_LENGTH:
            self[text] = found
        return found


def iri_of(url: str) -> bytes:
    """Return an address as N-Triples write it."""
    return iri(url).encode("utf-8", "replace")
