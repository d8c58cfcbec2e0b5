"""N-Triples that come in pieces, in the format asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.rdf import streams, turtle
from odlinked.rdf.vocabulary import prefixes


def put(pieces: Iterator[bytes], style: str, out: BinaryIO, assets: Assets) -> None:
    """Write pieces of N-Triples to `out` in a format (nt, ttl, rdf, jsonld), as they come."""
    if style == "nt":
        for piece in pieces:
            out.write(piece)
        return
    if style == "ttl":
        for piece in turtle.streamed(pieces, prefixes(assets)):
            out.write(piece)
        return
    triples = ox.parse(cast(BinaryIO, _Pieces(pieces)), format=ox.RdfFormat.N_TRIPLES)
    streams.write((quad.triple for quad in triples), style, out, prefixes(assets))


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, b"" at the end."""
        while not self._rest:
            found = next(self._pieces, None)
            if found is None:
                return b""
            self._rest = found
        part, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return part
