"""Faults of queries in the reader's words: the parser's mistake explained with who is meant and what to write."""

from __future__ import annotations

import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Final

from flask import Response, request

from odlinked import messages
from odlinked.cage import mistakes
from odlinked.cage.failures import Busy, Gone, QueryFailure, Syntax
from odlinked.cage.mistakes import Mistake
from odlinked.cage.text_process import Call, here
from odlinked.errors import OdlinkedError
from odlinked.web.http import negotiation
from odlinked.web.site.words import PageTexts, Say
from odlinked.web.sparql import results
from odlinked.web.sparql.protocol import POST_TYPES
from odlinked.web.sparql.replies import METHODS, Page, QueryPage, WrongMethod

_LONGEST_TOKEN: Final = 40
"""Characters of a token that are repeated in a message."""


def place(failure: QueryFailure, query: str, supplied: Collection[str] = (), call: Call = here) -> Mistake | None:
    """Return the mistake that a failure reports, None where it reports none; `supplied` are prefixes that need no declaration."""
    if not isinstance(failure, Syntax):
        return None
    found: Mistake = call(mistakes.read, failure.message, query, tuple(supplied))
    return found


def text_of(failure: QueryFailure, query: str, texts: PageTexts, language: str, supplied: Collection[str] = ()) -> str:
    """Return a failure in a language; `supplied` are prefixes that need no declaration."""
    return told(failure, place(failure, query, supplied), texts, language)


def told(failure: QueryFailure, mistake: Mistake | None, texts: PageTexts, language: str) -> str:
    """Return a failure, and the mistake it reports, in a language."""
    say = texts.into(language)
    if mistake is None:
        return say(f"problem.query.{failure.code}", why=_line(failure, language))
    prefix = mistake.names[0].removesuffix(":") if mistake.kind == "prefix" and mistake.names else ""
    tokens = tuple(_token(one, say) for one in mistake.expected) if mistake.found is not None else mistake.expected
    facts = {"names": ", ".join(mistake.names) or "…", "add": f"PREFIX {prefix}: <…>", "sentence": mistake.sentence,
             "tokens": mistakes.listed(tokens), "found": _shortened(mistake.found or ""), "meant": mistake.meant}
    key = mistake.kind or ("sentence" if mistake.sentence else "expected" if mistake.expected else "here")
    one = ".one" if mistake.kind in ("unexpected", "ended") and len(tokens) == 1 else ""
    why = say(f"problem.syntax.{key}{one}", **facts)
    if mistake.meant and mistake.kind == "unexpected":
        why = say("problem.syntax.meant", why=why, meant=mistake.meant)
    return say("problem.syntax", why=why, line=mistake.line, column=mistake.column)


def _line(failure: QueryFailure, language: str) -> str:
    """Return why a query was not answered and what to do; in Chinese the sentence before it says what was being done."""
    if language == "en":
        return failure.line()
    return messages.load(language).line(OdlinkedError(failure.why, next_step=failure.next_step))


def _token(name: str, say: Say) -> str:
    """Return what is expected as people read it: a word as it is, a sign in quotes, a kind by its name."""
    if name.startswith("'"):
        written = name.strip("'")
        return written if written.isalpha() else f'"{written}"'
    return say(f"problem.syntax.part.{name}")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TOKEN else text[:_LONGEST_TOKEN] + "…"


def response(failure: QueryFailure, query: str, page: Page | None, texts: PageTexts, supplied: Collection[str],
             call: Call = here) -> Response:
    """Tell a failure: problem details (RFC 9457) to a program, a page or a line of text to a person.

    `call` calls what looks for the mistake in the query.
    """
    if isinstance(failure, Gone):
        return Response(status=failure.status)  # for the access log alone
    accept = request.headers.get("Accept")
    person = results.prefers_page(accept, results.TABLES)
    language = _language(person)
    mistake = place(failure, query, supplied, call)
    explanation = told(failure, mistake, texts, language)
    if person and page:
        response = page(QueryPage(query, failure=failure, explanation=explanation))
    elif person:
        response = Response(explanation + "\n", content_type="text/plain; charset=utf-8")
    else:
        problem = {
            "type": "about:blank", "title": HTTPStatus(failure.status).phrase, "status": failure.status,
            "detail": explanation, "code": failure.code,
        }
        if mistake is not None:
            problem |= {"line": mistake.line, "column": mistake.column}
        response = Response(json.dumps(problem, ensure_ascii=False, indent=1), content_type="application/problem+json")
    response.status_code = failure.status
    response.headers.update({"Cache-Control": "no-store", "Vary": "Accept, Accept-Language", "Content-Language": language})
    if isinstance(failure, Busy):
        response.headers["Retry-After"] = str(failure.retry_after)
    if isinstance(failure, WrongMethod):
        response.headers["Allow"] = METHODS
    if failure.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        response.headers["Accept-Post"] = ", ".join(POST_TYPES)
    return response


def _language(person: bool) -> str:
    """Return the language of a failure; for a program that requests none it is English, as it always was."""
    language, accepted = negotiation.requested_language(request.args.get("lang", "")), request.headers.get("Accept-Language")
    return language or (negotiation.language(accepted) if accepted or person else "en")
