"""The one pass back into documents: relations say what goes and comes, each document is written once, faults are replaced."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import Archive
from odlinked.documents import Document
from odlinked.findings import Fault, Issue
from odlinked.intake import series, subjects, successions
from odlinked.intake.arrivals import Next
from odlinked.intake.relations import DocumentEdit, Living, Related, Relation, Texts, Turn, relate
from odlinked.intake.successions import successors
from odlinked.namespaces import DCAT, DCTERMS, DQV, ODL, ORG, RDF, SCHEMA

BASE = "https://data.example.tw"
A, B, CHANGE = f"{BASE}/id/organization/a", f"{BASE}/id/organization/b", f"{BASE}/id/event/1"
THEN, NOW = "2026-01-01T00:00:00+08:00", "2026-02-01T00:00:00+08:00"


@pytest.fixture
def archive(tmp_path: Path) -> Iterable[Archive]:
    made = Archive(tmp_path / "documents.sqlite", write=True)
    made.choose_dictionary([])
    yield made
    made.close()


def line(subject: str, predicate: str, target: str) -> bytes:
    return f"<{subject}> <{predicate}> <{target}> .".encode()


def put(archive: Archive, iri: str, *lines: bytes, key: bytes | None = b"k", state: str = "live", changed: str = NOW) -> Entry:
    document = Document.of(iri, [line(iri, "http://x/a", "http://x/b"), *lines])
    archive.put(document)
    return Entry(iri, "s", document.hash, state, changed, 1, None, 2, key)


def state(*entries: Entry) -> dict[str, Entry]:
    return {entry.iri: entry for entry in entries}


def lines(archive: Archive, entry: Entry) -> set[bytes]:
    return set(Document(entry.iri, archive.text(entry.hash) or b"").lines)


def run(archive: Archive, following: Next, before: dict[str, Entry], *relations: Relation) -> list[str]:
    return relate(relations, archive, Assets(), None, before, following, NOW)


def adding(target: str, rules: tuple[str, ...] = (), issues: tuple[Issue, ...] = ()) -> Relation:
    """Return a relation that writes one line into A in the place of all lines of its predicate."""
    start = f"<{A}> <http://x/{target}> ".encode()
    edit = DocumentEdit(A, [start + b"<http://x/new> ."], lambda one: one.startswith(start))
    return lambda turn: Related([edit], rules, issues, (f"note {target}",))


def test_relations_on_one_document_are_written_together_whatever_their_order(archive: Archive) -> None:
    was = put(archive, A, line(A, "http://x/one", "http://x/old"), line(A, "http://x/two", "http://x/old"))
    documents = archive.db.execute("SELECT count(*) FROM document").fetchone()[0]
    hashes = set()
    for some in permutations([adding("one"), adding("two"), adding("three")]):
        following = Next(state(was))
        notes = run(archive, following, {}, *some)
        hashes.add(following.entries[A].hash)
        assert sorted(notes) == ["note one", "note three", "note two"]
    assert len(hashes) == 1
    assert archive.db.execute("SELECT count(*) FROM document").fetchone()[0] == documents + 1, "nothing between is stored"
    assert lines(archive, following.entries[A]) == {
        line(A, "http://x/a", "http://x/b"), *(line(A, f"http://x/{name}", "http://x/new") for name in ("one", "two", "three"))}


@pytest.mark.parametrize("left", [{"key": None}, {"state": "gone"}, {"state": "private"}])
def test_only_living_records_that_a_row_made_are_written(archive: Archive, left: dict[str, str]) -> None:
    was = put(archive, A, **left)  # type: ignore[arg-type]
    following = Next(state(was))
    run(archive, following, {}, adding("one"), lambda turn: Related([DocumentEdit(B, [line(B, "http://x/one", A)])]))
    assert following.entries == state(was)


def test_a_document_that_ends_as_it_was_keeps_its_time(archive: Archive) -> None:
    known = put(archive, A, line(A, "http://x/one", "http://x/new"), changed=THEN)
    mapped = put(archive, A)
    following = Next(state(mapped))
    run(archive, following, state(known), adding("one"))
    assert following.entries[A] == known
    following = Next(state(mapped))
    run(archive, following, state(known._replace(state="gone")), adding("one"))
    assert following.entries[A].changed == NOW


def test_faults_by_the_rules_of_a_relation_are_replaced_and_no_others(archive: Archive) -> None:
    old, other, new = (Issue(1, None, row, Fault(rule, "Warning")) for row, rule in ((1, "L35-x"), (2, "L16-y"), (3, "L35-x")))
    following = Next(state(put(archive, A)), [old, other])
    run(archive, following, {}, adding("one", ("L35-x",), (new,)), adding("two"))
    assert following.issues == [other, new]


def changed(archive: Archive, iri: str, before: str, after: str, key: bytes | None = b"k") -> Entry:
    named = [line(iri, ORG + "originalOrganization", before), line(iri, ORG + "resultingOrganization", after)]
    return put(archive, iri, *named, key=key)


def test_organisations_name_living_changes_and_forget_those_that_went(archive: Archive) -> None:
    shipped = line(A, ORG + "changedBy", f"{BASE}/id/event/shipped")
    event, a, b = changed(archive, CHANGE, A, B), put(archive, A, shipped), put(archive, B)
    first = Next(state(event, a, b))
    run(archive, first, {}, successions.mentions)
    assert line(A, ORG + "changedBy", CHANGE) in lines(archive, first.entries[A])
    assert line(B, ORG + "resultedFrom", CHANGE) in lines(archive, first.entries[B])
    second = Next({iri: entry for iri, entry in first.entries.items() if iri != CHANGE})
    run(archive, second, first.entries, successions.mentions)
    assert (second.entries[A].hash, second.entries[B].hash) == (a.hash, b.hash), "but for the line that rows tell, all is gone"


def test_a_change_without_a_record_is_followed_and_named_by_no_organisation(archive: Archive) -> None:
    event, a = changed(archive, CHANGE, A, B, key=None), put(archive, A)
    following = Next(state(event, a))
    run(archive, following, {}, successions.mentions)
    assert following.entries[A] == a
    assert successors(successions.successions(Living(following.entries, Texts(archive)))) == {A: {B}}


def test_what_became_of_an_organisation_is_followed_through_circles(archive: Archive) -> None:
    c = f"{BASE}/id/organization/c"
    pairs = [(A, B), (B, c), (c, A), (c, c)]
    events = [changed(archive, f"{BASE}/id/event/{place}", *pair) for place, pair in enumerate(pairs)]
    found = successors(successions.successions(Living(state(*events), Texts(archive))))
    assert found == {A: {B, c}, B: {c, A}, c: {A, B}}


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=1, max_size=4))
def test_members_say_what_series_name_and_saying_it_twice_changes_nothing(named: list[list[int]]) -> None:
    archive = Archive(Path(":memory:"), write=True)
    archive.choose_dictionary([])
    datasets = [put(archive, f"{BASE}/id/dataset/{number}") for number in range(4)]  # 4 and 5 are not there
    rows = [put(archive, f"{BASE}/id/series/{place}", *(
        line(f"{BASE}/id/series/{place}", DCAT + "seriesMember", f"{BASE}/id/dataset/{number}") for number in members))
        for place, members in enumerate(named)]
    following = Next(state(*datasets, *rows))
    run(archive, following, {}, series.membership)
    for number, entry in enumerate(datasets):
        told = {one for one in lines(archive, following.entries[entry.iri]) if f"<{DCAT}inSeries>".encode() in one}
        wanted = {line(entry.iri, DCAT + "inSeries", f"{BASE}/id/series/{place}")
                  for place, members in enumerate(named) if number in members}
        assert told == wanted
    assert {(issue.fault.node, issue.fault.other) for issue in following.issues} == {
        (f"{BASE}/id/series/{place}", str(number)) for place, members in enumerate(named) for number in members if number > 3}
    once, told_once = dict(following.entries), list(following.issues)
    run(archive, following, once, series.membership)
    assert (following.entries, following.issues) == (once, told_once)
    archive.close()


def text(subject: str, predicate: str, value: str) -> bytes:
    return f'<{subject}> <{predicate}> "{value}"@zh-Hant .'.encode()


def test_a_text_that_looks_like_a_line_of_a_relation_stays(archive: Archive) -> None:
    dataset, usage = f"{BASE}/id/dataset/1", f"{BASE}/id/usage/1"
    hostile = text(usage, DCTERMS + "description", f"x <{DQV}computedOn> <{SCHEMA}about> <{DCAT}inSeries> y .")
    named = [line(usage, DCTERMS + "publisher", A), text(usage, ODL + "datasetNamed", "空氣"), hostile,
             line(f"{usage}#views", RDF + "type", DQV + "QualityMeasurement")]
    one = put(archive, dataset, line(dataset, DCTERMS + "publisher", A), text(dataset, DCTERMS + "title", "空氣"))
    following = Next(state(one, put(archive, usage, *named)))
    run(archive, following, {}, subjects.about, series.membership, successions.mentions)
    assert lines(archive, following.entries[usage]) >= {
        *named, line(usage, SCHEMA + "about", dataset), line(f"{usage}#views", DQV + "computedOn", dataset)}
    renamed = put(archive, dataset, line(dataset, DCTERMS + "publisher", A), text(dataset, DCTERMS + "title", "水質"))
    after = Next({**following.entries, dataset: renamed})
    run(archive, after, following.entries, subjects.about)
    assert lines(archive, after.entries[usage]) == {*named, line(usage, "http://x/a", "http://x/b")}


def test_relations_see_the_state_before_and_after(archive: Archive) -> None:
    seen: list[tuple[int, int]] = []

    def count(turn: Turn) -> Related:
        seen.append((len(turn.before.entries), len(turn.after.entries)))
        return Related()

    a, b = put(archive, A), put(archive, B)
    run(archive, Next(state(a, b)), state(a), count)
    assert seen == [(1, 2)]
