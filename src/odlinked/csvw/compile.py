"""The fast path: a column becomes a function from a cell's string to N-Triples terms.

Same answers as `cells.parse`, held so by tests. Strings that come again (codes, dates, agency names) are remembered,
short ones only and up to a bound, so that memory does not grow with the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from odlinked.csvw import cells
from odlinked.csvw.model import Column, Value
from odlinked.namespaces import XSD

Compiled = Callable[[str], tuple[tuple[bytes, ...], bool]]
"""From a cell's string to the object terms of its values, and whether the cell had errors."""

MEMO_ENTRIES = 16_384
"""How many strings a column remembers before it forgets them all."""

MEMO_LENGTH = 200
"""The longest string worth remembering, in characters."""

_SPECIAL = re.compile('["\\\\\x00-\x1f\x7f\ufffe\uffff]')
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_IRI_SPECIAL = re.compile('[\x00-\x20<>"{}|^`\\\\]')
_NOTHING: tuple[tuple[bytes, ...], bool] = ((), False)
_STRING = XSD + "string"


def escape(text: str) -> str:
    """Return text as it stands between the quotes of a canonical N-Triples literal (RDF 1.2 N-Triples, section 4)."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _NAMED.get(found[0]) or f"\\u{ord(found[0]):04X}", text)


def term(value: Value, datatype: Callable[[str], str] | None = None) -> bytes:
    """Return a value as an N-Triples literal. `datatype` may rewrite the datatype's IRI; it is not asked about strings.

    Code points that no UTF-8 text can hold (lone surrogates) become `?`.
    """
    body = f'"{escape(value.lexical)}"'
    if value.language:
        body += "@" + value.language
    elif value.datatype != _STRING:
        body += f"^^<{_checked(datatype(value.datatype) if datatype else value.datatype)}>"
    return body.encode("utf-8", "replace")


def _checked(iri: str) -> str:
    if _IRI_SPECIAL.search(iri):
        raise ValueError(f"{iri!r} cannot be written as an IRI")
    return iri


def column(column: Column, datatype: Callable[[str], str] | None = None) -> Compiled:
    """Compile a column. `datatype` may rewrite datatype IRIs, for instance into the private `lex:` namespace.

    The answer's terms are in the order of the cell; a null cell has none. A value with an error is a plain string.
    """
    if column.separator is None and column.datatype.unconstrained and column.datatype.verbatim and not column.default:
        return _plain(column, datatype)
    return _remembered(_general(column, datatype))


def _plain(column: Column, datatype: Callable[[str], str] | None) -> Compiled:
    """Compile a column of free text, the most common kind: nothing to check, nothing worth remembering."""
    sample = cells.parse("x" if "x" not in column.null else "y" + "".join(column.null), column).values[0]
    end = term(sample, datatype)[1 + len(sample.lexical.encode()):]
    null, required, special = frozenset(column.null), column.required, _SPECIAL.search

    def compiled(text: str) -> tuple[tuple[bytes, ...], bool]:
        if text in null:
            return (), required
        if special(text) is not None:
            text = escape(text)
        return (b'"' + text.encode("utf-8", "replace") + end,), False

    return compiled


def _general(column: Column, datatype: Callable[[str], str] | None) -> Compiled:
    parse = cells.parse

    def compiled(text: str) -> tuple[tuple[bytes, ...], bool]:
        values, errors = parse(text, column)
        return tuple([term(value, datatype) for value in values]), bool(errors)

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
