"""Nobody is published: 60 or 300 made inventories with persons planted in every column; all that leaves is searched for them."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from builders.extent import extent
from builders.planted import FORMS, NAMED, STYLES, Person, Planted, hidden, made, squeezed, where
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.quality import reports
from odlinked.settings import PublishSettings, Settings
from odlinked.validation.inventories import check

SHARES = extent({"moenv-open": 22, "moenv-on-request": 10, "moenv-withheld": 8, "data-gov-tw": 12, "feedback": 4, "usage": 4},
                {"moenv-open": 120, "moenv-on-request": 48, "moenv-withheld": 39, "data-gov-tw": 60, "feedback": 21, "usage": 12})
"""Form -> how many inventories are made on it, each style at least once."""

STEP = extent(2, 1)
"""How many times fewer pages are asked for."""

REPORTS = ("text", "json", "csv", "turtle", "sarif", "junit", "github", "markdown")


@dataclass(frozen=True)
class Swept:
    """What was planted, and everything that left: name -> text."""

    tables: list[Planted]
    left: dict[str, str]

    @property
    def secrets(self) -> list[str]:
        return sorted(set().union(*(table.secrets for table in self.tables)))


def run(*words: str, folder: Path) -> str:
    """Run a verb; return all that it told."""
    done = subprocess.run([sys.executable, "-m", "odlinked", *words], capture_output=True, text=True, cwd=folder, timeout=600)
    assert done.returncode in (0, 1), (words[:1], done.stderr[-2_000:])
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    folder, draw = tmp_path_factory.mktemp("sweep"), Random(8)
    tables, left, number = [], {}, 1
    for form, count in SHARES.items():
        files = []
        for place in range(count):
            table = made(form, number, draw)
            number += len(table.rows)
            tables.append(table)
            files.append(str(table.write(folder / f"{form}-{place}", STYLES[place % len(STYLES)])))
        written = [f"--write={style}={folder / f'{form}.{style}.report'}" for style in REPORTS]
        left[f"validate {form}"] = run("validate", *files, "--lang", "en", *written, folder=folder)
        for style in REPORTS:
            left[f"validate {form} {style}"] = (folder / f"{form}.{style}.report").read_text(encoding="utf-8")
        left[f"map {form}"] = "".join(run("map", name, folder=folder) for name in files[:len(STYLES)])
        assert "<http" in left[f"map {form}"] or form in ("usage", "feedback")
        left[f"publish {form}"] = run("publish", *files, "--source", form, folder=folder)
    left["list"] = "".join(run("list", what, folder=folder) for what in ("organizations", "series", "sources"))
    left["measure"] = run("measure", folder=folder)
    for kind in ("quarter", "half-year", "inventory"):
        run("report", "--as-of", "2026-11-30", "--kind", kind, "--output", f"{kind}.xlsx", folder=folder)
        with zipfile.ZipFile(folder / f"{kind}.xlsx") as book:
            left[f"report {kind}"] = "\n".join(book.read(part).decode("utf-8", "replace") for part in book.namelist())
    left |= _served(folder)
    return Swept(tables, left)


def _served(folder: Path) -> dict[str, str]:
    """Return what the service gives: dump, every record's page, many in other forms, lists, SPARQL, and its log."""
    release = Releases(Workspace(folder / "var"), Assets()).current()
    left = {"dump": gzip.decompress(b"".join(release.dump())).decode()}
    paths = [iri.removeprefix(release.base).replace("/id/", "/", 1) for iri in (d.iri for d in release.documents())
             if iri.startswith(release.base + "/id/")]
    asked = [*paths[::3 * STEP],
             *(f"{path}.{end}" for path in paths[::10 * STEP] for end in ("ttl", "jsonld", "rdf", "nt")),
             *(f"{path}/quality" for path in paths[::7 * STEP] if path.startswith("/dataset/")),
             *(f"{path}?lang=en" for path in paths[::11 * STEP]),
             "/", "/organizations", "/organizations.csv", "/datasets", "/findings",
             "/quality", "/catalog.ttl", "/feed.atom", "/void.ttl"]
    with _service(folder) as (url, log):
        for path in asked:
            left[path] = _got(url + path)
        for page in range(1, extent(20, 100)):
            left[f"findings {page}"] = _got(f"{url}/findings?page={page}")
        for iri in [path for path in paths[::5 * STEP] if path.startswith("/dataset/")]:
            for tool in ("record", "fields", "evidence"):
                left[f"{tool} {iri}"] = _told(url, tool, {"id": release.base + iri})
        left |= {f"search {page}": _told(url, "search", {"limit": 100, "page": page}) for page in range(1, 10)}
        query = "SELECT%20%2A%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%20100000"
        left["sparql"] = _got(f"{url}/sparql?query={query}", "text/csv")
    left["log"] = log.read_text(encoding="utf-8", errors="replace")
    return left


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[tuple[str, Path]]:
    log = folder / "serve.log"
    with log.open("w") as file:
        served = subprocess.Popen([sys.executable, "-m", "odlinked", "serve", "--port", "0"], cwd=folder, stdout=file,
                                  stderr=file, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        for _ in range(3_000):
            told = [word for word in log.read_text().split() if word.startswith("http://")]
            if told:
                break
            assert served.poll() is None, log.read_text()
            time.sleep(0.1)
        url = told[0]
        for _ in range(900):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url + "/health", timeout=5).close()
                break
            time.sleep(0.1)
        yield url, log
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(timeout=300)


def _got(url: str, accept: str = "text/html, */*;q=0.5") -> str:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=300) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as problem:
        if problem.code not in (404, 410):
            raise
        return problem.read().decode("utf-8", "replace")


def _told(url: str, tool: str, given: dict[str, object]) -> str:
    """Return what a tool for assistants answers, its escapes undone."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": given}}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    asked = urllib.request.Request(f"{url}/mcp", json.dumps(message).encode(), headers)
    with urllib.request.urlopen(asked, timeout=300) as answer:
        return json.dumps(json.load(answer)["result"], ensure_ascii=False)


@pytest.mark.slow
def test_none_of_the_planted_persons_is_found_anywhere(swept: Swept) -> None:
    assert len(swept.tables) == sum(SHARES.values())
    assert {table.form for table in swept.tables} == set(FORMS)
    found = where(swept.secrets, swept.left)
    told = {secret: (name, line[:200]) for secret, (name, line) in list(found.items())[:20]}
    assert not found, f"{len(found)} of {len(swept.secrets)}: {told}"


@pytest.mark.slow
def test_no_clean_value_is_lost(swept: Swept) -> None:
    kept = set().union(*(table.kept for table in swept.tables))
    missing = sorted(value for value in kept if value not in swept.left["dump"])
    assert not missing, f"{len(missing)} of {len(kept)}: {missing[:20]}"


CHECKED = Settings(publish=PublishSettings(workers=1))


@pytest.mark.slow
@settings(max_examples=extent(14, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), form=st.sampled_from(sorted(FORMS)), style=st.sampled_from(STYLES), rows=st.integers(1, 4))
def test_findings_of_any_such_table_name_nobody(seed: int, form: str, style: str, rows: int,
                                                tmp_path_factory: pytest.TempPathFactory) -> None:
    table = made(form, 1, Random(seed), rows)
    file = table.write(tmp_path_factory.mktemp("made") / "inventory", style)
    found, notes = check([file], None, None, CHECKED, lambda stage, done: None)
    for name in REPORTS:
        assert not hidden(sorted(table.secrets), reports.write(name, found, "zh-Hant") + "\n".join(notes)), name


@given(seed=st.integers(0, 2**32), kind=st.sampled_from(("mail", "mobile", "number")))
def test_a_spelling_is_the_person(seed: int, kind: str) -> None:
    """The sweep can find what it looks for: each spelling holds its token once it is squeezed."""
    draw = Random(seed)
    person = Person.drawn(draw)
    assert hidden(person.tokens, person.spelled(kind, draw)) or kind == "name"
    assert person.name in squeezed(draw.choice(NAMED).format(person.name))
