"""JSON from tables: csv2json, standard and minimal mode (Generating JSON from Tabular Data on the Web)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from odlinked.csvw.annotated import AnnotatedCell, AnnotatedGroup, AnnotatedRow, AnnotatedTable
from odlinked.csvw.builtins import BUILTINS
from odlinked.csvw.model import Common, Value
from odlinked.csvw.terms import compact
from odlinked.namespaces import RDF, XSD

_NUMBERS = frozenset(builtin.iri for builtin in BUILTINS.values() if builtin.kind == "number")
_REAL = frozenset(XSD + name for name in ("decimal", "double", "float"))


def convert(read: AnnotatedGroup, *, minimal: bool = False) -> Any:
    """Return the JSON value generated from a group of tables: an object in standard mode, an array in minimal mode."""
    shown = [table for table in read.tables if not table.table.suppress_output]
    if minimal:
        return [found for table in shown for row in table.rows for found in _objects(row)]
    answer: dict[str, Any] = {"@id": read.group.id} if read.group.id else {}
    answer |= _annotations(read.group.common, read.group.notes)
    answer["tables"] = [_table(table) for table in shown]
    return answer


def _table(read: AnnotatedTable) -> dict[str, Any]:
    table = read.table
    answer: dict[str, Any] = {"@id": table.id} if table.id else {}
    answer["url"] = table.url
    answer |= _annotations(table.common, table.notes)
    if read.comments:
        comments = answer.get("rdfs:comment", [])
        answer["rdfs:comment"] = [*(comments if isinstance(comments, list) else [comments]), *read.comments]
    answer["row"] = [_row(table.url, row) for row in read.rows]
    return answer


def _row(url: str, row: AnnotatedRow) -> dict[str, Any]:
    answer: dict[str, Any] = {"url": f"{url}#row={row.source}", "rownum": row.number}
    if row.titles:
        titles = [title for title, _ in row.titles]
        answer["titles"] = titles if len(titles) > 1 else titles[0]
    answer["describes"] = _objects(row)
    return answer


def _objects(row: AnnotatedRow) -> list[dict[str, Any]]:
    """Return a row's objects, one for each subject, each inside the one that refers to it (csv2json, section 4.4)."""
    shown = [cell for cell in row.cells if not cell.column.suppress_output]
    objects: dict[str, dict[str, Any]] = {}
    for cell in shown:
        found = objects.setdefault(cell.about, {"@id": cell.about} if cell.about else {})
        name, values = _member(cell)
        for value in values:
            _add(found, name, value)
    parents = _parents(shown, objects)
    for child, parent in parents.items():
        _place(objects[parent.about], _member(parent)[0], child, objects[child])
    return [found for about, found in objects.items() if about not in parents]


def _parents(shown: Sequence[AnnotatedCell], objects: dict[str, dict[str, Any]]) -> dict[str, AnnotatedCell]:
    """Return for each subject to be nested the cell that refers to it: the only one, and without cycles."""
    referred = Counter(cell.value for cell in shown if cell.value)
    parents: dict[str, AnnotatedCell] = {}
    for cell in shown:
        child = cell.value
        if not child or child not in objects or referred[child] != 1 or _member(cell)[0] == "@type":
            continue
        above: str | None = cell.about
        while above is not None and above != child:
            above = parents[above].about if above in parents else None
        if above is None:
            parents[child] = cell
    return parents


def _place(target: dict[str, Any], name: str, url: str, child: dict[str, Any]) -> None:
    """Put an object in place of its URL."""
    held = target.get(name)
    if isinstance(held, list):
        target[name] = [child if item == url else item for item in held]
    else:
        target[name] = child


def _member(cell: AnnotatedCell) -> tuple[str, list[Any]]:
    """Return the name of a cell's member and its values; a list cell gives an array even of one."""
    iri = cell.property
    name = "@type" if iri == RDF + "type" else compact(iri) if iri else unquote(cell.column.name)
    if cell.value:
        return name, [compact(cell.value) if name == "@type" else cell.value]
    values = [_plain(value) for value in cell.cell.values]
    if cell.column.separator is not None:
        return name, [values] if values else []
    return name, values


def _add(target: dict[str, Any], name: str, value: Any) -> None:
    """Add a value to a member; several become one array, arrays are joined."""
    if name not in target:
        target[name] = value
        return
    held = target[name] if isinstance(target[name], list) else [target[name]]
    target[name] = [*held, *(value if isinstance(value, list) else [value])]


def _plain(value: Value) -> Any:
    """Return a value as JSON: numbers and booleans as such, anything else as a string (section 4.2)."""
    if value.datatype == XSD + "boolean":
        return value.lexical == "true"
    if value.datatype not in _NUMBERS:
        return value.lexical
    if value.datatype not in _REAL:
        return int(value.lexical)
    number = float(value.lexical.replace("INF", "inf"))
    return number if math.isfinite(number) else value.lexical


def _annotations(common: Sequence[Common], notes: Sequence[Any]) -> dict[str, Any]:
    answer = {item.name: _annotation(item.normal) for item in common}
    if notes:
        answer["notes"] = [_annotation(note) for note in notes]
    return answer


def _annotation(value: Any) -> Any:
    """Return a normalised JSON-LD value in the form of csv2json (section 4.3): literals and links as plain strings."""
    if isinstance(value, list):
        return [_annotation(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "@value" in value:
        return value["@value"]
    if set(value) == {"@id"}:
        return value["@id"]
    return {name: item if name.startswith("@") else _annotation(item) for name, item in value.items()}
