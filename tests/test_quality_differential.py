"""The fast engine against the reference on real records with random mistakes, under every rule there is."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
import rdflib

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.intake.bindings import bind
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.namespaces import DCAT, DCTERMS, FOAF, LEX, RDF, RDFS, SKOS, VCARD, XSD
from odlinked.quality import literals
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import Profile
from odlinked.quality.sieve import Sieve, uses
from odlinked.settings import ReadSettings, load

ROOT = Path(__file__).parents[1]
SHARED = Path(__file__).parents[2] / "shared"
EXAMPLES = ("data-gov-tw-excerpt.csv", "data-gov-tw-api-28178.json", "moenv-inventory-2026.xlsx",
            "moenv-inventory-annex-2026.xlsx")
LIST = SHARED / "data" / "catalog" / "datagovtw_export_22col_sample.csv"
FEED = SHARED / "suites" / "feeds" / "norway" / "datanorge_2018_05_31.jsonld"
PROFILES = ("tw-platinum", "dcat-ap-3-full", "dcat-ap-hvd")

EU = "http://publications.europa.eu/resource/authority/"
OBJECTS = (
    '""', '"無"', '"文字"@zh-Hant', '"x"@en', f'"2026-02-30"^^<{XSD}date>', f'"2026-05-06"^^<{XSD}date>',
    f'"007"^^<{XSD}integer>',
    f'"many"^^<{XSD}nonNegativeInteger>', f'"1.50"^^<{XSD}decimal>', f'"2026"^^<{XSD}gYear>', "_:b1", "_:b2",
    f"<{EU}language/ENG>", f"<{EU}language/eng>", f"<{EU}file-type/CSV>", f"<{EU}file-type/PDF>", f"<{EU}frequency/MONTHLY>",
    f"<{EU}data-theme/ENVI>", f"<{EU}country/TWN>", f"<{EU}access-right/PUBLIC>", "<https://sws.geonames.org/1668284/>",
    "<https://www.iana.org/assignments/media-types/text/csv>", "<http://www.iana.org/x>", "<https://example.org/nothing>",
    "<http://data.europa.eu/eli/reg_impl/2023/138/oj>", "<http://data.europa.eu/bna/c_dd313021>", "<http://x.tw/空>",
    '"a\\"b\\nc\\\\"',
)
FLAT = tuple(term for term in OBJECTS if not term.startswith("_:"))
"""What a blank node may have: the reference spells out blank nodes within blank nodes for its messages, circles without end."""

CLASSES = (
    *(f"<{DCAT}{name}>" for name in ("Dataset", "Distribution", "DataService", "Catalog", "DatasetSeries", "CatalogRecord")),
    f"<{FOAF}Agent>", f"<{FOAF}Organization>", f"<{VCARD}Kind>", f"<{VCARD}Group>", f"<{SKOS}Concept>", f"<{DCTERMS}Location>",
    f"<{DCTERMS}PeriodOfTime>", f"<{DCTERMS}LicenseDocument>", "<https://example.org/Own>")


@cache
def everything() -> Profile:
    """All rules of all profiles as one, with all their backgrounds."""
    parts = [Profile.load(Assets(), name) for name in PROFILES]
    graph = rdflib.Graph(bind_namespaces="none")
    for part in parts:
        for triple in part.graph:
            graph.add(triple)
    rules = {iri: rule for part in parts for iri, rule in part.rules.items()}
    return replace(parts[0], rules=rules, graph=graph, behind=tuple(sorted({one for part in parts for one in part.behind})))


@cache
def reference() -> Validator:
    return Validator(everything(), engine="pyshacl")


@cache
def predicates() -> tuple[str, ...]:
    paths = {path for rule in everything().rules.values() for path in rule.paths}
    return tuple(sorted({*paths, RDF + "type", RDFS + "subClassOf", SKOS + "inScheme", "https://example.org/own"}))


def mapped(path: Path, rows: int = 40) -> list[list[str]]:
    """Return the documents a table makes, as lines."""
    settings, assets = load(None), Assets()
    table, binding = bind(path, path.name, None, settings, assets).tables[0]
    mapper = Mapper(binding, assets, MappingContext(settings.catalog.base, "local", settings.catalog.timezone))
    made = mapper.map(list(islice(table.rows(), rows)))
    documents = {document.iri: document.text.decode().splitlines() for one in made for document in one.documents}
    return list(documents.values())


def mutated(lines: list[str], dice: random.Random) -> list[str]:
    """Return a document with a few mistakes: a line lost, its property, object or subject changed, a class added."""
    changed = list(lines)
    for _ in range(dice.randint(1, 5)):
        place = dice.randrange(len(changed))
        subject, predicate, rest = changed[place].split(" ", 2)
        what = dice.randrange(6)
        objects = FLAT if subject.startswith("_:") else OBJECTS
        if what == 0 and len(changed) > 1:
            del changed[place]
        elif what == 1:
            changed.append(f"{subject} {predicate} {dice.choice(objects)} .")
        elif what == 2:
            changed[place] = f"{subject} <{dice.choice(predicates())}> {rest}"
        elif what == 3:
            changed.append(f"{subject} <{dice.choice(predicates())}> {dice.choice(objects)} .")
        elif what == 4:
            whose = dice.choice((subject, "_:b1", "<https://example.org/nothing>"))
            changed.append(f"{whose} <{RDF}type> {dice.choice(CLASSES)} .")
        else:
            changed.append(f"{dice.choice(CLASSES)} <{RDFS}subClassOf> {dice.choice(CLASSES)} ." if not dice.randrange(8) else
                           f"_:b1 <{dice.choice(predicates())}> {dice.choice(FLAT)} .")
    return changed


def equal(documents: list[list[str]]) -> int:
    text = "".join(f"{line}\n" for line in sorted({line for lines in documents for line in lines})).encode()
    fast = Validator(everything())  # a new one, that has seen no property yet
    found = fast.validate(text)
    assert found == reference().validate(text)
    assert fast.validate(text) == found
    return len(found)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_as_they_are(name: str) -> None:
    assert equal(mapped(ROOT / "examples" / name)) > 10


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_examples(seed: int) -> None:
    dice = random.Random(seed)
    documents = mapped(ROOT / "examples" / EXAMPLES[seed % len(EXAMPLES)])
    assert equal([mutated(dice.choice(documents), dice) for _ in range(25)]) > 10


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not LIST.is_file(), reason="the national list is not beside the checkout")
@pytest.mark.parametrize("seed", range(100, 120))
def test_mutations_of_rows_of_the_national_list(seed: int) -> None:
    dice = random.Random(seed)
    documents = mapped(LIST)
    assert equal([mutated(dice.choice(documents), dice) for _ in range(40)]) > 20


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not FEED.is_file(), reason="the feed is not beside the checkout")
@pytest.mark.parametrize("seed", range(200, 208))
def test_mutations_of_a_feed(seed: int) -> None:
    dice = random.Random(seed)
    subjects: dict[str, list[str]] = {}
    for line in graphs.read(FEED, ReadSettings()).ntriples.decode().splitlines():
        subjects.setdefault(line.split(" ", 1)[0], []).append(line)
    assert equal([mutated(dice.choice(list(subjects.values())), dice) for _ in range(60)]) > 50


def test_the_sieve_keeps_what_rules_look_at_and_no_more() -> None:
    shapes = everything().shapes(everything().rules.values())
    sieve = Sieve(shapes, rdflib.Graph())
    title = f'<urn:a> <{DCTERMS}title> "> <{RDF}type> <x> ."@en .\n'
    note = f'<urn:a> <https://example.org/own> "{DCTERMS}title" .\n'
    assert sieve.sift((title + note).encode()) == title.encode()
    assert sieve.sift(title.rstrip().encode()) == title.rstrip().encode()
    assert uses(f"{title}_:b <{RDF}type> <{DCAT}Dataset> .\n".encode()) == {
        ("property", DCTERMS + "title"), ("property", RDF + "type"), ("class", DCAT + "Dataset")}
    speaking = sieve.speaking(frozenset({("class", DCAT + "Dataset"), ("property", RDF + "type")}))
    names = {str(shape).rsplit("/", 1)[1] for shape in speaking.subjects() if isinstance(shape, rdflib.URIRef)}
    assert "D302-dataset-description" in names  # must be there: speaks where it is not
    assert not names & {"D321-dataset-language", "D401-distribution-access-url"}  # no value; no instance


def test_a_closed_shape_is_given_everything() -> None:
    shapes = rdflib.Graph().parse(data="""@prefix sh: <http://www.w3.org/ns/shacl#> .
        <urn:shape> a sh:NodeShape ; sh:targetClass <urn:C> ; sh:closed true .""")
    text = b"<urn:a> <urn:p> <urn:b> .\n"
    assert Sieve(shapes, rdflib.Graph()).sift(text) == text


def test_a_blank_nodes_literal_is_checked_as_every_other() -> None:
    text = b'_:b1 <urn:p> _:b2 .\n<urn:a> <urn:p> "_:b3 .\\n> _:b4 ." .\n<urn:a> <urn:p> _:b5 .\n'
    assert literals.check(text) == ([], text)
    odd = b'_:b1 <urn:p> "x"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    (ill,), private = literals.check(text + odd)
    assert (ill.subject, ill.value) == ("_:b1", "x")
    assert private == text + odd.replace(XSD.encode(), LEX.encode())
