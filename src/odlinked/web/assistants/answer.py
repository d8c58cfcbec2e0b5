"""What every answer of a tool has beside its content: IRIs, release, completeness, licence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from odlinked.cage.turns import Caller
from odlinked.documents import Document
from odlinked.kinds import Kind
from odlinked.measure.explain import Point
from odlinked.namespaces import DCTERMS
from odlinked.web.pages.questions import StoredQuestions
from odlinked.web.site.document import Reader
from odlinked.web.site.site import Site
from odlinked.web.site.view import NamedItem, Viewer
from odlinked.web.site.words import Say

SIZE: Final = 60_000
"""About the most characters of rows that one answer holds."""

MEMBERS: Final = 60
"""Most members of a list within a record."""

LONGEST: Final = 3_000
"""Most characters of a text within a record."""

NAMED: Final = 100
"""Most IRIs named at the head of an answer."""


@dataclass(frozen=True)
class ToolAnswer:
    """The content of an answer; `about` are the IRIs it is about, `licences` those of the data it is about (none: the
    catalogue's)."""

    content: Mapping[str, Any]
    completeness: Mapping[str, Any]
    about: Sequence[str] = ()
    licences: Sequence[NamedItem] = ()


class Explains(Protocol):
    """What explains every single result of a dataset, from its record and its quality document."""

    def points(self, record: Document, quality: Document) -> list[Point]:
        """Return the results."""
        ...


@dataclass
class ReadingDesk:
    """What tools answer from, for one call: the stored questions and what runs them, a viewer and texts in the language of the
    call, who calls; `cut` gathers what an answer leaves out."""

    desk: StoredQuestions
    explain: Explains
    viewer: Viewer
    say: Say
    caller: Caller
    cut: list[str] = field(default_factory=list)

    @property
    def site(self) -> Site:
        """The site."""
        return self.desk.site

    @property
    def language(self) -> str:
        """The language of the call."""
        return self.viewer.language

    def some(self, name: str, members: Iterable[Any], most: int = MEMBERS) -> list[Any]:
        """Return the first members of a list; where others are left out the answer says so under this name."""
        found = list(members)
        if len(found) > most:
            self.cut.append(f"{name} ({most} / {len(found)})")
        return found[:most]

    def short(self, name: str, text: str) -> str:
        """Return a text, cut where it is very long; then the answer says so under this name."""
        if len(text) <= LONGEST:
            return text
        self.cut.append(f"{name} ({LONGEST:,} / {len(text):,})")
        return text[:LONGEST] + "…"

    def page(self, iri: str) -> str | None:
        """Return the absolute address of the page about a record, code, rule or metric; None where there is none here."""
        path = self.site.vocabulary.path(iri) or self.viewer.place.path_of(iri)
        return self.viewer.place.absolute(path) if path else None

    def all(self) -> dict[str, Any]:
        """Return the completeness of an answer of which nothing is left out."""
        return {"complete": True, "text": self.say("assistants.whole")}

    def whole(self, iri: str) -> dict[str, Any]:
        """Return the completeness of an answer about one record."""
        if not self.cut:
            return self.all()
        parts, page = self.say("comma").join(self.cut), self.page(iri) or iri
        return {"complete": False, "parts": self.cut, "text": self.say("assistants.cut", parts=parts, page=page)}

    def listed(self, first: int, shown: int, total: int | None, rest: Mapping[str, Any], *, more: bool = False) -> dict[str, Any]:
        """Return the completeness of a list: `shown` members from the 1-based place `first` on, of `total` (None: not counted,
        then `more` says whether others follow). `rest` are the arguments that bring what follows."""
        last = first + shown - 1
        follows = more if total is None else last < total and shown > 0
        if total is None and not more:
            total = last
        found: dict[str, Any] = {"shown": shown, "total": total, "complete": not follows and first == 1}
        if shown:
            found |= {"first": first, "last": last}
        if follows:
            found["rest"] = dict(rest)
        return found | {"text": self._told(first, last, shown, total, rest if follows else {})}

    def _told(self, first: int, last: int, shown: int, total: int | None, rest: Mapping[str, Any]) -> str:
        facts = {"first": f"{first:,}", "last": f"{last:,}", "total": f"{total or 0:,}"}
        how = self.say("assistants.rest", rest=json.dumps(rest, ensure_ascii=False)) if rest else ""
        if total is None:
            return self.say("assistants.open", **facts, rest=how)
        if not shown:
            return self.say("assistants.beyond", **facts) if total and first > 1 else self.say("assistants.none")
        return self.say("assistants.part", **facts, rest=how) if rest or first > 1 else self.say("assistants.all", **facts)

    def wrapped(self, answer: ToolAnswer) -> dict[str, Any]:
        """Return an answer with what every answer has."""
        release = self.viewer.release
        licences = answer.licences or self._own_licences()
        return {
            "iri": list(answer.about)[:NAMED],
            "release": {"name": release.name, "created": release.manifest["created"], "catalog": Kind.CATALOG.iri(release.base)},
            "licence": [named(one) for one in licences],
            "completeness": dict(answer.completeness),
            "answer": dict(answer.content),
        }

    def _own_licences(self) -> list[NamedItem]:
        """Return the licences of the catalogue itself."""
        document = self.viewer.release.document(Kind.CATALOG.iri(self.viewer.release.base))
        return [self.viewer.named(iri) for iri in Reader(document).iris(DCTERMS + "license")] if document else []


def named(item: NamedItem | None) -> dict[str, str] | None:
    """Return something with a name as JSON: its name and IRI (or address)."""
    if item is None:
        return None
    iri = item.iri or item.name
    return {"name": item.name, "iri": iri} if iri != item.name else {"iri": iri}


def filled(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without members that say nothing."""
    return {key: value for key, value in content.items() if value not in ("", None, [], {}, ())}


def within(rows: Iterable[Any], size: int = SIZE) -> list[Any]:
    """Return the first rows, at least one, of about `size` characters together."""
    found: list[Any] = []
    for row in rows:
        size -= len(json.dumps(row, ensure_ascii=False))
        if size < 0 and found:
            break
        found.append(row)
    return found
