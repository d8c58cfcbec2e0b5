"""The example list, published as a site of its own address."""

from __future__ import annotations

import atexit
import csv
import shutil
import tempfile
from functools import cache
from pathlib import Path

from builders.national_list import Rows
from odlinked.assets import Assets
from odlinked.catalog.releases import Releases
from odlinked.catalog.workspace import Workspace
from odlinked.publishing.publish import Publisher
from odlinked.settings import CatalogSettings, PublishSettings, ServeSettings, Settings

BASE = "https://data.example.tw"
SETTINGS = Settings(catalog=CatalogSettings(base=BASE), publish=PublishSettings(workers=1),
                    serve=ServeSettings(proxies=("127.0.0.1", "10.0.0.0/8")))
HOSTILE = '<script>alert("1")</script> & \'"><img src=x onerror=alert(1)>'


def publish(folder: Path, rows: Rows, name: str = "list.csv") -> Releases:
    """Publish rows of the 22-column form as source "national".

    The first release of the same rows is made once in a process and copied for each who asks: most tests of the service begin
    with one of three, and none of them is about how it was made.
    """
    if (folder / "var").exists():
        _made(folder, rows, name)
    else:
        first = _first(tuple(tuple(row.items()) for row in rows), name)
        shutil.copytree(first, folder, dirs_exist_ok=True)
    return Releases(Workspace(folder / "var"), Assets())


@cache
def _first(rows: tuple[tuple[tuple[str, str], ...], ...], name: str) -> Path:
    """Return a folder with a list of rows and its first release, removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="odlinked-first-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _made(folder, [dict(row) for row in rows], name)
    return folder


def _made(folder: Path, rows: Rows, name: str) -> None:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    Publisher(Workspace(folder / "var"), SETTINGS).publish([path], "national")


def hostile(rows: Rows) -> Rows:
    """Return the rows with one whose every shown cell tries to break out of the page."""
    row = dict(rows[0])
    headings = list(row)
    row |= {
        headings[0]: "666",
        headings[1]: HOSTILE,
        headings[9]: HOSTILE,
        headings[10]: HOSTILE,
        headings[20]: HOSTILE,
        headings[6]: "javascript:alert(1)",
        headings[5]: "CSV",
        headings[7]: "UTF-8",
        headings[21]: "1",
        headings[14]: "javascript:alert(2)",
        headings[11]: HOSTILE,
    }
    return [*rows, row]


def publisher(releases: Releases) -> str:
    """Return the path of an organisation's page: that of dataset 6075's publisher."""
    record = releases.current().record(f"{BASE}/id/dataset/6075")
    assert record is not None
    assert record.publisher
    return record.publisher.removeprefix(f"{BASE}/id")
