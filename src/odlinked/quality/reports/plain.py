"""The report as JSON and as CSV: every finding with every fact, for programs and for spreadsheets."""

from __future__ import annotations

import json
from typing import Final

from odlinked import csv_text
from odlinked.findings import Finding
from odlinked.quality.baseline import fingerprints
from odlinked.quality.report import Report
from odlinked.quality.reports.words import ReportTexts, load
from odlinked.quality.shapes import Rule

_FIELDS: Final = (
    "file", "sheet", "row", "column", "heading", "value", "rule", "severity", "message", "suggestion", "member", "node",
)


def as_json(report: Report, language: str) -> str:
    """Return the report as JSON: `findings` (objects with file, sheet, row, column, …), `notChecked` (once a file: file, sheets,
    rules) and `summary`; with a baseline each finding has a `state`, and `fixed` lists the fixed ones."""
    sheets: dict[tuple[str, tuple[Rule, ...]], list[str]] = {}
    for table in report.checked:
        rules = table.unchecked + table.later
        sheets.setdefault((table.file, rules), []).extend([table.sheet] if table.sheet is not None else [])
    unchecked = [
        {"file": file, "sheets": names, "rules": [{"rule": rule.name, "name": rule.names[language]} for rule in rules]}
        for (file, rules), names in sheets.items() if rules
    ]
    summary: dict[str, object] = {
        "conforms": report.conforms, "profile": report.profile.name, "issued": report.profile.issued, "language": language,
        "tables": len(report.checked), "records": sum(table.records for table in report.checked),
        "violations": report.count("Violation"), "warnings": report.count("Warning"), "infos": report.count("Info"),
        "byRule": report.by_rule(), "unjudged": report.unjudged,
    }
    whole = {"findings": _findings(report, language), "notChecked": unchecked, "summary": summary}
    if report.against is not None:
        whole["fixed"] = [vars(old) for old in report.against.fixed]
        summary |= {"passes": report.passes, "new": len(report.against.new), "open": len(report.against.open),
                    "fixed": len(report.against.fixed)}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _findings(report: Report, language: str) -> list[dict[str, object]]:
    new = {id(finding) for finding in report.against.new} if report.against else set[int]()
    entries = []
    for finding, fingerprint in zip(report.findings, fingerprints(report.findings), strict=True):
        entries.append(finding.as_json(language) | {"fingerprint": fingerprint})
        if report.against is not None:
            entries[-1]["state"] = "new" if id(finding) in new else "open"
    return entries


def as_csv(report: Report, language: str) -> str:
    """Return the findings as CSV with a byte order mark, so that a spreadsheet opens it as UTF-8.

    A cell that a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    words = load(report.profile.assets)[language]
    heads = [words[name] for name in _FIELDS]
    return csv_text.MARK + csv_text.written((heads, *(_cells(finding, language, words) for finding in report.findings)))


def _cells(finding: Finding, language: str, words: ReportTexts) -> list[object]:
    fields = finding.as_json(language)
    fields["severity"] = words.get(finding.severity, finding.severity)
    fields["member"] = finding.member or ""
    return [fields[name] for name in _FIELDS]
