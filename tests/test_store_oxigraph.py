"""Building a store: in pieces it is what it is at once, and a refused line is told."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from odlinked.errors import WorkspaceError
from odlinked.store import oxigraph

TEXTS = [b"".join(f'<http://x/{d}> <http://x/p{p}> "{d} {p}" .\n'.encode() for p in range(5)) for d in range(40)]
SHARED = b'<http://x/0> <http://x/p0> "0 0" .\n'


@pytest.mark.parametrize("piece", [1, 700, oxigraph.PIECE])
def test_in_pieces_of_any_size_the_store_is_the_same(tmp_path: Path, piece: int) -> None:
    oxigraph.build(tmp_path / "store", [*TEXTS, SHARED], piece)
    stored = sorted(f"{quad.triple} .\n".encode() for quad in ox.Store.read_only(str(tmp_path / "store")))
    assert stored == sorted(line + b"\n" for text in TEXTS for line in text.splitlines())
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_store_of_nothing(tmp_path: Path) -> None:
    oxigraph.build(tmp_path / "store", [])
    assert list(ox.Store.read_only(str(tmp_path / "store"))) == []


def test_a_refused_line_is_told_and_leaves_no_spool(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="refuses a document"):
        oxigraph.build(tmp_path / "store", [*TEXTS, b"<http://x/a b> <http://x/p> <http://x/o> .\n"], 500)
    assert not (tmp_path / "store.nt").exists()
