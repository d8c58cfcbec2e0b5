"""What the page of a dataset shows of its twins: the same dataset in another source, by the word of a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from odlinked.namespaces import ODL
from odlinked.web.pages import mentions, states
from odlinked.web.pages.mentions import Mention
from odlinked.web.site import evidence
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, RecordView, Viewer

MOST: Final = 5
"""Most twins shown."""


@dataclass(frozen=True)
class TwinView:
    """A twin: its view, the state it is in, the badge measured of it (None: not measured), how many of its files were met in
    which way, and the records about it."""

    named: NamedItem
    view: RecordView
    state: Any
    measured: list[NamedItem] | None
    visits: list[tuple[str, int]]
    about: tuple[int, list[Mention]]


def of(viewer: Viewer, reader: Reader) -> list[TwinView]:
    """Return the living twins of a dataset."""
    return [twin for iri in reader.iris(ODL + "twin")[:MOST] if (twin := _twin(viewer, iri)) is not None]


def _twin(viewer: Viewer, iri: str) -> TwinView | None:
    release = viewer.release
    record = release.record(iri)
    document = release.document(iri)
    if record is None or record.state != "live" or document is None:
        return None
    reader, quality = Reader(document), release.quality(iri)
    verdict = evidence.badge(viewer, quality) if quality is not None else None
    seen = evidence.visits(viewer, Reader(quality)) if quality is not None else {}
    return TwinView(viewer.named(iri), viewer.record(record, reader, ()), states.state(viewer, reader, record.standing),
                    list(verdict.possible) if verdict is not None else None,
                    sorted(Counter(one.state for one in seen.values()).items()),
                    mentions.of(viewer, release.hanging("about", iri, mentions.MOST)))
