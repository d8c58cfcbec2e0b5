"""The fast engine against the reference on real records with random mistakes, under every rule there is."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest
import rdflib
from builders.extent import extent
from builders.mutations import EXAMPLES, ROOT, everything, mapped, mutated

from odlinked import graphs
from odlinked.namespaces import DCAT, DCTERMS, LEX, RDF, XSD
from odlinked.quality import literals
from odlinked.quality.shacl import Validator
from odlinked.quality.sieve import Sieve, uses
from odlinked.settings import ReadSettings

SHARED = Path(__file__).parents[2] / "shared"
LIST = SHARED / "data" / "catalog" / "datagovtw_export_22col_sample.csv"
FEED = SHARED / "suites" / "feeds" / "norway" / "datanorge_2018_05_31.jsonld"


@cache
def reference() -> Validator:
    return Validator(everything(), engine="pyshacl")


def equal(documents: list[list[str]]) -> int:
    text = "".join(f"{line}\n" for line in sorted({line for lines in documents for line in lines})).encode()
    fast = Validator(everything())  # a new one, that has seen no property yet
    found = fast.validate(text)
    assert found == reference().validate(text)
    assert fast.validate(text) == found
    return len(found)


@cache
def listed() -> list[list[str]]:
    """Return the documents of the national list's rows."""
    return mapped(LIST)


@cache
def described() -> list[list[str]]:
    """Return what the feed says of each of its nodes."""
    subjects: dict[str, list[str]] = {}
    for line in graphs.read(FEED, ReadSettings()).ntriples.decode().splitlines():
        subjects.setdefault(line.split(" ", 1)[0], []).append(line)
    return list(subjects.values())


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
@pytest.mark.parametrize("seed", range(100, extent(108, 120)))
def test_mutations_of_rows_of_the_national_list(seed: int) -> None:
    dice = random.Random(seed)
    assert equal([mutated(dice.choice(listed()), dice) for _ in range(40)]) > 20


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not FEED.is_file(), reason="the feed is not beside the checkout")
@pytest.mark.parametrize("seed", range(200, extent(203, 208)))
def test_mutations_of_a_feed(seed: int) -> None:
    dice, nodes = random.Random(seed), described()
    assert equal([mutated(dice.choice(nodes), dice) for _ in range(60)]) > 50


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
