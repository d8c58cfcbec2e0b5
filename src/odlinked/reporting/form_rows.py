"""The way back of a mapping: rows of a form from the documents of records.

A form says by `odl:exports` which CONSTRUCT queries make the vocabulary of its rows (`row:COLUMN`, `row:member`) of documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.csvw.model import Column
from odlinked.documents import Document
from odlinked.errors import FormError
from odlinked.mapping import codes
from odlinked.mapping.codes import ROWS
from odlinked.mapping.forms import Form, annotation
from odlinked.mapping.refine import CODES, CONTEXT, MappingContext
from odlinked.namespaces import HOME, XSD
from odlinked.rdf import ask, ntriples

_RECORD: Final = ROWS + "record"
_MEMBER: Final = ROWS + "member"
_LEFT_OUT: Final = ROWS + "leftOut"
_TYPED: Final = f'"^^<{XSD}'.encode()
_AS_WRITTEN: Final = f'"^^<{HOME}lex#'.encode()
_JOIN: Final = "、"
_LIST: Final = ";"

_Said = dict[str, dict[str, list[str]]]


class FormRow(NamedTuple):
    """A record as a row of a form: its IRI, the cells in the order of the form's columns ("" for none), and the names of columns
    of which a part is never published (a person's mail address, the key of an address)."""

    iri: str
    cells: tuple[str, ...]
    left_out: tuple[str, ...] = ()


class FormRows:
    """Makes rows of one form. Raise `FormError` for a form that has no way back."""

    def __init__(self, form: Form, assets: Assets, context: MappingContext) -> None:
        if not form.exports:
            raise FormError("nothing says how its rows are made of records", doing="exporting", on=form.name,
                            next_step="Name in `odl:exports` of its table.csvw.json the queries that make them")
        self.form = form
        self._queries = [ask.load(assets, name) for name in form.exports]
        self._store = ox.Store()
        self._store.load(codes.load(assets).graph, format=ox.RdfFormat.N_TRIPLES, to_graph=CODES)
        self._store.load(context.graph(), format=ox.RdfFormat.N_TRIPLES, to_graph=CONTEXT)

    def of(self, documents: Sequence[Document]) -> Iterator[FormRow]:
        """Yield the rows of those records that belong on the form, in the order given."""
        self._store.clear_graph(ox.DefaultGraph())
        self._store.bulk_load(b"".join(_spelled(document.text) for document in documents), format=ox.RdfFormat.N_TRIPLES,
                              lenient=True)
        said: _Said = defaultdict(lambda: defaultdict(list))
        for query in self._queries:
            for subject, predicate, value in ntriples.triples(ask.construct(self._store, query)):
                said[subject][predicate].append(value.value)
        for document in documents:
            own = said.get(document.iri)
            if own is not None and _RECORD in own:
                files = [said.get(file, {}) for file in own.get(_MEMBER, ())]
                members = sorted(files, key=lambda file: _first(file, "downloadURL"))
                cells = tuple(_listed(column, members) if annotation(column, "alignedWith") else _cell(column, own)
                              for column in self.form.columns)
                yield FormRow(document.iri, cells, tuple(sorted(set(own.get(_LEFT_OUT, ())))))


def _spelled(text: bytes) -> bytes:
    """Return a document whose numbers and days the engine leaves as they are written: 007 is not 7 in a cell."""
    return text.replace(_TYPED, _AS_WRITTEN).replace(_AS_WRITTEN + b"boolean>", _TYPED + b"boolean>")


def _first(said: dict[str, list[str]], name: str) -> str:
    return min(said.get(ROWS + name, ("",)))


def _cell(column: Column, said: dict[str, list[str]]) -> str:
    """Return all that is said of a column, joined as the column parts it."""
    separators = annotation(column, "separators") or (column.separator or _JOIN,)
    begins = str(annotation(column, "rejoin") or "")
    # A part that does not begin an address is taken for the rest of the one before it.
    parts = sorted(set(said.get(ROWS + column.name, ())), key=lambda part: (bool(begins) and part.startswith(begins), part))
    return str(separators[0]).join(parts)


def _listed(column: Column, members: Sequence[dict[str, list[str]]]) -> str:
    """Return a column of parallel lists: a part for each member, or nothing where no member says anything of it."""
    parts = [_first(member, column.name) for member in members]
    return _LIST.join(parts) if any(parts) else ""
