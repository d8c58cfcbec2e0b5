"""How fast records are validated: both engines, one process and several, in one run.

    python benchmarks/validate.py LIST.csv [--records 4000] [--reference 400] [--profile tw-open] [--processes 2]

LIST is a national list (see `widen.py`). Its first records are mapped, then validated as a publish does: in chunks, a process
a core. The reference gets fewer, for it is slow; its answers on them are compared with the fast engine's.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from odlinked.assets import Assets
from odlinked.documents import Document
from odlinked.intake.bindings import bind
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile
from odlinked.settings_file import load

BATCH = 500


def records(path: Path, most: int) -> list[Document]:
    """Return the documents of the first datasets of a list."""
    settings, assets = load(None), Assets()
    table, binding = bind(path, path.name, None, settings, assets).tables[0]
    mapper = Mapper(binding, assets, MappingContext(settings.catalog.base, "local", settings.catalog.timezone))
    rows, found = table.rows(), list[Document]()
    while len(found) < most and (batch := list(islice(rows, 1_000))):
        found += [document for mapped in mapper.map(batch) for document in mapped.documents if "/id/dataset/" in document.iri]
    return found[:most]


@lru_cache(maxsize=8)
def validator(profile: str, engine: str) -> Validator:
    return Validator(Profile.load(Assets(), profile), engine=engine)


def work(profile: str, engine: str, documents: Sequence[Document]) -> int:
    """Validate documents and return how many results there are."""
    return sum(len(results) for _, results in validator(profile, engine).validate_documents(documents))


def peak(_: int) -> int:
    """Return the peak memory of this process, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024


def timed(profile: str, engine: str, documents: Sequence[Document], processes: int) -> tuple[int, float, float]:
    """Return how many results there are, the seconds it took and those of a processor, workers warm (0 where not measured)."""
    batches = [documents[start : start + BATCH] for start in range(0, len(documents), BATCH)]
    if processes == 1:
        work(profile, engine, documents[:50])
        start, busy = time.perf_counter(), time.process_time()
        count = sum(work(profile, engine, batch) for batch in batches)
        return count, time.perf_counter() - start, time.process_time() - busy
    with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
        list(pool.map(work, [profile] * 2 * processes, [engine] * 2 * processes, [documents[:50]] * 2 * processes))
        start = time.perf_counter()
        count = sum(pool.map(work, [profile] * len(batches), [engine] * len(batches), batches))
        seconds = time.perf_counter() - start
        print(f"{'':12} peak memory of a worker: {max(pool.map(peak, range(4 * processes)))} MB")
        return count, seconds, 0.0


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path)
    parser.add_argument("--records", type=int, default=4_000)
    parser.add_argument("--reference", type=int, default=400)
    parser.add_argument("--profile", action="append")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    documents = records(asked.list, asked.records)
    few = documents[: asked.reference]
    print(f"{len(documents):,} records, {sum(len(one.text) for one in documents) / 1e6:.1f} MB of N-Triples")
    for profile in asked.profile or ["tw-open", "dcat-ap-3"]:
        speeds: dict[str, float] = {}
        for engine, chosen, processes in (("pyshacl", few, 1), ("shifty", documents, 1), ("shifty", documents, asked.processes)):
            count, seconds, busy = timed(profile, engine, chosen, processes)
            speed = speeds[f"{engine} {processes}"] = len(chosen) / seconds
            alone = f", {len(chosen) / busy:,.0f} a second of processor time" if busy else ""
            print(f"{profile:12} {engine:8} {processes} process(es): {seconds:6.2f} s, {speed:7,.0f} records/s{alone}, "
                  f"{count:,} results ({speed / speeds['pyshacl 1']:.1f} times pySHACL)")
        fast, slow = (validator(profile, engine).validate(b"".join(one.text for one in few)) for engine in ("shifty", "pyshacl"))
        print(f"{profile:12} answers on {len(few)} records equal: {fast == slow}")
    print(f"peak memory here, mapping and reference included: {peak(0)} MB")


if __name__ == "__main__":
    main()
