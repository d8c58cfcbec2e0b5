"""`odlinked check`, whole: a published list whose links lead to a hostile server, and what is said of each of them."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.hostile_server import HostileServer
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import ANSWER, Observation
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.visits.targets import targets

EU = "http://publications.europa.eu/resource/authority/file-type/"
KEY = "0123456789abcdef0123456789abcdef"
FILES = {
    1: ("/fine.csv", "CSV", "UTF-8"), 2: ("/big5-as-utf8", "CSV", "UTF-8"), 3: ("/bom-keys.json", "JSON", "UTF-8"),
    4: ("/login", "CSV", "UTF-8"), 5: ("/404", "CSV", "UTF-8"), 6: ("/drip-body", "CSV", "UTF-8"),
    7: ("/to-metadata", "CSV", "UTF-8"), 8: (f"/to-fine?api_key={KEY}", "CSV", "UTF-8"), 9: ("/waf-403", "CSV", "UTF-8"),
    10: ("/endless", "CSV", "UTF-8"),
    11: ("/empty", "CSV", "UTF-8"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    running = HostileServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def catalogue(server: HostileServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a settings file and a workspace in which the list of links is published."""
    folder = tmp_path_factory.mktemp("catalogue")
    rows = [row(number, **{"檔案格式": kind, "編碼格式": encoding, "資料下載網址": server.url(path), "資料量": "1",
                           "主要欄位說明": "測站;縣市;數值"})
            for number, (path, kind, encoding) in FILES.items()]
    Publisher(Workspace(folder / "var"), Settings()).publish([write(folder / "list.csv", *rows)], "national")
    (folder / "odlinked.toml").write_text(
        f'[check]\ncontact = "https://check.example/"\ntest_hosts = ["127.0.0.1:{server.port}"]\ndelay_seconds = 0\n'
        'per_host = 4\ntimeout_seconds = 1.5\nvisit_seconds = 3\nmax_bytes = 300000\n', encoding="utf-8")
    return folder


def _check(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "odlinked", "check", "--workspace", "var", *options], cwd=folder, check=False,
                          capture_output=True, text=True, timeout=300)


def _observed(folder: Path) -> dict[int, Observation]:
    notebook = Notebook(folder / "var" / "evidence.sqlite", read_only=True)
    workspace = Workspace(folder / "var")
    facts = notebook.facts(target.distribution for target in targets(workspace, Settings()))
    notebook.close()
    return {int(iri.partition("/id/dataset/")[2].partition("#")[0]): one for iri, one in facts.items()}


def test_every_link_of_a_catalogue_is_told(catalogue: Path, server: HostileServer) -> None:
    told = _check(catalogue, "--lang", "en", "--output", "links.csv")
    assert (told.returncode, told.stderr) == (1, "")
    rows = list(csv.DictReader((catalogue / "links.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert sorted((row["answer"], row["HTTP status"]) for row in rows) == [
        ("empty", "200"), ("login page", "200"), ("not found", "404"), ("private address", ""), ("stopped by a firewall", "403"),
        ("timed out", "200")]
    assert all(row["dataset"].startswith("http://localhost:8000/id/dataset/") for row in rows)
    found = _observed(catalogue)
    assert {number: one.answer.removeprefix(ANSWER) for number, one in found.items()} == {
        1: "answered", 2: "answered", 3: "answered", 4: "answered", 5: "not-found", 6: "timeout", 7: "private-address",
        8: "answered", 9: "firewall", 10: "answered", 11: "answered"}
    assert {number: (one.content.delivery or "").rpartition("/")[2] for number, one in found.items() if one.content.delivery} == {
        1: "direct", 2: "direct", 3: "direct", 4: "login", 8: "direct", 10: "direct", 11: "empty"}
    assert {number: (one.content.encoding or "").rpartition("/")[2] for number, one in found.items() if number < 4} == {
        1: "utf-8", 2: "big5", 3: "utf-8"}
    assert (found[1].content.format, found[3].content.format) == (EU + "CSV", EU + "JSON")
    assert set(found[1].content.fields or ()) == {"測站", "縣市", "數值"}
    assert found[1].content.missing_fields == ()
    assert set(found[3].content.fields or ()) == {"測站", "數值"}, "a byte order mark is no part of a key"
    assert found[3].content.missing_fields == ("縣市",)
    assert (found[10].content.complete, found[10].content.byte_size) == (False, 300_000)
    assert found[10].content.record_count is None
    assert f"/to-fine?api_key={KEY}" in server.paths, "the address is visited as the agency gave it"
    assert "SECRET" not in repr(found)
    assert KEY not in repr(found)
    assert "stopped by a firewall" in told.stdout
    assert "2  answered, but not with the data" in told.stdout
    assert "5  obtainable" in told.stdout, "a login page and an empty answer are no data"
    assert "127.0.0.1  3 of 11" in told.stdout


def test_what_is_seen_once_is_not_asked_again_before_its_time(catalogue: Path, server: HostileServer) -> None:
    asked = len(server.paths)
    told = _check(catalogue, "--older-than", "1")
    assert "本次檢視 0 個連結，略過 11 個。" in told.stdout
    assert len(server.paths) == asked


def test_given_files_instead_of_visits(catalogue: Path, server: HostileServer, tmp_path: Path) -> None:
    (tmp_path / "fine.csv").write_text("測站,縣市\n甲,乙\n", encoding="utf-8")
    asked = len(server.paths)
    told = _check(catalogue, "--files", str(tmp_path), "--lang", "en")
    assert (told.returncode, len(server.paths)) == (0, asked)
    assert "10 have no file in the folder" in told.stdout
    found = _observed(catalogue)
    assert (found[1].answer, found[1].content.missing_fields) == (ANSWER + "given-file", ("數值",))
    assert found[5].answer == ANSWER + "not-found", "what was seen of the others stays"


def test_personal_data_are_told_first_and_no_value_of_theirs_anywhere(catalogue: Path, tmp_path: Path) -> None:
    rows = "姓名,身分證字號,手機\n王小明,A123456789,0912345678\n李大華,F131104093,\n"
    (tmp_path / "fine.csv").write_text(rows, encoding="utf-8")
    told = _check(catalogue, "--files", str(tmp_path), "--lang", "en", "--output", "persons.csv")
    first, second, *_ = told.stdout.splitlines()
    assert (told.returncode, told.stderr) == (1, "")
    assert first.startswith("★ 1 data files hold personal data.")
    assert second.endswith("姓名 (names of persons: 2 of 2 values), 身分證字號 (identity numbers: 2 of 2 values), "
                           "手機 (mobile numbers: 1 of 1 values)")
    listed = list(csv.DictReader((catalogue / "persons.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert listed[0]["obtainable"] == "personal data"
    assert listed[0]["answer"] == "names of persons, identity numbers, mobile numbers"
    kept = (catalogue / "var" / "evidence.sqlite").read_bytes() + repr(_observed(catalogue)).encode()
    for value in ("王小明", "A123456789", "0912345678", "F131104093"):
        assert value not in told.stdout
        assert value.encode() not in kept


def test_a_heading_without_records_is_no_data(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "fine.csv").write_text("測站,縣市,數值\n", encoding="utf-8")
    told = _check(catalogue, "--files", str(tmp_path), "--lang", "en")
    assert told.returncode == 1
    assert "1  no records (0)" in told.stdout
    seen = _observed(catalogue)[1].content
    assert (seen.record_count, (seen.delivery or "").rpartition("/")[2]) == (0, "no-records")


def test_a_check_without_a_catalogue_could_not_run(tmp_path: Path) -> None:
    told = _check(tmp_path)
    assert told.returncode == 2
    assert "nothing is published yet" in told.stderr
    assert not (tmp_path / "var" / "evidence.sqlite").exists()


@pytest.mark.parametrize(("line", "told"), [("workers = 0", "check.workers"), ("delay_seconds = -1", "check.delay_seconds"),
                                            ('ca_file = "missing.pem"', "check.ca_file"), ("robotz = true", "check.robots")])
def test_settings_that_cannot_work_are_told(catalogue: Path, tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "odd.toml").write_text(f"[check]\n{line}\n", encoding="utf-8")
    done = _check(catalogue, "--config", str(tmp_path / "odd.toml"), "--host", "nobody.example")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
