"""One column's cells as N-Triples ends: what a text in it says, ready to be written after a row's or member's name.

What is done to the text is said by the column's annotations; the CSVW datatype is applied by the compiled column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from odlinked.csvw import compile as compiled
from odlinked.csvw.model import Column
from odlinked.errors import AssetError
from odlinked.mapping import dates, fields, privacy
from odlinked.mapping.codes import ROWS
from odlinked.mapping.folding import fold
from odlinked.mapping.forms import annotation
from odlinked.mapping.urls import Keys, address
from odlinked.namespaces import LEX, XSD

Ends = tuple[bytes, ...]
"""Predicate, object and full stop of each triple a text gives: ` <…row#title> "空氣品質" .` with a line feed."""

Cells = Callable[[str], Ends]

Index = Mapping[str, Mapping[str, str]]
"""Scheme IRI -> folded spelling -> concept IRI."""

MEMO_ENTRIES = 16_384
MEMO_LENGTH = 64


def private_datatype(iri: str) -> str:
    """Return a datatype that passes Oxigraph untouched: `xsd:date` becomes `lex:date`."""
    return LEX + iri[len(XSD):] if iri.startswith(XSD) else iri


def typed(lexical: str, name: str) -> bytes:
    """Return a literal of the private datatype `name`."""
    return f'"{compiled.escape(lexical)}"^^<{LEX}{name}>'.encode("utf-8", "replace")


def plain(text: str) -> bytes:
    """Return a plain literal."""
    return f'"{compiled.escape(text)}"'.encode("utf-8", "replace")


def column(column: Column, index: Index, public_hosts: tuple[str, ...] = ()) -> Cells:
    """Return the function from a cell's text to its ends. An empty or null cell has none."""
    one = _one(column, index, public_hosts)
    separators = annotation(column, "separators")
    if separators:
        one = _listed(one, re.compile("|".join(re.escape(mark) for mark in separators)))
    repeats = annotation(column, "codeList") or annotation(column, "dates") or annotation(column, "folded")
    return _remembered(one) if repeats else one


def _one(column: Column, index: Index, public_hosts: tuple[str, ...]) -> Cells:
    """Return the function for a single text of the column."""
    name = f" <{ROWS}{column.name}> ".encode()
    null = frozenset(column.null)
    steps = _steps(column, index, public_hosts)

    def ends(text: str) -> Ends:
        text = text.strip()
        if not text or text in null:
            return ()
        return steps(text, name)

    return ends


def _steps(column: Column, index: Index, public_hosts: tuple[str, ...]) -> Callable[[str, bytes], Ends]:
    if annotation(column, "officePhones"):
        return lambda text, name: tuple(name + typed(iri, "anyURI") + b" .\n" for iri in privacy.office_telephones(text))
    if column.datatype.base == "anyURI":
        return _addresses(column, public_hosts)
    if annotation(column, "dates"):
        return _dated
    extras = _extras(column, index)
    parse = compiled.column(replace(column, separator=None), private_datatype)
    clean = privacy.redacted if annotation(column, "redactPersonal") else None

    def ends(text: str, name: bytes) -> Ends:
        if clean is not None:
            text = clean(text)
        terms, _ = parse(text)
        own = tuple([name + term + b" .\n" for term in terms])
        return own + extras(text) if extras is not None else own

    return ends


def _addresses(column: Column, public_hosts: tuple[str, ...]) -> Callable[[str, bytes], Ends]:
    keys = Keys(annotation(column, "secretParameters") or (), annotation(column, "secretIfLong") or (), public_hosts)
    removed = f' <{ROWS}{column.name}_keyRemoved> "true"^^<{LEX}boolean> .\n'.encode()
    end = f'"^^<{LEX}anyURI> .\n'.encode()

    def ends(text: str, name: bytes) -> Ends:
        found = address(text, keys)
        if found is None:
            return (name + plain(privacy.redacted(text)) + b" .\n",)
        own = name + b'"' + found.iri.encode("ascii") + end
        return (own, removed) if found.key_removed else (own,)

    return ends


def _dated(text: str, name: bytes) -> Ends:
    moment = dates.read(text)
    return (name + (typed(*moment) if moment else plain(text)) + b" .\n",)


def _extras(column: Column, index: Index) -> Callable[[str], Ends] | None:
    """Return what says more about a text than the text itself: its code, its folded form, the field names in it."""
    makers: list[Callable[[str], Ends]] = []
    if annotation(column, "codeList"):
        makers.append(_coded(column, index))
    if annotation(column, "folded"):
        folded = f" <{ROWS}{column.name}_folded> ".encode()
        makers.append(lambda text: (folded + plain(fold(text)) + b" .\n",))
    if annotation(column, "fieldNames"):
        field = f" <{ROWS}fieldName> ".encode()
        makers.append(lambda text: tuple([field + plain(name) + b" .\n" for name in fields.names(text)]))
    if len(makers) <= 1:
        return makers[0] if makers else None
    return lambda text: tuple(end for maker in makers for end in maker(text))


def _coded(column: Column, index: Index) -> Callable[[str], Ends]:
    """Look a text up in the column's code lists: `row:NAME_code` is the concept, `row:NAME_odd` a text that matches none."""
    schemes = annotation(column, "codeList")
    schemes = [schemes] if isinstance(schemes, str) else schemes
    unknown = [scheme for scheme in schemes if scheme not in index]
    if unknown:
        raise AssetError(f"there is no code list {unknown[0]}", doing="reading the column", on=column.name)
    lists = [index[scheme] for scheme in schemes]
    within = str(annotation(column, "within") or "")
    code, odd = f" <{ROWS}{column.name}_code> ".encode(), f" <{ROWS}{column.name}_odd> ".encode()

    def ends(text: str) -> Ends:
        for spelling in ([within + text, text] if within else [text]):
            key = fold(spelling)
            for known in lists:
                if key in known:
                    return (code + f"<{known[key]}> .\n".encode(),)
        return (odd + plain(text) + b" .\n",)

    return ends


def _listed(one: Cells, mark: re.Pattern[str]) -> Cells:
    """Apply `one` to each part of a list."""
    def ends(text: str) -> Ends:
        if mark.search(text) is None:
            return one(text)
        return tuple(dict.fromkeys(end for part in mark.split(text) for end in one(part)))

    return ends


def _remembered(one: Cells) -> Cells:
    memo: dict[str, Ends] = {}

    def ends(text: str) -> Ends:
        answer = memo.get(text)
        if answer is None:
            answer = one(text)
            if len(text) <= MEMO_LENGTH:
                if len(memo) >= MEMO_ENTRIES:
                    memo.clear()
                memo[text] = answer
        return answer

    return ends
