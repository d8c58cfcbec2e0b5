"""What a description says of the properties and codes it coins, as statements: labels, datatypes, units, concepts, the cube."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from odlinked.csvw.builtins import BUILTINS
from odlinked.csvw.terms import expand
from odlinked.lifting.describing.columns import titles
from odlinked.namespaces import RDF, RDFS, SKOS
from odlinked.rdf.ntriples import iri, string, tagged

_QB: Final = "http://purl.org/linked-data/cube#"
_QUDT: Final = "http://qudt.org/schema/qudt/"
_ROLES: Final = {"measure": ("MeasureProperty", "measure"), "dimension": ("DimensionProperty", "dimension")}
_LANGUAGE: Final = "zh-Hant"


def lines(document: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield N-Triples lines about what a description document coins: a property that is reused is defined elsewhere."""
    columns = [column for column in document["tableSchema"]["columns"] if not column.get("suppressOutput")]
    dataset = next((str(column["valueUrl"]) for column in columns if column.get("propertyUrl") == "qb:dataSet"), "")
    if dataset:
        yield from _cube(dataset, columns)
    for column in columns:
        name = expand(str(column.get("propertyUrl", ""))) or ""
        if not column.get("virtual") and "/ns#" in name:
            yield from _property(name, column)
        if "odl:values" in column:
            yield from _concepts(column)


def _line(subject: str, predicate: str, value: str) -> bytes:
    return f"{iri(subject)} <{predicate}> {value} .\n".encode("utf-8", "replace")


def _property(name: str, column: Mapping[str, Any]) -> Iterator[bytes]:
    yield _line(name, RDF + "type", f"<{RDF}Property>")
    role = _ROLES.get(str(column.get("odl:role", "")))
    if role:
        yield _line(name, RDF + "type", f"<{_QB}{role[0]}>")
    for title in titles(column):
        yield _line(name, RDFS + "label", string(title) if str(title).isascii() else tagged(title, _LANGUAGE))
    datatype = column.get("datatype")
    base = datatype.get("base") if isinstance(datatype, dict) else datatype
    if base in BUILTINS:
        yield _line(name, RDFS + "range", iri(BUILTINS[str(base)].iri))
    unit = column.get("odl:unit")
    if isinstance(unit, dict):
        yield _line(name, _QUDT + "unit", iri(str(unit["@id"])))


def concept_at(start: str, value: str) -> str:
    """Return the address of a value's concept, as a template that ends in the value makes it (RFC 6570, simple expansion)."""
    return start + quote(value, safe="-._~", errors="replace")


def _concepts(column: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the concepts of a column of codes, at the addresses that its template gives them."""
    start = str(column.get("valueUrl", "")).partition("{")[0]
    if not start.startswith(("http://", "https://")):
        return
    scheme = start.rstrip("/")
    title = next(iter(titles(column)), str(column["name"]))
    yield _line(scheme, RDF + "type", f"<{SKOS}ConceptScheme>")
    yield _line(scheme, SKOS + "prefLabel", tagged(title, _LANGUAGE))
    for value in column["odl:values"]:
        concept = concept_at(start, str(value))
        yield _line(concept, RDF + "type", f"<{SKOS}Concept>")
        yield _line(concept, SKOS + "inScheme", iri(scheme))
        yield _line(concept, SKOS + "prefLabel", tagged(str(value), _LANGUAGE) if column.get("lang") else string(str(value)))


def _cube(dataset: str, columns: list[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield the data set with its structure (the RDF Data Cube Vocabulary, section 6)."""
    structure = dataset + "#structure"
    yield _line(dataset, RDF + "type", f"<{_QB}DataSet>")
    yield _line(dataset, _QB + "structure", iri(structure))
    yield _line(structure, RDF + "type", f"<{_QB}DataStructureDefinition>")
    for column in columns:
        role, name = _ROLES.get(str(column.get("odl:role", ""))), expand(str(column.get("propertyUrl", "")))
        if role and name:
            component = f"{dataset}#component-{column['name']}"
            yield _line(structure, _QB + "component", iri(component))
            yield _line(component, _QB + role[1], iri(name))
