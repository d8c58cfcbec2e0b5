"""Scores of organisations: the arithmetic of the award, ranges, progress, popularity, what to fix first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.scores import AS_OF, BADGE, BASE, METRIC, dataset, line, measured, not_checked, values

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.measure.agency import Agencies, AgencyParameters, facts
from odlinked.namespaces import CODE, DCTERMS, DQV, ODL, ORG, RDF, SCHEMA


def under(unit: str, parent: str) -> str:
    return line(f"{BASE}organization/{unit}", ORG + "subOrganizationOf", f"{BASE}organization/{parent}")


def badges(**counts: int) -> str:
    return "".join(dataset(f"{badge}-{i}", least=badge, stated=badge) for badge, count in counts.items() for i in range(count))


@pytest.mark.parametrize(
    ("counts", "exact", "score"),
    [
        ({"gold": 3}, "100", "100"),
        ({"failed": 2}, "0", "0"),
        ({"gold": 1, "failed": 199}, "0.5", "1"),  # a half goes up
        ({"gold": 5, "failed": 195}, "2.5", "3"),  # also to an odd number, where Python would round to even
        ({"bronze": 5, "failed": 95}, "1.5", "2"),
        ({"silver": 2, "bronze": 1}, "50", "50"),
        ({"silver": 1, "failed": 2}, "20", "20"),
        ({"gold": 2, "failed": 1}, "66.67", "67"),
        ({"gold": 1, "failed": 2}, "33.33", "33"),
        ({"platinum": 4}, "100.4", "100"),
        ({"platinum": 5}, "100.5", "101"),
        ({"platinum": 50}, "105", "105"),
        ({"platinum": 51}, "105", "105"),  # the cap
        ({"platinum": 49, "gold": 3}, "104.9", "105"),
    ],
    ids=str,
)
def test_the_score_is_rounded_half_up_and_platinum_is_capped(counts: dict[str, int], exact: str, score: str) -> None:
    found = values(measured(badges(**counts))["u"])
    assert (found["score-exact-stated"], found["score-stated"]) == (exact, score)
    assert (found["score"], found["score-lowest"], found["score-highest"]) == (score, score, score)


@pytest.mark.parametrize("apis", [0, 1, 12, 120])
def test_valid_apis_add_without_a_limit(apis: int) -> None:
    text = "".join(dataset(i, least="gold", api=True if i < apis else None) for i in range(max(apis, 2)))
    assert int(values(measured(text)["u"])["score"]) == 100 + (apis + 5) // 10


def test_an_api_that_does_not_validate_adds_nothing() -> None:
    assert values(measured(dataset(1, least="gold", api=False))["u"])["score"] == "100"


def test_what_is_not_checked_makes_a_range_and_is_counted() -> None:
    found = values(measured(dataset(1, least="gold") + dataset(2, least="bronze", most="gold") + dataset(3))["u"])
    assert (found["datasets"], found["not-checked"], found["undecided"], found["gold"]) == ("3", "1", "1", "1")
    assert (found["score-lowest"], found["score-highest"]) == ("43", "100")
    assert "score" not in found
    assert "gold-share" not in found


def test_a_score_that_rests_on_one_of_many_is_not_checked() -> None:
    text = dataset(1, stated="gold", least="gold") + "".join(dataset(n, stated="not-tested") for n in range(2, 43))
    document = measured(text)["u"]
    found = values(document)
    assert not [name for name in found if name.startswith(("score", "gold-share"))]
    assert (found["datasets-stated"], found["datasets"], found["not-checked"]) == ("1", "42", "41")
    assert {"agency-score", "agency-score-stated"} <= not_checked(document)
    half = values(measured(dataset(1, stated="gold", least="gold") + dataset(2))["u"])
    assert (half["score-stated"], half["score-lowest"], half["score-highest"]) == ("100", "50", "100")


def test_a_withheld_badge_weighs_nothing_and_stays_in_the_denominator() -> None:
    withheld = dataset(2, least="withheld").replace(BADGE, CODE + "measured-badge/")
    found = values(measured(dataset(1, least="gold") + withheld)["u"])
    assert (found["score"], found["datasets"], found["none"]) == ("50", "2", "1")


def test_without_any_evidence_there_is_no_number() -> None:
    document = measured(dataset(1) + dataset(2))["u"]
    found = values(document)
    assert found == {"datasets": "2", "not-checked": "2", "not-checked-stated": "2", "open": "2"}
    assert not_checked(document) >= {"agency-score", "agency-score-stated"}


def test_what_does_not_count_is_told_beside() -> None:
    document = measured(
        dataset(1, stated="gold", listed="2015-01-31")
        + dataset(2, stated="exempt")
        + dataset(3, stated="not-tested")
        + dataset(4, stated="silver", listed="2015-02-01")
        + dataset(5, stated="gold", listed="")
    )["u"]
    found = values(document)
    assert (found["datasets-stated"], found["gold-stated"], found["silver-stated"], found["score-stated"]) == (
        "2",
        "1",
        "1",
        "80",
    )
    assert (found["early-stated"], found["white-list-stated"], found["not-checked-stated"], found["open"]) == (
        "1",
        "1",
        "1",
        "5",
    )
    assert found["datasets"] == "3", "measured: neither what was listed early nor what is on the white list"


def test_only_what_does_not_count_gives_no_score() -> None:
    document = measured(dataset(1, stated="exempt", least="gold"))["u"]
    assert "score" not in values(document)
    assert "score-stated" not in values(document)
    assert not_checked(document) >= {"agency-score", "agency-score-stated"}


def test_the_white_list_of_the_settings_counts_as_one() -> None:
    found = values(measured(dataset(1, least="exempt") + dataset(2, least="silver"))["u"])
    assert (found["white-list"], found["datasets"], found["score"]) == ("1", "1", "60")


def test_a_ministry_is_itself_with_all_below_it() -> None:
    text = (
        dataset(1, "m", stated="gold")
        + dataset(2, "a", stated="failed")
        + dataset(3, "b", stated="gold")
        + dataset(4, "b", stated="gold")
        + under("a", "m")
        + under("b", "a")
        + under("m", "m")
    )  # a circle does no harm
    found = {name: values(document) for name, document in measured(text).items()}
    assert {name: one["datasets-stated"] for name, one in found.items()} == {"m": "4", "a": "3", "b": "2"}
    assert (found["m"]["score-stated"], found["a"]["score-stated"], found["b"]["score-stated"]) == ("75", "67", "100")


def test_bases_are_kept_apart() -> None:
    found = values(measured(dataset(1, stated="gold", least="bronze"))["u"])
    assert (found["score-stated"], found["score"]) == ("100", "30")


def test_the_rule_set_that_held_then_is_named() -> None:
    document = measured(dataset(1, stated="gold"))["u"]
    assert {t.object.value for t in document.triples() if t.predicate == ODL + "ruleSet"} == {
        "https://w3id.org/odlinked/rule-set/agency-2020"
    }
    earlier = measured(dataset(1, stated="gold"), date(2020, 2, 13))["u"]
    assert values(earlier, date(2020, 2, 13)) == {}, "before the first rule set there is no score"
    assert not_checked(earlier) == {"agency-score", "agency-score-stated"}


def test_documents_hold_nodes_of_their_own_and_are_the_same_each_time() -> None:
    text = badges(gold=3, silver=2) + under("u", "m")
    first, second = measured(text), measured("".join(sorted(text.splitlines(keepends=True))))
    assert first == second
    for document in first.values():
        for quad in ox.parse(document.text, format=ox.RdfFormat.N_TRIPLES):
            assert isinstance(quad.subject, ox.NamedNode)
            assert quad.subject.value.split("#")[0] == document.iri
        assert b"urn:odlinked" not in document.text


def test_progress_is_counted_from_a_year_ago_and_history_stays_short() -> None:
    before: dict[str, bytes] = {}
    for day, gold in ((date(2025, 7, 2), 1), (date(2025, 7, 31), 2), (date(2025, 8, 31), 2), (date(2026, 7, 30), 3)):
        made = measured(badges(gold=gold, failed=4 - gold), day, before)
        before = {document.iri: document.text for document in made.values()}
    document = measured(badges(gold=4), AS_OF, before)["u"]
    found = values(document)
    assert (found["score"], found["progress"], found["progress-stated"]) == ("100", "50", "50")
    derived = [t.object.value for t in document.triples() if t.predicate.endswith("wasDerivedFrom")]
    assert {iri.rpartition("#")[2] for iri in derived} == {"2025-07-31-score", "2025-07-31-score-stated"}
    days = {t.subject.rpartition("#")[2][:10] for t in document.triples() if t.subject.endswith("-score")}
    assert days == {"2025-07-31", "2026-07-30", "2026-07-31"}, "last of a month; a value that stays is not said again"


def test_the_same_day_is_measured_anew() -> None:
    first = measured(badges(gold=1, failed=1))
    again = measured(badges(gold=2), AS_OF, {document.iri: document.text for document in first.values()})
    assert again == measured(badges(gold=2))


def usage(
    number: int, views: int, downloads: int = 0, rating: int | None = 0, comments: int | None = 0, day: str = "2026-06-30"
) -> str:
    iri = f"{BASE}usage/{number}.{day}"
    told = [
        line(iri, RDF + "type", ODL + "UsageRecord"),
        line(iri, SCHEMA + "about", f"{BASE}dataset/{number}"),
        line(iri, DCTERMS + "date", date.fromisoformat(day)),
    ]
    for name, value in (("views", views), ("downloads", downloads), ("rating", rating), ("comments", comments)):
        if value is not None:
            node = f"{iri}#{name}"
            told += [line(node, DQV + "value", value), line(node, DCTERMS + "isPartOf", iri)]
            told.append(line(node, DQV + "isMeasurementOf", f"{CODE}usage-metric/{name}"))
    return "".join(told)


def places(document: Document) -> dict[str, tuple[int, int]]:
    """Return dataset -> (place, sum)."""
    found: dict[str, dict[str, str]] = {}
    for subject, predicate, term in document.triples():
        found.setdefault(subject.rpartition("-")[2], {})[predicate] = term.value
    return {name: (int(one[ODL + "place"]), int(one[DQV + "value"])) for name, one in found.items() if ODL + "place" in one}


def test_the_popularity_award() -> None:
    text = "".join(dataset(i, stated="gold") + usage(i, 100 - i, 5, 80, 1) for i in range(1, 13))
    text += dataset(20, stated="silver") + usage(20, 9_000)  # not gold
    text += dataset(21, stated="gold", listed="2025-08-01") + usage(21, 9_000)  # not open for a year
    text += dataset(22, stated="platinum", listed="2025-07-31") + usage(22, 8_000)  # open for a year to the day
    text += dataset(23, stated="gold") + usage(23, 9_000, comments=None)  # a number is missing
    text += dataset(24, stated="gold") + usage(24, 9_000)  # won before
    text += dataset(25, least="gold") + usage(25, 7_000) + usage(25, 1, day="2026-05-31") + usage(25, 9_999, day="2026-08-01")
    found = places(measured(text, winners=("24",))["popularity"])
    assert [(name, place) for name, (place, _) in sorted(found.items(), key=lambda pair: pair[1])] == [
        ("22", 1),
        ("25", 2),
        *((str(i), i + 2) for i in range(1, 9)),
    ]
    assert found["1"] == (3, 99 + 5 + 80 + 1)


def test_ties_share_a_place_and_are_told() -> None:
    text = "".join(dataset(i, stated="gold") + usage(i, 50 if i in (2, 3) or i >= 10 else 100 - i) for i in range(1, 13))
    document = measured(text)["popularity"]
    found = places(document)
    assert {name: place for name, (place, _) in found.items() if place > 7} == dict.fromkeys(("2", "3", "10", "11", "12"), 8)
    tied = {t.subject.rpartition("-")[2] for t in document.triples() if t.predicate == ODL + "tied"}
    assert tied == {"2", "3", "10", "11", "12"}


def improvements(document: Document) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for subject, predicate, term in document.triples():
        _, mark, name = subject.partition("-fix-")
        if mark:
            found.setdefault(name, {})[predicate.removeprefix(ODL)] = term.value
    return found


def test_what_to_fix_first_is_ordered_by_what_it_adds() -> None:
    text = "".join(
        (
            dataset(1, "a", least="silver", fails=["field-match"]),  # 40 / 4 = 10 points
            dataset(2, "a", least="silver", fails=["field-match", "encoding-match"]),  # one alone adds nothing
            dataset(3, "b", least="bronze", fails=["structured-type"]),  # 70 / 4
            dataset(4, "b", least="gold", fails=["standard-fields"], api=False),  # a platinum badge: 0.1
            line(f"{BASE}dataset/4", ODL + "fails", METRIC + "api-description"),
            under("a", "m"),
            under("b", "m"),
        )
    )
    found = measured(text)
    ministry = improvements(found["m"])
    assert {
        name: (one["place"], one["gain"], one["datasetsConcerned"], one["datasetsRaised"]) for name, one in ministry.items()
    } == {
        "gold": ("1", "37.5", "3", "3"),  # all that gold asks for
        "silver": ("2", "17.5", "1", "1"),
        "structured-type": ("2", "17.5", "1", "1"),
        "field-match": ("4", "10", "2", "1"),
        "standard-fields": ("5", "0.1", "1", "1"),
        "api-description": ("5", "0.1", "1", "0"),
        "encoding-match": ("7", "0", "1", "0"),
    }
    assert improvements(found["a"])["field-match"]["gain"] == "20"


def test_failures_of_one_step_add_together_what_neither_adds_alone() -> None:
    text = dataset(1, least="failed", fails=["link-validity", "direct-download", "field-match"]) + dataset(2, least="gold")
    found = improvements(measured(text)["u"])
    assert {name: (one["gain"], one["place"]) for name, one in found.items()} == {
        "gold": ("50", "1"),  # all three: 1 / 2
        "bronze": ("30", "2"),  # link and download: silver, for the field is a step higher
        "silver": ("30", "2"),
        "link-validity": ("0", "4"),
        "direct-download": ("0", "4"),
        "field-match": ("0", "4"),
    }


def test_platinum_beyond_the_cap_adds_nothing() -> None:
    text = "".join(dataset(i, least="platinum", conforms=True) for i in range(50)) + dataset(
        99, least="gold", fails=["standard-fields"]
    )
    assert improvements(measured(text)["u"])["standard-fields"]["gain"] == "0"


def test_facts_are_read_from_quality_documents() -> None:
    iri, quality = f"{BASE}dataset/1", f"{BASE}quality/dataset/1"
    text = (
        line(f"{quality}#badge-lowest", DQV + "value", BADGE + "silver")
        + line(f"{quality}#badge-lowest", DQV + "computedOn", iri)
        + line(f"{quality}#field-match", ODL + "outcome", "http://www.w3.org/ns/earl#failed")
        + line(f"{quality}#mqa", DQV + "value", 200)
        + line(f"{quality}#field-match-distribution-0", ODL + "outcome", "http://www.w3.org/ns/earl#failed")
    )
    assert facts(iri, text.encode()).decode() == (
        line(iri, METRIC + "badge-lowest", BADGE + "silver") + line(iri, ODL + "fails", METRIC + "field-match")
    )


def test_the_key_changes_with_the_day_and_the_winners() -> None:
    keys = {
        Agencies(Assets(), AgencyParameters(winners), day).digest
        for winners in ((), ("1",))
        for day in (AS_OF, date(2026, 8, 1))
    }
    assert len(keys) == 4


def test_a_later_rule_set_holds_from_its_day(tmp_path: Path) -> None:
    folder = tmp_path / "ontologies" / "metrics"
    folder.mkdir(parents=True)
    text = Assets().text("ontologies/metrics/agency.ttl")
    prefixes = "\n".join(one for one in text.splitlines() if one.startswith("@prefix"))
    (folder / "later.ttl").write_text(
        prefixes
        + """
        ruleset:later a odl:RuleSet ; dcterms:issued "2026-01-01"^^xsd:date ; odl:countedFrom "2020-01-01"^^xsd:date ;
            odl:weight [ odl:badge badge:gold ; odl:badgeWeight 0.5 ], [ odl:badge badge:platinum ; odl:badgeWeight 1.0 ] ;
            odl:platinumStep 1.0 ; odl:platinumCap 2.0 ; odl:apiStep 0.5 ; odl:popularPlaces 3 ; odl:popularAfterYears 2 .
        """,
        encoding="utf-8",
    )
    facts = "".join(dataset(i, stated="platinum" if i < 3 else "gold", listed="2020-01-01") for i in range(4))
    facts += dataset(9, stated="gold", listed="2019-12-31")
    for day, score in ((date(2025, 12, 31), "100"), (date(2026, 1, 1), "90")):  # 3.5 / 4 = 87.5, and 2 for platinum
        (document,) = Agencies(Assets((tmp_path,)), AgencyParameters(), day).measure(facts.encode())
        assert values(document, day)["score-stated"] == score


def thin(document: Document) -> dict[str, tuple[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for subject, predicate, term in document.triples():
        found.setdefault(subject, {})[predicate.removeprefix(ODL)] = term.value
    return {one["notChecked"].removeprefix(METRIC): (one["restsOn"], one["outOf"]) for one in found.values() if "restsOn" in one}


def test_a_score_on_too_few_datasets_is_not_checked_and_says_on_how_many() -> None:
    text = dataset(0, least="gold", stated="gold") + "".join(dataset(i) for i in range(1, 42))
    document = measured(text)["u"]
    found = values(document)
    assert not [name for name in found if name.startswith("score")]
    assert {"agency-score", "agency-score-stated"} <= {name.removeprefix(METRIC) for name in not_checked(document)}
    assert thin(document) == {"agency-score": ("1", "42"), "agency-score-stated": ("1", "42")}
    names = ("datasets", "not-checked", "datasets-stated", "not-checked-stated")
    assert [found[name] for name in names] == ["42", "41", "1", "41"]


def test_half_of_the_datasets_are_enough_for_a_score() -> None:
    text = "".join(dataset(i, stated="gold") if i < 2 else dataset(i) for i in range(4))
    document = measured(text)["u"]
    assert values(document)["score-stated"] == "100"
    assert thin(document) == {}
