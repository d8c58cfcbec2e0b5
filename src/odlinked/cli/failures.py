"""How a command that could not run tells why, in one line."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import click

from odlinked.cli.language import spoken
from odlinked.errors import OdlinkedError


def failed(error: OdlinkedError, problem: BaseException) -> int:
    """Print an error in one line, after the traceback where ODLINKED_TRACEBACK is set; return the exit code."""
    if os.environ.get("ODLINKED_TRACEBACK"):
        traceback.print_exception(problem)
    click.echo(f"odlinked: {spoken().messages.line(error)}", err=True)
    return 2


def unforeseen(problem: BaseException) -> OdlinkedError:
    """Return the error for a failure of the program itself."""
    where = traceback.extract_tb(problem.__traceback__)[-1:]
    place = f" ({Path(where[0].filename).name}, line {where[0].lineno})" if where else ""
    return OdlinkedError(f"an error nobody foresaw: {type(problem).__name__}{place}", next_step=(
        "Please report it, with what ODLINKED_TRACEBACK=1 shows of it when the command is run again"))
