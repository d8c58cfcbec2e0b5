"""Real files of agencies: the national list, the air quality index, a power plant report, organisation registers."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import Row

SHARED = Path(__file__).parents[2] / "shared"
DATA = SHARED / "data"
CAPS = ReadSettings()
pytestmark = [pytest.mark.shared,
              pytest.mark.skipif(not DATA.is_dir(), reason="the reference material is not beside the checkout")]


@pytest.mark.parametrize(("file", "columns", "rows", "heading"), [
    ("moenv/aqx_p_432_2024-10.csv", 24, 85, "sitename"), ("moenv/aqx_p_432_2024-06.csv", 24, 85, "sitename"),
    ("moenv/moenv_api_catalog_2025.csv", 3, 791, "api_code"), ("moenv/moenv_datasets_2026-03.csv", 7, 834, "資料集識別碼"),
    ("catalog/datagovtw_export_22col_sample.csv", 22, 16, "資料集識別碼"),
    ("moea/taipower_genary_2024-09-04_2350.tsv", 8, 211, "能源別"),
    ("catalog/datagovtw_views_downloads_2018-07.csv", 6, 35_955, "提供機關名稱"),
    ("orgs/oid_GDS_2018-01-28.csv", 5, 8_189, "機關名稱"), ("orgs/orgcode_2013.csv", 2, 4_339, "100000000A")])
def test_real_files(file: str, columns: int, rows: int, heading: str) -> None:
    (table,) = inventory.read(DATA / file, CAPS)
    assert (len(table.headings), table.headings[0], table.header_row, table.titles) == (columns, heading, 1, ())
    found = list(table.rows())
    assert len(found) == rows
    assert [row.number for row in found] == list(range(2, rows + 2))


def test_the_national_export_keeps_what_is_odd_about_it() -> None:
    (table,) = inventory.read(DATA / "catalog/datagovtw_export_22col_sample.csv", CAPS)
    assert table.headings[8] == "資資料集上架方式"
    assert any("\n" in cell for row in table.rows() for cell in row.cells)


def test_numbers_of_a_report_stay_text() -> None:
    (table,) = inventory.read(DATA / "moea/taipower_genary_2024-09-04_2350.tsv", CAPS)
    first = next(table.rows())
    assert first == Row(2, ("核能(Nuclear)", "", "核三#1", "951.0", "0.0", "0.000%", "計劃停機"))


def test_the_same_table_in_big5(tmp_path: Path) -> None:
    source = DATA / "orgs/orgcode_2013.csv"
    (expected,) = inventory.read(source, CAPS)
    text = source.read_text(encoding="utf-8")
    (tmp_path / "big5.csv").write_bytes(text.encode("cp950", "replace"))
    (table,) = inventory.read(tmp_path / "big5.csv", CAPS)
    lossless = [row for row in expected.rows() if "?" not in "".join(row.cells).encode("cp950", "replace").decode("cp950")]
    assert len(lossless) > 4_000
    assert set(lossless) <= set(table.rows())


def test_the_national_list_streams() -> None:
    """31 MB: found out, checked and read through in a few seconds, and never held."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    (table,) = inventory.read(DATA / "catalog/datagovtw_catalog_2026-03_slim.csv", CAPS)
    assert sum(1 for _ in table.rows()) == 52_547
    assert time.process_time() - start < 5, "half a second of the processor on the machines it was written on"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000, "kilobytes"


def test_what_is_no_table() -> None:
    with pytest.raises(InputError, match=r"PDF.*, not a table that is read"):
        inventory.read(DATA / "standards/dataset-metadata-standard-2015-07.pdf", CAPS)


@pytest.mark.parametrize(("file", "sheet", "rows", "first"), [
    ("catalog/datagovtw_featured24_2026-05.json", None, 24, "id"), ("moenv/aqx_p_432_2024-10.json", None, 85, "sitename"),
    ("orgs/oid_with_orgcode_2013.json", None, 1839, "機關DN"), ("moea/taipower_loadpara_2024.json", "records", 4, "curr_load")])
def test_json_records(file: str, sheet: str | None, rows: int, first: str) -> None:
    """The second has a byte order mark inside its first key."""
    table = inventory.read(DATA / file, CAPS)[0]
    assert (table.sheet, sum(1 for _ in table.rows()), table.headings[0]) == (sheet, rows, first)
