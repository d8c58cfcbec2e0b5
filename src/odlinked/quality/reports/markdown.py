"""Markdown for a comment on a pull request: the counts, and what is new, open and fixed since the last run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from odlinked.findings import Finding
from odlinked.quality.baseline import Old
from odlinked.quality.report import Report
from odlinked.quality.reports.locations import Locations, titles
from odlinked.quality.reports.widths import cut, plain
from odlinked.quality.reports.words import ReportTexts, load

_LONGEST: Final = 50_000
"""Most characters of all tables together: a comment may have 65,536."""

_SHORT: Final = 40
_SYNTAX: Final = re.compile(r"[!#$&*+<>@\[\\\]^_`{|}~]|:(?=//)|(?<=mailto):|(?<=www)\.", re.IGNORECASE)
"""The characters that Markdown, its tables, links, mentions and HTML are made of."""


def write(report: Report, language: str) -> str:
    """Return the report as GitHub flavoured Markdown; the text of cells is shown, never interpreted as markup."""
    words = load(report.profile.assets)[language]
    verdict = words["markdown.passes" if report.passes else "markdown.fails"]
    lines = [f"## {words['markdown.title']} · {verdict}", "", *_counts(report, words), ""]
    room, places = [_LONGEST], Locations(report)
    if report.against is None:
        fine = [] if report.unjudged else [words["fine"]]
        lines += _section(words["markdown.findings"], report.findings, places, language, words, room) or fine
    else:
        lines += [words["against"].format(new=len(report.against.new), open=len(report.against.open),
                                          fixed=len(report.against.fixed)), ""]
        lines += _section(words["markdown.new"], report.against.new, places, language, words, room)
        lines += _fixed(report.against.fixed, report, language, words, room)
        lines += _section(words["markdown.open"], report.against.open, places, language, words, room, folded=True)
    lines += [f"\n{text(file)}{text(words['annotated.colon'])}{text(words['unjudged'])}" for file in report.unjudged]
    lines += ["", *_unchecked(report, language, words)]
    profile = report.profile
    lines.append(words["rule_set"].format(title=text(profile.titles.get(language, profile.name)), token=text(profile.name),
                                          issued=text(profile.issued)))
    return "\n".join(lines) + "\n"


def text(value: str) -> str:
    """Return a text on one line that Markdown shows as it is: its special characters are written as character references."""
    return _SYNTAX.sub(lambda match: f"&#{ord(match[0])};", plain(value))


def _counts(report: Report, words: ReportTexts) -> Iterator[str]:
    """Yield the table of tables: records and findings by severity."""
    severities = ("Violation", "Warning", "Info")
    yield _row(words["file"], words["markdown.records"], *(words[severity] for severity in severities))
    yield "|---|--:|--:|--:|--:|"
    for table, title in titles(report):
        mine = [finding.severity for finding in report.of_table(table)]
        yield _row(text(title), str(table.records), *(str(mine.count(severity)) for severity in severities))


def _section(title: str, findings: Sequence[Finding], places: Locations, language: str, words: ReportTexts, room: list[int],
             folded: bool = False) -> list[str]:
    """Return a heading and a table of findings, as many as fit."""
    if not findings:
        return []
    heads = (words["markdown.place"], words["severity"], words["heading"], words["value"], words["what"])
    rows = [_row(_place(f.file, f.sheet, places.named(f, words)), words.get(f.severity, f.severity),
                 text(cut(plain(f.heading), _SHORT)), _quoted(f.value) or words["empty"], _what(f, language)) for f in findings]
    return list(_listed(title, _row(*heads), "|---|---|---|---|---|", rows, words, room, folded))


def _fixed(olds: Sequence[Old], report: Report, language: str, words: ReportTexts, room: list[int]) -> Iterator[str]:
    """Yield what was fixed since the baseline."""
    if not olds:
        return
    rules = report.profile.by_name
    rows = [_row(_place(old.file, old.sheet, old.cell or words["file_only"]), words.get(old.severity, text(old.severity)),
                 text(old.heading), text(f"{rules[old.rule].names[language] if old.rule in rules else ''} {old.rule}".strip()))
            for old in olds]
    heads = _row(words["markdown.place"], words["severity"], words["heading"], words["rule"])
    yield from _listed(words["markdown.fixed"], heads, "|---|---|---|---|", rows, words, room, folded=True)


def _listed(title: str, heads: str, rule: str, rows: Sequence[str], words: ReportTexts, room: list[int],
            folded: bool) -> Iterator[str]:
    shown = []
    for row in rows:
        room[0] -= len(row)
        if room[0] < 0:
            break
        shown.append(row)
    yield f"<details><summary>{title} ({len(rows)})</summary>" if folded else f"### {title} ({len(rows)})"
    yield from ("", heads, rule, *shown, "")
    if len(shown) < len(rows):
        yield from (words["markdown.more"].format(count=len(rows) - len(shown)), "")
    if folded:
        yield from ("</details>", "")


def _unchecked(report: Report, language: str, words: ReportTexts) -> Iterator[str]:
    """Yield what was not checked, by table, collapsed."""
    unchecked = [(title, table.unchecked + table.later) for table, title in titles(report) if table.unchecked + table.later]
    if not unchecked:
        return
    yield from (f"<details><summary>{words['not_checked.title']}</summary>", "")
    for title, rules in unchecked:
        names = dict.fromkeys(words["of"].format(name=rule.names[language], number=rule.number) for rule in rules)
        yield f"- {text(title)}{words['annotated.colon']}{text(words['between'].join(names))}"
    yield from ("", "</details>", "")


def _place(file: str, sheet: str | None, at: str) -> str:
    parts = [file, *([sheet] if sheet is not None else []), at]
    return text(" · ".join(parts))


def _quoted(value: str) -> str:
    shown = text(cut(plain(value), _SHORT))
    return f"<code>{shown}</code>" if shown.strip() else ""


def _what(finding: Finding, language: str) -> str:
    hint = finding.suggestions.get(language, "")
    message = text(finding.messages.get(language, "")) + (f"<br>→ {text(hint)}" if hint else "")
    return f"{message} ({text(finding.rule)})"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
