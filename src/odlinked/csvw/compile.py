"""The fast path: a column becomes a function from a cell's string to N-Triples terms.

Same results as `cells.parse`, as tests ensure. Repeated strings (codes, dates, agency names) are cached, short ones only and up
to a limit, so that memory does not grow with the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from odlinked.csvw import cells
from odlinked.csvw.model import Column, Value
from odlinked.namespaces import XSD
from odlinked.rdf import ntriples

Compiled = Callable[[str], tuple[tuple[bytes, ...], bool]]
"""From a cell's string to the object terms of its values, and whether the cell had errors."""

MEMO_ENTRIES = 16_384
"""How many strings a column caches before it empties its cache."""

MEMO_LENGTH = 200
"""The longest string worth caching, in characters."""

_UNCLEAN = re.compile('["\\\\\x00-\x1f\x7f\ufffe\uffff]|^ | $|  ')
"""What needs escaping or normalising: such strings take the slow way."""

_STRING = XSD + "string"


def term(value: Value, datatype: Callable[[str], str] | None = None) -> bytes:
    """Return a value as an N-Triples literal. `datatype` may rewrite the datatype's IRI; it is not called for strings.

    Code points that no UTF-8 text can hold (lone surrogates) become `?`.
    """
    if value.language:
        body = ntriples.tagged(value.lexical, value.language)
    elif value.datatype == _STRING:
        body = ntriples.string(value.lexical)
    else:
        body = ntriples.typed(value.lexical, datatype(value.datatype) if datatype else value.datatype)
    return body.encode("utf-8", "replace")


def column(column: Column, datatype: Callable[[str], str] | None = None) -> Compiled:
    """Compile a column. `datatype` may rewrite datatype IRIs, for instance into the private `lex:` namespace.

    The resulting terms are in the order of the cell; a null cell has none. A value with an error is a plain string.
    """
    reference = _reference(column, datatype)
    if column.datatype.unconstrained:
        free = _plain(column, datatype, reference)
        return free if column.separator is None else _remembered(_listed(column, free, reference))
    typed = _typed(column, datatype, reference)
    return _remembered(typed if column.separator is None else _listed(column, _remembered(typed), reference))


def _reference(column: Column, datatype: Callable[[str], str] | None) -> Compiled:
    """Return the slow way: the result of `cells.parse`."""
    parse = cells.parse

    def compiled(text: str) -> tuple[tuple[bytes, ...], bool]:
        values, errors = parse(text, column)
        return tuple([term(value, datatype) for value in values]), bool(errors)

    return compiled


def _end(column: Column, datatype: Callable[[str], str] | None) -> bytes:
    """Return the end of every valid literal, after its text: the closing quote, datatype or language."""
    iri = column.datatype.iri
    language = column.lang if iri == _STRING and column.lang != "und" else ""
    return term(Value("", iri, language), datatype)[1:]


def _plain(column: Column, datatype: Callable[[str], str] | None, reference: Compiled) -> Compiled:
    """Compile a column whose strings are values as they are, the most common kind: nothing worth caching."""
    end, slow, empty = _end(column, datatype), frozenset(column.null), reference("")
    special = ntriples.SPECIAL.search if column.datatype.verbatim else _UNCLEAN.search

    def compiled(text: str) -> tuple[tuple[bytes, ...], bool]:
        if not text:
            return empty
        if text in slow or special(text) is not None:
            return reference(text)
        return (b'"' + text.encode("utf-8", "replace") + end,), False

    return compiled


def _typed(column: Column, datatype: Callable[[str], str] | None, reference: Compiled) -> Compiled:
    """Compile a column whose strings are parsed: clean ones by the datatype itself, the others the slow way."""
    end, slow, read, unclean = _end(column, datatype), frozenset({"", *column.null}), column.datatype.read, _UNCLEAN.search

    def compiled(text: str) -> tuple[tuple[bytes, ...], bool]:
        if text in slow or unclean(text) is not None:
            return reference(text)
        lexical, why = read(text)
        if why:
            return reference(text)
        return (b'"' + lexical.encode("utf-8", "replace") + end,), False

    return compiled


def _listed(column: Column, single: Compiled, reference: Compiled) -> Compiled:
    """Compile a column with a separator from the way its members are read one by one.

    A cell takes the slow way where a member is not plainly a value: empty, null, untrimmed or faulty.
    """
    separator, slow = column.separator, frozenset({"", *column.null})
    trimmed = column.datatype.base not in cells.SPLITS_VERBATIM
    unclean = None if column.datatype.verbatim else _UNCLEAN.search

    def compiled(text: str) -> tuple[tuple[bytes, ...], bool]:
        if not separator or text in slow or (unclean and unclean(text)):
            return reference(text)
        parts = text.split(separator)
        terms: list[bytes] = []
        for part in parts:
            if part in slow or (trimmed and part != part.strip()):
                return reference(text)
            found, wrong = single(part)
            if wrong:
                return reference(text)
            terms += found
        return tuple(terms), False

    return compiled


def _remembered(compiled: Compiled) -> Compiled:
    memo: dict[str, tuple[tuple[bytes, ...], bool]] = {}
    get = memo.get

    def remembered(text: str) -> tuple[tuple[bytes, ...], bool]:
        answer = get(text)
        if answer is None:
            answer = compiled(text)
            if len(text) <= MEMO_LENGTH:
                if len(memo) >= MEMO_ENTRIES:
                    memo.clear()
                memo[text] = answer
        return answer

    return remembered
