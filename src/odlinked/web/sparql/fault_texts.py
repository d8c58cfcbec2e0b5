"""Faults of queries in the reader's words: the parser's mistake explained with who is meant and what to write."""

from __future__ import annotations

from collections.abc import Mapping

from odlinked.cage import mistakes
from odlinked.cage.faults import Fault, Syntax
from odlinked.cage.mistakes import Mistake
from odlinked.web.site.words import Say


def place(fault: Fault, query: str) -> Mistake | None:
    """Return the mistake a fault tells of, None where it tells of none."""
    return mistakes.read(fault.message, query) if isinstance(fault, Syntax) else None


def told(fault: Fault, query: str, say: Say, prefixes: Mapping[str, str]) -> str:
    """Return a fault in the language of `say`; `prefixes` are known ones (prefix -> namespace), for the line to add."""
    mistake = place(fault, query)
    if mistake is None:
        return say(f"problem.query.{fault.code}", why=fault.line())
    prefix = mistake.names[0].removesuffix(":") if mistake.kind == "prefix" and mistake.names else ""
    facts = {"names": ", ".join(mistake.names) or "…", "add": f"PREFIX {prefix}: <{prefixes.get(prefix, '…')}>",
             "sentence": mistake.sentence, "tokens": mistakes.listed(mistake.expected)}
    key = mistake.kind or ("sentence" if mistake.sentence else "expected" if mistake.expected else "here")
    why = say(f"problem.syntax.{key}", **facts)
    return say("problem.syntax", why=why, line=mistake.line, column=mistake.column)
