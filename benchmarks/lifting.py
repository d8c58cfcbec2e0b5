"""Lifting rows against morph-kgc, maplib, rdflib and plain writing of N-Triples, in one run.

    python benchmarks/lifting.py [--rows 100000] [--peer-rows 100000] [--peers PYTHON]

PYTHON is an interpreter that has morph-kgc, maplib and rdflib (odlinked needs none of them for this); a peer that is not there is
told. All read one file of `air.py`, or the peers one of fewer rows: of ten million, maplib would hold a hundred gigabytes, and
rdflib would take hours. What can write to a pipe does, so that no disk need hold it. odlinked does what `lift --mode minimal`
does: it looks for persons, checks each cell against its datatype, watches the key, makes codes, links and zoned times. The others
write every filled cell as a literal of its row, checked for nothing. Rates are triples a second of processor time, of all cores
together, starts included; memory is the largest of the process.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote

BASE = "http://example.org/"
SITE = "http://example.org/data/"


class Taken(NamedTuple):
    """What a run took: seconds by the clock and of processors, largest memory in MB, triples written, and its exit code."""

    clock: float
    processor: float
    memory: float
    triples: int
    code: int


def properties(file: Path) -> list[tuple[str, str]]:
    """Return the headings of a file with the property of each."""
    with file.open(encoding="utf-8", newline="") as opened:
        return [(heading, f"{BASE}ns#{quote(heading)}") for heading in next(csv.reader(opened))]


def plain(file: Path, target: Path) -> None:
    """Write N-Triples by hand: the least that a program in Python can do."""
    named = [f"<{iri}>" for _, iri in properties(file)]
    with file.open(encoding="utf-8", newline="") as opened, target.open("w", encoding="utf-8") as out:
        reader = csv.reader(opened)
        next(reader)
        for row in reader:
            subject = f"<{SITE}{row[0]}/{quote(row[17])}>"
            out.write("".join([f'{subject} {name} "{cell}" .\n' for name, cell in zip(named, row, strict=True) if cell]))


def by_rdflib(file: Path, target: Path) -> None:
    """Add the triples of a thousand rows at a time to a graph of rdflib and serialise it."""
    from rdflib import Graph, Literal, URIRef

    named = [URIRef(iri) for _, iri in properties(file)]
    with file.open(encoding="utf-8", newline="") as opened, target.open("wb") as out:
        reader = csv.reader(opened)
        next(reader)
        while block := [row for _, row in zip(range(1_000), reader, strict=False)]:
            graph = Graph()
            for row in block:
                subject = URIRef(f"{SITE}{row[0]}/{quote(row[17])}")
                for name, cell in zip(named, row, strict=True):
                    if cell:
                        graph.add((subject, name, Literal(cell)))
            out.write(graph.serialize(format="nt", encoding="utf-8"))


def by_morph(file: Path, target: Path) -> None:
    """Run morph-kgc with an RML mapping."""
    maps = "".join(f' ; rr:predicateObjectMap [ rr:predicate <{iri}> ; rr:objectMap [ rml:reference "{heading}" ] ]'
                   for heading, iri in properties(file))
    mapping = target.with_suffix(".rml.ttl")
    mapping.write_text(
        "@prefix rr: <http://www.w3.org/ns/r2rml#> . @prefix rml: <http://semweb.mmlab.be/ns/rml#> .\n"
        "@prefix ql: <http://semweb.mmlab.be/ns/ql#> .\n"
        f'<#t> rml:logicalSource [ rml:source "{file}" ; rml:referenceFormulation ql:CSV ] ;\n'
        f'  rr:subjectMap [ rr:template "{SITE}{{siteid}}/{{publishtime}}" ]{maps} .\n', encoding="utf-8")
    settings = target.with_suffix(".ini")
    settings.write_text(f"[CONFIGURATION]\noutput_file={target}\nnumber_of_processes=1\nlogging_level=ERROR\n"
                        f"[rows]\nmappings={mapping}\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "morph_kgc", settings], check=True)


def by_maplib(file: Path, target: Path) -> None:
    """Run maplib with a template over a data frame of polars."""
    import polars
    from maplib import Model

    named = properties(file)
    frame = polars.read_csv(file, infer_schema=False)
    key = polars.concat_str([polars.lit(SITE), polars.col("siteid"), polars.lit("/"),
                             polars.col("publishtime").str.replace_all(" ", "%20", literal=True)])
    frame = frame.with_columns(key.alias("s")).rename({heading: f"c{place}" for place, (heading, _) in enumerate(named)})
    wanted = ", ".join(f"? xsd:string ?c{place}" for place in range(len(named)))
    triples = ", ".join(f"ottr:Triple(?s, <{iri}>, ?c{place})" for place, (_, iri) in enumerate(named))
    model = Model()
    model.add_template(f"@prefix ex: <{BASE}> . @prefix ottr: <http://ns.ottr.xyz/0.4/> .\n"
                       "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
                       f"ex:Row [ ottr:IRI ?s, {wanted} ] :: {{ {triples} }} .")
    model.map(BASE + "Row", frame)
    model.write(str(target), format="ntriples")


OWN_FILE = frozenset({"morph-kgc", "maplib"})
"""Peers that write files by themselves."""

PEERS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "plain writing": ("csv", plain), "rdflib": ("rdflib", by_rdflib), "morph-kgc": ("morph_kgc", by_morph),
    "maplib": ("maplib", by_maplib)}


def run(command: list[str | Path], target: Path | None = None) -> Taken:
    """Run a command that writes lines to a file, else to its output, and measure it with its children."""
    began = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL if target else subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    triples = counted(process.stdout) if process.stdout else 0
    _, status, used = os.wait4(process.pid, 0)
    clock = time.monotonic() - began
    if target is not None and target.is_file():
        with target.open("rb") as file:
            triples = counted(file)
        target.unlink()
    return Taken(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, triples, os.waitstatus_to_exitcode(status))


def counted(file: IO[bytes]) -> int:
    """Return how many lines a file has, read to its end."""
    return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def told(name: str, one: Taken, plainly: float) -> float:
    """Print what a run took, with its rate as a share of that of plain writing (0: this is it); return its rate."""
    if one.code and not (one.code == 1 and name.startswith("odlinked")):
        print(f"{name:22}{'not installed' if one.code == 3 else f'failed with {one.code}'}", flush=True)
        return 0
    rate = one.triples / one.processor
    print(f"{name:22}{one.clock:9.1f}{one.processor:13.1f}{one.memory:7.0f}{one.triples:13,}"
          + (f"{rate:12,.0f}{rate / (plainly or rate):10.2f}" if one.triples else ""), flush=True)
    return rate


def main() -> None:
    """Run them all, or (`--peer`) be one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, help="rows that morph-kgc, maplib and rdflib are given (default: all)")
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        module, work = PEERS[given.peer[0]]
        if importlib.util.find_spec(module) is None:
            raise SystemExit(3)
        work(Path(given.peer[1]), Path(given.peer[2]))
        return
    import air

    with tempfile.TemporaryDirectory() as folder:
        file, fewer, target = Path(folder) / "air.csv", Path(folder) / "fewer.csv", Path(folder) / "out.nt"
        air.write(file, given.rows)
        if given.peer_rows:
            air.write(fewer, given.peer_rows)
        odlinked = [sys.executable, "-m", "odlinked", "lift", file]
        load = "/".join(f"{one:.0f}" for one in os.getloadavg())
        print(f"{given.rows:,} rows, {file.stat().st_size / 1e6:.0f} MB; peers {given.peer_rows or given.rows:,} rows; "
              f"load {load}; {os.cpu_count()} cores", flush=True)
        print(f"{'':22}{'clock s':>9}{'processor s':>13}{'MB':>7}{'triples':>13}{'triples/s':>12}{'of plain':>10}")
        plainly = told("plain writing", run([given.peers, __file__, "--peer", "plain writing", file, "/dev/stdout"]), 0)
        told("odlinked, describing", run([*odlinked, "--describe"], target), plainly)
        told("odlinked, lifting", run([*odlinked, "--mode", "minimal"]), plainly)
        for name in ("rdflib", "morph-kgc", "maplib"):
            own = target if name in OWN_FILE else None
            of = fewer if given.peer_rows else file
            told(name, run([given.peers, __file__, "--peer", name, of, own or "/dev/stdout"], own), plainly)
        print("load after:", "/".join(f"{one:.0f}" for one in os.getloadavg()))


if __name__ == "__main__":
    main()
