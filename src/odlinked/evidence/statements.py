"""An observation as RDF: N-Triples about one node, facts only. What was not established is not stated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from odlinked.evidence.observation import ContentObservation, Observation, PersonalColumn, StandardField
from odlinked.namespaces import DCAT, DCTERMS, ODL, PROV, RDF, XSD
from odlinked.rdf.ntriples import iri as _iri
from odlinked.rdf.ntriples import string, typed


def ntriples(observed: Observation, node: str) -> bytes:
    """Return the facts of an observation as canonical N-Triples lines about `node`, an IRI without fragment parts to add.

    Recognised fields of data standards are nodes of their own, `{node}-field-1` and so on, with nodes for the ways their failing
    values are written in, `{node}-field-1-written-1`; columns that hold personal data are `{node}-personal-1` and so on.
    """
    lines = [f"<{node}> <{predicate}> {term} .\n" for predicate, term in _facts(observed, node)]
    for number, column in enumerate(observed.content.standard_fields, 1):
        field = f"{node}-field-{number}"
        lines += [f"<{field}> <{predicate}> {term} .\n" for predicate, term in _column(column, field)]
        for place, written in enumerate(column.written, 1):
            lines += [f"<{field}-written-{place}> <{DCTERMS}type> {_iri(written.writing)} .\n",
                      f"<{field}-written-{place}> <{ODL}valuesFound> {_typed(str(written.count), 'integer')} .\n"]
    for number, personal in enumerate(observed.content.personal_columns or (), 1):
        lines += [f"<{node}-personal-{number}> <{predicate}> {term} .\n" for predicate, term in _personal(personal)]
    return "".join(lines).encode("utf-8")


def _facts(observed: Observation, node: str) -> Iterator[tuple[str, str]]:
    yield RDF + "type", _iri(ODL + "Observation")
    yield RDF + "type", _iri(PROV + "Activity")
    yield PROV + "used", _iri(observed.distribution)
    yield PROV + "endedAtTime", _time(observed.ended)
    yield ODL + "answer", _iri(observed.answer)
    if observed.status is not None:
        yield ODL + "statusCode", _typed(str(observed.status), "integer")
    if observed.final_url:
        yield ODL + "finalURL", _typed(observed.final_url, "anyURI")
    for name, moment in (("lastModified", observed.last_modified), ("observedSince", observed.since),
                         ("contentChanged", observed.changed), ("stateSince", observed.state_since)):
        if moment is not None:
            yield ODL + name, _time(moment)
    if observed.description_answer is not None:
        yield ODL + "apiDescriptionAnswer", _iri(observed.description_answer)
    yield from _content(observed.content)
    for number in range(1, len(observed.content.standard_fields) + 1):
        yield ODL + "standardField", _iri(f"{node}-field-{number}")
    if observed.content.personal_columns is not None:
        yield ODL + "personalColumns", _typed(str(len(observed.content.personal_columns)), "integer")
    for number in range(1, len(observed.content.personal_columns or ()) + 1):
        yield ODL + "personalColumn", _iri(f"{node}-personal-{number}")


def _content(content: ContentObservation) -> Iterator[tuple[str, str]]:
    for name, concept in (("delivery", content.delivery), ("observedFormat", content.format),
                          ("observedEncoding", content.encoding)):
        if concept is not None:
            yield ODL + name, _iri(concept)
    for name, names in (("observedField", content.fields), ("missingField", content.missing_fields),
                        ("undescribedField", content.undescribed_fields), ("repeatedField", content.repeated_fields)):
        for one in names or ():
            yield ODL + name, _text(one)
    for name, flag in (("byteOrderMark", content.byte_order_mark), ("complete", content.complete)):
        if flag is not None:
            yield ODL + name, _flag(flag)
    for one in content.packed_formats or ():
        yield ODL + "packedFormat", _iri(one)
    for name, number in (("observedRecordCount", content.record_count), ("undecodableByte", content.undecodable_byte),
                         ("unnamedFields", content.unnamed_fields), ("raggedRows", content.ragged_rows),
                         ("errorCells", content.error_cells), ("replacementCharacters", content.replacement_characters),
                         ("unreadTables", content.unread_tables), *(("raggedRow", row) for row in content.first_ragged_rows)):
        if number is not None:
            yield ODL + name, _typed(str(number), "integer")
    if content.malformed:
        yield ODL + "malformed", _text(content.malformed)
    if content.byte_size is not None:
        yield DCAT + "byteSize", _typed(str(content.byte_size), "nonNegativeInteger")
    if content.sha256:
        yield ODL + "sha256", _text(content.sha256)
    if content.api is not None:
        if content.api.valid is not None:
            yield ODL + "apiDescriptionValid", _flag(content.api.valid)
        if content.api.version is not None:
            yield ODL + "apiDescriptionVersion", _text(content.api.version)
        for fault in content.api.faults:
            yield ODL + "apiDescriptionFault", _text(fault)


def _personal(column: PersonalColumn) -> Iterator[tuple[str, str]]:
    if column.name:
        yield ODL + "fieldName", _text(column.name)
    yield DCTERMS + "type", _iri(column.kind)
    yield ODL + "valuesFound", _typed(str(column.found), "integer")
    yield ODL + "valuesFilled", _typed(str(column.filled), "integer")


def _column(column: StandardField, node: str) -> Iterator[tuple[str, str]]:
    yield ODL + "fieldName", _text(column.name)
    yield DCTERMS + "conformsTo", _iri(column.standard)
    if column.recognised_by:
        yield ODL + "recognisedBy", _iri(column.recognised_by)
    yield ODL + "valuesChecked", _typed(str(column.checked), "integer")
    yield ODL + "valuesFailed", _typed(str(column.failed), "integer")
    yield ODL + "valuesEmpty", _typed(str(column.empty), "integer")
    for number in range(1, len(column.written) + 1):
        yield ODL + "valuesWritten", _iri(f"{node}-written-{number}")
    for failure in column.failures:
        yield ODL + "failure", _text(failure)


def _text(text: str) -> str:
    """Write a string, cleaned of what a hostile file may contain."""
    return string(_clean(text))


def _typed(text: str, datatype: str) -> str:
    return typed(_clean(text), XSD + datatype)


def _clean(text: str) -> str:
    """Return a text in which controls are replacement characters and lone surrogates question marks."""
    clean = "".join(c if (c >= " " and c != "\x7f") or c in "\t\n\r" else "\ufffd" for c in text)
    return clean.encode("utf-8", "replace").decode("utf-8")


def _flag(value: bool) -> str:
    return _typed("true" if value else "false", "boolean")


def _time(moment: datetime) -> str:
    return _typed(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "dateTime")
