"""`/source/NAME`: a source: its records and their faults by kind, and of one that is harvested its runs, what changed, when it is
due, what a run would ask for now, and what is not shown.

Addresses are shown without what follows a question mark, where keys stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from flask import Flask, Response

from odlinked.harvesting.outlook import outlook
from odlinked.harvesting.state import HarvestRun, SourceFolder
from odlinked.messages import load
from odlinked.settings import SourceSettings, is_source
from odlinked.web.http.cache import Rendered
from odlinked.web.site.address import RequestContext, identifier_of
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site

RUNS: Final = 20
"""Most runs shown."""

_QUERY: Final = re.compile(r"(https?://[^\s?#]*)[?#][!-~]*")
_BESIDE: Final = ("absent_count", "short", "held", "strays", "claims")
CHANGES: Final = 20
"""Most changes shown."""


class RunRow(NamedTuple):
    """A run as it is shown: the run, when it began, how long it took (seconds, None where it never ended), why it failed."""

    run: HarvestRun
    began: datetime
    seconds: float | None
    why: str


class ChangeRow(NamedTuple):
    """A change as it is shown: what happened (`catalog.log.changelog`), when (UTC), the record's title and path."""

    what: str
    time: datetime
    title: str
    path: str


def install(app: Flask, site: Site) -> None:
    """Add the page of a source."""

    @app.get("/source/<name>")
    def source(name: str) -> Response:
        place = site.place()
        chosen = site.settings.sources.get(name, SourceSettings())
        folder = SourceFolder(site.releases.workspace, name) if is_source(name) and chosen.address else None
        runs = folder.runs() if folder else []

        def make() -> Rendered:
            release = site.release
            inputs = [one for one in release.sources() if one["source"] == name]
            if not (inputs or chosen.address):
                raise not_found("page")
            kinds, rules = release.of_source(name)
            good = next((run for run in reversed(runs) if run.is_good), None)
            due = datetime.fromisoformat(good.ended) + timedelta(hours=chosen.hours) if good else None
            way, told = outlook(chosen, folder.state(), site.clock.today()) if folder else ("", {})
            body = site.render(
                "source.html", place, name=name, title=chosen.title_en if place.language == "en" else chosen.title_zh,
                source=chosen, address=_plain(chosen.address), kinds=kinds, rules=rules, good=good, due=due, inputs=inputs,
                beside=[(what, good.counts.get(what, 0)) for what in _BESIDE] if good else [],
                absent=[_plain(one) for one in good.absent] if good else [],
                way=way, told=told, changes=list(_changes(site, place, name)) if folder else [],
                runs=[_row(run, place.language) for run in reversed(runs[-RUNS:])], path=f"/source/{name}").encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        last = (runs[-1].began, runs[-1].ended) if runs else ()
        changed = site.release.changes.time() if folder else ""
        return send(site.kept(("/source", name, last, changed, site.clock.today(), place), make),
                    vary="Accept-Language")


def _changes(site: Site, place: RequestContext, name: str) -> Iterator[ChangeRow]:
    """Yield the last changes of a source's datasets, series and services, newest first."""
    own = site.release.carrying("source", name)
    for change in site.release.changes.recent(CHANGES, ("dataset", "series", "service"), own):
        record = site.release.record(change.iri)
        if record is None:
            continue
        title = (record.title_en if place.language == "en" else "") or record.title or record.title_en
        yield ChangeRow(change.what, datetime.fromisoformat(change.time), title or identifier_of(change.iri),
                        place.path_of(change.iri) or "")


def _row(run: HarvestRun, language: str) -> RunRow:
    began = datetime.fromisoformat(run.began)
    problem = replace(run, parts=tuple(map(_plain, run.parts))).problem
    return RunRow(run, began, (datetime.fromisoformat(run.ended) - began).total_seconds() if run.ended else None,
                  load(language).line(problem) if problem else "")


def _plain(text: str) -> str:
    """Return a text with its addresses cut at the question mark."""
    return _QUERY.sub(r"\1", text)
