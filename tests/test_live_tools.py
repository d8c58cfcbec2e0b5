"""The live service read by tools that install more than the tests do: pandas, sparql-dataframe, Comunica, a browser's fetch."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from builders import site
from builders.national_list import example_rows
from builders.servers import Running

pytestmark = pytest.mark.slow

TITLES = """PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?dataset ?title { ?dataset a dcat:Dataset ; dcterms:title ?title FILTER(LANG(?title) = "zh-Hant") } ORDER BY ?dataset"""

COMUNICA = """
const { QueryEngine } = require('@comunica/query-sparql');
(async () => {
  const engine = new QueryEngine();
  const found = [];
  for (const source of [{ type: 'sparql', value: process.argv[2] }, process.argv[2]]) {
    const rows = await (await engine.queryBindings(process.argv[3], { sources: [source] })).toArray();
    found.push(rows.map(row => [row.get('dataset').value, row.get('title').value, row.get('title').language]));
  }
  console.log(JSON.stringify(found));
})();
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The example list, served."""
    folder = tmp_path_factory.mktemp("tools")
    site.publish(folder, example_rows())
    one = Running(folder / "var")
    yield one
    one.kill()


def answer(running: Running) -> list[tuple[str, str]]:
    """Return the answer to `TITLES` that the others must come to."""
    rows = json.loads(running.get(f"/sparql?format=json&query={quote(TITLES)}"))["results"]["bindings"]
    found = [(row["dataset"]["value"], row["title"]["value"]) for row in rows]
    assert len(found) > 1
    return found


def test_pandas_reads_csv(running: Running) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.read_csv(f"{running.url}/sparql?format=csv&query={quote(TITLES)}")
    assert list(table.columns) == ["dataset", "title"]
    assert list(table.itertuples(index=False, name=None)) == answer(running)
    stored = pandas.read_csv(f"{running.url}/query/formats.csv")
    assert stored["datasets"].sum() > 0


@pytest.mark.parametrize("post", [False, True])
def test_sparql_dataframe(running: Running, post: bool) -> None:
    frames = pytest.importorskip("sparql_dataframe", reason="sparql-dataframe is not installed")
    table = frames.get(f"{running.url}/sparql", TITLES, post=post)
    assert list(table.itertuples(index=False, name=None)) == answer(running)


@pytest.fixture(scope="module")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Comunica 5 in it."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node and npm are not installed, so Comunica cannot be had")
    folder = tmp_path_factory.mktemp("comunica")
    # What it fetches with wants a newer Node than many systems have; the one before does as well.
    wanted = {"dependencies": {"@comunica/query-sparql": "5"}, "overrides": {"undici": "7"}}
    (folder / "package.json").write_text(json.dumps(wanted), encoding="utf-8")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if not (folder / "node_modules" / "@comunica" / "query-sparql").is_dir():
        pytest.skip(f"Comunica could not be installed: {done.stderr[-200:]}")
    (folder / "ask.js").write_text(COMUNICA, encoding="utf-8")
    return folder


def test_comunica_told_what_it_is_and_finding_out_by_itself(running: Running, comunica: Path) -> None:
    done = subprocess.run(["node", "ask.js", f"{running.url}/sparql", TITLES], cwd=comunica, capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    wanted = [[dataset, title, "zh-hant"] for dataset, title in answer(running)]
    for found in json.loads(done.stdout):
        assert sorted([dataset, title, language.lower()] for dataset, title, language in found) == sorted(wanted)


@pytest.mark.browser
def test_a_page_of_another_site_may_fetch(running: Running, browser: Any, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>elsewhere</title>", encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    try:
        browser.get(f"http://127.0.0.1:{other.server_port}/")
        script = """
            const [url, query, done] = arguments;
            const ask = (path, more) => fetch(url + path, more);
            (async () => {
              const json = { 'Accept': 'application/sparql-results+json' };
              const got = await (await ask('/sparql?query=' + encodeURIComponent(query), { headers: json })).json();
              const direct = { ...json, 'Content-Type': 'application/sparql-query' };  // this one needs a preflight
              const posted = await (await ask('/sparql', { method: 'POST', headers: direct, body: query })).json();
              const wrong = await ask('/sparql?query=SELEC');
              const tag = (await ask('/void', { headers: { 'Accept': 'text/turtle' } })).headers.get('ETag');
              done([got, posted, [wrong.status, (await wrong.json()).code], tag]);
            })().catch(problem => done([String(problem)]));"""
        got, posted, wrong, tag = browser.execute_async_script(script, running.url, TITLES)
    finally:
        other.shutdown()
        other.server_close()
    assert [(row["dataset"]["value"], row["title"]["value"]) for row in got["results"]["bindings"]] == answer(running)
    assert posted == got
    assert wrong == [400, "malformed"]
    assert tag
