"""A plain rdflib script for the 22-column national list: what somebody would write who needs the same triples once.

One class, no CSVW, no queries: a function a thing, `graph.add` a triple. It takes the project's code lists as they are, and
borrows the project's own readings of a cell (dates, telephones, addresses, field names), so that what `reference.py` compares
is making the graph, writing it and validating it, not who reads ROC dates better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, SKOS, XSD
from rdflib.term import Node

from odlinked.assets import Assets
from odlinked.folding import fold
from odlinked.mapping import codes, dates, fields, privacy
from odlinked.mapping.lift import MEMBERS, split
from odlinked.mapping.organizations import SHORTEST, Units
from odlinked.mapping.urls import Keys, address
from odlinked.persons import recognition

ODL = Namespace("https://w3id.org/odlinked/ns#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CODE = "https://w3id.org/odlinked/code/"
EU = "http://publications.europa.eu/resource/authority/"
KEYS = Keys(("api_key", "apikey", "api-key", "access_key", "accesskey", "access_token", "accesstoken", "token", "auth",
             "authorization", "client_secret", "secret", "password", "passwd", "pwd", "subscription-key",
             "ocp-apim-subscription-key"), ("key",))
CODED = (  # heading, scheme, property, property for a word that is none
    ("資料提供屬性", CODE + "dataset-provision", ODL.provision, ODL.unrecognisedProvision),
    ("品質檢測", CODE + "quality-badge", ODL.qualityBadge, ODL.unrecognisedQualityBadge),
    ("資資料集上架方式", CODE + "publication-method", ODL.publicationMethod, ODL.unrecognisedPublicationMethod),
    ("更新頻率", EU + "frequency", DCTERMS.accrualPeriodicity, ODL.unrecognisedFrequency),
    ("授權方式", CODE + "licence", DCTERMS.license, ODL.unrecognisedLicense),
    ("計費方式", CODE + "fee", ODL.fee, ODL.unrecognisedFee),
)
LISTS = ("檔案格式", "資料下載網址", "編碼格式", "資料量")


def zh(text: str) -> Literal:
    """Return a Chinese literal."""
    return Literal(text, lang="zh-Hant")


class Plain:
    """Writes rows of the national list into graphs."""

    def __init__(self, assets: Assets, base: str, timezone: str) -> None:
        self.base, self.timezone = base, timezone
        self.cleaned = recognition(assets).cleaned
        self.index = codes.load(assets).index
        self.codes = Graph(bind_namespaces="none")
        for path in assets.glob(codes.PATTERN).values():
            self.codes.parse(path, format="turtle")
        units = list(self.codes.subjects(SKOS.inScheme, URIRef(CODE + "organization")))
        self.listed = {unit: self.in_catalogue(unit) for unit in units}
        self.placed = [(self.listed[unit], str(word), strategy)
                       for strategy, unit in self.codes.subject_objects(ODL.placesPublisher)
                       for word in self.codes.objects(strategy, ODL.placesTitle)]
        self.beside = {unit: self.around(unit) for unit in units}
        self.units = Units.load(assets)
        self.told: set[str] = set()

    def graph(self, rows: Iterable[Mapping[str, str]]) -> Graph:
        """Return the graph of some rows."""
        graph = Graph(bind_namespaces="none")
        self.told.clear()
        for row in rows:
            self.row(graph, {heading: text.strip() for heading, text in row.items()})
        return graph

    def row(self, graph: Graph, row: Mapping[str, str]) -> None:
        """Add a row: its dataset, distributions, contact, service and organisations."""
        name = row["資料集識別碼"]
        ident = quote(name, safe="") if name else self.hashed(fold(row["提供機關"]) + "\n" + fold(row["資料集名稱"]))
        dataset = URIRef(f"{self.base}/id/dataset/{ident}")
        service = URIRef(f"{self.base}/id/service/{ident}")
        agent = self.organisation(graph, row["提供機關"])
        graph.add((dataset, RDF.type, DCAT.Dataset))
        graph.add((dataset, DCTERMS.language, URIRef(EU + "language/ZHO")))
        self.described(graph, dataset, row, agent)
        licence = None
        for heading, scheme, property_, odd in CODED:
            concept = self.coded(graph, dataset, row[heading], scheme, property_, odd)
            if heading == "授權方式" and concept:
                licence = concept
                for access in self.codes.objects(concept, ODL.impliesAccess):
                    graph.add((dataset, DCTERMS.accessRights, access))
        if row["更新頻率"]:
            graph.add((dataset, ODL.statedFrequency, Literal(row["更新頻率"])))
        self.themes(graph, dataset, row["服務分類"])
        themes = list(graph.objects(dataset, DCAT.theme))
        for strategy in self.codes.subjects(ODL.placesDataset, Literal(name)):
            graph.add((dataset, DCAT.theme, strategy))
        for place, word, strategy in self.placed:
            if place == agent and word in row["資料集名稱"]:
                graph.add((dataset, DCAT.theme, strategy))
        self.dated(graph, dataset, row["上架日期"], DCTERMS.issued, ODL.unrecognisedIssued)
        self.dated(graph, dataset, row["詮釋資料更新時間"], DCTERMS.modified, ODL.unrecognisedModified)
        self.fields(graph, dataset, row["主要欄位說明"])
        for part in re.split(r"(?:;|；)\s*(?=https?://)", row["相關網址"]):
            self.addressed(graph, dataset, part.strip(), FOAF.page, ODL.unrecognisedPage)
        note = self.cleaned(row["備註"])
        if note:
            graph.add((dataset, SKOS.note, zh(note)))
        self.contact(graph, dataset, row, agent)
        serves = (dataset, ODL.provision, URIRef(CODE + "dataset-provision/api")) in graph
        endpoints = self.distributions(graph, dataset, row, licence, service if serves else None)
        if serves:
            self.service(graph, service, dataset, row, agent, licence, endpoints)
            for theme in themes:
                graph.add((service, DCAT.theme, theme))

    @staticmethod
    def hashed(text: str) -> str:
        """Return the first 16 hexadecimal digits of a text's SHA-256."""
        return sha256(text.encode()).hexdigest()[:16]

    def described(self, graph: Graph, node: URIRef, row: Mapping[str, str], agent: URIRef | None) -> None:
        """Add what a dataset and its service say alike."""
        if row["資料集識別碼"]:
            graph.add((node, DCTERMS.identifier, Literal(row["資料集識別碼"])))
            if re.fullmatch("[0-9]+", row["資料集識別碼"]):
                graph.add((node, DCAT.landingPage, URIRef("https://data.gov.tw/dataset/" + row["資料集識別碼"])))
        if row["資料集名稱"]:
            graph.add((node, DCTERMS.title, zh(row["資料集名稱"])))
        if row["資料集描述"]:
            graph.add((node, DCTERMS.description, zh(row["資料集描述"])))
        if agent:
            graph.add((node, DCTERMS.publisher, agent))

    def coded(self, graph: Graph, node: URIRef, text: str, scheme: str, property_: URIRef, odd: URIRef) -> URIRef | None:
        """Add a word of a code list as its concept, any other as it is."""
        if not text:
            return None
        known = self.index[scheme].get(fold(text))
        if known is None:
            graph.add((node, odd, zh(text)))
            return None
        graph.add((node, property_, URIRef(known)))
        return URIRef(known)

    def themes(self, graph: Graph, dataset: URIRef, text: str) -> None:
        """Add the categories and the European themes they belong to."""
        for part in re.split("[;；、]", text):
            concept = self.coded(graph, dataset, part.strip(), CODE + "service-category", DCAT.theme, ODL.unrecognisedTheme)
            if concept:
                for theme in self.codes.objects(concept, SKOS.broadMatch):
                    graph.add((dataset, DCAT.theme, theme))

    def dated(self, graph: Graph, node: URIRef, text: str, property_: URIRef, odd: URIRef) -> None:
        """Add a date in ISO 8601."""
        if not text:
            return
        moment = dates.read(text)
        if moment is None:
            graph.add((node, odd, Literal(text)))
            return
        graph.add((node, property_, Literal(moment.at(self.timezone), datatype=XSD[moment.datatype], normalize=False)))

    def fields(self, graph: Graph, dataset: URIRef, text: str) -> None:
        """Add the description of the fields and each field's name."""
        if text in ("", "無"):
            return
        graph.add((dataset, ODL.fieldDescription, zh(text)))
        for name in fields.names(text):
            graph.add((dataset, ODL.fieldName, Literal(name)))

    def addressed(self, graph: Graph, node: URIRef, text: str, property_: URIRef, odd: URIRef) -> None:
        """Add an address as an IRI."""
        if text:
            found = address(text, KEYS)
            graph.add((node, property_, URIRef(found.iri)) if found else (node, odd, Literal(self.cleaned(text))))

    def contact(self, graph: Graph, dataset: URIRef, row: Mapping[str, str], agent: URIRef | None) -> None:
        """Add the contact unit and its office telephones."""
        telephones = privacy.office_telephones(row["提供機關聯絡人電話"]) if row["提供機關聯絡人電話"] else []
        if not agent and not telephones:
            return
        contact = URIRef(dataset + "#contact")
        graph.add((dataset, DCAT.contactPoint, contact))
        graph.add((contact, RDF.type, VCARD.Organization))
        graph.add((contact, RDF.type, VCARD.Kind))
        if row["提供機關"]:
            graph.add((contact, VCARD.fn, zh(row["提供機關"])))
        for telephone in telephones:
            graph.add((contact, VCARD.hasTelephone, URIRef(telephone)))

    def distributions(self, graph: Graph, dataset: URIRef, row: Mapping[str, str], licence: URIRef | None,
                      service: URIRef | None) -> list[URIRef]:
        """Add a distribution for each member of the parallel lists; return the addresses that are usable."""
        lists = [split(row[heading], "http" if heading == "資料下載網址" else "") for heading in LISTS]
        seen: dict[str, Sequence[str]] = {}
        usable = []
        for i in range(min(max(map(len, lists)), MEMBERS)):
            format_, url, encoding, amount = (parts[i].strip() if i < len(parts) else "" for parts in lists)
            if not url:
                continue
            found = address(url, KEYS)
            others = (format_, encoding, amount)
            key = found.iri if found else self.cleaned(url)
            twin = "" if seen.setdefault(lists[1][i], others) == others else "\n" + "\n".join(others)
            node = URIRef(f"{dataset}#distribution-{self.hashed(key + twin)}")
            graph.add((dataset, DCAT.distribution, node))
            graph.add((node, RDF.type, DCAT.Distribution))
            if found:
                usable.append(URIRef(found.iri))
                graph.add((node, DCAT.accessURL, usable[-1]))
                if found.key_removed:
                    graph.add((node, ODL.keyRemoved, Literal("true", datatype=XSD.boolean)))
                elif service is None:
                    graph.add((node, DCAT.downloadURL, usable[-1]))
            else:
                graph.add((node, ODL.unrecognisedURL, Literal(key)))
            if licence:
                graph.add((node, DCTERMS.license, licence))
            if service is not None:
                graph.add((node, DCAT.accessService, service))
            self.format(graph, node, format_)
            self.coded(graph, node, encoding, CODE + "character-encoding", ODL.characterEncoding, ODL.unrecognisedEncoding)
            if re.fullmatch(r"\+?[0-9]+", amount):
                graph.add((node, ODL.recordCount, Literal(amount, datatype=XSD.nonNegativeInteger, normalize=False)))
            elif amount:
                graph.add((node, ODL.unrecognisedRecordCount, zh(amount)))
        return usable

    def format(self, graph: Graph, node: URIRef, text: str) -> None:
        """Add a file type of the European list and its media type, or another format."""
        other = self.index[CODE + "other-format"].get(fold(text))
        if other and fold(text) not in self.index[EU + "file-type"]:
            graph.add((node, ODL.otherFormat, URIRef(other)))
            return
        concept = self.coded(graph, node, text, EU + "file-type", DCTERMS["format"], ODL.unrecognisedFormat)
        if concept:
            for media in self.codes.objects(concept, ODL.mediaType):
                graph.add((node, DCAT.mediaType, media))

    def service(self, graph: Graph, service: URIRef, dataset: URIRef, row: Mapping[str, str], agent: URIRef | None,
                licence: URIRef | None, endpoints: Sequence[URIRef]) -> None:
        """Add the data service of a dataset that is given as one."""
        graph.add((service, RDF.type, DCAT.DataService))
        graph.add((service, DCAT.servesDataset, dataset))
        self.described(graph, service, row, agent)
        if licence:
            graph.add((service, DCTERMS.license, licence))
            for access in self.codes.objects(licence, ODL.impliesAccess):
                graph.add((service, DCTERMS.accessRights, access))
        for endpoint in endpoints:
            graph.add((service, DCAT.endpointURL, endpoint))
        found = re.search(r"OAS.*?(https?://[A-Za-z0-9._~:/?@!$&()*+,;=%-]+)", row["備註"], re.DOTALL)
        if found:
            graph.add((service, DCAT.endpointDescription, URIRef(found[1])))

    def organisation(self, graph: Graph, text: str) -> URIRef | None:
        """Add an organisation, and the bodies above it where it is a listed one; return its IRI."""
        if not text:
            return None
        known = self.index[CODE + "organization"].get(fold(text))
        if known is None:
            agent = URIRef(f"{self.base}/id/organization/{self.hashed(fold(text))}")
            self.named(graph, agent, [zh(text)])
            body = self.body(graph, fold(text))
            if body is not None:
                graph.add((agent, ORG.subOrganizationOf, body))
                graph.add((agent, ODL.parentByName, body))
            return agent
        if known in self.told:
            return self.listed[URIRef(known)]
        self.told.add(known)
        for unit in self.beside[URIRef(known)]:
            agent = self.listed[unit]
            self.named(graph, agent, self.codes.objects(unit, SKOS.prefLabel))
            for notation in self.codes.objects(unit, SKOS.notation):
                graph.add((agent, DCTERMS.identifier, notation))
            for same in self.codes.objects(unit, OWL.sameAs):
                graph.add((agent, OWL.sameAs, same))
            for above in self.codes.objects(unit, ORG.subOrganizationOf):
                graph.add((agent, ORG.subOrganizationOf, self.listed[above]))
            for event in self.codes.subjects(ORG.originalOrganization, unit):
                graph.add((agent, ORG.changedBy, self.changed(graph, event)))
            for event in self.codes.subjects(ORG.resultingOrganization, unit):
                graph.add((agent, ORG.resultedFrom, self.changed(graph, event)))
        return self.listed[URIRef(known)]

    def body(self, graph: Graph, name: str) -> URIRef | None:
        """Add the listed organisation with whose name that of an unknown unit begins; return its IRI."""
        listed = self.index[CODE + "organization"]
        for length in range(len(name) - 1, SHORTEST - 1, -1):
            if name[:length] in listed and self.units.goes_on(name[:length], name[length:]):
                return self.organisation(graph, name[:length])
        return None

    def around(self, unit: Node) -> set[Node]:
        """Return an organisation with those above, before and after it, and theirs."""
        found, left = {unit}, [unit]
        while left:
            one = left.pop()
            near = set(self.codes.objects(one, ORG.subOrganizationOf))
            for here, there in ((ORG.originalOrganization, ORG.resultingOrganization),
                                (ORG.resultingOrganization, ORG.originalOrganization)):
                near.update(other for event in self.codes.subjects(here, one) for other in self.codes.objects(event, there))
            left += near - found
            found |= near
        return found

    def changed(self, graph: Graph, event: Node) -> URIRef:
        """Add a change of organisations; return its IRI."""
        change = URIRef(f"{self.base}/id/event/{str(event).rpartition('/')[2]}")
        graph.add((change, RDF.type, ORG.ChangeEvent))
        graph.add((change, RDF.type, PROV.Activity))
        for title in self.codes.objects(event, SKOS.prefLabel):
            graph.add((change, DCTERMS.title, title))
        for stated in self.codes.objects(event, DCTERMS.date):
            graph.add((change, DCTERMS.date, Literal(str(stated), datatype=XSD.date, normalize=False)))
        for property_ in (ORG.originalOrganization, ORG.resultingOrganization):
            for unit in self.codes.objects(event, property_):
                graph.add((change, property_, self.listed[unit]))
        for remark in self.codes.objects(event, SKOS.editorialNote):
            graph.add((change, SKOS.editorialNote, remark))
        return change

    def named(self, graph: Graph, agent: URIRef, names: Iterable[Literal]) -> None:
        """Add an organisation's types and names."""
        graph.add((agent, RDF.type, FOAF.Agent))
        graph.add((agent, RDF.type, ORG.Organization))
        for name in names:
            graph.add((agent, FOAF.name, name))
            graph.add((agent, SKOS.prefLabel, name))

    def in_catalogue(self, unit: Node) -> URIRef:
        """Return the IRI a listed organisation has in this catalogue."""
        notation = self.codes.value(unit, SKOS.notation)
        if notation is None:
            label = next(str(name) for name in self.codes.objects(unit, SKOS.prefLabel) if name.language == "zh-Hant")
            notation = self.hashed(fold(label))
        return URIRef(f"{self.base}/id/organization/{notation}")
