"""The cases of forms in `cases/mapping`: a table, its rows and the mapper of its form."""

from __future__ import annotations

import csv
from pathlib import Path

from odlinked import inventory
from odlinked.assets import Assets, bundled
from odlinked.mapping import forms, readings
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import Row, Table

CASES = Path(__file__).parents[1] / "cases" / "mapping"
ASSETS = Assets((bundled() / "examples" / "national-list",))
CONTEXT = MappingContext("https://data.example.tw", "case")


def read(path: Path, name: str = "") -> tuple[Table, list[Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    rows = [Row(number, tuple(cells)) for number, cells in enumerate(lines[1:], 2)]
    return Table(name or path.name, None, tuple(lines[0]), 1, lambda: iter(rows)), rows


def mapper(table: Table, assets: Assets = ASSETS, context: MappingContext = CONTEXT) -> Mapper:
    return Mapper(forms.find(forms.load_all(assets), table), assets, context)


def fitted(table: Table, assets: Assets = ASSETS) -> readings.Fitted:
    """Return a table of one block as it is read: turned where its form says so."""
    (found,) = readings.fitted(forms.load_all(assets), table)
    return found


def case(form: str) -> tuple[Mapper, list[Row]]:
    records = CASES / form / "table.json"
    if records.exists():
        (table,) = inventory.read(records, ReadSettings())
        return mapper(table), list(table.rows())
    found = fitted(read(CASES / form / "table.csv", f"{form}.csv")[0])
    return Mapper(found.binding, ASSETS, CONTEXT), list(found.table.rows())


def changed(row: Row, number: int, **cells: str) -> Row:
    texts = list(row.cells)
    for place, text in cells.items():
        texts[int(place[1:])] = text
    return Row(number, tuple(texts))
