"""The values of a visited file are held against the data standards of its columns, as the catalogue describes them."""

from __future__ import annotations

import io

from odlinked.assets import Assets
from odlinked.evidence.inspection import codes
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.observation import Content, Declared, DescribedField, StandardField
from odlinked.namespaces import CODE
from odlinked.publishing.fieldcheck import checks

COMMON = CODE + "standard-common/"
BY = CODE + "recognition/"
YEAR = "https://schema.gov.tw/api/BudgetAccountingandStatistics/BudgetandAccounting/GeneralFundBudgetandAccounting/Year"


def _looked(data: str, *fields: DescribedField) -> tuple[StandardField, ...]:
    content, declared = data.encode(), Declared(fields=fields)
    seen = examine(Content(io.BytesIO(content), len(content)), declared, checks(Assets())(declared), codes=codes.load(Assets()))
    return seen.standard_fields


def test_columns_of_a_csv_file() -> None:
    data = "期,統一編號,身分證字號,備註\n110,22099131,A123456789,a\n110年,22099132,x,b\n,,,c\n"
    found = {one.name: one for one in _looked(data, DescribedField("期", YEAR), DescribedField("備註", "日期標準"))}
    assert found["期"] == StandardField("期", COMMON + "roc-year", BY + "address", 2, 1, ("row 3: 110年",))
    assert found["統一編號"] == StandardField("統一編號", COMMON + "business-number", BY + "name", 2, 1, ("row 3: 22099132",))
    assert found["身分證字號"].failures == ("row 3",)
    assert set(found) == {"期", "統一編號", "身分證字號"}


def test_members_of_json_records() -> None:
    data = '[{"\\ufefflat": 25.04, "yr": "2026", "when": "2026-03-02"}, {"lat": "121.5", "yr": "115"}]'
    found = {one.name: one for one in _looked(data, DescribedField("yr", description="年度"), DescribedField("when(日期)"))}
    assert (found["lat"].checked, found["lat"].failed, found["lat"].failures) == (2, 1, ("row 2: 121.5",))
    assert (found["yr"].standard, found["yr"].failed) == (COMMON + "year", 0)
    assert (found["when"].standard, found["when"].checked) == (COMMON + "date", 1)
