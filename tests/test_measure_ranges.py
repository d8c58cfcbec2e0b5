"""What is not checked is told as a range, and whatever it turns out to be lies within: hypothesis against arithmetic by hand."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.measure.measurer import Item, Measured, Measurer, Parameters
from odlinked.namespaces import CODE, DCAT, DCTERMS, DQV, HOME, ODL

_BASE = "http://example.org/id/dataset/"
_PV = "https://piveau.eu/ns/voc#"
_RANKS = {"failed": 0, "bronze": 1, "silver": 2, "gold": 3, "platinum": 4}
_FILE = "http://publications.europa.eu/resource/authority/file-type/"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"


@lru_cache(maxsize=1)
def measurer() -> Measurer:
    """Return a measurer with the rule sets' own parameters."""
    return Measurer(Assets(), Parameters(), date(2026, 11, 22))


def values(found: Measured, predicate: str = "value") -> dict[str, str]:
    """Return metric IRI -> value (or lowest, or highest) of the measurements of a quality document."""
    said = {(t.subject, t.predicate): t.object.value for t in found.document.triples()}
    name = (DQV if predicate == "value" else ODL) + predicate
    return {iri: said[node, name] for (node, verb), iri in said.items()
            if verb == DQV + "isMeasurementOf" and (node, name) in said}


# Badges

class Seen(NamedTuple):
    """What a visit told of a resource; "" for what it did not tell."""

    answer: str
    delivery: str
    format: str
    encoding: str
    fields: str
    changed: str


FACTS = Seen(*(("", "answered", "not-found"), ("", "direct", "page"), ("", "CSV", "PDF"), ("", "utf-8", "big5"),
               ("", "plain", "standard", "wrong", "missing"), ("", "2026-11-20", "2020-01-01")))  # type: ignore[arg-type]
"""Every fact with what it can be, "not told" first."""

# What is in order comes up more often than not: else no case would get past its links.
seen = st.builds(Seen, *(st.sampled_from((fact[1],) * 4 + fact) for fact in FACTS))
known = st.builds(Seen, *(st.sampled_from((fact[1],) * 4 + fact[1:]) for fact in FACTS))


def badge_item(name: str, resources: tuple[Seen, ...]) -> Item:
    """Return a monthly dataset, listed in 2020, with a CSV in UTF-8 a resource."""
    dataset, quality = _BASE + name, f"http://example.org/id/quality/dataset/{name}"
    record = [f"<{dataset}> <{DCTERMS}accrualPeriodicity> <{_AUTHORITY}frequency/MONTHLY>",
              f'<{dataset}> <{ODL}fieldName> "date"',
              f'<{dataset}> <{DCTERMS}issued> "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date>']
    facts: list[str] = []
    for number, told in enumerate(resources):
        node, visit = f"{dataset}#d{number}", f"{quality}#visit-d{number}"
        record += [f"<{dataset}> <{DCAT}distribution> <{node}>", f"<{node}> <{DCTERMS}format> <{_FILE}CSV>",
                   f"<{node}> <{ODL}characterEncoding> <{CODE}character-encoding/utf-8>"]
        facts += visited(visit, node, told)
    return Item(dataset, quality, _lines(record), _lines(facts))


def visited(visit: str, node: str, told: Seen) -> list[str]:
    """Return the observation of a visit."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    facts = [f"<{visit}> <http://www.w3.org/ns/prov#used> <{node}>"]
    for name, scheme, value in (("answer", CODE + "answer/", told.answer), ("delivery", CODE + "delivery/", told.delivery),
                                ("observedFormat", _FILE, told.format),
                                ("observedEncoding", CODE + "character-encoding/", told.encoding)):
        facts += [f"<{visit}> <{ODL}{name}> <{scheme}{value}>"] if value else []
    if told.fields:
        facts += [f'<{visit}> <{ODL}observedField> "date"', f'<{visit}> <{ODL}complete> "true"^^<{xsd}boolean>']
    if told.fields == "missing":
        facts += [f'<{visit}> <{ODL}missingField> "time"']
    if told.fields in ("standard", "wrong"):
        facts += [f"<{visit}> <{ODL}standardField> <{visit}-field-0>",
                  f"<{visit}-field-0> <{DCTERMS}conformsTo> <{CODE}standard-common/date>",
                  f'<{visit}-field-0> <{ODL}valuesChecked> "9"^^<{xsd}integer>',
                  f'<{visit}-field-0> <{ODL}valuesFailed> "{int(told.fields == "wrong")}"^^<{xsd}integer>']
    if told.changed:
        facts += [f'<{visit}> <{ODL}observedSince> "2019-01-01T00:00:00+08:00"^^<{xsd}dateTime>',
                  f'<{visit}> <{ODL}contentChanged> "{told.changed}T00:00:00+08:00"^^<{xsd}dateTime>']
    return facts


def badge_range(found: Measured) -> tuple[int, int]:
    """Return the lowest and highest rank told."""
    told = values(found)
    low, high = (told.get(f"{HOME}metric/badge-{end}") for end in ("lowest", "highest"))
    return (_RANKS[low.rpartition("/")[2]] if low else 0, _RANKS[high.rpartition("/")[2]] if high else 4)


def expected_rank(resources: tuple[Seen, ...]) -> int:
    """Return the badge of resources of which everything is told, by the definition's own words."""
    def reaches(rank: int, one: Seen) -> bool:
        return (one.answer == "answered" and one.delivery == "direct",
                one.format == "CSV",
                one.encoding == "utf-8" and one.fields != "missing" and one.changed == "2026-11-20",
                one.fields != "wrong")[rank]
    ranks = [all(reaches(rank, one) for one in resources) for rank in range(4)]
    ranks[3] = ranks[3] and any(one.fields == "standard" for one in resources)
    return next((rank for rank, reached in enumerate(ranks) if not reached), 4)


@settings(max_examples=25, deadline=None)
@given(st.lists(seen, min_size=1, max_size=2).map(tuple), st.data())
def test_what_is_found_later_stays_within_the_range_told(resources: tuple[Seen, ...], data: st.DataObject) -> None:
    later = tuple(Seen(*(value or data.draw(st.sampled_from(fact)) for value, fact in zip(one, FACTS, strict=True)))
                  for one in resources)
    before, after = (badge_range(found) for found in
                     measurer().measure([badge_item("before", resources), badge_item("after", later)]))
    assert before[0] <= after[0] <= after[1] <= before[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(known, min_size=1, max_size=2).map(tuple))
def test_where_everything_is_told_one_badge_is_asserted(resources: tuple[Seen, ...]) -> None:
    (found,) = measurer().measure([badge_item("all", resources)])
    assert badge_range(found) == (expected_rank(resources),) * 2


# The European assessment

OWN = {"keywordAvailability": 30, "spatialAvailability": 20, "accessRightsAvailability": 10, "contactPointAvailability": 20}
SHARED = {"formatAvailability": 20, "licenceAvailability": 20, "rightsAvailability": 5, "byteSizeAvailability": 5}
_PROPERTIES = {"keywordAvailability": f"{DCAT}keyword", "spatialAvailability": f"{DCTERMS}spatial",
               "accessRightsAvailability": f"{DCTERMS}accessRights", "contactPointAvailability": f"{DCAT}contactPoint",
               "formatAvailability": f"{DCTERMS}format", "licenceAvailability": f"{DCTERMS}license",
               "rightsAvailability": f"{DCTERMS}rights", "byteSizeAvailability": f"{DCAT}byteSize"}


class Part(NamedTuple):
    """A distribution: the properties it has, whether it has a download address, what visiting it came to ("" for no visit)."""

    has: frozenset[str]
    download: bool
    answer: str


part = st.builds(Part, st.frozensets(st.sampled_from(sorted(SHARED))), st.booleans(),
                 st.sampled_from(["", "answered", "not-found"]))


def points(one: Part, answer: str) -> int:
    """Return the points of a distribution, by hand: 50 for the access address, 20 and 30 for the download address."""
    works = answer == "answered"
    return sum(SHARED[name] for name in one.has) + 20 * one.download + works * (50 + 30 * one.download)


def mqa_item(name: str, own: frozenset[str], compliant: str, parts: list[Part]) -> Item:
    """Return a record with the given properties."""
    dataset, quality = _BASE + name, f"http://example.org/id/quality/dataset/{name}"
    record = [f"<{dataset}> <{_PROPERTIES[key]}> <http://example.org/thing>" for key in own]
    facts = []
    for number, one in enumerate(parts):
        node = f"{dataset}#d{number}"
        record += [f"<{dataset}> <{DCAT}distribution> <{node}>", f"<{node}> <{DCAT}accessURL> <http://example.org/{number}>",
                   *(f"<{node}> <{_PROPERTIES[key]}> <http://example.org/thing>" for key in one.has)]
        record += [f"<{node}> <{DCAT}downloadURL> <http://example.org/{number}>"] if one.download else []
        if one.answer:
            facts += [f"<{quality}#visit-d{number}> <http://www.w3.org/ns/prov#used> <{node}>",
                      f"<{quality}#visit-d{number}> <{ODL}answer> <{CODE}answer/{one.answer}>"]
    known = [f"<{dataset}> <{ODL}{compliant}> <{HOME}profile/dcat-ap-3>"] if compliant else []
    return Item(dataset, quality, _lines(record), _lines(facts), _lines(known))


@settings(max_examples=30, deadline=None)
@given(st.frozensets(st.sampled_from(sorted(OWN))), st.sampled_from(["", "satisfies", "violates"]), st.lists(part, max_size=3))
def test_the_range_of_points_is_that_of_all_that_may_come_out(own: frozenset[str], compliant: str, parts: list[Part]) -> None:
    (found,) = measurer().measure([mqa_item("x", own, compliant, parts)])
    lowest, highest, exact = values(found, "lowest"), values(found, "highest"), values(found)
    basis = sum(OWN[name] for name in own)
    totals = [basis + 30 * conforms + max((points(one, answer) for one, answer in zip(parts, answers, strict=True)), default=0)
              for conforms in ({"": (0, 1), "satisfies": (1,), "violates": (0,)}[compliant])
              for answers in product(*([one.answer] if one.answer else ["answered", "not-found"] for one in parts))]
    total = _PV + "scoring"
    if min(totals) == max(totals):
        assert int(exact[total]) == totals[0]
    else:
        assert (int(lowest[total]), int(highest[total])) == (min(totals), max(totals))
    dimensions = [f"{_PV}{name}Scoring" for name in
                  ("findability", "accessibility", "interoperability", "reusability", "contextuality")]
    assert sum(int(exact.get(d, lowest.get(d, "0"))) for d in dimensions) <= min(totals)
    assert sum(int(exact.get(d, highest.get(d, "0"))) for d in dimensions) >= max(totals)


def _lines(triples: list[str]) -> bytes:
    return "".join(f"{triple} .\n" for triple in triples).encode()
