"""What the economics ministry published of 2020, from its published counts; the items of its appraisal; answers to requests."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from builders.scores import BASE, dataset, line, measured, not_checked, values

from odlinked import inventory
from odlinked.assets import Assets, bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.documents import Document
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.namespaces import CODE, DCTERMS, ODL, RDF, SCHEMA
from odlinked.publishing.publish import Publisher
from odlinked.settings import ReadSettings, Settings, SourceSettings

ROOT = Path(__file__).parents[1]
MOEA = "2.16.886.101.20003.20007"
AWARD, TABLE = date(2020, 7, 31), date(2020, 11, 5)


@cache
def published() -> str:
    """Return what the example of the appraisal form says, as facts."""
    (table,) = inventory.read(bundled() / "examples" / "appraisal-excerpt.csv", ReadSettings())
    mapper = Mapper(forms.find(forms.load_all(Assets()), table), Assets(), MappingContext("http://localhost:8000", "case"))
    lines = {text for one in mapper.map(list(table.rows())) for document in one.documents for text in document.lines}
    return "".join(sorted(text.decode() + "\n" for text in lines))


@cache
def documents(day: date) -> dict[str, Document]:
    return measured(published(), day)


def test_the_published_counts_of_2020_give_the_published_score() -> None:
    found = values(documents(AWARD)[MOEA], AWARD)
    assert {name: found[f"{name}-published"] for name in ("datasets", "gold", "silver", "bronze", "platinum", "api-valid")} == {
        "datasets": "2883",
        "gold": "2883",
        "silver": "0",
        "bronze": "0",
        "platinum": "503",
        "api-valid": "12",
    }
    assert (found["score-base-published"], found["score-platinum-published"], found["score-api-published"]) == (
        "100",
        "5",
        "1.2",
    )
    assert (found["score-exact-published"], found["score-published"], found["score-announced-published"]) == (
        "106.2",
        "106",
        "106",
    )
    assert found["progress-published"] == "5", "last year's score was 101"
    assert "score" not in found
    assert "score-stated" not in found, "nothing was measured, and no dataset has a badge: the bases are kept apart"


def test_the_same_from_datasets() -> None:
    text = "".join(
        dataset(i, f"u{i % 4}", least="platinum" if i < 503 else "gold", api=True if i >= 2871 else None) for i in range(2883)
    )
    text += "".join(
        line(f"{BASE}organization/u{i}", "http://www.w3.org/ns/org#subOrganizationOf", f"{BASE}organization/m")
        for i in range(4)
    )
    found = values(measured(text, AWARD)["m"], AWARD)
    assert (found["datasets"], found["platinum"], found["gold"], found["api-valid"]) == ("2883", "503", "2380", "12")
    assert (found["gold-share"], found["score"]) == ("100", "106")


def test_the_platinum_table_by_unit_adds_to_598() -> None:
    units = [value for text in documents(TABLE).values() if (value := values(text, TABLE).get("platinum-published"))]
    ministry = values(documents(TABLE)[MOEA], TABLE)["platinum-published"]
    assert ministry == "598", "the sum of the units is newer than the ministry's own number of July"
    assert len(units) == 33, "32 units and the ministry"
    assert sum(map(int, units)) == 2 * 598
    assert values(documents(TABLE)[f"{MOEA}.20014"], TABLE)["platinum-published"] == "59"


def test_published_counts_do_not_hold_for_ever() -> None:
    assert "score-published" not in values(measured(published(), date(2021, 8, 1))[MOEA], date(2021, 8, 1))


@pytest.mark.parametrize("left_out", ["datasets", "gold", "platinum", "api-valid"])
def test_a_count_that_is_not_published_is_not_none(left_out: str) -> None:
    kept = {
        text.split(" ", 1)[0]
        for text in published().splitlines()
        if f"/code/published-count/{left_out}>" not in text and "/appraisal/" in text and "appraisalItem" in text
    }
    text = "".join(
        one + "\n"
        for one in published().splitlines()
        if "/appraisal/" not in one.split(" ", 1)[0] or one.split(" ", 1)[0] in kept
    )
    assert "score-published" not in values(measured(text, AWARD)[MOEA], AWARD)


def appraisal(item: str, value: int, unit: str = "u", day: str = "2026-06-30") -> str:
    iri = f"{BASE}appraisal/{unit}-{item}-{day}"
    return (
        line(iri, RDF + "type", ODL + "Appraisal")
        + line(iri, DCTERMS + "publisher", f"{BASE}organization/{unit}")
        + line(iri, ODL + "appraisalItem", f"{CODE}appraisal-item/{item}")
        + line(iri, ODL + "appraisalValue", value)
        + line(iri, DCTERMS + "date", date.fromisoformat(day))
    )


def test_an_item_of_the_appraisal_stands_beside_what_is_computed() -> None:
    day = date(2026, 7, 31)
    text = (
        dataset(1, least="gold") + dataset(2, least="silver") + appraisal("gold-share", 90) + appraisal("promotion-events", 2)
    )
    text += appraisal("promotion-events", 1, day="2026-05-31") + appraisal("promotion-events", 9, day="2026-08-31")
    document = measured(text, day)["u"]
    found = values(document, day)
    assert (found["item-02"], found["gold-share"], found["item-09"]) == ("90", "50", "2")
    beside = {
        t.subject.rpartition("#")[2]: t.object.value.rpartition("#")[2]
        for t in document.triples()
        if t.predicate == ODL + "comparedWith"
    }
    assert beside == {"2026-07-31-item-02": "2026-07-31-gold-share"}
    items = not_checked(document) - {"agency-score-stated"}
    assert len(items) == 10, "twelve items, two of them reported"


def test_the_twelve_items_have_no_class() -> None:
    text = (ROOT / "ontologies/codes/appraisal-item.ttl").read_text(encoding="utf-8")
    assert text.count("a skos:Concept, dqv:Metric") == 12
    assert "broader" not in text


def request(number: int, asked: str, days: int | None, outcome: str = "opened") -> str:
    iri = f"{BASE}feedback/{number}"
    told = [
        line(iri, RDF + "type", ODL + "Feedback"),
        line(iri, DCTERMS + "publisher", f"{BASE}organization/u"),
        line(iri, SCHEMA + "dateCreated", date.fromisoformat(asked)),
        line(iri, ODL + "feedbackOutcome", f"{CODE}feedback-outcome/{outcome}"),
    ]
    if days is not None:
        told += [line(iri, SCHEMA + "acceptedAnswer", f"{iri}#answer"), line(f"{iri}#answer", ODL + "daysToAnswer", days)]
    return "".join(told)


def test_answers_to_requests_are_counted_by_the_days_allowed() -> None:
    day = date(2026, 7, 31)
    text = (
        request(1, "2026-01-05", 30)
        + request(2, "2026-02-05", 31, "not-opened")
        + request(3, "2026-03-05", None)
        + request(4, "2026-08-01", 1)
    )
    found = values(measured(text, day)["u"], day)
    assert {
        name: found[name] for name in ("requests", "requests-answered", "requests-opened", "answer-days", "answers-in-time")
    } == {"requests": "3", "requests-answered": "2", "requests-opened": "2", "answer-days": "30.5", "answers-in-time": "50"}


def test_requests_without_an_answer_give_no_days() -> None:
    day = date(2026, 7, 31)
    found = values(measured(request(1, "2026-01-05", None), day)["u"], day)
    assert found["requests-answered"] == "0"
    assert "answer-days" not in found
    assert "answers-in-time" not in found


def test_the_example_published_and_measured_says_so_in_its_release(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    settings = Settings(sources={"appraisal": SourceSettings(public=True)})
    Publisher(workspace, settings).publish([bundled() / "examples" / "appraisal-excerpt.csv"], "appraisal")
    Publisher(workspace, settings).measure(TABLE)
    document = Releases(workspace).current().document(f"{BASE}quality/organization/{MOEA}")
    assert document is not None
    found = values(document, TABLE)
    assert (found["score-published"], found["progress-published"], found["platinum-published"]) == ("106", "5", "598")


@pytest.mark.parametrize(("dates", "day", "number"), [
    (("109年5月", "109年10月"), date(2020, 11, 5), "2"),
    (("109年5月", "109年10月"), date(2020, 9, 30), "1"),
    (("109年10月", "109年5月"), date(2020, 10, 1), "1"),  # a month has come when the day is in it
    (("109年10月15日", "109年10月"), date(2020, 10, 31), "1"),
    (("109年10月", ""), date(2020, 4, 1), None),
    (("108年10月", ""), date(2020, 11, 5), None),  # older than a year
    (("109年13月", ""), date(2020, 11, 5), None),  # told as no date, and of no known day
])
def test_a_count_of_a_month_counts(tmp_path: Path, dates: tuple[str, str], day: date, number: str | None) -> None:
    path = tmp_path / "appraisal.csv"
    lines = [f"經濟部,,白金標章數,{n},會議資料,{when}" for n, when in enumerate(dates, 1) if when]
    path.write_text("\n".join(["受考核單位,主管機關,考核項目,實績,佐證,統計日期", *lines, ""]), encoding="utf-8")
    (table,) = inventory.read(path, ReadSettings())
    mapper = Mapper(forms.find(forms.load_all(Assets()), table), Assets(), MappingContext("http://localhost:8000", "case"))
    text = b"".join(d.text for one in mapper.map(list(table.rows())) for d in one.documents).decode()
    found = measured(text, day)
    assert (values(found[MOEA], day).get("platinum-published") if MOEA in found else None) == number


@pytest.mark.parametrize("public", [True, False])
def test_old_published_counts_stay_told_when_the_present_is_measured(tmp_path: Path, public: bool) -> None:
    """An organisation of which nothing is measured today keeps what was measured of it on other days."""
    workspace, name = Workspace(tmp_path / "var"), f"{BASE}quality/organization/{MOEA}"
    publisher = Publisher(workspace, Settings(sources={"appraisal": SourceSettings(public=public)}))
    publisher.publish([bundled() / "examples" / "appraisal-excerpt.csv"], "appraisal")
    publisher.measure(TABLE)
    today = publisher.clock.today()
    publisher.measure(today)
    release = Releases(workspace).current()
    texts = release.internal() if not public else [one.text for one in (release.document(name),) if one is not None]
    held = [Document.of(name, text.split(b"\n")) for text in texts if f"<{name}> ".encode() in text]
    assert len(held) == 1, "history is not lost"
    found = values(held[0], TABLE)
    assert (found["score-published"], found["progress-published"]) == ("106", "5")
    assert [t.object.value for t in held[0].triples() if (t.subject, t.predicate) == (name, DCTERMS + "date")] == [str(TABLE)]
    assert not_checked(held[0]) == set(), "nothing is told of today"
    assert publisher.measure(today).new is False
