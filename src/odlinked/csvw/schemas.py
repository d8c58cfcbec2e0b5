"""Reading schemas, columns and keys (Metadata Vocabulary, sections 5.5 and 5.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from odlinked.csvw import properties
from odlinked.csvw.datatypes import STRING
from odlinked.csvw.model import Column, ForeignKey, Inherited, Reference, Schema
from odlinked.csvw.problems import Notes
from odlinked.csvw.properties import INHERITED, Context
from odlinked.csvw.terms import resolve

_SCHEMA = frozenset({"columns", "foreignKeys", "primaryKey", "rowTitles"}) | INHERITED
_COLUMN = frozenset({"name", "suppressOutput", "titles", "virtual"}) | INHERITED
_NAME = re.compile(r"(?:[A-Za-z0-9]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*")


def schema(value: Mapping[str, Any], notes: Notes, context: Context, above: Inherited) -> Schema:
    """Read a schema; `above` is what it inherits from its table and group."""
    properties.check(value, _SCHEMA, "Schema", notes, context)
    handed = properties.inherited(value, notes, context).over(above)
    described = value.get("columns")
    if described is not None and not isinstance(described, list):
        notes.error("columns must be an array of column descriptions")
    columns = [column(item, index, notes.below(f"columns[{index}]"), context, handed)
               for index, item in enumerate(properties.objects(value, "columns", notes), 1)]
    _check_columns(columns, notes)
    names = {item.name for item in columns if item.named}
    return Schema(
        id=properties.identifier(value, notes, context), common=properties.commons(value, notes, context),
        columns=tuple(columns), primary_key=_own(value, "primaryKey", names, notes),
        row_titles=_own(value, "rowTitles", names, notes),
        foreign_keys=tuple(found for item in properties.objects(value, "foreignKeys", notes)
                           if (found := _foreign_key(item, names, notes.below("foreignKeys"), context))),
        inherited=handed, given=described is not None)


def _check_columns(columns: list[Column], notes: Notes) -> None:
    names: set[str] = set()
    virtual = False
    for item in columns:
        if item.named and item.name in names:
            raise notes.fatal(f"two columns have the name {item.name!r}")
        names.add(item.name)
        if virtual and not item.virtual:
            raise notes.fatal(f"the column {item.name!r} stands behind a virtual column")
        virtual = item.virtual


def column(value: Mapping[str, Any], number: int, notes: Notes, context: Context, above: Inherited) -> Column:
    """Read a column description; `number` is its 1-based place."""
    properties.check(value, _COLUMN, "Column", notes, context)
    titles = properties.titles(value, notes, context)
    name = properties.text(value, "name", notes)
    if name is not None and _NAME.fullmatch(name) is None:
        notes.warn(f"{name!r} cannot be a column's name; it is left out")
        name = None
    handed = properties.inherited(value, notes, context).over(above)
    bare = Column(
        id=properties.identifier(value, notes, context), common=properties.commons(value, notes, context),
        name=name or derived_name(titles, number, context.language), named=name is not None, number=number, titles=titles,
        virtual=bool(properties.truth(value, "virtual", notes)),
        suppress_output=bool(properties.truth(value, "suppressOutput", notes)))
    return with_inherited(bare, handed)


def with_inherited(bare: Column, handed: Inherited) -> Column:
    """Return a column with its inherited properties, defaults where nothing was stated."""
    return replace(
        bare, datatype=handed.datatype or STRING, separator=handed.separator, ordered=bool(handed.ordered),
        null=("",) if handed.null is None else handed.null, default=handed.default or "", lang=handed.lang or "und",
        required=bool(handed.required), text_direction=handed.text_direction or "inherit", about_url=handed.about_url,
        property_url=handed.property_url, value_url=handed.value_url)


def derived_name(titles: Mapping[str, list[str]], number: int, language: str) -> str:
    """Return the name of a column without a stated one (section 5.6).

    That is its first title in the default language or in none, percent-encoded, else `_col.` and its number.
    """
    for tag in (language, "und"):
        if titles.get(tag):
            encoded = quote(titles[tag][0], safe="", errors="replace").replace("-", "%2D").replace("~", "%7E")
            # A name must not begin with an underscore: such names are reserved by the standard.
            return "%5F" + encoded[1:] if encoded.startswith("_") else encoded or f"_col.{number}"
    return f"_col.{number}"


def _own(value: Mapping[str, Any], name: str, known: set[str], notes: Notes) -> tuple[str, ...]:
    """Read a reference to columns of the same schema; an invalid one is left out."""
    found = properties.names(value, name, notes)
    for item in found:
        if item not in known:
            notes.warn(f"{name} names the column {item!r}, which is not described; it is left out")
            return ()
    return found


def _foreign_key(value: Mapping[str, Any], known: set[str], notes: Notes, context: Context) -> ForeignKey | None:
    for name in value:
        if name not in ("columnReference", "reference"):
            raise notes.fatal(f"{name!r} is not a property of a foreign key")
    columns = properties.names(value, "columnReference", notes)
    for item in columns:
        if item not in known:
            raise notes.fatal(f"the foreign key's column {item!r} is not described")
    target = value.get("reference")
    if not columns or not isinstance(target, dict):
        raise notes.fatal("a foreign key needs columnReference and a reference object")
    for name in target:
        if name not in ("resource", "schemaReference", "columnReference"):
            raise notes.fatal(f"{name!r} is not a property of a foreign key's reference")
    resource = properties.text(target, "resource", notes) or ""
    by_schema = properties.text(target, "schemaReference", notes) or ""
    there = properties.names(target, "columnReference", notes)
    if bool(resource) == bool(by_schema) or len(there) != len(columns):
        raise notes.fatal("a reference needs either resource or schemaReference, and as many columns as the foreign key")
    return ForeignKey(columns, Reference(resolve(context.base, resource) if resource else "",
                                         resolve(context.base, by_schema) if by_schema else "", there))
