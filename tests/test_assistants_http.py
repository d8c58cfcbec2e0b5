"""`/mcp` by the SDK's own client over real HTTP, and by hand: the service's rules hold for it as for everything."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import site
from builders.assistants import ERAS, process, talk
from builders.national_list import example_rows
from builders.servers import Running
from flask import Flask
from flask.testing import FlaskClient
from mcp.client.client import Client
from werkzeug.test import TestResponse

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import CatalogSettings, ServeSettings, Settings
from odlinked.web.app import create
from odlinked.web.assistants.route import MOST
from odlinked.web.assistants.toolbox import TOOLS

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def post(client: FlaskClient, message: object = PING, **headers: str) -> TestResponse:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return client.post("/mcp", data=body, headers={**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}})


def tool(client: FlaskClient, name: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments}
    answer = post(client, {"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": params}, Accept_Language="en")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()["result"]
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """The service as it is run, over two datasets."""
    folder = tmp_path_factory.mktemp("running")
    site.publish(folder, example_rows()[:2])
    one = Running(folder / "var")
    yield one, folder
    one.kill()


async def session(client: Client) -> tuple[list[str], Any, Any]:
    """List the tools, make a call that is answered and one that is refused."""
    tools = (await client.list_tools()).tools
    assert all(one.annotations and one.annotations.read_only_hint and not one.annotations.open_world_hint for one in tools)
    return ([one.name for one in tools], await client.call_tool("about", {"lang": "en"}),
            await client.call_tool("record", {"id": "none at all", "lang": "en"}))


def held(told: tuple[list[str], Any, Any]) -> None:
    names, answered, refused = told
    assert names == list(TOOLS)
    assert not answered.is_error
    assert answered.structured_content == json.loads(answered.content[0].text)
    assert answered.structured_content["answer"]["counts"]["dataset"] == 2
    assert refused.is_error
    assert "Next: look for it with search" in refused.content[0].text


@pytest.mark.parametrize("era", ERAS)
def test_the_sdks_client_over_http(running: tuple[Running, Path], era: str) -> None:
    held(talk(running[0].url + "/mcp", session, era))


@pytest.mark.parametrize("era", ERAS)
def test_the_sdks_client_over_stdio(running: tuple[Running, Path], era: str) -> None:
    held(talk(process(running[1] / "var"), session, era))


def test_a_release_published_meanwhile_is_read_by_the_next_call(tmp_path: Path) -> None:
    site.publish(tmp_path, example_rows()[:2])

    async def twice(client: Client) -> tuple[Any, Any]:
        before = await client.call_tool("about", {})
        await asyncio.to_thread(site.publish, tmp_path, example_rows()[:3], "later.csv")
        return before.structured_content, (await client.call_tool("about", {})).structured_content

    service = Running(tmp_path / "var")
    try:
        before, after = talk(service.url + "/mcp", twice)
    finally:
        service.kill()
    assert (before["release"]["name"], before["answer"]["counts"]["dataset"]) == ("000001", 2)
    assert (after["release"]["name"], after["answer"]["counts"]["dataset"]) == ("000002", 3)


def test_calls_at_the_same_time_each_get_their_own_answer(running: tuple[Running, Path]) -> None:
    async def many(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.call_tool("sparql", {"query": f"SELECT ({n} AS ?n) {{}}"}) for n in range(24)))

    for target in (running[0].url + "/mcp", process(running[1] / "var")):
        assert [one.structured_content["answer"]["rows"][0]["n"] for one in talk(target, many)] == list(range(24))


@pytest.mark.parametrize(("host", "status"), [
    ("localhost", 200), ("127.0.0.1:8340", 200), ("[::1]:80", 200), ("data.example.tw", 200), ("DATA.example.tw:443", 200),
    ("evil.example", 421), ("localhost.evil.example", 421), ("data.example.tw.evil.example", 421), ("10.0.0.1:8000", 421),
])
def test_a_request_must_name_a_host_of_ours(client: FlaskClient, host: str, status: int) -> None:
    answer = post(client, Host=host, Accept_Language="en")
    assert answer.status_code == status
    if status == 421:
        assert answer.mimetype == "application/problem+json"
        assert "serve.hosts" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(("origin", "status"), [
    ("https://data.example.tw", 200), ("http://localhost:5173", 200), ("https://evil.example", 403), ("null", 403),
    ("https://data.example.tw.evil.example", 403),
])
def test_a_page_of_another_origin_is_not_let_in(client: FlaskClient, origin: str, status: int) -> None:
    assert post(client, Origin=origin).status_code == status


@pytest.mark.parametrize("era", ERAS)
def test_the_check_of_hosts_holds_for_every_version(client: FlaskClient, era: str) -> None:
    assert post(client, Host="evil.example", MCP_Protocol_Version=era).status_code == 421


def test_the_settings_and_a_proxy_of_ours_name_hosts(releases: Releases) -> None:
    serve = ServeSettings(hosts=("open.example.tw",), public_url="https://face.example.tw/od", proxies=("127.0.0.1",))
    app = create(releases, Settings(catalog=CatalogSettings(base=site.BASE), serve=serve))
    client = app.test_client()
    for host in ("open.example.tw", "open.example.tw:8443", "face.example.tw"):
        assert post(client, Host=host).status_code == 200
    assert post(client, Host="backend:8000").status_code == 421
    assert post(client, Host="backend:8000", X_Forwarded_Host="open.example.tw").status_code == 200
    assert post(client, Host="localhost", X_Forwarded_Host="evil.example").status_code == 421
    app.extensions["odlinked.sparql"].close()


def test_only_messages_are_taken(client: FlaskClient) -> None:
    for method in ("GET", "HEAD", "DELETE", "PUT"):
        answer = client.open("/mcp", method=method, headers=JSON)
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]
    assert client.options("/mcp").headers["Allow"] == "POST, OPTIONS"
    assert post(client, Content_Type="text/plain").status_code == 415
    assert post(client, b"{").status_code == 400
    assert post(client, []).status_code == 400
    assert post(client, b"x" * (MOST + 1)).status_code == 413
    assert post(client, Accept="text/html").status_code == 406
    assert post(client, {"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    listening = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen"}
    assert post(client, listening, MCP_Protocol_Version=ERAS[1]).status_code in (400, 404)


CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":'


@pytest.mark.parametrize("body", [
    CALL + b'{"name":"search","arguments":{"q":"\\ud800"}}}', CALL + b'{"name":"\\ud800"}}',
    CALL + b'{"name":"about","arguments":{"\\udc00":1}}}', b"[" * 50_000, b'{"a":' * 50_000, b"\xff\xfe", b"\xef\xbb\xbf{}",
    b"1e999", b"", b"null", b'{"jsonrpc":"2.0","id":1e400,"method":"ping"}', b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
])
@pytest.mark.parametrize("era", ["", *ERAS])
def test_no_message_breaks_it(client: FlaskClient, body: bytes, era: str) -> None:
    answer = post(client, body, **({"MCP_Protocol_Version": era} if era else {}))
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert post(client).get_json() == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_a_message_has_so_long_to_come_in(tmp_path: Path) -> None:
    site.publish(tmp_path, example_rows()[:2])
    service = Running(tmp_path / "var", "body_seconds=0.5")
    try:
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 60) as held_open:
            held_open.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                              b"Accept: application/json\r\nContent-Length: 100\r\n\r\n{")
            assert b" 408 " in held_open.recv(100)
    finally:
        service.kill()


def test_a_query_lives_within_the_limits_of_the_cage(releases: Releases) -> None:
    app: Flask = create(releases, Settings(catalog=CatalogSettings(base=site.BASE), serve=ServeSettings(query_seconds=1)))
    told = tool(app.test_client(), "sparql", query="SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
    assert told["isError"]
    assert "Next: mend the query or ask for less" in told["content"][0]["text"]
    assert tool(app.test_client(), "sparql", query="ASK {}")["structuredContent"]["answer"] == {"boolean": True}
    app.extensions["odlinked.sparql"].close()


def test_the_answer_is_no_page_and_is_not_kept(client: FlaskClient) -> None:
    answer = post(client)
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Mcp-Session-Id" not in answer.headers
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.slow
def test_the_inspector_lists_and_calls_the_tools(running: tuple[Running, Path]) -> None:
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not installed, so the inspector cannot be had")
    service, folder = running
    local = process(folder / "var")
    # Over standard streams it lists, over HTTP it calls: each start of it takes seconds.
    listing = [local.command, *local.args, "--method", "tools/list"]
    calling = [service.url + "/mcp", "--transport", "http", "--method", "tools/call", "--tool-name", "search",
               "--tool-arg", "q=空氣", "--tool-arg", "lang=en"]
    listed, called = (subprocess.run([npx, "--yes", "@modelcontextprotocol/inspector", "--cli", *asked], capture_output=True,
                                     text=True, timeout=300, check=False, cwd=folder) for asked in (listing, calling))
    assert (listed.returncode, called.returncode) == (0, 0), listed.stderr + called.stderr
    assert [one["name"] for one in json.loads(listed.stdout)["tools"]] == list(TOOLS)
    assert json.loads(called.stdout)["structuredContent"]["completeness"]["text"]


def test_nothing_is_asked_of_a_workspace_that_is_none(tmp_path: Path) -> None:
    Workspace(tmp_path / "var")

    async def first(client: Client) -> Any:
        return await client.call_tool("about", {"lang": "en"})

    told = talk(process(tmp_path / "var"), first)
    assert told.is_error
    assert "nothing published yet" in told.content[0].text
