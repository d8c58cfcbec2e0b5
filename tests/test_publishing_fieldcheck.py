"""The values of a visited file are held against the data standards of its columns, as the catalogue describes them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from odlinked.assets import Assets
from odlinked.evidence.inspection import codes
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.observation import (
    ANSWER,
    Content,
    ContentObservation,
    Declared,
    DescribedField,
    Observation,
    PersonalColumn,
    StandardField,
    Written,
)
from odlinked.evidence.statements import ntriples
from odlinked.namespaces import CODE
from odlinked.visits.field_standards import checks

COMMON = CODE + "standard-common/"
BY = CODE + "recognition/"
KIND = CODE + "personal-kind/"
YEAR = "https://schema.gov.tw/api/BudgetAccountingandStatistics/BudgetandAccounting/GeneralFundBudgetandAccounting/Year"


def _seen(data: str, *fields: DescribedField) -> ContentObservation:
    content, declared = data.encode(), Declared(fields=fields)
    return examine(Content(io.BytesIO(content), len(content)), declared, checks(Assets())(declared), codes=codes.load(Assets()))


def _looked(data: str, *fields: DescribedField) -> tuple[StandardField, ...]:
    return _seen(data, *fields).standard_fields


def test_columns_of_a_csv_file() -> None:
    data = "期,統一編號,身分證字號,備註\n110,22099131,A123456789,a\n110年,22099132,x,b\n,,,c\n"
    found = {one.name: one for one in _looked(data, DescribedField("期", YEAR), DescribedField("備註", "日期標準"))}
    assert found["期"] == StandardField("期", COMMON + "roc-year", BY + "address", 2, 1, ("row 3",), 1)
    assert found["統一編號"] == StandardField("統一編號", COMMON + "business-number", BY + "name", 2, 1, ("row 3",), 1)
    assert found["身分證字號"].failures == ("row 3",)
    assert set(found) == {"期", "統一編號", "身分證字號"}


def test_values_are_told_of_files_without_personal_data() -> None:
    found = {one.name: one for one in _looked("統一編號,日期\n22099132,113/5/1\n22099131,１１３年５月\n")}
    assert found["統一編號"].failures == ("row 2: 22099132",)
    assert found["日期"] == StandardField("日期", COMMON + "date", BY + "name", 2, 2, ("row 2: 113/5/1",), 0,
                                        (Written(CODE + "value-writing/roc-date", 2),))


def test_personal_data_are_counted_by_column() -> None:
    seen = _seen("姓名,身分證字號,備註\n王小明,A123456789,A\n李大華,F131104093,\n")
    assert seen.personal_columns == (PersonalColumn("姓名", KIND + "name", 2, 2),
                                     PersonalColumn("身分證字號", KIND + "identity-number", 2, 2))
    assert _seen("日期,值\n20260302,1\n").personal_columns == ()
    assert _seen("").personal_columns is None


def test_a_record_that_stands_alone_is_looked_at() -> None:
    seen = _seen('{"姓名":"王小明","身分證字號":"A123456789","日期":"113/5/1"}')
    assert [(one.name, one.found, one.filled) for one in seen.personal_columns or ()] == [("姓名", 1, 1), ("身分證字號", 1, 1)]
    assert [(one.name, one.failed) for one in seen.standard_fields if one.name == "日期"] == [("日期", 1)]


def test_lists_of_the_same_records_that_are_not_read_are_told() -> None:
    one, other = '[{"日期":"20260302","值":"1"},{"日期":"20260303","值":"2"}]', '[{"日期":"113/3/2","值":"1"}]'
    assert _seen('{"甲":' + one + ',"乙":' + other + "}").unread_tables == 1
    assert _seen('{"fields":[{"id":"日期","type":"text"}],"records":' + one + "}").unread_tables is None


def test_values_without_names_are_not_looked_at() -> None:
    assert _seen('[["王小明","A123456789"],["李大華","F131104093"]]').personal_columns is None
    assert _seen('[["姓名","身分證字號"],["王小明","A123456789"]]', DescribedField("姓名")).unread_tables == 1


@pytest.mark.parametrize("data", ['[{"日期":"20260302","人員":[{"姓名":"王小明"}]}]', '[{"日期":"20260302","a":{"b":{"c":"x"}}}]',
                                  "<a><r><日期>20260302</日期><日期>113/1/1</日期></r><r><日期>20260302</日期></r></a>",
                                  "<a><r><日期>20260302</日期><b><c><d>x</d></c></b></r><r><日期>20260302</日期></r></a>"])
def test_what_stands_deeper_or_again_is_told_as_not_read(data: str) -> None:
    assert _seen(data).unread_tables == 1


def test_no_name_is_quoted_of_a_shifted_row() -> None:
    found = _looked("負責人姓名,日期\n王小明,20260302\n,王小明\n")
    assert found[0].failures == ("row 3",)


def test_a_first_row_that_is_a_persons_is_no_header() -> None:
    seen = _seen("王小明,A123456789,0912345678\n李大華,F131104093,0933123456\n", DescribedField("姓名"), DescribedField("手機"))
    assert (seen.fields, seen.missing_fields, seen.undescribed_fields) == ((), ("姓名", "手機"), ())
    assert [(one.name, one.found) for one in seen.personal_columns or ()] == [("", 2), ("", 2)]
    observed = Observation("http://example.org/d#a", ANSWER + "answered", datetime(2026, 11, 1, tzinfo=UTC), seen)
    text = ntriples(observed, "urn:x:v")
    for value in ("王小明", "A123456789", "0912345678", "李大華"):
        assert value not in repr(seen)
        assert value not in text.decode()


def test_members_of_json_records() -> None:
    data = '[{"\\ufefflat": 25.04, "yr": "2026", "when": "2026-03-02"}, {"lat": "121.5", "yr": "115"}]'
    found = {one.name: one for one in _looked(data, DescribedField("yr", description="年度"), DescribedField("when(日期)"))}
    assert (found["lat"].checked, found["lat"].failed, found["lat"].failures) == (2, 1, ("row 2: 121.5",))
    assert (found["yr"].standard, found["yr"].failed) == (COMMON + "year", 0)
    assert (found["when"].standard, found["when"].checked) == (COMMON + "date", 1)
