"""The real files beside the checkout, described, decided on and published with datasets of their own; decisions are data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner, Result

from builders.national_list import row, write
from odlinked.cli.verbs import main

SHARED = Path(__file__).parents[3] / "shared" / "data"


class RealFile(NamedTuple):
    """A file, the dataset that it is published with, and what a person changes in its description (see `decided`)."""

    path: str
    dataset: int
    decisions: Mapping[str, Any] = {}


FILES = (
    RealFile("moenv/aqx_p_432_2024-10.csv", 40448), RealFile("moenv/aqx_p_432_2024-06.csv", 40449),
    RealFile("moenv/aqi_reshaped_2026-08-22.json", 40450), RealFile("moea/taipower_genary_2024-09-04_2350.tsv", 8931),
    RealFile("moea/taipower_loadpara_2024.json", 8932), RealFile("codes/county_codes.csv", 5000),
    RealFile("codes/service_category.csv", 5001), RealFile("orgs/oid_GDS_2018-01-28.csv", 7081),
    RealFile("orgs/oid_changes.csv", 7082), RealFile("orgs/central_agencies_oid_2026-07.csv", 7083),
    RealFile("orgs/orgcode_2013.csv", 7084, {"head": "機關代碼,機關名稱\r\n", "columns": {0: {"name": "code"}}, "key": "code"}),
    RealFile("orgs/oid_with_orgcode_2013.json", 7085, {"columns": {7: {"name": "orgcode"}}}),
    RealFile("catalog/datagovtw_views_downloads_2018-07.csv", 6000), RealFile("moenv/moenv_datasets_2026-03.csv", 6075),
    RealFile("moenv/moenv_api_catalog_2025.csv", 6076), RealFile("moea/moea_datasets_2026-03.csv", 6077))


def run(folder: Path, *arguments: str) -> Result:
    """Run the command on the workspace of a folder."""
    config = ["--config", str(folder / "odlinked.toml")] if (folder / "odlinked.toml").is_file() else []
    language = ["--lang", "en"] if arguments[0] == "lift" else []
    return CliRunner().invoke(main, [*arguments, "--workspace", str(folder / "var"), *config, *language])


def listed(folder: Path) -> Result:
    """Publish the list of the datasets that the files belong to."""
    rows = [row(one.dataset, name=Path(one.path).stem, 檔案格式="JSON" if one.path.endswith("json") else "CSV", 編碼格式="UTF-8",
                資料下載網址=f"https://data.example.tw/{one.path}", 資料量="1") for one in FILES]
    return run(folder, "publish", str(write(folder / "list.csv", *rows)), "--source", "nat")


def described(folder: Path, one: RealFile) -> Path:
    """Copy a file and write its description as a person leaves it."""
    file = folder / Path(one.path).name
    file.write_bytes(str(one.decisions.get("head", "")).encode() + (SHARED / one.path).read_bytes())
    run(folder, "lift", "--describe", str(file))
    place = file.with_name(file.name + "-metadata.json")
    document = json.loads(place.read_text(encoding="utf-8"))
    place.write_text(json.dumps(decided(document, one.decisions), ensure_ascii=False), encoding="utf-8")
    return file


def decided(document: dict[str, Any], decisions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description with decisions: other properties of columns (by place), and another key."""
    schema = document["tableSchema"]
    before = {place: column["name"] for place, column in enumerate(schema["columns"])}
    for place, changed in decisions.get("columns", {}).items():
        schema["columns"][place] |= changed
    space = schema["aboutUrl"].partition("{")[0].rpartition("/")[0] + "/"
    for place, column in enumerate(schema["columns"]):
        if column["name"] != before[place] and str(column.get("propertyUrl", "")).startswith(space):
            column["propertyUrl"] = f"{space}ns#{column['name']}"
    if "key" in decisions:
        schema |= {"primaryKey": decisions["key"], "aboutUrl": space + "{" + decisions["key"] + "}"}
    return document


def published(folder: Path, one: RealFile) -> Result:
    """Describe a file and publish its rows."""
    return run(folder, "lift", str(described(folder, one)), "--publish", str(one.dataset))
