"""How long it takes to measure all organisations of a national catalogue: `python benchmarks/agency.py [DATASETS] [AGENCIES]`.

The facts are made up: badges in the shares of the national list, one dataset in three without evidence, a parent for every unit.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from datetime import date

from odlinked.assets import Assets
from odlinked.measure.agency import MEASURED, Agencies, AgencyParameters
from odlinked.namespaces import CODE, DCAT, DCTERMS, DQV, ODL, ORG, RDF, SCHEMA, XSD

BASE = "http://localhost:8000/id/"
METRIC = "https://w3id.org/odlinked/metric/"
STATED = ["gold"] * 60 + ["platinum"] * 15 + ["silver"] * 10 + ["bronze"] * 8 + ["not-tested"] * 5 + ["exempt"] * 2


def facts(datasets: int, agencies: int, with_use: bool = True) -> bytes:
    """Return made-up facts, the same each time."""
    dice = random.Random(1)
    lines = [
        f"<{BASE}organization/{i}> <{ORG}subOrganizationOf> <{BASE}organization/{i % 40}> ." for i in range(40, agencies)
    ]
    for number in range(datasets):
        iri, stated = f"<{BASE}dataset/{number}>", dice.choice(STATED)
        lines += [
            f"{iri} <{RDF}type> <{DCAT}Dataset> .",
            f"{iri} <{DCTERMS}publisher> <{BASE}organization/{dice.randrange(agencies)}> .",
            f'{iri} <{DCTERMS}issued> "20{dice.randint(13, 25)}-03-01T00:00:00+08:00"^^<{XSD}dateTime> .',
            f"{iri} <{ODL}qualityBadge> <{CODE}quality-badge/{stated}> .",
        ]
        if number % 3:
            least, most = dice.choice((("gold", "gold"), ("platinum", "platinum"), ("bronze", "gold"), ("failed", "bronze")))
            lines += [
                f"{iri} <{METRIC}badge-{end}> <{CODE}quality-badge/{badge}> ."
                for end, badge in (("lowest", least), ("highest", most))
            ]
            lines += [f"{iri} <{ODL}fails> <{METRIC}{name}> ." for name in dice.sample(MEASURED[4:], dice.randint(0, 3))]
        if with_use and number % 2:
            usage = f"{BASE}usage/{number}.2026-06-30"
            lines += [f"<{usage}> <{RDF}type> <{ODL}UsageRecord> .", f"<{usage}> <{SCHEMA}about> {iri} ."]
            for name in ("views", "downloads", "rating", "comments"):
                node = f"<{usage}#{name}>"
                lines += [
                    f'{node} <{DQV}value> "{dice.randrange(90_000)}"^^<{XSD}integer> .',
                    f"{node} <{DCTERMS}isPartOf> <{usage}> .",
                    f"{node} <{DQV}isMeasurementOf> <{CODE}usage-metric/{name}> .",
                ]
    return "\n".join([*lines, ""]).encode()


def main() -> None:
    """Measure and tell: with numbers of use of every other dataset, and without any."""
    datasets, agencies = (int(text) for text in (*sys.argv[1:], *("52547", "800")[len(sys.argv) - 1 :]))
    for with_use in (False, True):
        given = facts(datasets, agencies, with_use)
        print(f"{datasets} datasets, {agencies} organisations, {given.count(bytes([10]))} facts")
        before: dict[str, bytes] = {}
        for day in (date(2025, 7, 31), date(2026, 7, 31)):
            start, used = time.perf_counter(), time.process_time()
            made = Agencies(Assets(), AgencyParameters(), day).measure(given, before)
            seconds, cpu = time.perf_counter() - start, time.process_time() - used
            before = {document.iri: document.text for document in made}
            lines = sum(document.text.count(b"\n") for document in made)
            print(f"  {day}: {seconds:.2f} s ({cpu:.2f} s of processor), {len(made)} documents, {lines} triples")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
