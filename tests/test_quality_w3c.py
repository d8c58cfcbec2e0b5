"""The W3C SHACL core suite through both engines as this project uses them; every failure is named here.

A report is compared as a multiset of results: focus node, path, value, component, severity (blank nodes count as alike).
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from rdflib import SH, BNode
from rdflib.collection import Collection

from odlinked.quality import engines, raw_results

SUITE = Path(__file__).parents[2] / "shared" / "suites" / "shacl" / "data-shapes-test-suite" / "tests"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")

_NOT_TRUE = "takes sh:uniqueLang \"1\"^^xsd:boolean for true; our shapes write true"
FAILS: dict[str, dict[str, str]] = {
    "pyshacl": {"core/property/uniqueLang-002": _NOT_TRUE},
    "shifty": {"core/property/uniqueLang-002": _NOT_TRUE},
}
"""Engine -> case -> why it fails."""

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.filterwarnings("ignore:Parsing weird boolean")]


def load(path: Path) -> rdflib.Graph:
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a case has a boolean that is none
            return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())
    finally:
        rdflib.NORMALIZE_LITERALS = before


def entries(path: Path) -> Iterator[tuple[str, rdflib.Graph, rdflib.term.Node]]:
    graph = load(path)
    for include in graph.objects(None, MF.include):
        yield from entries(Path(str(include).removeprefix("file://")))
    for listed in graph.objects(None, MF.entries):
        for entry in Collection(graph, listed):
            yield path.relative_to(SUITE).with_suffix("").as_posix(), graph, entry


CASES = list(entries(SUITE / "core" / "manifest.ttl")) if SUITE.is_dir() else []


def test_the_suite_is_there() -> None:
    if not CASES:
        pytest.skip("the W3C SHACL suite is not beside the checkout")
    assert len(CASES) == 98


def expected(graph: rdflib.Graph, report: rdflib.term.Node) -> Counter[tuple[str, ...]]:
    told = (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraintComponent, SH.resultSeverity)
    return Counter(
        tuple(same(graph.value(result, about)) for about in told) for result in graph.objects(report, SH.result)
    )


def same(node: rdflib.term.Node | None) -> str:
    if node is None:
        return ""
    return "_:" if isinstance(node, BNode) else str(node).removeprefix(str(SH))


def unlabelled(text: str) -> str:
    return re.sub(r"^_:.*", "_:", text)


@pytest.mark.parametrize("engine", raw_results.ENGINES)
@pytest.mark.parametrize("case", CASES, ids=[name for name, *_ in CASES])
def test_core(case: tuple[str, rdflib.Graph, rdflib.term.Node], engine: str, request: pytest.FixtureRequest) -> None:
    name, graph, entry = case
    why = FAILS[engine].get(name)
    if why:
        request.applymarker(pytest.mark.xfail(reason=why, strict=True))
    action, wanted = graph.value(entry, MF.action), graph.value(entry, MF.result)
    data, shapes = (load(Path(str(graph.value(action, about)).removeprefix("file://")))
                    for about in (SHT.dataGraph, SHT.shapesGraph))
    if wanted == SHT.Failure:
        with pytest.raises(Exception):  # noqa: B017, PT011 - any refusal of a broken shapes graph is right
            engines.load(engine, shapes).results(data.serialize(format="nt", encoding="utf-8"))
        return
    results = engines.load(engine, shapes).results(data.serialize(format="nt", encoding="utf-8"))
    got = Counter(
        (unlabelled(raw.focus), unlabelled(raw.path), unlabelled(raw.value), raw.component, raw.severity) for raw in results
    )
    assert got == expected(graph, wanted)
    assert (graph.value(wanted, SH.conforms).toPython() is True) == (not results)  # type: ignore[union-attr]
