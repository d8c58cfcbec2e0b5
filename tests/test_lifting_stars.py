"""The stars of lifted rows: counted from what was written, asked of the catalogue's own service and of no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from odlinked.cli.verbs import main

BASE = "https://data.example.tw"
COUNTY = "https://w3id.org/odlinked/code/county"
ROWS = "siteid,county,aqi\n1,台北市,20\n2,新北市,30\n3,臺北市,40\n"


class _Answering(ThreadingHTTPServer):
    """A server that gives one answer to everything and remembers what it was asked."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def serving(request: pytest.FixtureRequest) -> Iterator[_Answering]:
    server = _Answering(*request.param)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _measured(folder: Path, service: str, rows: str = ROWS) -> dict[str, Any]:
    (folder / "air.csv").write_text(rows, encoding="utf-8")
    (folder / "odlinked.toml").write_text(f'[catalog]\nbase = "{BASE}"\n[serve]\npublic_url = "{service}"\n', encoding="utf-8")
    config = ["--config", str(folder / "odlinked.toml"), "--lang", "en"]
    assert CliRunner().invoke(main, ["lift", "--describe", str(folder / "air.csv"), *config]).exit_code == 0
    done = CliRunner().invoke(main, ["lift", str(folder / "air.csv"), "--stars", str(folder / "stars.json"), *config])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads((folder / "stars.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("serving", "answer"), [
    ((200, {"Content-Type": "text/turtle; charset=utf-8"}), "works"), ((404, {}), "fails"), ((410, {}), "fails"),
    ((200, {"Content-Type": "text/html"}), "fails"), ((303, {"Location": "https://elsewhere.example/x"}), "fails"),
    ((303, {"Location": "/again"}), "fails")], indirect=["serving"])
def test_subjects_are_asked_of_the_own_service(tmp_path: Path, serving: _Answering, answer: str) -> None:
    found = _measured(tmp_path, serving.url)
    assert (found["fourth"]["answer"], found["fourth"]["of"]) == (answer, 3)
    assert found["fourth"]["found"] == (3 if answer == "works" else 0)
    assert {path for path in serving.asked if path != "/again"} == {f"/data/air/{number}" for number in (1, 2, 3)}


def test_a_service_that_does_not_answer_is_no_failure_of_the_data(tmp_path: Path) -> None:
    found = _measured(tmp_path, "http://127.0.0.1:9")
    assert found["fourth"]["answer"] == "not-established"
    assert {one["status"] for one in found["fourth"]["evidence"]} == {0}


@pytest.mark.parametrize("serving", [(200, {"Content-Type": "text/turtle"})], indirect=True)
def test_addresses_of_others_are_never_asked(tmp_path: Path, serving: _Answering) -> None:
    rows = "siteid,link\n" + "".join(f"{number},{serving.url}/trap/{number}\n" for number in range(1, 6))
    found = _measured(tmp_path, "http://127.0.0.1:9", rows)
    assert serving.asked == []
    assert found["fifth"]["evidence"] == [{"target": serving.url + "/", "links": 5, "targets": 5, "known": 0}]
    assert found["fifth"]["answer"] == "not-established", "nobody looked whether they are there"


def test_links_are_counted_by_what_they_lead_to(tmp_path: Path) -> None:
    found = _measured(tmp_path, "http://127.0.0.1:9")
    assert found["fifth"] == {"answer": "works", "links": 3, "evidence": [
        {"target": COUNTY, "links": 3, "targets": 2, "known": 2}]}
    without = _measured(tmp_path, "http://127.0.0.1:9", "siteid,aqi\n1,20\n2,30\n")
    assert (without["fifth"]["answer"], without["fifth"]["links"]) == ("fails", 0)
