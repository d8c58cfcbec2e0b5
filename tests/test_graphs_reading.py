"""RDF files are read whole, with their lines; what is broken, hostile or elsewhere is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from odlinked import graphs
from odlinked.errors import InputError
from odlinked.settings import ReadSettings

EX = "https://example.org/"
TITLE = "http://purl.org/dc/terms/title"
CAPS = ReadSettings()

TURTLE = f"""# a comment with <{EX}not-a-subject> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
PREFIX ex: <{EX}>

ex:one a dcat:Dataset ;
    dcterms:title "first. [not a list] ; really"@en ,
        \"\"\"second
over three
lines\"\"\"@zh-Hant ;
    dcterms:issued "2026"^^<http://www.w3.org/2001/XMLSchema#gYear> ;
    dcat:contactPoint [ a ex:Kind ; ex:name "in brackets" ] ;
    dcat:byteSize 5.
<{EX}two>
    dcterms:title "two" .
_:three dcterms:title "three" .
"""
XML = f"""<?xml version="1.0" encoding="ENCODING"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/">
  <rdf:Description rdf:about="{EX}one"><dcterms:title xml:lang="">標題</dcterms:title></rdf:Description>
</rdf:RDF>
"""


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_turtle_with_the_lines_of_its_statements(tmp_path: Path) -> None:
    graph = graphs.read(put(tmp_path, "a.ttl", TURTLE), CAPS)
    assert graph.kind.name == "Turtle"
    assert graph.ntriples.count(b"\n") == 10
    where = graph.positions()
    assert (where.line(EX + "one"), where.line(EX + "one", TITLE), where.line(EX + "two", TITLE)) == (6, 7, 15)
    assert where.line(EX + "one", TITLE, "first. [not a list] ; really") == 7
    assert where.line(EX + "one", "http://www.w3.org/ns/dcat#byteSize", "5") == 13
    assert where.line(EX + "one", "http://www.w3.org/ns/dcat#contactPoint") == 12
    assert where.line("_:three") == 16
    assert where.line(EX + "not-a-subject") == where.line(EX + "Kind") == 0


@pytest.mark.parametrize(("name", "content", "kind"), [
    ("a.nt", f"<{EX}one> <{TITLE}> \"a\" .\n", "N-Triples"),
    ("a.nq", f"<{EX}one> <{TITLE}> \"a\" <{EX}graph> .\n", "N-Quads"),
    ("a.trig", f"<{EX}graph> {{ <{EX}one> <{TITLE}> \"a\" }}\n", "TriG"),
    ("a.txt", f"# said\n<{EX}one> <{TITLE}> \"a\" .\n", "N-Triples"),
    ("a.txt", f"PREFIX dcterms: <http://purl.org/dc/terms/>\n<{EX}one> dcterms:title \"a\" .\n", "Turtle"),
    ("a.jsonld", f'{{"@id": "{EX}one", "{TITLE}": "a"}}', "JSON-LD"),
    ("a.json", f'[{{"@id": "{EX}one", "{TITLE}": "a"}}]', "JSON-LD"),
    ("a.ttl", f"\ufeff<{EX}one> <{TITLE}> \"a\" .\n", "Turtle"),
    ("a.ttl", f"\ufeff<{EX}one> <{TITLE}> \"a\" .\n".encode("utf-16-le"), "Turtle"),
])
def test_every_format_says_the_same(tmp_path: Path, name: str, content: str | bytes, kind: str) -> None:
    graph = graphs.read(put(tmp_path, name, content), CAPS)
    assert (graph.kind.name, graph.ntriples) == (kind, f'<{EX}one> <{TITLE}> "a" .\n'.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "big5"])
def test_rdf_xml_in_its_encoding_and_without_a_language(tmp_path: Path, encoding: str) -> None:
    graph = graphs.read(put(tmp_path, "a.xml", XML.replace("ENCODING", encoding).encode(encoding)), CAPS)
    assert (graph.kind.name, graph.ntriples) == ("RDF/XML", f'<{EX}one> <{TITLE}> "標題" .\n'.encode())


def test_spellings_stay_and_bad_iris_are_read_encoded_and_told(tmp_path: Path) -> None:
    text = f'<{EX}a> <{TITLE}> "007"^^<http://www.w3.org/2001/XMLSchema#integer>, <{EX}b[1] c> .'
    graph = graphs.read(put(tmp_path, "a.ttl", text.replace("] c", "]")), CAPS)
    assert b'"007"^^' in graph.ntriples
    assert f"<{EX}b%5B1%5D>".encode() in graph.ntriples
    assert graph.notes == (f"a.ttl: 1 IRIs have characters that no IRI may have and were read encoded, such as {EX}b[1]",)


def test_tables_are_no_rdf(tmp_path: Path) -> None:
    tables = (("a.csv", "a,b\n1,2\n"), ("a.json", '[{"title": "a"}]'), ("a.xml", "<list><row/></list>"), ("a.txt", "words"))
    for name, text in tables:
        assert graphs.detect_format(put(tmp_path, name, text)) is None
    assert graphs.detect_format(put(tmp_path, "b.csv", "資料集名稱,說明\n<a>,\"b\"\n")) is None


BODY = XML.split("?>\n")[1]
BOMB = ('<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)) + ']>' + BODY.replace("標題", "&j;"))
QUADRATIC = ('<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY a "' + "a" * 50_000 + '">]>'
             + BODY.replace("標題", "&a;" * 10_000))
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + BODY.replace("標題", "&a;")


@pytest.mark.parametrize(("name", "content", "why"), [
    ("bomb.rdf", BOMB, "made of other entities"),
    ("bomb.rdf", QUADRATIC, "many times the size"),
    ("outside.rdf", OUTSIDE, "outside the file"),
    ("far.jsonld", f'{{"@context": "https://example.org/c", "@id": "{EX}a"}}', "at https://example.org/c, and nothing"),
    ("far.jsonld", f'{{"@graph": [{{"@context": [{{}}, "https://example.org/c"], "@id": "{EX}a"}}]}}', "https://example.org/c"),
    ("far.jsonld", f'{{"@context": {{"@import": "https://example.org/c"}}, "@id": "{EX}a"}}', "https://example.org/c"),
    ("deep.jsonld", '{"a":' * 500 + "1" + "}" * 500, "nested|no JSON"),
    ("deep.jsonld", "[" * 200_000, "no JSON"),
    ("broken.ttl", f"<{EX}a> <{TITLE}> \n \"unclosed .", r"no sound Turtle: line 2"),
    ("broken.rdf", XML.replace("ENCODING", "utf-8").replace("</rdf:RDF>", ""), "no sound RDF/XML"),
    ("odd.rdf", XML.replace("ENCODING", "klingon"), "encoding cannot be read"),
    ("latin.ttl", f'<{EX}a> <{TITLE}> "é" .'.encode("latin-1"), "not in UTF-8"),
])
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, content: str | bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        graphs.read(put(tmp_path, name, content), CAPS)


def test_entities_that_only_abbreviate_are_read(tmp_path: Path) -> None:
    text = ('<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY ex "https://example.org/">]>'
            + BODY.replace(f'"{EX}one"', '"&ex;one"'))
    assert graphs.read(put(tmp_path, "a.rdf", text), CAPS).ntriples == f'<{EX}one> <{TITLE}> "標題" .\n'.encode()


def test_a_file_over_the_cap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than 10 bytes"):
        graphs.read(put(tmp_path, "a.ttl", TURTLE), ReadSettings(max_bytes=10))
