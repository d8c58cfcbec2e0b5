"""Columns of personal data, looked for in every file before anything of it is written.

A column is lifted only where the description has a person's decision in writing (`odl:personsDecision`); otherwise it is left
out, and nothing that is made of it (an address, a key, a title of rows) may be written either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote

from odlinked.csvw.model import Column, TableDescription
from odlinked.errors import InputError
from odlinked.lifting.reading.rows import DECISION
from odlinked.lifting.reading.tables import OpenedTable
from odlinked.standards.packs import Standards
from odlinked.standards.persons import Persons


def personal(opened: OpenedTable, standards: Standards, screened: Callable[[Persons, OpenedTable], None]) -> list[Column]:
    """Return the columns of a table that hold personal data; `screened` has its rows examined."""
    columns = [column for column in opened.reading.table.columns if not column.virtual]
    persons = standards.persons(rows=True)
    persons.begin([heading_of(column) for column in columns])
    screened(persons, opened)
    return [columns[place] for place in dict.fromkeys(one.column for one in persons.outcome())]


def is_decided(column: Column) -> bool:
    """True where a person decided in writing that a column is lifted."""
    return bool(str(column.annotations.get(DECISION, "")).strip())


def without(table: TableDescription, names: Iterable[str], file: str) -> TableDescription:
    """Return a table whose columns of these names are not written.

    Raise `InputError` where something else is made of their values: then nothing can be written without them.
    """
    left_out = set(names)
    for column in table.columns:
        for template in (column.about_url, column.property_url, column.value_url):
            if column.name not in left_out and template and left_out & _variables(template):
                raise _needed(column.name, file)
    if left_out & {name for column in table.columns if column.about_url for name in _variables(column.about_url)}:
        raise _needed("aboutUrl", file)
    schema = table.schema
    columns = tuple(replace(column, suppress_output=True) if column.name in left_out else column for column in schema.columns)
    titles = tuple(name for name in schema.row_titles if name not in left_out)
    return replace(table, schema=replace(schema, columns=columns, row_titles=titles))


def _variables(template: str) -> set[str]:
    return {re.split(r"[:*]", name)[0] for part in re.findall(r"\{[+#./;?&]?([^{}]*)\}", template) for name in part.split(",")}


def heading_of(column: Column) -> str:
    """Return what a column is headed by: its first title, else its name."""
    return next((texts[0] for texts in column.titles.values() if texts), unquote(column.name))


def _needed(what: str, file: str) -> InputError:
    return InputError(f"its {what} is made of a column that holds personal data", doing="lifting", on=file, next_step=(
        "Take another key, or have the person in charge write odl:personsDecision into the description of the column"))
