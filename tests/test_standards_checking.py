"""Values are checked row by row: counted, the first failures told with their rows, personal data never told."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from builders.memory import texts_kept_by
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.standards import packs
from odlinked.standards.model import RECOGNITION, ColumnOutcome, FieldDescription

STANDARDS = packs.load(Assets())
SHARED = Path(__file__).parents[2] / "shared" / "data"


def _checked(header: Sequence[str], rows: Iterable[Sequence[str]],
             described: Sequence[FieldDescription] = ()) -> dict[str, ColumnOutcome]:
    check = STANDARDS.check(described)
    check.begin(header)
    for number, row in enumerate(rows, 2):
        check.take(number, row)
    return {one.name: one for one in check.outcome()}


def _short(iri: str) -> str:
    return iri.rpartition("/")[2]


def test_counts_and_failures_with_their_rows() -> None:
    rows = [["甲", "22099131", "臺北市"], ["乙", "", "  "], ["丙", " 22099132 ", "臺北"], ["丁"]]
    found = _checked(["名稱", "統一編號", "縣市"], rows)
    number, county = found["統一編號"], found["縣市"]
    assert (number.checked, number.failed, number.empty, number.failures) == (2, 1, 1, ((4, "22099132"),))
    assert (county.checked, county.failed, county.empty, county.quoted_failures) == (2, 1, 1, ("row 4: 臺北",))
    assert set(found) == {"統一編號", "縣市"}


def test_only_the_first_failures_are_kept_but_all_are_counted() -> None:
    found = _checked(["日期"], [["20260101"], *[[f"2026/01/{day}"] for day in range(1, 1000)]])["日期"]
    assert (found.checked, found.failed, len(found.failures), found.doubtful) == (1000, 999, 10, False)
    assert found.failures[0] == (3, "2026/01/1")


def test_a_column_of_which_nothing_fits_is_doubtful() -> None:
    found = _checked(["日期", "經度"], [["2026/01/02 10:00", "25.1"], ["2026/01/03 10:00", "24.9"]])
    assert found["日期"].doubtful
    assert found["日期"].like == ""
    assert found["日期"].quoted_failures == ("row 2: 2026/01/02 10:00",)
    assert _short(found["經度"].like) == "latitude"


def test_an_empty_column_is_not_doubtful() -> None:
    found = _checked(["日期"], [[""], [" "]])["日期"]
    assert (found.checked, found.failed, found.empty, found.doubtful) == (0, 0, 2, False)


def test_how_values_are_written_is_counted() -> None:
    found = _checked(["日期"], [["20260101"], ["2026-01-02"], ["2026-01-03"]])["日期"]
    assert {_short(iri): count for iri, count in found.written.items()} == {"date#basic": 1, "date#extended": 2}


@pytest.mark.parametrize(("name", "kind", "values"), [
    ("日期", "roc-date", ["113/05/01", "1130501", "113年5月", "民國113年5月1日", "１１３／０５／０１", "113.5.1", "99-01-02"]),
    ("更新時間", "roc-date", ["113/05/01 08:30", "113-05-01 08:30:00", "1130501 0830"]),
    ("西元年", "roc-year", ["113", "113年", "民國99年度"]),
    ("年月", "roc-month", ["113年5月", "113/05", "民國 113 年 5 月份"]),
    ("縣市代碼", "zero-lost", ["9007", "9020"]), ("月份", "zero-lost", ["3", "9"]),
    ("統一編號", "width", ["２２０９９１３１", "22099131\u200b"]),
])
def test_failing_values_are_told_as_what_they_are(name: str, kind: str, values: list[str]) -> None:
    found = _checked([name], [[value] for value in (*values, "some other text")])[name]
    assert (found.failed, found.checked) == (len(values) + 1, len(values) + 1)
    assert {_short(iri): count for iri, count in found.notations.items()} == {kind: len(values)}


@given(st.lists(st.sampled_from(["20260302", " 2026-03-02 ", "113/3/2", "", " ", "-", "２０２６０３０２", "20260332", "x"]),
                max_size=40))
def test_every_value_is_passed_failed_or_empty(values: list[str]) -> None:
    found = _checked(["日期"], [[value] for value in values])["日期"]
    good = sum(value.strip() in ("20260302", "2026-03-02") for value in values)
    empty = sum(not value.strip() for value in values)
    assert (found.checked, found.empty, found.failed) == (len(values) - empty, empty, len(values) - empty - good)
    assert sum(found.notations.values()) == sum(value in ("113/3/2", "２０２６０３０２") for value in values)


def test_what_conforms_or_is_no_day_is_not_told_as_a_roc_date() -> None:
    found = _checked(["日期"], [["20240501"], ["2024-05-01"], ["113/13/01"], ["1130230"], ["2024/05/01"], ["24/5/2026"]])["日期"]
    assert (found.checked, found.failed, dict(found.notations)) == (6, 4, {})


def test_values_of_personal_data_are_counted_and_never_told() -> None:
    found = _checked(["身分證字號", "手機", "電話", "備註日期"], [["A123456789", "0912345678", "0987654321", "A123456789"],
                                                     ["A12****789", "x", "02-23165300", "someone"]])
    assert all(not value for name in ("身分證字號", "手機", "電話") for _, value in found[name].failures)
    assert (found["身分證字號"].checked, found["身分證字號"].failed, found["身分證字號"].personal) == (2, 1, True)
    assert found["電話"].quoted_failures == ("row 2",)
    assert found["備註日期"].failures == ((2, ""), (3, "someone"))
    assert "A123456789" not in repr(found)
    assert "0987654321" not in repr(found)


def test_what_is_quoted_is_short_and_printable() -> None:
    found = _checked(["日期"], [["20260101"], ["x\x1b[31m\n" + "y" * 500]])["日期"]
    assert found.failures[0][1] == "x [31m " + "y" * 73 + "…"


def test_what_is_described_reaches_its_column() -> None:
    described = [FieldDescription("Yr(年度)",
                                  "api/BudgetAccountingandStatistics/BudgetandAccounting/GeneralFundBudgetandAccounting/Year"),
                 FieldDescription("no(統一編號)"),
                 FieldDescription("電話", "https://schema.gov.tw/api/Commonality/Commonality/CommonData/Id")]
    found = _checked(["YR", "no", "電話"], [["110年", "22099131", "02-23165300"]], described)
    assert (found["YR"].by, found["YR"].failed) == (RECOGNITION + "address", 1)
    assert _short(found["no"].standard) == "business-number"
    assert (found["電話"].by, _short(found["電話"].named)) == (RECOGNITION + "other-address", "telephone")


def test_a_beginning_starts_over() -> None:
    check = STANDARDS.check()
    assert check.outcome() == []
    check.take(1, ["x"])
    check.begin(["日期"])
    check.take(2, ["x"])
    check.begin(["統一編號"])
    assert [(one.name, one.checked) for one in check.outcome()] == [("統一編號", 0)]


def test_memory_is_bounded() -> None:
    check = STANDARDS.check()
    check.begin(["金額"])
    for number in range(50_000):
        check.take(number, [str(number)])
    assert check.outcome()[0].checked == 50_000
    assert 10_000 < sum(text.isdecimal() for text in texts_kept_by(check)) < 20_000


def _csv(name: str) -> dict[str, ColumnOutcome]:
    with (SHARED / name).open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return _checked(header, rows)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference material is not here")
def test_real_air_quality_data() -> None:
    """County, longitude and latitude conform; publishtime is written with slashes, which ISO 8601 does not know."""
    found = _csv("moenv/aqx_p_432_2024-10.csv")
    assert {name: (_short(one.standard), one.checked, one.failed) for name, one in found.items()} == {
        "county": ("county", 85, 0), "publishtime": ("date-time", 85, 85),
        "longitude": ("longitude", 85, 0), "latitude": ("latitude", 85, 0),
    }
    assert found["publishtime"].doubtful
    records = json.loads((SHARED / "moenv/aqx_p_432_2024-10.json").read_text(encoding="utf-8"))
    again = _checked([name.strip("\ufeff") for name in records[0]], [list(record.values()) for record in records])
    assert {name: (one.checked, one.failed) for name, one in again.items()} == \
        {name: (one.checked, one.failed) for name, one in found.items()}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference material is not here")
def test_real_agencies() -> None:
    """All OIDs conform; telephones without area code or with a second number, and a few addresses, do not."""
    found = _csv("orgs/oid_GDS_2018-01-28.csv")
    assert (found["OID"].checked, found["OID"].failed) == (8189, 0)
    assert (found["電話"].checked, found["電話"].failed) == (7529, 620)
    assert found["地址"].failed < 0.01 * found["地址"].checked
    fits = next(one for one in STANDARDS.standards.values() if one.name == "agency-code").fits
    with (SHARED / "orgs/orgcode_2013.csv").open(encoding="utf-8-sig") as file:
        codes = [line.split(",")[0].strip() for line in file]
    assert (len(codes), sum(not fits(code) for code in codes)) == (4340, 8)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference material is not here")
def test_every_example_of_the_commerce_api_conforms() -> None:
    """Real field names and values of the platform: all that are recognised conform."""
    paths = json.loads((SHARED / "openapi/data.gcis.nat.gov.tw_openapi.json").read_text(encoding="utf-8"))["paths"]
    seen = 0
    for path in paths.values():
        for answer in path["get"]["responses"].values():
            for record in answer["schema"].get("example") or []:
                found = _checked(list(record), [[str(value) for value in record.values()]])
                seen += len(found)
                assert [one for one in found.values() if one.failed] == []
    assert seen > 70
