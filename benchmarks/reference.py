"""The same mapping and validation three ways, in one run, as a ratio: odlinked, a plain rdflib + pySHACL script, rdflib's SPARQL.

    python benchmarks/reference.py WIDE.csv [--rows 2000] [--query-rows 100]

* odlinked: rows to documents and findings, one process, and then as `publish` does it, a process a core;
* plain: `plain.py` builds the triples directly in rdflib, 500 rows a graph, writes N-Triples, runs `pyshacl.validate` with the
  same shapes on the graph;
* queries: the same row graph and the same CONSTRUCT queries, run by rdflib's SPARQL; validated by pySHACL as above. It is given
  fewer rows, for it takes long.

Beside the time the processor time is told, workers' included: it does not depend on what else the machine does. Each runs in a
fresh process; starting up (imports, code lists, shapes) is told apart from the rows. The triples must be the same,
and the SHACL results too. odlinked also checks literals, cuts documents and finds the cell of each fault; the others do not.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyoxigraph as ox

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.documents import Codec
from odlinked.findings import Result
from odlinked.intake.rows import TableJob, Workshop, outcomes, row_key
from odlinked.mapping import forms
from odlinked.mapping.refine import MappingContext
from odlinked.pool import Pool, cores
from odlinked.rdf import ask
from odlinked.settings import ReadSettings, Settings
from odlinked.sheets.tables import Row

CHUNK = 500
Key = tuple[str, str, str]
"""A SHACL result: focus node, shape, value."""


def peak() -> float:
    """Return this process's peak resident memory in MB (VmHWM: getrusage would tell that of the parent, too)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def processor() -> float:
    """Return the processor time of this process and of its living children, in seconds."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


class Told:
    """What a contestant writes down: triples and results, and how long starting and working took."""

    def __init__(self, out: Path) -> None:
        self.out, self.began = out, time.perf_counter()
        self.lines: list[bytes] = []
        self.results: set[Key] = set()

    def started(self) -> None:
        """Note that the rows begin now."""
        self.start = time.perf_counter() - self.began
        self.began, self.worked = time.perf_counter(), processor()

    def ended(self, rows: int) -> None:
        """Write what came of it. Comparing is the parent's business and costs nothing here."""
        seconds = time.perf_counter() - self.began
        cpu, memory = processor() - self.worked, peak()
        self.out.with_suffix(".nt").write_bytes(b"".join(self.lines))
        told = {"rows": rows, "start": self.start, "seconds": seconds, "cpu": cpu, "memory": memory,
                "results": sorted(self.results)}
        self.out.write_text(json.dumps(told))


def job(file: Path) -> tuple[TableJob, Iterator[Row]]:
    """Return the job of a list and its rows, as publish makes them."""
    assets, settings = Assets(), Settings()
    table = inventory.read(file, ReadSettings())[0]
    binding = forms.find(forms.load_all(assets), table)
    context = MappingContext(settings.catalog.base, "national", settings.catalog.timezone)
    return TableJob(assets, table.file, table.sheet, binding, context, settings.publish.profile), table.rows()


def run_odlinked(file: Path, rows: int, told: Told) -> None:
    """Map and validate in this process."""
    given, source = job(file)
    shop = Workshop(given)
    validate: Callable[[bytes], list[Result]] = shop.validator.validate

    def noted(ntriples: bytes) -> list[Result]:
        found = validate(ntriples)
        told.results.update((r.focus, r.rule, r.value) for r in found)
        return found

    shop.validator.validate = noted  # type: ignore[method-assign]
    shop.mapped([])
    told.started()
    documents: dict[str, bytes] = {}
    for batch in batches(islice(source, rows), 1_000):
        mapped = shop.mapped(batch)
        shop.faults(batch, mapped)
        documents.update((d.iri, d.text) for m in mapped for d in m.documents)
    told.lines = list(documents.values())
    told.ended(rows)


def run_pool(file: Path, rows: int, told: Told) -> None:
    """Map and validate on every core, and pack the documents, as publish does; memory is the publisher's alone."""
    given, source = job(file)
    codec, gate = Codec(), Workshop(given).mapper.gate
    with Pool(cores()) as pool:
        warm = [(row_key(b"", row), row) for row in gate.rows(islice(job(file)[1], 2_000))]
        list(outcomes(pool, given.pickled(), iter(warm), lambda _: None))
        told.started()
        documents: dict[bytes, bytes] = {}
        keyed = ((row_key(b"", row), row) for row in gate.rows(islice(source, rows)))
        for worked in outcomes(pool, given.pickled(), keyed, lambda _: None):
            documents.update(worked.documents)
        told.ended(rows)
    told.out.with_suffix(".nt").write_bytes(b"".join(codec.unpack(packed) for packed in documents.values()))


def run_plain(file: Path, rows: int, told: Told) -> None:
    """Build with rdflib, validate with pySHACL."""
    from plain import Plain

    given, _ = job(file)
    maker = Plain(given.assets, given.context.base, given.context.timezone)
    check = pyshacl_on(given)
    told.started()
    csv.field_size_limit(1 << 24)
    with file.open(encoding="utf-8-sig", newline="") as source:
        for chunk in batches(islice(csv.DictReader(source), rows), CHUNK):
            graph = maker.graph(chunk)
            told.lines.append(graph.serialize(format="nt", encoding="utf-8"))
            told.results |= check(graph)
    told.ended(rows)


def run_queries(file: Path, rows: int, told: Told) -> None:
    """Run the mapping's queries with rdflib, validate with pySHACL."""
    import rdflib

    given, source = job(file)
    mapper = Workshop(given).mapper
    check = pyshacl_on(given)
    codes, context = rdflib.URIRef("urn:odlinked:codes"), rdflib.URIRef("urn:odlinked:context")
    read = "application/n-triples"
    data = rdflib.Dataset()
    data.graph(codes).parse(data=mapper._code_graph, format=read)
    data.graph(context).parse(data=mapper.context.graph() + mapper._carried, format=read)
    told.started()
    for chunk in batches(islice(source, rows), CHUNK):
        data.remove_graph(data.default_graph)
        data.default_graph.parse(data=mapper.row_graphs(chunk), format=read)
        for query in (ask.load(given.assets, name) for name in mapper.form.names):
            for triple in list(data.query(query.text)):
                data.default_graph.add(triple)
        graph = rdflib.Graph(bind_namespaces="none")
        for query in (ask.load(given.assets, name) for name in mapper.form.refines):
            for triple in data.query(query.text):
                graph.add(public(triple))
        for triple in [t for t in graph if "/ctl#" in t[1] or "control#" in t[1]]:
            graph.remove(triple)
        told.lines.append(graph.serialize(format="nt", encoding="utf-8"))
        told.results |= check(graph)
    told.ended(rows)


def public(triple: tuple) -> tuple:
    """Return a triple with the private datatype of its literal made the public one."""
    from rdflib import Literal, URIRef
    from rdflib.namespace import XSD

    from odlinked.namespaces import LEX

    value = triple[2]
    if isinstance(value, Literal) and value.datatype and value.datatype.startswith(LEX):
        value = Literal(str(value), datatype=URIRef(str(XSD) + value.datatype[len(LEX):]), normalize=False)
    return triple[0], triple[1], value


def pyshacl_on(given: TableJob) -> Callable[[object], set[Key]]:
    """Return pySHACL with the shapes that apply to the form."""
    import pyshacl
    import rdflib
    from rdflib.namespace import SH

    logging.getLogger("rdflib.term").disabled = True
    profile = Workshop(given).profile
    rules, _ = profile.divide(frozenset(given.binding.carries))
    shapes = profile.shapes(rules)

    def check(graph: object) -> set[Key]:
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none", advanced=False)
        assert isinstance(report, rdflib.Graph)
        return {(str(report.value(r, SH.focusNode)), str(report.value(r, SH.sourceShape)), str(report.value(r, SH.value) or ""))
                for r in report.objects(None, SH.result)}

    return check


def batches(source: Iterator, size: int) -> Iterator[list]:
    """Cut a stream."""
    while batch := list(islice(source, size)):
        yield batch


RUNS: dict[str, Callable[[Path, int, Told], None]] = {
    "odlinked": run_odlinked, "pool": run_pool, "plain": run_plain, "queries": run_queries}


def triples(path: Path) -> set[str]:
    """Read N-Triples as a set, whatever way characters are escaped and language tags are cased."""
    return {str(quad.triple) for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)}


def contest(name: str, file: Path, rows: int, folder: Path) -> dict:
    """Run one contestant in a process of its own and return what it told, with its triples."""
    out = folder / f"{name}-{rows}.json"
    subprocess.run([sys.executable, __file__, str(file), "--run", name, "--rows", str(rows), "--out", str(out)], check=True)
    told = json.loads(out.read_text())
    told["triples"] = triples(out.with_suffix(".nt"))
    told["results"] = {tuple(result) for result in told["results"]}
    print(f"{name:<9} {rows:>6,} rows  {told['seconds']:7.2f} s  {rows / told['seconds']:8,.1f} rows/s  "
          f"{told['cpu'] / rows * 1000:6.2f} ms of processor a row  "
          f"{len(told['triples']):>9,} triples  {len(told['results']):>6,} results  {told['memory']:6,.0f} MB  "
          f"(+ {told['start']:.1f} s to start)", flush=True)
    return told


def compared(name: str, one: dict, ours: dict) -> None:
    """Raise where triples or results differ, showing some."""
    for what in ("triples", "results") if name != "pool" else ("triples",):
        more, less = one[what] - ours[what], ours[what] - one[what]
        assert not more | less, f"{name}: {len(more)} {what} more, {len(less)} less: {sorted(more)[:5]} {sorted(less)[:5]}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all and compare."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("list", type=Path)
    options.add_argument("--rows", type=int, default=2_000)
    options.add_argument("--query-rows", type=int, default=100)
    options.add_argument("--run", choices=RUNS, help=argparse.SUPPRESS)
    options.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args(arguments)
    if given.run:
        RUNS[given.run](given.list, given.rows, Told(given.out))
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        ours = contest("odlinked", given.list, given.rows, place)
        pool = contest("pool", given.list, given.rows, place)
        plain = contest("plain", given.list, given.rows, place)
        few = contest("odlinked", given.list, given.query_rows, place)
        queries = contest("queries", given.list, given.query_rows, place)
        compared("pool", pool, ours)
        compared("plain", plain, ours)
        compared("queries", queries, few)
    print("the same triples and the same SHACL results all ways")
    for name, one, other in (("plain rdflib + pySHACL", plain, ours), ("rdflib's SPARQL on the same queries", queries, few)):
        print(f"{name}: {one['seconds'] / other['seconds']:.1f} times the time of odlinked in one process, "
              f"{one['cpu'] / other['cpu']:.1f} times the processor time")
    print(f"plain rdflib + pySHACL: {plain['seconds'] / pool['seconds']:.1f} times the time of odlinked on {cores()} cores")


if __name__ == "__main__":
    main()
