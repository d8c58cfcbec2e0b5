"""What the page of a dataset shows beside the view of its record: state, files, quality, related datasets, how to cite it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from odlinked.catalog.asking import related
from odlinked.catalog.asking.related import RelatedDataset
from odlinked.documents import Document
from odlinked.web.pages import citations, fields, mentions, states, twins
from odlinked.web.site import evidence
from odlinked.web.site.address import identifier_of
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, RecordView, Viewer

MOST: Final = 4
"""So many datasets are compared side by side."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}\Z")


@dataclass(frozen=True)
class RelatedView:
    """A related dataset in one language, and why it is told: (kind of reason, what is shared)."""

    record: RelatedDataset
    reasons: list[tuple[str, list[NamedItem]]]


@dataclass(frozen=True)
class Commands:
    """How a file is fetched by programs: lines to be copied as they are."""

    curl: str
    python: str


def facts(viewer: Viewer, view: RecordView, reader: Reader, kind: str, quality: Document | None) -> dict[str, Any]:
    """Return what the template needs for the page of a dataset or a service."""
    release, record = viewer.release, view.record
    measured = Reader(quality) if quality is not None else None
    found: dict[str, Any] = {"state": None, "cite": "", "schemas": [], "about": (0, []), "verdict": None, "commands": {},
                             "related": [], "tally": None, "last_data": ("", ""), "twins": [],
                             "visits": evidence.visits(viewer, measured) if measured is not None else {}}
    if kind != "dataset":
        return found
    if quality is not None and measured is not None:
        found |= {"verdict": evidence.badge(viewer, quality), "tally": evidence.tally(viewer.vocabulary, reader, measured),
                  "last_data": evidence.last_change(measured)}
    near = neighbours(viewer, record.iri)
    return found | {
        "state": states.state(viewer, reader, record.standing),
        "cite": citations.citation(viewer.place, record).txt().strip(),
        "schemas": fields.schemas(viewer, reader),
        "about": mentions.of(viewer, release.hanging("about", record.iri, mentions.MOST)),
        "twins": twins.of(viewer, reader),
        "related": near, "beside": [identifier_of(one) for one in (record.iri, *(one.record.iri for one in near[:MOST - 1]))],
        "commands": {file.anchor: commands(file.link, record.iri, file.format) for file in view.files
                     if file.link and file.link.startswith("http")},
    }


def neighbours(viewer: Viewer, iri: str) -> list[RelatedView]:
    """Return the datasets related to one, those with the strongest reasons first."""
    return [RelatedView(one, [(kind, _shared(viewer, kind, values)) for kind, values in one.reasons])
            for one in viewer.release.noted(related.related, iri)]


def _shared(viewer: Viewer, kind: str, values: Iterable[str]) -> list[NamedItem]:
    return [NamedItem(value) if kind == "field" else viewer.named(value) for value in values]


def commands(address: str, iri: str, format_name: str) -> Commands:
    """Return how the file at an address is fetched; whatever characters the address has, it is one argument."""
    name = _file_name(address, iri, format_name)
    return Commands(f"curl --location --output {shlex.quote(name)} {shlex.quote(address)}",
                    f"import urllib.request\n\nurllib.request.urlretrieve({json.dumps(address)}, {json.dumps(name)})")


def _file_name(address: str, iri: str, format_name: str) -> str:
    """Return a name for the file: that of the address where it is plain, else the dataset's with its format."""
    last = unquote(urlsplit(address).path).rpartition("/")[2]
    if "." in last and _PLAIN_NAME.match(last):
        return last
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", iri.rpartition("/")[2]).strip("-") or "data"
    ending = format_name.lower() if format_name.isascii() and format_name.isalnum() and format_name != "API" else "data"
    return f"{name[:60]}.{ending}"

