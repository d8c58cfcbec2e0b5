"""Faults of queries in the reader's words: the parser's mistake explained with who is meant and what to write."""

from __future__ import annotations

from collections.abc import Collection

from odlinked.cage import mistakes
from odlinked.cage.failures import QueryFailure, Syntax
from odlinked.cage.mistakes import Mistake
from odlinked.web.site.words import Say


def place(failure: QueryFailure, query: str, supplied: Collection[str] = ()) -> Mistake | None:
    """Return the mistake that a failure reports, None where it reports none; `supplied` are prefixes that need no declaration."""
    return mistakes.read(failure.message, query, supplied) if isinstance(failure, Syntax) else None


def text_of(failure: QueryFailure, query: str, say: Say, supplied: Collection[str] = ()) -> str:
    """Return a failure in the language of `say`; `supplied` are prefixes that need no declaration."""
    return told(failure, place(failure, query, supplied), say)


def told(failure: QueryFailure, mistake: Mistake | None, say: Say) -> str:
    """Return a failure, and the mistake it reports, in the language of `say`."""
    if mistake is None:
        return say(f"problem.query.{failure.code}", why=failure.line())
    prefix = mistake.names[0].removesuffix(":") if mistake.kind == "prefix" and mistake.names else ""
    facts = {"names": ", ".join(mistake.names) or "…", "add": f"PREFIX {prefix}: <…>",
             "sentence": mistake.sentence, "tokens": mistakes.listed(mistake.expected)}
    key = mistake.kind or ("sentence" if mistake.sentence else "expected" if mistake.expected else "here")
    why = say(f"problem.syntax.{key}", **facts)
    return say("problem.syntax", why=why, line=mistake.line, column=mistake.column)
