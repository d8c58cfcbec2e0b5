"""The published shapes of DCAT-AP 3.0.1, and what they tell of a graph beside what our rules do.

The published files do not run as they are: they name property shapes that are not there, at which pySHACL stops, and contradict
the tables. They are repaired here, as little as can be, and judged by pySHACL.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyshacl
import rdflib
from rdflib import RDF, SH, SKOS, BNode, Literal, URIRef

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.namespaces import DCAT, DCTERMS, XSD
from odlinked.quality import literals
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile
from odlinked.rdf.graph import graph_of, ill_typed_literals, name_of, resource
from odlinked.settings import ReadSettings

SUITES = Path(__file__).parents[3] / "shared" / "suites"
RELEASE = SUITES / "dcat-ap" / "releases" / "3.0.1"
DEVIATIONS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "dcat-ap" / "deviations.toml").read_text(encoding="utf-8"))

PREFIXES = {prefix: str(space) for prefix, space in (
    ("adms", "http://www.w3.org/ns/adms#"), ("dcat", DCAT), ("dcterms", DCTERMS), ("foaf", rdflib.FOAF), ("owl", rdflib.OWL),
    ("locn", "http://www.w3.org/ns/locn#"), ("skos", SKOS), ("spdx", "http://spdx.org/rdf/terms#"), ("xsd", XSD),
    ("ex", "https://example.org/"))}
EU = "http://publications.europa.eu/resource/authority/"

FILES = {"table": "shacl/dcat-ap-SHACL.ttl", "shapes": "html/shacl/shapes.ttl", "range": "html/shacl/range.ttl",
         "recommended": "html/shacl/shapes_recommended.ttl", "lists": "html/shacl/mdr-vocabularies.shape.ttl",
         "lists-3": "html/shacl/deprecateduris.ttl"}
OVERRULED = (
    ("shapes", "dcterms:rights", "maxCount"), ("shapes", "dcat:spatialResolutionInMeters", "maxCount"),
    ("shapes", "dcterms:conformsTo", "maxCount"), ("shapes", "dcterms:hasVersion", "nodeKind"),
    ("range", "dcterms:hasVersion", "class"), ("range", "dcterms:relation", "node"),
    ("shapes", "locn:geometry", "nodeKind"), ("table", "locn:geometry", "nodeKind"),
    ("shapes", "dcat:theme", "nodeKind"), ("shapes", "dcatap:applicableLegislation", "nodeKind"),
)
"""File, property and constraint that contradict the tables of 3.0.1 (the files under html/ are those of 3.0.0), and the two
on geometries, which contradict each other."""


class Told(NamedTuple):
    """A result: focus node, property, kind of fault, value ("" for none)."""

    focus: str
    path: str
    kind: str
    value: str


@dataclass(frozen=True)
class Published:
    """The repaired shapes, the file each came from, and how many references to shapes that are not there were cut."""

    graph: rdflib.Graph
    origin: dict[Any, str]
    cut: int


def iri(curie: str) -> URIRef:
    prefix, local = curie.split(":")
    return URIRef({**PREFIXES, "dcatap": "http://data.europa.eu/r5r/"}[prefix] + local)


@cache
def published() -> Published:
    graph = rdflib.Graph(bind_namespaces="none")
    origin: dict[Any, str] = {}
    for name, file in FILES.items():
        part = rdflib.Graph().parse(RELEASE / file)
        for shape in (*part.objects(None, SH.property), *part.subjects(RDF.type, SH.NodeShape)):
            origin[shape] = name
        for triple in part:
            graph.add(triple)
    dangling = [(node, shape) for node, shape in graph.subject_objects(SH.property) if (shape, SH.path, None) not in graph]
    for node, shape in dangling:
        graph.remove((node, SH.property, shape))
    for file, path, constraint in OVERRULED:
        found = [shape for shape in graph.subjects(SH.path, iri(path)) if origin.get(shape) == file]
        wrong = [triple for shape in found for triple in graph.triples((shape, SH[constraint], None))]
        assert wrong, (file, path, constraint)
        for triple in wrong:
            graph.remove(triple)
    return Published(graph, origin, len(dangling))


@cache
def ours() -> Validator:
    return Validator(Profile.load(Assets(), "dcat-ap-3-full"))


@cache
def background() -> rdflib.Graph:
    return graph_of(ours().profile.background)


def published_results(data: rdflib.Graph) -> set[Told]:
    """What the published shapes tell of a graph, with our background beside it."""
    shapes = published()
    with ill_typed_literals():
        _, report, _ = pyshacl.validate(data + background(), shacl_graph=shapes.graph, inference="none", advanced=False)
    assert isinstance(report, rdflib.Graph)
    known = set(data.subjects())
    found = set()
    for result in report.objects(None, SH.result):
        focus, source = report.value(result, SH.focusNode), report.value(result, SH.sourceShape)
        component = name_of(report.value(result, SH.sourceConstraintComponent)).removeprefix(str(SH))
        path, value = report.value(result, SH.resultPath), report.value(result, SH.value)
        if focus not in known or source not in shapes.origin:
            continue
        kind = _kind(component.removesuffix("ConstraintComponent"), shapes.origin[source], path)
        if path is None:  # a catalogue has a dataset or a service
            path, value = iri("dcat:dataset"), None
        elif isinstance(path, BNode):  # a series has a member
            path, kind = iri("dcat:inSeries"), "recommended"
        found.add(Told(name_of(focus), str(path), kind, name_of(value)))
    return found


def _kind(component: str, origin: str, path: Any) -> str:
    if origin.startswith("lists"):
        return "vocabulary"
    if origin == "recommended":
        return "recommended"
    if component == "Node":  # of what a record is about, and of dates
        return "class" if path == iri("foaf:primaryTopic") else "datatype"
    return {"MinCount": "missing", "MaxCount": "many", "NodeKind": "kind", "Class": "class", "Datatype": "datatype"}[component]


def our_results(ntriples: bytes) -> set[Told]:
    found = set()
    for result in ours().validate(ntriples):
        name = result.rule.rsplit("/", 1)[1]
        last = name.rsplit("-", 1)[1]
        component = result.component.removesuffix("ConstraintComponent")
        kind = {"class": "class", "date": "datatype", "datatype": "datatype", "recommended": "recommended", "literal": "literal",
                "vocabulary": "vocabulary", "described": "described", "deprecated": "deprecated"}.get(last)
        kind = kind or ("recommended" if name == "D611-series-member" else
                        {"MinCount": "missing", "MaxCount": "many", "NodeKind": "kind"}[component])
        found.add(Told(result.focus, result.path, kind, result.value))
    return found


class Comparison:
    """Two sets of results on one graph, and what explains where they differ."""

    def __init__(self, ntriples: bytes) -> None:
        self.data = graph_of(ntriples)
        listed = (graph.subjects(SKOS.inScheme, URIRef(EU + "distribution-status")) for graph in (self.data, background()))
        self.statuses = {str(status) for statuses in listed for status in statuses}
        self.ours, self.published = our_results(ntriples), published_results(self.data)
        self.told = {(one.focus, one.path) for one in self.ours if one.kind == "kind"}
        both = {one[:3] for one in self.ours} & {one[:3] for one in self.published}
        self.only = {"ours": {one for one in self.ours if one[:3] not in both},
                     "published": {one for one in self.published if one[:3] not in both}}

    def unexplained(self) -> list[tuple[str, Told]]:
        """The differences that no deviation explains."""
        return [(side, one) for side, told in self.only.items() for one in sorted(told) if not any(self.explained(side, one))]

    def explained(self, side: str, one: Told) -> Iterable[str]:
        """Yield the deviations that explain a difference."""
        for name, deviation in DEVIATIONS.items():
            paths = {str(iri(path)) for path in deviation.get("paths", ())}
            if (deviation["told"] == side and one.kind in deviation["kinds"] and (not paths or one.path in paths)
                    and self.holds(deviation["value"], one)):
                yield name

    def holds(self, condition: str, one: Told) -> bool:
        """Whether a deviation's condition on the value holds."""
        values = [value for value in self.data.objects(resource(one.focus), URIRef(one.path)) if name_of(value) == one.value]
        text = any(isinstance(value, Literal) for value in values)
        types = set(self.data.objects(resource(one.value), RDF.type)) if one.value and not text else set()
        catalogued = {iri(f"dcat:{name}") for name in ("Dataset", "DatasetSeries", "Catalog", "DataService")}
        return {
            "any": True, "none": not one.value, "text": text,
            "told": (one.focus, one.path) in self.told,
            "undescribed": not text and not one.value.startswith("_:") and not types,
            "described": iri("dcterms:Location") in types, "concept": SKOS.Concept in types, "resource": bool(types & catalogued),
            "dataset": bool(types & {iri("dcat:DatasetSeries"), iri("dcat:Catalog")}),
            "authority": one.value.startswith(EU), "geonames": "geonames.org/" in one.value,
            "spdx": one.value.startswith("http://spdx.org/rdf/terms#"),
            "listed-status": one.value in self.statuses,
            "ill-typed": any(isinstance(value, Literal) and value.datatype is not None and not literals.well_typed(
                str(value), str(value.datatype).removeprefix(XSD)) for value in values),
        }[condition]


def compare(path: Path) -> Comparison:
    return Comparison(graphs.read(path, ReadSettings()).ntriples)
