"""Dates of ROC years made ISO 8601 before a cell is read: 113.09.04, 1130904, 113.09.04(三)23:50."""

from __future__ import annotations

import re
from typing import Final

from odlinked.mapping import dates

_YEAR: Final = re.compile(r"\D{0,5}(?:\d{2,3}\D|\d{6,7}\Z)")
_WEEKDAY: Final = re.compile(r"\s*[(（]\w[)）]\s*")


def iso(text: str) -> str | None:
    """Return a day of an ROC year as YYYY-MM-DD, one with a time as in XML Schema; None for anything else."""
    if _YEAR.match(text) is None:
        return None
    moment = dates.read(_WEEKDAY.sub(" ", text).strip())
    return None if moment is None or moment.datatype == "gYearMonth" else moment.lexical
