"""`record` and `fields`: what is stated of one record, and the columns of a dataset's files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from odlinked.catalog.asking.organizations import totals
from odlinked.catalog.summaries.records import Record
from odlinked.documents import Document
from odlinked.kinds import Kind
from odlinked.namespaces import ODL, PROV
from odlinked.web.assistants.answer import ReadingDesk, ToolAnswer, filled, named
from odlinked.web.assistants.arguments import Arguments
from odlinked.web.assistants.naming import dataset_meant, record_meant
from odlinked.web.assistants.searching import badges
from odlinked.web.pages import fields as columns
from odlinked.web.pages import mentions, plain, states
from odlinked.web.pages.scorecard import Card, Cards
from odlinked.web.site import evidence
from odlinked.web.site.address import identifier_of
from odlinked.web.site.display import Display
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import Problem
from odlinked.web.site.view import File, NamedItem, RecordView

_STANDARD: Final = f"<{ODL}standardField>".encode()


def record(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return everything that is stated of a record."""
    found = record_meant(desk, given.text("id"))
    reader = Reader(document_of(desk, found))
    head = {"iri": found.iri, "number": identifier_of(found.iri), "kind": Kind.of(found.iri) or found.kind,
            "page": desk.page(found.iri), "first_published_like_this": found.changed.isoformat()}
    if found.state == "gone":
        return ToolAnswer(head | _gone(desk, found, reader), desk.whole(found.iri), [found.iri])
    view = desk.viewer.record(found, reader, desk.viewer.release.findings(found.iri))
    if head["kind"] in (Kind.DATASET, Kind.SERVICE):
        content, licences = _dataset(desk, found, reader, view), view.licences
    else:
        content, licences = _other(desk, found, reader) | _of_organization(desk, found), None
    return ToolAnswer(filled(head | content), desk.whole(found.iri), [found.iri], licences)


def fields(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return the columns of a dataset's files, by groups of files with the same ones."""
    found = dataset_meant(desk, given.text("id"))
    reader = Reader(document_of(desk, found))
    view = desk.viewer.record(found, reader)
    groups = [filled({"files": list(one.files), "fields": desk.some("fields", [_field(field) for field in one.fields], 300)})
              for one in desk.some("groups", columns.schemas(desk.viewer, reader), 20)]
    content: dict[str, Any] = {"title": view.title, "number": identifier_of(found.iri), "groups": groups}
    if not groups:
        names = desk.some("names", view.fields, 300)
        content |= {"names": names, "text": desk.short("text", view.field_text)}
        if not names and not view.field_text:
            content["note"] = desk.say("assistants.unlisted")
    quality = desk.viewer.release.quality(found.iri)
    checked = _checked(desk, card_of(desk, found)) if quality is not None and _STANDARD in quality.text else []
    content["checked_by_standard"] = checked or desk.say("assistants.unmeasured")
    content = {"source": desk.say("assistants.stated")} | filled(content)
    return ToolAnswer({"groups": [], **content}, desk.whole(found.iri), [found.iri], view.licences)


def document_of(desk: ReadingDesk, found: Record) -> Document:
    """Return the document of a record; raise `Problem` (500) where the archive has lost it."""
    document = desk.viewer.release.document_of(found)
    if document is None:
        raise Problem(500, "failed")
    return document


def card_of(desk: ReadingDesk, found: Record) -> Card | None:
    """Return what was measured of a dataset, None where nothing was."""
    quality = desk.viewer.release.quality(found.iri)
    if quality is None or found.state == "gone":
        return None
    record = document_of(desk, found)
    return Cards(desk.viewer, found.iri, Reader(record)).card(Reader(quality), desk.explain.points(record, quality))


def _gone(desk: ReadingDesk, found: Record, reader: Reader) -> dict[str, Any]:
    """Return what is left of a record that was taken down."""
    reason = reader.text(ODL + "withdrawalReason", desk.language)
    facts = states.withdrawn(desk.viewer, reader)
    return filled({"state": desk.say("gone.title"), "title": found.title or found.title_en,
                   "reason": reason.value if reason else desk.say("gone.unknown"),
                   "taken_down": reader.value(PROV + "invalidatedAtTime"),
                   "facts": _facts(desk, facts)})


def _facts(desk: ReadingDesk, facts: list[states.Fact]) -> dict[str, list[dict[str, str] | None]]:
    return {desk.say(f"state.{fact.key}"): [named(value) for value in fact.values] for fact in facts}


def _dataset(desk: ReadingDesk, found: Record, reader: Reader, view: RecordView) -> dict[str, Any]:
    viewer = desk.viewer
    quality = viewer.release.quality(found.iri)
    grade = evidence.gist(desk.site.vocabulary, quality).grade
    visits = evidence.visits(viewer, Reader(quality)) if quality is not None else {}
    names = viewer.file_names(reader, desk.say)
    state = states.state(viewer, reader, found.standing) if Kind.of(found.iri) is Kind.DATASET else None
    about = mentions.of(viewer, viewer.release.hanging("about", found.iri, mentions.MOST)) if state else None
    return {
        "title": view.title, "other_title": view.other_title, "description": desk.short("description", view.description),
        "publisher": named(view.publisher), "state": named(state.name) if state else None,
        "state_facts": _facts(desk, state.facts) if state else None,
        "badge": badges(desk, found.badge, grade), "themes": _names(view.themes), "frequency": named(view.frequency),
        "stated_frequency": view.stated_frequency, "access": named(view.access), "issued": view.issued, "modified": view.modified,
        "fee": view.fee, "keywords": desk.some("keywords", view.keywords),
        "files": desk.some("files", [_file(desk, one, names, visits) for one in view.files]),
        "field_names": desk.some("field_names", view.fields),
        "contact": [{"unit": unit, "ways": [way.name for way in ways]} for unit, ways in view.contacts],
        "notes": [desk.short("notes", note) for note in view.notes], "change": named(view.status), "goals": _names(view.goals),
        "plans": _names(view.plans), "strategies": _names(view.strategies), "series": _names(view.series),
        "before": _names(view.before), "after": _names(view.after), "landing_page": _absolute(desk, view.landing),
        "pages": desk.some("pages", view.pages), "endpoints": _names(view.endpoints), "manuals": _names(view.manuals),
        "serves": _names(view.serves), "same_as": desk.some("same_as", view.same),
        "faults": {"errors": found.violations, "warnings": found.warnings},
        "mentions": _mentioned(desk, about) if about else None,
    }


def _file(desk: ReadingDesk, one: File, names: Mapping[str, str], visits: Mapping[str, evidence.Visited]) -> dict[str, Any]:
    visited = visits.get(one.anchor)
    found = filled({
        "name": names.get(one.anchor) or one.title, "format": one.format, "encoding": one.encoding, "address": one.raw,
        "key_removed": one.key_removed or None, "bytes": one.size, "records": one.count, "licence": named(one.licence),
        "service": named(one.service), "faults": one.problems or None,
    })
    return found | {"visited": visit(visited) if visited else desk.say("assistants.unvisited")}


def visit(one: evidence.Visited) -> dict[str, Any]:
    """Return what the last visit to a file found: `state` is good, wrong, unknown or given."""
    return filled({
        "state": one.state, "when": one.when, "answer": named(one.answer), "wrong": named(one.wrong),
        "personal_columns": [filled({"column": p.name, "kind": p.kind.name, "values": p.found, "filled": p.filled})
                             for p in one.personal],
        "columns_against_standard": [{"column": f.name, "failed": f.failed, "checked": f.checked} for f in one.failing],
    })


def _other(desk: ReadingDesk, found: Record, reader: Reader) -> dict[str, Any]:
    """Return what the document of another kind of record states, in words."""
    parts = plain.nodes(reader, desk.viewer, Display(desk.language, desk.say))
    return {
        "title": desk.viewer.release.label(found.iri, desk.language),
        "parts": desk.some("parts", [filled({
            "part": part.anchor, "kinds": [one.name for one in part.kinds],
            "states": {one.name.name: _values(desk, one) for one in part.properties},
        }) for part in parts]),
    }


def _values(desk: ReadingDesk, one: plain.Property) -> list[Any]:
    name = one.name.name
    return desk.some(name, [named(value) if value.iri else desk.short(name, value.name) for value, _ in one.values])


def _of_organization(desk: ReadingDesk, found: Record) -> dict[str, Any]:
    """Return the numbers of an organisation or a series, with how to list their datasets."""
    release, kind = desk.viewer.release, Kind.of(found.iri)
    if kind is Kind.SERIES:
        return {"datasets": release.hanging("series", found.iri, 1)[0]}
    if kind is not Kind.ORGANIZATION:
        return {}
    sums = release.noted(totals, found.iri, desk.site.clock.today())
    count, units = release.hanging("parent", found.iri, 20)
    return {"datasets": sums._asdict() if sums else {"datasets": 0}, "units": count,
            "first_units": [{"name": one.title or one.title_en, "iri": one.iri} for one in units]}


def _field(one: columns.FieldView) -> dict[str, Any]:
    return filled({"name": one.name, "meaning": one.meaning, "standards": _names(one.standards),
                   "stated_standard": list(one.stated)})


def _checked(desk: ReadingDesk, card: Card | None) -> list[dict[str, Any]]:
    """Return how the columns met in files did by their data standards."""
    found = [filled({"file": one.anchor, "when": one.when, "column": column.name, "standard": named(column.standard),
                     "outcome": column.outcome, "values_checked": column.checked, "values_failed": column.failed,
                     "first_failures": column.failures}) for one in (card.observations if card else []) for column in one.columns]
    return desk.some("checked_by_standard", found)


def _names(items: list[NamedItem] | tuple[NamedItem, ...]) -> list[dict[str, str] | None]:
    return [named(one) for one in items]


def _absolute(desk: ReadingDesk, link: str | None) -> str | None:
    return desk.viewer.place.origin + link if link and link.startswith("/") else link


def _mentioned(desk: ReadingDesk, about: tuple[int, list[mentions.Mention]]) -> dict[str, Any]:
    """Return the records about a dataset (use, requests, cost): how many, and the first of them."""
    total, found = about
    if total > len(found):
        desk.cut.append(f"mentions ({len(found)} / {total})")
    return filled({"total": total, "first": [{"iri": one.record.iri, "kind": one.kind,
                                              "facts": [{"name": name, "value": value} for name, value in one.facts]}
                                             for one in found]}) if found else {}
