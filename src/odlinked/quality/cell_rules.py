"""The rules on the cells themselves: a pattern a text must not match, or characters that nobody sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from odlinked.findings import Fault
from odlinked.quality import unseen
from odlinked.quality.cells import Placement
from odlinked.quality.shapes import Rule
from odlinked.sheets.tables import column_letter


def faults(rule: Rule, placement: Placement) -> Iterator[Fault]:
    """Yield a fault for each cell of a row that breaks a rule on cells, in the columns that records are made of.

    A rule with a pattern is broken by a text that matches it, one without by invisible characters.
    """
    row, sheet = placement.row, placement.sheet
    breaks = re.compile(rule.pattern).match if rule.pattern else unseen.characters
    if not rule.pattern and not unseen.characters("".join(row.cells)):
        return
    for column in sheet.read:
        text = row.cells[column] if column < len(row.cells) else ""
        if text and breaks(text):
            value, _ = sheet.cell(row, column, 0)
            yield Fault(rule.name, rule.severity, node=min(placement.places, default=""), value=value,
                        column=column_letter(column), heading=sheet.headings[column])
