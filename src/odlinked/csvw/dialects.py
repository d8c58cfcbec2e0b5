"""Reading dialect descriptions (Metadata Vocabulary, section 5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odlinked.csvw.model import Dialect
from odlinked.csvw.problems import Notes
from odlinked.csvw.properties import Context, check, count, text, truth

_KNOWN = frozenset({"commentPrefix", "delimiter", "doubleQuote", "encoding", "header", "headerRowCount", "lineTerminators",
                    "quoteChar", "skipBlankRows", "skipColumns", "skipInitialSpace", "skipRows", "trim"})
PLAIN = Dialect(comment_prefix=None)
"""The dialect of a file without any description."""


def dialect(value: Mapping[str, Any], notes: Notes, context: Context) -> Dialect:
    """Read a dialect description; an invalid property keeps its default with a warning."""
    check(value, _KNOWN, "Dialect", notes, context)
    default = Dialect()
    header = truth(value, "header", notes)
    rows = count(value, "headerRowCount", notes)
    double = truth(value, "doubleQuote", notes)
    blank = truth(value, "skipBlankRows", notes)
    return Dialect(
        comment_prefix=None if value.get("commentPrefix", "") is None
        else _character(value, "commentPrefix", notes) or default.comment_prefix,
        delimiter=_character(value, "delimiter", notes) or default.delimiter,
        double_quote=default.double_quote if double is None else double,
        encoding=_encoding(value, notes) or default.encoding,
        header_row_count=rows if rows is not None else default.header_row_count if header is None else int(header),
        line_terminators=_terminators(value, notes) or default.line_terminators,
        quote_char=None if value.get("quoteChar", "") is None else _character(value, "quoteChar", notes) or default.quote_char,
        skip_blank_rows=bool(blank), skip_columns=count(value, "skipColumns", notes) or 0,
        skip_rows=count(value, "skipRows", notes) or 0, trim=_trim(value, notes))


def _character(value: Mapping[str, Any], name: str, notes: Notes) -> str | None:
    found = text(value, name, notes)
    if found == "":
        notes.warn(f"{name} must not be empty; its default is taken")
    return found or None


def _encoding(value: Mapping[str, Any], notes: Notes) -> str | None:
    found = text(value, "encoding", notes)
    if found is None:
        return None
    try:
        "".encode(found)
    except (LookupError, ValueError):
        notes.warn(f"{found!r} is not an encoding this knows; utf-8 is taken")
        return None
    return found


def _terminators(value: Mapping[str, Any], notes: Notes) -> tuple[str, ...]:
    found = value.get("lineTerminators")
    items = found if isinstance(found, list) else [] if found is None else [found]
    kept = tuple(item for item in items if isinstance(item, str) and item)
    if len(kept) < len(items):
        notes.warn("lineTerminators must be strings; its default is taken")
        return ()
    return kept


def _trim(value: Mapping[str, Any], notes: Notes) -> str:
    initial = truth(value, "skipInitialSpace", notes)
    found = value.get("trim")
    if isinstance(found, bool):
        found = "true" if found else "false"
    if found not in (None, "true", "false", "start", "end"):
        notes.warn("trim must be true, false, start or end; its default is taken")
        found = None
    return str(found) if found is not None else "start" if initial else "false"
