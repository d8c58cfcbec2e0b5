"""What the query page gives its script, and what it is without one: policy, terms, settings; and the script's own sources."""

from __future__ import annotations

import gzip
import html
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.editor import SOURCES, node
from builders.national_list import example_rows
from builders.site import SETTINGS, publish
from flask import Flask
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.served.releases import Releases
from odlinked.namespaces import DCAT, DCTERMS
from odlinked.web.app import create
from odlinked.web.site.site import EDITOR, OUTLINES
from odlinked.web.site.words import load

ASSETS = Assets()
HTML = {"Accept": "text/html"}
PAGES = ("/", "/?q=資料", "/dataset/6075", "/catalog", "/organizations", "/themes", "/quality", "/developers", "/query",
         "/query/datasets", "/rule", "/code/frequency", "/ns", "/void", "/validate", "/nothing", "/dataset/990099",
         "/sparql/terms.json", "/static/query.js", "/dataset/6075.ttl", "/openapi.json", "/sparql?query=ASK%7B%7D&format=json")
"""An address of each kind but the query page."""


@pytest.fixture(scope="module")
def scripted(releases: Releases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The service over the example site with some script as that of the query page."""
    script = tmp_path_factory.mktemp("script") / "query.js"
    script.write_text("/* a script */" + " " * 2_000, encoding="utf-8")
    made = create(releases, SETTINGS, editor=script)
    yield made
    made.extensions["odlinked.sparql"].close()


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def settings(page: str) -> dict[str, Any]:
    """Return what a page gives its script."""
    found = re.search(r'data-editor="([^"]*)"', page)
    assert found
    given: dict[str, Any] = json.loads(html.unescape(found[1]))
    return given


@pytest.mark.parametrize("path", PAGES)
def test_no_page_but_the_query_page_allows_a_script(scripted: Flask, path: str) -> None:
    answer = scripted.test_client().get(path, headers=HTML)
    allowed = directives(answer.headers["Content-Security-Policy"])
    assert allowed["script-src"] == "'none'"
    assert "style-src" not in allowed
    assert len(answer.headers.getlist("Content-Security-Policy")) == 1
    if answer.mimetype == "text/html":
        assert "<script" not in answer.text.replace('<script type="application/ld+json">', ""), "data, which no browser runs"


@pytest.mark.parametrize("path", ["/sparql", "/sparql?query=ASK%7B%7D", "/sparql?query=nonsense"])
def test_the_query_page_allows_scripts_of_this_service_alone(scripted: Flask, path: str) -> None:
    client = scripted.test_client()
    answers = [client.get(path, headers=HTML) for _ in range(2)]
    policies = [directives(answer.headers["Content-Security-Policy"]) for answer in answers]
    for answer, allowed in zip(answers, policies, strict=True):
        assert len(answer.headers.getlist("Content-Security-Policy")) == 1
        assert allowed["script-src"] == "'self'"
        assert allowed["default-src"] == "'self'"
        assert allowed["frame-ancestors"] == allowed["object-src"] == allowed["base-uri"] == "'none'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        scripts = re.findall(r"<script\b[^>]*>(.*?)</script>", answer.text)
        assert scripts == [""], "no script stands in the page"
        nonce, = re.findall(r"'nonce-([\w-]{20,})'", allowed["style-src"])
        assert f'nonce="{nonce}"' in answer.text
        assert not re.search(r'style="|\bon\w+="', answer.text)
    assert policies[0] != policies[1], "a nonce is for one answer"


def test_one_address_alone_is_a_script(scripted: Flask) -> None:
    client = scripted.test_client()
    assert client.get("/static/query.js").mimetype == "text/javascript"
    query = {"query": "SELECT ('alert(1)' AS ?x) {}"}
    for path in (*PAGES, *(f"/sparql?query=SELECT%20*%20%7B%7D&format={name}" for name in ("json", "xml", "csv", "tsv"))):
        answer = client.get(path, headers={"Accept": "text/javascript, application/javascript, */*;q=0.1"})
        assert "javascript" not in (answer.mimetype or "") or path == "/static/query.js", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/sparql", query_string={**query, "format": "text/javascript"}).status_code == 406


def test_the_script_is_sent_small_and_kept_while_it_is_the_same(scripted: Flask, client: FlaskClient) -> None:
    asking = scripted.test_client()
    page = asking.get("/sparql", headers=HTML).text
    link, = re.findall(r'<script src="([^"]+)"', page)
    packed = asking.get(link, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in packed.headers["Cache-Control"]
    assert gzip.decompress(packed.data) == asking.get(link).data
    assert asking.get(link, headers={"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}).status_code == 304
    assert asking.get(link).headers["ETag"] != packed.headers["ETag"]
    assert client.get("/static/query.js").status_code == 404, "a service that was built without it"


def test_without_a_script_the_page_is_the_plain_form(client: FlaskClient) -> None:
    asked = "/sparql?query=SELECT%20*%20%7B%20%3Fd%20a%20dcat%3ADataset%20%7D"
    for path in ("/sparql", asked, "/sparql?query=nonsense"):
        answer = client.get(path, headers=HTML)
        assert "<script" not in answer.text
        assert "data-editor" not in answer.text
        assert directives(answer.headers["Content-Security-Policy"])["script-src"] == "'none'"
        assert '<textarea id="query" name="query"' in answer.text
        assert 'type="submit"' in answer.text
    assert "<table>" in client.get(asked, headers=HTML).text


def test_the_page_tells_its_script_where_the_mistake_is(scripted: Flask) -> None:
    client = scripted.test_client()
    query = "SELECT * WHERE {\n  ?d dcterms:title ?t ?u\n}"
    page = client.get("/sparql", query_string={"query": query, "lang": "zh-Hant"}, headers=HTML)
    told = json.loads(client.get("/sparql", query_string={"query": query}).data)
    given = settings(page.text)
    assert given["mistake"] == {"line": told["line"], "column": told["column"]}
    assert "第" in given["failed"]
    assert given["asked"] == query
    assert settings(client.get("/sparql", headers=HTML).text)["mistake"] is None


def test_links_of_the_script_hold_behind_a_path(scripted: Flask) -> None:
    headers = {**HTML, "X-Forwarded-Prefix": "/data"}
    page = scripted.test_client().get("/sparql", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    given = settings(page)
    assert (given["path"], given["terms"], given["root"]) == ("/data/sparql", "/data/sparql/terms.json", "/data")
    assert '<script src="/data/static/query.js?v=' in page


def test_a_query_cannot_leave_its_place_in_the_page(scripted: Flask) -> None:
    query = 'ASK {} # "></script><script>alert(1)</script>\u2028\'&quot;'
    page = scripted.test_client().get("/sparql", query_string={"query": query}, headers=HTML).text
    assert "<script>" not in page
    assert settings(page)["asked"] == query


def test_the_names_of_an_answer_are_asked_by_a_query_of_the_assets(scripted: Flask, releases: Releases) -> None:
    client = scripted.test_client()
    iri = f"{releases.current().base}/id/dataset/6075"
    query = settings(client.get("/sparql", headers=HTML).text)["labels"].replace("<urn:odlinked:iri>", f"<{iri}> <urn:x:none>")
    found = json.loads(client.post("/sparql", data={"query": query}).data)["results"]["bindings"]
    assert {row["iri"]["value"] for row in found} == {iri}
    assert any(row["label"]["xml:lang"] == "zh-Hant" for row in found)


def test_every_word_of_the_script_is_there_and_used() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.js")))
    written = {key.removeprefix("sparql.editor.") for key in load().texts if key.startswith("sparql.editor.")}
    used = set(re.findall(r'\bwords\.(\w+)', source)) | set(re.findall(r'\bsay\("(\w+)"', source))
    used |= set(re.findall(r'\bstep\("(\w+)"', source)) | {"table", "chart", "map"}
    of_texts = {"includes", "length", "startsWith", "indexOf", "some"}  # what a term's own `words` are asked
    assert used - of_texts == written


def test_the_packages_are_locked_without_the_address_of_a_registry() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    stated = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["dependencies"] == stated["dependencies"]
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_the_guide_names_the_licence_of_every_bundled_package() -> None:
    guide = (SOURCES.parents[3] / "docs" / "query-page.md").read_text(encoding="utf-8")
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    bundled = {name.removeprefix("node_modules/"): one["license"] for name, one in lock["packages"].items()
               if name and not one.get("dev")}
    told = dict(re.findall(r"^\| `([^`]+)` \| ([\w.-]+) \|", guide, re.MULTILINE))
    assert told == bundled


def test_a_wheel_has_script_and_outlines_where_the_pages_look_for_them() -> None:
    stated = tomllib.loads((SOURCES.parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = stated["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "src/odlinked/web/editor" in wheel["exclude"]
    hook = (SOURCES / "hatch_build.py").read_text(encoding="utf-8")
    assert 'TARGET: Final = "odlinked/web/site/static"' in hook
    package = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))
    for made in (EDITOR, OUTLINES):
        assert made.parent.parts[-4:] == ("odlinked", "web", "site", "static")
        assert f'"{made.name}": ' in hook
        assert f"../site/static/{made.name}" in package["scripts"]["build"]


PLACES = {
    "SEL": "outside", "SELECT * WHERE { ": "subject", "{ ?d ": "predicate", "{ ?d a ": "object",
    "{ ?d a dcat:Dataset ; ": "predicate", "{ ?d a dcat:Dataset. ": "subject", "{ ?d a dcat:Dataset . ?x ": "predicate",
    "{ FILTER(?x > 3) ": "subject", "{ FILTER(": "expression", "{ ?d dcterms:title 'a . { b' ; ": "predicate",
    '{ ?d dcterms:title "abc': "text", "{ ?d (a|b)/c ": "object", "{ ?d dcat:theme | dcat:x ?o ; ": "predicate",
    "{ ?d a ?x , ": "object", "{ ?d dcat:contactPoint [ ": "predicate", "{ ?d dcat:contactPoint [ a ?k ] ; ": "predicate",
    "{ FILTER(EXISTS { ?a b ": "object", "{ FILTER(EXISTS { ?a b ?c } && ": "expression", "{ # co": "text",
    "{ ?a <http://x#y> ": "object", "{ ?x a <http://e.x/a.b> ; ": "predicate", "{ { ?a a ?b } UNION { ": "subject",
    '{ ?x ?y """a\n ': "text", "}}] ) ": "outside", "{ 資料 ": "predicate", "# { ?d \n": "outside", "": "outside",
}


def test_the_place_in_a_query_is_known() -> None:
    program = f"""import {{ placeIn }} from {json.dumps((SOURCES / "completion.js").as_uri())};
        console.log(JSON.stringify({json.dumps(list(PLACES))}.map((text) => placeIn(text).part)));"""
    done = subprocess.run([node(), "--input-type=module", "-e", program], capture_output=True, text=True, check=True)
    assert dict(zip(PLACES, json.loads(done.stdout), strict=True)) == PLACES


def test_a_query_stays_itself_in_every_program(tmp_path: Path) -> None:
    query = "SELECT ('it''s \\\\ \"\"\" %s $HOME `x` )-\" {0}' AS ?x) {}\n# 臺灣 😀 \\"
    program = f"""import {{ python, curl, r }} from {json.dumps((SOURCES / "copies.js").as_uri())};
        const all = [python, curl, r].map((one) => one("http://127.0.0.1:9/sparql", {json.dumps(query)}, "text/csv"));
        console.log(JSON.stringify(all));"""
    done = subprocess.run([node(), "--input-type=module", "-e", program], capture_output=True, text=True, check=True)
    python, curl, r = json.loads(done.stdout)
    assigned: dict[str, str] = {}
    exec(python.partition("data =")[0], assigned)  # noqa: S102 - the text under test
    assert assigned["query"] == query
    said = subprocess.run(["sh", "-c", curl.replace("curl ", "printf '%s\\n' ", 1)], capture_output=True, text=True, check=True)
    assert f"query={query}" in said.stdout
    dashes = re.search(r'query <- r"(-+)\(', r)
    assert dashes
    assert f'){dashes[1]}"' not in query
    assert query in r


ASKED = """SELECT ?d ?t { ?d a dcat:Dataset ; dcterms:title ?t FILTER(?t != 'it\\'s "') } ORDER BY ?d LIMIT 3"""


@pytest.mark.parametrize("program", ["Python", "curl", "R"])
def test_what_the_query_page_gives_to_copy_runs(address: str, tmp_path: Path, program: str) -> None:
    """Each asks the service for the same table; R needs its package httr."""
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in (("dcat", DCAT), ("dcterms", DCTERMS)))
    made = f"""import {{ PROGRAMS }} from {json.dumps((SOURCES / "copies.js").as_uri())};
        const [address, query] = {json.dumps([address + "/sparql", prefixes + ASKED])};
        console.log(PROGRAMS[{json.dumps(program)}](address, query, "text/csv"));"""
    text = subprocess.run([node(), "--input-type=module", "-e", made], capture_output=True, text=True, check=True).stdout
    if program == "R":
        rscript = shutil.which("Rscript")
        if not rscript or subprocess.run([rscript, "-e", "library(httr)"], capture_output=True, check=False).returncode:
            pytest.skip("R or its package httr is not installed")
        text += "\ncat(nrow(rows), names(rows))\n"
    command = {"Python": [sys.executable], "curl": ["sh"], "R": [shutil.which("Rscript") or "Rscript"]}[program]
    script = tmp_path / "script"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run([*command, script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "3 d t" in done.stdout if program == "R" else done.stdout.startswith("d,t\n"), done.stdout
    assert program == "R" or len(done.stdout.strip().splitlines()) == 4


def test_terms_are_written_with_a_release(client: FlaskClient) -> None:
    answer = client.get("/sparql/terms.json", headers={"Accept-Encoding": "gzip"})
    assert answer.mimetype == "application/json"
    assert len(answer.data) < 40_000, "packed"
    again = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"}
    assert client.get("/sparql/terms.json", headers=again).status_code == 304
    read = json.loads(gzip.decompress(answer.data))
    classes = {name: (zh, en, number, used) for name, zh, en, number, used in read["classes"]}
    zh, en, number, used = classes["dcat:Dataset"]
    asked = client.get("/sparql", query_string={"query": "SELECT (COUNT(*) AS ?n) { ?d a dcat:Dataset }", "format": "csv"}).text
    assert (zh, en, number) == ("資料集", "Dataset", int(asked.split()[1]))
    assert {"dcterms:title", "dcterms:publisher", "odl:qualityBadge"} <= {read["properties"][place][0] for place in used}
    codes = {name: (zh, en, read["lists"][place]) for name, zh, en, place in read["codes"]}
    assert codes["<https://w3id.org/odlinked/code/quality-badge/platinum>"][:2] == ("白金", "platinum")


def test_every_class_and_property_is_named_in_both_languages(client: FlaskClient) -> None:
    read = json.loads(client.get("/sparql/terms.json").data)
    assert [name for name, zh, en, *_ in (*read["classes"], *read["properties"]) if not zh or not en] == []


def test_what_mappings_make_is_named() -> None:
    """Of the vocabularies that records are written in, nothing is offered by its bare name alone."""
    named = {name for part in tomllib.loads(ASSETS.text("ontologies/words/terms.toml")).values() for name in part}
    made: set[str] = set()
    for name in ASSETS.glob("mappings/**/*.rq"):
        text = re.sub(r'#[^\n]*|"[^"\n]*"|<[^>\s]*>', " ", ASSETS.text(name))
        for template in re.findall(r"CONSTRUCT\s*\{(.*?)\n\}", text, re.DOTALL):
            made |= set(re.findall(r"\b((?:adms|csvw|dcat|dcterms|foaf|odrl|org|prov|schema|skos|vcard):[A-Za-z]\w*)", template))
    assert len(made) > 50
    assert made - named == set()


def test_a_release_made_before_there_were_terms_is_served(tmp_path: Path) -> None:
    releases = publish(tmp_path, example_rows()[:3])
    (releases.current().folder / "terms.json").unlink()
    app = create(releases, SETTINGS, editor=None)
    try:
        assert app.test_client().get("/sparql/terms.json").status_code == 404
        assert app.test_client().get("/sparql", headers=HTML).status_code == 200
    finally:
        app.extensions["odlinked.sparql"].close()
