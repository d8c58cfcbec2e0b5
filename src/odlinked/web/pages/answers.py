"""How the answer of a stored question stands on its page: codes and records by their names, which link to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from odlinked.web.pages.query import ResultCell, ResultTable
from odlinked.web.site.view import Viewer

_TITLED: Final = ("dataset", "record", "series", "family", "request")
"""Columns whose names stand in the column `title` after them."""


def named(table: ResultTable, viewer: Viewer) -> ResultTable:
    """Return a table in which IRIs that have a name stand by it, in the reader's language.

    A column that only names the one before it (`unit`, `unitName`) is put into that one: where there is no IRI (a total), its own
    words stand there.
    """
    pairs = {i: i + 1 for i, (one, other) in enumerate(zip(table.columns, table.columns[1:], strict=False))
             if other == f"{one}Name" or (other == "title" and one in _TITLED)}
    left = [i for i in range(len(table.columns)) if i not in pairs.values()]
    rows = [[_joined(row[i], row[pairs[i]], viewer) if i in pairs else _by_name(row[i], viewer) for i in left]
            for row in table.rows]
    return ResultTable([table.columns[i] for i in left], rows, table.whole)


def _joined(cell: ResultCell, name: ResultCell, viewer: Viewer) -> ResultCell:
    if not cell.full:
        return name
    shown = _by_name(cell, viewer)
    return shown if shown.text != cell.text or not name.text else replace(cell, text=name.text, language=name.language)


def _by_name(cell: ResultCell, viewer: Viewer) -> ResultCell:
    """Return a cell with the name of its IRI; one without a name, such as a file or a page elsewhere, stays as it is."""
    if not cell.full:
        return cell
    known = viewer.vocabulary.label(cell.full, viewer.language)
    if known:
        return replace(cell, text=known, link=viewer.named(cell.full).link)
    if viewer.release.record(cell.full) is None:
        return cell
    labels = viewer.release.labels(cell.full)
    language = viewer.language if viewer.language in labels else next(iter(labels))
    return replace(cell, text=labels[language], language=language)
