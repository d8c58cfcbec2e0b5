"""`/history/dataset/…`: what changed in a record from one kept release to the next, with the values before and after.

The page is made anew each time: releases are pruned while others are served. Values that stand in an earlier release only are
shown as they would be published now: without persons, and addresses without their parameters. Of contacts only that they changed
is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from flask import Flask, Response

from odlinked.catalog.log import history
from odlinked.catalog.log.history import Revision
from odlinked.namespaces import DCAT, DCTERMS, FOAF, ODL, RDF, SKOS, VCARD
from odlinked.persons import Recognition, recognition
from odlinked.web.http.cache import Rendered
from odlinked.web.pages.records import tombstone
from odlinked.web.site.address import record_iri
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, tag
from odlinked.web.site.site import Site
from odlinked.web.site.view import Viewer
from odlinked.web.site.words import Say

_SHOWN: Final = {
    "title": DCTERMS + "title", "publisher": DCTERMS + "publisher", "state": DCTERMS + "accessRights", "theme": DCAT + "theme",
    "frequency": DCTERMS + "accrualPeriodicity", "description": DCTERMS + "description", "fields": ODL + "fieldName",
    "badge": ODL + "qualityBadge", "issued": DCTERMS + "issued", "planned": ODL + "plannedOpening",
    "modified": DCTERMS + "modified", "licence": DCTERMS + "license", "keywords": DCAT + "keyword",
    "series": DCAT + "inSeries", "twins": ODL + "maybeSameAs", "landing": DCAT + "landingPage", "pages": FOAF + "page",
    "notes": SKOS + "note",
}
"""The properties that are compared, by the key of their name (`history.of.KEY`), in the order they are shown in."""

_ELSEWHERE: Final = frozenset({DCAT + "distribution", DCAT + "contactPoint", RDF + "type"})
"""Properties that lead to nodes of the record, which are compared in other ways."""

_TEXTS: Final = frozenset({"title", "description", "fields", "notes"})
"""Properties of which what differs within a value is marked."""

_PARAMETERS: Final = re.compile(r"[?#].*\Z|(?<=://)[^/@]*@", re.DOTALL)
_LONGEST: Final = 600
_SHORT: Final = 16
"""Characters up to which a value is marked whole: a code, a day, a name of a field."""

_NEAR: Final = 80
"""Characters beside a difference that are shown of what two values have in common."""

MOST: Final = 40
"""So many values before and after are shown of one property."""


class ChangedText(NamedTuple):
    """A value as it is shown: what differs, between what stands before and after it on both sides."""

    head: str
    differs: str
    tail: str


@dataclass(frozen=True)
class FieldChange:
    """What changed of one property: the key of its name, values that went and values that came, and how many of each are not
    shown. Of a property that is not among those compared (key "other") its `name` alone is told."""

    key: str
    went: list[ChangedText]
    came: list[ChangedText]
    more: int = 0
    name: str = ""


@dataclass(frozen=True)
class HistoryStep:
    """A revision as it is shown: "first" (the oldest release has it), "came", "changed", "gone" or "held" (not in public)."""

    revision: Revision
    kind: str
    changes: list[FieldChange]


def install(app: Flask, site: Site) -> None:
    """Add the history of datasets."""

    @app.get("/history/dataset/<path:name>")
    def record_history(name: str) -> Response:
        place, release = site.place(), site.release
        record = release.record(record_iri(release.base, "dataset", name)) if len(name) <= 500 else None
        document = release.document_of(record) if record is not None else None
        if record is None or document is None:
            raise not_found("dataset")
        if record.state == "gone":
            body, status = tombstone(site, record, document).page(place).encode(), 410
        else:
            found = history.revisions(release.workspace, record.iri, release.name)
            viewer = Viewer(release, site.vocabulary, place)
            comparison = _Comparison(viewer, site.words.into(place.language), recognition(site.assets))
            kept = release.workspace.names()
            body, status = site.render("history.html", place, record=record, steps=comparison.steps(found, Reader(document)),
                                       oldest=kept[0] if kept else release.name, many=len(kept)).encode(), 200
        rendered = Rendered(body, "text/html; charset=utf-8", tag(body), site.clock.now(), language=place.language, status=status)
        return send(rendered, vary="Accept-Language")


class _Comparison:
    """Compares revisions, in one language."""

    def __init__(self, viewer: Viewer, say: Say, persons: Recognition) -> None:
        self.viewer, self.say, self.persons = viewer, say, persons

    def steps(self, found: list[Revision], now: Reader) -> list[HistoryStep]:
        """Return the revisions, the newest first; what the record says now is shown as it stands."""
        made, before = list[HistoryStep](), None
        for number, one in enumerate(found):
            reader = Reader(one.document) if one.document is not None else None
            if reader is None:
                kind = "gone" if one.gone else "held"
                if number:  # before it was public there is nothing to tell
                    made.append(HistoryStep(one, kind, []))
            elif before is None:
                made.append(HistoryStep(one, "came" if number else "first", []))
            else:
                made.append(HistoryStep(one, "changed", list(self._changes(before, reader, now))))
            before = reader
        return made[::-1]

    def _changes(self, before: Reader, after: Reader, now: Reader) -> Iterable[FieldChange]:
        for key, predicate in _SHOWN.items():
            change = self._change(key, self._values(before, predicate, now), self._values(after, predicate, now))
            if change is not None:
                yield change
        files = self._change("files", self._files(before, now), self._files(after, now))
        if files is not None:
            yield files
        if _contacts(before) != _contacts(after):
            yield FieldChange("contact", [], [])
        known = _ELSEWHERE.union(_SHOWN.values(), self.viewer.vocabulary.words.hidden)
        others = {*before.predicates(before.iri), *after.predicates(after.iri)} - known
        for predicate in sorted(one for one in others if set(before.all(one)) != set(after.all(one))):
            yield FieldChange("other", [], [], name=self.viewer.term(predicate).name)

    @staticmethod
    def _change(key: str, before: dict[str, str], after: dict[str, str]) -> FieldChange | None:
        went = [text for raw, text in before.items() if raw not in after]
        came = [text for raw, text in after.items() if raw not in before]
        more = max(0, len(went) - MOST) + max(0, len(came) - MOST)
        if key in _TEXTS and len(went) == len(came) == 1:
            old, new = marked(went[0], came[0])
            return FieldChange(key, [old], [new])
        old_ones, new_ones = ([ChangedText("", _cut(text), "") for text in texts[:MOST]] for texts in (went, came))
        return FieldChange(key, old_ones, new_ones, more) if went or came else None

    def _values(self, reader: Reader, predicate: str, now: Reader) -> dict[str, str]:
        """Return value -> what is shown of it."""
        standing = {(term.value, term.language) for term in now.all(predicate)}
        found = {}
        for term in reader.all(predicate):
            is_now = (term.value, term.language) in standing
            if term.is_iri:
                text = self._named(term.value, is_now=is_now)
                if predicate == _SHOWN["twins"]:  # it mostly bears the same title
                    text = f"{text} ({term.value.rpartition('/')[2]})"
            else:
                text = term.value if is_now else self.persons.cleaned(term.value)
            found[f"{term.value}\n{term.language}"] = text
        return found

    def _named(self, iri: str, *, is_now: bool) -> str:
        """Return the name of a code or a record, or an address: one that stands no more without what it should not show."""
        if self.viewer.vocabulary.label(iri, self.viewer.language) or self.viewer.place.path_of(iri):
            return self.viewer.named(iri).name
        return iri if is_now else self._address(iri)

    def _address(self, address: str) -> str:
        return self.persons.cleaned_address(_PARAMETERS.sub("", address))

    def _files(self, reader: Reader, now: Reader) -> dict[str, str]:
        """Return file -> its name, format, encoding, number of records and address."""
        standing = {self._file(now, node, "") for node in now.iris(DCAT + "distribution")}
        found = {}
        for node in reader.iris(DCAT + "distribution"):
            raw = self._file(reader, node, "")
            found[raw] = raw if raw in standing else self._file(reader, node, "old")
        return found

    def _file(self, reader: Reader, node: str, age: str) -> str:
        title = reader.text(DCTERMS + "title", self.viewer.language, node)
        address = reader.iri_of(DCAT + "downloadURL", node) or reader.iri_of(DCAT + "accessURL", node)
        kind = reader.iri_of(DCTERMS + "format", node)
        encoding, count = reader.iri_of(ODL + "characterEncoding", node), reader.value(ODL + "recordCount", node)
        licence = reader.iri_of(DCTERMS + "license", node)
        name = title.value if title else ""
        parts = (self.persons.cleaned(name) if age else name, self.viewer.named(kind).name if kind else "",
                 self.viewer.named(encoding).name if encoding else "", self.say("file.count", n=count) if count else "",
                 self.viewer.named(licence).name if licence else "", self._address(address) if age else address)
        return " · ".join(part for part in parts if part)


def marked(before: str, after: str) -> tuple[ChangedText, ChangedText]:
    """Return two values with what differs between them, where they have at least half of the shorter one in common.

    No word in Latin letters and no number is cut; of what they have in common only what is near the difference is shown.
    """
    head = _common(before, after)
    while head and _within(before, head, after):
        head -= 1
    most = min(len(before), len(after)) - head
    tail = min(_common(before[::-1], after[::-1]), most)
    while tail and _within(before[::-1], tail, after[::-1]):
        tail -= 1
    if 2 * (head + tail) < min(len(before), len(after)) or max(len(before), len(after)) <= _SHORT:
        head = tail = 0
    parts = [(text[:head], text[head:len(text) - tail], text[len(text) - tail:]) for text in (before, after)]
    old, new = (ChangedText("…" + first[-_NEAR:] if len(first) > _NEAR else first, _cut(middle),
                            last[:_NEAR] + "…" if len(last) > _NEAR else last) for first, middle, last in parts)
    return old, new


def _common(text: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    return next((place for place, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]),
                min(len(text), len(other)))


def _within(text: str, place: int, other: str) -> bool:
    """True where a word of Latin letters or a number goes on at a place, in a text or in the other."""
    before = text[place - 1]
    return before.isascii() and before.isalnum() and any(
        place < len(one) and one[place].isascii() and one[place].isalnum() for one in (text, other))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _contacts(reader: Reader) -> list[tuple[str, str]]:
    return sorted((predicate, term.value) for node in reader.iris(DCAT + "contactPoint") for predicate in
                  (VCARD + "fn", VCARD + "hasTelephone", VCARD + "hasEmail") for term in reader.all(predicate, node))

