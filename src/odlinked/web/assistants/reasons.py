"""`evidence`: the badge a dataset's source states, the badge measured here, and why: each indicator, each visit, each fault."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from odlinked.web.assistants.answer import ReadingDesk, ToolAnswer, filled, named
from odlinked.web.assistants.arguments import Arguments
from odlinked.web.assistants.naming import dataset_meant
from odlinked.web.assistants.records import card_of, document_of, visit
from odlinked.web.assistants.searching import badges
from odlinked.web.pages.scorecard import Card, Mark, MetricResult
from odlinked.web.site import evidence
from odlinked.web.site.address import identifier_of
from odlinked.web.site.document import Reader
from odlinked.web.site.view import FaultView

OUTCOMES: Final = ("passed", "failed", "untested", "inapplicable")
"""The answers a check has; each is counted by itself."""

_GAINS: Final = 8


def reasons(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return the evidence of a dataset's badge; nothing measured is an answer, too."""
    viewer, found = desk.viewer, dataset_meant(desk, given.text("id"))
    reader = Reader(document_of(desk, found))
    quality = viewer.release.quality(found.iri)
    view = viewer.record(found, reader, viewer.release.findings(found.iri))
    names = viewer.file_names(reader, desk.say)
    card = card_of(desk, found)
    visits = evidence.visits(viewer, Reader(quality)) if quality is not None else {}
    seen = [{"file": names.get(anchor) or anchor, **visit(one)} for anchor, one in visits.items()]
    content: dict[str, Any] = {
        "title": view.title, "number": identifier_of(found.iri), "page": desk.page(found.iri),
        "badge": badges(desk, found.badge, evidence.gist(desk.site.vocabulary, quality).grade),
        "stated_is": desk.say("assistants.stated"), "measured_is": desk.say("assistants.measured"),
        **(_measured(desk, card, names) if card else {"measured": desk.say("assistants.unmeasured")}),
        "visits": desk.some("visits", seen) or desk.say("assistants.unvisited"),
        "faults": [_fault(one) for one in desk.some("faults", view.faults)],
    }
    about = [found.iri, *([quality.iri] if quality is not None else [])]
    return ToolAnswer(content, desk.whole(found.iri), about, view.licences)


def _measured(desk: ReadingDesk, card: Card, names: dict[str, str]) -> dict[str, Any]:
    """Return the indicators by outcome with their reasons, and what corrections would add."""
    results = [(group.name, one) for group, found in card.groups for one in found]
    counts = Counter(one.outcome for _, one in results if one.outcome)
    score = card.score
    return {
        "outcomes": {outcome: counts[outcome] for outcome in OUTCOMES} | {"of": sum(counts.values())},
        "agreement": _result(desk, "", card.agreement, names) if card.agreement else None,
        "indicators": [_result(desk, group, one, names) for group, one in desk.some("indicators", results, 120)],
        "european_points": _points(score) if score else None,
        "gains": [filled({"indicator": gain.metric.name, "points": gain.points, "how": gain.advice})
                  for gain in card.gains[:_GAINS]],
    }


def _result(desk: ReadingDesk, group: str, one: MetricResult, names: dict[str, str]) -> dict[str, Any]:
    outcome = desk.say(f"quality.outcome.{one.outcome}") if one.outcome in OUTCOMES else ""
    return filled({
        "indicator": one.metric.name, "iri": one.metric.iri, "group": group, "outcome": one.outcome, "outcome_name": outcome,
        "value": one.value, "what_to_do": one.advice,
        "files": dict(one.spread),
        "because_of": [filled({"file": names.get(anchor) or anchor, "reason": reason.name if reason else ""})
                       for anchor, reason in one.resources],
        "grounds": [named(ground) for ground in one.grounds], "reported": one.reported,
    })


def _points(mark: Mark) -> dict[str, Any]:
    """Return points of the European assessment: a range where something was not checked."""
    return {"lowest": mark.lowest, "highest": mark.highest, "possible": mark.possible}


def _fault(one: FaultView) -> dict[str, Any]:
    return filled({"rule": one.rule, "severity": one.severity, "name": one.name, "message": one.message,
                   "write_instead": one.advice, "heading": one.heading, "value": one.value, "row": one.row,
                   "column": one.column, "place": one.member})
