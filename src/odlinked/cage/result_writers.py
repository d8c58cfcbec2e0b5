"""Writes the answers of SELECT and ASK as JSON, XML, CSV and TSV, terms in their own spelling.

The store keeps values: `zh-Hant` comes back as `zh-hant`, `"5120"^^xsd:nonNegativeInteger` as an integer. Here language tags get
their BCP 47 case back, always; a typed literal gets its spelling back where the catalogue has exactly one, unless the query
itself computed it. Standard library and pyoxigraph only: the sandboxed worker imports this module.
"""

from __future__ import annotations

import re
from _json import encode_basestring  # only the C function: the json package costs the worker 3 ms of its start
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import pyoxigraph as ox

from odlinked.namespaces import XSD
from odlinked.rdf.ntriples import unescape
from odlinked.rdf.streams import BinaryWriter
from odlinked.rdf.tags import language_tag
from odlinked.rdf.xml_names import UNWRITABLE, Unwritable

EngineTerm = Any
"""A pyoxigraph term: NamedNode, BlankNode, Literal or Triple."""

_TermText = Callable[[EngineTerm], str]

_CHUNK = 512
"""Rows that are joined before they are written."""

_MEMO = 20_000
"""Terms cached for each kind of column; a full cache is emptied."""

_SPELLED = re.compile(r'"((?:[^"\\]|\\.)*+)"\^\^<([^<>]*)>\Z', re.DOTALL)
_STRING = XSD + "string"


class SpellingTable(Protocol):
    """Folded N-Triples term -> original spelling."""

    def get(self, term: str) -> str | None: ...


def respelled(term: EngineTerm, table: SpellingTable | None) -> EngineTerm:
    """Return a typed literal as the catalogue spells it; every other term as it is."""
    if table is None or type(term) is not ox.Literal or term.language or term.datatype.value == _STRING:
        return term
    spelling = table.get(str(term))
    found = _SPELLED.match(spelling) if spelling else None
    if found is None:
        return term
    return ox.Literal(unescape(found[1]), datatype=ox.NamedNode(found[2]))


def restored(triples: Any, table: SpellingTable | None) -> Any:
    """Return the statements of a constructed graph with their objects as the catalogue spells them."""
    return triples if table is None else _restored(triples, table)


def _restored(triples: Any, table: SpellingTable) -> Iterator[Any]:
    for triple in triples:
        term = triple.object
        other = respelled(term, table)
        yield triple if other is term else ox.Triple(triple.subject, triple.predicate, other)


def _json(term: EngineTerm) -> str:
    kind = type(term)
    if kind is ox.NamedNode:
        return f'{{"type":"uri","value":{encode_basestring(term.value)}}}'
    if kind is ox.BlankNode:
        return f'{{"type":"bnode","value":{encode_basestring(term.value)}}}'
    if kind is ox.Triple:
        parts = (("subject", term.subject), ("predicate", term.predicate), ("object", term.object))
        return '{"type":"triple","value":{' + ",".join(f'"{name}":{_json(part)}' for name, part in parts) + "}}"
    head = f'{{"type":"literal","value":{encode_basestring(term.value)}'
    if term.language:
        turn = f',"its:dir":"{term.direction.value}"' if term.direction else ""
        return f'{head},"xml:lang":"{language_tag(term.language)}"{turn}}}'
    datatype = term.datatype.value
    return head + "}" if datatype == _STRING else f'{head},"datatype":{encode_basestring(datatype)}}}'


def _escaped(text: str) -> str:
    if UNWRITABLE.search(text):
        raise Unwritable("XML 1.0 cannot hold a control character of the result")
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
            .replace("\r", "&#13;"))


def _xml(term: EngineTerm) -> str:
    kind = type(term)
    if kind is ox.NamedNode:
        return f"<uri>{_escaped(term.value)}</uri>"
    if kind is ox.BlankNode:
        return f"<bnode>{_escaped(term.value)}</bnode>"
    if kind is ox.Triple:
        parts = (("subject", term.subject), ("predicate", term.predicate), ("object", term.object))
        return "<triple>" + "".join(f"<{name}>{_xml(part)}</{name}>" for name, part in parts) + "</triple>"
    value = _escaped(term.value)
    if term.language:
        turn = ""
        if term.direction:
            turn = f' xmlns:its="http://www.w3.org/2005/11/its" its:version="2.0" its:dir="{term.direction.value}"'
        return f'<literal xml:lang="{language_tag(term.language)}"{turn}>{value}</literal>'
    datatype = term.datatype.value
    if datatype == _STRING:
        return f"<literal>{value}</literal>"
    return f'<literal datatype="{_escaped(datatype)}">{value}</literal>'


def _tsv(term: EngineTerm) -> str:
    if type(term) is ox.Triple:
        return f"<<( {_tsv(term.subject)} {_tsv(term.predicate)} {_tsv(term.object)} )>>"
    if type(term) is ox.Literal and term.language:
        turn = f"--{term.direction.value}" if term.direction else ""
        return f"{ox.Literal(term.value)}@{language_tag(term.language)}{turn}"
    return str(term)


def _csv(term: EngineTerm) -> str:
    if type(term) is ox.Triple:
        value = f"{_csv(term.subject)} {_csv(term.predicate)} {_csv(term.object)}"
    else:
        value = f"_:{term.value}" if type(term) is ox.BlankNode else term.value
    return '"' + value.replace('"', '""') + '"' if any(mark in value for mark in '",\r\n') else value


class _ResultColumn:
    """Turns the terms of a column into text, caching the last ones; `table` None leaves typed literals as they are."""

    def __init__(self, write: Callable[[EngineTerm], str], table: SpellingTable | None) -> None:
        self._write, self._table = write, table
        self._memo: dict[EngineTerm, str] = {}

    def text(self, term: EngineTerm) -> str:
        found = self._memo.get(term)
        if found is None:
            found = self._write(respelled(term, self._table))
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            if len(found) < 1_024:
                self._memo[term] = found
        return found


def solutions(results: Any, name: str, out: BinaryWriter, table: SpellingTable | None, computed: Iterable[str],
              order: Sequence[str] = ()) -> None:
    """Write the solutions of a SELECT in format `name` (json, xml, csv, tsv); `computed` variables stay canonical.

    The columns come in the order of the results, or by `order`, a sequence of variables.
    """
    write = {"json": _json, "xml": _xml, "csv": _csv, "tsv": _tsv}[name]
    restored: _TermText = _ResultColumn(write, table).text
    canonical: _TermText = _ResultColumn(write, None).text
    taken = set(computed)
    variables = [variable.value for variable in results.variables]
    if order:
        rank = {variable: place for place, variable in enumerate(order)}
        places = sorted(range(len(variables)), key=lambda place: rank.get(variables[place], len(rank)))
        variables = [variables[place] for place in places]
        results = ([row[place] for place in places] for row in results)
    columns = [canonical if variable in taken else restored for variable in variables]
    rows: Iterator[str]
    if name == "json":
        out.write(('{"head":{"vars":[' + ",".join(map(encode_basestring, variables)) + ']},"results":{"bindings":[').encode())
        rows, between, end = _json_rows(results, variables, columns), ",\n", "]}}\n"
    elif name == "xml":
        head = "".join(f'<variable name="{_escaped(variable)}"/>' for variable in variables)
        out.write(f'{_XML_HEAD}<head>{head}</head><results>\n'.encode())
        rows, between, end = _xml_rows(results, variables, columns), "\n", "\n</results></sparql>\n"
    else:
        mark, tab, between = ("", ",", "\r\n") if name == "csv" else ("?", "\t", "\n")
        out.write((tab.join(mark + variable for variable in variables) + between).encode())
        rows, end = _plain_rows(results, columns, tab), ""
    first = True
    for chunk in _chunks(rows):
        out.write(((("" if first else between)) + between.join(chunk)).encode())
        first = False
    if name in ("csv", "tsv") and not first:
        end = between
    out.write(end.encode())


class First:
    """The first `rows` solutions of a SELECT; `more` says, once they are read, whether there are others."""

    def __init__(self, results: Any, rows: int) -> None:
        self.variables, self._results, self._rows, self.more = results.variables, results, rows, False

    def __iter__(self) -> Iterator[Any]:
        for number, row in enumerate(self._results):
            if number == self._rows:
                self.more = True
                return
            yield row


_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'


def _chunks(rows: Iterator[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _json_rows(results: Any, variables: list[str], columns: list[_TermText]) -> Iterator[str]:
    keys = [encode_basestring(variable) + ":" for variable in variables]
    for row in results:
        cells = [key + text(term) for key, text, term in zip(keys, columns, row, strict=True) if term is not None]
        yield "{" + ",".join(cells) + "}"


def _xml_rows(results: Any, variables: list[str], columns: list[_TermText]) -> Iterator[str]:
    keys = [f'<binding name="{_escaped(variable)}">' for variable in variables]
    for row in results:
        cells = [key + text(term) + "</binding>" for key, text, term in zip(keys, columns, row, strict=True) if term is not None]
        yield "<result>" + "".join(cells) + "</result>"


def _plain_rows(results: Any, columns: list[_TermText], tab: str) -> Iterator[str]:
    for row in results:
        yield tab.join("" if term is None else text(term) for text, term in zip(columns, row, strict=True))


def boolean(answer: bool, name: str, out: BinaryWriter) -> None:
    """Write the answer of an ASK in format `name`."""
    word = "true" if answer else "false"
    if name == "json":
        out.write(f'{{"head":{{}},"boolean":{word}}}\n'.encode())
    elif name == "xml":
        out.write(f"{_XML_HEAD}<head/><boolean>{word}</boolean></sparql>\n".encode())
    else:
        out.write(word.encode() + (b"\r\n" if name == "csv" else b"\n"))
