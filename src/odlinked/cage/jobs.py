"""What is asked of the sandbox: a query with all that decides its answer, and the store it is asked of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from odlinked.cage import fulltext, spelled_tags, spelled_values, tokenizer
from odlinked.cage.failures import NotSearchable
from odlinked.cage.fulltext import Searched
from odlinked.cage.functions import LANG, STR
from odlinked.cage.text_process import Call, here
from odlinked.cage.tokenizer import Inspection
from odlinked.cage.worker import Request
from odlinked.namespaces import ODL

CALLS_STR: Final = re.compile(r"STR(?!\w)", re.IGNORECASE)
"""Found in every text that calls STR, and in few others."""


@dataclass(frozen=True)
class StoreView:
    """A store to query: the folder of an Oxigraph store, the identity of its content, the original spellings of its folded terms,
    its base.

    `spellings` is called once for each content: folded N-Triples term -> original spelling. `base` is the catalogue's base IRI.
    `respelled` returns the predicates that have values with another text than the store's (None: any may have).
    `find` searches the full text of the content (None: it has none), see `fulltext.Find`.
    """

    path: Path
    content_id: str
    spellings: Callable[[], Mapping[str, str]] = field(default=dict, compare=False)
    base: str = ""
    respelled: Callable[[], Collection[str] | None] = field(default=frozenset, compare=False)
    find: fulltext.Find | None = field(default=None, compare=False)

    def searched(self, query: str, namespaces: Mapping[str, str], call: Call = here) -> Searched:
        """Return a query with its searches of the full text replaced, see `fulltext.searched`."""
        return fulltext.searched(query, namespaces, ODL, self.find or _no_index, call)


def _no_index(_text: str, _most: int) -> NoReturn:
    raise NotSearchable("there is no full-text index over this store", "Ask with FILTER(CONTAINS(…))")


@dataclass(frozen=True)
class QueryJob:
    """A query with all that changes its answer: its text, base IRI, dataset and format ("json", …; "ttl", … for graphs).

    `known` are prefixes that the text uses without declaring them, with their IRIs; `rows` is how many rows are wanted (0: all);
    `run` is the text to run instead where it searches the full text, `scores` the variables of scores in it.
    """

    text: str
    inspection: Inspection
    base: str
    format: str
    graph_format: str = "ttl"
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    known: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    run: str = ""
    scores: tuple[str, ...] = ()
    _made: dict[str, Request] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def asked(self) -> str:
        """The text that an engine is asked: what was written, or what stands for it where it searches the full text."""
        return self.run or self.text

    @property
    def computed(self) -> tuple[str, ...]:
        """The variables whose values are computed: bound by AS or VALUES, or scores of a search."""
        return (*self.inspection.computed, *self.scores)

    def key(self, view: StoreView) -> bytes:
        """Return a digest of everything that decides the answer, except its format."""
        parts = (view.content_id, self.text, self.run, self.base, str(self.rows), *self.default_graphs, "", *self.named_graphs,
                 *(f"{prefix} {iri}" for prefix, iri in self.known))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()

    def kind(self, view: StoreView) -> bytes:
        """Return a digest that does not depend on comments and white space: by it a slow query is recognised."""
        parts = (view.content_id, *self.default_graphs, "", *self.named_graphs)
        text = self.inspection.digest or tokenizer.digest(self.text)
        return hashlib.sha256(text + "\0".join(parts).encode("utf-8", "surrogatepass")).digest()

    def request(self, view: StoreView, call: Call = here) -> Request:
        """Return the message to a worker over `view`; made once for a content, as reading a long text takes long: by `call`.

        A dataset given with the request replaces that of the query (Protocol, 2.1.4).
        """
        made = self._made.get(view.content_id)
        if made is not None:
            return made
        given = bool(self.default_graphs or self.named_graphs)
        respelled = view.respelled() if CALLS_STR.search(self.asked) else ()
        known = dict(self.known + self.inspection.prefixes)
        text, lang, string = call(_with_own_functions, self.asked, self.computed, respelled, known)
        request = Request(
            text, self.base, self.default_graphs if given else None, self.named_graphs if given else None,
            self.format, self.graph_format, self.computed, not self.inspection.plain_template,
            self.inspection.prefixes, lang, self.known, self.inspection.order, self.rows, string,
            self.text if self.run else "",
        )
        self._made[view.content_id] = request
        return request


def _with_own_functions(text: str, computed: tuple[str, ...], respelled: Collection[str] | None,
                        known: Mapping[str, str]) -> tuple[str, str, str]:
    """Return a query that calls functions of ours for LANG and STR, with the prefixes of both ("" where it does not)."""
    text, lang = spelled_tags.own_lang(text, LANG)
    text, string = spelled_values.own_str(text, STR, computed, respelled, known)
    return text, lang, string
