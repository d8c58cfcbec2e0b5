"""A CONSTRUCT that is run once for all graphs that are alike says of each what it says when it is run."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from odlinked.assets import Assets
from odlinked.namespaces import DCAT
from odlinked.rdf import ask
from odlinked.rdf.alike import AlikeConstruct
from odlinked.web.pages import harvest_profiles

PREFIXES = {"dcat": "http://www.w3.org/ns/dcat#", "dcterms": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
            "odl": "https://w3id.org/odlinked/ns#", "a": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "fee": "https://w3id.org/odlinked/code/fee/", "x": "http://x.example/id/",
            "m": "https://www.iana.org/assignments/media-types/"}
ONE = ["x:1 a:type dcat:Dataset", 'x:1 dcterms:title "名稱"@zh-Hant', "x:1 dcterms:publisher x:u", 'x:u foaf:name "機關"@zh-Hant',
       "x:u a:type foaf:Agent", "x:1 dcat:distribution x:1-d", "x:1-d a:type dcat:Distribution",
       "x:1-d dcat:mediaType m:text/csv", "x:1-d dcat:accessURL x:file", 'x:1 odl:fieldName "欄"']
GRAPHS = {
    "one": ONE,
    "other texts": [line.replace("名稱", "別的").replace("x:1", "x:2") for line in ONE],
    "another type of file": [line.replace("text/csv", "12") for line in ONE],
    "its own publisher": [line.replace("x:u", "x:1") for line in ONE],
    "two names that are one text": [*ONE, 'x:u foaf:name "名稱"@zh-Hant'],
    "the same text in another language": [*ONE, 'x:1 dcterms:title "名稱"@en'],
    "a text for a publisher": [line for line in ONE if "x:u" not in line] + ['x:1 dcterms:publisher "機關"'],
    "free": [*ONE, "x:1 odl:fee fee:free"],
    "not free": [*ONE, "x:1 odl:fee fee:other"],
    "numbers that could be taken for others": [*ONE, 'x:1 dcat:keyword "0"', 'x:1 dcat:keyword "1"', "x:1 dcat:landingPage x:0"],
    "nothing": [],
}


def ntriples(lines: list[str]) -> bytes:
    """Return statements with short names as sorted N-Triples."""
    def whole(term: str) -> str:
        prefix, _, name = term.partition(":")
        return term if term[0] == '"' else f"<{PREFIXES[prefix]}{name}>"

    return "".join(sorted(" ".join(map(whole, line.split(" ", 2))) + " .\n" for line in lines)).encode()


def asked(text: bytes) -> list[str]:
    """Return what the query makes when it is run, without what the engine does to the case of a language tag."""
    store = ox.Store()
    store.load(text, format=ox.RdfFormat.N_TRIPLES)
    made = ask.construct(store, ask.load(Assets(()), "queries/documents/schema-org.rq")).decode()
    return sorted({line.replace("@zh-hant", "@zh-Hant") for line in made.splitlines()})


def test_alike_graphs_are_answered_as_if_each_was_asked() -> None:
    alike = AlikeConstruct(ask.load(Assets(()), "queries/documents/schema-org.rq"), (DCAT + "mediaType",))
    for _ in range(2):  # what was remembered of one is not said of another
        for name, lines in GRAPHS.items():
            text = ntriples(lines)
            assert alike.lines(text) == asked(text), name
    assert len(asked(ntriples(ONE))) == 12


def test_the_query_only_joins_and_copies() -> None:
    """What is remembered holds while the query looks at no text but that of a file's type, and names its predicates."""
    text = ask.load(Assets(()), "queries/documents/schema-org.rq").text
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert not [word for word in ("FILTER", "MINUS", "OPTIONAL", "GROUP", "EXISTS", "SELECT", "LANG", "CONCAT", "IF", "STRAFTER")
                if f"{word}(" in body.replace(" (", "(") or f"{word} " in body]
    assert body.count("REPLACE(") == body.count("STR(") == 1
    assert "dcat:mediaType ?type_ . BIND (REPLACE(STR(?type_)" in body


@pytest.mark.parametrize("filtered", [False, True])
def test_a_query_of_an_overlay_is_run_as_it_is(tmp_path: Path, filtered: bool) -> None:
    name = "queries/documents/schema-org.rq"
    text = Assets(()).text(name)
    if filtered:
        text = text.replace("{ ?thing dcterms:title|foaf:name ?name }",
                            '{ ?thing dcterms:title|foaf:name ?name FILTER (STR(?name) != "別的") }')
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    assets = Assets((tmp_path,))
    shown = [harvest_profiles.schema_org(assets, ntriples(GRAPHS[one])).decode() for one in ("one", "other texts")]
    assert ["名稱" in shown[0], "別的" in shown[1]] == [True, not filtered]
