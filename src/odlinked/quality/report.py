"""The report of a check: as a table to act on, JSON, CSV, or a SHACL validation report in Turtle."""

from __future__ import annotations

import csv as _csv
import io
import json as _json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from odlinked.findings import Finding
from odlinked.quality import cells, turtle_report
from odlinked.quality.shapes import Profile, Rule
from odlinked.quality.widths import cut, pad, plain, width, wrap
from odlinked.quality.wording import WORDS

LANGUAGES: Final = tuple(WORDS)
_FIELDS: Final = (
    "file", "sheet", "row", "column", "heading", "value", "rule", "severity", "message", "suggestion", "member", "node",
)
_ROOMS: Final = {True: (16, 24), False: (10, 14)}
"""The widest heading and value shown, on a wide terminal and on a narrow one."""

_WIDE: Final = 100
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Checked:
    """A table that was checked: its file and sheet, the form it was read by (label by language), its records and the
    rules that were not run because the form does not carry them."""

    file: str
    sheet: str | None
    form: dict[str, str]
    records: int
    unchecked: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Report:
    """What a check found. `findings` are in order of place, each cell and rule once."""

    profile: Profile
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, profile: Profile, checked: Iterable[Checked], findings: Iterable[Finding]) -> Report:
        """Build a report from findings in any order, with repeats."""
        return cls(profile, tuple(checked), tuple(cells.merge(findings)))

    @property
    def conforms(self) -> bool:
        """Whether no finding is a violation."""
        return not self.count("Violation")

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def by_rule(self) -> dict[str, int]:
        """Return the number of findings of each rule that has any, in the order of the rules."""
        counted = Counter(finding.rule for finding in self.findings)
        order = {rule.name: place for place, rule in enumerate(self.profile.rules.values())}
        return {name: counted[name] for name in sorted(counted, key=lambda name: (order.get(name, len(order)), name))}


def text(report: Report, language: str = "zh-Hant", room: int = 110, most: int = 0) -> str:
    """Return the report as tables a clerk can act on, one a sheet, `room` columns wide; `most` findings a sheet (0 = all).

    What was not checked is told once a file, below its last sheet on that form.
    """
    words = WORDS[language]
    lines = []
    last = {(table.file, table.unchecked): table for table in report.checked}
    for table in report.checked:
        name = plain(table.file if table.sheet is None else f"{table.file} · {table.sheet}")
        lines.append(words["table"].format(name=name, form=table.form.get(language, ""), records=table.records))
        mine = [finding for finding in report.findings if (finding.file, finding.sheet) == (table.file, table.sheet)]
        shown = mine[:most] if most else mine
        lines.extend(_table(shown, language, room) if shown else [f"  {words['fine']}"])
        if len(shown) < len(mine):
            lines.append("  " + words["more"].format(count=len(mine) - len(shown)))
        if table.unchecked and last[table.file, table.unchecked] is table:
            told = words["not_checked"] + words["between"].join(_elements(table.unchecked, language))
            lines.extend(("", *(f"  {line}" for line in wrap(told, room - 2))))
        lines.append("")
    return "\n".join((*lines, *_summary(report, language, room))) + "\n"


def _elements(rules: Sequence[Rule], language: str) -> Iterator[str]:
    """Yield the elements not checked, one a rule number: the rule's name and number."""
    seen = set()
    for rule in rules:
        if rule.number not in seen:
            seen.add(rule.number)
            yield WORDS[language]["of"].format(name=rule.names[language], number=rule.number)


def _table(findings: Sequence[Finding], language: str, room: int) -> Iterator[str]:
    """Yield the lines of one sheet's table."""
    words = WORDS[language]
    heading, value = _ROOMS[room >= _WIDE]
    rows = [
        (_place(finding, language), cut(plain(finding.heading), heading), cut(plain(finding.value) or words["empty"], value))
        for finding in findings
    ]
    heads = (words["cell"], words["heading"], words["value"])
    rooms = [max(width(row[i]) for row in (*rows, heads)) for i in range(3)]
    left = room - sum(rooms) - 10  # a mark that may not begin a line takes up to two more
    yield "  " + "  ".join(pad(head, size) for head, size in zip(heads, rooms, strict=True)) + "  " + words["what"]
    yield "  " + "  ".join("─" * size for size in rooms) + "  " + "─" * max(20, left)
    for row, finding in zip(rows, findings, strict=True):
        what = f"[{words.get(finding.severity, finding.severity)} {finding.rule}] {finding.messages.get(language, '')}"
        hint = finding.suggestions.get(language, "")
        said = wrap(plain(what), max(20, left))
        for line in wrap(plain(hint), max(18, left - 2)) if hint else ():
            said.append(f"  {line}" if said[-1].startswith(("→", "  ")) else f"→ {line}")
        for number, line in enumerate(said):
            first = row if number == 0 else ("", "", "")
            yield ("  " + "  ".join(pad(part, size) for part, size in zip(first, rooms, strict=True)) + "  " + line).rstrip()


def _place(finding: Finding, language: str) -> str:
    words = WORDS[language]
    if not finding.row:
        return words["file_only"]
    if not finding.column:
        return words["row_only"].format(row=finding.row)
    cell = f"{finding.column}{finding.row}"
    return words["member_of"].format(cell=cell, member=finding.member) if finding.member else cell


def _summary(report: Report, language: str, room: int) -> Iterator[str]:
    words = WORDS[language]
    yield from wrap(words["summary"].format(
        tables=len(report.checked), records=sum(table.records for table in report.checked),
        violations=report.count("Violation"), warnings=report.count("Warning"), infos=report.count("Info")), room)
    counts = report.by_rule()
    if counts:
        told = words["between"].join(words["count"].format(name=name, count=count) for name, count in counts.items())
        yield from wrap(words["by_rule"] + told, room)
    profile = report.profile
    yield from wrap(words["rule_set"].format(
        title=profile.titles.get(language, profile.name), token=profile.name, issued=profile.issued), room)


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
