"""The example list, published as a site of its own address."""

from __future__ import annotations

import csv
from pathlib import Path

from builders import firsts
from builders.national_list import Rows
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.settings import CatalogSettings, PublishSettings, ServeSettings, Settings

BASE = "https://data.example.tw"
SETTINGS = Settings(catalog=CatalogSettings(base=BASE), publish=PublishSettings(workers=1),
                    serve=ServeSettings(proxies=("127.0.0.1", "10.0.0.0/8")))
HOSTILE = '<script>alert("1")</script> & \'"><img src=x onerror=alert(1)>'


def publish(folder: Path, rows: Rows, name: str = "list.csv") -> Releases:
    """Publish rows of the 22-column form as source "national"."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    firsts.publish(Workspace(folder / "var"), [path], "national", SETTINGS)
    return Releases(Workspace(folder / "var"), Assets())


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
