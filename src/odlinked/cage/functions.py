"""SPARQL functions that answer as results show a term, where the engine's own answer as it holds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyoxigraph as ox

from odlinked.cage import result_writers
from odlinked.rdf.tags import language_tag

LANG = "la"
"""The local name of our function for LANG; with a prefix of one letter it is as long as `LANG`."""

STR = "s"
"""The local name of our function for STR; with a prefix of one letter it is as long as `STR`."""

OWN = "urn:odlinked:function:"


def named(table: Any) -> dict[Any, Callable[..., Any]]:
    """Return the functions by name, over a table of spellings (see `result_writers.respelled`)."""

    def string(term: Any) -> Any:
        """Answer STR (SPARQL 1.1, section 17.4.2.5): an error for a blank node."""
        kind = type(term)
        if kind is ox.NamedNode:
            return ox.Literal(term.value)
        return ox.Literal(result_writers.respelled(term, table).value) if kind is ox.Literal else None

    return {ox.NamedNode(OWN + LANG): _lang, ox.NamedNode(OWN + STR): string}


def _lang(term: Any) -> Any:
    """Answer LANG (SPARQL 1.1, section 17.4.2.6): an error for anything but a literal."""
    return _tag(term.language or "") if type(term) is ox.Literal else None


@lru_cache(maxsize=1_024)
def _tag(language: str) -> Any:
    return ox.Literal(language_tag(language) if language else "")
