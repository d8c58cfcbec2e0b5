"""What a workspace's served release holds, told for a comparison (see `against.py`).

    python benchmarks/held.py documents WORKSPACE    each document's IRI, SHA-256 and number of triples
    python benchmarks/held.py store WORKSPACE        whether its store equals one built from its documents; exit 1 where not
    python benchmarks/held.py measured WORKSPACE     all that is told of the quality of datasets, of which standard input has the
                                                     IRIs, kept or derived: N-Triples
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import pyoxigraph as ox

from odlinked.measure.explain import Explainer, item
from odlinked.measure.measurer import Parameters
from odlinked.store import oxigraph

try:
    from odlinked.catalog.keeping.workspace import Workspace
    from odlinked.catalog.served import release as releases
    from odlinked.catalog.served.release import Release
except ImportError:  # an earlier commit, whose catalogue had no rooms inside
    from odlinked.catalog.release import Release
    from odlinked.catalog.workspace import Workspace

    from odlinked.catalog import release as releases


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


def measured(release: Release) -> int:
    """Print what is measured."""
    explainer = Explainer(release.assets, Parameters(), release.created.date())
    for iri in sys.stdin.read().split():
        read = getattr(release, "whole", release.document)  # an earlier commit keeps every measurement in its dataset's document
        record, quality = release.document(iri), read("/id/quality/".join(iri.rsplit("/id/", 1)))
        if record is not None and quality is not None:
            # An earlier commit keeps everything.
            derived = explainer.derived(item(record, quality)) if hasattr(explainer, "derived") else b""
            sys.stdout.buffer.write(quality.text + derived)
    return 0


def _content(path: Path) -> tuple[int, int]:
    """Return how many triples a store has, and a hash over them in whatever order."""
    count, total = 0, 0
    for quad in ox.Store.read_only(str(path)):
        count += 1
        total ^= int.from_bytes(hashlib.blake2b(str(quad).encode(), digest_size=16).digest(), "big")
    return count, total


if __name__ == "__main__":
    if not hasattr(releases, "Releases"):  # it stood there in an earlier commit
        from odlinked.catalog.served import releases
    served = releases.Releases(Workspace(Path(sys.argv[2]))).current()
    sys.exit({"documents": documents, "store": store, "measured": measured}[sys.argv[1]](served))
