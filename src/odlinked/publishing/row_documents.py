"""The document of a published table of rows: downloads as distributions of its dataset, SPARQL service, statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.csvw.terms import expand
from odlinked.documents import Document
from odlinked.lifting.publication.dereferencing import Dereferenced
from odlinked.lifting.publication.stars import FAILS, UNKNOWN, WORKS, StarReport, TargetVocabulary
from odlinked.namespaces import CODE, XSD
from odlinked.queries import Query
from odlinked.rdf import ask
from odlinked.rdf.ntriples import iri, string, tagged, typed

_FILE_TYPE: Final = "http://publications.europa.eu/resource/authority/file-type/"
_MEDIA_TYPE: Final = "https://www.iana.org/assignments/media-types/"
DOWNLOADS: Final = (
    ("nt", "N-Triples", _FILE_TYPE + "RDF_N_TRIPLES", "application/n-triples"),
    ("ttl", "Turtle", _FILE_TYPE + "RDF_TURTLE", "text/turtle"),
    ("parquet", "Parquet", None, "application/vnd.apache.parquet"),
)
"""What rows are downloaded as: name in addresses, name for people, format, media type."""

ANSWER: Final = CODE + "answer/"
FACT: Final = "urn:odlinked:rows:"
"""Namespace of the facts that the queries read."""

_DATATYPES: Final = {"integer": "integer", "number": "double", "day": "date", "time": "dateTime", "local": "dateTime"}


@dataclass(frozen=True)
class RowDocuments:
    """Writes the documents of tables for a service at `address`."""

    assets: Assets
    address: str

    def document(self, table: LiftedTable, facts: Mapping[str, Any], dataset: bytes) -> Document:
        """Return the document of a table; `dataset` is the document of its dataset."""
        store = ox.Store()
        store.bulk_load(dataset + b"".join(self._known(table, facts)), format=ox.RdfFormat.N_TRIPLES)
        service = table.iri + "#sparql"
        page = f"{self.address}/rows/{table.name}"
        named = {"dataset": table.dataset, "distribution": table.distribution, "graph": table.graph, "service": service}
        texts = (
            ask.construct(store, self._query("rows"), **named, document=table.iri, endpoint=f"{self.address}/sparql",
                          key=table.key, counted=table.iri + "#counted",
                          described=page + "/metadata.json", croissant=page + "/croissant.json",
                          triples=facts["triples"], rows=facts["rows"]),
            ask.construct(store, self._query("rows-download"), **named),
            ask.construct(store, self._query("rows-column"), document=table.iri),
            ask.construct(store, self._query("rows-stars"), document=table.iri),
        )
        return Document.of(table.iri, {line for text in texts for line in text.split(b"\n")[:-1]})

    def _known(self, table: LiftedTable, facts: Mapping[str, Any]) -> Iterator[bytes]:
        """Yield what is known of downloads and columns as N-Triples for the queries."""
        for name, label, style, media_type in DOWNLOADS:
            said = {"name": string(label), "address": iri(f"{self.address}/rows/{table.name}.{name}"),
                    "mediaType": iri(_MEDIA_TYPE + media_type)}
            said |= {"format": iri(style)} if style else {}
            size = facts["bytes"].get(name)
            said |= {"bytes": typed(str(size), XSD + "nonNegativeInteger")} if size is not None else {}
            yield from _lines(f"{table.iri}#{name}", said)
        yield from self._stars(table, facts)
        for column in facts["columns"]:
            yield from _lines(f"{table.iri}#column-{quote(column['name'], safe='')}", _column(column))

    def _stars(self, table: LiftedTable, facts: Mapping[str, Any]) -> Iterator[bytes]:
        """Yield the evidence of the fourth and the fifth star; nothing where rows were published before it was kept."""
        if "subjects" not in facts:
            return
        sampled = tuple(Dereferenced(*one) for one in table.answers)
        links = tuple(TargetVocabulary(*one) for one in facts["links"])
        report = StarReport(None, sampled, links)
        whole = XSD + "integer"
        for number, one in enumerate(sampled, 1):
            yield from _lines(f"{table.iri}#address-{number}", {
                "address": iri(one.iri), "status": typed(str(one.status), whole),
                "answer": iri(ANSWER + (WORKS if one.is_found else FAILS if one.status else UNKNOWN))})
        yield from _lines(f"{table.iri}#addresses", {
            "fourth": iri(ANSWER + report.fourth), "found": typed(str(sum(one.is_found for one in sampled)), whole),
            "of": typed(str(len(sampled) or len(facts["subjects"])), whole)}
            | ({"asked": typed(table.asked, XSD + "dateTime")} if table.asked else {}))
        for number, target in enumerate(links, 1):
            said = {"links": target.links, "targets": target.targets, "known": target.known}
            yield from _lines(f"{table.iri}#links-{number}", {
                "target": iri(target.iri), **{key: typed(str(count), whole) for key, count in said.items()}})
        yield from _lines(f"{table.iri}#links", {
            "fifth": iri(ANSWER + report.fifth), "found": typed(str(sum(one.links for one in links)), whole)})

    def _query(self, name: str) -> Query:
        return ask.load(self.assets, f"queries/documents/{name}.rq")


def _column(column: Mapping[str, Any]) -> dict[str, str]:
    datatype = XSD + _DATATYPES.get(column["type"], "string")
    said = {"label": tagged(column["title"], "zh-Hant")}
    for key, address in (("property", expand(column["property"]) or column["property"]), ("unit", column["unit"])):
        if _is_absolute(address):
            said[key] = iri(address)
    said |= {key: typed(str(column[key]), XSD + "integer") for key in ("nulls", "misfits", "distinct") if column[key] is not None}
    said |= {key: typed(column[key], datatype) for key in ("least", "greatest") if key in column}
    return said | ({"mean": typed(repr(float(column["mean"])), XSD + "double")} if "mean" in column else {})


def _lines(subject: str, said: Mapping[str, str]) -> Iterator[bytes]:
    for key, value in said.items():
        yield f"{iri(subject)} <{FACT}{key}> {value} .\n".encode()


def _is_absolute(address: str) -> bool:
    """True for an IRI, false for a template or a relative one."""
    return address.startswith(("http://", "https://")) and not {"{", "}", " ", '"', "<", ">"} & set(address)
