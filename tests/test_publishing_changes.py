"""The state of a catalogue: full and delta sources, owners, duplicates, tombstones, shared documents."""

from __future__ import annotations

from collections.abc import Mapping

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import RowDocument, RowOutcome
from odlinked.findings import Fault
from odlinked.intake.arrivals import (
    CHANGED_TWIN,
    CONVERSION_CODE,
    KNOWN_ADDED,
    OWNED,
    UNIQUE,
    UNKNOWN_CHANGED,
    UNKNOWN_WITHDRAWN,
    UNMAPPED,
    VANISHED,
    Arrival,
    Bearer,
    DocumentAccess,
    Next,
    RowStatement,
)
from odlinked.intake.changes import SourceUpdate

_BASE = "http://x"
_ORG = f"{_BASE}/id/organization/1"


def _words() -> DocumentAccess:
    def minted(made: RowDocument, renamed: Mapping[str, str]) -> bytes:
        return b"minted " + made.hash

    return DocumentAccess(lambda entry, arrival: b"tomb " + entry.iri.encode(), minted)


def _iri(name: str) -> str:
    return f"{_BASE}/id/dataset/{name}"


def _arrival(name: str, content: str = "1", row: int = 2, *, withdrawn: bool = False, severity: str = "") -> Arrival:
    faults = (Fault("M02-title", severity, "", _iri(name), "", "", 0, "B", ""),) if severity else ()
    made = (RowDocument(_iri(name), content.encode(), False), RowDocument(_ORG, b"org", True)) if name else ()
    return Arrival(1, None, row, f"{name}{content}".encode(), RowOutcome(made, {}, withdrawn, faults))


def _apply(previous: Mapping[str, Entry], source: str, *arrivals: Arrival, full: bool = True, hold: bool = False,
           now: str = "T2") -> Next:
    return SourceUpdate(previous, source, _BASE, now, _words(), hold).apply(arrivals, full=full)


def _states(following: Next) -> dict[str, str]:
    return {iri.rsplit("/", 1)[-1]: entry.state for iri, entry in following.entries.items() if "/dataset/" in iri}


def test_a_full_source_buries_what_vanished_and_says_so() -> None:
    first = _apply({}, "a", _arrival("1"), _arrival("2", row=3))
    second = _apply(first.entries, "a", _arrival("1"))
    assert _states(second) == {"1": "live", "2": "gone"}
    assert [i.fault.rule for i in second.issues] == [VANISHED]


def test_a_delta_source_leaves_absent_rows_alone_and_buries_withdrawn_ones() -> None:
    first = _apply({}, "a", _arrival("1"), _arrival("2", row=3), full=False)
    second = _apply(first.entries, "a", _arrival("2", "2", withdrawn=True), full=False)
    assert _states(second) == {"1": "live", "2": "gone"}
    assert not second.issues


def test_a_record_keeps_the_time_of_its_content() -> None:
    first = _apply({}, "a", _arrival("1"), _arrival("2", row=3), now="T1")
    second = _apply(first.entries, "a", _arrival("1", row=3), _arrival("2", "new"), now="T2")
    assert second.entries[_iri("1")].changed == "T1"
    assert second.entries[_iri("1")].row == 3
    assert second.entries[_iri("2")].changed == "T2"


def test_an_unchanged_row_needs_no_outcome() -> None:
    first = _apply({}, "a", _arrival("1"))
    again = Arrival(7, "s", 9, b"11", None)
    second = _apply(first.entries, "a", again)
    entry = second.entries[_iri("1")]
    assert (entry.input, entry.sheet, entry.row, entry.state) == (7, "s", 9, "live")
    assert second.entries[_ORG].state == "live"


def test_the_first_row_owns_an_identifier_and_the_second_is_told() -> None:
    following = _apply({}, "a", _arrival("1", "first"), _arrival("1", "second", row=5))
    assert following.entries[_iri("1")].hash == b"first"
    assert [(i.row, i.fault.rule) for i in following.issues] == [(5, UNIQUE)]


def test_a_second_source_gets_its_own_name_for_a_taken_iri() -> None:
    first = _apply({}, "a", _arrival("1"))
    second = _apply(first.entries, "b", _arrival("1", "other"))
    assert second.entries[_iri("1")].source == "a"
    assert second.entries[_iri("b.1")].hash == b"minted other"
    assert [i.fault.rule for i in second.issues] == [OWNED]
    assert _states(_apply(second.entries, "b")) == {"1": "live", "b.1": "gone"}


def test_a_shared_document_lives_as_long_as_a_record_mentions_it() -> None:
    first = _apply({}, "a", _arrival("1"))
    assert first.entries[_ORG].state == "live"
    second = _apply(first.entries, "a")
    assert second.entries[_ORG].state == "gone"
    third = _apply(second.entries, "a", _arrival("1"))
    assert (third.entries[_ORG].state, third.entries[_iri("1")].state) == ("live", "live")


def test_of_two_spellings_of_a_shared_document_one_stands_whatever_the_history() -> None:
    def spelled(name: str, text: bytes, row: int) -> Arrival:
        made = (RowDocument(_iri(name), name.encode(), False), RowDocument(_ORG, text, True))
        return Arrival(1, None, row, name.encode() + text, RowOutcome(made, {}, False, ()))

    both = [spelled("1", b"zz", 2), spelled("2", b"aa", 3)]
    assert _apply({}, "a", *both).entries[_ORG].hash == b"aa"
    stepwise = _apply(_apply({}, "a", both[1], full=False).entries, "a", both[0], full=False)
    assert stepwise.entries[_ORG].hash == b"aa"
    assert _apply(stepwise.entries, "a", both[0]).entries[_ORG].hash == b"zz"


def test_a_row_without_a_record_is_an_issue() -> None:
    following = _apply({}, "a", _arrival("", row=4))
    assert [(i.row, i.fault.rule) for i in following.issues] == [(4, UNMAPPED)]


def test_faulty_records_are_published_and_marked_or_held_back() -> None:
    marked = _apply({}, "a", _arrival("1", severity="Violation"), _arrival("2", severity="Warning", row=3))
    assert (marked.entries[_iri("1")].violations, marked.entries[_iri("2")].warnings) == (1, 1)
    first = _apply({}, "a", _arrival("1", "good"))
    held = _apply(first.entries, "a", _arrival("1", "bad", severity="Violation"), _arrival("3", severity="Violation", row=3),
                  hold=True)
    assert held.entries[_iri("1")].hash == b"good"
    assert _iri("3") not in held.entries
    assert held.held == 2
    assert len(held.issues) == 2


def test_a_record_takes_over_what_rows_only_mentioned_and_gives_it_back() -> None:
    first = _apply({}, "a", _arrival("1"))
    outcome = RowOutcome((RowDocument(_ORG, b"record", False),), {}, False, ())
    second = _apply(first.entries, "b", Arrival(2, None, 3, b"k", outcome))
    entry = second.entries[_ORG]
    assert (entry.source, entry.hash, entry.key, second.issues) == ("b", b"record", b"k", [])
    third = _apply(second.entries, "a", _arrival("1", "changed"))
    assert third.entries[_ORG] == entry, "mentioning it changes nothing"
    fourth = _apply(third.entries, "b")
    assert (fourth.entries[_ORG].state, fourth.entries[_ORG].hash, fourth.entries[_ORG].key) == ("live", b"org", None)


def _against(previous: Mapping[str, Entry], arrival: Arrival, said: RowStatement, *others: Bearer, standing: str = "") -> Next:
    """Apply one row of a delta that says something of its dataset, beside the datasets that are known by title and unit."""
    words = _words()
    words.statement, words.bearers = lambda made: said, lambda: others
    words.near = lambda text, codes: [code for code in codes if code[0] == text[0]]
    words.renamed = lambda made, iri: b"renamed " + made.hash
    outcome = arrival.outcome
    assert outcome is not None
    arrival = arrival._replace(outcome=outcome._replace(standing=standing))
    return SourceUpdate(previous, "a", _BASE, "T2", words).apply([arrival], full=False)


def _bearer(name: str, title: str = "t", unit: str = "u", state: str = "live") -> Bearer:
    return Bearer(_iri(name), "a", title, unit, state, is_open=True)


def test_a_withdrawal_of_what_is_not_published_leaves_nothing_and_names_the_nearest() -> None:
    first = _apply({}, "a", _arrival("1"), full=False)
    second = _against(first.entries, _arrival("17", withdrawn=True), RowStatement("17"), _bearer("1"))
    assert (_states(second), second.held) == ({"1": "live"}, 1)
    assert [(i.fault.rule, i.fault.node, i.fault.value, i.fault.other) for i in second.issues] == [
        (UNKNOWN_WITHDRAWN, _iri("1"), "17", "1")]
    assert [i.fault.rule for i in _against({}, _arrival("1", withdrawn=True), RowStatement("1")).issues] == [UNKNOWN_WITHDRAWN]


def test_a_change_is_held_against_codes_and_titles() -> None:
    first = _apply({}, "a", _arrival("1"), full=False)
    unknown = _against(first.entries, _arrival("17"), RowStatement("17", "x", "u", "changed"), _bearer("1"))
    assert (_states(unknown), [i.fault.rule for i in unknown.issues]) == ({"1": "live", "17": "live"}, [UNKNOWN_CHANGED])
    twin = _against(first.entries, _arrival("17"), RowStatement("17", "t", "u", "changed"), _bearer("1"))
    assert (_states(twin), [i.fault.rule for i in twin.issues], twin.held) == ({"1": "live"}, [CHANGED_TWIN], 1)
    known = _against(first.entries, _arrival("1", "2"), RowStatement("1", "t", "u", "added"), _bearer("1"))
    assert (known.entries[_iri("1")].hash, [i.fault.rule for i in known.issues]) == (b"2", [KNOWN_ADDED])
    assert not _against({}, _arrival("1"),
                        RowStatement("1", "t", "u", "changed")).issues, "nothing is published to hold it against"


def test_a_conversion_without_a_code_becomes_the_one_record_of_its_title_and_unit() -> None:
    first = _apply({}, "a", _arrival("1"), _arrival("2", row=3), full=False)
    said = RowStatement("", "t", "u")
    one = _against(first.entries, _arrival("h"), said, _bearer("1"), _bearer("2", "other"), standing="restricted")
    assert (_states(one), one.entries[_iri("1")].hash) == ({"1": "live", "2": "live"}, b"renamed 1")
    gone = _against(first.entries, _arrival("h"), said, _bearer("1"), standing="withheld")
    assert (_states(gone), gone.withdrawn) == ({"1": "gone", "2": "live"}, 1)
    for others in ((_bearer("1"), _bearer("2")), (_bearer("1", unit="v"),)):
        refused = _against(first.entries, _arrival("h"), said, *others, standing="withheld")
        assert (_states(refused), refused.held) == ({"1": "live", "2": "live"}, 1)
        assert [(i.fault.rule, i.fault.node) for i in refused.issues] == [(CONVERSION_CODE, _iri("1"))]
