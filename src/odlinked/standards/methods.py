"""Checks that are not patterns. Each is registered by its IRI and takes its numbers from the asset."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from odlinked.namespaces import CODE, ODL, SKOS
from odlinked.standards.facts import Facts

MatchCheck = Callable[[re.Match[str]], bool]
"""True when a value passes, given its match with the pattern of its datatype."""

METHOD: Final = CODE + "check-method/"


def made(facts: Facts, check: str, groups: int) -> MatchCheck:
    """Return the function of a check (an `odl:ValueCheck`); its pattern must have so many `groups`."""
    methods = facts.all(check, ODL + "method")
    make = METHODS.get(methods[0]) if len(methods) == 1 else None
    if make is None:
        known = ", ".join(sorted(name.removeprefix(METHOD) for name in METHODS))
        raise facts.wrong(check, f"its odl:method is none of those there are ({known})")
    needed, function = make(facts, check)
    if groups < needed:
        raise facts.wrong(check, f"the pattern it is used with has {groups} groups in brackets and needs {needed}")
    return function


def _digit_sum(facts: Facts, check: str) -> tuple[int, MatchCheck]:
    """The digits of the products of digits and weights add up to a multiple of the modulus."""
    weights, modulus = _weights(facts, check), _modulus(facts, check)
    sums = tuple({str(digit): _digits(digit * weight) for digit in range(10)} for weight in weights)
    place = facts.number(check, ODL + "exceptionPosition", 0) - 1
    special = str(facts.number(check, ODL + "exceptionDigit", 0))
    addend, length = facts.number(check, ODL + "exceptionAddend", 0), len(sums)
    if place >= len(weights):
        raise facts.wrong(check, "its exceptionPosition lies beyond its weights")

    def passes(found: re.Match[str]) -> bool:
        text = found[0]
        if len(text) != length or not (text.isascii() and text.isdecimal()):
            return False
        total = sum([row[digit] for row, digit in zip(sums, text)])  # noqa: B905 as long as each other
        return total % modulus == 0 or (place >= 0 and text[place] == special and (total + addend) % modulus == 0)

    return 0, passes


def _lettered_sum(facts: Facts, check: str) -> tuple[int, MatchCheck]:
    """Letters become numbers; digits times weights add up to a multiple of the modulus."""
    weights, modulus = _weights(facts, check), _modulus(facts, check)
    letters = {entry[0]: entry[1:] for entry in facts.one(check, ODL + "letterValues").split()}
    if not all(value.isdecimal() for value in letters.values()):
        raise facts.wrong(check, "its letterValues are not letters with numbers, such as A10 B11")

    def passes(found: re.Match[str]) -> bool:
        digits = "".join(letters.get(sign, sign) for sign in found[0])
        if len(digits) != len(weights) or not digits.isdecimal():
            return False
        return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % modulus == 0

    return 0, passes


def _calendar_date(facts: Facts, check: str) -> tuple[int, MatchCheck]:
    """The first three groups are an existing day."""
    offset = facts.number(check, ODL + "yearOffset", 0)

    @lru_cache(maxsize=65_536)
    def is_day(year: str, month: str, day: str) -> bool:
        try:
            date(int(year) + offset, int(month), int(day))
        except ValueError:
            return False
        return True

    return 3, lambda found: is_day(*found.group(1, 2, 3))


def _listed(facts: Facts, check: str) -> tuple[int, MatchCheck]:
    """The first group is a value of a concept in a code list."""
    lists, compared = set(facts.all(check, ODL + "codeList")), facts.all(check, ODL + "listedAs")
    members = [iri for iri, statements in facts.nodes.items() if lists.intersection(statements.get(SKOS + "inScheme", ()))]
    listed = frozenset(text for iri in members for text in facts.values(iri, compared))
    if not listed:
        raise facts.wrong(check, "its odl:codeList holds nothing to compare with")
    return 1, lambda found: found[1] in listed


def _weights(facts: Facts, check: str) -> tuple[int, ...]:
    parts = facts.one(check, ODL + "weights").split()
    if not parts or not all(part.isdecimal() for part in parts):
        raise facts.wrong(check, "its odl:weights are not whole numbers with blanks between")
    return tuple(map(int, parts))


def _modulus(facts: Facts, check: str) -> int:
    modulus = facts.number(check, ODL + "modulus")
    if modulus < 2:
        raise facts.wrong(check, "its odl:modulus is less than 2")
    return modulus


def _digits(number: int) -> int:
    return sum(map(int, str(number)))


METHODS: Final[Mapping[str, Callable[[Facts, str], tuple[int, MatchCheck]]]] = MappingProxyType({
    METHOD + "digit-sum": _digit_sum,
    METHOD + "lettered-sum": _lettered_sum,
    METHOD + "calendar-date": _calendar_date,
    METHOD + "listed": _listed,
})
"""Method IRI -> maker of the check: how many groups of the pattern it needs, and the function."""
