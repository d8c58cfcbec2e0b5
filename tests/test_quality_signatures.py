"""An engine that remembers nodes by their signature tells what it tells when it is asked each time."""

from __future__ import annotations

import random
from functools import cache

import pytest
import rdflib
from builders.mutations import EXAMPLES, ROOT, mapped, mutated

from odlinked.assets import Assets
from odlinked.namespaces import RDF, RDFS, SKOS, XSD
from odlinked.quality import engines, literals, raw_results
from odlinked.quality.remembering import Remembering
from odlinked.quality.shapes import Profile
from odlinked.quality.signatures import Signature, Signatures

_PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
_EITHER = "sh:path [ sh:alternativePath ( <urn:p> <urn:q> ) ]"
_TYPED = f"<{RDF}type> <urn:C> ."


@cache
def remembering(profile: str) -> Remembering:
    """Return an engine for a profile, which goes on remembering."""
    rules = Profile.load(Assets(), profile)
    found = engines.load("shifty", rules.shapes(rules.rules.values()), rules.background)
    assert isinstance(found, Remembering)
    return found


def engine(shapes: str) -> raw_results.Engine:
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
    assert told > 80
    assert len(asked.cached) > 30


def test_what_looks_alike_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = engine("<urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ; sh:minCount 1 ; sh:maxLength 3 .")
    assert isinstance(asked, Remembering)
    first = asked.results(text(f"<urn:a> {_TYPED}", f"<urn:b> {_TYPED}", '<urn:b> <urn:p> "abc" .'))
    assert [raw.focus for raw in first] == ["urn:a"]
    again = text(f"<urn:x> {_TYPED}", f"<urn:y> {_TYPED}", '<urn:y> <urn:p> "de" .')
    longer = text(f"<urn:z> {_TYPED}", '<urn:z> <urn:p> "defg" .')
    given: list[bytes] = []
    results = asked.engine.results
    monkeypatch.setattr(asked.engine, "results", lambda ntriples: given.append(ntriples) or results(ntriples), raising=False)
    assert [raw.focus for raw in asked.results(again)] == ["urn:x"]
    assert given == []
    other = text(f"<urn:w> {_TYPED}", '<urn:w> <urn:p> "hijkl" .', '<urn:w> <urn:p> "m\\"nop" .', '<urn:w> <urn:p> "ok" .')
    for _ in range(2):
        assert [(raw.focus, raw.value) for raw in asked.results(again + longer)] == [("urn:x", ""), ("urn:z", "defg")]
        assert sorted(raw.value for raw in asked.results(other)) == ["hijkl", 'm"nop']  # each of the value that is there
    assert given == [longer, other]


@pytest.mark.parametrize(("rule", "first", "second", "told"), [
    # one value of two properties is one value
    (f"{_EITHER} ; sh:maxCount 1", '<urn:p> "a" ; <urn:q> "a"', '<urn:p> "b" ; <urn:q> "a"', (0, 1)),
    (f"{_EITHER} ; sh:minCount 2", '<urn:p> "b" ; <urn:q> "a"', '<urn:p> "a" ; <urn:q> "a"', (0, 1)),
    # there may be as many as rules count
    ("sh:path <urn:p> ; sh:maxCount 2", '<urn:p> "a", "b"', '<urn:p> "a", "b", "c"', (0, 1)),
    ("sh:path <urn:p> ; sh:minCount 3", '<urn:p> "a", "b", "c"', '<urn:p> "a", "b"', (0, 1)),
    ("sh:path <urn:p> ; sh:maxCount 2", '<urn:p> "a", "b", "c"', '<urn:p> "a", "b", "c", "d"', (1, 1)),
    # an empty text is a value, too
    ("sh:path <urn:p> ; sh:in ()", '<urn:p> ""', '<urn:p> "a"', (1, 1)),
    # the same text in two languages: which one is meant is not told by its text
    ("sh:path <urn:p> ; sh:languageIn ( \"en\" )", '<urn:p> "a"@en, "a"@fr', '<urn:p> "a"@en, "b"@fr', (1, 1)),
])
def test_what_only_looks_alike_is_judged_by_itself(rule: str, first: str, second: str, told: tuple[int, int]) -> None:
    shape = f"<urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; {rule} ."
    asked = engine(shape)
    assert isinstance(asked, Remembering)
    for _ in range(2):
        for said, count in zip((first, second), told, strict=True):
            graph = rdflib.Graph().parse(data=f"<urn:a> a <urn:C> ; {said} .").serialize(format="nt", encoding="utf-8")
            found = asked.results(graph)
            assert len(found) == count
            assert sorted(found) == sorted(asked.engine.results(graph))


def test_documents_that_lead_to_each_other_are_judged_together() -> None:
    asked = engine("<urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ; sh:class <urn:D> .")
    alone = text(f"<urn:a> {_TYPED}", "<urn:a> <urn:p> <urn:d> .")
    both = alone + text(f"<urn:d> <{RDF}type> <urn:D> .")
    for _ in range(2):
        assert len(asked.results(alone)) == 1
        assert asked.results(both) == []


def test_documents_that_lead_to_each_other_are_remembered_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = engine("<urn:rule> a sh:PropertyShape ; sh:targetClass <urn:C> ; sh:path <urn:p> ; sh:class <urn:D> .")
    assert isinstance(asked, Remembering)

    def pair(first: str, second: str, kind: str) -> bytes:
        return text(f"<{first}#x> {_TYPED}", f"<{first}#x> <urn:p> <{second}> .", f"<{second}> <{RDF}type> <urn:{kind}> .")

    assert asked.results(pair("urn:a", "urn:d", "D")) == []
    assert len(asked.results(pair("urn:b", "urn:e", "E"))) == 1
    monkeypatch.setattr(asked.engine, "results", lambda ntriples: pytest.fail("it is known"), raising=False)
    found = asked.results(pair("urn:f", "urn:g", "D") + pair("urn:h", "urn:i", "E"))
    assert [(raw.focus, raw.value) for raw in found] == [("urn:h#x", "urn:i")]


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

    def signature(term: str) -> Signature:
        found = signatures.units(text(f"<urn:a> {_TYPED}", f"<urn:a> <urn:p> {term} ."))
        assert found is not None
        return found[0].nodes[b"<urn:a>"].signature

    assert signature("<urn:1>") == signature("<urn:2>")
    assert len({signature(term) for term in ("<urn:1>", "<urn:3>", "<urn:4>", '"1"', '"1"@en', f'"1"^^<{XSD}integer>')}) == 6
    assert signature("<urn:4>") == signature("<urn:5>")
    assert signature(f'"7"^^<{XSD}integer>') == signature(f'"1"^^<{XSD}integer>')
    assert signature(f'"{"9" * 40}"^^<{XSD}integer>') != signature(f'"1"^^<{XSD}integer>')
    assert signatures.units(b"_:b <urn:p> <urn:a> .\n") is None
    assert signatures.units(b'<urn:a> <urn:p> "_:b" .\n') is not None
