"""The options of `report`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True)
class ReportChoice:
    """What is reported: its kind, day (None: today), files, whether each unit has a file of its own, whether what is for the
    agency itself is left out, the day its period begins (None: by the kind), and whose annex it is."""

    kind: str
    as_of: date | None
    output: Path | None
    slides: Path | None
    by_unit: bool
    public: bool
    since: date | None
    ministry: str


def report_options(verb: Callable[..., int]) -> Callable[..., int]:
    """Give a verb the options of a report, as its argument `choice`."""

    @click.option("--kind", default="quarter", show_default=True,
                  help="quarter, half-year, inventory, checklist, meeting or annex.")
    @click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day, like 2026-11-22; today when left out.")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The day the period begins; by the kind when left out.")
    @click.option("--output", type=click.Path(path_type=Path),
                  help="The file, KIND-DAY.xlsx when left out; with --by the folder.")
    @click.option("--slides", type=click.Path(path_type=Path), help="Write the tables as slides, too, into this .pptx.")
    @click.option("--by", type=click.Choice(["unit"]), help="A file for each unit (kinds annex and checklist).")
    @click.option("--ministry", default="moenv", show_default=True, help="Whose annex: moenv, moea or moea-planned.")
    @click.option("--public", is_flag=True, help="Leave out what is for the agency itself.")
    @wraps(verb)
    def asked(*args: Any, kind: str, as_of: datetime | None, output: Path | None, slides: Path | None, by: str | None,
              public: bool, since: datetime | None, ministry: str, **others: Any) -> int:
        choice = ReportChoice(kind, as_of.date() if as_of else None, output, slides, bool(by), public,
                              since.date() if since else None, ministry)
        return verb(*args, choice=choice, **others)

    return asked
