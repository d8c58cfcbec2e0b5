"""`/validate`: the same report as `odlinked validate`, in a process of its own, for people without script and for programs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import openpyxl
import pytest
import xlwt
from builders.national_list import HEADER, row
from builders.planted import made
from builders.servers import Running
from flask.testing import FlaskClient
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P
from werkzeug.test import TestResponse

from odlinked import api
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.quality import reports
from odlinked.settings import ServeSettings, Settings
from odlinked.web.app import create
from odlinked.web.pages.validate import REPORTS, XLSX

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FAULTY = (row(1), row(2, 更新頻率="每一千年"), row(3, 資料下載網址="ftp//x"))


def workbook(*rows: list[str]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (list(HEADER), *rows):
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def web() -> FlaskClient:
    """A service of which nothing is published: a file can be checked all the same."""
    return served(ServeSettings(upload_mb=1))


def served(serve: ServeSettings) -> FlaskClient:
    app = create(Releases(Workspace(Path("/nowhere"))), Settings(serve=serve))
    return app.test_client()


def drop(web: FlaskClient, content: bytes, name: str = "盤點表.xlsx", query: str = "", **headers: str) -> TestResponse:
    return web.post(f"/validate{query}", data={"file": (io.BytesIO(content), name)}, headers=headers or BROWSER)


def said(file: Path, style: str = "json", language: str = "zh-Hant") -> str:
    """What the command line says of a file, in its folder."""
    with contextlib.chdir(file.parent):
        return reports.write(style, api.validate([file.name]).report, language)


def test_the_page_is_a_form_that_works_without_script(web: FlaskClient) -> None:
    for language, word in (("zh-Hant", "檢查您的檔案"), ("en", "Check your file")):
        page = web.get(f"/validate?lang={language}", headers=BROWSER)
        assert (page.status_code, page.headers["Content-Language"]) == (200, language)
        assert word in page.text
        assert 'enctype="multipart/form-data"' in page.text
        assert "<script" not in page.text


@pytest.mark.parametrize("style", ["json", "sarif", "csv"])
def test_programs_get_the_report_of_the_command_line(web: FlaskClient, tmp_path: Path, style: str) -> None:
    file = tmp_path / "盤點表.xlsx"
    file.write_bytes(workbook(*FAULTY))
    got = drop(web, file.read_bytes(), query=f"?format={style}&lang=en")
    assert got.status_code == 200
    assert got.headers["Content-Type"] == REPORTS[style][1]
    assert got.headers["Cache-Control"] == "no-store"
    assert got.get_data() == said(file, style, "en").encode()


def test_the_accept_header_chooses_as_well(web: FlaskClient) -> None:
    content = workbook(*FAULTY)
    assert drop(web, content, Accept="application/sarif+json").mimetype == "application/sarif+json"
    assert drop(web, content, Accept="*/*").mimetype == "application/json"
    assert drop(web, content, Accept="image/png").status_code == 406
    assert drop(web, content, query="?format=pdf").status_code == 400


def test_a_file_can_be_the_body_itself(web: FlaskClient) -> None:
    got = web.post("/validate?format=json", data=workbook(*FAULTY), content_type=XLSX)
    assert got.get_json()["summary"]["violations"] >= 2
    text = "@prefix dcat: <http://www.w3.org/ns/dcat#> . <https://a.example/1> a dcat:Dataset ."
    graph = web.post("/validate?format=json", data=text.encode(), content_type="text/turtle")
    assert any("title" in one["heading"] for one in graph.get_json()["findings"])


def test_a_person_sees_the_cells_in_chinese_with_english_beside(web: FlaskClient) -> None:
    page = drop(web, workbook(*FAULTY), query="?lang=zh-Hant").text
    report = drop(web, workbook(*FAULTY), query="?format=json").get_json()["findings"]
    english = drop(web, workbook(*FAULTY), query="?format=json&lang=en").get_json()["findings"]
    assert report
    for here, there in zip(report, english, strict=True):
        assert f"<strong>{here['column']}{here['row']}</strong>" in page
        assert here["rule"] in page
        assert there["message"].split('"')[0][:20] in page.replace("&#39;", "'")
    assert "每一千年" in page


def test_the_marked_workbook_is_in_the_page_and_mended_it_is_clean(web: FlaskClient) -> None:
    page = drop(web, workbook(*FAULTY)).text
    link = re.search(rf'href="data:{re.escape(XLSX)};base64,([^"]+)" download="([^"]+)"', page)
    assert link
    assert link[2] == "盤點表-marked.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(b64decode(link[1])))
    sheet = book.worksheets[0]
    marked = {cell.coordinate for line in sheet.iter_rows() for cell in line if cell.comment}
    assert marked >= {"M3", "G4"}
    sheet["M3"], sheet["G4"] = row(2)[12], row(3)[6]
    out = io.BytesIO()
    book.save(out)
    again = drop(web, out.getvalue(), query="?format=json").get_json()
    assert again["summary"]["violations"] == 0
    assert drop(web, workbook(*FAULTY), query="?format=xlsx").headers["Content-Type"] == XLSX


def test_what_is_certain_is_mended_in_a_second_workbook(web: FlaskClient) -> None:
    """Its old text stays in the comment, what else is faulty is marked, and dropped again only that is left."""
    page = drop(web, workbook(row(1, 檔案格式="CVS;JSON"), row(2, 更新頻率="每一千年"))).text
    link = re.search(rf'href="data:{re.escape(XLSX)};base64,([^"]+)" download="盤點表-mended.xlsx">([^<]+)', page)
    assert link
    assert "1 格" in link[2]
    sheet = openpyxl.load_workbook(io.BytesIO(b64decode(link[1]))).worksheets[0]
    assert sheet["F2"].value == "CSV;JSON"
    assert "CVS" in sheet["F2"].comment.text
    assert "M3" in {cell.coordinate for line in sheet.iter_rows() for cell in line if cell.comment}
    left = drop(web, b64decode(link[1]), query="?format=json").get_json()["findings"]
    assert [one["column"] + str(one["row"]) for one in left if one["severity"] == "Violation"] == ["M3"]
    assert "mended.xlsx" not in drop(web, workbook(row(1), row(2, 更新頻率="每一千年"))).text


def other(kind: str, *rows: list[str]) -> bytes:
    """Return the table as a file of another kind."""
    out = io.BytesIO()
    table = [list(HEADER), *rows]
    if kind == "json":
        return json.dumps([dict(zip(HEADER, line, strict=True)) for line in rows], ensure_ascii=False, indent=1).encode()
    if kind == "xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("清單")
        for number, line in enumerate(table):
            for column, text in enumerate(line):
                sheet.write(number, column, text)
        book.save(out)
    else:
        document = OpenDocumentSpreadsheet()
        made = Table(name="清單")
        made.addElement(TableColumn(numbercolumnsrepeated=len(HEADER)))
        for line in table:
            written = TableRow()
            for text in line:
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=text))
                written.addElement(cell)
            made.addElement(written)
        document.spreadsheet.addElement(made)
        document.write(out)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "given_back", "words"), [
    ("ods", "ods", ("1 格", "檔案格式不變")), ("xls", "xlsx", ("1 格", "其他要改的地方照樣標示")),
    ("json", "json", ("1 個值", "檔案其他部分一字不動"))])
def test_other_kinds_are_mended_as_the_command_line_does_and_marked_where_they_have_cells(
        web: FlaskClient, kind: str, given_back: str, words: tuple[str, str]) -> None:
    page = drop(web, other(kind, row(1, 檔案格式="CVS;JSON"), row(2, 更新頻率="每一千年")), f"盤點表.{kind}").text
    link = re.search(rf'href="data:[^;]+;base64,([^"]+)" download="盤點表-mended.{given_back}">([^<]+)', page)
    assert link
    assert words[0] in link[2]
    assert words[1] in page
    left = drop(web, b64decode(link[1]), f"改過.{given_back}", "?format=json").get_json()["findings"]
    assert [one["row"] for one in left if one["severity"] == "Violation"] == [2 if kind == "json" else 3]
    marked = re.search(rf'href="data:{re.escape(XLSX)};base64,([^"]+)" download="盤點表-marked.xlsx"', page)
    if kind == "json":
        assert marked is None
        assert "JSON 檔沒有可標註的儲存格" in page
        assert "--format" not in page
        refused = drop(web, other(kind, *FAULTY), "盤點表.json", "?format=xlsx")
        assert refused.status_code == 422
        assert "--format" not in refused.text
        return
    assert marked
    sheet = openpyxl.load_workbook(io.BytesIO(b64decode(marked[1]))).worksheets[0]
    assert {"F2", "M3"} <= {cell.coordinate for line in sheet.iter_rows() for cell in line if cell.comment}
    assert drop(web, other(kind, *FAULTY), f"盤點表.{kind}", "?format=xlsx").headers["Content-Type"] == XLSX


@pytest.mark.parametrize("kind", ["ods", "xls", "json"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_of_another_kind_that_was_cut_is_told_in_one_line(web: FlaskClient, kind: str, share: float) -> None:
    whole = other(kind, *FAULTY)
    got = drop(web, whole[:int(len(whole) * share)], f"盤點表.{kind}")
    assert got.status_code in (200, 422)
    assert "Traceback" not in got.text


def test_a_pasted_table_is_read_too(web: FlaskClient) -> None:
    text = "\r\n".join("\t".join(line) for line in (list(HEADER), *FAULTY))
    got = web.post("/validate?format=json", data={"table": text})
    assert {one["row"] for one in got.get_json()["findings"]} >= {3, 4}


def test_what_is_no_table_is_told_in_both_languages(web: FlaskClient) -> None:
    for language, word in (("zh-Hant", "這個檔案無法檢查"), ("en", "This file cannot be checked")):
        got = drop(web, b"%PDF-1.7 nothing", "盤點表.pdf", f"?lang={language}")
        assert got.status_code == 422
        assert word in got.text
    assert drop(web, b"").status_code == 400
    assert web.post("/validate", headers=BROWSER).status_code == 415


@pytest.mark.parametrize(("content", "name", "told"), [
    (b"%PDF-1.7 nothing", "a.xlsx", "這是PDF 文件，不是可以讀取的表格"),
    (b"<html><body>404</body></html>", "a.csv", "這是網頁"),
    (b"PK\x03\x04 half a workbook", "a.xlsx", "損壞或不完整"),
    (b"\0" * 5000, "a.xls", "空白位元組"),
    ("甲,乙,丙\n1,2,3\n".encode(), "a.csv", "標題列"),
    ("資料集名稱,資料集代碼,提供單位,備註\n空氣,a1,環境部,\n".encode(), "a.csv", "缺少：序號, 開放狀況（新增/異動/下架）"),
    (b'{"a": [1, 2', "a.json", "JSON 在第 1 行"),
    (b"<http://a> <http://b> .", "a.ttl", "Turtle 有誤"),
])
def test_a_clerk_is_told_in_chinese_why_a_file_is_not_read(web: FlaskClient, content: bytes, name: str, told: str) -> None:
    page = drop(web, content, name, "?lang=zh-Hant")
    assert page.status_code == 422
    assert told in page.text, re.sub(r"(?s).*<main", "", page.text)[:900]
    english = re.findall(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", re.sub(r"<[^>]+>", " ", page.text.partition("原因")[2][:300]))
    assert not [one for one in english if not told.startswith("Turtle")]


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_refusals_are_told_in_both_languages(web: FlaskClient, language: str) -> None:
    large = drop(web, b"x" * (1 << 20) + b"x", "a.csv", f"?lang={language}")
    assert (large.status_code, large.headers["Content-Language"]) == (413, language)
    huge = drop(web, b"x" * (3 << 20), "a.csv", f"?lang={language}")
    assert huge.status_code == 413
    kind = web.post(f"/validate?lang={language}", data=b"x", content_type="video/mp4", headers=BROWSER)
    assert kind.status_code == 415
    words = {"zh-Hant": ("檔案太大", "不認得送來的內容格式"), "en": ("The file is too large", "is not known")}[language]
    assert words[0] in large.text
    assert words[1] in kind.text


def test_a_check_ends_at_its_time_limit() -> None:
    slow = served(ServeSettings(upload_seconds=1, upload_mb=50))
    table = "\n".join([",".join(HEADER), *(",".join(f'"{cell}"' for cell in row(n, 更新頻率="每千年")) for n in range(20_000))])
    got = drop(slow, table.encode(), "清單.csv", "?lang=zh-Hant")
    assert got.status_code == 422
    assert "檢查超過時間上限" in got.text


def test_a_page_of_another_site_may_send_a_file_too(web: FlaskClient) -> None:
    told = web.options("/validate", headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"})
    assert (told.status_code, told.headers["Allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert "POST" not in web.options("/catalog").headers["Allow"]


def test_the_page_can_be_left_out() -> None:
    without = served(ServeSettings(upload_workers=0))
    assert without.get("/validate").status_code == 404
    assert drop(without, workbook(row(1))).status_code == 404


def test_nothing_is_kept_and_persons_are_not_told(web: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    planted = made("moenv-open", 1, Random(5), rows=12)
    file = planted.write(tmp_path / "planted", "xlsx")
    with caplog.at_level(logging.DEBUG):
        page = re.sub(r'href="data:[^"]+"', "", drop(web, file.read_bytes(), file.name).text)
        report = drop(web, file.read_bytes(), file.name, "?format=json").text
    ours = said(file)
    assert json.loads(report)["findings"] == json.loads(ours)["findings"]
    for secret in planted.secrets:
        assert (secret in page) <= (secret in ours)
        assert secret not in caplog.text
    assert os.listdir(tmp_path / "temporary") == []


def test_a_name_cannot_lead_elsewhere(web: FlaskClient) -> None:
    for name in ("../../etc/passwd.xlsx", "a\\b\\盤點.xlsx", "..", "-rf.xlsx", "<img src=x>.xlsx", "x" * 400 + ".xlsx",
                 "\u202egnp.xlsx"):
        got = drop(web, workbook(*FAULTY), name, "?format=csv")
        assert got.status_code == 200
        rows = list(csv.reader(io.StringIO(got.get_data(as_text=True))))
        assert not set(rows[1][0]) & set("/\\<>\u202e")


def test_the_process_neither_reaches_out_nor_writes_elsewhere(tmp_path: Path) -> None:
    code = f"""
import os, socket, subprocess
from odlinked.cage import confinement
os.chdir({str(tmp_path)!r})
confinement.confine({str(tmp_path)!r})
open("inside", "w").close()
for act in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: socket.getaddrinfo("localhost", 1), lambda: os.fork(),
            lambda: subprocess.run(["true"]), lambda: os.system("true"),
            lambda: open({str(tmp_path.parent / "outside-of-it")!r}, "w"),
            lambda: os.open("../outside", os.O_CREAT | os.O_WRONLY)):
    try:
        act()
    except PermissionError:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["refused"] * 7, done.stderr
    assert (tmp_path / "inside").exists()
    assert not any((tmp_path.parent / name).exists() for name in ("outside", "outside-of-it"))


def test_a_served_service_takes_a_body_larger_than_a_query(tmp_path: Path) -> None:
    running = Running(tmp_path / "var")
    try:
        lines = [",".join(HEADER), ",".join(f'"{cell}"' for cell in row(1, 資料集描述="測" * 1_200_000))]
        kind = {"Content-Type": "text/csv"}
        sent = urllib.request.Request(running.url + "/validate?format=json", "\n".join(lines).encode(), kind)
        with urllib.request.urlopen(sent, timeout=300) as answer:
            assert json.load(answer)["summary"]["records"] == 1
        huge = urllib.request.Request(running.url + "/validate", b"x" * (12 << 20), kind)
        with pytest.raises(urllib.error.HTTPError, match="413"):
            urllib.request.urlopen(huge, timeout=300)
    finally:
        running.kill()


def test_an_unpacked_bomb_meets_a_limit(web: FlaskClient) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package, zipfile.ZipFile(io.BytesIO(workbook(row(1)))) as good:
        for name in good.namelist():
            padding = b" " * (400 << 20) if name.endswith("sheet1.xml") else b""
            package.writestr(name, good.read(name) + padding)
    got = drop(web, out.getvalue())
    assert got.status_code == 422


def test_who_finds_no_place_is_told_when_to_come_back() -> None:
    busy = served(ServeSettings(upload_seconds=3, upload_workers=1))
    table = "\n".join([",".join(HEADER), *(",".join(f'"{cell}"' for cell in row(n, 更新頻率="每千年")) for n in range(20_000))])
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(drop, busy.application.test_client(), table.encode(), "清單.csv", f"?lang={language}")
                 for language in ("zh-Hant", "en") * 4]
    refused = [one.result() for one in asked if one.result().status_code == 503]
    assert {one.headers["Retry-After"] for one in refused} == {"15"}
    assert {one.result().status_code for one in asked} == {422, 503}
    words = {"zh-Hant": "目前檢查的人太多", "en": "Too many files are being checked"}
    assert all(words[one.headers["Content-Language"]] in one.text for one in refused)


@pytest.mark.parametrize(("enters", "leaves"), [
    ("kill()", "0"), ("threading.Timer(.7, kill).start()", "kill()"), ("0", "kill()"),
])
def test_nothing_stays_where_the_server_is_killed(tmp_path: Path, enters: str, leaves: str) -> None:
    """Before it has sent what to do, while that is done, and when the answer is there but not read."""
    code = f"""
import os, signal, threading
from odlinked.settings import Settings
from odlinked.validation import process
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
class Waits:
    def __enter__(self): {enters}
    def __exit__(self, *_): {leaves}
process.check(process.Upload.of("a.csv", b"a,b"), "json", "en", Settings(), lambda abort: Waits())
"""
    ended = subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    assert ended.returncode == -signal.SIGKILL
    until(lambda: not list(tmp_path.iterdir()))


def until(reached: Callable[[], object]) -> None:
    for _ in range(600):
        if reached():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that in a minute")
