"""The stars of published rows: measured by asking the service, published with evidence, and gone with their edition."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.lifted import BASE as USUAL
from builders.lifted import DATA, SCHEMA
from builders.national_list import row, write
from builders.servers import Running
from click.testing import CliRunner, Result

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.summaries.grades import graded
from odlinked.cli.verbs import main
from odlinked.settings import CatalogSettings, Settings
from odlinked.web.app import create

pytest.importorskip("pyarrow")
BASE = "https://data.example.tw"
DATASET = f"{BASE}/id/dataset/6001"
FILE = row(6001, 檔案格式="CSV", 資料下載網址="https://data.example.tw/stations.csv", 編碼格式="UTF-8", 資料量="4")
UNLINKED = {"titles": "county", "name": "county", "propertyUrl": USUAL + "/data/x/ns#county"}
COUNTY = {"titles": "county", "name": "county", "propertyUrl": "http://schema.org/addressRegion",
          "odl:codeList": {"@id": "https://w3id.org/odlinked/code/county"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Running]]:
    """A folder with a catalogue of a CSV file, and the service that serves it."""
    folder = tmp_path_factory.mktemp("stars")
    listed = write(folder / "list.csv", FILE)
    (folder / "odlinked.toml").write_text(f'[catalog]\nbase = "{BASE}"\n', encoding="utf-8")
    assert run(folder, "publish", str(listed), "--source", "nat").exit_code == 0
    server = Running(folder / "var")
    yield folder, server
    server.kill()


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--workspace", str(folder / "var"), "--config", str(folder / "odlinked.toml"),
                                     "--lang", "en"])


def published(folder: Path, service: str, *, linked: bool, note: str = "") -> Result:
    """Publish stations, with a column of counties where they are to be linked."""
    (folder / "odlinked.toml").write_text(f'[catalog]\nbase = "{BASE}"\n[serve]\npublic_url = "{service}"\n', encoding="utf-8")
    head, *lines = DATA.splitlines()
    file = folder / "stations.csv"
    file.write_text("\n".join([head + ",county", *(line + ",臺北市" for line in lines), note]).rstrip() + "\n", encoding="utf-8")
    columns = [*SCHEMA["columns"], COUNTY if linked else UNLINKED]
    document = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "zh-Hant"}], "url": file.name,
                "tableSchema": {**SCHEMA, "columns": columns}}
    text = json.dumps(document, ensure_ascii=False).replace(USUAL, BASE)
    (folder / "stations.csv-metadata.json").write_text(text, encoding="utf-8")
    return run(folder, "lift", str(file), "--publish", "6001")


def stars(folder: Path) -> tuple[str, str]:
    """Return the stars of the dataset and what they are based on."""
    release = Releases(Workspace(folder / "var")).current()
    quality = release.quality(DATASET)
    release.close()
    assert quality is not None
    found = graded(quality)
    return found.stars, found.basis.rpartition("/")[2]


def page(folder: Path, path: str) -> str:
    app = create(Releases(Workspace(folder / "var")), Settings(catalog=CatalogSettings(base=BASE)))
    try:
        answer = app.test_client().get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)
    finally:
        app.extensions["odlinked.sparql"].close()


def test_stars_come_from_what_the_service_answers_and_go_with_the_edition(served: tuple[Path, Running]) -> None:
    folder, server = served
    assert stars(folder) == ("3", "declared")
    # Nobody answers at the address of the service: the star is not checked, whatever is claimed.
    done = published(folder, "http://127.0.0.1:9", linked=True)
    assert "the fourth star is not checked" in done.stdout, done.output
    assert stars(folder) == ("3", "declared")
    assert "未檢查" in page(folder, "/rows/6001")
    # The same rows once the service is there.
    (folder / "odlinked.toml").write_text(f'[catalog]\nbase = "{BASE}"\n[serve]\npublic_url = "{server.url}"\n', encoding="utf-8")
    asked = run(folder, "lift", "--dereference", "6001")
    assert (asked.exit_code, "4 of 4 sampled addresses answer" in asked.stdout) == (0, True), asked.output
    assert stars(folder) == ("5", "observed")
    told = page(folder, "/rows/6001?lang=en")
    assert not [word for word in ("3 → 5 stars", "4 of 4 sampled addresses", f"{BASE}/data/stations/1", "code/county")
                if word not in told]
    quality = page(folder, "/quality/dataset/6001?lang=en")
    words = ("Rows answer at their addresses", "Rows link to things elsewhere", "5 stars")
    assert not [word for word in words if word not in quality]
    assert "/dataset/6001" in page(folder, "/datasets?stars=5")
    release = Releases(Workspace(folder / "var")).current()
    document = release.document(f"{BASE}/id/rows/6001")
    release.close()
    assert document is not None
    lines = document.text.decode()
    assert lines.count("<https://w3id.org/odlinked/ns#statusCode> \"200\"") == 4
    assert '<http://rdfs.org/ns/void#objectsTarget> <https://w3id.org/odlinked/code/county>' in lines
    # Another edition of the rows was not asked for: no star of the one before is left.
    published(folder, "http://127.0.0.1:9", linked=True, note="5,新站,7.5,2024-10-08T20:00:00,24.1,120.6,,臺北市")
    assert stars(folder) == ("3", "declared")
    # One without links has the fourth only.
    published(folder, server.url, linked=False)
    assert stars(folder) == ("4", "observed")
    assert run(folder, "lift", "--withdraw", "6001").exit_code == 0
    assert stars(folder) == ("3", "declared")


def test_a_service_that_answers_without_the_rows_fails_them(served: tuple[Path, Running], tmp_path: Path) -> None:
    folder, _ = served
    listed = write(tmp_path / "list.csv", FILE)
    (tmp_path / "odlinked.toml").write_text(f'[catalog]\nbase = "{BASE}"\n', encoding="utf-8")
    assert run(tmp_path, "publish", str(listed), "--source", "nat").exit_code == 0
    other = Running(tmp_path / "var")
    try:
        published(folder, other.url, linked=True)
    finally:
        other.end(signal.SIGTERM)
    assert stars(folder) == ("3", "declared")
    told = page(folder, "/rows/6001?lang=en")
    assert "0 of 4 sampled addresses" in told
    assert "failed" in told
