"""The report of a check: as a table to act on, JSON, CSV, or a SHACL validation report in Turtle."""

from __future__ import annotations

import csv as _csv
import io
import json as _json
from typing import Final

from odlinked.quality import text_report, turtle_report
from odlinked.quality.outcome import Checked, Report
from odlinked.quality.shapes import Rule
from odlinked.quality.wording import WORDS

__all__ = ["LANGUAGES", "Checked", "Report", "csv", "json", "text", "turtle"]

LANGUAGES: Final = tuple(WORDS)
_FIELDS: Final = (
    "file", "sheet", "row", "column", "heading", "value", "rule", "severity", "message", "suggestion", "member", "node",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def text(report: Report, language: str = "zh-Hant", room: int = 110, most: int = 0) -> str:
    """Return the report as tables a clerk can act on, one a sheet, `room` columns wide; `most` entries a sheet (0 = all)."""
    return text_report.write(report, language, room, most)


def json(report: Report, language: str = "zh-Hant") -> str:
    """Return the report as JSON: `findings` (objects with file, sheet, row, column, …), `notChecked` (once a file: file,
    sheets, rules) and `summary`."""
    sheets: dict[tuple[str, tuple[Rule, ...]], list[str]] = {}
    for table in report.checked:
        sheets.setdefault((table.file, table.unchecked), []).extend([table.sheet] if table.sheet is not None else [])
    unchecked = [
        {"file": file, "sheets": names, "rules": [{"rule": rule.name, "name": rule.names[language]} for rule in rules]}
        for (file, rules), names in sheets.items() if rules
    ]
    summary = {
        "conforms": report.conforms, "profile": report.profile.name, "issued": report.profile.issued, "language": language,
        "tables": len(report.checked), "records": sum(table.records for table in report.checked),
        "violations": report.count("Violation"), "warnings": report.count("Warning"), "infos": report.count("Info"),
        "byRule": report.by_rule(),
    }
    whole = {"findings": [finding.as_json(language) for finding in report.findings], "notChecked": unchecked, "summary": summary}
    return _json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def csv(report: Report, language: str = "zh-Hant") -> str:
    """Return the findings as CSV with a byte order mark, so that a spreadsheet opens it as UTF-8.

    A cell that a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    words = WORDS[language]
    made = io.StringIO()
    writer = _csv.writer(made, lineterminator="\r\n")
    writer.writerow([words[name] for name in _FIELDS])
    for finding in report.findings:
        told = finding.as_json(language)
        told["severity"] = words.get(finding.severity, finding.severity)
        told["member"] = finding.member or ""
        writer.writerow([_harmless(told[name]) for name in _FIELDS])
    return "\ufeff" + made.getvalue()


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet runs as a formula."""
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip().startswith(_FORMULA):
        return "'" + value
    return value


def turtle(report: Report) -> str:
    """Return the report as a `sh:ValidationReport` in Turtle whose results also say their cell."""
    components = {rule.name: turtle_report.components(report.profile.graph, rule.iri) for rule in report.profile.rules.values()}
    iris = {rule.name: rule.iri for rule in report.profile.rules.values()}
    return turtle_report.write(report.findings, report.conforms, iris, components)
