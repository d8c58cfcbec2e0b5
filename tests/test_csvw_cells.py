"""Cells: what strings become, by datatype, format and constraint."""

from __future__ import annotations

from typing import Any

import pytest

from odlinked.csvw import cells, metadata
from odlinked.csvw.model import Cell, Column
from odlinked.csvw.problems import MetadataError
from odlinked.namespaces import CSVW, XSD


def column(datatype: Any = None, **said: Any) -> Column:
    """Return the column a description gives, which must be without problems."""
    described = {"name": "c", **said} | ({"datatype": datatype} if datatype is not None else {})
    group = metadata.load({"@context": metadata.CONTEXT, "url": "t.csv", "tableSchema": {"columns": [described]}})
    assert group.problems == ()
    return group.table.columns[0]


def read(text: str, datatype: Any = None, **said: Any) -> Cell:
    return cells.parse(text, column(datatype, **said))


def lexical(text: str, datatype: Any) -> str | None:
    """Return the lexical form a string is read as, or None where it is an error (and then a plain string)."""
    (value,), errors = read(text, datatype)
    if errors:
        assert (value.lexical, value.datatype) == (" ".join(text.split()), XSD + "string")
        return None
    return value.lexical


@pytest.mark.parametrize(("text", "datatype", "wanted"), [
    ("007", "integer", "007"),
    ("-0", "integer", "-0"),
    ("1,234", "integer", None),
    ("1.0", "integer", None),
    ("٣", "integer", None),
    ("300", "unsignedByte", None),
    ("0", "positiveInteger", None),
    ("1e3", "decimal", None),
    ("1e3", "double", "1e3"),
    ("INF", "double", "INF"),
    ("INF", "decimal", None),
    ("12.5%", "decimal", "0.125"),
    ("5‰", "decimal", "0.005"),
    ("50%", "integer", None),
    ("1", "boolean", "true"),
    ("yes", "boolean", None),
    ("2020-02-29", "date", "2020-02-29"),
    ("2021-02-29", "date", None),
    ("-0001-02-28", "date", "-0001-02-28"),
    ("24:00:00", "time", "24:00:00"),
    ("24:00:01", "time", None),
    ("2020-01-01T00:00:00", "dateTimeStamp", None),
    ("--02-30", "gMonthDay", None),
    ("--02-29", "gMonthDay", "--02-29"),
    ("109-11", "gYearMonth", None),
    ("P1Y2M", "yearMonthDuration", "P1Y2M"),
    ("P1Y", "dayTimeDuration", None),
    ("P", "duration", None),
    ("P1DT", "duration", None),
    ("0aF", "hexBinary", None),
    ("0aFF", "hexBinary", "0aFF"),
    ("YWI=", "base64Binary", "YWI="),
    ("YWI", "base64Binary", None),
    ("zh-Hant", "language", "zh-Hant"),
    ("中文:名", "QName", "中文:名"),
    ("1a", "NCName", None),
    ("{", "json", None),
])
def test_unformatted(text: str, datatype: str, wanted: str | None) -> None:
    assert lexical(text, datatype) == wanted


@pytest.mark.parametrize(("text", "base", "form", "wanted"), [
    ("1,234,567", "integer", "#,##0", "1234567"),
    ("1,2345", "integer", "#,##0", None),
    ("1.234,5", "decimal", {"decimalChar": ",", "groupChar": "."}, "1234.5"),
    ("1..234", "decimal", {"decimalChar": ",", "groupChar": "."}, None),
    ("12,34,567", "integer", "#,##,##0", "1234567"),
    ("0123", "integer", "0000", "0123"),
    ("123", "integer", "0000", None),
    ("+5", "integer", "+0", "+5"),
    ("5", "integer", "+0", None),
    ("1.5E3", "double", "0.0E0", "1.5E3"),
    ("15E2", "double", "0.0E0", None),
    ("15.0E2", "double", "0.0E0", None),
    ("1.5e2", "double", "0.0E0", None),
    ("Y", "boolean", "Y|N", "true"),
    ("是", "boolean", "是|否", "true"),
    ("maybe", "boolean", "Y|N", None),
    ("2020-05-07 08:09:10", "datetime", "yyyy-MM-dd HH:mm:ss", "2020-05-07T08:09:10"),
    ("2020-05-07 08:09:10.25", "datetime", "yyyy-MM-dd HH:mm:ss.SSS", "2020-05-07T08:09:10.25"),
    ("2020-05-07 08:09:10.2525", "datetime", "yyyy-MM-dd HH:mm:ss.SSS", None),
    ("2020-05-07 25:09:10", "datetime", "yyyy-MM-dd HH:mm:ss", None),
    ("7/5/2020", "date", "d/M/yyyy", "2020-05-07"),
    ("07/05/2020", "date", "d/M/yyyy", "2020-05-07"),
    ("30/2/2020", "date", "d/M/yyyy", None),
    ("2020年5月7日", "date", "yyyy年M月d日", "2020-05-07"),
    ("2020-05-07+08", "date", "yyyy-MM-ddX", "2020-05-07+08:00"),
    ("20200507 +0800", "date", "yyyyMMdd XX", "2020-05-07+08:00"),
    ("2020/05", "gYearMonth", "yyyy/MM", "2020-05"),
    ("A-1", "string", "[A-Z]-[0-9]", "A-1"),
    ("A-12", "string", "[A-Z]-[0-9]", None),
])
def test_formatted(text: str, base: str, form: Any, wanted: str | None) -> None:
    assert lexical(text, {"base": base, "format": form}) == wanted


@pytest.mark.parametrize(("text", "described", "wanted"), [
    ("abc", {"maxLength": 2}, None),
    ("ab", {"maxLength": 2}, "ab"),
    ("0aff", {"base": "hexBinary", "length": 2}, "0aff"),
    ("5", {"base": "integer", "minimum": 5}, "5"),
    ("4", {"base": "integer", "minimum": 5}, None),
    ("5", {"base": "integer", "minExclusive": "5"}, None),
    ("1,000", {"base": "integer", "format": "#,##0", "maximum": "1,000"}, "1000"),
    ("NaN", {"base": "double", "maximum": 5}, None),
    ("2020-01-02", {"base": "date", "maxExclusive": "2020-01-02"}, None),
    ("2020-01-01T07:00:00+08:00", {"base": "dateTime", "maximum": "2019-12-31T23:00:00Z"}, "2020-01-01T07:00:00+08:00"),
    ("P30D", {"base": "duration", "maximum": "P1M"}, None),
    ("P27D", {"base": "duration", "maximum": "P1M"}, "P27D"),
])
def test_constraints(text: str, described: dict[str, Any], wanted: str | None) -> None:
    assert lexical(text, described) == wanted


def test_white_space_goes_by_datatype() -> None:
    assert read(" a\t b ").values[0].lexical == " a\t b "
    assert read(" a\t  b ", "normalizedString").values[0].lexical == " a   b "
    assert read(" a\t  b ", "token").values[0].lexical == "a b"


def test_null_default_and_required() -> None:
    assert read("") == Cell((), ())
    assert read("-", null=["-", ""]).values == ()
    assert read("", default="x").values[0].lexical == "x"
    assert read("", required=True).errors == ("a value is required",)
    assert read("", null="none").values[0].lexical == ""


def test_lists_keep_their_good_members() -> None:
    cell = read("1; x ;3", "integer", separator=";")
    assert [(value.lexical, value.datatype) for value in cell.values] == [
        ("1", XSD + "integer"), ("x", XSD + "string"), ("3", XSD + "integer")]
    assert len(cell.errors) == 1
    assert read("", "integer", separator=";", required=True).errors
    assert [value.lexical for value in read("1;;3", "integer", separator=";", default="0").values] == ["1", "0", "3"]
    assert [value.lexical for value in read("1;-;3", "integer", separator=";", null=["-"]).values] == ["1", "3"]
    assert read("1;2", separator=";", null=["1;2"]).values == ()


def test_language_is_for_strings_only() -> None:
    assert read("甲", lang="zh-Hant").values[0].language == "zh-Hant"
    assert read("1", "integer", lang="zh-Hant").values[0].language == ""


def test_a_datatype_of_its_own_names_the_literal() -> None:
    assert read("x", {"@id": "http://example.org/code", "base": "token"}).values[0].datatype == "http://example.org/code"
    assert read("{}", "json").values[0].datatype == CSVW + "JSON"


@pytest.mark.parametrize("described", [
    {"base": "integer", "length": 2},
    {"base": "string", "minimum": 2},
    {"base": "integer", "minimum": 3, "maximum": 2},
    {"minLength": 3, "maxLength": 2},
    {"@id": "_:b", "base": "string"},
    {"@id": XSD + "string"},
])
def test_contradictions_are_refused(described: dict[str, Any]) -> None:
    with pytest.raises(MetadataError):
        column(described)


@pytest.mark.parametrize("described", [
    "no-such-type", 5, {"base": "date", "format": "yy-MM-dd"}, {"base": "date", "format": "yyyy-MM"},
    {"base": "integer", "format": "0#"}, {"base": "boolean", "format": "YN"}, {"format": "("},
    {"base": "integer", "minimum": "many"}, {"base": "time", "format": "HH:mm:ssSS"},
])
def test_unusable_formats_are_warned_of(described: Any) -> None:
    group = metadata.load({"@context": metadata.CONTEXT, "url": "t.csv",
                           "tableSchema": {"columns": [{"name": "c", "datatype": described}]}})
    assert [problem.error for problem in group.problems] == [False]
    assert "datatype" in group.problems[0].place
