"""Addresses as agencies wrote them, with the keys that the mapping removes: read from the kept inputs, only for `check`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive, RowOutcome
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import OdlinkedError
from odlinked.intake.bindings import bind
from odlinked.mapping import urls
from odlinked.mapping.forms import Binding, annotation
from odlinked.mapping.lift import cutter
from odlinked.settings import Settings
from odlinked.sheets.tables import Row


class _Wanted(NamedTuple):
    """Where the addresses of a dataset are: sheet and row, and distribution -> list member."""

    sheet: str | None
    row: int
    members: dict[str, int]


def originals(workspace: Workspace, settings: Settings, assets: Assets, archive: Archive, entries: Iterable[Entry],
              inputs: Mapping[int, dict[str, Any]]) -> dict[str, str]:
    """Return distribution IRI -> address with its key, for the distributions of `entries`.

    Inputs that are no longer kept, or read differently now, are left out: their addresses stay not checked.
    """
    wanted: dict[int, list[_Wanted]] = defaultdict(list)
    for entry in entries:
        outcome = archive.outcome(entry.key) if entry.key else None
        if outcome is not None and entry.input is not None and entry.row is not None:
            wanted[entry.input].append(_Wanted(entry.sheet, entry.row, _members(outcome, entry.iri)))
    found: dict[str, str] = {}
    for number, places in wanted.items():
        given = inputs.get(number)
        if given is not None and (workspace.inputs / given["sha256"]).is_file():
            found.update(_read(workspace, settings, assets, given, places))
    return found


def _members(outcome: RowOutcome, iri: str) -> dict[str, int]:
    return {node: member for node, member in outcome.members.items() if node.split("#", 1)[0] == iri}


def _read(workspace: Workspace, settings: Settings, assets: Assets, given: Mapping[str, Any],
          places: list[_Wanted]) -> dict[str, str]:
    form = given["form"] if " " not in given["form"] else None
    try:
        bound = bind(workspace.inputs / given["sha256"], given["name"], form, settings, assets)
    except OdlinkedError:
        return {}
    found: dict[str, str] = {}
    for table, binding in bound.tables:
        rows = {place.row: place for place in places if place.sheet == table.sheet}
        for row in table.rows() if rows else ():
            if row.number in rows:
                found.update(_addresses(binding, row, rows[row.number]))
    return found


def _addresses(binding: Binding, row: Row, place: _Wanted) -> dict[str, str]:
    """Return distribution -> address of one row."""
    found: dict[str, str] = {}
    for column, index in zip(binding.form.columns, binding.columns, strict=True):
        if index is None or index >= len(row.cells) or not annotation(column, "secretParameters"):
            continue
        parts = cutter(column)(row.cells[index]) if annotation(column, "alignedWith") else [row.cells[index]]
        for distribution, member in place.members.items():
            text = parts[member - 1] if 0 < member <= len(parts) else ""
            address = urls.address(text, urls.Keys())
            if address is not None and "#distribution" in distribution:
                found.setdefault(distribution, address.iri)
    return found
