"""From a file behind a link to its badge, whole: published, visited on a real server, measured; wrong values never help."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest
from builders.catalogs import served
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.publishing.publish import Publisher
from odlinked.reporting import report
from odlinked.settings import Settings
from odlinked.settings_file import load
from odlinked.web.app import create

PERSONS = ("王小明", "A123456789", "0912345678", "李大華", "F131104093", "0933123456")
GOOD, WRONG = "22099131", "99999999"


def _book(*sheets: list[list[str]]) -> bytes:
    held, book = io.BytesIO(), openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        page = book.active if number == 0 else book.create_sheet()
        for one in rows:
            page.append(one)
    book.save(held)
    return held.getvalue()


def _zip(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return held.getvalue()


HEAD = "統一編號,日期\n"
RECORD = "<r><統一編號>{}</統一編號><日期>20260302</日期></r>"
LONG = HEAD + f"{GOOD},20260302\n" * 20_000 + f"{WRONG},20260302\n"
FILES: dict[str, tuple[str, str | bytes, str, str, str]] = {
    # name: format, content, lowest badge, highest badge, standard fields
    "all-wrong.csv": ("CSV", "統一編號,公司名稱,日期\n12345678,假公司,115/3/2\n99999999,假公司二,115/3/3\n",
                      "gold", "gold", "failed"),
    "half-wrong.csv": ("CSV", f"統一編號,公司名稱,日期\n{GOOD},真公司,2026-03-02\n{WRONG},假公司,115/3/3\n",
                       "gold", "gold", "failed"),
    "person.csv": ("CSV", "姓名,身分證字號,手機\n王小明,A123456789,0912345678\n李大華,F131104093,0933123456\n",
                   "withheld", "withheld", "passed"),
    "good.csv": ("CSV", f"{HEAD}{GOOD},20260302\n", "platinum", "platinum", "passed"),
    "one-column-wrong.csv": ("CSV", f"{HEAD}{GOOD},20260332\n{GOOD},20260332\n", "gold", "gold", "failed"),
    "blank-column.csv": ("CSV", f"{HEAD}{GOOD},\n{GOOD}, \n", "gold", "platinum", "untested"),
    "all-blank.csv": ("CSV", "統一編號,日期,備註\n,,x\n,,y\n", "gold", "platinum", "untested"),
    "header-only.csv": ("CSV", HEAD, "failed", "failed", "untested"),
    "repeated.csv": ("CSV", f"統一編號,統一編號\n{GOOD},{WRONG}\n", "gold", "gold", "failed"),
    "width.csv": ("CSV", f"{HEAD}２２０９９１３１,20260302\n", "gold", "gold", "failed"),
    "draft-fits.csv": ("CSV", f"統一編號,河川代碼\n{GOOD},113000\n", "gold", "platinum", "untested"),
    "draft-does-not.csv": ("CSV", f"統一編號,裝置容量,河川代碼\n{GOOD},許多,大漢溪\n", "gold", "platinum", "untested"),
    "zeros.csv": ("CSV", "縣市代碼,月份\n9007,3\n", "gold", "gold", "failed"),
    "checksum.json": ("JSON", f'[{{"統一編號": "{WRONG}", "日期": "20260302"}}]', "gold", "gold", "failed"),
    "element.xml": ("XML", f"<a>{RECORD.format(GOOD)}{RECORD.format(WRONG)}</a>", "gold", "gold", "failed"),
    "second-sheet.xlsx": ("XLSX", _book([["統一編號", "日期"], [GOOD, "20260302"]], [["統一編號", "日期"], [WRONG, "x"]]),
                          "gold", "platinum", "untested"),
    "two.zip": ("CSV", _zip(a=f"{HEAD}{GOOD},20260302\n", b=f"{HEAD}{WRONG},x\n"), "silver", "platinum", "untested"),
    "beyond-the-cap.csv": ("CSV", LONG, "silver", "platinum", "untested"),
    "login.csv": ("CSV", '<html><title>登入</title><form><input type="password"></form></html>', "failed", "failed", "untested"),
    "error.json": ("JSON", '{"success":false,"error":{"message":"ER0001"}}', "failed", "failed", "untested"),
    "headless.csv": ("CSV", "王小明,A123456789,0912345678\n李大華,F131104093,0933123456\n", "withheld", "withheld", "untested"),
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep still."""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder in which all files are published, visited and measured, and what `check` said."""
    folder = tmp_path_factory.mktemp("badges")
    files = folder / "files"
    files.mkdir()
    for name, (_, content, *_rest) in FILES.items():
        (files / name).write_bytes(content.encode() if isinstance(content, str) else content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(files)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    rows = [row(number, 檔案格式=kind, 編碼格式="UTF-8", 資料下載網址=f"http://127.0.0.1:{port}/{name}", 資料量="1",
                主要欄位說明=_described(content), 更新頻率="不定期更新", 資料集名稱=name)
            for number, (name, (kind, content, *_rest)) in enumerate(FILES.items(), 1)]
    (folder / "odlinked.toml").write_text(
        f'[check]\ntest_hosts = ["127.0.0.1:{port}"]\ndelay_seconds = 0\nrobots = false\nmax_bytes = 200000\n', encoding="utf-8")
    settings = load(folder / "odlinked.toml")
    Publisher(Workspace(folder / "var"), settings).publish([write(folder / "list.csv", *rows)], "national")
    told = _run(folder, "check", "--lang", "en")
    server.shutdown()
    server.server_close()
    assert _run(folder, "measure").returncode == 0
    return folder, told


def _described(content: str | bytes) -> str:
    """Return the described fields: the header of a table that has one."""
    heading = content.split("\n")[0] if isinstance(content, str) else ""
    return heading.replace(",", ";") if heading[:1] in ("統", "姓", "縣") else "統一編號;日期"


def _last(text: str) -> str:
    return text.replace("#", "/").rpartition("/")[2]


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "odlinked", *words, "--workspace", "var"], cwd=folder, check=False,
                          capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_the_badge_its_values_allow(catalogue: tuple[Path, subprocess.CompletedProcess[str]], name: str) -> None:
    release = served(Workspace(catalogue[0] / "var"))
    quality = release.whole(f"{release.base}/id/quality/dataset/{list(FILES).index(name) + 1}")
    assert quality is not None
    said: dict[tuple[str, str], str] = {}
    for subject, predicate, term in quality.triples():
        said[subject.rpartition("#")[2], _last(predicate)] = _last(term.value)
    *_, lowest, highest, fields = FILES[name]
    assert (said["badge-lowest", "value"], said["badge-highest", "value"]) == (lowest, highest)
    assert said.get(("standard-fields", "outcome"), "untested") == fields
    release.close()


def test_the_page_of_every_result_is_shown(catalogue: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    client = create(Releases(Workspace(catalogue[0] / "var")), Settings()).test_client()
    shown = {name: client.get(f"/quality/dataset/{number}") for number, name in enumerate(FILES, 1)}
    assert {name: page.status_code for name, page in shown.items() if page.status_code != 200} == {}


def test_persons_are_told_first_and_found_nowhere(catalogue: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, told = catalogue
    assert told.returncode == 1
    assert told.stdout.startswith("★ 2 data files hold personal data.")
    release = served(Workspace(folder / "var"))
    texts = [told.stdout, told.stderr]
    for number in range(1, len(FILES) + 1):
        for iri in (f"{release.base}/id/dataset/{number}", f"{release.base}/id/quality/dataset/{number}"):
            document = release.document(iri)
            assert document is not None
            texts.append(document.text.decode())
    release.close()
    book = openpyxl.load_workbook(io.BytesIO(report.make(Workspace(folder / "var"), load(folder / "odlinked.toml"), "quarter",
                                                         served(Workspace(folder / "var")).created.date(), "en")))
    assert book.sheetnames[1] == "Personal data"
    listed = [[cell.value for cell in line] for line in book["Personal data"].iter_rows(min_row=2)]
    assert ["手機", "mobile numbers", 2, 2] in [line[4:8] for line in listed]
    texts += [str(cell.value) for page in book for line in page.iter_rows() for cell in line]
    for value in PERSONS:
        assert not [text for text in texts if value in text], value
