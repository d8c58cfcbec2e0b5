"""What an organisation's page shows in addition to its datasets: its units, its past, its successors, its location."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record
from odlinked.documents import Document
from odlinked.namespaces import ODL, ORG, SKOS, VCARD
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer, written

SHOWN = 300
"""The most units that are listed; the largest body of the official list has fewer."""


@dataclass(frozen=True)
class ChangeEvent:
    """A change of an organisation: its title, the day ("" where unknown), the other organisations of it, remarks on it, and the
    name before it ("" where it tells none)."""

    title: NamedItem
    day: str
    others: list[NamedItem]
    remarks: list[str]
    name_before: str


class Surroundings:
    """The records that refer to an organisation in a release."""

    def __init__(self, release: Release, iri: str) -> None:
        self.release, self.iri = release, iri
        self.unit_count, self.units = release.hanging("parent", iri, SHOWN)

    @cached_property
    def _came(self) -> list[Record]:
        return self.release.hanging("after", self.iri)[1]

    @cached_property
    def _left(self) -> list[Record]:
        return self.release.hanging("before", self.iri)[1]

    def former(self, viewer: Viewer) -> list[ChangeEvent]:
        """Return the changes from which it arose, the latest first."""
        return self._changes(self._came, "originalOrganization", viewer)

    def later(self, viewer: Viewer) -> list[ChangeEvent]:
        """Return the changes into which it went, the latest first; one under the same identifier is only shown as a former
        name."""
        renamed = {record.iri for record in self._came}
        return self._changes([record for record in self._left if record.iri not in renamed], "resultingOrganization", viewer)

    def _changes(self, events: list[Record], side: str, viewer: Viewer) -> list[ChangeEvent]:
        found = []
        for event in sorted(events, key=lambda record: record.issued, reverse=True):
            document = self.release.document(event.iri)
            reader = Reader(document if document is not None else Document(event.iri, b""))
            others = [viewer.named(iri) for iri in reader.iris(ORG + side) if iri != self.iri]
            remark = reader.text(SKOS + "editorialNote", viewer.language)
            before = reader.text(ODL + "formerName", viewer.language)
            found.append(ChangeEvent(viewer.named(event.iri), event.issued, [one for one in others if one.link],
                                     [remark.value] if remark else [], before.value if before else ""))
        return found


def office(reader: Reader) -> tuple[list[str], list[str]]:
    """Return the telephones and the addresses of an organisation's office, as people write them."""
    cards = [card for site in reader.iris(ORG + "hasPrimarySite") for card in reader.iris(ORG + "siteAddress", site)]
    telephones = [written(term.value) for card in cards for term in reader.all(VCARD + "hasTelephone", card)]
    places = [term.value for card in cards for place in reader.iris(VCARD + "hasAddress", card)
              for term in reader.all(VCARD + "street-address", place)]
    return telephones, places
