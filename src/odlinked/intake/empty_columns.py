"""Columns of a table of changes that are completely empty: they state nothing, and what is known stays.

The platform's list of a day's changes leaves whole columns out that way. A table on a form of changes that changes something
known is treated as if it had no such column: nothing is erased by it, and the rules on it are not checked. A table of additions
alone is not: where nothing is known, an empty cell is a missing value.
"""

from __future__ import annotations

from dataclasses import replace

from odlinked.assets import Assets
from odlinked.folding import fold
from odlinked.mapping import codes
from odlinked.mapping.forms import Binding, annotation
from odlinked.namespaces import CODE, ODL
from odlinked.sheets.tables import Table

_STATUS = CODE + "change-status"
_WITHDRAWAL = ODL + "Withdrawal"
_CHANGED = _STATUS + "/changed"


def without_emptied(binding: Binding, table: Table, assets: Assets) -> tuple[Binding, list[str]]:
    """Return the binding without the columns that are empty in a whole table of changes, and their headings."""
    status = next((place for column, place in zip(binding.form.columns, binding.columns, strict=True)
                   if place is not None and _STATUS in (annotation(column, "codeList") or ())), None)
    if not binding.form.delta or status is None:
        return binding, []
    # What a withdrawal must state is not known from before.
    required = {column for (cls, _), columns in binding.form.carries.items() if cls == _WITHDRAWAL for column in columns}
    empty = {place for column, place in enumerate(binding.columns) if place not in (None, status) and column not in required}
    statuses: set[str] = set()
    for row in table.rows():
        statuses.add(row.cells[status] if status < len(row.cells) else "")
        empty -= {place for place in empty if place < len(row.cells) and row.cells[place].strip()}
    known = codes.load(assets).index.get(_STATUS, {}) if empty else {}
    if not any(known.get(fold(text)) == _CHANGED for text in statuses):
        return binding, []
    columns = tuple(None if place in empty else place for place in binding.columns)
    return replace(binding, columns=columns), [binding.headings[place] for place in sorted(empty)]
