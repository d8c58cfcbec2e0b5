"""The real files beside the checkout, published, and ten questions across them, checked by DuckDB on the files themselves."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.real_rows import FILES, SHARED, listed, published
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")
pytestmark = [pytest.mark.slow, pytest.mark.shared,
              pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not beside the checkout")]
DOCUMENT = (Path(__file__).parents[1] / "docs" / "questions-across-files.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```sparql\n(.*?)```", DOCUMENT, re.DOTALL)
CASES = Path(__file__).parent / "cases" / "across-files"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The service with all real files published."""
    folder = tmp_path_factory.mktemp("real")
    assert listed(folder).exit_code == 0
    for one in FILES:
        done = published(folder, one)
        assert (done.exit_code in (0, 1), "rows are published" in done.stdout) == (True, True), (one.path, done.output)
    app = create(Releases(Workspace(folder / "var")), Settings())
    yield app.test_client()
    app.extensions["odlinked.sparql"].close()


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize("number", range(1, 11))
def test_an_answer_across_files_is_what_another_tool_finds_in_them(client: FlaskClient, number: int) -> None:
    prefixes = re.search(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)
    assert prefixes
    answer = client.post("/sparql", data={"query": prefixes[1] + QUESTIONS[number - 1]}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    _, *found = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    base = duckdb.connect()
    base.execute((CASES / "views.sql").read_text(encoding="utf-8").replace("SHARED", str(SHARED)))
    base.execute((CASES / f"{number:02}.sql").read_text(encoding="utf-8"))
    expected = [tuple(map(str, line)) for line in base.fetchall()]
    assert expected
    assert [tuple(map(_comparable, line)) for line in found] == [tuple(map(_comparable, line)) for line in expected]


def _comparable(text: str) -> str:
    """Return a value as both tools tell it: numbers to eight digits, codes without the beginning of their address."""
    try:
        return f"{float(text):.8g}" if not re.fullmatch(r"[0-9]{5}", text) else text
    except ValueError:
        return text.rpartition("/")[2] if text.startswith("https://w3id.org/") else text
