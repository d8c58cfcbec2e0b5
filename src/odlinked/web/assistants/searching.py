"""`search`: datasets by words and filters, with what is known of each at a glance."""

from __future__ import annotations

from typing import Any, Final

from odlinked.catalog.served.searching import DIMENSIONS
from odlinked.catalog.summaries.grades import Grade
from odlinked.catalog.summaries.records import Record
from odlinked.search.request import MAX_LENGTH
from odlinked.web.assistants.answer import ReadingDesk, ToolAnswer, filled
from odlinked.web.assistants.arguments import Arguments
from odlinked.web.pages import facets
from odlinked.web.pages.home import LAST_RESULT, ORDERS
from odlinked.web.site import evidence
from odlinked.web.site.address import identifier_of
from odlinked.web.site.functions import Pages

_LONGEST: Final = 200
_COUNTED: Final = ("state", "theme", "publisher", "format", "grade", "badge", "faults")
"""The filters whose values an answer counts, for a search that goes on."""

_VALUES: Final = 8


def search(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return a page of the datasets that a search finds."""
    text, limit = given.text("q", MAX_LENGTH), given.limit
    page, release = given.number("page", 1), desk.viewer.release
    chosen = {name: [facets.meant(desk.site, name, value)] for name in (*DIMENSIONS, "rule") if (value := given.text(name))}
    order = given.text("sort") or ("relevance" if text else "modified")
    within = (page - 1) * limit < LAST_RESULT
    found = release.search(text, chosen, page=page if within else LAST_RESULT // limit, size=limit,
                           order=order if order in ORDERS else "relevance")
    entries = [entry(desk, one) for one in found.records] if within else []
    told = desk.listed((page - 1) * limit + 1, len(entries), found.total, {**given.given, "page": page + 1})
    notes = []
    if found.instead:
        notes.append(desk.say("assistants.instead", words=found.instead))
    if found.is_some:
        notes.append(desk.say("assistants.some"))
    if found.phonetic:
        notes.append(desk.say("results.phonetic", text=found.phonetic))
    if found.total > LAST_RESULT:
        notes.append(desk.say("assistants.capped", n=f"{LAST_RESULT:,}"))
    names = Pages(desk.viewer.place, desk.site.vocabulary, desk.site.words)
    counted = {dimension: [{"value": one.value, "name": names.facet_name(dimension, one.value, desk.viewer.named),
                            "datasets": one.count} for one in found.facets[dimension][:_VALUES]] for dimension in _COUNTED}
    content = filled({"notes": notes, "datasets": entries, "filters": filled(counted)})
    return ToolAnswer({"datasets": [], **content}, told, [one.iri for one in found.records] if within else [])


def entry(desk: ReadingDesk, record: Record) -> dict[str, Any]:
    """Return a dataset as a list shows it: what its source states and what was found out, apart."""
    viewer = desk.viewer
    gist = evidence.gist(desk.site.vocabulary, viewer.release.quality(record.iri))
    titles = (record.title_en, record.title) if desk.language == "en" else (record.title, record.title_en)
    title = next(filter(None, titles), record.iri)
    names = Pages(viewer.place, desk.site.vocabulary, desk.site.words)
    found = filled({
        "title": title, "other_title": next((one for one in titles if one and one != title), ""),
        "number": identifier_of(record.iri), "iri": record.iri,
        "publisher": record.publisher_name, "description": record.description[:_LONGEST],
        "modified": record.modified, "formats": [names.format_code(one) for one in record.formats],
        "state": viewer.named(record.standing).name if record.standing else "",
    })
    return found | {"badge": badges(desk, record.badge, gist.grade), "files": _files(desk, gist)}


def badges(desk: ReadingDesk, stated: str, grade: Grade | None) -> dict[str, Any]:
    """Return the badge that the source states and the one that was measured here; "" where it states none."""
    names = Pages(desk.viewer.place, desk.site.vocabulary, desk.site.words)
    graded = grade or Grade()
    return {
        "stated": desk.viewer.named(stated).name if stated else None,
        "measured": names.grade(graded),
        "decided": bool(graded.applies and graded.lowest and graded.lowest == graded.highest),
        "stars": graded.stars or None,
    }


def _files(desk: ReadingDesk, gist: evidence.Gist) -> dict[str, Any] | str:
    """Return how many files were found good and faulty when somebody looked; a text where nobody did."""
    if not (gist.good or gist.wrong or gist.personal):
        return desk.say("assistants.unvisited")
    return {"good": gist.good, "faulty": gist.wrong, "with_personal_data": gist.personal, "last_visit": gist.when}
