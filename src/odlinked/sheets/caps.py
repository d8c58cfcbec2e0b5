"""Size limits on input: exceeding one raises an error that names the file, the limit and the setting that raises it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import column_letter

CELLS_A_ROW: Final = 10
"""Cells a workbook may cover for each row that is allowed, blank cells between filled ones included."""

LONGEST_CELL: Final = 4 << 20
"""Most characters in a cell of a delimited file; a longer one comes from a quote that was never closed."""

LONGEST_LINE: Final = 16 << 20
"""Most bytes in a line of a delimited file."""

LINES_A_ROW: Final = 2
"""Lines a delimited file may have for each row that is allowed, including blank lines and lines within cells."""


def over(name: str, what: str, cap: str, setting: str) -> InputError:
    """Return the error for an exceeded limit: `what` the file has, `cap` what is allowed."""
    return InputError(f"{what}; the cap is {cap}", doing="reading", on=name, next_step=f"Raise read.{setting} if this is meant")


def check_file(path: Path, name: str, caps: ReadSettings) -> int:
    """Return the size of `path` in bytes; raise `InputError` when it is not a regular file, empty, unreadable or too large."""
    try:
        if not path.is_file():
            why = "it is not a file" if path.exists() else "the file does not exist"
            raise InputError(why, doing="reading", on=name)
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (OSError, ValueError) as problem:
        raise InputError(f"the file cannot be opened ({problem})", doing="reading", on=name) from problem
    if size == 0:
        raise InputError("the file is empty", doing="reading", on=name)
    if size > caps.max_bytes:
        raise over(name, f"the file has {size:,} bytes", f"{caps.max_bytes:,}", "max_bytes")
    return size


def check_width(name: str, number: int, width: int, caps: ReadSettings) -> None:
    """Raise `InputError` when row `number` has too many columns."""
    if width > caps.max_columns:
        raise over(name, f"row {number:,} has {width:,} columns", f"{caps.max_columns:,}", "max_columns")


def check_rows(name: str, count: int, caps: ReadSettings) -> None:
    """Raise `InputError` when a table has too many rows."""
    if count > caps.max_rows:
        raise over(name, f"it has more than {caps.max_rows:,} rows", f"{caps.max_rows:,}", "max_rows")


def check_lines(name: str, longest: int, lines: int, caps: ReadSettings) -> None:
    """Raise `InputError` for a delimited file with a line too long (in bytes) or too many lines, before reading it."""
    if longest > LONGEST_LINE:
        raise InputError(f"a line is longer than {LONGEST_LINE >> 20} MiB", doing="reading", on=name,
                         next_step="Check that it is a text file, and that it has line breaks")
    most = caps.max_rows * LINES_A_ROW
    if lines > most:
        raise over(name, f"it has {lines:,} lines", f"{most:,} lines", "max_rows")


def check_area(on: str, rows: int, columns: int, others: int, caps: ReadSettings) -> int:
    """Return the number of cells of a workbook up to and including a sheet of this extent, `others` being those of the sheets
    before.

    Raise `InputError` when the sheet is too tall or wide, or the workbook spreads over more cells than can be held.
    """
    check_rows(on, rows, caps)
    check_width(on, rows, columns, caps)
    cells, most = others + rows * columns, caps.max_rows * CELLS_A_ROW
    if cells > most:
        corner = f"{column_letter(columns - 1)}{rows}"
        spread = f"its filled cells reach to {corner}, and the workbook over {cells:,} cells"
        raise over(on, spread, f"{most:,} cells", "max_rows")
    return cells


def too_much_text(on: str, caps: ReadSettings) -> InputError:
    """Return the error for shared texts that are shown in so many cells that they add up to too much."""
    cap = f"{caps.max_bytes:,}"
    return over(on, f"its cells show more than {cap} characters", cap, "max_bytes")


def locked(name: str) -> InputError:
    """Return the error for a password-protected file."""
    return InputError("the file is encrypted", doing="reading", on=name, next_step="Save it without a password")


def broken(name: str, why: str) -> InputError:
    """Return the error for a file that is not safe to read."""
    return InputError(f"the file is broken ({why})", doing="reading", on=name, next_step="Open it, save it again and retry")
