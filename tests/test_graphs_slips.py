"""What a format forbids and a lenient reader lets pass: told with its line, nothing lost, nothing made up."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin
from xml.sax.saxutils import quoteattr

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.errors import InputError
from odlinked.graphs import terms
from odlinked.namespaces import FOAF, RDF
from odlinked.quality.shapes import Profile
from odlinked.settings import ReadSettings

CASES = Path(__file__).parent / "cases" / "rules" / "rdf-files"
CAPS = ReadSettings()
EX = "https://example.org/"
TITLE = "http://purl.org/dc/terms/title"
PAGE = "http://www.w3.org/ns/dcat#landingPage"
RULES = Profile.load(Assets(), "rdf-files").by_name

TOLD = {
    "P80-language-tag.fail.rdf": [(3, 'xml:lang="zh_TW"', "zh-TW"), (4, 'xml:lang="français"', "")],
    "P80-language-tag.fail.ttl": [(5, "@en-", "en"), (5, "@zh_TW", "zh-TW"), (7, "@français", "")],
    "P80-language-tag.fail.jsonld": [(3, '"@language": "zh_TW"', "zh-TW")],
    "P81-iri.fail.ttl": [(5, EX + "a[1]", ""), (6, EX + "%zz", "")],
    "P81-iri.fail.rdf": [(3, EX + "a…", ""), (4, EX + '> "x"', "")],
    "P82-grammar.fail.ttl": [(5, '"two', ""), (7, EX + "a b", "")],
    "P82-grammar.fail.nt": [(2, "page", "")],
    "P82-grammar.fail.rdf": [(3, 'rdf:ID="a"', "")],
    "P83-relative-address.fail.ttl": [(4, "<>", ""), (5, "dataset/1", ""), (6, "/dataset/2", ""), (7, "../page", "")],
    "P83-relative-address.fail.rdf": [(2, "dataset/1", ""), (3, "files/1.csv", "")],
    "P83-relative-address.fail.jsonld": [(0, "dataset/1", "")],
    "P84-rdf-version.fail.ttl": [(5, "@ar--rtl", "ar")],
    "P84-rdf-version.fail.jsonld": [(0, "ar--rtl", "ar")],
}


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_rule_on_files_has_a_passing_and_a_failing_case() -> None:
    for outcome in ("pass", "fail"):
        assert {path.name.split(".")[0] for path in CASES.glob(f"*.{outcome}.*")} == set(RULES)
    assert {path.name for path in CASES.glob("*.fail.*")} == set(TOLD)


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_case(path: Path) -> None:
    slips = graphs.read(path, CAPS).slips
    rule = path.name.split(".")[0]
    assert [(slip.line, slip.quoted, slip.instead) for slip in slips if slip.rule == rule] == TOLD.get(path.name, [])
    assert {slip.rule for slip in slips} <= {rule}


@pytest.mark.parametrize(("name", "titles"), [
    ("P80-language-tag.fail.rdf", ['"eau"@und', '"水質"@zh-TW', '"?"']),
    ("P80-language-tag.fail.ttl", ['"not a \\"tag\\"@x_y"@en', '"水質"@zh-TW']),
    ("P80-language-tag.fail.jsonld", ['"水質"@zh-TW']),
    ("P84-rdf-version.fail.ttl", ['"مياه"@ar']),
])
def test_texts_are_read_whatever_their_tag(name: str, titles: list[str]) -> None:
    lines = graphs.read(CASES / name, CAPS).ntriples.decode().splitlines()
    start = f"<{EX}d> <{TITLE}> "
    found = [line.removeprefix(start).removesuffix(" .") for line in lines if line.startswith(start)]
    assert sorted(map(str.lower, found)) == sorted(map(str.lower, titles))  # the parser writes tags in lower case


def xml(attribute: str) -> str:
    return ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://purl.org/dc/terms/">'
            f"<rdf:Description rdf:about={attribute}><d:title>t</d:title></rdf:Description></rdf:RDF>")


MADE_UP = f"x> .\n<{EX}made-up> <{RDF}type> <http://www.w3.org/ns/dcat#Dataset> .\n<{EX}q"
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
                   | st.sampled_from("<>\"'\n\t {}|^`\\%#[]"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(XML_TEXT)
@example(MADE_UP)
def test_no_address_adds_or_loses_a_triple(tmp_path: Path, text: str) -> None:
    attribute = quoteattr(EX + text, {"\n": "&#10;", "\t": "&#9;"})
    made = {"a.rdf": xml(attribute), "a.jsonld": json.dumps({"@id": EX + text, TITLE: "t"})}
    for name, content in made.items():
        lines = graphs.read(put(tmp_path, name, content), CAPS).ntriples
        (quad,) = ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)
        assert quad.subject.value.startswith(EX)
        assert (quad.predicate.value, quad.object) == (TITLE, ox.Literal("t"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1),
       st.text(max_size=20).map(lambda text: "".join(c for c in text if c.isprintable() and c != '"')))
@example("x", "zh_TW> .")
@example("@", "ar--rtl")
def test_no_language_adds_or_loses_a_triple(tmp_path: Path, text: str, tag: str) -> None:
    content = json.dumps({"@id": EX, TITLE: {"@value": text, "@language": tag}})
    (quad,) = ox.parse(graphs.read(put(tmp_path, "a.jsonld", content), CAPS).ntriples, format=ox.RdfFormat.N_TRIPLES)
    assert quad.object.value == text


def test_a_label_of_a_blank_node_adds_no_triple(tmp_path: Path) -> None:
    label = f"_:x> .\n<{EX}made-up> <{RDF}type> <http://www.w3.org/ns/dcat#Dataset> .\n_:y"
    content = json.dumps([{"@id": label, TITLE: "t"}, {"@id": EX, PAGE: [{"@id": label}, {"@id": "_:a b"}]}])
    lines = graphs.read(put(tmp_path, "a.jsonld", content), CAPS).ntriples
    quads = list(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    (titled,) = [quad.subject for quad in quads if quad.predicate.value == TITLE]
    assert len(quads) == 3
    assert titled in [quad.object for quad in quads]


def test_one_fault_is_told_once_and_not_what_follows_from_it(tmp_path: Path) -> None:
    spaces = graphs.read(put(tmp_path, "a.ttl", f"@prefix ex: <{EX}a b/> .\nex:a <{TITLE}> 'c' .\n"), CAPS)
    assert [(slip.rule, slip.line) for slip in spaces.slips] == [("P82-grammar", 1)]
    named = graphs.read(put(tmp_path, "a.trig", f"<g rel> {{ <{EX}> <{TITLE}> 'c' }}\n"), CAPS)
    assert [(slip.rule, slip.quoted) for slip in named.slips if slip.rule == "P82-grammar"] == [("P82-grammar", "g rel")]
    carriage = graphs.read(put(tmp_path, "b.ttl", f'<{EX}> <{TITLE}> "a\rb" .\n'), CAPS)
    assert [(slip.rule, slip.line, slip.quoted) for slip in carriage.slips] == [("P82-grammar", 1, '"a')]
    turned = xml('"a"').replace("<d:title>", '<d:title its:dir="rtl" xml:lang="ar">').replace(
        " xmlns:d=", ' rdf:version="1.2" its:version="2.0" xmlns:its="http://www.w3.org/2005/11/its" xmlns:d=')
    directed = graphs.read(put(tmp_path, "c.rdf", turned), CAPS)
    assert {slip.rule for slip in directed.slips} == {"P83-relative-address", "P84-rdf-version"}


@given(st.lists(st.sampled_from(["..", ".", "a", "_", "0", "1", "水", "a b"]), max_size=6).map("/".join),
       st.sampled_from(["", "#x", "?q", "?q#x"]), st.sampled_from(["", "/", "//host/"]))
def test_a_relative_address_is_told_as_one_that_leads_to_the_same_place(path: str, end: str, start: str) -> None:
    iri = urljoin(terms.BASE, start + path.lstrip("/") + end)
    told = terms.as_written(iri)
    assert "nowhere" not in told
    assert urljoin(terms.BASE, "" if told == "<>" else told) == iri


def test_an_address_that_is_written_with_a_scheme_is_told_as_it_is() -> None:
    assert terms.as_written("file:///x") == "file:///x"
    assert not terms.is_relative("https://nowhere.invalid/0/1/2")


@pytest.mark.parametrize(("name", "content", "why"), [
    ("a.ttl", f"<{EX}a> <{TITLE}> <<( <{EX}b> <{TITLE}> \"x\" )>> .", "triple as a term"),
    ("a.ttl", f"<{EX}a> <{TITLE}> \"x\" {{| <{EX}b> <{TITLE}> |}} .", "triple as a term"),
    ("a.ttl", f"<{EX}a> <{TITLE}> <{EX}b c>, <<( <{EX}b> <{TITLE}> \"x\" )>> .", "triple as a term"),
    ("a.ttl", f"\n<{EX}a> no:prefix \"x\" .", "line 2: .*prefix no: has not been declared"),
    ("a.ttl", f"\n<{EX}a> <{TITLE}> \"\\q\" .", r"line 2: .*escape character"),
    ("a.rdf", xml('"a"').replace("<d:title>", '<d:title rdf:parseType="Quote">'), 'parseType="Quote" is not'),
])
def test_what_cannot_be_judged_is_refused_by_name(tmp_path: Path, name: str, content: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        graphs.read(put(tmp_path, name, content), CAPS)


def test_keys_without_a_context_are_told(tmp_path: Path) -> None:
    graph = graphs.read(put(tmp_path, "a.jsonld", json.dumps({"@id": EX, "title": "lost", TITLE: "t"})), CAPS)
    assert (graph.ntriples.count(b"\n"), graph.notes) == (1, ("a.jsonld: 1 keys are in no context and say nothing (title)",))


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["validate", *args, "--lang", "en"])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(("name", "content", "why"), [
    ("empty.ttl", "", "and nothing else: nothing was judged"),
    ("empty.nt", "\n", "and nothing else: nothing was judged"),
    ("prefixes.ttl", "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n", "there is no dcat:Catalog"),
    ("other.jsonld", json.dumps({"@id": EX, "@type": "https://schema.org/Dataset"}), "only words of https://schema.org/"),
    ("https.ttl", f"<{EX}> a <https://www.w3.org/ns/dcat#Dataset>, <{FOAF}Agent> ; <{FOAF}name> 'x' .",
     "https://www.w3.org/ns/dcat#Dataset, which is not http://www.w3.org/ns/dcat#Dataset"),
    ("slash.ttl", f"<{EX}> a <http://www.w3.org/ns/dcat/dataset> .", "which is not http://www.w3.org/ns/dcat#Dataset"),
])
def test_a_file_of_which_nothing_is_judged_is_not_green(tmp_path: Path, name: str, content: str, why: str) -> None:
    code, told, line = run(str(put(tmp_path, name, content)))
    assert (code, told, line.count("\n")) == (2, "", 1)
    assert name in line
    assert why in line


def test_beside_a_file_that_is_judged_one_that_is_not_is_told(tmp_path: Path) -> None:
    empty, full = put(tmp_path, "empty.ttl", ""), CASES / "P80-language-tag.pass.ttl"
    code, told, line = run(str(full), str(empty), "--format", "json")
    summary = json.loads(told)["summary"]
    assert (code, summary["conforms"], list(summary["unjudged"])) == (2, False, ["empty.ttl"])
    assert "empty.ttl" in line
    assert "P80" not in line


def test_what_is_written_wrong_is_told_even_where_nothing_is_judged(tmp_path: Path) -> None:
    code, told, line = run(str(put(tmp_path, "a.ttl", f'<{EX}> <{TITLE}> "two\nlines" .')))
    assert (code, "P82-grammar" in told, "nothing was judged" in line) == (2, True, True)


def test_a_finding_tells_line_quote_and_what_to_write(tmp_path: Path) -> None:
    code, told, _ = run(str(CASES / "P80-language-tag.fail.rdf"))
    assert code == 1
    assert 'line 3  xml:lang="zh_TW"  → zh-TW' in told
    assert "D301" not in told


def test_findings_quote_addresses_as_they_are_written() -> None:
    code, told, line = run(str(CASES / "P83-relative-address.fail.ttl"), "--format", "json")
    nodes = {finding["node"] for finding in json.loads(told)["findings"]}
    assert code == 1
    assert "<>" in nodes
    assert "4 relative addresses, the file says no base (<>, dataset/1, /dataset/2 and 1 more)" in line
    assert "nowhere" not in told + line
    assert "file:" not in told + line
