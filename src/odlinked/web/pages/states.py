"""What a page shows about a dataset's state (open, planned, on request, withheld), and why a record was taken down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from odlinked.namespaces import DCTERMS, ODL
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer

REQUEST: Final = ("applicationURL", "unrecognisedApplicationURL", "benefit", "conversionReason")
WITHHELD: Final = ("withholdingGround", "groundText")
APPROVAL: Final = ("headApproval", "publicNotice", "pendingApproval")
PLAN: Final = ("plannedAs",)
WITHDRAWN: Final = ("openedAs", "withdrawalFacet", "withholdingGround", "approvalStatus", "approval", "advisoryMeeting",
                    "headApproval", "publicNotice")
"""Local names of the properties shown, in their order; the page's texts for them are `state.NAME`."""

FORMER: Final = {"publisher": DCTERMS + "publisher", "identifier": DCTERMS + "identifier", "formerClass": ODL + "formerClass"}
"""The former state of a record that was taken down: the key of the page's text -> property."""


@dataclass(frozen=True)
class Fact:
    """A line of the page: the key of its name, and its text, with a link where it has one."""

    key: str
    values: list[NamedItem]


@dataclass(frozen=True)
class State:
    """A dataset's state: its code's last part ("" where the record does not state it), its name, and its description."""

    code: str
    name: NamedItem | None
    facts: list[Fact]


def state(viewer: Viewer, reader: Reader, standing: str) -> State:
    """Return the state of a living dataset; `standing` is its code's IRI, "" where the record states none."""
    code = standing
    facts = [*_conditions(viewer, reader), *_facts(viewer, reader, (*REQUEST, *WITHHELD, *APPROVAL, *PLAN))]
    return State(code.rpartition("/")[2], viewer.named(code) if code else None, facts)


def withdrawn(viewer: Viewer, reader: Reader) -> list[Fact]:
    """Return what a tombstone states in addition to its reason."""
    return [*_facts(viewer, reader, WITHDRAWN), *_facts(viewer, reader, FORMER)]


def _conditions(viewer: Viewer, reader: Reader) -> list[Fact]:
    """Return the conditions of use, each with its kind and text."""
    found = []
    for node in sorted(reader.iris(ODL + "useCondition")):
        kind = reader.iri_of(DCTERMS + "type", node)
        texts = [*reader.all(ODL + "feeBasis", node), *reader.all(DCTERMS + "description", node)]
        found.append(NamedItem(viewer.named(kind).name if kind else "", None, "\n".join(term.value for term in texts)))
    return [Fact("useCondition", found)] if found else []


def _facts(viewer: Viewer, reader: Reader, names: Iterable[str]) -> list[Fact]:
    found = []
    for name in names:
        terms = reader.all(FORMER.get(name, ODL + name))
        values = [_named(viewer, name, term.value) if term.is_iri else NamedItem(term.value) for term in terms]
        if values:
            found.append(Fact(name, values))
    return found


def _named(viewer: Viewer, name: str, iri: str) -> NamedItem:
    return NamedItem(iri, viewer.place.link(iri)) if name.endswith("URL") else viewer.named(iri)
