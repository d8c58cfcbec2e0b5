"""The reference among the engines: pySHACL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from odlinked.errors import OdlinkedError
from odlinked.quality.raw_results import REFERENCE, Raw, version_of
from odlinked.rdf.graph import graph_of, ill_typed_literals, name_of

_SHACL: Final = str(SH)


class ReferenceEngine:
    """The reference. Graphs are built term by term, so that literals keep their spelling."""

    def __init__(self, shapes: rdflib.Graph, background: bytes) -> None:
        self.name = version_of(REFERENCE)
        self._shapes, self._background = shapes, graph_of(background) if background else None

    def results(self, ntriples: bytes) -> list[Raw]:
        """Return the results for a graph, in no particular order."""
        import pyshacl

        with ill_typed_literals():
            data = graph_of(ntriples)
            subjects = set(data.subjects()) if self._background is not None else None
            for triple in self._background or ():  # as `ont_graph` it would be visible in part only: classes, but no codes
                data.add(triple)
            _, report, _ = pyshacl.validate(
                data, shacl_graph=self._shapes, inference="none", advanced=False, js=False, meta_shacl=False,
                abort_on_first=False, do_owl_imports=False,
            )
        if not isinstance(report, rdflib.Graph):
            raise OdlinkedError(f"it gives no report: {report}", doing="validating with pySHACL")
        return [raw for raw, focus in _results(report) if subjects is None or focus in subjects]


def _results(report: rdflib.Graph) -> Iterator[tuple[Raw, Node]]:
    """Yield the results of a report graph with their focus nodes; nodes that only explain a result (sh:detail) are left out."""
    for node in report.objects(None, SH.result):
        focus, path, value, shape, component, severity = (
            report.value(node, about) for about in
            (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape, SH.sourceConstraintComponent, SH.resultSeverity)
        )
        if focus is not None:
            yield Raw(name_of(focus), name_of(path), name_of(value), name_of(shape),
                      name_of(component).removeprefix(_SHACL), name_of(severity).removeprefix(_SHACL)), focus
