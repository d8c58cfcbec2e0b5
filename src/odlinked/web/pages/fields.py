"""The fields of a dataset's files as a page shows them: name, meaning, and the data standard a field follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from odlinked.namespaces import CSVW, DCAT, DCTERMS, ODL, SCHEMA
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer

_LAST: Final = 1_000_000
"""The position of a field whose source gives none."""


@dataclass(frozen=True)
class FieldView:
    """A field: its name, what it means ("" where the source does not state it), its standards, and what was stated instead of
    one."""

    name: str
    meaning: str
    standards: tuple[NamedItem, ...]
    stated: tuple[str, ...]


@dataclass(frozen=True)
class FieldGroup:
    """The fields that some files share; `files` are their titles."""

    files: tuple[str, ...]
    fields: tuple[FieldView, ...]


def schemas(viewer: Viewer, reader: Reader) -> list[FieldGroup]:
    """Return the fields of the distributions, those of files with the same fields once; [] where the source lists none."""
    places = _places(reader)
    found: dict[tuple[FieldView, ...], list[str]] = {}
    for node in sorted(reader.iris(DCAT + "distribution")):
        for schema in reader.iris(DCTERMS + "conformsTo", node):
            columns = reader.iris(CSVW + "column", schema)
            fields = sorted((_field(viewer, reader, column) for column in columns), key=lambda one: _key(one, places))
            if fields:
                title = reader.text(DCTERMS + "title", viewer.language, node) \
                    or reader.text(DCTERMS + "description", viewer.language, node)
                found.setdefault(tuple(fields), []).append(title.value if title else "")
    return [FieldGroup(tuple(title for title in files if title), fields) for fields, files in found.items()]


def _key(field: FieldView, places: dict[str, int]) -> tuple[int, str]:
    return places.get(field.name, _LAST), field.name


def _places(reader: Reader) -> dict[str, int]:
    """Return field name -> the first place it has in any file: some files of a dataset list their fields without an order."""
    found: dict[str, int] = {}
    for node in reader.nodes:
        for term in reader.all(SCHEMA + "position", node):
            name = _name(reader, node)
            if term.value.isdecimal():
                found[name] = min(int(term.value), found.get(name, _LAST))
    return found


def _name(reader: Reader, node: str) -> str:
    """Return a field's name without the meaning in brackets after it."""
    title = reader.value(CSVW + "title", node)
    if reader.value(DCTERMS + "description", node):
        return title.replace("（", "(", 1).partition("(")[0].strip()
    return title


def _field(viewer: Viewer, reader: Reader, node: str) -> FieldView:
    standards = tuple(viewer.named(iri) for iri in sorted(reader.iris(DCTERMS + "conformsTo", node)))
    stated = tuple(term.value for term in reader.all(ODL + "unrecognisedStandard", node))
    return FieldView(_name(reader, node), reader.value(DCTERMS + "description", node), standards, stated)
