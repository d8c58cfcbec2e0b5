"""`code` and `about`: what codes mean, and what the catalogue holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from odlinked.catalog.asking.organizations import Organization
from odlinked.catalog.asking.questions import NotUsable, like
from odlinked.catalog.asking.questions import codes as listed_codes
from odlinked.folding import fold
from odlinked.kinds import Kind
from odlinked.namespaces import RDFS, SH, SKOS
from odlinked.quality.suggestions import near
from odlinked.web.assistants.answer import ReadingDesk, ToolAnswer, filled, named
from odlinked.web.assistants.arguments import Arguments
from odlinked.web.site.address import identifier_of
from odlinked.web.site.functions import FACETS
from odlinked.web.site.view import NamedItem

ORGANIZATIONS, RULES, METRICS = "organizations", "rules", "metrics"
_OTHERS: Final = (ORGANIZATIONS, RULES, METRICS)
_TEXT: Final = 300


def code(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return the codes of a list (or of all) that are meant by some words; the lists where neither is given."""
    name, words = given.text("list"), given.text("words")
    known = [*desk.site.vocabulary.concepts, *_OTHERS]
    if name and name not in known:
        raise NotUsable("code", "value", "list", name, known, near(name, known))
    if not name and not words:
        lists = [filled({"list": one, "name": _list_name(desk, one), "codes": len(_members(desk, one))}) for one in known]
        return ToolAnswer({"lists": lists}, desk.listed(1, len(lists), len(lists), {}))
    organizations, wanted = {one.iri: one for one in desk.site.organizations()}, fold(words)

    def spelled(iri: str) -> list[str]:
        one = organizations.get(iri)
        return [fold(text) for text in (one.name, one.name_en, one.oid, iri) if text] if one else _spellings(desk, iri)

    found = [(rank, one, iri) for one in ([name] if name else known) for iri in _members(desk, one)
             if (rank := _rank(partial(spelled, iri), wanted)) is not None]
    found.sort(key=lambda entry: entry[0])
    limit, page = given.limit, given.number("page", 1)
    shown = found[(page - 1) * limit : page * limit]
    told = desk.listed((page - 1) * limit + 1, len(shown), len(found), {**given.given, "page": page + 1})
    content: dict[str, Any] = {"codes": [_code(desk, one, iri, organizations) for _, one, iri in shown]}
    if not found and name and name not in _OTHERS:
        content["like"] = like(listed_codes(desk.site.assets, name), words)
    return ToolAnswer(content, told, [iri for _, _, iri in shown])


def _members(desk: ReadingDesk, name: str) -> list[str]:
    vocabulary = desk.site.vocabulary
    found: Mapping[str, Callable[[], Iterable[str]]] = {
        ORGANIZATIONS: lambda: (one.iri for one in desk.site.organizations()),
        RULES: vocabulary.rules.values, METRICS: vocabulary.metrics.values,
    }
    return list(found[name]() if name in found else vocabulary.concepts[name].values())


def _list_name(desk: ReadingDesk, name: str) -> str:
    keys = {ORGANIZATIONS: "nav.organizations", RULES: "rules.title", METRICS: "quality.metrics"}
    return desk.say(keys[name]) if name in keys else desk.site.vocabulary.label(desk.site.vocabulary.schemes.get(name, ""),
                                                                               desk.language)


def _spellings(desk: ReadingDesk, iri: str) -> list[str]:
    """Return what a code is found by, folded: notation, names in both languages, other spellings."""
    terms = [term.value for predicate in (SKOS + "notation", SKOS + "prefLabel", SKOS + "altLabel", SH + "name", RDFS + "label")
             for term in desk.site.vocabulary.all(iri, predicate)]
    return [fold(one) for one in (*terms, identifier_of(iri), iri)]


def _rank(spelled: Callable[[], list[str]], wanted: str) -> int | None:
    """Return how well a folded text names a code: 0 exactly, 1 as a beginning, 2 in part; None not at all. "" names all."""
    if not wanted:
        return 0
    known = spelled()
    if wanted in known:
        return 0
    return 1 if any(one.startswith(wanted) for one in known) else 2 if any(wanted in one for one in known) else None


def _code(desk: ReadingDesk, name: str, iri: str, organizations: Mapping[str, Organization]) -> dict[str, Any]:
    vocabulary, language, release = desk.site.vocabulary, desk.language, desk.viewer.release
    if name == ORGANIZATIONS:
        one = organizations[iri]
        found = filled({"list": name, "iri": iri, "number": one.oid or identifier_of(iri), "name": one.name,
                        "name_en": one.name_en})
        return found | {"datasets": one.datasets, "with_all_below": one.with_all_below}
    other = "zh-Hant" if language == "en" else "en"
    notation = vocabulary.text(iri, SKOS + "notation", "en") or iri.replace("#", "/").rpartition("/")[2]
    meaning = next((text for predicate in (SKOS + "definition", SH + "message", RDFS + "comment", SKOS + "example")
                    if (text := vocabulary.text(iri, predicate, language))), "")
    severity = next((term.value.rpartition("#")[2] for term in vocabulary.all(iri, SH + "severity")), "")
    label, elsewhere = vocabulary.label(iri, language), vocabulary.label(iri, other)
    found = filled({"list": name, "iri": iri, "notation": notation, "name": label,
                    "other_name": elsewhere if elsewhere != label else "", "meaning": meaning[:_TEXT], "severity": severity})
    return found | ({"datasets": release.selections.count(FACETS[name], iri)} if name in FACETS else {})


def about(desk: ReadingDesk, _: Arguments) -> ToolAnswer:
    """Return what the catalogue holds, of which release, under which licence, and the limits of what can be asked."""
    release, place, serve = desk.viewer.release, desk.viewer.place, desk.site.settings.serve
    counts = dict(release.counts())
    datasets = counts.get("dataset", 0)
    states = {key.removeprefix("state."): count for key, count in counts.items() if key.startswith("state.")}
    faults = {key.removeprefix("faults."): count for key, count in counts.items() if key.startswith("faults.")}
    content = {
        "title": desk.site.name(desk.language), "description": release.description.get(desk.language, ""),
        "base": release.base, "checked_by": named(NamedItem(release.manifest["profile"])),
        "counts": {kind: counts.get(kind, 0) for kind in (*_COUNTED, "gone")},
        "datasets_by_state": states | {"not_stated": datasets - sum(states.values()), "of": datasets},
        "datasets_by_worst_fault": faults | {"of": datasets},
        "sources": [filled({"source": one["source"], "form": one["form"], "last_input": one["published"]})
                    for one in release.sources()],
        "limits": {"query_seconds": serve.query_seconds, "query_memory_mb": serve.query_memory_mb,
                   "query_result_mb": serve.query_result_mb},
        "addresses": {name: place.absolute(path) for name, path in _ADDRESSES.items()},
        "stored_questions": len(desk.desk.questions),
    }
    return ToolAnswer(content, desk.all(), [Kind.CATALOG.iri(release.base)])


_COUNTED: Final = (Kind.DATASET, Kind.SERVICE, Kind.SERIES, Kind.ORGANIZATION, Kind.FEEDBACK)
_ADDRESSES: Final = {"pages": "/", "sparql": "/sparql", "openapi": "/openapi.json", "everything": "/dump.nq.gz"}
