"""From metadata and files to annotated tables, RDF and JSON; templates, dialects, keys and locating on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.csvw import delimited, metadata_files, rdf
from odlinked.csvw import json as csv2json
from odlinked.csvw.annotated import AnnotatedGroup
from odlinked.csvw.metadata import CONTEXT
from odlinked.csvw.model import Dialect
from odlinked.csvw.problems import MetadataError, ResolvedDocument
from odlinked.csvw.templates import Template
from odlinked.csvw.terms import compact, normal_url
from odlinked.errors import InputError
from odlinked.namespaces import CSVW
from odlinked.rdf import ntriples

SITE = "http://example.org/"


def opened(files: Mapping[str, Any], start: str = "t.json", links: tuple[str, ...] = (), overriding: str = "") -> AnnotatedGroup:
    """Open a site of files by name: bytes, text, or an object to be served as JSON with the CSVW context."""

    def resolver(url: str) -> ResolvedDocument | None:
        name = url.removeprefix(SITE)
        if name not in files:
            return None
        found = files[name]
        if isinstance(found, dict):
            found = json.dumps({"@context": CONTEXT, **found})
        content = found if isinstance(found, bytes) else found.encode()
        return ResolvedDocument(content, url, "", links if name == start else ())

    return metadata_files.open_url(SITE + start, resolver, overriding=overriding and SITE + overriding)


def graph(read: AnnotatedGroup, **mode: bool) -> rdflib.Graph:
    return rdflib.Graph().parse(data=b"\n".join(rdf.convert(read, **mode)), format="nt")


@pytest.mark.parametrize(("template", "wanted"), [
    ("{var}", "value"), ("{hello}", "Hello%20World%21"), ("{+hello}", "Hello%20World!"), ("{#path,x}", "#/foo/bar,1024"),
    ("X{.list}", "X.red,green"), ("{/var:1,var}", "/v/value"), ("{;x,empty}", ";x=1024;empty"), ("{?x,empty}", "?x=1024&empty="),
    ("{?list*}", "?list=red&list=green"), ("{&x,gone}", "&x=1024"), ("{gone}", ""),
    ("{list}", "red,green"), ("{/list*}", "/red/green"),
    ("{not closed", "%7Bnot%20closed"), ("{甲}", "%7B%E7%94%B2%7D"), ("a%20b{x}", "a%20b1024"),
])
def test_templates(template: str, wanted: str) -> None:
    variables = {"var": "value", "hello": "Hello World!", "path": "/foo/bar", "x": "1024", "empty": "", "list": ["red", "green"]}
    assert Template(template).expand(variables) == wanted


@pytest.mark.parametrize(("text", "dialect", "wanted"), [
    ('a,"b,""c""\nd",e\r\n', Dialect(), [["a", 'b,"c"\nd', "e"]]),
    ("a\n\nb", Dialect(), [["a"], [""], ["b"]]),
    ("a,,\n,,\n", Dialect(skip_blank_rows=True), [["a", "", ""]]),
    ('"a\\"b",c', Dialect(double_quote=False), [['a"b', "c"]]),
    ('a"b,c', Dialect(), [['a"b', "c"]]),
    ('"open,\nend', Dialect(), [["open,\nend"]]),
    (' a ," b "', Dialect(trim="true"), [["a", " b "]]),
    ("a||b", Dialect(delimiter="||"), [["a", "b"]]),
    ("'a,b',c", Dialect(quote_char="'"), [["a,b", "c"]]),
    ('"a",b', Dialect(quote_char=None), [['"a"', "b"]]),
    ("x,a,b", Dialect(skip_columns=1), [["a", "b"]]),
    ('""', Dialect(), [[""]]),
    ("", Dialect(), []),
])
def test_dialects(text: str, dialect: Dialect, wanted: list[list[str]]) -> None:
    parsed = delimited.parse(text, Dialect(**{**vars(dialect), "header_row_count": 0}))
    assert [record.cells for record in parsed.records] == wanted


def test_comments_headers_and_row_numbers() -> None:
    parsed = delimited.parse("title\n#one\nh\nk\n1\n# two\n2\n", Dialect(skip_rows=1, header_row_count=2))
    assert parsed.comments == ["title", "one", "two"]
    assert parsed.headers == [["h"], ["k"]]
    assert [record.number for record in parsed.records] == [5, 7]


def test_a_wrong_encoding_is_one_clear_line() -> None:
    with pytest.raises(InputError, match=r"t\.csv"):
        opened({"t.csv": "名稱\n甲\n".encode("cp950")}, "t.csv")
    read = opened({"t.csv": "名稱\n甲\n".encode("cp950"), "t.json": {"url": "t.csv", "dialect": {"encoding": "cp950"}}})
    assert csv2json.convert(read, minimal=True) == [{"名稱": "甲"}]


def test_a_table_without_metadata() -> None:
    read = opened({"t.csv": "名 稱,n\n甲,1\n"}, "t.csv")
    assert read.problems == ()
    assert csv2json.convert(read) == {"tables": [{"url": SITE + "t.csv", "row": [
        {"url": SITE + "t.csv#row=2", "rownum": 1, "describes": [{"名 稱": "甲", "n": "1"}]}]}]}
    found = graph(read, minimal=True)
    assert {(str(p), str(o)) for _, p, o in found} == {(SITE + "t.csv#%E5%90%8D%20%E7%A8%B1", "甲"), (SITE + "t.csv#n", "1")}


PLACES = {
    "t.csv": "id,n,tags\na,1.5,x;y\nb,oops,\n",
    "t.json": {"url": "t.csv", "dc:title": "T", "tableSchema": {
        "aboutUrl": "#{id}", "primaryKey": "id", "rowTitles": "id", "columns": [
            {"name": "id", "titles": "id", "suppressOutput": True},
            {"name": "n", "titles": "n", "datatype": "number", "propertyUrl": "schema:value"},
            {"name": "tags", "titles": "tags", "separator": ";", "ordered": True},
            {"name": "type", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "schema:Place"},
            {"name": "in", "virtual": True, "propertyUrl": "schema:containedIn", "valueUrl": "#part-{id}"},
            {"name": "name", "virtual": True, "aboutUrl": "#part-{id}", "propertyUrl": "schema:name", "default": "part"}]}}}


def test_json_nests_what_is_referred_to() -> None:
    read = opened(PLACES)
    assert [problem.place for problem in read.errors] == [SITE + "t.csv/row 3, column n"]
    first, second = csv2json.convert(read, minimal=True)
    assert first == {
        "@id": SITE + "t.csv#a", "schema:value": 1.5, "tags": ["x", "y"], "@type": "schema:Place",
        "schema:containedIn": {"@id": SITE + "t.csv#part-a", "schema:name": "part"}}
    assert second["schema:value"] == "oops"
    assert "tags" not in second
    rows = csv2json.convert(read)["tables"][0]["row"]
    assert [row["titles"] for row in rows] == ["a", "b"]


def test_rdf_of_the_same() -> None:
    found = graph(opened(PLACES))
    answers = found.query("""
        PREFIX csvw: <http://www.w3.org/ns/csvw#> PREFIX schema: <http://schema.org/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        SELECT ?title ?value ?tag ?part WHERE {
          ?table a csvw:Table ; <http://purl.org/dc/terms/title> "T" ; csvw:row ?row .
          ?row csvw:rownum 1 ; csvw:title ?title ; csvw:describes ?s .
          ?s a schema:Place ; schema:value ?value ; <http://example.org/t.csv#tags>/rdf:rest/rdf:first ?tag ;
             schema:containedIn/schema:name ?part }""")
    assert [tuple(map(str, row)) for row in answers] == [("a", "1.5", "y", "part")]
    assert (None, rdflib.URIRef(CSVW + "row"), None) not in graph(opened(PLACES), minimal=True)


def test_a_list_of_one_is_an_array() -> None:
    read = opened({"t.csv": "a\n1\n", "t.json": {"url": "t.csv", "separator": ";"}})
    assert csv2json.convert(read, minimal=True) == [{"a": ["1"]}]


def test_suppressed_tables_stay_out() -> None:
    read = opened({"t.csv": "a\n1\n", "t.json": {"url": "t.csv", "suppressOutput": True}})
    assert csv2json.convert(read) == {"tables": []}
    assert len(graph(read)) == 1


def test_circles_do_not_nest() -> None:
    read = opened({"t.csv": "a,b\n1,2\n", "t.json": {"url": "t.csv", "tableSchema": {"columns": [
        {"titles": "a", "aboutUrl": "#x", "valueUrl": "#y"}, {"titles": "b", "aboutUrl": "#y", "valueUrl": "#x"}]}}})
    assert json.dumps(csv2json.convert(read, minimal=True))


def test_what_is_referred_to_twice_stands_by_itself() -> None:
    read = opened({"t.csv": "a,b,c\n1,2,3\n", "t.json": {"url": "t.csv", "tableSchema": {"columns": [
        {"titles": "a", "aboutUrl": "#x", "valueUrl": "#z"}, {"titles": "b", "aboutUrl": "#y", "valueUrl": "#z"},
        {"titles": "c", "aboutUrl": "#z"}]}}})
    assert [found["@id"][-2:] for found in csv2json.convert(read, minimal=True)] == ["#x", "#y", "#z"]


def test_a_tables_dialect_replaces_the_groups() -> None:
    read = opened({"t.csv": "a;b\n1;2\n", "t.json": {
        "dialect": {"delimiter": "|"}, "tables": [{"url": "t.csv", "dialect": {"delimiter": ";"}}]}})
    assert csv2json.convert(read, minimal=True) == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize(("language", "title", "wrong"), [
    ("en", {"en-US": "k"}, False), ("de", {"en": "k"}, True), ("und", {"en": "k"}, False),
    ("zh-Hant-TW", {"zh-hant": "k"}, False),
])
def test_titles_match_by_language(language: str, title: dict[str, str], wrong: bool) -> None:
    read = opened({"t.csv": "k\n1\n", "t.json": {
        "url": "t.csv", **({"lang": language} if language != "und" else {}), "tableSchema": {"columns": [{"titles": title}]}}})
    assert bool(read.errors) == wrong


def keyed(other: str, here: str) -> AnnotatedGroup:
    """Return two tables, the second with a foreign key to the first."""
    return opened({"a.csv": other, "b.csv": here, "t.json": {"tables": [
        {"url": "a.csv", "tableSchema": {"columns": [{"name": "k", "titles": "k"}], "primaryKey": "k"}},
        {"url": "b.csv", "tableSchema": {"columns": [{"name": "r", "titles": "r"}], "foreignKeys": [
            {"columnReference": "r", "reference": {"resource": "a.csv", "columnReference": "k"}}]}}]}})


def test_keys() -> None:
    assert keyed("k\n1\n2\n", "r\n1\n1\n").errors == ()
    (missing,) = keyed("k\n1\n", "r\n9\n").errors
    assert "row 2" in missing.place
    assert "no row" in missing.message
    doubled, ambiguous = keyed("k\n1\n1\n", "r\n1\n").errors
    assert "row 3" in doubled.place
    assert "2 rows" in ambiguous.message


@pytest.mark.parametrize(("text", "wrong"), [
    ("k\n1\n", False), ("K\n1\n", True), ("k,l\n1,2\n", True), ("k\n1,2\n", True),
])
def test_files_are_compared_with_their_metadata(text: str, wrong: bool) -> None:
    read = opened({"t.csv": text, "t.json": {"url": "t.csv", "tableSchema": {"columns": [{"titles": "k"}]}}})
    assert bool(read.errors) == wrong


def titled(name: str, url: str = "t.csv") -> dict[str, Any]:
    return {"url": url, "dc:title": name}


@pytest.mark.parametrize(("files", "links", "overriding", "wanted"), [
    ({"t.csv-metadata.json": titled("file"), "csv-metadata.json": titled("folder")}, (), "", "file"),
    ({"csv-metadata.json": titled("folder")}, (), "", "folder"),
    ({"csv-metadata.json": titled("folder"), "m": titled("link")}, ('<m>; rel="describedby"',), "", "link"),
    ({"csv-metadata.json": titled("folder"), "m": titled("said")}, (), "m", "said"),
    ({"csv-metadata.json": titled("other", "other.csv")}, (), "", None),
    ({".well-known/csvm": "{+url}.about", "t.csv.about": titled("site")}, (), "", "site"),
])
def test_metadata_is_found_in_order(files: dict[str, Any], links: tuple[str, ...], overriding: str, wanted: str | None) -> None:
    read = opened({"t.csv": "a\n1\n", **files}, "t.csv", links, overriding)
    title = read.tables[0].table.annotations.get("http://purl.org/dc/terms/title")
    assert title == wanted
    assert bool(read.problems) == (wanted is None)


def test_what_is_not_there_is_told_by_url() -> None:
    with pytest.raises(MetadataError, match=r"gone\.csv"):
        opened({"t.json": {"url": "gone.csv"}})


def test_urls_are_compared_normalised() -> None:
    assert normal_url("HTTP://Example.org:80/%7ea/./b/../c") == normal_url("http://example.org/~a/c")
    assert normal_url("http://example.org/%2Fa") != normal_url("http://example.org//a")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["http://", "https://a/", "http://a:8/?", "http://[::1]/", "urn:", "x://u@"]),
       st.text(alphabet="abz09-._~:/?#[]@!$&'()*+,;=% <>\"{}|^`\\é甲\ue000\ufdd0\ufffe\x00\x7f\U000f0000😀", max_size=8))
def test_encoded_urls_are_iris(start: str, rest: str) -> None:
    encoded = ntriples.encode(start + rest)
    assert ox.NamedNode(encoded).value == ntriples.encode(encoded) == encoded


def test_encoding_keeps_what_is_right() -> None:
    for url in ("http://example.org/a%23b%3Fc?x=甲#f", "http://[::1]:80/", "urn:oid:2.16.886", "mailto:a@example.org"):
        assert ntriples.encode(url) == url
    assert ntriples.encode("http://example.org/a b[1]?sort=d desc#x#y%") == "http://example.org/a%20b%5B1%5D?sort=d%20desc#x%23y%25"


def test_compact_names() -> None:
    assert compact("http://purl.org/dc/terms/title") == "dc:title"
    assert compact(CSVW + "Table") == "Table"
    assert compact("http://example.org/x") == "http://example.org/x"
