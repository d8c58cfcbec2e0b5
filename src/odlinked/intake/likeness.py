"""What datasets of different sources are compared by: addresses, number at the national platform, code of the standard, and title
and unit. Of an unchanged dataset the index of the release before tells it, of any other its document.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from odlinked.catalog.index import Entry
from odlinked.catalog.summary import ALIAS, summarize
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.intake.arrivals import code
from odlinked.intake.relations import Turn

_CODE: Final = re.compile(r"[a-z_0-9]{10}-[a-z_0-9]{6}", re.IGNORECASE)
"""Identifiers of datasets by the Dataset Metadata Standard (2015-07), table 7: of all identifiers only these are unique."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}")
_PAGE: Final = re.compile(r"https?://data\.gov\.tw/(?:en/)?datasets?/([0-9]{1,7})/?")
"""The page of a dataset on the national platform, which names it by its number."""

_SITE: Final = re.compile(r"[a-z]+://[^/?#]*/?(?:index\.[a-z]+)?", re.IGNORECASE)
"""The first page of a site, which is no dataset's address."""

TITLE: Final = "title"


class Likeness(NamedTuple):
    """What a dataset is compared by: its title, its publisher's IRI, and what else it is called: addresses and identifiers."""

    title: str
    publisher: str
    others: tuple[str, ...] = ()

    def keys(self, iri: str) -> Iterator[tuple[str, str]]:
        """Yield what the dataset of this IRI is known by: addresses, number at the platform, code, folded title."""
        yield "address", iri
        name = code(iri)
        if _NUMBER.fullmatch(name):
            yield "number", name
        for one in (name, *self.others):
            if "://" in one:
                if not _SITE.fullmatch(one):
                    yield "address", one
                if number := _PAGE.fullmatch(one):
                    yield "number", number[1]
            elif _CODE.fullmatch(one):
                yield "code", one.lower()
        if self.title:
            yield TITLE, fold(self.title)

    def may_be(self, iri: str, called: Collection[str]) -> bool:
        """Whether one of the dataset's keys can be among some values: False for most, which are not looked at any further."""
        return (fold(self.title) in called or iri.rpartition("/")[2].lower() in called or iri in called
                or any(one in called or one.lower() in called or ((number := _PAGE.fullmatch(one)) and number[1] in called)
                       for one in self.others))


def likenesses(turn: Turn, entries: Iterable[Entry], twins: Mapping[str, Iterable[str]]) -> dict[str, Likeness]:
    """Return the likeness of datasets; `twins` are those that a dataset's document calls the same by a person's word, which
    says nothing of their likeness."""
    known: dict[str, tuple[str, str]] = {}
    others: dict[str, list[str]] = {}
    if turn.index and turn.index.is_current:
        known = {iri: (title, publisher) for iri, title, publisher in turn.index.titled()}
        for iri, other in turn.index.stated(ALIAS):
            others.setdefault(iri, []).append(other)
    found: dict[str, Likeness] = {}
    unknown: list[Entry] = []
    for entry in entries:
        iri, old = entry.iri, turn.before.entries.get(entry.iri)
        if iri in known and old is not None and old.hash == entry.hash:
            found[iri] = Likeness(*known[iri], tuple(others.get(iri, ())))
        else:
            unknown.append(entry)
    for entry, text in turn.after.texts.many(unknown):
        summary = summarize(Document(entry.iri, text))
        aliases = tuple(value for dimension, value in summary.facets if dimension == ALIAS)
        found[entry.iri] = Likeness(summary.title or summary.title_en, summary.publisher, aliases)
    for iri, ones in twins.items():
        if iri in found:
            found[iri] = found[iri]._replace(others=tuple(one for one in found[iri].others if one not in ones))
    return found
