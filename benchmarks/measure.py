"""Datasets measured a second, and the memory it takes.

    python benchmarks/measure.py WIDE.csv [--rows 10000] [--workers 2] [--evidence]

Rows spread over the whole file are mapped first (not timed) and then measured, on WORKERS processes, as `publish` does it. With
--evidence each distribution has an observation that found everything in order, which makes the most triples. Told are datasets a
second, processor time a dataset, triples a quality document and the peak memory of a worker.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.measure.measurer import Item, Measurer, Parameters
from odlinked.settings import ReadSettings, Settings

CHUNK = 1_000
DAY = date(2026, 11, 22)
_RESOURCE = re.compile(rb"^<([^>]*)> <http://www.w3.org/ns/dcat#distribution> <([^>]*)> \.$", re.MULTILINE)
_FORMAT = "<http://purl.org/dc/terms/format> <"


def items(file: Path, rows: int, evidence: bool) -> Iterator[Item]:
    """Yield datasets of rows spread over the file."""
    assets, settings = Assets(), Settings()
    table = inventory.read(file, ReadSettings())[0]
    mapper = Mapper(forms.find(forms.load_all(assets), table), assets, MappingContext(settings.catalog.base, "national"))
    total = sum(1 for _ in table.rows())
    chosen = islice(table.rows(), 0, None, max(1, total // rows))
    for mapped in mapper.map(list(islice(chosen, rows))):
        if mapped.documents and "/id/dataset/" in mapped.documents[0].iri:
            iri, record = mapped.documents[0].iri, mapped.documents[0].text
            quality = iri.replace("/id/", "/id/quality/", 1)
            yield Item(iri, quality, record, observed(quality, record) if evidence else b"")


def observed(quality: str, record: bytes) -> bytes:
    """Return an observation of each distribution: all as described."""
    odl, code, xsd = "https://w3id.org/odlinked/ns#", "https://w3id.org/odlinked/code/", "http://www.w3.org/2001/XMLSchema#"
    text = record.decode()
    names = re.findall(rf'<{odl}fieldName> ("(?:[^"\\]|\\.)*") \.', text)
    lines = []
    for resource in (found[2].decode() for found in _RESOURCE.finditer(record)):
        node = f"<{quality}#visit-{resource.rpartition('#')[2]}>"
        said = text.partition(f"<{resource}> {_FORMAT}")[2].partition(">")[0]
        facts = [f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{odl}Observation>",
                 f"<http://www.w3.org/ns/prov#used> <{resource}>", f"<{odl}answer> <{code}answer/answered>",
                 f'<{odl}statusCode> "200"^^<{xsd}integer>', f"<{odl}delivery> <{code}delivery/direct>",
                 f"<{odl}observedEncoding> <{code}character-encoding/utf-8>", f'<{odl}complete> "true"^^<{xsd}boolean>',
                 f'<{odl}observedSince> "2026-01-01T00:00:00+08:00"^^<{xsd}dateTime>',
                 f'<{odl}contentChanged> "2026-11-20T00:00:00+08:00"^^<{xsd}dateTime>',
                 *([f"<{odl}observedFormat> <{said}>"] if said else []), *(f"<{odl}observedField> {name}" for name in names)]
        lines += [f"{node} {fact} .\n" for fact in facts]
    return "".join(lines).encode()


def peak() -> float:
    """Return this process's peak resident memory in MB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


_measurers: dict[bytes, Measurer] = {}


def work(chunk: list[Item]) -> tuple[int, float, float]:
    """Measure a chunk; return triples, processor seconds and peak memory."""
    measurer = _measurers.setdefault(b"", Measurer(Assets(), Parameters(), DAY))
    began = time.process_time()
    triples = sum(found.document.text.count(b"\n") for found in measurer.measure(chunk))
    return triples, time.process_time() - began, peak()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--evidence", action="store_true")
    given = parser.parse_args()
    datasets = list(items(given.file, given.rows, given.evidence))
    chunks = [datasets[i:i + CHUNK] for i in range(0, len(datasets), CHUNK)]
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:  # a fork would begin with this process's memory
        list(pool.map(work, [datasets[:5]] * given.workers))
        began = time.perf_counter()
        done = list(pool.map(work, chunks))
        seconds = time.perf_counter() - began
    print(f"{len(datasets)} datasets in {seconds:.1f} s on {given.workers} processes: {len(datasets) / seconds:.0f} datasets/s, "
          f"{sum(cpu for _, cpu, _ in done) / len(datasets) * 1000:.2f} ms of processor time each, "
          f"{sum(triples for triples, _, _ in done) / len(datasets):.1f} triples each; "
          f"a worker's peak {max(memory for _, _, memory in done):.0f} MB")


if __name__ == "__main__":
    main()
