"""The part of the text report on an RDF file: rule by rule, the nodes that break it, with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from odlinked.findings import Finding
from odlinked.quality.reports.widths import cut, plain, wrap
from odlinked.quality.reports.words import ReportTexts

_SHOWN: Final = 5
"""Most nodes shown for a rule: a generated catalogue has the same fault everywhere."""


def lines(findings: Sequence[Finding], language: str, words: ReportTexts, room: int) -> Iterator[str]:
    """Yield the lines on one file's findings, which are in the order of severities, rules and properties."""
    for (name, heading), group in groupby(findings, key=lambda finding: (finding.rule, finding.heading)):
        same = list(group)
        first = same[0]
        head = f"[{words.get(first.severity, first.severity)} {name}] {words['times'].format(count=len(same))}  {heading}"
        yield f"  {head.rstrip()}"
        yield from (f"    {line}" for line in wrap(plain(first.messages.get(language, "")), room - 4))
        for finding in same[:_SHOWN]:
            place = words["line"].format(row=finding.row) + "  " if finding.row else ""
            hint = finding.suggestions.get(language, "")
            parts = (plain(finding.node), plain(finding.value), f"→ {plain(hint)}" if hint else "")
            yield cut(f"      {place}{'  '.join(filter(None, parts))}", room)
        if len(same) > _SHOWN:
            yield "      " + words["more_nodes"].format(count=len(same) - _SHOWN)
