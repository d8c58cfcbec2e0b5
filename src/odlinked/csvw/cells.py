"""Reading a cell: from the string in the file to values with a datatype (Model for Tabular Data, section 6.4).

This is the reference. `compile` does the same faster for many cells of one column.
"""

from __future__ import annotations

import re

from odlinked.csvw.model import Cell, Column, Value
from odlinked.namespaces import XSD

_BREAKS = re.compile("[\r\n\t]")
_BLANKS = re.compile(" +")
_KEEPS_BLANKS = frozenset({"normalizedString"})
SPLITS_VERBATIM = frozenset({"string", "anyAtomicType", "any"})
"""Bases whose list members keep the white space around them (step 5.3)."""

_STRING = XSD + "string"


def normalised(text: str, column: Column) -> str:
    """Return a cell's string with its white space normalised as the datatype requires (steps 1 and 2)."""
    datatype = column.datatype
    if datatype.verbatim:
        return text
    text = _BREAKS.sub(" ", text)
    return text if datatype.base in _KEEPS_BLANKS else _BLANKS.sub(" ", text).strip(" ")


def parse(text: str, column: Column) -> Cell:
    """Return the values of a cell's string and what is wrong with it.

    A null cell and an empty list have no values. A value that does not fit its column becomes a plain string and an error; the
    other members of a list keep their datatype.
    """
    text = normalised(text, column)
    if text == "":
        text = normalised(column.default, column)
    errors: list[str] = []
    if column.separator is None:
        found = _value(text, column, errors)
        if found is None and column.required:
            errors.append("a value is required")
        return Cell(() if found is None else (found,), tuple(errors))
    if text == "" or text in column.null:
        return Cell((), ("a value is required",) if column.required else ())
    parts = text.split(column.separator) if column.separator else list(text)
    if column.datatype.base not in SPLITS_VERBATIM:
        parts = [part.strip() for part in parts]
    values = [_value(part or column.default, column, errors) for part in parts]
    return Cell(tuple(value for value in values if value is not None), tuple(errors))


def _value(text: str, column: Column, errors: list[str]) -> Value | None:
    """Read one string (steps 6 to 9); None if it stands for null."""
    if text in column.null:
        return None
    lexical, why = column.datatype.read(text)
    if why:
        errors.append(why)
        return Value(text, _STRING, "")
    iri = column.datatype.iri
    language = column.lang if iri == _STRING and column.lang != "und" else ""
    return Value(lexical, iri, language)
