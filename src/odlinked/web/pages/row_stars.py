"""The stars of published rows as their page shows them: those of the dataset without and with its rows, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.summaries.grades import graded
from odlinked.lifting.publication.dereferencing import Dereferenced
from odlinked.lifting.publication.stars import FAILS, UNKNOWN, WORKS, StarReport, TargetVocabulary
from odlinked.namespaces import ODL
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer


@dataclass(frozen=True)
class LinkedVocabulary:
    """What rows link to: links, different targets, and how many of these the catalogue knows."""

    target: NamedItem
    links: int
    targets: int
    known: int


@dataclass(frozen=True)
class RowStars:
    """Stars of the dataset `before` and `after` its rows are counted ("" where not known); the answers about the fourth and the
    fifth star ("works", "fails", "not-established"); how many of the sampled addresses answer, when they were asked ("" for
    never), and what each answered; what is linked to."""

    before: str
    after: str
    fourth: str
    fifth: str
    found: int
    of: int
    asked: str
    sample: list[tuple[NamedItem, int, str]]
    links: int
    vocabularies: list[LinkedVocabulary]


def stars(viewer: Viewer, table: LiftedTable, facts: Mapping[str, Any]) -> RowStars | None:
    """Return what is known of the stars of a table, None where its rows were published before they were counted."""
    if "links" not in facts:
        return None
    sampled = tuple(Dereferenced(*one) for one in table.answers)
    vocabularies = tuple(TargetVocabulary(*one) for one in facts["links"])
    report = StarReport(None, sampled, vocabularies)
    quality = viewer.release.quality(table.dataset)
    after = graded(quality).stars if quality else ""
    reader = Reader(quality) if quality else None
    told = (reader.value(ODL + "starsWithoutRows", node) for node in reader.nodes) if reader else iter(())
    without = next(filter(None, told), "")
    is_counted = report.fourth == WORKS
    return RowStars(
        (without if is_counted else after), after, report.fourth, report.fifth, sum(one.is_found for one in sampled),
        len(sampled) or len(facts["subjects"]), table.asked,
        [(NamedItem(one.iri, viewer.place.link(one.iri), iri=one.iri), one.status,
          WORKS if one.is_found else FAILS if one.status else UNKNOWN) for one in sampled],
        sum(one.links for one in vocabularies),
        [LinkedVocabulary(viewer.named(one.iri), one.links, one.targets, one.known) for one in vocabularies])
