"""Which record is meant by what people and programs write: an IRI, an address of a page, a number or code, a whole title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from odlinked.catalog.summaries.records import Record
from odlinked.folding import fold, plain
from odlinked.kinds import Kind
from odlinked.namespaces import DCAT, FOAF
from odlinked.web.assistants.answer import ReadingDesk
from odlinked.web.site.document import Reader
from odlinked.web.site.problems import Problem
from odlinked.web.site.resources import split_suffix

_ORDER: Final = (Kind.DATASET, Kind.SERVICE, Kind.ORGANIZATION, Kind.SERIES, *Kind)
"""The kinds that an identifier is looked for in, one after the other."""

_AT: Final = re.compile(r"/(?:id/)?([a-z]+)/([^/?#]+)/?(?:[?#].*)?\Z")
_TRIED: Final = 20
_NAMED: Final = 5


def record_meant(desk: ReadingDesk, written: str) -> Record:
    """Return the record that is meant; raise `Problem` (404) where there is none, or more than one, with those most like it."""
    text = plain(written).strip().strip("<>")
    found = _by_address(desk, text) if "://" in text else _by_identifier(desk, text)
    if found is not None:
        return found
    titled = [] if "://" in text else list(_by_title(desk, text))
    if len(titled) == 1:
        return titled[0]
    hints = [f"{one.title or one.title_en} <{one.iri}>" for one in (titled or _like(desk, text))[:_NAMED]]
    say = desk.say
    told = say("problem.near", names=say("comma").join(hints)) if hints else say("problem.missing_dataset.text")
    raise Problem(404, "several_records" if titled else "missing_record", facts={"id": written[:80], "hints": told})


def dataset_meant(desk: ReadingDesk, written: str) -> Record:
    """Return the dataset that is meant; raise `Problem` (404, or 400 for a record of another kind)."""
    record = record_meant(desk, written)
    if Kind.of(record.iri) is not Kind.DATASET:
        raise Problem(400, "other_kind", facts={"id": written[:80], "kind": Kind.of(record.iri) or record.kind})
    return record


def _by_address(desk: ReadingDesk, text: str) -> Record | None:
    """Return the record of an IRI or of a page here; of a page elsewhere, where the record names that page as its own."""
    release = desk.viewer.release
    record = release.record(text.partition("#")[0])
    if record is not None:
        return record
    place = desk.viewer.place
    here = text.startswith((f"{release.base}/", f"{place.absolute('')}/"))
    found = _AT.search(text)
    if found is None:
        return None
    kind, name = found[1], unquote(found[2])
    for one in dict.fromkeys((name, split_suffix(name)[0])):
        record = _of_kind(desk, kind, one)
        if record is not None and (here or text.rstrip("/") in _pages(desk, record)):
            return record
    return None


def _of_kind(desk: ReadingDesk, kind: str, name: str) -> Record | None:
    release = desk.viewer.release
    return release.record(Kind(kind).iri(release.base, name)) if kind in set(Kind) and name else None


def _pages(desk: ReadingDesk, record: Record) -> set[str]:
    """Return the pages that a record gives as its own."""
    document = desk.viewer.release.document_of(record)
    reader = Reader(document) if document is not None else None
    return {iri.rstrip("/") for name in (DCAT + "landingPage", FOAF + "page") for iri in reader.iris(name)} if reader else set()


def _by_identifier(desk: ReadingDesk, text: str) -> Record | None:
    """Return the record of a number, a code or an object identifier; capitals of a code do not count."""
    name = text.removeprefix("urn:oid:")
    kind, slash, rest = name.partition("/")
    if slash and kind in set(Kind):
        return _of_kind(desk, kind, rest)
    for kind in dict.fromkeys(_ORDER):
        for one in dict.fromkeys((name, name.lower())):
            record = _of_kind(desk, kind, one)
            if record is not None:
                return record
    return None


def _by_title(desk: ReadingDesk, text: str) -> Iterable[Record]:
    """Yield the organisation, else the datasets, that have a text as their whole name."""
    release, wanted = desk.viewer.release, fold(text)
    if not wanted:
        return
    named = [one.iri for one in desk.site.organizations() if wanted in (fold(one.name), fold(one.name_en))]
    found = [record for iri in named if (record := release.record(iri)) is not None]
    found = found or [one for one in _like(desk, text) if wanted in (fold(one.title), fold(one.title_en))]
    yield from found


def _like(desk: ReadingDesk, text: str) -> list[Record]:
    """Return the datasets that a search finds."""
    return desk.viewer.release.search(text, size=_TRIED).records

