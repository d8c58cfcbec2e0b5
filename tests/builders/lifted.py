"""Rows of a data file published with a dataset: a small table of measurements with a column of telephone numbers of persons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from builders.national_list import row, write
from odlinked.cli.verbs import main
from odlinked.settings import Settings

BASE = Settings().catalog.base
SPACE = f"{BASE}/data/stations/"
GRAPH = f"{BASE}/rows/6001"
PHONES = ("0912-345-678", "0923-456-789", "0934-567-890")
DATA = (
    "id,sitename,level,measured,lat,lon,行動電話\n"
    f"1,基隆,3.5,2024-10-08T16:00:00,25.129,121.760,{PHONES[0]}\n"
    f"2,汐止,-,2024-10-08T17:00:00,25.066,121.641,{PHONES[1]}\n"
    f"3,萬里,high,2024-10-08T18:00:00,25.180,121.690,{PHONES[2]}\n"
    f"4,新店,12.25,2024-10-08T19:00:00,24.977,121.538,{PHONES[0]}\n")
_GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
SCHEMA: dict[str, Any] = {"aboutUrl": SPACE + "{id}", "primaryKey": "id", "rowTitles": ["name"], "columns": [
    {"titles": "id", "name": "id", "propertyUrl": SPACE + "ns#id"},
    {"titles": "sitename", "name": "name", "propertyUrl": "http://schema.org/name", "lang": "zh-Hant"},
    {"titles": "level", "name": "level", "datatype": "decimal", "null": ["", "-"], "propertyUrl": SPACE + "ns#level",
     "odl:unit": {"@id": "http://qudt.org/vocab/unit/PPB"}, "odl:role": "measure"},
    {"titles": "measured", "name": "measured", "datatype": "dateTime", "odl:timezone": "+08:00",
     "propertyUrl": "http://www.w3.org/ns/sosa/resultTime"},
    {"titles": "lat", "name": "lat", "datatype": "decimal", "propertyUrl": _GEO + "lat"},
    {"titles": "lon", "name": "lon", "datatype": "decimal", "propertyUrl": _GEO + "long"},
    {"titles": "行動電話", "name": "contact", "propertyUrl": SPACE + "ns#contact", "odl:values": list(PHONES)}]}


def run(folder: Path, *arguments: str | Path) -> Result:
    """Run the command on the workspace of a folder."""
    return CliRunner().invoke(main, [*map(str, arguments), "--workspace", str(folder / "var")])


def described(folder: Path, text: str = DATA, name: str = "stations.csv", **schema: Any) -> Path:
    """Write a data file with its description beside it; properties of the schema may be one's own."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    document = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "zh-Hant"}], "url": name, "tableSchema": SCHEMA | schema}
    (folder / f"{name}-metadata.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return file


def listed(folder: Path, *rows: list[str]) -> Result:
    """Publish a list of two datasets, or one of one's own."""
    given = rows or (row(6001, 資料集名稱="空氣品質測站"), row(6002))
    return run(folder, "publish", write(folder / "list.csv", *given), "--source", "nat")


def joined(folder: Path, file: Path | None = None, record: str = "6001") -> Result:
    """Publish the rows of a file with a dataset; its first distribution is named where only the dataset is."""
    return run(folder, "lift", file or described(folder), "--publish", record, "--lang", "en")
