"""Reading metadata documents into table groups (Metadata Vocabulary for Tabular Data).

The entry point is `load`. Faults that the standard lets a processor repair become warnings in `TableGroup.problems`, faults that
only a validator must refuse become errors there; `MetadataError` is for unusable documents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from odlinked.csvw import dialects, properties, schemas
from odlinked.csvw.model import Dialect, Inherited, Schema, TableDescription, TableGroup, Transformation
from odlinked.csvw.problems import DocumentResolver, MetadataError, Notes, nothing
from odlinked.csvw.properties import INHERITED, Context
from odlinked.csvw.terms import CONTEXT, OWN_PREFIXES, PREFIXES, is_language, normal_url, resolve

_SHARED = frozenset({"dialect", "notes", "tableDirection", "tableSchema", "transformations"}) | INHERITED
_GROUP = _SHARED | {"tables"}
_TABLE = _SHARED | {"url", "suppressOutput"}
_TRANSFORMATION = frozenset({"url", "scriptFormat", "targetFormat", "source", "titles"})
_DIRECTIONS = frozenset({"rtl", "ltr", "auto"})


def load(source: Mapping[str, Any] | Path, base_url: str = "", *, resolver: DocumentResolver = nothing,
         prefixes: Mapping[str, str] = OWN_PREFIXES) -> TableGroup:
    """Read a metadata document, given as parsed JSON or as a file, found at `base_url`.

    `resolver` provides schemas and dialects that the document names by URL. `prefixes` adds to those of the CSVW context. A
    document that describes one table becomes a group of one.
    """
    if isinstance(source, Path):
        try:
            document = parse(source.read_bytes(), source.name)
        except OSError as problem:
            raise MetadataError(str(problem.strerror), doing="reading CSVW metadata", on=source.name) from problem
    else:
        document = dict(source)
    notes = Notes(place=base_url or (source.name if isinstance(source, Path) else ""))
    inside = Notes(notes.problems)
    context = _context(document, Context(base_url, "und", {**PREFIXES, **prefixes}, resolver), inside)
    if "tables" in document or document.get("@type") == "TableGroup":
        return _group(document, inside, context)
    if "url" not in document:
        raise notes.fatal("the document has neither tables nor the url of one")
    described = table(document, inside, context, Inherited(), {})
    return _checked(TableGroup(tables=(described,), language=context.language, base=context.base), inside)


def parse(content: bytes, name: str) -> dict[str, Any]:
    """Parse a metadata document's bytes as a JSON object."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise MetadataError(f"it is not JSON: {problem}", doing="reading CSVW metadata", on=name) from problem
    if not isinstance(document, dict):
        raise MetadataError("it is not a JSON object", doing="reading CSVW metadata", on=name)
    return document


def _context(document: Mapping[str, Any], found: Context, notes: Notes) -> Context:
    """Read @context (section 5.2): the standard's own, optionally with a base and a language."""
    stated = document.get("@context")
    if stated is None:
        notes.warn(f'@context is missing; it must be "{CONTEXT}"')
        return found
    parts = stated if isinstance(stated, list) else [stated]
    if not parts or parts[0] != CONTEXT or len(parts) > 2 or not all(isinstance(part, dict) for part in parts[1:]):
        raise notes.fatal(f'@context must be "{CONTEXT}", or an array of it and an object')
    for name, value in (parts[1] if len(parts) > 1 else {}).items():
        if name == "@base" and isinstance(value, str):
            found = found.at(resolve(found.base, value))
        elif name == "@language" and is_language(value):
            found = Context(found.base, value, found.prefixes, found.resolver)
        elif name in ("@base", "@language"):
            notes.warn(f"{name} in @context is not usable; it is left out")
        else:
            raise notes.fatal(f"@context may hold @base and @language only, not {name!r}")
    return found


def _group(value: Mapping[str, Any], notes: Notes, context: Context) -> TableGroup:
    properties.check(value, _GROUP, "TableGroup", notes, context)
    tables = properties.objects(value, "tables", notes)
    if not tables:
        raise notes.fatal("a table group needs at least one table")
    handed = properties.inherited(value, notes, context)
    shared = {name: value[name] for name in ("dialect", "tableDirection", "tableSchema", "transformations") if name in value}
    return _checked(TableGroup(
        id=properties.identifier(value, notes, context), common=properties.commons(value, notes, context),
        tables=tuple(table(item, notes.below(f"tables[{index}]"), context, handed, shared)
                     for index, item in enumerate(tables, 1)),
        notes=properties.notes_of(value, notes, context), language=context.language, base=context.base,
        table_direction=properties.choice(value, "tableDirection", _DIRECTIONS, notes) or "auto"), notes)


def table(value: Mapping[str, Any], notes: Notes, context: Context, above: Inherited,
          shared: Mapping[str, Any]) -> TableDescription:
    """Read a table description; `above` and `shared` are what it inherits from its group."""
    properties.check(value, _TABLE, "Table", notes, context)
    url = value.get("url")
    if not isinstance(url, str):
        raise notes.fatal("a table needs a url")
    handed = properties.inherited(value, notes, context).over(above)
    merged = {**shared, **value}
    return TableDescription(
        id=properties.identifier(value, notes, context), common=properties.commons(value, notes, context),
        url=resolve(context.base, url), schema=_schema(merged, notes.below("tableSchema"), context, handed),
        dialect=_dialect(merged, notes.below("dialect"), context), notes=properties.notes_of(value, notes, context),
        suppress_output=bool(properties.truth(value, "suppressOutput", notes)),
        table_direction=properties.choice(merged, "tableDirection", _DIRECTIONS, notes) or "auto",
        transformations=tuple(found for item in properties.objects(merged, "transformations", notes)
                              if (found := _transformation(item, notes.below("transformations"), context))))


def _linked(value: Any, notes: Notes, context: Context) -> tuple[Mapping[str, Any], Context] | None:
    """Return an object property's value, fetched where it is given as a URL, and the context it is read in."""
    if isinstance(value, dict):
        return value, context
    if not isinstance(value, str):
        return None
    url = resolve(context.base, value)
    found = context.resolver(url)
    if found is None:
        raise notes.fatal(f"there is nothing at {url}")
    document = parse(found.content, url)
    inner = context.at(found.url)
    if "@context" in document:
        inner = _context(document, inner, notes)
    return {"@id": url, **document}, inner


def _schema(value: Mapping[str, Any], notes: Notes, context: Context, handed: Inherited) -> Schema:
    if "tableSchema" not in value:
        return Schema(inherited=handed)
    found = _linked(value["tableSchema"], notes, context)
    if found is None:
        notes.error("tableSchema must be an object or a URL; it is taken as empty")
        return Schema(inherited=handed, given=True)
    return schemas.schema(found[0], notes, found[1], handed)


def _dialect(value: Mapping[str, Any], notes: Notes, context: Context) -> Dialect | None:
    if "dialect" not in value:
        return None
    found = _linked(value["dialect"], notes, context)
    if found is None:
        notes.warn("dialect must be an object or a URL; it is left out")
        return None
    return dialects.dialect(found[0], notes, found[1])


def _transformation(value: Mapping[str, Any], notes: Notes, context: Context) -> Transformation | None:
    properties.check(value, _TRANSFORMATION, "Template", notes, context)
    links = {name: properties.text(value, name, notes) for name in ("url", "scriptFormat", "targetFormat")}
    if not all(links.values()):
        notes.warn("a transformation needs url, scriptFormat and targetFormat; it is left out")
        return None
    url, script, target = (resolve(context.base, str(link)) for link in links.values())
    return Transformation(
        id=properties.identifier(value, notes, context), common=properties.commons(value, notes, context), url=url,
        script_format=script, target_format=target, source=properties.text(value, "source", notes) or "",
        titles=properties.titles(value, notes, context))


def _checked(group: TableGroup, notes: Notes) -> TableGroup:
    """Check that foreign keys point at tables and columns of the group; return the group with its problems."""
    for described in group.tables:
        for key in described.schema.foreign_keys:
            target = referenced(group, key.reference.resource, key.reference.schema)
            where = key.reference.resource or key.reference.schema
            if target is None:
                raise notes.fatal(f"the foreign key's target {where} is not a table of the group")
            known = {column.name for column in target.columns if column.named}
            for name in key.reference.columns:
                if name not in known:
                    raise notes.fatal(f"the foreign key's target {where} has no column {name!r}")
    return TableGroup(**{**{name: getattr(group, name) for name in group.__dataclass_fields__},
                         "problems": tuple(notes.problems)})


def referenced(group: TableGroup, resource: str, schema: str) -> TableDescription | None:
    """Return the table that a foreign key refers to: by its URL or by its schema's identifier."""
    for described in group.tables:
        if (resource and normal_url(described.url) == normal_url(resource)) or (schema and described.schema.id == schema):
            return described
    return None
