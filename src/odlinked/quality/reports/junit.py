"""JUnit XML for build servers: a suite for each table, a case for each rule; what was not checked is skipped, never passed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from odlinked.findings import Finding
from odlinked.quality.report import Checked, Report
from odlinked.quality.reports.locations import Locations, titles
from odlinked.quality.reports.words import ReportTexts, load

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow (section 2.2)."""

_MOST: Final = 200
"""Most findings in one case."""


class _Case:
    """A rule in a table: failed by violations (with a baseline, new ones), skipped, or passed, perhaps with remarks."""

    def __init__(self, name: str, title: str, failing: list[str], remarks: list[str], skipped: str = "") -> None:
        self.name, self.title, self.failing, self.remarks, self.skipped = name, title, failing, remarks, skipped


def write(report: Report, language: str) -> str:
    """Return the report as JUnit XML. Warnings and notes are no failure: they are the output of a passed case."""
    words = load(report.profile.assets)[language]
    places = Locations(report)
    suites = [(title, places.path(table.file), _cases(report, table, places, language, words)) for table, title in titles(report)]
    whole = [case for _, _, cases in suites for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites name=\"odlinked\"{_counts(whole)}>"]
    for title, path, cases in suites:
        lines.append(f'  <testsuite name="{_quoted(title)}" file="{_quoted(path)}"{_counts(cases)}>')
        for case in cases:
            lines.extend(_written(case, f"odlinked.{report.profile.name}"))
        lines.append("  </testsuite>")
    return "\n".join((*lines, "</testsuites>")) + "\n"


def _counts(cases: Sequence[_Case]) -> str:
    failed, skipped = (sum(map(bool, column)) for column in ([case.failing for case in cases], [case.skipped for case in cases]))
    return f' tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}"'


def _cases(report: Report, table: Checked, places: Locations, language: str, words: ReportTexts) -> list[_Case]:
    """Return a case for each rule on the records this form makes."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.of_table(table):
        by_rule.setdefault(finding.rule, []).append(finding)
    skipped = {rule.name: words["reason.no_column"] for rule in table.unchecked}
    skipped |= {rule.name: words["reason.later"] for rule in table.later}
    if table.unjudged:
        skipped = dict.fromkeys(report.profile.by_name, words["reason.unjudged"])
    left_out = {rule.name for rule in table.elsewhere} - by_rule.keys()
    names = {rule.name: rule.names[language] for rule in report.profile.rules.values() if rule.name not in left_out}
    old = {id(finding) for finding in report.against.open} if report.against else set[int]()
    cases = []
    for name in (*names, *(name for name in by_rule if name not in names)):
        failing: list[str] = []
        remarks: list[str] = []
        for finding in by_rule.get(name, ()):
            fails = finding.severity == "Violation" and id(finding) not in old
            (failing if fails else remarks).append(_line(finding, places, language, words))
        cases.append(_Case(name, names.get(name, ""), failing, remarks, "" if name in by_rule else skipped.get(name, "")))
    return cases


def _line(finding: Finding, places: Locations, language: str, words: ReportTexts) -> str:
    """Return a finding on one line: its cell, its value, what is wrong and what to write."""
    place = places.named(finding, words)
    place = words["member_of"].format(cell=place, member=finding.member) if finding.member else place
    parts = [place, f"[{words.get(finding.severity, finding.severity)}]", finding.value.replace("\n", " "),
            finding.messages.get(language, ""), finding.suggestions.get(language, "").replace("\n", " ")]
    return " ".join(filter(None, parts))


def _written(case: _Case, suite: str) -> Iterator[str]:
    head = f'    <testcase classname="{_quoted(suite)}" name="{_quoted(f"{case.name} {case.title}".strip())}"'
    if not (case.failing or case.remarks or case.skipped):
        yield head + "/>"
        return
    yield head + ">"
    if case.skipped:
        yield f'      <skipped message="{_quoted(case.skipped)}"/>'
    if case.failing:
        message = _quoted(f"{case.title} ({len(case.failing)})")
        yield f'      <failure type="Violation" message="{message}">{_text(_listed(case.failing))}</failure>'
    if case.remarks:
        yield f"      <system-out>{_text(_listed(case.remarks))}</system-out>"
    yield "    </testcase>"


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(lines[:_MOST]) + (f"\n… (+{len(lines) - _MOST})" if len(lines) > _MOST else "")


def _text(value: str) -> str:
    return _ILLEGAL.sub("\ufffd", value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(value: str) -> str:
    return _text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
