"""Checking RDF files: every fault told at its node, with the line where the format has lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.findings import Finding, Result
from odlinked.mapping.forms import prefix_map
from odlinked.persons import recognition
from odlinked.quality.report import Checked, Report
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile
from odlinked.settings import Settings

PROFILE: Final = "dcat-ap-3"
"""The rule set for RDF files where none is asked for."""

_SEVERITIES: Final = ("Violation", "Warning", "Info")


def all_graphs(files: Sequence[Path]) -> bool:
    """Tell whether files are RDF, none or all of them; raise `InputError` for a mixture: its rules are not the same."""
    rdf = [path for path in files if path.is_file() and graphs.tell(path) is not None]
    if rdf and len(rdf) < len(files):
        raise InputError("RDF files and tables are checked by different rules", doing="checking", on=rdf[0].name,
                         next_step="Check them one after the other")
    return bool(rdf)


def check(files: Sequence[Path], profile: str | None, settings: Settings,
          progress: Callable[[str, int], None]) -> tuple[Report, list[str]]:
    """Return the report on RDF files, and a line for each thing put right to read them.

    Each file is one graph: its rules see all of it, and nothing outside but the background of the profile.
    """
    assets = Assets(settings.overlays)
    rules = Profile.load(assets, profile or PROFILE)
    validator = Validator(rules)
    short = prefix_map(assets)
    checked: list[Checked] = []
    findings: list[Finding] = []
    notes: list[str] = []
    for path in files:
        graph = graphs.read(path, settings.read)
        notes += graph.notes
        found = [_finding(result, graph, rules, short) for result in validator.validate(graph.ntriples)]
        findings += sorted(found, key=_order)
        subjects = len({line.split(b" ", 1)[0] for line in graph.ntriples.splitlines()})
        labels = dict.fromkeys(rules.titles, graph.kind.name)
        checked.append(Checked(graph.name, None, labels, subjects, path=path.as_posix(), nodes=True))
        progress("check", len(checked))
    return Report(rules, tuple(checked), tuple(findings)), notes


def _finding(result: Result, graph: graphs.Graph, profile: Profile, short: Mapping[str, str]) -> Finding:
    """Return the finding of a result: `row` is its line (0 = not known), `heading` the property in short."""
    rule = profile.rules.get(result.rule)
    line = graph.positions.line(result.focus, result.path, result.value)
    name, messages = (rule.name, dict(rule.messages)) if rule else (result.rule, {})
    words = recognition(profile.assets)
    value = words.cleaned(result.value)
    return Finding(graph.name, None, line, "", _shortened(result.path, short), value, name, result.severity, messages, {},
                   words.cleaned_address(result.focus), result.path, component=result.component)


def _order(finding: Finding) -> tuple[object, ...]:
    return _SEVERITIES.index(finding.severity), finding.rule, finding.heading, finding.row, finding.node, finding.value


def _shortened(iri: str, short: Mapping[str, str]) -> str:
    """Return an IRI with its prefix, where one is declared."""
    fitting = [(space, prefix) for prefix, space in short.items() if iri.startswith(space)]
    if not fitting:
        return iri
    space, prefix = max(fitting, key=lambda pair: len(pair[0]))
    return f"{prefix}:{iri[len(space):]}"
