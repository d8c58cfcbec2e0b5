"""Words, codes and rules answer under their own addresses, and feeds hold what the catalogue holds."""

from __future__ import annotations

import gzip
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import rdflib
from builders.site import BASE, SETTINGS
from builders.spellings import parsed, spelled
from flask import Flask
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.namespaces import HOME
from odlinked.quality.shapes import LANGUAGES, Profile
from odlinked.web.app import create
from odlinked.web.http.negotiation import MEDIA_TYPES
from odlinked.web.pages import rule_cases
from odlinked.web.site.site import FOLDER
from odlinked.web.site.vocabulary import Vocabulary
from odlinked.web.site.words import load

VOCABULARY = Vocabulary.load(Assets())


@pytest.fixture(autouse=True)
def _as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.parametrize(
    "path", ["/ns", "/code", "/rule", "/code/frequency", "/code/service-category/E00", "/rule/M03-publisher", "/void"]
)
@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_terms_answer_in_every_format(client: FlaskClient, path: str, name: str) -> None:
    answer = client.get(path, headers={"Accept": MEDIA_TYPES[name]})
    assert (answer.status_code, answer.mimetype) == (200, MEDIA_TYPES[name])
    assert answer.data == client.get(f"{path}.{name}").data
    if name != "html":
        assert len(parsed(answer.data, name)) > 0


def test_every_rule_and_code_has_a_page(client: FlaskClient) -> None:
    assert len(VOCABULARY.rules) > 15
    for name in VOCABULARY.rules:
        assert client.get(f"/rule/{name}", headers={"Accept": "text/html"}).status_code == 200, name
    small = {name: concepts for name, concepts in VOCABULARY.concepts.items() if len(concepts) < 100}
    assert len(small) > 5
    for name, concepts in small.items():
        for notation in concepts:
            assert client.get(f"/code/{name}/{notation}", headers={"Accept": "text/html"}).status_code == 200, (name, notation)


def test_a_field_standard_s_page_tells_all_of_it(client: FlaskClient) -> None:
    told = {"zh-Hant": ("統一編號", "2023 年 4 月起"), "en": ("unified business number", "since April 2023")}
    for language, said in told.items():
        page = client.get(f"/code/standard-common/business-number?lang={language}", headers={"Accept": "text/html"}).text
        assert all(text in page for text in (*said, "^[0-9]{8}$", "22099131", "https://schema.gov.tw/lists/168"))
    drafts = {"zh-Hant": "待查證", "en": "no badge depends on them"}
    for language, text in drafts.items():
        assert text in client.get(f"/code/standard-water/river-code?lang={language}", headers={"Accept": "text/html"}).text
    graph = parsed(client.get("/code/standard-common/business-number.ttl").data, "ttl")
    check = rdflib.URIRef(HOME + "code/standard-common/business-number#checksum-5")
    assert (check, rdflib.URIRef(HOME + "ns#modulus"), None) in graph, "its parts come along"
    page = client.get("/code/standard-common", headers={"Accept": "text/html"}).text
    assert "民國日期" in page


def test_a_rule_s_own_iri_leads_to_its_shape(client: FlaskClient) -> None:
    graph = parsed(client.get("/rule/M07-license.ttl").data, "ttl")
    shape = rdflib.URIRef(HOME + "rule/M07-license")
    assert (shape, rdflib.RDF.type, rdflib.SH.PropertyShape) in graph
    path = graph.value(shape, rdflib.SH.path)
    assert list(graph.items(graph.value(path, rdflib.SH.alternativePath))), "the blank nodes of its path come along"


def test_answers_are_the_same_in_every_process(client: FlaskClient) -> None:
    again = Vocabulary.load(Assets())
    for iri in VOCABULARY.rules.values():
        assert again.graph([iri]) == VOCABULARY.graph([iri])


def test_the_dump_holds_every_document(client: FlaskClient, releases: Releases) -> None:
    answer = client.get("/dump.nq.gz", buffered=True)
    assert answer.mimetype == "application/gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    lines = set(gzip.decompress(answer.data).decode().splitlines())
    for record in releases.current().page("dataset", 1, 100)[1]:
        document = releases.current().document(record.iri)
        assert document is not None
        for line in document.text.decode().splitlines():
            assert line in lines or any(known.startswith(line[:-1]) for known in lines), line
    assert client.get("/dump.nq.gz", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_dumps_are_let_in_a_few_at_a_time(app: Flask) -> None:
    near = {"REMOTE_ADDR": "192.0.2.1"}
    open_ones = [app.test_client().get("/dump.nq.gz", environ_base=near, buffered=False) for _ in range(2)]
    third = app.test_client().get("/dump.nq.gz", environ_base=near)
    assert (third.status_code, third.headers["Retry-After"]) == (503, "60")
    assert app.test_client().get("/dump.nq.gz", environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 200
    proxy = {"REMOTE_ADDR": "10.0.0.1"}
    for asking, status in (("192.0.2.1", 503), ("192.0.2.3", 200)):
        forwarded = {"X-Forwarded-For": f"192.0.2.77, {asking}"}
        assert app.test_client().get("/dump.nq.gz", environ_base=proxy, headers=forwarded).status_code == status
    for answer in open_ones:
        answer.close()
    assert app.test_client().get("/dump.nq.gz", environ_base=near).status_code == 200


def test_the_sitemap_names_every_page_absolutely(client: FlaskClient, releases: Releases) -> None:
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    index = ElementTree.fromstring(client.get("/sitemap.xml").data)
    pages = [element.text or "" for element in index.findall("s:sitemap/s:loc", space)]
    found = []
    for page in pages:
        assert page.startswith("http://localhost/sitemap/")
        tree = ElementTree.fromstring(client.get(page.removeprefix("http://localhost")).data)
        found += [element.text or "" for element in tree.findall("s:url/s:loc", space)]
    wanted = {
        r.iri.replace(BASE + "/id", "http://localhost")
        for kind in ("dataset", "service", "organization")
        for r in releases.current().page(kind, 1, 500)[1]
    }
    assert set(found) == wanted
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").get_data(as_text=True)


def test_void_says_where_the_data_is(client: FlaskClient) -> None:
    assert client.get("/.well-known/void").headers["Location"] == "/void"
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    graph = parsed(client.get("/void.ttl").data, "ttl")
    dump = next(graph.objects(None, void.dataDump))
    assert client.head(str(dump).removeprefix("http://localhost")).status_code == 200
    endpoint = next(graph.objects(None, void.sparqlEndpoint))
    assert client.get(str(endpoint).removeprefix("http://localhost"), query_string={"query": "ASK {}"}).status_code == 200


def test_the_page_of_the_whole_data_shows_what_its_description_counts(client: FlaskClient) -> None:
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    graph = parsed(client.get("/void.ttl").data, "ttl")
    data = next(graph.subjects(void.dataDump))
    page = client.get("/void", headers={"Accept": "text/html", "Accept-Language": "en"}).get_data(as_text=True)
    for heading, what in (("Triples", void.triples), ("Things described", void.entities), ("Properties", void.properties)):
        assert f"<dt>{heading}</dt><dd>{int(graph.value(data, what)):,}</dd>" in page
    datasets = next(part for part in graph.objects(data, void.classPartition)
                    if str(graph.value(part, void["class"])).endswith("dcat#Dataset"))
    assert f'>dcat:Dataset</code></th><td class="number">{int(graph.value(datasets, void.entities)):,}</td>' in page
    zh = client.get("/void", headers={"Accept": "text/html", "Accept-Language": "zh-TW"}).get_data(as_text=True)
    assert "各屬性的三元組數" in zh


def test_the_query_page_is_packed_for_who_takes_it(client: FlaskClient) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    plain = client.get("/sparql?query=ASK%20{}", headers=headers)
    packed = client.get("/sparql?query=ASK%20{}", headers={**headers, "Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 5
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_the_query_page_shows_answers_faults_and_examples(client: FlaskClient) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    start = client.get("/sparql", headers=headers).get_data(as_text=True)
    examples = re.findall(r'<li><a href="(/sparql\?query=[^"]+)"', start)
    assert len(examples) >= 5
    for link in examples:
        page = client.get(link.replace("&amp;", "&"), headers=headers)
        assert page.status_code == 200, link
        assert 'id="answer"' in page.get_data(as_text=True), link
    asked = "SELECT ?t WHERE { <https://data.example.tw/id/dataset/666> <http://purl.org/dc/terms/title> ?t }"
    page = client.get("/sparql", query_string={"query": asked}, headers=headers).get_data(as_text=True)
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    wrong = client.get("/sparql", query_string={"query": "SELECT"}, headers=headers)
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.get_data(as_text=True)


def test_nothing_published_is_told(tmp_path: Path) -> None:
    client = create(Releases(Workspace(tmp_path / "var"), Assets()), SETTINGS).test_client()
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "尚未發布任何資料" in page.get_data(as_text=True)
    assert client.get("/health").status_code == 503
    assert client.get("/rule", headers={"Accept": "text/html"}).status_code == 200
    assert client.get("/dataset/1.ttl").mimetype == "application/problem+json"


def test_the_words_are_all_there_and_all_used() -> None:
    words = load()
    sources = [path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*") if path.suffix in (".html", ".xml", ".py")]
    text = "\n".join(sources)
    used = set(re.findall(r'\bsay\(\s*["\']([\w.-]+)["\']\s*[,)]', text)) | set(re.findall(r'\("/[a-z]+", "([\w.]+)"\)', text))
    assert not used - set(words.texts), "used, but not written"
    made = ("problem.", "licence.", "quality.", "facet.", "faults.", "order.", "severity.", "kind.", "count.", "codes.", "state.",
            "question.topic.", "sparql.editor.", "chart.mark.", "dashboard.", "overview.",
            "assistants.next.", "history.", "ladder.", "related.", "atom.", "reconcile.", "rows.ask.",
            "rows.get.", "rows.since.", "rows.stars.answer.", "rows.type.",
            "source.kind.", "source.left.", "source.next.", "source.result.", "source.run.", "source.what.", "rules.group.",
            "validate.mended", "map.longitude_names", "map.latitude_names")
    unused = {key for key in words.texts if key not in used and not key.startswith(made)} - {"language"}
    assert not unused, "written, but not used"


def test_every_scheme_and_term_is_served_letter_for_letter(client: FlaskClient) -> None:
    source = rdflib.Graph(bind_namespaces="none")
    for path in Assets().glob("ontologies/*/*.ttl").values():
        source.parse(path)
    written = spelled(source)
    for name, concepts in VOCABULARY.concepts.items():
        if len(concepts) < 100:
            made = parsed(client.get(f"/code/{name}.ttl").data, "ttl")
            assert spelled(made) <= written
            assert len(made) > len(concepts)


def test_rules_are_grouped_and_found_by_words_in_either_language(client: FlaskClient) -> None:
    page = client.get("/rule?lang=zh-Hant", headers={"Accept": "text/html"}).text
    groups = re.findall(r"<details class=\"group\"><summary><h2>([^<]+) <small>([\d,]+)</small>", page)
    assert sum(int(count.replace(",", "")) for _, count in groups) == len(re.findall(r'href="/rule/[^"?]+', page)) > 400
    assert groups[0][0] == "必填與基本的詮釋資料"
    for words in ("更新頻率", "update frequency", "Update  FREQUENCY", "更新 頻率"):
        found = client.get("/rule", query_string={"q": words}, headers={"Accept": "text/html"}).text
        assert "U05-frequency-code" in found
        assert "M03-publisher" not in re.findall(r'href="/rule/([^"?]+)', found)
        assert '<details class="group" open>' in found
    none = client.get("/rule", query_string={"q": '"><script>沒有這種規則'}, headers={"Accept": "text/html"}).text
    assert 'href="/rule/' not in none
    assert "<script>" not in none


def test_terms_are_grouped_and_found_by_words_in_either_language(client: FlaskClient) -> None:
    page = client.get("/ns?lang=zh-Hant", headers={"Accept": "text/html"}).text
    groups = re.findall(r"<details class=\"group\"><summary><h2>([^<]+) <small>([\d,]+)</small>", page)
    assert sum(int(count.replace(",", "")) for _, count in groups) == len(VOCABULARY.terms)
    assert len(re.findall(r"<dt><code>odl:", page)) == len(VOCABULARY.terms)
    assert [name for name, _ in groups] == [VOCABULARY.words.group(first, "zh-Hant") for first in VOCABULARY.words.groups]
    assert VOCABULARY.words.groups.keys() <= set(VOCABULARY.terms)
    for words in ("品質標章", "quality badge", "qualityBadge"):
        found = client.get("/ns", query_string={"q": words}, headers={"Accept": "text/html"}).text
        assert 'id="qualityBadge"' in found
        assert 'id="fee"' not in found
        assert '<details class="group" open>' in found
        data = parsed(client.get("/ns.ttl", query_string={"q": words}).data, "ttl")
        assert rdflib.URIRef(HOME + "ns#qualityBadge") in set(data.subjects())
        assert rdflib.URIRef(HOME + "ns#fee") not in set(data.subjects())


def test_the_data_of_narrowed_rules_is_that_of_the_page(client: FlaskClient) -> None:
    few = client.get("/rule.nt", query_string={"q": "U05-frequency-code"}).text
    assert "U05-frequency-code" in few
    assert len(few) < len(client.get("/rule.nt").text) / 10


def test_the_page_of_a_rule_tells_how_many_datasets_break_it(client: FlaskClient, releases: Releases) -> None:
    counts = {one: releases.current().search("", {"rule": [one]}).total for one in ("P09-format-code", "M02-title")}
    assert min(counts.values()) == 0 < max(counts.values())
    for name, count in counts.items():
        page = client.get(f"/rule/{name}?lang=en").get_data(as_text=True)
        told = f"See the datasets that break this rule: {count}" if count else "No dataset has a finding by this rule at present."
        assert told in page


def test_the_page_of_a_rule_shows_the_cases_it_was_tried_with(client: FlaskClient) -> None:
    page = client.get("/rule/P41-gold-format?lang=en").get_data(as_text=True)
    passing, failing = page.partition('id="passing"')[2].split('id="failing"')
    assert "Format" in passing
    assert "<mark>" not in passing
    assert "<mark>" in failing
    # What is missing is named, and what has no name of its own keeps its prefixed one.
    missing = client.get("/rule/A10-url").get_data(as_text=True).partition('id="failing"')[2]
    assert "沒有填" in missing
    # The cases of a file with many rules are each their rule's.
    agent = client.get("/rule/D701-agent-name?lang=en").get_data(as_text=True)
    assert agent.count('class="card pairs case fault"') == 2
    assert 'id="passing"' not in client.get("/rule/L16-identifier-unique").get_data(as_text=True), "it has none"


def test_every_rule_on_a_record_shows_a_case_that_passes_and_one_that_fails() -> None:
    assets = Assets()
    profile = Profile.load(assets, "tw-open")
    for rule in profile.rules.values():
        if rule.kind not in ("collection", "cell"):
            for language in LANGUAGES:
                passing, failing = rule_cases.of(assets, VOCABULARY, rule.iri, rule.name, language)
                assert passing, rule.name
                assert failing, rule.name
                assert all(one.kind and ":" not in one.kind for one in (*passing, *failing)), rule.name


def test_no_case_of_any_rule_shows_a_blank_node() -> None:
    """A rule may be about properties that have no name: an inverse one, a path."""
    assets = Assets()
    told = {name: rule_cases.of(assets, VOCABULARY, iri, name, "en") for name, iri in VOCABULARY.rules.items()}
    assert [name for name, cases in told.items() if "_:" in repr(cases)] == []


def test_the_page_of_a_code_begins_with_its_names_and_ends_with_its_iri(client: FlaskClient) -> None:
    page = client.get("/code/frequency/DAILY?lang=en").get_data(as_text=True)
    told = re.findall(r"<dt>(.*?)</dt>", page.partition('<dl class="card">')[2].partition("</dl>")[0])
    assert told[0] == "Name in the other language"
    assert told[-1] == "IRI"
