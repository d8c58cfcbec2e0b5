"""Validation results as the SHACL engines report them, and the engines' names."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

from odlinked.errors import OdlinkedError
from odlinked.namespaces import SH
from odlinked.rdf.ntriples import unescape

FAST: Final = "shifty"
REFERENCE: Final = "pyshacl"
ENGINES: Final = {FAST: "pyshifty", REFERENCE: "pyshacl"}
"""The engines, each with the package it comes in."""

_RESULTS: Final = re.compile(rf"^_:\S+ <{SH}result> (_:\S+) \.$", re.MULTILINE)
_PROPERTIES: Final = re.compile(
    rf"^(_:\S+) <{SH}(focusNode|resultPath|value|sourceShape|sourceConstraintComponent|resultSeverity)> "
    r'(?:<([^>]*)>|(_:\S+)|"((?:[^"\\]|\\.)*)"\S*) \.$', re.MULTILINE)
"""The parts of a report in N-Triples: its results, and what is needed of each: an IRI, a blank node or a text."""


class Raw(NamedTuple):
    """A validation result as an engine reports it: IRIs and local names; "_:label" for a blank node, "" for nothing."""

    focus: str
    path: str
    value: str
    shape: str
    component: str
    severity: str


class Engine(Protocol):
    """Validates one graph. `name` states which engine and version, for a reuse key."""

    name: str

    def results(self, ntriples: bytes) -> list[Raw]:
        """Return the results for a graph, in no particular order."""
        ...


def version_of(name: str) -> str:
    """Return an engine's name with its version, for a reuse key."""
    if name not in ENGINES:
        raise unknown(name)
    return f"{name} {_version(ENGINES[name])}"


@cache
def _version(package: str) -> str:
    """Return the version of an installed package, as `importlib.metadata` does.

    It stands in the name of a folder beside the package (PEP 376). Loading that module takes a fifth of the time that a publish
    of one change takes to start, so it is asked only where there is no such folder.
    """
    for place in sys.path:
        with suppress(OSError):
            for name in os.listdir(place or os.curdir):
                if name.startswith(f"{package}-") and name.endswith(".dist-info"):
                    return name.removeprefix(f"{package}-").removesuffix(".dist-info")
    from importlib.metadata import version

    return version(package)


def unknown(name: str) -> OdlinkedError:
    """Return the error for a name that no engine has."""
    return OdlinkedError(f"{name!r} is not a known SHACL engine", doing="preparing validation",
                         next_step=f"Known engines: {', '.join(ENGINES)}")


def judged(prepared: Any, ntriples: bytes, *, has_background: bool) -> list[Raw] | None:
    """Return what shifty, prepared with shapes, finds in a graph, None where it refuses that for an invalid IRI."""
    mode = "union" if has_background else "data"
    # data, path, format, graph mode, shape names, infer, minimum severity, sort, on unsupported, in place
    try:
        report = prepared.validate_w3c(ntriples, None, "nt", mode, None, False, "info", False, "error", False)
    except ValueError:
        return None
    return _read(report._report_ntriples)


def _read(report: str) -> list[Raw]:
    """Read a validation report in N-Triples."""
    nodes: dict[str, dict[str, str]] = {}
    for node, term, iri, blank, text in _PROPERTIES.findall(report):
        nodes.setdefault(node, {})[term] = blank or unescape(iri or text)
    return [
        Raw(node["focusNode"], node.get("resultPath", ""), node.get("value", ""), node.get("sourceShape", ""),
            node["sourceConstraintComponent"].removeprefix(SH), node["resultSeverity"].removeprefix(SH))
        for node in map(nodes.__getitem__, _RESULTS.findall(report))
    ]
