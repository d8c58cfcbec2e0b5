"""Annotations of GitHub Actions: one workflow command for each finding, safe from commands in a cell's content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from odlinked.findings import Finding
from odlinked.quality.report import Report
from odlinked.quality.reports.locations import Locations
from odlinked.quality.reports.words import ReportTexts, load

_COMMANDS: Final = {"Violation": "error", "Warning": "warning", "Info": "notice"}


def write(report: Report, language: str) -> str:
    """Return a line for each finding, then one on the whole; with a baseline only new findings, because old ones are known.

    The line is that of the text in a delimited file, else the row of the sheet.
    """
    words = load(report.profile.assets)[language]
    places = Locations(report)
    shown = report.findings if report.against is None else report.against.new
    lines = [_annotation(finding, places, language, words) for finding in shown]
    lines += [f"::error file={_property(places.path(file).removeprefix('./'))}::{_data(words['unjudged'])}"
              for file in report.unjudged]
    whole = words["summary"].format(
        tables=len(report.checked), records=sum(table.records for table in report.checked),
        violations=report.count("Violation"), warnings=report.count("Warning"), infos=report.count("Info"))
    if report.against is not None:
        whole += "\n" + words["against"].format(new=len(report.against.new), open=len(report.against.open),
                                               fixed=len(report.against.fixed))
    return "".join(f"{line}\n" for line in (*lines, f"::notice title={_property(words['markdown.title'])}::{_data(whole)}"))


def _annotation(finding: Finding, places: Locations, language: str, words: ReportTexts) -> str:
    at = places.named(finding, words)
    if finding.sheet is not None:
        at = f"{finding.sheet}!{at}"
    spot = places.spot(finding)
    facts = {"file": places.path(finding.file).removeprefix("./"), "line": str(spot.line if spot else finding.row or ""),
             "col": str(spot.character) if spot and spot.character else "", "title": f"{at} {finding.heading} [{finding.rule}]"}
    facts_text = ",".join(f"{name}={_property(value)}" for name, value in facts.items() if value)
    message = "\n".join(filter(None, (finding.messages.get(language, ""), finding.suggestions.get(language, ""))))
    return f"::{_COMMANDS.get(finding.severity, 'notice')} {facts_text}::{_data(message or finding.rule)}"


def _clean(value: str) -> Iterator[str]:
    """Yield the characters of a text without terminal control characters."""
    for character in value:
        if character in "\r\n" or character.isprintable():
            yield character
        else:
            yield " "


def _data(value: str) -> str:
    """Return text as the data of a command."""
    return "".join(_clean(value)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """Return text as a property of a command."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")
