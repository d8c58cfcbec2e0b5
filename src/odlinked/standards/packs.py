"""Reading the packs of field standards: `ontologies/standards/*.ttl` of all layers.

An agency adds a pack by an overlay file; nothing here knows a field by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from odlinked.assets import Assets
from odlinked.folding import plain
from odlinked.namespaces import CSVW, DCTERMS, ODL, SH, SKOS
from odlinked.persons import recognition
from odlinked.standards import methods
from odlinked.standards.check import Checker, FileCheck
from odlinked.standards.facts import Facts
from odlinked.standards.methods import MatchCheck
from odlinked.standards.model import FieldDescription, NonstandardWriting, Recognised, Standard, StandardDatatype
from odlinked.standards.personal_kinds import PersonalKind, kinds, shows
from odlinked.standards.persons import Persons
from odlinked.standards.recognition import StandardNames

PATTERN: Final = "ontologies/standards/*.ttl"
_ADDRESSES: Final = tuple(SKOS + name for name in ("exactMatch", "closeMatch", "narrowMatch"))


@dataclass(frozen=True)
class Standards:
    """All field standards, by IRI, how their columns are recognised, and the kinds of personal data. `digest` (hex) changes with
    any byte of them."""

    standards: Mapping[str, Standard]
    names: StandardNames
    digest: str
    kinds: tuple[PersonalKind, ...] = ()

    def recognise(self, fields: Sequence[FieldDescription]) -> dict[int, Recognised]:
        """Return index -> what a column was recognised as, without columns that are not a standard field."""
        found = ((index, self.names.recognise(field)) for index, field in enumerate(fields))
        return {index: recognised for index, recognised in found if recognised is not None}

    def checker(self, recognised: Mapping[int, Recognised]) -> Checker:
        """Return the checker of the values of recognised columns, row by row."""
        return Checker(recognised, self.standards, self.private)

    def private(self, text: str) -> bool:
        """True when a value looks like personal data, telephone numbers and mail addresses included, in whatever column it is."""
        if shows(self.kinds, text):
            return True
        folded = plain(text).strip()
        return any(one.fits(folded) for one in self.standards.values()
                   if not one.quoted or (one.personal and not one.broader))  # a date of birth is a date like any other

    def check(self, described: Sequence[FieldDescription] = ()) -> FileCheck:
        """Return the check that recognises the columns of a file once their names are read, and then checks their values.

        `described` are the fields as the catalogue describes them, from which a column takes address and description.
        """
        return FileCheck(described, self.recognise, self.checker)

    def persons(self, *, rows: bool = False) -> Persons:
        """Return the detector of the columns of a file that hold personal data; `rows` where its rows are to be published."""
        return Persons(self.kinds, rows=rows)


def load(assets: Assets) -> Standards:
    """Read all packs; raise `AssetError` naming a faulty entry."""
    facts = Facts.read(assets, PATTERN)
    writings = {iri: _writing(facts, iri) for iri in facts.of_type(ODL + "Writing")}
    standards = {iri: _standard(facts, iri, writings) for iri in facts.of_type(ODL + "FieldStandard")}
    prefixes = facts.values_of(SKOS + "ConceptScheme", ODL + "exceptPrefix")
    names = StandardNames.of(facts, standards, prefixes)
    known = kinds(facts, standards, lambda source, iri: _datatype(source, iri).fits, recognition(assets).names)
    return Standards(standards, names, assets.digest(assets.glob(PATTERN)), known)


def _standard(facts: Facts, iri: str, writings: Mapping[str, NonstandardWriting]) -> Standard:
    labels = {tag: text for text, tag in facts.literals(iri, SKOS + "prefLabel")}
    needed = {
        "skos:prefLabel in zh-Hant": labels.get("zh-hant"), "skos:prefLabel in en": labels.get("en"),
        "skos:notation": facts.one(iri, SKOS + "notation"), "skos:inScheme": facts.all(iri, SKOS + "inScheme"),
        "skos:definition": facts.literals(iri, SKOS + "definition"), "skos:example": facts.literals(iri, SKOS + "example"),
        "dcterms:source": facts.all(iri, DCTERMS + "source") or facts.literals(iri, DCTERMS + "source"),
        "csvw:datatype": facts.all(iri, CSVW + "datatype"),
    }
    for what, there in needed.items():
        if not there:
            raise facts.wrong(iri, f"it lacks {what}")
    made = Standard(
        iri, facts.one(iri, SKOS + "notation"), labels,
        tuple(_datatype(facts, one) for one in facts.all(iri, CSVW + "datatype")),
        facts.values(iri, (SKOS + "prefLabel", SKOS + "altLabel")), facts.values(iri, (ODL + "suffixAlias",)),
        facts.values(iri, (ODL + "exceptAlias",)), tuple(uri for name in _ADDRESSES for uri in facts.all(iri, name)),
        tuple(facts.all(iri, SKOS + "broader")), tuple(facts.all(iri, SKOS + "related")), _notations(facts, iri, writings),
        facts.flag(iri, ODL + "personalData", False), facts.flag(iri, ODL + "quoted", True),
    )
    for example, _ in facts.literals(iri, SKOS + "example"):
        if not made.fits(example):
            raise facts.wrong(iri, f"its own example does not fit it: {example!r}")
    return made


def _notations(facts: Facts, iri: str, writings: Mapping[str, NonstandardWriting]) -> tuple[NonstandardWriting, ...]:
    """Return the notations that a standard names, then those that are looked for everywhere."""
    named = facts.all(iri, ODL + "seenAs")
    if not writings.keys() >= set(named):
        raise facts.wrong(iri, f"its odl:seenAs is none of those there are: {sorted(set(named) - writings.keys())}")
    every = [one for one in writings if facts.flag(one, ODL + "everywhere", False)]
    return tuple(writings[one] for one in dict.fromkeys((*named, *every)))


def _writing(facts: Facts, iri: str) -> NonstandardWriting:
    """Read a notation; its rewritten form uses the groups of its only datatype."""
    kinds = facts.all(iri, CSVW + "datatype")
    ways = [_datatype(facts, one).fits for one in kinds]
    rewritten = facts.one(iri, ODL + "rewritten")
    if not ways or (rewritten and len(ways) > 1):
        raise facts.wrong(iri, "it has no csvw:datatype, or several and odl:rewritten")
    made = NonstandardWriting(iri, lambda text: any(fits(text) for fits in ways),
                              _rewrite(facts, iri, kinds[0]) if rewritten else None)
    for example, _ in facts.literals(iri, SKOS + "example"):
        if not made.fits(example):
            raise facts.wrong(iri, f"its own example does not fit it: {example!r}")
    return made


def _rewrite(facts: Facts, iri: str, datatype: str) -> Callable[[str], str]:
    pattern, rewritten = re.compile(facts.one(datatype, SH + "pattern")), facts.one(iri, ODL + "rewritten")
    try:
        pattern.sub(rewritten, "")
    except (re.error, IndexError) as problem:
        raise facts.wrong(iri, f"its odl:rewritten is no replacement in the pattern of {datatype}: {problem}") from problem
    return lambda text: pattern.sub(rewritten, text)


def _datatype(facts: Facts, iri: str) -> StandardDatatype:
    text = facts.one(iri, SH + "pattern")
    if not (text.startswith("^") and text.endswith("$")):
        raise facts.wrong(iri, f"it lacks a sh:pattern from ^ to $: {text!r}")
    try:
        pattern = re.compile(text)
    except re.error as problem:
        raise facts.wrong(iri, f"its sh:pattern is not a regular expression: {problem}") from problem
    checks = [methods.made(facts, check, pattern.groups) for check in facts.all(iri, ODL + "check")]
    bounds = _bounds(facts, iri)
    if bounds:
        checks.insert(0, bounds)
    match = pattern.fullmatch
    if not checks:
        return StandardDatatype(iri, lambda value: match(value) is not None)
    first = checks[0]
    if len(checks) == 1:
        return StandardDatatype(iri, lambda value: (found := match(value)) is not None and first(found))
    return StandardDatatype(iri, lambda value: (found := match(value)) is not None and all(check(found) for check in checks))


def _bounds(facts: Facts, iri: str) -> MatchCheck | None:
    """Return the check of csvw:minimum and csvw:maximum, both inclusive (CSVW, 6.4.6 "Length and value constraints")."""
    bounds = [facts.one(iri, CSVW + name) for name in ("minimum", "maximum")]
    if not any(bounds):
        return None
    try:
        low, high = (float(Decimal(text or default)) for text, default in zip(bounds, ("-Infinity", "Infinity"), strict=True))
    except InvalidOperation as problem:
        raise facts.wrong(iri, f"its bounds are not numbers: {bounds}") from problem
    return lambda found: low <= float(found[0]) <= high
