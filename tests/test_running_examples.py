"""The examples for running the service: nginx in front of it under a path with TLS, and the systemd unit."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from builders.national_list import example_rows
from builders.servers import Running
from builders.site import publish
from click.testing import CliRunner

from odlinked.cli.verbs import main

EXAMPLES = Path(__file__).parents[1] / "examples" / "running"
PUBLIC = "https://data.example.tw/catalogue"


def test_the_unit_runs_a_verb_with_options_that_exist() -> None:
    unit = (EXAMPLES / "odlinked.service").read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert command
    _, verb, *options = shlex.split(command[1])
    usage = CliRunner().invoke(main, [verb, "--help"]).output
    assert all(option in usage for option in options if option.startswith("--"))


def test_the_container_runs_a_verb_with_options_that_exist() -> None:
    text = (EXAMPLES / "Containerfile").read_text(encoding="utf-8")
    command = re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)
    assert command
    _, verb, *options = json.loads(command[1])
    usage = CliRunner().invoke(main, [verb, "--help"]).output
    assert all(option in usage for option in options if option.startswith("--"))


class Proxied:
    """The example's nginx before a served workspace."""

    def __init__(self, folder: Path, backend: str, authority: trustme.CA) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        certificate = authority.issue_cert("data.example.tw")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
        text = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), ("http://127.0.0.1:8000", backend),
                         ("/etc/ssl/data.example.tw.pem", f"{folder}/both.pem"),
                         ("/etc/ssl/private/data.example.tw.key", f"{folder}/both.pem")):
            assert old in text
            text = text.replace(old, new)
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(f"{user} pid {folder}/pid; error_log {folder}/error.log; events {{}} "
                                           f"http {{ access_log off; {temporary} {text} }}")
        self.process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"])
        self.context = ssl.create_default_context()
        authority.configure_trust(self.context)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=300)
        connection = http.client.HTTPConnection("data.example.tw")
        connection.sock = self.context.wrap_socket(plain, server_hostname="data.example.tw")
        connection.request(method, path, body, {"Host": "data.example.tw", **headers})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer, data


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("proxied")
    publish(folder, example_rows())
    served = Running(folder / "var", f'public_url="{PUBLIC}", proxies=("127.0.0.1",)')
    one = Proxied(folder, served.url, trustme.CA())
    for _ in range(1_000):
        try:
            one.ask("GET", "/catalogue/health")
            break
        except OSError:
            time.sleep(0.1)
    yield one
    one.process.terminate()
    one.process.wait(20)
    served.end(signal.SIGTERM)


@pytest.mark.slow
def test_the_catalogue_is_right_behind_nginx(proxied: Proxied) -> None:
    answer, body = proxied.ask("GET", "/catalogue/", Accept="text/html")
    assert answer.status == 200
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', body.decode())
    assert links
    assert all(link.startswith("/catalogue/") or link == "/catalogue" for link in links)
    assert proxied.ask("GET", links[0])[0].status == 200
    assert proxied.ask("GET", "/catalogue?q=1")[0].getheader("Location") in (f"{PUBLIC}/?q=1", "/catalogue/?q=1")
    catalog = proxied.ask("GET", "/catalogue/catalog.ttl?size=3")[1].decode()
    assert f"<{PUBLIC}/catalog.ttl?page=2&size=3>" in catalog
    assert f"{PUBLIC}/sparql" in proxied.ask("GET", "/catalogue/sparql", Accept="text/turtle")[1].decode()


@pytest.mark.slow
def test_percent_encoded_paths_come_through_nginx_as_they_are(proxied: Proxied) -> None:
    for name in ("a/b 空%c", "%2F", "%252F", "a?b#c"):
        answer, body = proxied.ask("GET", f"/catalogue/id/dataset/{quote(name, safe='')}", Accept="application/json")
        assert (answer.status, json.loads(body)["instance"]) == (404, f"/id/dataset/{name}")
    answer, _ = proxied.ask("GET", "/catalogue/id/dataset/6075")
    assert (answer.status, answer.getheader("Location")) == (303, "/catalogue/dataset/6075")


@pytest.mark.slow
def test_queries_come_through_nginx(proxied: Proxied) -> None:
    for method, path, body, kind in (
        ("GET", "/catalogue/sparql?query=" + quote('ASK { FILTER("空&%" = "空&%") }'), None, ""),
        ("POST", "/catalogue/sparql", "query=" + quote("ASK {}") + "&x=" + "a" * 1_500_000, "application/x-www-form-urlencoded"),
    ):
        answer, data = proxied.ask(method, path, body, **({"Content-Type": kind} if kind else {}))
        assert (answer.status, json.loads(data)["boolean"]) == (200, True)
