"""The literal check knows the lexical spaces of XSD and leaves what is well typed untouched, byte for byte."""

from __future__ import annotations

import pytest

from odlinked.namespaces import LEX, XSD
from odlinked.quality.literals import check, well_typed


@pytest.mark.parametrize(("text", "datatype", "fits"), [
    ("2024-02-29", "date", True),
    ("2023-02-29", "date", False),
    ("1900-02-29", "date", False),
    ("2026-5-6", "date", False),
    ("2026-05-06+08:00", "date", True),
    ("2026-05-06T16:24:00+08:00", "dateTime", True),
    ("2026-05-06T24:00:00", "dateTime", True),
    ("2026-05-06T24:00:01", "dateTime", False),
    ("2026-05-06 16:24:00", "dateTime", False),
    ("2020-01-01", "dateTime", False),
    ("2026-05", "gYearMonth", True),
    ("109-11", "gYearMonth", False),
    ("0109-11", "gYearMonth", True),
    ("115", "gYear", False),
    ("007", "integer", True),
    ("+7", "integer", True),
    ("7.0", "integer", False),
    ("７", "integer", False),
    ("", "integer", False),
    ("-0", "nonNegativeInteger", True),
    ("-1", "nonNegativeInteger", False),
    ("256", "unsignedByte", False),
    ("1" * 5000, "long", False),
    ("1.50", "decimal", True),
    ("1e3", "decimal", False),
    ("1e3", "double", True),
    ("INF", "float", True),
    ("inf", "double", False),
    ("true", "boolean", True),
    ("True", "boolean", False),
    ("P12M", "duration", True),
    ("P", "duration", False),
    ("PT", "duration", False),
    ("https://x.tw/a b", "anyURI", False),
    ("https://x.tw/空氣", "anyURI", True),
    ("anything", "someOtherType", True),
    ("--02-30", "gMonthDay", False),
    ("--02-29", "gMonthDay", True),
    ("\n2026-05-06", "date", False),
    ("2026-05-06\n", "date", False),
])
def test_well_typed(text: str, datatype: str, fits: bool) -> None:
    assert well_typed(text, datatype) is fits


def test_only_ill_typed_lines_change() -> None:
    good = (f'<urn:a> <urn:p> "007"^^<{XSD}integer> .\n<urn:a> <urn:p> "x \\"^^<{XSD}date> ."@zh-Hant .\n'
            f'<urn:a> <urn:p> "2026-13-01" .\n').encode()
    assert check(good) == ([], good)
    bad = f'<urn:a> <urn:p> "2026-13-01"^^<{XSD}date> .\n'.encode()
    found, text = check(good + bad)
    assert [(literal.subject, literal.predicate, literal.value, literal.datatype) for literal in found] == [
        ("urn:a", "urn:p", "2026-13-01", XSD + "date")]
    assert text == good + bad.replace(XSD.encode(), LEX.encode())
