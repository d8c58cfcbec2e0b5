"""A finding: a fault in somebody's data, reported at the cell that caused it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Result(NamedTuple):
    """A SHACL validation result, reduced to what a finding needs (SHACL, section 3.6.2).

    `focus` and `path` are IRIs (`path` "" for a node constraint), `value` the value node as a plain string ("" if
    none), `rule` the IRI of the property shape, `component` the constraint component's local name, `severity` one of
    "Violation", "Warning", "Info".
    """

    focus: str
    path: str
    value: str
    rule: str
    component: str
    severity: str


@dataclass(frozen=True)
class Finding:
    """A validation result with its place in a file.

    `row` is 1-based as a spreadsheet shows it (a CSV counts records; 0 = the file as a whole), `column` the letter ("" where a
    whole row or file is meant), `member` the 1-based place in a `;`-list (0 = not a list). `value` is the text of the cell, ""
    for a suppressed column. `rule` is the rule's short name ("M03-publisher"), `messages` and `suggestions` map a language tag
    ("zh-Hant", "en") to text. `node` is the focus node's IRI.

    In an RDF file `row` is the line (0 = not known), `heading` the property, and `component` the constraint component.
    """

    file: str
    sheet: str | None
    row: int
    column: str
    heading: str
    value: str
    rule: str
    severity: str
    messages: dict[str, str]
    suggestions: dict[str, str]
    node: str = ""
    path: str = ""
    member: int = 0
    component: str = ""

    def as_json(self, language: str = "zh-Hant") -> dict[str, object]:
        """Return the finding as the object of the JSON report, in one language."""
        return {
            "file": self.file, "sheet": self.sheet, "row": self.row, "column": self.column,
            "heading": self.heading, "value": self.value, "rule": self.rule, "severity": self.severity,
            "message": self.messages.get(language, ""), "suggestion": self.suggestions.get(language, ""),
            "node": self.node, "member": self.member,
        }
