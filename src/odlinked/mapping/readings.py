"""How a table is read: as it stands, as blocks side by side, or turned where the form has its headings in the first column.

Where a table lacks a column whose form says where else its value stands (`odl:stated`), the lines above and below the table are
asked, then the names of its sheet and its file (`odl:statedInName`); where they are silent and the form has a `default`, that
is taken. What is taken is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from odlinked.errors import FormError
from odlinked.folding import fold, plain
from odlinked.mapping import forms
from odlinked.mapping.forms import Binding, Form, annotation, title
from odlinked.sheets import reshape
from odlinked.sheets.tables import Table


class Fitted(NamedTuple):
    """A table as it is read, tied to its form, and what was taken for columns it lacks: (heading, text)."""

    table: Table
    binding: Binding
    taken: tuple[tuple[str, str], ...] = ()


def fitted(known: Sequence[Form], table: Table, name: str | None = None) -> list[Fitted]:
    """Return a table tied to its form, several where its blocks stand side by side; raise `FormError` as `forms.find` does."""
    parts = reshape.blocks(table)
    if len(parts) > 1:
        try:
            return [_completed(*_found(known, part, name)) for part in parts]
        except FormError:
            pass  # headings that stand twice may be a fault of a table that is written on a form
    return [_completed(*_found(known, table, name))]


def _found(known: Sequence[Form], table: Table, name: str | None) -> tuple[Table, Binding]:
    candidates = [form for form in known if form.name == name or not form.said or _is_said(form, table)]
    try:
        return table, forms.find([form for form in candidates if not form.turned], table, name)
    except FormError:
        across = [form for form in candidates if form.turned and name in (None, form.name)]
        turned = reshape.turned(table) if any(_heads(form, table) for form in across) else None
        if turned is None:
            raise
        return turned, forms.find(across, turned, name)


def _heads(form: Form, table: Table) -> bool:
    """True when the first column of a table begins with a heading of the form."""
    first = next((row.cells[0] for row in table.rows() if row.cells and row.cells[0].strip()), "")
    return form.column(first) is not None or (bool(table.headings[:1]) and form.column(table.headings[0]) is not None)


def _is_said(form: Form, table: Table) -> bool:
    """True when the lines of a table, its sheet or its file have one of the form's words."""
    text = fold(" ".join((*_lines(table), table.sheet or "", table.file)))
    return any(fold(word) in text for word in form.said)


def _lines(table: Table) -> list[str]:
    return [cell for row in table.titles for cell in row.cells if cell.strip()]


def _completed(table: Table, binding: Binding) -> Fitted:
    """Add the columns whose values stand elsewhere, or are what the form takes where nothing is said."""
    taken = []
    for column, place in zip(binding.form.columns, binding.columns, strict=True):
        patterns, named = (annotation(column, where) or () for where in ("stated", "statedInName"))
        if place is not None or not (patterns or named or column.default):
            continue
        text = _stated(patterns, _lines(table)) or _stated(named, (table.sheet or "", table.file)) or column.default
        if text:
            table = reshape.with_column(table, title(column), text)
            taken.append((title(column), text))
    if taken:
        binding = replace(forms.bind(binding.form, table), added=len(taken))
    return Fitted(table, binding, tuple(taken))


def _stated(patterns: Sequence[str], lines: Sequence[str]) -> str:
    """Return what the first pattern that matches a line finds."""
    for pattern in patterns:
        for line in lines:
            if found := re.search(pattern, plain(line)):
                return found[1].strip()
    return ""
