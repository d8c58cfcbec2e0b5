"""Reconciliation queries and their answers (Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group).

Read from what strangers send, under caps; answered from the codes and organisations of the release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from odlinked.catalog.asking import known_things
from odlinked.catalog.asking.known_things import ORGANIZATION
from odlinked.folding import fold
from odlinked.namespaces import ORG, SKOS
from odlinked.search.candidates import LONGEST, LinkCandidate, NameIndex
from odlinked.search.things import CODE, FORMER, NAME, OTHER, KnownThing
from odlinked.web.site.problems import Problem
from odlinked.web.site.site import Site

MOST_QUERIES: Final = 200
"""Queries in a batch (`batchSize` of the manifest)."""

MOST_CANDIDATES: Final = 50
MOST_VALUES: Final = 20
"""Values of properties with one query."""

MOST_IDS: Final = 500
"""Entities that data are asked of at once."""

CODE_OF: Final = SKOS + "notation"
ABOVE: Final = "above"
PROPERTIES: Final = {CODE_OF: "reconcile.code", SKOS + "altLabel": "reconcile.other", ABOVE: "reconcile.above",
                     SKOS + "prefLabel": "reconcile.name", SKOS + "inScheme": "reconcile.list"}
"""What entities say of themselves, and the key of its name for people; `above` is skos:broader or org:subOrganizationOf."""

_ABOVE: Final = (ABOVE, SKOS + "broader", ORG + "subOrganizationOf")
_USUAL: Final = 10
_SAID_OTHERWISE: Final = 15.0
"""Points off for a property that says something else."""


@dataclass(frozen=True)
class ReconciliationQuery:
    """One query of a batch: text, types to choose from, most candidates, and what is known beside: property -> values."""

    text: str
    types: tuple[str, ...] = ()
    limit: int = _USUAL
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()


def queries(text: str) -> dict[str, ReconciliationQuery]:
    """Return the queries of a batch by their names; raise `Problem` (400, 413) for what is none."""
    given = _json_of(text, "queries")
    if len(given) > MOST_QUERIES:
        raise Problem(413, "reconcile_many", facts={"count": len(given), "most": MOST_QUERIES})
    return {name: _query(name, one) for name, one in given.items()}


def _json_of(text: str, what: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Problem(400, "reconcile_json", facts={"what": what, "why": str(problem)[:200]}) from problem
    if not isinstance(given, dict):
        raise Problem(400, "reconcile_json", facts={"what": what, "why": type(given).__name__})
    return given


def _query(name: str, given: object) -> ReconciliationQuery:
    if not isinstance(given, dict):
        raise _wrong(name, "{}")
    text, types, limit, properties = (given.get(one) for one in ("query", "type", "limit", "properties"))
    if not isinstance(text, str | None) or not isinstance(limit, int | float | None) or isinstance(limit, bool):
        raise _wrong(name, "query, limit")
    if limit is not None and not limit >= 1:
        raise _wrong(name, "limit")
    if not isinstance(properties, list | None) or (text is None and not properties):
        raise _wrong(name, "query, properties")
    if len(text or "") > LONGEST:
        raise Problem(413, "reconcile_long", facts={"name": name[:40], "size": len(text or ""), "most": LONGEST})
    listed = [types] if isinstance(types, str) else types or []
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise _wrong(name, "type")
    beside = tuple(_property(name, one) for one in properties or ())
    if sum(len(values) for _, values in beside) > MOST_VALUES:
        raise Problem(413, "reconcile_long", facts={"name": name[:40], "size": len(beside), "most": MOST_VALUES})
    most = _USUAL if limit is None else int(min(limit, MOST_CANDIDATES))
    return ReconciliationQuery(text or "", tuple(one for one in listed if one), most, beside)


def _property(name: str, given: object) -> tuple[str, tuple[str, ...]]:
    """Return a property and its values; a value is a text, a number or an entity ({"id": …})."""
    if not isinstance(given, dict) or not isinstance(given.get("pid"), str) or "v" not in given:
        raise _wrong(name, "properties: pid, v")
    listed = given["v"] if isinstance(given["v"], list) else [given["v"]]
    values = [str(one.get("id", "")) if isinstance(one, dict) else "" if one is None else str(one) for one in listed]
    if any(len(one) > LONGEST for one in values):
        raise Problem(413, "reconcile_long", facts={"name": name[:40], "size": max(map(len, values)), "most": LONGEST})
    return given["pid"], tuple(one for one in values if one)


def _wrong(name: str, what: str) -> Problem:
    return Problem(400, "reconcile_query", facts={"name": name[:40], "what": what})


class Reconciler:
    """Answers in one language from the index of the present release."""

    def __init__(self, site: Site, language: str) -> None:
        self.site, self.language = site, language
        self.index: NameIndex = site.release.once(known_things.index)

    def answers(self, batch: Mapping[str, ReconciliationQuery]) -> dict[str, Any]:
        """Return the result batch."""
        return {name: {"result": self._candidates(one)} for name, one in batch.items()}

    def types(self) -> dict[str, str]:
        """Return the types with their names: organisations, then the code lists in use."""
        used = {one.kind for one in self.index.things.values()}
        names = {iri: self._type_name(iri) for iri in used}
        others = sorted((iri for iri in used if iri != ORGANIZATION), key=lambda iri: names[iri])
        return {iri: names[iri] for iri in [*([ORGANIZATION] if ORGANIZATION in used else []), *others]}

    def entity(self, one: KnownThing) -> dict[str, Any]:
        """Return an entity as suggestions and results have it."""
        found = {"id": one.iri, "name": one.name(self.language), "type": [{"id": one.kind, "name": self._type_name(one.kind)}]}
        return found | ({"description": text} if (text := self.about(one)) else {})

    def about(self, one: KnownThing) -> str:
        """Return what is said of an entity in a line: what it is part of, its code, its definition."""
        say = self.site.words.into(self.language)
        above = [self.index.things[iri].name(self.language) for iri in one.above if iri in self.index.things]
        parts = [*above[:1], one.code, self.definition(one)[:120]]
        return say("comma").join(part for part in parts if part)

    def definition(self, one: KnownThing) -> str:
        """Return the definition of a code in the language, else in any."""
        return next((text for tag, text in one.text.items() if tag.split("-")[0] == self.language.split("-")[0]),
                    next(iter(one.text.values()), ""))

    def values(self, one: KnownThing, pid: str) -> list[dict[str, Any]]:
        """Return the values of a property of an entity, as data extension has them."""
        if pid in _ABOVE:
            return [{"id": iri, "name": self.index.things[iri].name(self.language)} for iri in one.above
                    if iri in self.index.things]
        if pid == SKOS + "inScheme":
            return [{"id": one.kind, "name": self._type_name(one.kind)}]
        hows = {CODE_OF: (CODE,), SKOS + "altLabel": (OTHER, FORMER), SKOS + "prefLabel": (NAME,)}.get(pid, ())
        return [{"str": text} for how in hows for text in one.texts(how)]

    def extension(self, text: str) -> dict[str, Any]:
        """Return the data that a data extension query asks for; raise `Problem` (400, 413) for what is none."""
        given = _json_of(text, "extend")
        ids, properties = given.get("ids"), given.get("properties")
        if not isinstance(ids, list) or not isinstance(properties, list) or not all(isinstance(one, str) for one in ids):
            raise _wrong("extend", "ids, properties")
        pids = [one.get("id") if isinstance(one, dict) else None for one in properties]
        if not all(isinstance(one, str) for one in pids):
            raise _wrong("extend", "properties: id")
        if len(ids) > MOST_IDS or len(pids) > MOST_VALUES:
            raise Problem(413, "reconcile_many", facts={"count": len(ids), "most": MOST_IDS})
        known = self.index.things
        rows = {iri: {str(pid): self.values(known[iri], str(pid)) if iri in known else [] for pid in pids} for iri in ids}
        return {"meta": [{"id": pid, "name": self.property_name(str(pid))} for pid in pids], "rows": rows}

    def property_name(self, pid: str) -> str:
        """Return the name of a property for people."""
        key = PROPERTIES.get(ABOVE if pid in _ABOVE else pid)
        return self.site.words.into(self.language)(key) if key else pid

    def _type_name(self, iri: str) -> str:
        if iri == ORGANIZATION:
            return self.site.words.into(self.language)("reconcile.organization")
        return self.site.vocabulary.label(iri, self.language) or iri

    def _candidates(self, one: ReconciliationQuery) -> list[dict[str, Any]]:
        """Return the candidates of a query; properties known beside it set the likely ones apart."""
        texts = [one.text] if one.text.strip() else [text for pid, values in one.beside for text in values
                                                     if pid in (CODE_OF, SKOS + "prefLabel", SKOS + "altLabel")]
        kinds = frozenset(one.types)
        found, certain = [], False
        for text in texts[:1]:
            answer = self.index.find(text, kinds, MOST_CANDIDATES if one.beside else one.limit)
            found, certain = list(answer.found), answer.is_certain
        if one.beside and one.text.strip():
            found, certain = self._set_apart(found, certain, one.beside)
        return [self._candidate(each, match=certain and place == 0) for place, each in enumerate(found[:one.limit])]

    def _set_apart(self, found: Sequence[LinkCandidate], certain: bool,
                   beside: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[list[LinkCandidate], bool]:
        """Return the candidates by what is known beside, and whether the first is certain: one alone is called so and agrees."""
        judged = [(each, [self._agrees(each.thing, pid, values) for pid, values in beside if values]) for each in found]
        ordered = [(each._replace(score=round(max(0.0, each.score - _SAID_OTHERWISE * agreed.count(False)), 1)), agreed)
                   for each, agreed in judged]
        ordered.sort(key=lambda pair: (-pair[0].score, -pair[1].count(True)))
        exact = [agreed for each, agreed in judged if each.score >= 96]
        agreeing = [agreed for agreed in exact if True in agreed and False not in agreed]
        if len(agreeing) == 1:
            certain = ordered[0][1] is agreeing[0]
        elif certain:
            certain = False not in ordered[0][1]
        return [each for each, _ in ordered], certain

    def _agrees(self, one: KnownThing, pid: str, values: Sequence[str]) -> bool | None:
        """Return whether an entity has one of the values, None where it says nothing of the property."""
        own = self.values(one, pid)
        if not own:
            return None
        texts = {fold(str(text)) for value in own for text in value.values()}
        for iri in (str(value["id"]) for value in own if "id" in value):
            if iri in self.index.things:
                texts |= {fold(text) for text, _, _ in self.index.things[iri].called}
        return any(fold(value) in texts for value in values)

    def _candidate(self, one: LinkCandidate, *, match: bool) -> dict[str, Any]:
        features = [{"id": "score", "value": one.score}, {"id": f"by_{one.how}", "value": True}]
        return {**self.entity(one.thing), "score": one.score, "match": match, "features": features}
