"""Run every verb of an installed odlinked once, away from the checkout: `PYTHON .ci/every_verb.py`, PYTHON being that install's.

Fails where a verb of `odlinked --help` was not run, one ends with an unexpected code, or one shows a traceback. Which formats,
lists and kinds there are is asked of `--help`, so that what is added later is run, too.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pyoxigraph as ox

import odlinked
from odlinked.assets import bundled

COMMAND = Path(sys.executable).with_name("odlinked")
EXAMPLES = bundled() / "examples"
INVENTORY = EXAMPLES / "moenv-inventory-2026.xlsx"
DATA = "名稱,經度,緯度\n中正停車場,121.51,25.03\n"
run_verbs: set[str] = set()
os.environ["LC_ALL"] = "C.UTF-8"  # what is read of `--help` is English


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def run(*arguments: str | Path, codes: tuple[int, ...] = (0,)) -> str:
    """Run the command; return what it wrote. Stop everything where it ends otherwise than with one of `codes`."""
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, timeout=300, check=False)
    out, err = done.stdout.decode(), done.stderr.decode()
    if done.returncode not in codes or "Traceback" in out + err:
        sys.exit(f"odlinked {' '.join(map(str, arguments))}: exit {done.returncode}\n{out[-2_000:]}\n{err[-4_000:]}")
    if "--help" not in arguments:
        run_verbs.add(str(arguments[0]))
    print(f"{done.returncode}  odlinked {' '.join(map(str, arguments))}", flush=True)
    return out


def listed() -> list[str]:
    """Return what `list` can list: it says so where nothing is named."""
    done = subprocess.run([COMMAND, "list"], capture_output=True, timeout=300, check=False)
    found = re.findall(r"^\s+([a-z]+),?$", done.stderr.decode(), re.MULTILINE)
    if not found:
        sys.exit("odlinked list does not say what it lists")
    return found


def choices(verb: str, before: str, marks: str = "[]") -> list[str]:
    """Return what the help of a verb offers after `before`, between two marks and parted by "|"."""
    found = re.search(re.escape(before) + r"\s*" + re.escape(marks[0]) + r"([^\]}]+)" + re.escape(marks[1]), run(verb, "--help"))
    if not found:
        sys.exit(f"odlinked {verb} --help offers nothing after {before!r}")
    return re.sub(r"\s+", "", found[1]).split("|")


def verbs() -> list[str]:
    """Return the verbs that `odlinked --help` lists."""
    _, _, listed = run("--help").partition("Commands:")
    return re.findall(r"^  ([a-z][a-z-]*)  ", listed, re.MULTILINE)


def looking() -> None:
    """Look at files without a workspace."""
    run("read", INVENTORY, "--rows", "1")
    for name in ("moenv-inventory-resources-2026.ods", "moenv-inventory-climate-big5-2026.csv", "data-gov-tw-list.json"):
        run("read", EXAMPLES / name)
    for style in choices("validate", "--format"):
        run("validate", INVENTORY, "--format", style, "--write", f"{style}=findings.{style}", codes=(1,))
        if not Path(f"findings.{style}").stat().st_size:
            sys.exit(f"validate --write {style} wrote nothing")
    run("validate", INVENTORY, "--annotate", "marked.xlsx", "--write-baseline", "known.json", codes=(1,))
    run("validate", "marked.xlsx", "--lang", "en", codes=(1,))
    run("validate", INVENTORY, "--baseline", "known.json")
    run("form")
    run("form", "moenv-open", "--output", "form.xlsx")
    run("read", "form.xlsx")
    Path("mapped.nt").write_text(run("map", INVENTORY), encoding="utf-8")
    run("validate", "mapped.nt", codes=(0, 1))
    Path("rows.csv").write_text(DATA, encoding="utf-8")
    run("lift", "--describe", "rows.csv")
    for style in choices("lift", "--format"):
        run("lift", "rows.csv", "--mode", "minimal", "--format", style, "--output", f"rows.{style}", "--vocabulary", "words.ttl")
        if not Path(f"rows.{style}").stat().st_size:
            sys.exit(f"lift --format {style} wrote nothing")
    run("lift", "rows.csv", "--validate")
    if find_spec("pyspark") is None:
        run("lift", "rows.csv", "--validate", "--engine", "spark", codes=(2,))
    run("link", "rows.csv", "--accept-certain")


def publishing() -> None:
    """Make releases in ./var, list them, measure and report."""
    run("demo", "--once", codes=(0, 1))
    run("publish", INVENTORY, "--source", "again", codes=(0, 1))
    run("publish", "--rebuild", codes=(0, 1))
    run("publish", INVENTORY, "--source", "unit", "--pending", codes=(0, 1))
    run("approve", "H0001", "--day", "115/11/20", "--document", "1150001234", codes=(0, 1))
    for what in listed():
        run("list", what)
    run("list", "organizations", "--shares")
    run("measure", "--as-of", "2026-11-22")
    run("query")
    for style in choices("query", "--format"):
        if not run("query", "states", "--format", style).strip():
            sys.exit(f"query --format {style} wrote nothing")
    for form, name in (("moenv-open", "again.xlsx"), ("data-gov-tw", "again.csv")):
        if "records written" not in run("export", "--lang", "en", "--form", form, "--output", name, codes=(0, 1)):
            sys.exit(f"export --form {form} did not tell what it wrote")
        run("read", name)
    # python-pptx is an extra, which an installation may be without.
    slides = ("--slides", "meeting.pptx") if find_spec("pptx") else ()
    for kind in ("quarter", "half-year", "inventory", "checklist", "meeting"):
        run("report", "--kind", kind, "--as-of", "2026-11-22", "--output", f"{kind}.xlsx")
        if not Path(f"{kind}.xlsx").read_bytes().startswith(b"PK"):
            sys.exit(f"report --kind {kind} wrote no workbook")
    run("report", "--kind", "meeting", "--as-of", "2026-11-22", "--public", "--output", "meeting.xlsx", *slides)
    for kind in ("annex", "checklist"):
        run("report", "--kind", kind, "--by", "unit", "--as-of", "2026-11-22", "--output", f"{kind}s", codes=(0, 1))
        if not list(Path(f"{kind}s").glob("*.xlsx")):
            sys.exit(f"report --kind {kind} --by unit wrote no workbook")


def checking() -> None:
    """Look at files, then visit a server of our own."""
    Path("files").mkdir()
    Path("files/parking.csv").write_text(DATA, encoding="utf-8")
    run("check", "--files", "files", codes=(0, 1))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory="files"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"localhost:{server.server_port}"
    with (EXAMPLES / "data-gov-tw-excerpt.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, first, *_ = csv.reader(file)
    first[heads.index("資料下載網址")] = f"http://{host}/parking.csv"
    with Path("list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, first])
    Path("test.toml").write_text(f'[check]\ntest_hosts = ["{host}"]\ndelay_seconds = 0.0\n', encoding="utf-8")
    at = ("--config", "test.toml", "--workspace", "visited")
    run("publish", "list.csv", "--source", "county", *at, codes=(0, 1))
    run("check", "--host", "localhost", "--output", "broken.csv", *at, codes=(0, 1))
    run("measure", *at)
    server.shutdown()


def harvesting() -> None:
    """Harvest a catalogue of our own, twice, and fail where there is none."""
    Path("feeds").mkdir()
    Path("feeds/catalog.ttl").write_text(
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
        '<https://source.example/a> a dcat:Dataset ; dct:title "空氣品質"@zh-Hant .\n', encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory="feeds"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"localhost:{server.server_port}"
    Path("harvest.toml").write_text(
        f'[check]\ntest_hosts = ["{host}"]\n[sources.county]\naddress = "http://{host}/catalog.ttl"\n'
        f'[sources.gone]\naddress = "http://{host}/gone.ttl"\n', encoding="utf-8")
    at = ("--config", "harvest.toml", "--workspace", "harvested")
    run("harvest", "county", "--dry-run", *at, codes=(0, 1))
    if "Release 000001" not in run("harvest", "county", *at, codes=(0, 1)):
        sys.exit("harvest made no release")
    if "Nothing" not in run("harvest", "county", *at, codes=(0, 1)):
        sys.exit("what is unchanged made a release")
    run("harvest", "--all", *at, codes=(2,))
    server.shutdown()


class Engine(Quiet):
    """A SPARQL engine: queries by POST, graphs by the Graph Store Protocol."""

    store = ox.Store()

    def _graph(self) -> ox.NamedNode:
        return ox.NamedNode(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["graph"][0])

    def _sent(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, body: bytes, kind: str = "application/n-triples") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.store.remove_graph(self._graph())
        self.store.load(self._sent(), ox.RdfFormat.N_TRIPLES, to_graph=self._graph())
        self._answer(b"")

    def do_DELETE(self) -> None:
        self.store.remove_graph(self._graph())
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=self._graph()) or b"")

    def do_POST(self) -> None:
        query = urllib.parse.parse_qs(self._sent().decode())["query"][0]
        answer = self.store.query(query, use_default_graph_as_union=True)
        self._answer(answer.serialize(format=ox.QueryResultsFormat.JSON), "application/sparql-results+json")


def assisting() -> None:
    """Ask as an assistant does: what is there, then one call, over standard input and output."""
    known = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "every_verb", "version": "0"}}
    messages = [
        {"id": 1, "method": "initialize", "params": known}, {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "search", "arguments": {"q": "空氣", "lang": "en"}}},
    ]
    process = subprocess.Popen([COMMAND, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    answers = {}
    for message in messages:
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        if "id" in message:
            answer = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            answers[answer["id"]] = answer["result"]
    _, err = process.communicate(timeout=300)
    told = answers[3].get("structuredContent", {})
    if process.returncode or err or len(answers[2]["tools"]) > 8 or not told.get("completeness", {}).get("total"):
        sys.exit(f"odlinked mcp: exit {process.returncode}\n{json.dumps(answers)[:2_000]}\n{err.decode()[-4_000:]}")
    print(f"{process.returncode}  odlinked mcp: {len(answers[2]['tools'])} tools, {told['completeness']['total']} datasets found")
    run_verbs.add("mcp")


def mirroring() -> None:
    """Bring another engine to the release."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    Path("mirror.toml").write_text(f'[mirror]\nmode = "incremental"\ngraph_store = "{url}/store"\nquery = "{url}/query"\n')
    for options in ((), ("--compare",), ("--anew",)):
        run("mirror", "--config", "mirror.toml", *options)
    server.shutdown()
    server.server_close()
    run("mirror", "--config", "mirror.toml", codes=(2,))


def taking_back() -> None:
    """Roll back, prune, erase."""
    run("rollback")
    run("prune", "--keep", "1")
    record = json.loads(ask("/catalog.jsonld?page=1", "--workspace", "visited"))
    found = re.search(r"http://localhost:8000/id/dataset/[^\"\s]+", json.dumps(record))
    if not found:
        sys.exit("the catalogue names no dataset")
    run("purge", found[0], "--input", "--workspace", "visited")


def ask(path: str, *options: str) -> str:
    """Serve, fetch one address, stop with Ctrl-C; return the body."""
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([COMMAND, "serve", "--port", "0", *options], stdout=log, stderr=log)
        run_verbs.add("serve")
        try:
            url = None
            for _ in range(1_200):
                log.seek(0)
                said = re.search(r"Serving at (http://\S+)", log.read().decode())
                if said:
                    url = said[1]
                    break
                time.sleep(0.1)
            for _ in range(1_200):
                try:
                    asked = urllib.request.Request(f"{url}{path}", headers={"Accept": "text/html, */*;q=0.5"})  # noqa: S310
                    with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 - an address of our own
                        print(f"{answer.status}  {path}")
                        return str(answer.read().decode())
                except ConnectionError:
                    time.sleep(0.1)
                except urllib.error.URLError as problem:
                    if not isinstance(problem.reason, ConnectionError):
                        raise
                    time.sleep(0.1)
            log.seek(0)
            sys.exit(f"serve did not answer: {log.read().decode()}")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(120)


def scripted() -> None:
    """Check that the query page has its script, and that this is the one that was installed."""
    page = ask("/sparql")
    found = re.search(r'<script src="([^"]+)"', page)
    script = Path(odlinked.__file__).parent / "web/site/static/query.js"
    if not found or not script.is_file():
        sys.exit("the installed wheel has no script of the query page")
    if ask(found[1]) != script.read_text(encoding="utf-8"):
        sys.exit("the script that is served is not the one installed")
    size = len(gzip.compress(script.read_bytes(), 9))
    print(f"the script of the query page takes {size:,} bytes")
    if size > 250_000:
        sys.exit("that is too much")
    counties = urllib.parse.quote('SELECT * { VALUES ?county { "臺北市" "新北市" "基隆市" } }')
    if 'class="county' not in ask(f"/sparql?query={counties}"):
        sys.exit("the installed wheel has no outlines of counties")
    if not json.loads(ask("/sparql/terms.json"))["classes"]:
        sys.exit("the release has no terms to complete")


def main() -> None:
    """Run them all in a folder of their own."""
    if "site-packages" not in odlinked.__file__:
        sys.exit(f"this is no installed package but {odlinked.__file__}")
    os.environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        known = verbs()
        looking()
        publishing()
        page = ask("/")
        if "<html" not in page:
            sys.exit("the first page is none")
        assisting()
        scripted()
        checking()
        harvesting()
        mirroring()
        taking_back()
        for verb in known:
            run(verb, "--help")
        os.chdir("/")
    if missing := set(known) - run_verbs:
        sys.exit(f"verbs that were not run: {', '.join(sorted(missing))}")
    print(f"all {len(known)} verbs run: {', '.join(known)}")


if __name__ == "__main__":
    main()
