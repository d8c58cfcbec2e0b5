"""Ask a hundred questions made of a catalogue's classes and properties, of odlinked and of other engines: same answers, times.

    python benchmarks/generated.py WORKSPACE [--most 110] [--compare]

Starts `odlinked serve` over the workspace, the `oxigraph` server and, where it is installed, Virtuoso 7, each with the dump of
the catalogue. Every question (`benchmarks/generated/templates.toml`, then 18 of the catalogue's own in `queries/`) is asked
cold, then three times with another comment (no answer is kept from before), and once more as it stood (ours may have kept it).
Answers are compared as multisets of rows; with `--compare` each is asked for once. Prints a line for each that differs, with the
reason where `benchmarks/generated/differences.toml` has one, then the times; exit 1 where a difference has no reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from hostile import served

from odlinked import queries
from odlinked.assets import Assets
from odlinked.cage import tokenizer
from odlinked.catalog.asking import questions
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import UNIVERSAL
from odlinked.rdf.vocabulary import prefixes

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from builders import engines

FOLDER = Path(__file__).with_name("generated")
NUMBERS = re.compile(r"XMLSchema#(integer|decimal|double|float|int|long|nonNegativeInteger|positiveInteger)$")
TYPICAL = 18
SAMPLE = 500
"""Subjects of a property among which another one of theirs is looked for."""
WAITED = 120
"""Seconds that an answer of any engine is waited for."""

SECONDS = WAITED - 10
"""How long a question may take of us and of oxigraph: less, so that it is they who say so."""

_MOST_USED = "GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x"
Row = frozenset[tuple[str, str]]


@dataclass
class Asked:
    """An engine: where it is asked, with what, and how long its answers took."""

    name: str
    url: str
    form: dict[str, str] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)
    warm: dict[str, float] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._session = requests.Session()

    def ask(self, query: str) -> tuple[float, Any]:
        """Return seconds and the answer: JSON, or what was said instead."""
        began = time.perf_counter()
        headers = {"Accept": "application/sparql-results+json"}
        try:
            answer = self._session.post(self.url, data={"query": query, **self.form}, headers=headers, timeout=WAITED)
        except requests.Timeout:
            return WAITED, f"no answer within {WAITED} s"
        seconds = time.perf_counter() - began
        if answer.status_code != 200:
            return seconds, f"{answer.status_code} {' '.join(answer.text.split())[:150]}"
        try:
            return seconds, answer.json()
        except ValueError as problem:
            return seconds, f"no JSON ({problem}): {answer.text[:60]} … {answer.text[-60:]}"

    def measure(self, name: str, query: str, *, once: bool) -> Counter[Row] | str:
        """Ask a question cold and, unless `once`, warm and once more; return its answer as a multiset, or why there is none."""
        self.cold[name], answer = self.ask(query)
        if once:
            return multiset(answer)
        self.warm[name] = statistics.median(self.ask(f"{query}\n# {number}")[0] for number in range(3))
        self.again[name], _ = self.ask(query)
        return multiset(answer)


def multiset(answer: Any) -> Counter[Row] | str:
    """Return an answer as a multiset of rows."""
    if isinstance(answer, str):
        return answer
    if "boolean" in answer:
        return Counter({frozenset({("", str(answer["boolean"]))}): 1})
    return Counter(frozenset((name, term(one)) for name, one in row.items()) for row in answer["results"]["bindings"])


def term(one: dict[str, str]) -> str:
    """Return a term by its value: numbers as numbers, language tags in small letters."""
    value, datatype = one["value"], one.get("datatype", "")
    if NUMBERS.search(datatype):
        try:
            return f"{Decimal(value).normalize():.12g}"
        except InvalidOperation:
            return value
    if datatype.endswith("#boolean"):
        value = {"1": "true", "0": "false"}.get(value, value)
    if datatype.endswith("#string"):
        datatype = ""
    return f"{one['type'].removeprefix('typed-')} {value} {datatype} {one.get('xml:lang', '').lower()}"


def made(engine: Asked, most: int) -> Iterator[tuple[str, str]]:
    """Yield name and text of the questions that the templates make of what the catalogue holds, at most so many."""
    classes = _column(engine, f"SELECT ?x {{ ?s a ?x }} {_MOST_USED} LIMIT 12")
    tests = {"": "true", "iri": "isIRI(?o)",
             "text": "isLiteral(?o) && (DATATYPE(?o) = rdf:langString || DATATYPE(?o) = xsd:string)"}
    found = {kind: _column(engine, f"SELECT ?x {{ ?s ?x ?o FILTER({test}) }} {_MOST_USED} LIMIT 12")
             for kind, test in tests.items()}
    number = 0
    for template in tomllib.loads((FOLDER / "templates.toml").read_text(encoding="utf-8"))["template"]:
        properties = [one for one in found[template.get("values", "")] if not one.endswith("#type")]
        for place in range(template["each"]):
            text = template["query"]
            if ("CLASS" not in text and "PROPERTY" not in text) or number >= most:
                continue
            prop = properties[place % len(properties)]
            some = f"{{ SELECT ?s {{ ?s <{prop}> ?o }} LIMIT {SAMPLE} }}"
            group = _column(engine, f"SELECT ?x {{ {some} ?s ?x ?p FILTER(?x NOT IN (<{prop}>, rdf:type)) }} {_MOST_USED} LIMIT 3"
                            ) if "OTHER" in text else [prop]
            of = _column(engine, f"SELECT ?x {{ ?s <{prop}> ?o ; a ?x }} {_MOST_USED} LIMIT 1"
                         ) if "CLASS" in text and "PROPERTY" in text else classes[place % len(classes):]
            if group and (of or "CLASS" not in text):
                number += 1
                for word, iri in (("PROPERTY", prop), ("OTHER", group[place % len(group)]), ("CLASS", of[0] if of else "")):
                    text = text.replace(word, f"<{iri}>")
                yield f"{template['name']} {place + 1}", text


def _column(engine: Asked, query: str) -> list[str]:
    _, answer = engine.ask(query)
    assert not isinstance(answer, str), answer
    return [row["x"]["value"] for row in answer["results"]["bindings"]]


def typical() -> Iterator[tuple[str, str]]:
    """Yield questions of the catalogue's own that any engine can answer: SELECTs without parameters that must be given."""
    assets = Assets()
    found = {name: queries.load(assets, name) for name in assets.glob("queries/pages/*.rq")}
    found |= {f"stored {name}": query for name, query in questions.stored(assets).items()}
    known = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in prefixes(assets).items())
    number = 0
    for name, query in found.items():
        given = {key: UNIVERSAL.today().isoformat() if key == "today" else None if one.kind in ("code", "organization")
                 else one.default for key, one in query.takes.items()}
        if any(one.required for one in query.takes.values() if one.name != "today") or "odl:matches" in query.text:
            continue
        text = query.spelled(**given)
        if tokenizer.inspect(text).form == "SELECT" and number < TYPICAL:
            number += 1
            declared = set(re.findall(r"^\s*PREFIX ([\w-]*):", text, re.MULTILINE))
            lines = [line for line in known.splitlines() if line.split()[1][:-1] not in declared]
            yield f"catalogue: {name}", "\n".join([*lines, text])


def filled(workspace: Path, folder: Path) -> Iterator[tuple[Asked, engines.OtherEngine]]:
    """Start the other engines and give them the catalogue's dump."""
    lines = gzip.decompress(b"".join(Releases(Workspace(workspace)).current().dump())).splitlines(keepends=True)
    starts = {"oxigraph": partial(engines.start_oxigraph, seconds=SECONDS), "virtuoso": engines.start_virtuoso}
    for name, start in starts.items():
        graph = {"graph": "urn:catalogue"} if name == "virtuoso" else {"default": ""}
        (folder / name).mkdir()
        try:
            one = start(folder / name)
        except pytest.skip.Exception as problem:
            print(f"{name}: {problem}")
            continue
        auth = requests.auth.HTTPDigestAuth(*one.environment.values()) if one.environment else None
        with requests.Session() as session:
            session.auth = auth
            for place in range(0, len(lines), 5_000):
                session.post(one.settings.graph_store, params=graph, data=b"".join(lines[place:place + 5_000]),
                             headers={"Content-Type": "application/n-triples"}, timeout=5 * WAITED).raise_for_status()
        yield Asked(name, one.settings.query, {"default-graph-uri": "urn:catalogue"} if name == "virtuoso" else {}), one


def compare(name: str, query: str, engines_: list[Asked], reasons: list[dict[str, str]], *, once: bool) -> bool:
    """Ask a question of all; print what differs; return whether every difference has a reason."""
    ours, *others = [(one, one.measure(name, query, once=once)) for one in engines_]
    explained = True
    for other, answer in others:
        if answer == ours[1]:
            continue
        reason = next((one["reason"] for one in reasons if one["engine"] == other.name and re.search(one["name"], name)), "")
        explained &= bool(reason)
        shown = [said if isinstance(said, str) else f"{said.total()} rows" for said in (ours[1], answer)]
        more = [] if isinstance(answer, str) or isinstance(ours[1], str) else [
            json.dumps([sorted(row) for row in (one - two)][:1], ensure_ascii=False)[:200]
            for one, two in ((ours[1], answer), (answer, ours[1]))]
        print(f"differs: {name}: ours {shown[0]}, {other.name} {shown[1]}: {reason or 'NO REASON'}", *more, flush=True)
        if not reason:
            print(f"    {' '.join(query.split())[-300:]}")
    return explained


def told(names: list[str], title: str, engines_: list[Asked]) -> None:
    """Print the times of a group of questions: milliseconds in the middle, and the ratio to ours, question by question."""
    print(f"{title}: {len(names)} questions", flush=True)
    ours = engines_[0]
    for one in engines_:
        parts = []
        for what in ("cold", "warm", "again"):
            if not getattr(one, what):
                continue
            times, own = getattr(one, what), getattr(ours, what)
            middle = statistics.median(times[name] for name in names) * 1_000
            ratio = statistics.geometric_mean([own[name] / times[name] for name in names])
            parts.append(f"{what} {middle:.1f} ms" + ("" if one is ours else f" (ours takes {ratio:.2f} of it)"))
        print(f"    {one.name:<10}{'; '.join(parts)}")


def main() -> None:
    """Start, ask, compare, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--most", type=int, default=110)
    options.add_argument("--compare", action="store_true")
    given = options.parse_args()
    reasons = tomllib.loads((FOLDER / "differences.toml").read_text(encoding="utf-8")).get("difference", [])
    fine = True
    with TemporaryDirectory() as folder, served(given.workspace, SECONDS) as (url, _):
        ours = Asked("odlinked", f"{url}/sparql")
        others: list[tuple[Asked, engines.OtherEngine]] = []
        try:
            others.extend(filled(given.workspace, Path(folder)))  # one by one: what runs is stopped where the next does not start
            all_of = [ours, *(one for one, _ in others)]
            groups = {"made of the catalogue": dict(made(ours, given.most)), "the catalogue's own": dict(typical())}
            for title, group in groups.items():
                for name, query in group.items():
                    fine &= compare(name, query, all_of, reasons, once=given.compare)
                told(list(group), title, all_of)
        finally:
            for _, engine in others:
                engine.stop()
    sys.exit(not fine)


if __name__ == "__main__":
    main()
