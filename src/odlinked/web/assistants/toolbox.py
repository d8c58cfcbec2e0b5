"""The tools of one application: what they are, and a call answered or refused, always in words and never with a traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Flask, g, request

from odlinked.cage.failures import Gone, QueryFailure
from odlinked.catalog.asking.questions import NotUsable
from odlinked.errors import WorkspaceError
from odlinked.web.assistants import asking, lookup, reasons, records, searching
from odlinked.web.assistants.answer import ReadingDesk, ToolAnswer
from odlinked.web.assistants.arguments import LANGUAGE, Arguments
from odlinked.web.assistants.descriptions import ToolDescription, ToolTexts
from odlinked.web.http.negotiation import requested_language
from odlinked.web.pages.questions import StoredQuestions, refusal
from odlinked.web.site.problems import Problem
from odlinked.web.site.view import Viewer
from odlinked.web.site.words import Say
from odlinked.web.sparql import failure_texts, protocol

ToolFunction = Callable[[ReadingDesk, Arguments], ToolAnswer]

TOOLS: Final[Mapping[str, ToolFunction]] = {
    "search": searching.search, "record": records.record, "fields": records.fields, "evidence": reasons.reasons,
    "question": asking.question, "sparql": asking.sparql, "code": lookup.code, "about": lookup.about,
}
"""Name -> what answers it. Their texts are in the words of the API."""

_log = logging.getLogger("odlinked.web")


@dataclass(frozen=True)
class ToolOutcome:
    """What a call came to: the answer as JSON, or why there is none and what to do next (`answer` is None then)."""

    text: str
    answer: Mapping[str, Any] | None = None


class Toolbox:
    """The tools over one application. Every method is called within a request of it."""

    def __init__(self, app: Flask) -> None:
        """Read the texts; raise `AssetError` where a tool has none."""
        self._desk: StoredQuestions = app.extensions["odlinked.questions"]
        self._explain = app.extensions["odlinked.explain"]
        self.site = self._desk.site
        self.texts = ToolTexts(self._desk)

    def described(self) -> list[ToolDescription]:
        """Return the tools in the language of the request."""
        return self.texts.tools(self.site.place().language)

    def call(self, name: str, given: Mapping[str, object]) -> ToolOutcome:
        """Answer a call of a tool that there is."""
        query = given.get("query")
        try:
            self._turn(name, given)
            arguments = Arguments(self.texts, name, given)
            desk = self._reading()
            wrapped = desk.wrapped(TOOLS[name](desk, arguments))
            return ToolOutcome(json.dumps(wrapped, ensure_ascii=False, separators=(",", ":")), wrapped)
        except NotUsable as problem:
            return self._refused(refusal(self.site, problem), "argument" if name != "question" else "")
        except Problem as problem:
            return self._refused(problem)
        except Gone:
            return self._refused(Problem(499, "failed"))
        except QueryFailure as failure:
            why = failure_texts.text_of(failure, query if isinstance(query, str) else "", self.site.words,
                                        self.site.place().language, self.site.prefixes)
            return self._refused(Problem(failure.status, "question_failed", facts={"why": why}))
        except WorkspaceError as error:
            return self._refused(self._unavailable(error, name))
        except Exception as error:
            _log.error("the tool %s failed", name, exc_info=error)
            return self._refused(Problem(500, "failed"))

    @property
    def _say(self) -> Say:
        say: Say = self.site.words.into(self.site.place().language)
        return say

    def _turn(self, name: str, given: Mapping[str, object]) -> None:
        """Answer in the language that the call asks for; raise `NotUsable` for one that there is not."""
        asked = given.get(LANGUAGE)
        if asked is None or asked == "":
            return
        language = requested_language(str(asked)[:20])
        if language is None:
            raise NotUsable(name, "value", LANGUAGE, str(asked), self.texts.values("lang_answer"))
        g.place = replace(self.site.place(), language=language, explicit=False)

    def _reading(self) -> ReadingDesk:
        viewer = Viewer(self.site.release, self.site.vocabulary, self.site.place())
        return ReadingDesk(self._desk, self._explain, viewer, self._say, protocol.caller(request))

    def _unavailable(self, error: WorkspaceError, name: str) -> Problem:
        """Return why nothing can be read: nothing is published, or the workspace is damaged."""
        try:
            self.site.releases.current()
        except WorkspaceError:
            return Problem(503, "unpublished")
        _log.error("the tool %s failed: %s", name, error)
        return Problem(500, "failed")

    def _refused(self, problem: Problem, step: str = "") -> ToolOutcome:
        """Return why there is no answer, and what to do next: `step` names the words of that, else the problem does."""
        say = self._say
        key = f"assistants.next.{step or problem.key}"
        step = say(key if key in self.site.words.texts else "assistants.next.other")
        title, text = (say(f"problem.{problem.key}.{part}", **problem.facts) for part in ("title", "text"))
        return ToolOutcome(f"{title}{say('colon')}{text}\n{say('assistants.next', step=step)}")
