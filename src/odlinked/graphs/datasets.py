"""Reading an RDF file graph by graph, where names of graphs say something: N-Quads, TriG, JSON-LD; other formats have one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from odlinked.errors import InputError
from odlinked.graphs.kinds import JSON_LD, N_QUADS, TRIG, detect_format
from odlinked.graphs.parser import MOST
from odlinked.graphs.reader import prepared, read
from odlinked.graphs.terms import StatementWriter
from odlinked.settings import ReadSettings

DEFAULT: Final = ""
"""Stands for the name of the default graph."""


def read_graphs(path: Path, caps: ReadSettings, url: str) -> dict[str, list[bytes]]:
    """Return name of a graph ("" for the default one) -> its lines (N-Triples); addresses are relative to `url`.

    Raise `InputError` as `graphs.read` does.
    """
    kind = detect_format(path)
    if kind not in (N_QUADS, TRIG, JSON_LD):
        return {DEFAULT: read(path, caps, url).ntriples.split(b"\n")[:-1]}
    if path.stat().st_size > caps.max_bytes:
        raise InputError(f"it is larger than {caps.max_bytes:,} bytes", doing="reading", on=url)
    data = prepared(path.read_bytes(), kind, url)
    writer, found = StatementWriter(), dict[str, set[bytes]]()
    try:
        for quad in islice(ox.parse(data, format=kind.format, base_iri=url, lenient=True), MOST):
            if isinstance(quad.object, ox.NamedNode | ox.BlankNode | ox.Literal):
                name = DEFAULT if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name.value)
                found.setdefault(name, set()).add(writer.line(quad.triple))
    except (SyntaxError, ValueError) as problem:
        raise InputError(f"it is no sound {kind.name}: {problem}", doing="reading", on=url) from problem
    return {name: sorted(lines) for name, lines in found.items()}
