"""Kinds of personal data: by what headings and values each is known, as `ontologies/standards/persons.ttl` has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from odlinked.folding import plain
from odlinked.namespaces import CSVW, ODL
from odlinked.persons.listed import ListedNames
from odlinked.persons.names import PersonNames
from odlinked.standards.facts import Facts
from odlinked.standards.model import Standard
from odlinked.standards.recognition import key

_BETWEEN: Final = re.compile(r"[-\s().]+")

Fits = Callable[[str], bool]


@dataclass(frozen=True)
class PersonalKind:
    """A kind of personal data.

    `heading`, `excepted` and `nearby` take a folded heading; `fits`, `form` (what looks like a value of it) and `within` (what is
    enough under a heading for it) take a value: `plain`, and for a kind recognised `by_value` without blanks and dashes.
    `rows_only`: it counts only where the rows themselves are to be published, and is no fault of a file. `listed` takes a value
    under any other heading that is not `excepted`: a column half of whose values are of it holds it, too; as one nearly all of
    whose values are of `unheaded` does.
    """

    iri: str
    heading: re.Pattern[str] = field(repr=False)
    excepted: re.Pattern[str] | None = field(repr=False)
    fits: Fits = field(repr=False, compare=False)
    form: Fits | None = field(repr=False, compare=False, default=None)
    within: Fits | None = field(repr=False, compare=False, default=None)
    nearby: re.Pattern[str] | None = field(repr=False, default=None)
    by_value: bool = False
    alone: bool = False
    names: bool = False
    rows_only: bool = False
    listed: ListedNames | None = field(repr=False, compare=False, default=None)
    unheaded: Fits | None = field(repr=False, compare=False, default=None)

    def headed(self, heading: str) -> bool:
        """True when a heading refers to this kind."""
        folded = key(heading)
        return self.heading.search(folded) is not None and not self.excepts(heading)

    def excepts(self, heading: str) -> bool:
        """True when a heading refers to what is none of this kind."""
        return self.excepted is not None and self.excepted.search(key(heading)) is not None


def kinds(facts: Facts, standards: Mapping[str, Standard], fits: Callable[[Facts, str], Fits], names: PersonNames,
          ) -> tuple[PersonalKind, ...]:
    """Read the kinds of personal data; `fits` makes the function of a datatype, `names` recognise those of persons.

    Raise `AssetError` naming a faulty entry.
    """
    return tuple(_kind(facts, iri, standards, fits, names) for iri in facts.of_type(ODL + "PersonalKind"))


def _kind(facts: Facts, iri: str, standards: Mapping[str, Standard], fits: Callable[[Facts, str], Fits], names: PersonNames,
          ) -> PersonalKind:
    of = facts.all(iri, ODL + "valuesOf")
    if not standards.keys() >= set(of):
        raise facts.wrong(iri, f"its odl:valuesOf is no standard: {sorted(set(of) - standards.keys())}")
    ways = [*(standards[one].fits for one in of), *(fits(facts, one) for one in facts.all(iri, CSVW + "datatype"))]
    surnamed, listed = (facts.flag(iri, ODL + name, False) for name in ("surnamed", "anyHeading"))
    ways += [names.is_name] if surnamed else []
    form, within, unheaded = (next((fits(facts, one) for one in facts.all(iri, ODL + name)), None)
                              for name in ("valueForm", "headedForm", "unheadedForm"))
    heading, excepted, nearby = (_pattern(facts, iri, ODL + name) for name in ("headingPattern", "exceptPattern", "unlessBeside"))
    if not ways or heading is None:
        raise facts.wrong(iri, "it lacks odl:headingPattern, or values: odl:valuesOf, csvw:datatype or odl:surnamed")
    alone, by_value, naming, rows_only = (facts.flag(iri, ODL + name, False)
                                          for name in ("alone", "byValue", "namesPersons", "rowsOnly"))
    return PersonalKind(iri, heading, excepted, lambda text: any(way(text) for way in ways), form, within, nearby,
                        by_value, alone, naming, rows_only, ListedNames.of(names) if listed else None, unheaded)


def shows(known: Iterable[PersonalKind], text: str) -> bool:
    """True when a value is, or contains, something that is personal data by itself: an identity number, a mobile number."""
    joined = bare(text)
    return any(kind.by_value and (kind.fits(joined) or (kind.within is not None and kind.within(joined))) for kind in known)


def bare(text: str) -> str:
    """Return a value in the form in which numbers are compared: `plain`, without blanks, dashes, dots and brackets, in
    capitals."""
    return _BETWEEN.sub("", plain(text)).upper()


def _pattern(facts: Facts, iri: str, predicate: str) -> re.Pattern[str] | None:
    text = facts.one(iri, predicate)
    try:
        return re.compile(text) if text else None
    except re.error as problem:
        raise facts.wrong(iri, f"{text!r} is not a regular expression: {problem}") from problem
