"""The description of the API: valid OpenAPI 3.1, complete, in two languages, and true of the served service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.extent import IS_WHOLE
from builders.national_list import row, write
from builders.servers import Running
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.errors import AssetError
from odlinked.publishing.publish import Publisher
from odlinked.settings import AssetSettings, ServeSettings, Settings
from odlinked.web.app import create

CHECKS = """
[checks]
negative_data_rejection.expected-statuses = [400, 404, 405, 406, 414, 415]

# Whether a text is SPARQL or bytes are a table, no schema can say; nor that one of two parameters must be there, nor what a
# question must be given whose name is a part of the path.

[[operations]]
include-path = "/sparql"
checks.positive_data_acceptance.enabled = false

# What JSON-RPC refuses is refused in an answer of status 200.

[[operations]]
include-path = "/mcp"
checks.negative_data_rejection.enabled = false

[[operations]]
include-path = "/validate"
checks.positive_data_acceptance.enabled = false
checks.negative_data_rejection.expected-statuses = [400, 404, 405, 406, 413, 414, 415, 422]

[[operations]]
include-path = "/graph-store"
checks.positive_data_acceptance.enabled = false

# Whether a text is a batch of queries, and an address one of a code here, no schema can say.

[[operations]]
include-path-regex = "^/reconcile"
checks.positive_data_acceptance.enabled = false
checks.negative_data_rejection.enabled = false

# The values that the feed takes as a profile or a time are told by an unknown one's answer.

[[operations]]
include-path-regex = "^/catalog"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-path = "/query/{name}.{suffix}"
checks.positive_data_acceptance.enabled = false
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    Publisher(Workspace(folder / "var"), Settings()).publish([write(folder / "list.csv", *map(row, range(1, 4)))], "national")
    return folder / "var"


@pytest.fixture(scope="module")
def app(workspace: Path) -> Iterator[Flask]:
    made = create(Releases(Workspace(workspace)), Settings(serve=ServeSettings(proxies=("127.0.0.1",))))
    yield made
    made.extensions["odlinked.sparql"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_it_is_valid_and_says_everything_in_one_language(client: FlaskClient, language: str) -> None:
    found = client.get(f"/openapi.json?lang={language}")
    assert (found.mimetype, found.headers["Content-Language"]) == ("application/json", language)
    document = found.get_json()
    validate(document)
    for path, operations in document["paths"].items():
        for one in operations.values():
            texts = [one["summary"], *(given["description"] for given in one["parameters"])]
            assert all(texts), path
            if language == "en":
                assert not re.search("[\u4e00-\u9fff]", one["summary"].replace("統一編號", "")), path


def test_every_stored_question_is_an_operation(app: Flask, client: FlaskClient) -> None:
    paths = client.get("/openapi.json?lang=en").get_json()["paths"]
    for name, question in app.extensions["odlinked.questions"].questions.items():
        one = paths[f"/query/{name}"]["get"]
        given = {parameter["name"]: parameter for parameter in one["parameters"]}
        assert set(question.query.takes) | {"limit", "offset", "format", "lang"} == set(given)
        assert given["limit"]["schema"]["maximum"] == question.query.rows
        for parameter in question.query.takes.values():
            assert given[parameter.name]["required"] == parameter.required
    state = next(one for one in paths["/query/datasets"]["get"]["parameters"] if one["name"] == "state")
    assert state["schema"]["enum"] == ["open", "planned", "on-request", "withheld", ""]


def test_the_address_of_the_service_is_the_one_it_is_reached_by(workspace: Path) -> None:
    app = create(Releases(Workspace(workspace)), Settings(serve=ServeSettings(public_url="https://data.example.tw/od")))
    assert app.test_client().get("/openapi.json").get_json()["servers"] == [{"url": "https://data.example.tw/od"}]
    app.extensions["odlinked.sparql"].close()


def test_the_page_shows_every_operation(client: FlaskClient) -> None:
    document = client.get("/openapi.json?lang=zh-Hant").get_json()
    page = client.get("/api?lang=zh-Hant", headers={"Accept": "text/html"}).text
    assert all(f"{method.upper()} {path}</code>" in page for path, one in document["paths"].items() for method in one)
    assert "<script" not in page
    regions = re.findall(r'role="region" aria-label="([^"]*)"', page)
    assert len(regions) == len(set(regions)), "two landmarks of one name are not told apart"


def test_nothing_published_is_described_too(tmp_path: Path) -> None:
    client = create(Releases(Workspace(tmp_path / "var")), Settings()).test_client()
    validate(client.get("/openapi.json").get_json())
    assert client.get("/api", headers={"Accept": "text/html"}).status_code == 200


def test_a_route_without_words_is_an_error(tmp_path: Path) -> None:
    words = tmp_path / "own" / "ontologies" / "words" / "api.toml"
    words.parent.mkdir(parents=True)
    text = Assets().text("ontologies/words/api.toml")
    words.write_text(text.replace('[paths."/health"]', '[paths."/healthy"]'), encoding="utf-8")
    settings = Settings(assets=AssetSettings(overlays=(str(tmp_path / "own"),)))
    app = create(Releases(Workspace(tmp_path / "var")), settings, Assets(settings.overlays))
    app.testing = True
    from odlinked.web.pages.openapi import Describer

    desk = app.extensions["odlinked.questions"]
    with app.test_request_context(), pytest.raises(AssetError, match="/health"):
        Describer(app, desk.site, desk, "en").document("/")


def repeating(paths: dict[str, Any]) -> list[str]:
    """Return the stored questions, all of which one handler answers, that take nothing which no other takes: of each parameter
    the first question with it is left out of the list, and so are the first two of all."""
    known, found = set[str](), []
    for place, path in enumerate(sorted(path for path in paths if re.fullmatch("/query/[a-z0-9-]+", path))):
        taken = {json.dumps([given["name"], given.get("required"), given["schema"].get("type")])
                 for given in paths[path]["get"]["parameters"]}
        if place > 1 and taken <= known:
            found.append(path)
        known |= taken
    return found


@pytest.mark.slow
def test_the_served_service_does_what_is_described(workspace: Path, tmp_path: Path, client: FlaskClient) -> None:
    left_out = [] if IS_WHOLE else repeating(client.get("/openapi.json").get_json()["paths"])
    excluded = ["--exclude-path-regex", f"^({'|'.join(map(re.escape, left_out))})$"] if left_out else []
    (tmp_path / "schemathesis.toml").write_text(CHECKS, encoding="utf-8")
    running = Running(workspace)
    # The access log must be read, or the server waits for its reader.
    threading.Thread(target=running.process.stdout.read, daemon=True).start()  # type: ignore[union-attr]
    try:
        # One worker: in Python 3.11 two threads that parse code at once can end in a SystemError.
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", running.url + "/openapi.json",
             *excluded, "--max-examples", "3",
             "--workers", "1", "--phases", "examples,coverage,fuzzing", "--seed", "11", "--no-color"],
            cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False)
    finally:
        running.kill()
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
