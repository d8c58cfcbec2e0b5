"""Published rows: which tables of rows a release has, and where each is kept in the workspace.

A table is kept once by the hash of its content, in a folder of files that are never changed; releases name it in their manifest.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.kinds import Kind
from odlinked.rdf import streams

TABLES: Final = "tables"
"""The key of a manifest under which the tables stand; a release without rows has none."""

QUADS: Final = "rows.nq.gz"
TURTLE: Final = "rows.ttl.gz"
PARQUET: Final = "rows.parquet"
METADATA: Final = "metadata.json"
FACTS: Final = "facts.json"
"""The files of a table's folder: its rows as N-Quads (each in the table's graph), Turtle and Parquet, their CSVW description, and
what was found in each column."""

MOST_STATEMENTS: Final = 2_000
"""Statements about a thing that are told where its address is asked for."""

_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class LiftedTable:
    """A table of published rows: its name in addresses, IRIs of dataset and distribution, key of its folder, and its graph.

    `asked` is when the service was asked for a sample of its addresses (ISO time, "" for never), `answers` what came: address,
    HTTP status (0 for no answer), and why it does not count. They are of these very rows: another edition has none.
    """

    name: str
    dataset: str
    distribution: str
    key: str
    graph: str
    asked: str = field(default="", compare=False)
    answers: tuple[tuple[str, int, str], ...] = field(default=(), compare=False)

    @property
    def iri(self) -> str:
        """The IRI of the document that describes it."""
        return f"/id/{Kind.ROWS}/".join(self.graph.rsplit("/rows/", 1))

    def folder(self, workspace: Workspace) -> Path:
        """Return where its files are kept."""
        return workspace.rows / self.key

    def stated(self) -> dict[str, Any]:
        """Return it as it stands in a manifest."""
        return asdict(self)


def graph_of(base: str, name: str) -> str:
    """Return the IRI of the graph of a table: also the address of its page."""
    return f"{base}/rows/{name}"


def of_manifest(manifest: Mapping[str, Any]) -> tuple[LiftedTable, ...]:
    """Return the tables of a release."""
    return tuple(LiftedTable(**{**one, "answers": tuple(map(tuple, one.get("answers", ())))}) for one in manifest.get(TABLES, ()))


def facts(workspace: Workspace, table: LiftedTable) -> dict[str, Any]:
    """Return what was found in the columns of a table, see `lifting.publication.statistics`."""
    found: dict[str, Any] = json.loads((table.folder(workspace) / FACTS).read_text(encoding="utf-8"))
    return found


def quads(workspace: Workspace, table: LiftedTable) -> Iterator[bytes]:
    """Yield the rows as N-Quads, whole lines each time."""
    yield from whole_lines(table.folder(workspace) / QUADS)


def triples(workspace: Workspace, table: LiftedTable) -> Iterator[bytes]:
    """Yield the rows as N-Triples, whole lines each time."""
    end = quad_end(table.graph)
    for piece in quads(workspace, table):
        yield piece.replace(end, b" .\n")


def quad_end(graph: str) -> bytes:
    """Return what a line of N-Quads ends with in a graph: nothing within a line is like it, for there are no line ends in it."""
    return f" <{graph}> .\n".encode()


def statements(store: Path, tables: Sequence[LiftedTable], iris: Sequence[str]) -> bytes:
    """Return what the graphs of tables say of some things, as sorted N-Triples: at most `MOST_STATEMENTS` lines."""
    opened = ox.Store.read_only(str(store))
    quads = chain.from_iterable(opened.quads_for_pattern(ox.NamedNode(iri), None, None, ox.NamedNode(table.graph))
                                for iri in iris for table in tables)
    out = BytesIO()
    streams.write((quad.triple for quad in islice(quads, MOST_STATEMENTS)), "nt", out, {})
    return b"".join(sorted(out.getvalue().splitlines(keepends=True)))


def whole_lines(path: Path) -> Iterator[bytes]:
    """Yield the content of a gzip file in pieces of whole lines."""
    rest = b""
    with gzip.open(path, "rb") as file:
        while block := file.read(_BLOCK):
            head, mark, tail = (rest + block).rpartition(b"\n")
            if mark:
                yield head + mark
            rest = tail
    if rest:
        yield rest


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file as they are."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
