"""An engine that remembers nodes by their signature tells what it tells when it is asked each time."""

from __future__ import annotations

import random
from functools import cache

import pytest
import rdflib
from builders.mutations import EXAMPLES, ROOT, mapped, mutated

from odlinked.assets import Assets
from odlinked.namespaces import RDF, RDFS, SKOS, XSD
from odlinked.quality import engines, literals
from odlinked.quality.shapes import Profile
from odlinked.quality.signatures import Signatures, without

_PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
_TYPED = f"<{RDF}type> <urn:C> ."


@cache
def remembering(profile: str) -> engines.Remembering:
    """Return an engine for a profile, which goes on remembering."""
    rules = Profile.load(Assets(), profile)
    found = engines.load("shifty", rules.shapes(rules.rules.values()), rules.background)
    assert isinstance(found, engines.Remembering)
    return found


def engine(shapes: str) -> engines.Engine:
    return engines.load("shifty", rdflib.Graph().parse(data=_PREFIXES + shapes))


def text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in sorted(set(lines))).encode()


@pytest.mark.parametrize("profile", ["dcat-ap-3", "tw-open"])
@pytest.mark.parametrize("seed", range(3))
def test_on_documents_with_mistakes_it_tells_what_the_engine_tells(profile: str, seed: int) -> None:
    dice = random.Random(seed)
    documents = mapped(ROOT / "examples" / EXAMPLES[seed])
    asked = remembering(profile)
    told = 0
    for _ in range(12):
        chosen = [dice.choice(documents) for _ in range(20)]
        lines = [line for one in chosen for line in (mutated(one, dice) if dice.randrange(3) else one)]
        graph = literals.check(text(*(line for line in lines if "_:" not in line and RDFS + "subClassOf" not in line)))[1]
        found = asked.results(graph)
        assert sorted(found) == sorted(asked.engine.results(graph))
        told += len(found)
    assert told > 100
    assert len(asked.cached) > 30


def test_what_looks_alike_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = engine("<urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ; sh:minCount 1 ; sh:maxLength 3 .")
    assert isinstance(asked, engines.Remembering)
    first = asked.results(text(f"<urn:a> {_TYPED}", f"<urn:b> {_TYPED}", '<urn:b> <urn:p> "abc" .'))
    assert [raw.focus for raw in first] == ["urn:a"]
    again = text(f"<urn:x> {_TYPED}", f"<urn:y> {_TYPED}", '<urn:y> <urn:p> "de" .')
    longer = text(f"<urn:z> {_TYPED}", '<urn:z> <urn:p> "defg" .')
    given: list[bytes] = []
    results = asked.engine.results
    monkeypatch.setattr(asked.engine, "results", lambda ntriples: given.append(ntriples) or results(ntriples), raising=False)
    assert [raw.focus for raw in asked.results(again)] == ["urn:x"]
    assert given == []
    for _ in range(2):  # what is told of a value is told anew each time
        assert [(raw.focus, raw.value) for raw in asked.results(again + longer)] == [("urn:x", ""), ("urn:z", "defg")]
    assert given == [longer, longer]


def test_documents_that_lead_to_each_other_are_judged_together() -> None:
    asked = engine("<urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ; sh:class <urn:D> .")
    alone = text(f"<urn:a> {_TYPED}", "<urn:a> <urn:p> <urn:d> .")
    both = alone + text(f"<urn:d> <{RDF}type> <urn:D> .")
    for _ in range(2):
        assert len(asked.results(alone)) == 1
        assert asked.results(both) == []


@pytest.mark.parametrize("shape", [
    "sh:targetNode <urn:a>", "sh:targetClass <urn:C> ; sh:nodeKind sh:IRI", "sh:targetClass <urn:C> ; sh:closed true",
    "sh:targetClass <urn:C> ; sh:property [ sh:path [ sh:inversePath <urn:p> ] ; sh:minCount 1 ]",
    "sh:targetClass <urn:C> ; sh:property [ sh:path <urn:p> ; sh:equals <urn:q> ]",
    "sh:targetClass <urn:C> ; sh:property [ sh:path <urn:p> ; sh:hasValue 5 ]",
    "sh:targetClass <urn:C> ; sh:property [ sh:path <urn:p> ; sh:property [ sh:path <urn:q> ; sh:class <urn:D> ] ]",
    "sh:targetClass <urn:C> ; sh:property [ sh:path <urn:p> ; sh:node <urn:shape> ]",
    "a rdfs:Class ; sh:property [ sh:path <urn:p> ; sh:minCount 1 ]",
])
def test_shapes_that_ask_for_more_than_a_look_are_not_remembered_for(shape: str) -> None:
    shapes = rdflib.Graph().parse(data=f"{_PREFIXES} <urn:shape> {shape} .")
    assert Signatures.of(shapes, rdflib.Graph()) is None


def test_of_a_code_it_counts_what_is_said_of_it_and_of_a_number_that_any_engine_reads_it() -> None:
    shapes = rdflib.Graph().parse(data=_PREFIXES + f"""
        <urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ;
            sh:or ( [ sh:datatype <{XSD}integer> ] [ sh:property [ sh:path <{SKOS}inScheme> ; sh:hasValue <urn:s> ] ] ) .""")
    said = (f"<urn:{code}> <{SKOS}inScheme> <urn:{scheme}> ." for code, scheme in ((1, "s"), (2, "s"), (3, "t")))
    codes = rdflib.Graph().parse(data=" ".join(said))
    signatures = Signatures.of(shapes, codes)
    assert signatures is not None

    def signature(term: str) -> bytes:
        found = signatures.nodes(text(f"<urn:a> {_TYPED}", f"<urn:a> <urn:p> {term} ."))
        assert found is not None
        return found[b"urn:a"][b"<urn:a>"]

    assert signature("<urn:1>") == signature("<urn:2>")
    assert len({signature(term) for term in ("<urn:1>", "<urn:3>", "<urn:4>", '"1"', '"1"@en', f'"1"^^<{XSD}integer>')}) == 6
    assert signature("<urn:4>") == signature("<urn:5>")
    assert signature(f'"7"^^<{XSD}integer>') == signature(f'"1"^^<{XSD}integer>')
    assert signature(f'"{"9" * 40}"^^<{XSD}integer>') != signature(f'"1"^^<{XSD}integer>')
    assert signatures.nodes(b"_:b <urn:p> <urn:a> .\n") is None
    assert signatures.nodes(b'<urn:a> <urn:p> "_:b" .\n') is not None


def test_lines_of_documents_are_left_out_whole() -> None:
    given = b"<urn:a#x> <urn:p> <urn:b> .\n<urn:a> <urn:p> <urn:b> .\n<urn:ab> <urn:p> <urn:a> .\n"
    assert without(given, {b"urn:a"}) == b"<urn:ab> <urn:p> <urn:a> .\n"
    assert without(given, {b"urn:a", b"urn:ab"}) == b""
    assert without(given, set()) == given
