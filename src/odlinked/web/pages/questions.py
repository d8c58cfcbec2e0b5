"""`/query`: the stored questions, each at an address of its own with a form, a page and every format of answers."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from flask import Flask, Response, request

from odlinked.cage.failures import Busy, QueryFailure
from odlinked.catalog.asking import questions
from odlinked.catalog.asking.questions import NotUsable
from odlinked.queries import Query
from odlinked.rdf.turtle import PrefixedNames
from odlinked.web.http.cache import Rendered
from odlinked.web.http.negotiation import LANGUAGES
from odlinked.web.pages import answers, question_fields
from odlinked.web.pages.query import editor_link, tabled
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import Problem
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer
from odlinked.web.sparql import failure_texts, protocol, results, stored
from odlinked.web.sparql.endpoint import Service
from odlinked.web.sparql.results import TABLES, ResultFormat
from odlinked.web.sparql.stored import StoredAnswer

PAGE_ROWS: Final = 200
"""Most rows on a page for people; the formats for programs give as many as the query's header states."""

SUFFIXES: Final = (*(form.name for form in TABLES), "html", "rq")
COLUMNS: Final = "ontologies/words/columns.toml"
"""Variable of a SELECT -> what it is called for people, in Chinese and English."""

LARGEST_OFFSET: Final = 1_000_000

LARGE: Final = 2_000
MOST_LARGE: Final = 8
"""Bodies with more datasets than that, and how many of them, whose answers are prepared once one was asked for: to answer all
questions of one takes up to half as long as of all bodies together. Those of others are found fast."""

WIDE: Final = 5
"""One body has so much where its datasets are more than all divided by this: a question of it is asked as it is asked of all.
From its units to their datasets the engine would go one by one (one of 43 % of the national list: 33 s instead of 5)."""

_BODY: Final = "organization"


@dataclass(frozen=True)
class Question:
    """A stored question as its page shows it."""

    name: str
    query: Query
    columns: tuple[str, ...]

    @property
    def topic(self) -> str:
        """The group it is listed in."""
        return self.query.header.get("topic", "")


@dataclass(frozen=True)
class BoundQuestion:
    """A request: the query, its parameters as given (for links) and as bound, and which rows."""

    question: Question
    given: Mapping[str, str]
    values: Mapping[str, str | None]
    rows: int
    offset: int


@dataclass
class StoredQuestions:
    """The stored questions of one application, and what is needed to answer them."""

    site: Site
    service: Service
    questions: dict[str, Question] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.columns = tomllib.loads(self.site.assets.text(COLUMNS))
        for name, query in questions.stored(self.site.assets).items():
            self.questions[name] = Question(name, query, questions.columns(query))

    def heading(self, column: str, language: str) -> str:
        """Return what a column of an answer is called for people: the variable's name where no words are known."""
        texts = self.columns.get(column)
        return texts[LANGUAGES.index(language)] if texts else column

    def prepare(self) -> int:
        """Answer questions before anyone asks: with nothing given, then of each of the largest bodies that somebody asked
        anything of since the start; return how many are prepared."""
        organizations = self.site.organizations()
        reader = questions.ParameterReader(self.site.assets, self.site.clock.today(), lambda: organizations)
        largest = sorted((one for one in organizations if one.with_all_below > LARGE), key=lambda one: -one.with_all_below)
        wanted: list[list[tuple[str, str]]] = [[], *([(_BODY, one.iri)] for one in largest[:MOST_LARGE] if one.iri in self.asked)]
        asked = [self.put(one.query, reader.values(one.query, given)) for given in wanted for one in self.questions.values()
                 if not any(parameter.required for parameter in one.query.takes.values())
                 and all(name in one.query.takes for name, _ in given)]
        return stored.prepare(self.service, asked)

    def put(self, query: Query, values: Mapping[str, str | None]) -> tuple[Query, Mapping[str, str | None]]:
        """Return a question with its values as it is to be asked: of a body with much of the catalogue not narrowed."""
        body = values.get(_BODY)
        if body is None or not query.narrowed:
            return query, values
        organizations = self.site.organizations()
        size = next((one.with_all_below for one in organizations if one.iri == body), 0)
        wide = size > LARGE and size * WIDE > sum(one.datasets for one in organizations)
        return (replace(query, narrowed={}) if wide else query), values

    def bound(self, name: str, rows: int = 0) -> BoundQuestion:
        """Read the current request; `rows` are the most a page shows. Raise `Problem` for what cannot be run."""
        try:
            questions.named({one: q.query for one, q in self.questions.items()}, name)
            question = self.questions[name]
            pairs = [(key, value) for key, value in request.args.items(multi=True) if key not in questions.RESERVED]
            reader = questions.ParameterReader(self.site.assets, self.site.clock.today(), self.site.organizations)
            values = reader.values(question.query, pairs)
            if body := values.get(_BODY):
                self.asked.add(body)
            most = min(rows or question.query.rows, question.query.rows)
            limit = min(_number("limit", most, 1, question.query.rows), most)
            return BoundQuestion(question, {key: value for key, value in pairs if value.strip()}, values, limit,
                         _number("offset", 0, 0, LARGEST_OFFSET))
        except NotUsable as problem:
            raise refusal(self.site, problem) from problem


def install(app: Flask, site: Site) -> None:
    """Add the list of questions and their addresses."""
    desk = StoredQuestions(site, app.extensions["odlinked.sparql"])
    app.extensions["odlinked.questions"] = desk

    @app.get("/query")
    def listed() -> Response:
        place = site.place()

        def make() -> Rendered:
            body = site.render("questions.html", place, groups=grouped(desk.questions.values()), path="/query").encode()
            return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

        return send(site.kept(("/query", place), make), vary="Accept-Language")

    @app.get("/query/<name>", defaults={"suffix": ""})
    @app.get(f"/query/<name>.<any({', '.join(SUFFIXES)}):suffix>")
    def question(name: str, suffix: str) -> Response:
        accept = request.headers.get("Accept")
        form = None
        if suffix not in ("html", "rq"):
            named = suffix or request.args.get("format", "")
            if suffix or named or not results.prefers_page(accept, TABLES):
                form = results.choose(TABLES, accept, named)
                if form is None:
                    raise Problem(406, "unacceptable", extra={"alternatives": _alternatives(site.place(), name)})
        try:
            if suffix == "rq":
                return _text(desk.bound(name))
            return _data(desk, desk.bound(name), form, suffix) if form else _page(desk, name)
        except QueryFailure as fault:
            raise failed(site, fault) from fault


def grouped(found: Iterable[Question]) -> list[tuple[str, list[Question]]]:
    """Return questions by topic, both in the order of the alphabet of their names."""
    groups: dict[str, list[Question]] = {}
    for one in found:
        groups.setdefault(one.topic, []).append(one)
    return sorted(groups.items())


def _text(bound: BoundQuestion) -> Response:
    """Answer with the query itself, its parameters bound."""
    body = bound.question.query.spelled(**bound.values)
    return Response(body, content_type="application/sparql-query; charset=utf-8", headers={"Cache-Control": "no-cache"})


def _data(desk: StoredQuestions, bound: BoundQuestion, form: ResultFormat, suffix: str) -> Response:
    caller = protocol.caller(request)
    answer = stored.run(desk.service, *desk.put(bound.question.query, bound.values), form, bound.rows, bound.offset, caller)
    headers = {"Content-Type": form.content_type, "Cache-Control": "no-cache", "ETag": f'W/"{answer.tag}"',
               "Link": _links(desk.site.place(), bound, answer.more, suffix)}
    if not suffix:
        headers["Vary"] = "Accept"
    if request.if_none_match.contains_weak(answer.tag):
        if answer.spooled:
            answer.spooled.close()
        return Response(status=304, headers=headers)
    if answer.spooled:
        return desk.service.streamed(answer.spooled, headers, caller.address)
    return Response(answer.body, headers=headers)


def _page(desk: StoredQuestions, name: str) -> Response:
    """Answer a person: what the question is, the form, and the answer where all that must be given is.

    The page is kept under what it is made of: address, reader and answer.
    """
    site, place = desk.site, desk.site.place()
    bound, answer = None, None
    try:
        bound = desk.bound(name, PAGE_ROWS)
        answer = stored.run(desk.service, *desk.put(bound.question.query, bound.values), TABLES[0], bound.rows, bound.offset,
                            protocol.caller(request))
    except Problem as found:
        if found.status == 404 or not _is_incomplete(found):
            raise

    def make() -> Rendered:
        body = _rendered(desk, name, bound, answer).encode()
        return Rendered(body, "text/html; charset=utf-8", tag(body), shown_since(site), language=place.language)

    try:
        key = ("/query", name, request.query_string, place, answer.tag if answer else "")
        return send(site.kept(key, make), vary="Accept, Accept-Language")
    finally:
        if answer and answer.spooled:
            answer.spooled.close()


def _rendered(desk: StoredQuestions, name: str, bound: BoundQuestion | None, answer: StoredAnswer | None) -> str:
    site, place, question = desk.site, desk.site.place(), desk.questions[name]
    table, more = None, bool(answer and answer.more)
    if answer:
        viewer = Viewer(site.release, site.vocabulary, place)
        table = answers.named(tabled(json.loads(answer.read()), place, PrefixedNames(site.prefixes)), viewer)
    given = bound.given if bound else {}
    shown = {
        "question": question, "bound": bound, "table": table, "more": more, "given": given, "again": dict(given),
        "path": f"/query/{name}", "fields": question_fields.fields(site, question.query, given, place),
        "incomplete": bound is None,
        "heading": lambda column: desk.heading(column, place.language), "downloads": _downloads(place, name, given),
        "ask": editor_link(place, question.query.spelled(**bound.values)) if bound else "", "turn": _turn(place, bound, more),
    }
    return site.render("question.html", place, **shown)


def _is_incomplete(problem: Problem) -> bool:
    """True when only a missing parameter keeps a query from being run: then the form is shown."""
    return problem.extra.get("code") == "missing"


def _downloads(place: RequestContext, name: str, given: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return name, media type and link of each format."""
    plain = RequestContext(place.root, place.origin, place.base, place.language, False)
    forms = [(form.name, form.media_type) for form in TABLES]
    return [(form, media_type, plain.to(f"/query/{name}.{form}", **given)) for form, media_type in forms]


def _turn(place: RequestContext, bound: BoundQuestion | None, more: bool) -> tuple[str, str]:
    """Return the links to the rows before and after those shown, "" where there are none."""
    if bound is None:
        return "", ""
    path, size = f"/query/{bound.question.name}", bound.rows
    given = {**bound.given, **({"limit": str(size)} if "limit" in request.args else {})}
    before = place.to(path, **given, offset=max(0, bound.offset - size) or "") if bound.offset else ""
    return before, place.to(path, **given, offset=bound.offset + size) if more else ""


def _links(place: RequestContext, bound: BoundQuestion, more: bool, suffix: str) -> str:
    """Return the Link header: the rows before and after (RFC 8288), the question's page, and the API's description."""
    own = RequestContext(place.root, place.origin, place.base, place.language, False)
    path = f"/query/{bound.question.name}"
    given = {**bound.given, "limit": bound.rows}
    at = path + (f".{suffix}" if suffix else "")
    links = [f'<{own.to(path)}>; rel="describedby"; type="text/html"', f'<{own.to("/openapi.json")}>; rel="service-desc"']
    if bound.offset:
        links.append(f'<{own.to(at, **given, offset=max(0, bound.offset - bound.rows) or "")}>; rel="prev"')
    if more:
        links.append(f'<{own.to(at, **given, offset=bound.offset + bound.rows)}>; rel="next"')
    return ", ".join(links)


def _alternatives(place: RequestContext, name: str) -> list[dict[str, str]]:
    return [{"type": media_type, "href": link} for _, media_type, link in _downloads(place, name, {})]


def _number(name: str, default: int, least: int, most: int) -> int:
    """Return a number of the request; raise `Problem` for an impossible one."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise Problem(400, "question_range", facts={"name": name, "least": f"{least:,}", "most": f"{most:,}"},
                      extra={"code": "range", "parameter": name})
    return int(text)


def refusal(site: Site, problem: NotUsable) -> Problem:
    """Return a refused parameter as a problem, with what would do."""
    say: Callable[..., str] = site.words.into(site.place().language)
    known = [*problem.known]
    listed = say("comma").join(known[:questions.MOST_KNOWN]) + (" …" if len(known) > questions.MOST_KNOWN else "")
    hints = [say("problem.near", names=say("comma").join(problem.near))] if problem.near else []
    hints += [say("problem.known", names=listed)] if known else []
    extra: dict[str, object] = {"code": problem.reason, "parameter": problem.parameter, "known": known}
    if problem.reason == "question":
        return Problem(404, "missing_question", facts={"hints": " ".join(hints)}, extra={**extra, "near": list(problem.near)})
    facts = {"parameter": problem.parameter, "value": problem.value}
    what = say(f"problem.refused.{problem.reason}", **facts)
    return Problem(400, "question", facts={"what": what, "hints": " ".join(hints)}, extra={**extra, "near": list(problem.near)})


def failed(site: Site, fault: QueryFailure) -> Problem:
    """Return a query that was stopped as a problem."""
    why = failure_texts.text_of(fault, "", site.words, site.place().language)
    return Problem(fault.status, "question_failed", facts={"why": why},
                   extra={"code": fault.code}, retry_after=fault.retry_after if isinstance(fault, Busy) else 0)

