"""What the column on review says of a cost of 50 million or more: reported on a day, reported, or still to be reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.mapping_cases import ASSETS, CONTEXT

from odlinked import inventory
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapper
from odlinked.namespaces import ODL
from odlinked.settings import ReadSettings

HEADINGS = ("資料集識別碼,提供機關,資料集名稱,建置整體投入金額,盤點年度,"
            "前一年維護更新金額,前二年維護更新金額,前三年維護更新金額,提報審核情形")


@pytest.mark.parametrize(("text", "reported", "open_"), [
    ("110/5/1提報行政院資料開放諮詢小組", "2021-05-01", ""),
    ("110年6月已提報", "2021-06", ""),
    ("業於110年6月3日提報審核", "2021-06-03", ""),
    ("2021-05-31 已提報", "2021-05-31", ""),
    ("110.5.1", "2021-05-01", ""),
    ("110年13月提報", "", ""),  # no day, but reported
    ("已提報", "", ""),
    ("第3次會議無異議通過", "", ""),
    ("", "", "60000000"),
    ("尚未提報", "", "60000000"),
    ("預計110年12月提報", "", "60000000"),
    ("待提報", "", "60000000"),
    ("-", "", "60000000"),
    ("無", "", "60000000"),
    ("N/A", "", "60000000"),
])
def test_a_cost_is_reported_where_its_row_says_so(tmp_path: Path, text: str, reported: str, open_: str) -> None:
    path = tmp_path / "cost.csv"
    path.write_text(f"{HEADINGS}\n7,經濟部,甲,60000000,110年度,0,0,0,{text}\n", encoding="utf-8")
    (table,) = inventory.read(path, ReadSettings())
    (mapped,) = Mapper(forms.find(forms.load_all(ASSETS), table), ASSETS, CONTEXT).map(list(table.rows()))
    said = {p: t.value for document in mapped.documents for _, p, t in document.triples()}
    assert (said.get(ODL + "reportedOn", ""), said.get(ODL + "unreviewedCost", "")) == (reported, open_)
