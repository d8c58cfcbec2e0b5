"""SARIF 2.1.0 (OASIS, errata 01) for code scanning: rules with their help, results with their place."""

from __future__ import annotations

import json
from typing import Any, Final

from odlinked.findings import Finding, Repair
from odlinked.quality.baseline import Old, fingerprints
from odlinked.quality.report import Report
from odlinked.quality.reports.locations import Locations, cell
from odlinked.quality.reports.words import load
from odlinked.quality.shapes import LANGUAGES, Rule
from odlinked.sheets.tables import column_index
from odlinked.version import __version__

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"Violation": "error", "Warning": "warning", "Info": "note"}
_LANGUAGES: Final = {"zh-Hant": "zh-TW", "en": "en"}
"""Languages as SARIF writes them: two letters and a country (section 3.19.21)."""

_ROOT: Final = "%SRCROOT%"


def write(report: Report, language: str) -> str:
    """Return the report as a SARIF log with one run.

    A fingerprint depends on the record, the rule and the heading, not on the row. A cell of a workbook is a logical location; a
    delimited file has a region, too. With a baseline each result has its state, and what is fixed is reported as absent.
    """
    rules = list(report.profile.rules.values())
    order = {rule.name: number for number, rule in enumerate(rules)}
    places = Locations(report)
    new = {id(finding) for finding in report.against.new} if report.against else set[int]()
    results = []
    for finding, fingerprint in zip(report.findings, fingerprints(report.findings), strict=True):
        result = _result(finding, fingerprint, order, places, language)
        if report.against is not None:
            result["baselineState"] = "new" if id(finding) in new else "unchanged"
        results.append(result)
    if report.against is not None:
        results += [_absent(old, report, order, places, language) for old in report.against.fixed]
    driver = {"name": "odlinked", "semanticVersion": __version__, "language": _LANGUAGES[language],
              "rules": [_rule(rule, language) for rule in rules]}
    run = {
        "tool": {"driver": driver}, "automationDetails": {"id": f"odlinked/{report.profile.name}/"},
        "columnKind": "unicodeCodePoints", "invocations": [_invocation(report, places)],
        "artifacts": [{"location": _artifact(uri)}
                      for uri in dict.fromkeys(places.uri(table.file) for table in report.checked)],
        "results": results, "properties": {"ruleSet": report.profile.iri, "issued": report.profile.issued,
                                           "notChecked": _unchecked(report)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _invocation(report: Report, places: Locations) -> dict[str, Any]:
    """Return whether all could be judged (section 3.20.14), and the files that could not."""
    notes = [{"level": "error", "message": {"text": why}, "locations": [{"physicalLocation": {"artifactLocation": _artifact(
        places.uri(file))}}]} for file, why in report.unjudged.items()]
    return {"executionSuccessful": not notes, **({"toolExecutionNotifications": notes} if notes else {})}


def _rule(rule: Rule, language: str) -> dict[str, Any]:
    """Return a rule: named in one language, with help in both."""
    helps = [(rule.names.get(tag, rule.name), rule.messages.get(tag, ""), rule.examples.get(tag, ""), rule.sources.get(tag, ""))
             for tag in sorted(LANGUAGES, key=lambda tag: tag != language)]
    return {
        "id": rule.name, "shortDescription": {"text": rule.names.get(language, rule.name)},
        "fullDescription": {"text": rule.messages.get(language, rule.name)},
        "help": {"text": "\n\n".join("\n".join(filter(None, part)) for part in helps)},
        "helpUri": rule.iri, "defaultConfiguration": {"level": _LEVELS.get(rule.severity, "note")},
        "properties": {"tags": [rule.number[:1], rule.number]},
    }


def _result(finding: Finding, fingerprint: str, order: dict[str, int], places: Locations, language: str) -> dict[str, Any]:
    """Return a finding as a result."""
    text = "\n".join(filter(None, (finding.messages.get(language, ""), finding.suggestions.get(language, "")))) or finding.rule
    physical: dict[str, Any] = {"artifactLocation": _artifact(places.uri(finding.file))}
    spot = places.spot(finding)
    if spot is not None:
        physical["region"] = {"startLine": spot.line, **({"startColumn": spot.character} if spot.character else {})}
    location: dict[str, Any] = {"physicalLocation": physical}
    if places.is_node(finding):
        location["logicalLocations"] = [{"fullyQualifiedName": finding.node, "kind": "resource"}]
    elif finding.row:
        at = cell(finding)
        whole = at if finding.sheet is None else f"{finding.sheet}!{at}"
        location["logicalLocations"] = [{"name": at, "fullyQualifiedName": whole, "kind": "member"}]
    facts = {"heading": finding.heading, "value": finding.value, "row": finding.row, "sheet": finding.sheet,
            "member": finding.member}
    return {
        "ruleId": finding.rule, **({"ruleIndex": order[finding.rule]} if finding.rule in order else {}),
        "level": _LEVELS.get(finding.severity, "note"), "message": {"text": text}, "locations": [location],
        "partialFingerprints": {"odlinkedFinding/v1": fingerprint},
        **({"fixes": [_fix(finding, text, places)]} if finding.certain else {}),
        "properties": {name: value for name, value in facts.items() if value},
    }


def _fix(finding: Finding, text: str, places: Locations) -> dict[str, Any]:
    """Return a certain repair (section 3.55): in a delimited file the text between two separators is replaced; in a workbook,
    where a cell has no place in a text, the region has what stands in it and the cell is named."""
    repair = finding.certain or Repair("")
    extent = places.extent(finding, column_index(repair.column))
    region: dict[str, Any] = {"snippet": {"text": repair.written}}
    instead = repair.instead
    if extent:
        start, end = extent
        region |= {"startLine": start.line, "startColumn": start.character}
        region |= {"endLine": end.line, "endColumn": end.character} if end else {}
        instead = '"' + instead.replace('"', '""') + '"'
    cell_named = {"cell": f"{repair.column}{finding.row}", **({"sheet": finding.sheet} if finding.sheet else {})}
    return {"description": {"text": text}, "artifactChanges": [{
        "artifactLocation": _artifact(places.uri(finding.file)), "properties": cell_named,
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": instead}}]}]}


def _absent(old: Old, report: Report, order: dict[str, int], places: Locations, language: str) -> dict[str, Any]:
    """Return a finding of the baseline that is fixed."""
    rule = report.profile.by_name.get(old.rule)
    words = load(report.profile.assets)[language]
    return {
        "ruleId": old.rule, **({"ruleIndex": order[old.rule]} if old.rule in order else {}),
        "level": _LEVELS.get(old.severity, "note"), "baselineState": "absent",
        "message": {"text": f"{words['fixed']}{words['annotated.colon']}{rule.names[language] if rule else old.rule}"},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(places.uri(old.file))}}],
        "partialFingerprints": {"odlinkedFinding/v1": old.fingerprint},
    }


def _artifact(uri: str) -> dict[str, str]:
    return {"uri": uri} if ":" in uri else {"uri": uri, "uriBaseId": _ROOT}


def _unchecked(report: Report) -> list[dict[str, Any]]:
    """Return the rules that were not run, by table."""
    return [{"file": table.file, "sheet": table.sheet or "", "rules": [rule.name for rule in table.unchecked + table.later]}
            for table in report.checked if table.unchecked + table.later]
