"""The difference of two states is found again after some of the second was set anew, without comparing all of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odlinked.catalog.index import Entry
from odlinked.errors import WorkspaceError
from odlinked.intake.arrivals import Next
from odlinked.intake.difference import Difference, NotedState, difference, difference_again, difference_noted
from odlinked.publishing import removals

ENTRIES = st.builds(lambda digest, state, row, key: Entry("", "s", digest, state, "2026", 1, None, row, key),
                    st.sampled_from((b"a", b"b")), st.sampled_from(("live", "gone", "private")), st.integers(1, 2),
                    st.sampled_from((None, b"k", b"l")))
KIND = "https://example.org/id/dataset/"
NAMES = st.sampled_from("uvwxyz")
STATES = st.dictionaries(NAMES, ENTRIES).map(lambda found: {iri: one._replace(iri=iri) for iri, one in found.items()})


def ordered(found: Difference) -> tuple[object, ...]:
    return tuple(sorted(part, key=repr) for part in found)


@given(STATES, STATES, st.lists(st.tuples(NAMES, st.sampled_from(("set", "del", "pop")), ENTRIES), max_size=8))
def test_it_is_that_of_comparing_all(before: dict[str, Entry], after: dict[str, Entry],
                                     steps: list[tuple[str, str, Entry]]) -> None:
    numbered = {iri: (number, entry) for number, (iri, entry) in enumerate(before.items())}
    state = NotedState(after)
    first = difference(numbered, state)
    for iri, step, entry in steps:
        if step == "set":
            state[iri] = entry._replace(iri=iri)
        elif step == "pop":
            assert state.pop(iri, None) in (None, after.get(iri), *(one._replace(iri=iri) for _, _, one in steps))
        elif iri in state:
            del state[iri]
    assert ordered(difference_again(first, numbered, state)) == ordered(difference(numbered, state))


@given(STATES, st.lists(st.tuples(NAMES, st.sampled_from(("set", "del", "pop", "update", "place")), ENTRIES), max_size=8))
def test_a_state_that_began_as_another_differs_in_what_it_noted(before: dict[str, Entry],
                                                                steps: list[tuple[str, str, Entry]]) -> None:
    numbered = {iri: (number, entry) for number, (iri, entry) in enumerate(before.items())}
    state = NotedState(before)
    for iri, step, entry in steps:
        if step == "set":
            state[iri] = entry._replace(iri=iri)
        elif step == "update":
            state.update({iri: entry._replace(iri=iri)})
        elif step == "pop":
            state.pop(iri, None)
        elif step == "del" and iri in state:
            del state[iri]
        elif step == "place" and iri in state:
            state.place(state[iri], 2, "sheet", entry.row or 0)
            assert state[iri][5:8] == (2, "sheet", entry.row)
    assert ordered(difference_noted(numbered, state)) == ordered(difference(numbered, state))
    others = {iri for iri in before.keys() | state.keys() if iri not in before or iri not in state
              or before[iri]._replace(input=1, sheet=None, row=1) != state[iri]._replace(input=1, sheet=None, row=1)}
    assert others <= set(state.differing(before))


@given(STATES, STATES)
def test_whether_records_are_taken_down_is_told_by_what_was_noted_as_by_all(before: dict[str, Entry],
                                                                            after: dict[str, Entry]) -> None:
    before, after = ({KIND + iri: one._replace(iri=KIND + iri) for iri, one in state.items()} for state in (before, after))
    state = NotedState(before)
    for iri in [iri for iri in before if iri not in after]:
        del state[iri]
    state.update({iri: entry for iri, entry in after.items() if before.get(iri) != entry})
    told = []
    for entries in (state, dict(state)):
        try:
            removals.check("s", before, Next(entries), 0.2)
        except WorkspaceError as problem:
            told.append(str(problem))
        else:
            told.append("")
    assert told[0] == told[1]
