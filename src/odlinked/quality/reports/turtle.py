"""A SHACL validation report in Turtle (SHACL, section 3.6) with the cell of each result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import rdflib
from rdflib.term import URIRef

from odlinked.findings import Finding
from odlinked.namespaces import CSVW, ODL, RDF, SH
from odlinked.quality.report import Report
from odlinked.rdf.ntriples import iri, string

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_COMPONENTS: Final = {
    "minCount": "MinCount", "maxCount": "MaxCount", "minLength": "MinLength", "maxLength": "MaxLength", "in": "In", "not": "Not",
    "datatype": "Datatype", "pattern": "Pattern", "nodeKind": "NodeKind", "class": "Class", "hasValue": "HasValue",
    "languageIn": "LanguageIn", "uniqueLang": "UniqueLang", "lessThan": "LessThan", "lessThanOrEquals": "LessThanOrEquals",
    "minInclusive": "MinInclusive", "maxInclusive": "MaxInclusive", "node": "Node", "or": "Or", "and": "And", "xone": "Xone",
}


def write(report: Report) -> str:
    """Return the report as a `sh:ValidationReport` in Turtle whose results also have their cell."""
    iris = {rule.name: rule.iri for rule in report.profile.rules.values()}
    parts = {rule.name: _components(report.profile.graph, rule.iri) for rule in report.profile.rules.values()}
    prefixes = (("csvw", CSVW), ("odl", ODL), ("rdf", RDF), ("sh", SH))
    lines = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in prefixes]
    lines += ["", "[] a sh:ValidationReport ;", f"    sh:conforms {'true' if report.conforms else 'false'}"]
    for finding in report.findings:
        lines[-1] += " ;"
        lines.append("    sh:result [")
        lines.extend(f"        {statement} ;" for statement in _result(finding, iris, parts))
        lines.append("    ]")
    lines[-1] += " ."
    return "\n".join(lines) + "\n"


def _components(graph: rdflib.Graph, rule: str) -> tuple[str, ...]:
    """Return the constraint components of a rule, the one on missing values first; the literal check has one on datatypes."""
    stated = (name for term, name in _COMPONENTS.items() if (URIRef(rule), URIRef(SH + term), None) in graph)
    return tuple(f"{name}ConstraintComponent" for name in stated) or ("DatatypeConstraintComponent",)


def _result(finding: Finding, iris: Mapping[str, str], parts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the statements of one result."""
    yield "a sh:ValidationResult"
    yield f"sh:focusNode {iri(finding.node)}" if _SCHEME.match(finding.node) else "sh:focusNode []"  # a blank or relative one
    if finding.path:
        yield f"sh:resultPath {iri(finding.path)}"
    yield f"sh:resultSeverity sh:{finding.severity}"
    yield f"sh:sourceShape {iri(iris.get(finding.rule, finding.rule))}"
    yield f"sh:sourceConstraintComponent sh:{finding.component or _component(finding, parts.get(finding.rule, ()))}"
    for language, message in sorted(finding.messages.items()):
        yield f"sh:resultMessage {string(message)}@{language}"
    for language, suggestion in sorted(finding.suggestions.items()):
        yield f"odl:suggestion {string(suggestion)}@{language}"
    cell = [f"odl:file {string(finding.file)}"]
    cell += [f"odl:sheet {string(finding.sheet)}"] if finding.sheet is not None else []
    cell += [f"csvw:rownum {finding.row}"] if finding.row else []
    cell += [f"odl:column {string(finding.column)}", f"csvw:title {string(finding.heading)}"] if finding.column else []
    cell += [f"odl:member {finding.member}"] if finding.member else []
    cell += [f"rdf:value {string(finding.value)}"] if finding.value else []
    yield "odl:cell [ " + " ; ".join(cell) + " ]"


def _component(finding: Finding, candidates: tuple[str, ...]) -> str:
    """Return the component that failed: for a rule with several, the one on missing values where the cell is empty."""
    if not candidates:
        return "DatatypeConstraintComponent"
    return candidates[0] if len(candidates) == 1 or not finding.value else candidates[1]
