"""A store of more files than are opened with it is asked whole, in a process that can still open no file of its own choice."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from odlinked.cage.process import Limits, Worker
from odlinked.cage.worker import OPENED_AT_ONCE, Request


def test_every_graph_of_a_store_of_many_files_is_answered(tmp_path: Path) -> None:
    store = ox.Store(str(tmp_path / "store"))
    for number in range(30):
        graph = f"<urn:g:{number}>"
        store.bulk_load(f"<urn:s:{number}> <urn:p> \"{number}\" {graph} .\n".encode(), format=ox.RdfFormat.N_QUADS)
        store.flush()
    del store
    assert len(list((tmp_path / "store").glob("*.sst"))) > OPENED_AT_ONCE
    worker = Worker(tmp_path / "store", None, Limits(20, 1 << 30, 1 << 20))
    try:
        for text in ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", "SELECT ?s { GRAPH <urn:g:7> { ?s <urn:p> ?o } }"):
            worker.send(Request(text, "", None, None, "csv", "ttl", (), True, ()))
            assert worker.wait(20)
            answer = worker.receive().read().decode().split()
            assert answer in (["n", "30"], ["s", "urn:s:7"])
    finally:
        worker.end()
