"""Where records came from is told rightly, however files followed each other."""

from __future__ import annotations

import random
from pathlib import Path

from odlinked.catalog.index import Entry, Index


def _entry(number: int, given: int | None) -> Entry:
    return Entry(f"https://example.org/id/dataset/{number}", "a", bytes([number]), "private", "2026-11-30", given, None, number,
                 b"key", ("https://example.org/id/organization/a|00", "https://example.org/id/organization/b|01"), 1, 2)


def test_places_are_those_of_a_plain_table(tmp_path: Path) -> None:
    dice, path = random.Random(10), tmp_path / "catalog.sqlite"
    expected: dict[int, Entry] = {}
    Index(path, create=True).close()
    for turn in range(40):
        with Index(path) as index:
            assert {iri: entry for iri, (_, entry) in index.entries().items()} == {one.iri: one for one in expected.values()}
            for _ in range(dice.randrange(6)):
                number = len(expected) + 1
                expected[number] = _entry(number, dice.choice((None, turn + 1, dice.randrange(turn + 1))))
                index.insert_private(expected[number], number)
            moved = [number for number in expected if dice.random() < 0.1]
            for number in moved:
                expected[number] = expected[number]._replace(input=dice.choice((turn + 1, dice.randrange(turn + 1))), row=turn)
            index.move([(number, expected[number]) for number in moved])
            before = dice.randrange(turn + 1)
            held = {number for number, one in expected.items() if one.input == before}
            passing = {number for number in held if dice.random() < dice.choice((0.1, 0.9))}
            index.transfer(before, turn + 1, passing, held - passing)
            expected |= {number: expected[number]._replace(input=turn + 1) for number in passing}
    with Index(path, read_only=True) as index:
        assert {iri: (number, entry) for iri, (number, entry) in index.entries().items()} == {
            one.iri: (number, one) for number, one in expected.items()}
    assert len({one.input for one in expected.values()}) > 4
