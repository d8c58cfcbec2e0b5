"""Checking RDF files: every fault reported at its node, with the line where the format has lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.findings import SEVERITIES, Fault, Finding, Result
from odlinked.graphs.positions import Positions
from odlinked.graphs.slips import Slip
from odlinked.persons import recognition
from odlinked.quality import emptiness
from odlinked.quality.report import Checked, Report
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile
from odlinked.rdf import vocabulary
from odlinked.settings import Settings

PROFILE: Final = "dcat-ap-3"
"""The default rule set for RDF files."""

WRITTEN: Final = "rdf-files"
"""The rules on how an RDF file is written, reported in addition to any rule set."""



def all_graphs(files: Sequence[Path]) -> bool:
    """True when files are RDF: none or all of them; raise `InputError` for a mixture, whose rules are not the same."""
    rdf = [path for path in files if path.is_file() and graphs.detect_format(path) is not None]
    if rdf and len(rdf) < len(files):
        raise InputError("RDF files and tables are checked by different rules", doing="checking", on=rdf[0].name,
                         next_step="Check them one after the other")
    return bool(rdf)


def check(files: Sequence[Path], profile: str | None, settings: Settings,
          progress: Callable[[str, int], None]) -> tuple[Report, list[str]]:
    """Return the report on RDF files, and a line for each correction made to read them.

    Each file is one graph: its rules see all of it, and nothing outside but the background of the profile. A file without
    anything that the rules apply to is reported as not judged (`Checked.unjudged`).
    """
    assets = Assets(settings.overlays)
    chosen = Profile.load(assets, profile or PROFILE)
    validator = Validator(chosen)
    rules = replace(chosen, rules={**chosen.rules, **Profile.load(assets, WRITTEN).rules})
    book = RuleBook(rules)
    short = vocabulary.prefixes(assets)
    checked: list[Checked] = []
    findings: list[Finding] = []
    notes: list[str] = []
    for path in files:
        graph = graphs.read(path, settings.read)
        notes += map(recognition(assets).cleaned, graph.notes)
        nothing = emptiness.why(graph.ntriples, chosen, short)
        results = validator.validate(graph.ntriples)
        positions = graph.positions({result.focus for result in results}) if results else Positions()
        found = [_finding(result, graph, positions, book, short) for result in results]
        findings += sorted([*found, *(_slip(slip, graph, book) for slip in graph.slips)], key=_order)
        subjects = len({line.split(b" ", 1)[0] for line in graph.ntriples.splitlines()})
        labels = dict.fromkeys(rules.titles, graph.kind.name)
        checked.append(Checked(graph.name, None, labels, subjects, path=path.as_posix(), nodes=True, unjudged=nothing))
        progress("check", len(checked))
    return Report(rules, tuple(checked), tuple(findings)), notes


def _finding(result: Result, graph: graphs.Graph, positions: Positions, book: RuleBook, short: Mapping[str, str]) -> Finding:
    """Return the finding of a result: `row` is its line (0 = not known), `heading` the property in short."""
    rule = book.profile.rules.get(result.rule)
    words = recognition(book.profile.assets)
    value, focus = words.cleaned(graph.quoted(result.value)), words.cleaned_address(graph.quoted(result.focus))
    path = graph.quoted(result.path)
    fault = Fault(rule.name if rule else result.rule, result.severity, node=focus, path=path, value=value,
                  heading=_shortened(path, short))
    line = positions.line(result.focus, result.path, result.value)
    return book.worded(fault, graph.name, None, line, {}, result.component)


def _slip(slip: Slip, graph: graphs.Graph, book: RuleBook) -> Finding:
    """Return the finding of a violation of the file's format: at its line, about no node."""
    rule = book.profile.by_name[slip.rule]
    quoted = recognition(book.profile.assets).cleaned(graph.quoted(slip.quoted))
    instead = dict.fromkeys(rule.messages, slip.instead) if slip.instead else {}
    return book.worded(Fault(rule.name, rule.severity, value=quoted), graph.name, None, slip.line, instead)


def _order(finding: Finding) -> tuple[object, ...]:
    return SEVERITIES.index(finding.severity), finding.rule, finding.heading, finding.row, finding.node, finding.value


def _shortened(iri: str, short: Mapping[str, str]) -> str:
    """Return an IRI with its prefix, where one is declared."""
    fitting = [(space, prefix) for prefix, space in short.items() if iri.startswith(space)]
    if not fitting:
        return iri
    space, prefix = max(fitting, key=lambda pair: len(pair[0]))
    return f"{prefix}:{iri[len(space):]}"
