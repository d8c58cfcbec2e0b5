"""What the quality page of a dataset shows: every result with its reason, the points, what was observed, what corrections would
add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from odlinked.measure.explain import Point
from odlinked.namespaces import DCAT, DCTERMS, DQV, METRIC, ODL, PROV, RDF, SKOS
from odlinked.web.pages.ladder import six_rules
from odlinked.web.site.document import Reader
from odlinked.web.site.evidence import HIGHEST, LOWEST, Visited, visits
from odlinked.web.site.view import NamedItem, Viewer

STARS, AGREEMENT = METRIC + "format-ladder", METRIC + "badge-agreement"
SCORE: Final = "https://piveau.eu/ns/voc#scoring"
MOST: Final = 12
"""Most resources named where a result is about many."""

_HEADLINES: Final = (LOWEST, HIGHEST, STARS, AGREEMENT)
_ADVICE: Final = {"failed": ODL + "whenFailed", "untested": ODL + "whenUnchecked"}


@dataclass(frozen=True)
class MetricResult:
    """The result of one metric: the outcome, how its resources did, what to do; `resources` are those that keep it from passing,
    `grounds` other records it is based on, `reported` the day or month it was reported on, as those state; `seen` is the time of
    the latest visit it is based on, "" where it is based on none."""

    metric: NamedItem
    outcome: str
    value: str
    advice: str
    spread: dict[str, int]
    resources: list[tuple[str, NamedItem | None]]
    grounds: list[NamedItem]
    reported: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Mark:
    """Points of the European assessment: how many of how many; a range where something was not checked."""

    metric: NamedItem
    lowest: int
    highest: int
    possible: int
    outcome: str = ""
    parts: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class StandardColumn:
    """A column of a data standard: its name, the standard, how it did ("passed", "failed", "untested"), how many values were
    checked, failed and empty, the ways failing values are written with their counts, the first failures, and whether the standard
    was compared with what is published (nothing is judged by one that was not)."""

    name: str
    standard: NamedItem
    outcome: str
    checked: int
    failed: int
    empty: int
    written: list[tuple[NamedItem, int]]
    failures: list[str]
    settled: bool = True


@dataclass(frozen=True)
class ResourceObservation:
    """What was observed of a resource: its anchor on the dataset's page, when, the answer, facts as (name, values seen,
    value declared, "" where the record declares none), and the columns of data standards."""

    anchor: str
    when: str
    answer: NamedItem | None
    works: str
    facts: list[tuple[str, list[str], str]]
    columns: list[StandardColumn]


@dataclass(frozen=True)
class Gain:
    """What correcting a metric adds: points of the European assessment."""

    metric: NamedItem
    points: int
    advice: str


@dataclass(frozen=True)
class Card:
    """A dataset's quality. `badges` are the lowest and highest badge still possible, [] where none can be determined; `personal`
    are the visits that found personal data, by the anchor of the resource; `inapplicable`: badges do not apply to it;
    `six` counts the outcomes of the six rules of the environment ministry."""

    badges: list[NamedItem]
    stars: str
    basis: NamedItem | None
    official: NamedItem | None
    agreement: MetricResult | None
    groups: list[tuple[NamedItem, list[MetricResult]]]
    score: Mark | None
    dimensions: list[Mark]
    gains: list[Gain]
    observations: list[ResourceObservation]
    personal: dict[str, Visited]
    inapplicable: bool
    six: dict[str, int] = field(default_factory=dict)

    @property
    def failing(self) -> list[StandardColumn]:
        """The columns that do not follow their data standards."""
        return [column for one in self.observations for column in one.columns if column.outcome == "failed"]


class Cards:
    """Makes cards for one place."""

    def __init__(self, viewer: Viewer, iri: str, record: Reader) -> None:
        self.viewer, self.vocabulary, self.iri, self.record = viewer, viewer.vocabulary, iri, record
        self._visits: dict[str, str] = {}

    def card(self, reader: Reader, points: Sequence[Point]) -> Card:
        """Return the card of a dataset from its quality document and its explained points."""
        whole = {point.metric: point for point in points if point.node == self.iri}
        self._visits = {node: reader.value(PROV + "endedAtTime", node) for node in reader.nodes}
        badges = [self.viewer.named(whole[name].value) for name in (LOWEST, HIGHEST) if name in whole and whole[name].value]
        stars = whole.get(STARS)
        official = next((reader.iri_of("http://www.w3.org/ns/oa#hasBody", node) for node in reader.nodes
                         if node.endswith("#certificate")), "")
        agreement = whole.get(AGREEMENT)
        dimensions = self._dimensions(points, whole)
        return Card(
            badges=list({badge.iri: badge for badge in badges}.values()), stars=stars.value if stars else "",
            basis=self.viewer.named(stars.reason) if stars and stars.reason else None,
            official=self.viewer.named(official) if official else None,
            agreement=self._answer(agreement, points) if agreement else None, groups=self._groups(points, whole),
            score=self._mark(whole[SCORE], []) if SCORE in whole else None, dimensions=dimensions, gains=self._gains(dimensions),
            observations=[self._observation(reader, node) for node in sorted(reader.nodes)
                          if self._is_observation(reader, node)],
            personal={anchor: one for anchor, one in visits(self.viewer, reader).items() if one.personal},
            inapplicable=LOWEST in whole and whole[LOWEST].outcome == "inapplicable", six=six_rules(whole),
        )

    def _groups(self, points: Sequence[Point], whole: dict[str, Point]) -> list[tuple[NamedItem, list[MetricResult]]]:
        """Return the verdicts by category, in the order of their texts; points and headlines are elsewhere."""
        found: dict[str, list[MetricResult]] = {}
        for metric in self.vocabulary.metrics.values():
            if metric in whole and metric not in _HEADLINES and whole[metric].possible is None:
                found.setdefault(self._category(metric), []).append(self._answer(whole[metric], points))
        return [(self.viewer.named(category), answers) for category, answers in found.items() if category]

    def _category(self, metric: str) -> str:
        dimension = next((term.value for term in self.vocabulary.all(metric, DQV + "inDimension")), "")
        return next((term.value for term in self.vocabulary.all(dimension, DQV + "inCategory")), dimension)

    def _answer(self, point: Point, points: Iterable[Point]) -> MetricResult:
        single = [one for one in points if one.metric == point.metric and one.node != self.iri]
        worst = [one for one in single if one.outcome == "failed"] or [one for one in single if one.outcome == "untested"]
        # Where nothing was checked at all there is no resource to name.
        is_named = point.outcome == "failed" or (point.outcome == "untested" and len(worst) < len(single))
        shown = worst if is_named else []
        resources = [(one.node.partition("#")[2], self.viewer.named(one.reason) if one.reason else None) for one in shown[:MOST]]
        value = self.viewer.named(point.value).name if point.value.startswith("http") else point.value
        return MetricResult(self.viewer.named(point.metric), point.outcome or _truth(point.value), value, self._advice(point),
                            dict(Counter(one.outcome for one in single)), resources,
                            [self.viewer.named(iri) for iri in point.evidence if "#" not in iri],
                            point.reason if point.reason[:4].isdigit() else "",
                            max((self._visits.get(iri, "") for iri in point.evidence), default=""))

    def _advice(self, point: Point) -> str:
        about = _ADVICE.get(point.outcome)
        return self.vocabulary.text(point.metric, about, self.viewer.language) if about else ""

    def _dimensions(self, points: Iterable[Point], whole: dict[str, Point]) -> list[Mark]:
        """Return the dimensions of the European assessment, each with its single metrics on the dataset and its best resource."""
        parts: dict[str, dict[str, Point]] = {}
        for point in points:
            if point.possible is not None and point.counts and point.outcome:
                dimension = next((term.value for term in self.vocabulary.all(point.metric, DQV + "inDimension")), "")
                known = parts.setdefault(dimension, {}).get(point.metric)
                if known is None or (point.points or 0) > (known.points or 0):
                    parts[dimension][point.metric] = point
        found = []
        for metric in self.vocabulary.metrics.values():
            dimension = next((term.value for term in self.vocabulary.all(metric, DQV + "inDimension")), "")
            if metric in whole and whole[metric].possible is not None and dimension in parts and metric not in parts[dimension]:
                found.append(self._mark(whole[metric], [self._mark(part, []) for part in parts[dimension].values()]))
        return found

    def _mark(self, point: Point, parts: list[Mark]) -> Mark:
        if point.outcome:
            reached = point.points or 0
            highest = point.possible or 0 if point.outcome == "untested" else reached
            return Mark(self.viewer.named(point.metric), reached, highest, point.possible or 0, point.outcome, parts)
        low, high = point.lowest or point.value, point.highest or point.value
        return Mark(self.viewer.named(point.metric), int(low or 0), int(high or 0), point.possible or 0, "", parts)

    def _gains(self, dimensions: Iterable[Mark]) -> list[Gain]:
        """Return what correcting each failed metric would add, most first."""
        found = [Gain(part.metric, part.possible - part.lowest,
                      self.vocabulary.text(part.metric.iri, ODL + "whenFailed", self.viewer.language))
                 for mark in dimensions for part in mark.parts if part.outcome == "failed"]
        return sorted(found, key=lambda gain: (-gain.points, gain.metric.name))

    @staticmethod
    def _is_observation(reader: Reader, node: str) -> bool:
        return ODL + "Observation" in reader.iris(RDF + "type", node)

    def _observation(self, reader: Reader, node: str) -> ResourceObservation:
        answer = reader.iri_of(ODL + "answer", node)
        broader = next((term.value for term in self.vocabulary.all(answer, SKOS + "broader")), "")
        used = reader.iri_of(PROV + "used", node)
        facts = [(self._label(name), [self._text(term.value, term.is_iri) for term in reader.all(name, node)][:MOST],
                  self._declared(name, used))
                 for name in _SHOWN if reader.all(name, node)]
        whole = reader.value(ODL + "complete", node) == "true" and not reader.all(ODL + "malformed", node) \
            and not reader.all(ODL + "unreadTables", node)
        columns = [self._column(reader, column, whole=whole) for column in reader.iris(ODL + "standardField", node)]
        return ResourceObservation(reader.iri_of(PROV + "used", node).partition("#")[2], reader.value(PROV + "endedAtTime", node),
                                   self.viewer.named(answer) if answer else None, broader.rpartition("/")[2], facts, columns)

    def _column(self, reader: Reader, column: str, *, whole: bool) -> StandardColumn:
        checked, failed, empty = (int(reader.value(ODL + name, column) or 0)
                                  for name in ("valuesChecked", "valuesFailed", "valuesEmpty"))
        written = [(self.viewer.named(reader.iri_of(DCTERMS + "type", way)), int(reader.value(ODL + "valuesFound", way) or 0))
                   for way in reader.iris(ODL + "valuesWritten", column)]
        standard = reader.iri_of(DCTERMS + "conformsTo", column)
        settled = self.vocabulary.is_settled(standard)
        outcome = "failed" if failed and settled else "passed" if checked and whole and settled else "untested"
        return StandardColumn(reader.value(ODL + "fieldName", column), self.viewer.named(standard), outcome, checked, failed,
                              empty, written, [term.value for term in reader.all(ODL + "failure", column)], settled)

    def _label(self, predicate: str) -> str:
        return self.vocabulary.label(predicate, self.viewer.language) or predicate.replace("#", "/").rpartition("/")[2]

    def _declared(self, name: str, resource: str) -> str:
        """Return what the record declares of a resource where a visit can see the same."""
        terms = self.record.all(_DECLARED[name], resource) if name in _DECLARED else []
        return self._text(terms[0].value, terms[0].is_iri) if terms else ""

    def _text(self, value: str, is_iri: bool) -> str:
        return self.viewer.named(value).name if is_iri else value


_SHOWN: Final = (
    *(ODL + name for name in ("statusCode", "delivery", "observedFormat", "observedEncoding", "observedRecordCount")),
    DCAT + "byteSize",
    *(ODL + name for name in ("malformed", "unreadTables", "missingField", "undescribedField", "stateSince", "lastModified",
                              "contentChanged", "apiDescriptionVersion", "apiDescriptionValid", "apiDescriptionFault",
                              "complete")),
)
"""The facts shown of an observation, in this order."""


_DECLARED: Final = {
    ODL + "observedFormat": DCTERMS + "format", ODL + "observedEncoding": ODL + "characterEncoding",
    ODL + "observedRecordCount": ODL + "recordCount", DCAT + "byteSize": DCAT + "byteSize",
}
"""A fact seen -> the property by which a record declares it."""


def _truth(value: str) -> str:
    return {"true": "failed", "false": "passed"}.get(value, "")
