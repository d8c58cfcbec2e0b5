"""The report as tables that people can act on: what is wrong, at which cell, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from odlinked.findings import Finding
from odlinked.quality.report import Checked, Report
from odlinked.quality.reports import nodes
from odlinked.quality.reports.widths import cut, pad, plain, width, wrap
from odlinked.quality.reports.words import ReportTexts, load
from odlinked.quality.shapes import Rule

_ROOMS: Final = {True: (16, 24), False: (10, 14)}
"""The widest heading and value shown, on a wide terminal and on a narrow one."""

_WIDE: Final = 100

_TOGETHER: Final = 3
"""From this many on, cells of one column with the same value and fault are reported together."""

_RANGES: Final = 40
"""Most ranges of rows listed for cells reported together."""


def write(report: Report, language: str, room: int, most: int) -> str:
    """Return the report, `room` columns wide; of each sheet at most `most` entries (0 = all).

    What was not checked is reported once for a file, below its last sheet on that form.
    """
    words = load(report.profile.assets)[language]
    lines = []
    last = {(table.file, table.unchecked): table for table in report.checked}
    for table in report.checked:
        name = plain(table.file if table.sheet is None else f"{table.file} · {table.sheet}")
        lines.append(words["graph" if table.nodes else "table"].format(name=name, form=table.form.get(language, ""),
                                                                       records=table.records))
        if table.nodes:
            found = list(nodes.lines(report.of_table(table), language, words, room))
            lines.extend((*found, *([f"  {words['unjudged']}"] if table.unjudged else []), ""))
            continue
        entries = _entries(report.of_table(table))
        shown = entries[:most] if most else entries
        lines.extend(_table(shown, language, words, room) if shown else [f"  {words['unjudged' if table.unjudged else 'fine']}"])
        if len(shown) < len(entries):
            lines.append("  " + words["more"].format(count=sum(map(len, entries[len(shown):]))))
        if last[table.file, table.unchecked] is table:
            lines.extend(_unchecked(table, language, words, room))
        lines.append("")
    return "\n".join((*lines, *_summary(report, language, words, room))) + "\n"


def _unchecked(table: Checked, language: str, words: ReportTexts, room: int) -> Iterator[str]:
    """Yield the lines on what was not checked of a table, after a blank one."""
    notes = []
    for key, rules in (("not_checked", table.unchecked), ("later", table.later)):
        if rules:
            notes.append(words[key] + words["between"].join(_elements(rules, language, words)))
    if table.elsewhere:
        notes.append(words["elsewhere"].format(count=len(table.elsewhere)))
    if notes:
        yield ""
    for text in notes:
        yield from (f"  {line}" for line in wrap(text, room - 2))


def _entries(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return the entries of a table in order: each a finding, or several that are alike in one column."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        alike.setdefault(_saying(finding), []).append(finding)
    entries: list[list[Finding]] = []
    for finding in findings:
        group = alike[_saying(finding)]
        if len(group) < _TOGETHER:
            entries.append([finding])
        elif group[0] is finding:
            entries.append(group)
    return entries


def _saying(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.column, finding.value, finding.severity, tuple(finding.suggestions.items())


def _elements(rules: Sequence[Rule], language: str, words: ReportTexts) -> Iterator[str]:
    """Yield the elements not checked, one a rule number: the rule's name and number."""
    done = set()
    for rule in rules:
        if rule.number not in done:
            done.add(rule.number)
            yield words["of"].format(name=rule.names[language], number=rule.number)


def _table(entries: Sequence[Sequence[Finding]], language: str, words: ReportTexts, room: int) -> Iterator[str]:
    """Yield the lines of one sheet's table."""
    heading, value = _ROOMS[room >= _WIDE]
    rows = [
        (_place(entry, words), cut(plain(entry[0].heading), heading), cut(plain(entry[0].value) or words["empty"], value))
        for entry in entries
    ]
    heads = (words["cell"], words["heading"], words["value"])
    rooms = [max(width(row[i]) for row in (*rows, heads)) for i in range(3)]
    left = room - sum(rooms) - 10  # a mark that may not begin a line takes up to two more
    yield "  " + "  ".join(pad(head, size) for head, size in zip(heads, rooms, strict=True)) + "  " + words["what"]
    yield "  " + "  ".join("─" * size for size in rooms) + "  " + "─" * max(20, left)
    for row, entry in zip(rows, entries, strict=True):
        finding = entry[0]
        what = f"[{words.get(finding.severity, finding.severity)} {finding.rule}] {finding.messages.get(language, '')}"
        hint = finding.suggestions.get(language, "")
        lines_of_text = wrap(plain(what), max(20, left))
        for line in wrap(plain(hint), max(18, left - 2)) if hint else ():
            lines_of_text.append(f"  {line}" if lines_of_text[-1].startswith(("→", "  ")) else f"→ {line}")
        if len(entry) > 1:
            lines_of_text += wrap(words["cells"] + _cells(entry, words), max(20, left))
        for number, line in enumerate(lines_of_text):
            first = row if number == 0 else ("", "", "")
            yield ("  " + "  ".join(pad(part, size) for part, size in zip(first, rooms, strict=True)) + "  " + line).rstrip()


def _cells(entry: Sequence[Finding], words: ReportTexts) -> str:
    """Return the cells of findings reported together, rows that follow each other as a range: "R2–R17、R20"."""
    ranges: list[list[int]] = []
    for row in dict.fromkeys(finding.row for finding in entry):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    column = entry[0].column
    names = [f"{column}{first}" if first == last else f"{column}{first}–{column}{last}" for first, last in ranges[:_RANGES]]
    return words["between"].join(names) + ("…" if len(ranges) > _RANGES else "")


def _place(entry: Sequence[Finding], words: ReportTexts) -> str:
    """Return the first column: the cell and member, or the first of several cells and how many there are."""
    finding = entry[0]
    if len(entry) > 1 and finding.row and finding.column:
        return words["several"].format(cell=f"{finding.column}{finding.row}", count=len(entry))
    if not finding.row:
        return words["file_only"]
    if not finding.column:
        return words["row_only"].format(row=finding.row)
    cell = f"{finding.column}{finding.row}"
    return words["member_of"].format(cell=cell, member=finding.member) if finding.member else cell


def _summary(report: Report, language: str, words: ReportTexts, room: int) -> Iterator[str]:
    yield from wrap(words["summary"].format(
        tables=len(report.checked), records=sum(table.records for table in report.checked),
        violations=report.count("Violation"), warnings=report.count("Warning"), infos=report.count("Info")), room)
    counts = report.by_rule()
    if counts:
        listed = words["between"].join(words["count"].format(name=name, count=count) for name, count in counts.items())
        yield from wrap(words["by_rule"] + listed, room)
    profile = report.profile
    yield from wrap(words["rule_set"].format(
        title=profile.titles.get(language, profile.name), token=profile.name, issued=profile.issued), room)
    against = report.against
    if against is not None:
        yield from wrap(words["against"].format(new=len(against.new), open=len(against.open), fixed=len(against.fixed)), room)
        if (against.profile, against.issued) != (profile.name, profile.issued):
            yield from wrap(plain(words["against_other_rules"].format(token=against.profile, issued=against.issued)), room)
