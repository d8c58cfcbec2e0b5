"""What a record's page shows, gathered from its document: plain values in one language, ready for a template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record
from odlinked.findings import Finding
from odlinked.namespaces import ADMS, CODE, DCAT, DCTERMS, FOAF, ODL, OWL, RULE, SH, SKOS, VCARD
from odlinked.rdf.ntriples import Term
from odlinked.web.site.address import RequestContext, identifier_of
from odlinked.web.site.document import Reader
from odlinked.web.site.vocabulary import Vocabulary
from odlinked.web.site.words import Say

ORG: Final = "http://www.w3.org/ns/org#"
STRATEGIES: Final = CODE + "moea-theme/"
_REACHED: Final = re.compile(r"(?:tel:[+0-9][0-9+;=a-z-]*|mailto:[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)\Z")
"""A telephone or mail address that a page links to."""


@dataclass(frozen=True)
class NamedItem:
    """Something with a name and maybe a link; `note` is a sentence about it, `iri` its identity."""

    name: str
    link: str | None = None
    note: str = ""
    iri: str = ""


@dataclass(frozen=True)
class File:
    """A distribution: one way to get the data. `link` is None where the source's address is unusable (`raw` shows it)."""

    title: str
    format: str
    encoding: str
    size: str
    count: str
    link: str | None
    raw: str
    key_removed: bool
    licence: NamedItem | None
    anchor: str
    problems: int
    service: NamedItem | None


@dataclass(frozen=True)
class FaultView:
    """A finding in one language: what is wrong, where, and what to write instead."""

    rule: str
    severity: str
    name: str
    message: str
    advice: str
    heading: str
    value: str
    row: int
    column: str
    member: int


@dataclass
class RecordView:
    """Everything a record page shows."""

    record: Record
    title: str
    title_language: str
    other_title: str
    description: str
    description_language: str
    publisher: NamedItem | None
    themes: list[NamedItem]
    frequency: NamedItem | None
    stated_frequency: str
    access: NamedItem | None
    issued: str
    modified: str
    licences: list[NamedItem]
    files: list[File]
    fields: list[str]
    field_text: str
    keywords: list[str]
    contacts: list[tuple[str, list[NamedItem]]]
    notes: list[str]
    badge: NamedItem | None
    status: NamedItem | None
    goals: list[NamedItem]
    plans: list[NamedItem]
    strategies: list[NamedItem]
    series: list[NamedItem]
    before: list[NamedItem]
    after: list[NamedItem]
    fee: str
    landing: str | None
    pages: list[str]
    identifier: str
    endpoints: list[NamedItem]
    manuals: list[NamedItem]
    serves: list[NamedItem]
    faults: list[FaultView]
    same: list[str] = field(default_factory=list)
    parent: NamedItem | None = None

    def by_severity(self, severity: str) -> int:
        """Return how many findings have a severity."""
        return sum(1 for fault in self.faults if fault.severity == severity)


class Viewer:
    """Builds views of one release for one place."""

    def __init__(self, release: Release, vocabulary: Vocabulary, place: RequestContext) -> None:
        self.release, self.vocabulary, self.place = release, vocabulary, place
        self.language = place.language

    def named(self, iri: str) -> NamedItem:
        """Return the name and link of a code, organisation or anything else with an IRI."""
        label = self.vocabulary.label(iri, self.language)
        path = self.vocabulary.path(iri)
        link = self.place.to(path) if path else self.place.link(iri)
        if link and iri.startswith(f"{self.release.base}/id/") and self.release.record(iri) is None:
            link = None
        note = self.vocabulary.text(iri, SKOS + "definition", self.language)
        return NamedItem(label or self.release.label(iri, self.language) or iri, link, note, iri)

    def term(self, iri: str) -> NamedItem:
        """Return the name and link of a property, a class or one of their values: in our words, else as `named` has it."""
        item = self.named(iri)
        known = self.vocabulary.words.name(iri, self.language)
        return replace(item, name=known) if known else item

    def record(self, record: Record, reader: Reader, faults: Iterable[Finding] = ()) -> RecordView:
        """Return the view of a dataset, service or organisation."""
        title = reader.text(DCTERMS + "title", self.language) or reader.text(SKOS + "prefLabel", self.language) \
            or reader.text(FOAF + "name", self.language)
        description = reader.text(DCTERMS + "description", self.language)
        listed = list(faults)
        files = self._files(reader, listed)
        licences = {lic.iri: lic for lic in (file.licence for file in files) if lic}
        licences |= {iri: self.named(iri) for iri in reader.iris(DCTERMS + "license")}
        own = [reader.value(DCTERMS + "identifier")]
        return RecordView(
            record=record,
            title=title.value if title else record.title or identifier_of(record.iri),
            title_language=title.language if title else "",
            other_title=_other(record, title), description=description.value if description else "",
            description_language=description.language if description else "",
            publisher=self._first(reader, DCTERMS + "publisher"), themes=self._themes(reader),
            frequency=self._first(reader, DCTERMS + "accrualPeriodicity"),
            stated_frequency=reader.value(ODL + "statedFrequency") or reader.value(ODL + "unrecognisedFrequency"),
            access=self._first(reader, DCTERMS + "accessRights"),
            issued=reader.value(DCTERMS + "issued") or reader.value(ODL + "plannedOpening"),
            modified=reader.value(DCTERMS + "modified"), licences=list(licences.values()), files=files,
            fields=_fields(reader), field_text=reader.value(ODL + "fieldDescription"),
            keywords=[term.value for term in reader.all(DCAT + "keyword")], contacts=_contacts(reader),
            notes=[term.value for term in reader.all(SKOS + "note")], badge=self._first(reader, ODL + "qualityBadge"),
            status=self._first(reader, ODL + "changeStatus") or self._first(reader, ADMS + "status"),
            goals=self._names(reader, ODL + "sdg"), plans=self._names(reader, ODL + "environmentPlan"),
            strategies=[self.named(iri) for iri in reader.iris(DCAT + "theme") if iri.startswith(STRATEGIES)],
            series=self._names(reader, DCAT + "inSeries"), before=self._names(reader, DCAT + "prev"),
            after=self._names(reader, DCAT + "next"),
            fee=self._worded(reader, ODL + "fee"), landing=self._link(reader.iri_of(DCAT + "landingPage")),
            pages=reader.iris(FOAF + "page"), identifier=next((i for i in own if i), ""),
            endpoints=[NamedItem(iri, self._link(iri)) for iri in reader.iris(DCAT + "endpointURL")],
            manuals=[NamedItem(iri, self._link(iri)) for iri in reader.iris(DCAT + "endpointDescription")],
            serves=self._names(reader, DCAT + "servesDataset"), faults=[self.fault(fault) for fault in listed],
            same=reader.iris(OWL + "sameAs"), parent=self._first(reader, ORG + "subOrganizationOf"),
        )

    def file_names(self, reader: Reader, say: Say) -> dict[str, str]:
        """Return anchor -> name of the files of a dataset: the same name on all pages."""
        return {file.anchor: file.title or say("file.untitled", n=place) for place, file in enumerate(self._files(reader, ()), 1)}

    def _files(self, reader: Reader, faults: Iterable[Finding]) -> list[File]:
        files = [self._file(reader, node, faults) for node in reader.iris(DCAT + "distribution")]
        return sorted(files, key=lambda file: (not file.link, file.format, file.raw))

    def _link(self, iri: str) -> str | None:
        return self.place.link(iri) if iri else None

    def _first(self, reader: Reader, predicate: str) -> NamedItem | None:
        iri = reader.iri_of(predicate)
        return self.named(iri) if iri else None

    def _names(self, reader: Reader, predicate: str) -> list[NamedItem]:
        return [self.named(iri) for iri in reader.iris(predicate)]

    def _worded(self, reader: Reader, predicate: str) -> str:
        iri = reader.iri_of(predicate)
        return self.named(iri).name if iri else reader.value(predicate)

    def _themes(self, reader: Reader) -> list[NamedItem]:
        """Return the themes, those of our own list before the European ones they broadly match."""
        themes = self._names(reader, DCAT + "theme")
        themes = [theme for theme in themes if not theme.iri.startswith(STRATEGIES)]
        own = [theme for theme in themes if theme.iri.startswith("https://w3id.org/odlinked/")]
        return own or themes

    def _file(self, reader: Reader, node: str, faults: Iterable[Finding]) -> File:
        address = reader.iri_of(DCAT + "downloadURL", node) or reader.iri_of(DCAT + "accessURL", node)
        title = reader.text(DCTERMS + "title", self.language, node)
        kind, encoding = reader.iri_of(DCTERMS + "format", node), reader.iri_of(ODL + "characterEncoding", node)
        licence, service = reader.iri_of(DCTERMS + "license", node), reader.iri_of(DCAT + "accessService", node)
        removed = any(term.value == "true" for term in reader.all(ODL + "keyRemoved", node))
        return File(
            title=title.value if title else "",
            format=self._code(kind) if kind else self._other_format(reader, node, service),
            encoding=self.named(encoding).name if encoding else (
                reader.value(ODL + "characterEncoding", node) or reader.value(ODL + "unrecognisedEncoding", node)),
            size=reader.value(DCAT + "byteSize", node), count=reader.value(ODL + "recordCount", node),
            link=self._link(address), raw=address or reader.value(ODL + "unrecognisedURL", node), key_removed=removed,
            licence=self.named(licence) if licence else None, anchor=node.partition("#")[2],
            problems=sum(1 for fault in faults if fault.node == node), service=self.named(service) if service else None,
        )

    def _other_format(self, reader: Reader, node: str, service: str) -> str:
        """Return the name of a file whose format is not in the table of file types."""
        other = reader.iri_of(ODL + "otherFormat", node)
        return reader.value(ODL + "unrecognisedFormat", node) or (self.named(other).name if other else "API" if service else "")

    def _code(self, iri: str) -> str:
        """Return a file type's short code, which is better known than its name."""
        return self.vocabulary.text(iri, SKOS + "notation", self.language) or iri.rpartition("/")[2]

    def fault(self, finding: Finding) -> FaultView:
        """Return a finding in the page's language, with the rule's example where it has no suggestion of its own."""
        name = finding.rule.removeprefix(RULE)
        iri = RULE + name
        say = self.vocabulary.text
        advice = self._text(finding.suggestions) or say(iri, SKOS + "example", self.language)
        return FaultView(name, finding.severity, say(iri, SH + "name", self.language) or name,
                     self._text(finding.messages) or say(iri, SH + "message", self.language), advice, finding.heading,
                     finding.value, finding.row, finding.column, finding.member)

    def _text(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language) or next(iter(texts.values()), "")


def _other(record: Record, title: Term | None) -> str:
    """Return the title in the other language, where there is one."""
    shown = title.value if title else ""
    return next((text for text in (record.title, record.title_en) if text and text != shown), "")


def _fields(reader: Reader) -> list[str]:
    """Return the field names in the order the source wrote them: RDF has none, the text has."""
    text = reader.value(ODL + "fieldDescription")
    return sorted((term.value for term in reader.all(ODL + "fieldName")), key=lambda name: (text.find(name), name))


def _contacts(reader: Reader) -> list[tuple[str, list[NamedItem]]]:
    """Return (unit, office telephones and mails, to be called and written to) of each contact point."""
    found = []
    for node in reader.iris(DCAT + "contactPoint"):
        ways = [_way(term.value) for predicate in ("hasTelephone", "hasEmail") for term in reader.all(VCARD + predicate, node)]
        found.append((reader.value(VCARD + "fn", node), ways))
    return found


def _way(iri: str) -> NamedItem:
    return NamedItem(written(iri), iri if _REACHED.match(iri) else None)


def written(iri: str) -> str:
    """Return a `tel:` or `mailto:` IRI in the usual written form: `+886-2-55550100 #2000`, `1999 #2800`."""
    return iri.removeprefix("tel:").removeprefix("mailto:").replace(";ext=", " #").removesuffix(";phone-context=+886")
