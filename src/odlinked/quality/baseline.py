"""The findings of an earlier run, and what became of them: new, still open, fixed.

A finding is recognised by its fingerprint, which does not depend on its row: the record it is about, the rule and the heading,
and of several alike their order.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from odlinked.errors import InputError
from odlinked.findings import Finding
from odlinked.kinds import Kind

FORMAT: Final = "odlinked-baseline-1"


@dataclass(frozen=True)
class Old:
    """A finding as a baseline stores it: enough to report that it is fixed."""

    fingerprint: str
    rule: str
    severity: str
    file: str
    sheet: str | None
    cell: str
    heading: str


@dataclass(frozen=True)
class Comparison:
    """Findings compared with a baseline: `new` and `open` in order of place, `fixed` as the baseline has them.

    `profile` and `issued` name the rule set the baseline was written with.
    """

    new: tuple[Finding, ...]
    open: tuple[Finding, ...]
    fixed: tuple[Old, ...]
    profile: str
    issued: str


def fingerprints(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the fingerprint (32 hex digits) of each finding, in order."""
    counts: Counter[tuple[str, ...]] = Counter()
    for finding in findings:
        about = (_record(finding), finding.rule, finding.heading)
        counts[about] += 1
        yield hashlib.sha256("\0".join((*about, str(counts[about]))).encode()).hexdigest()[:32]


def _record(finding: Finding) -> str:
    """Return what a finding is about: its record, whatever base it is published under, else its sheet and value.

    In a graph it is the node; blank nodes, whose labels are arbitrary, count together.
    """
    if finding.component:
        return "" if finding.node.startswith("_:") else finding.node
    if not finding.node:
        return "\0".join((finding.sheet or "", finding.value))
    document = finding.node.split("#", 1)[0]
    kind = Kind.of(document)
    return f"{kind}/{document.rpartition('/')[2]}" if kind else document


def write(findings: Sequence[Finding], profile: str, issued: str) -> str:
    """Return a baseline as JSON; the same findings give the same text."""
    kept = [
        {"fingerprint": fingerprint, "rule": finding.rule, "severity": finding.severity, "file": finding.file,
         "sheet": finding.sheet, "cell": f"{finding.column}{finding.row}" if finding.row else "", "heading": finding.heading}
        for finding, fingerprint in zip(findings, fingerprints(findings), strict=True)
    ]
    whole = {"format": FORMAT, "profile": profile, "issued": issued, "findings": kept}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def compare(findings: Sequence[Finding], path: Path) -> Comparison:
    """Return findings against the baseline in `path`; raise `InputError` where that is not a baseline."""
    known, whole = _read(path)
    new: list[Finding] = []
    still: list[Finding] = []
    for finding, fingerprint in zip(findings, fingerprints(findings), strict=True):
        (new if known.pop(fingerprint, None) is None else still).append(finding)
    return Comparison(tuple(new), tuple(still), tuple(known.values()), str(whole["profile"]), str(whole["issued"]))


def _read(path: Path) -> tuple[dict[str, Old], Mapping[str, Any]]:
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["format"] != FORMAT:
            raise ValueError(f"its format is {whole['format']!r}, not {FORMAT}")
        olds = [Old(**{name: entry[name] for name in Old.__dataclass_fields__}) for entry in whole["findings"]]
        if not all(isinstance(part, str) for old in olds for part in (*vars(old).values(),) if part is not old.sheet):
            raise ValueError("a part of a finding is no text")
        return {old.fingerprint: old for old in olds}, {"profile": whole["profile"], "issued": whole["issued"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        why = f"it has no {problem}" if isinstance(problem, KeyError) else str(problem)
        raise InputError(f"this is no baseline ({why})", doing="comparing with", on=str(path),
                         next_step="Write one with --write-baseline") from problem
