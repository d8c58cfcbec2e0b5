"""What a workspace's served release holds, told for a comparison (see `against.py`).

    python benchmarks/held.py documents WORKSPACE    each document's IRI, SHA-256 and number of triples
    python benchmarks/held.py store WORKSPACE        whether its store equals one built from its documents; exit 1 where not
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import pyoxigraph as ox

from odlinked.catalog.release import Release, Releases
from odlinked.catalog.workspace import Workspace
from odlinked.store import oxigraph


def documents(release: Release) -> int:
    """Print the documents."""
    for document in release.documents():
        print(document.iri, document.hash.hex(), document.text.count(b"\n"))
    return 0


def store(release: Release) -> int:
    """Compare the store with a new one."""
    with tempfile.TemporaryDirectory(prefix="odlinked-held-") as name:
        oxigraph.build(Path(name) / "store", (document.text for document in release.documents()))
        carried, built = _content(release.store_path), _content(Path(name) / "store")
    print(f"store: {carried[0]:,} triples, built anew {built[0]:,}: {'equal' if carried == built else 'DIFFERENT'}")
    return int(carried != built)


def _content(path: Path) -> tuple[int, int]:
    """Return how many triples a store has, and a hash over them in whatever order."""
    count, total = 0, 0
    for quad in ox.Store.read_only(str(path)):
        count += 1
        total ^= int.from_bytes(hashlib.blake2b(str(quad).encode(), digest_size=16).digest(), "big")
    return count, total


if __name__ == "__main__":
    sys.exit({"documents": documents, "store": store}[sys.argv[1]](Releases(Workspace(Path(sys.argv[2]))).current()))
