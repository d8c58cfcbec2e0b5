"""The W3C SPARQL 1.1 query and result-format suites over HTTP: the endpoint beside the PyPI `oxigraph` server.

    python benchmarks/suites.py [--oxigraph PATH]

The cases, their judge and the mounted endpoint are those of `tests/test_endpoint_suite.py`; both servers get the same requests
and are judged alike. Protocol, service description and Graph Store Protocol of the server as it is run are in
`tests/test_live_suites.py`.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import subprocess
import sys
import tempfile
import time
import urllib.parse
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import test_endpoint_suite as suite


class Oxigraph(suite.Mounted):
    """The `oxigraph` server on loopback, emptied and filled for each test."""

    def __init__(self, program: str, port: int) -> None:
        self.port = port
        self.process = subprocess.Popen([program, "serve", "-b", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        for _ in range(100):
            with suppress(OSError):
                self.sent("GET", "/query?query=ASK%7B%7D", b"", {})
                return
            time.sleep(0.1)
        raise SystemExit("oxigraph does not answer")

    def sent(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        told = response.status, response.getheader("Content-Type", ""), response.read()
        connection.close()
        return told

    def load(self, case: suite.Case) -> None:
        self.sent("POST", "/update", b"DROP ALL", {"Content-Type": "application/sparql-update"})
        for name, graph in [*((name, None) for name in case.data), *((name, name) for name in case.graphs)]:
            file = suite.file_of(name)  # its own address is its base, which no header of the protocol says
            text = ox.serialize(ox.parse(path=str(file), format=suite.FORMATS[file.suffix], base_iri=name),
                                format=ox.RdfFormat.N_TRIPLES)
            where = "/store?default" if graph is None else f"/store?graph={urllib.parse.quote(graph, safe='')}"
            status, _, told = self.sent("POST", where, text, {"Content-Type": "application/n-triples"})
            assert status in (200, 201, 204), (name, status, told)

    def ask(self, query: str, accept: str) -> tuple[int, str, bytes]:
        return self.sent("POST", "/query", query.encode(), {"Content-Type": "application/sparql-query", "Accept": accept})

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--oxigraph", default=str(Path(sys.executable).with_name("oxigraph")))
    options.add_argument("--port", type=int, default=8797)
    given = options.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    found = {name: list(suite.cases(suite.SUITE / "sparql" / "sparql11" / f"manifest-sparql11-{name}.ttl"))
             for name in ("query", "results")}
    with tempfile.TemporaryDirectory() as folder:
        for server, one in (("odlinked", suite.Mounted(Path(folder))), ("oxigraph", Oxigraph(given.oxigraph, given.port))):
            for name, cases in found.items():
                wrong = {case.name: problem for case in cases if (problem := suite.run(one, case))}
                print(f"{server}, {name}: {len(cases) - len(wrong)} of {len(cases)}", flush=True)
                for case, problem in wrong.items():
                    print(f"  {case}: {problem[:150]}")
            one.close()


if __name__ == "__main__":
    main()
