"""Delimited files: encodings from the whole file, separators, quotes, control characters, caps."""

from __future__ import annotations

from pathlib import Path

import pytest

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets.encoding import CHUNK
from odlinked.sheets.tables import Row, Table

CAPS = ReadSettings()
TEXT = "資料集名稱,提供機關,代碼\r\n空氣品質,環境部,007\r\n水質,\"甲,乙\",\"二\n行\"\r\n"
ROWS = [Row(2, ("空氣品質", "環境部", "007")), Row(3, ("水質", "甲,乙", "二\n行"))]


def put(folder: Path, content: bytes | str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path, caps: ReadSettings = CAPS) -> Table:
    tables = inventory.read(path, caps)
    assert len(tables) == 1, tables
    return tables[0]


@pytest.mark.parametrize("content", [
    TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"),
    b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT.encode("cp950"),
], ids=["utf8", "utf8-bom", "utf16-bom", "utf16-le", "utf16-be", "utf16-be-bom", "big5"])
def test_encodings(tmp_path: Path, content: bytes) -> None:
    table = only(put(tmp_path, content))
    assert table.headings == ("資料集名稱", "提供機關", "代碼")
    assert list(table.rows()) == ROWS
    assert list(table.rows()) == ROWS, "each call starts anew"
    assert (table.file, table.sheet, table.header_row) == ("a.csv", None, 1)


def test_rows_read_in_part_and_side_by_side_are_those_of_the_file(tmp_path: Path) -> None:
    table = only(put(tmp_path, TEXT))
    begun = table.rows()
    assert next(begun) == ROWS[0]
    assert list(table.rows()) == ROWS
    assert list(begun) == ROWS[1:]
    assert list(table.rows()) == ROWS


def test_encoding_is_decided_from_the_whole_file(tmp_path: Path) -> None:
    """A megabyte of ASCII before the first Chinese character, which straddles two chunks."""
    filler = b"a," + b"b" * 61 + b"\n" + (b"1," + b"2" * 61 + b"\n") * (CHUNK // 64 - 1)
    big5 = put(tmp_path, filler[:-1] + "空,水\n".encode("cp950"), "big5.csv")
    assert list(only(big5).rows())[-1].cells == ("1", "2" * 61 + "空", "水")
    utf8 = put(tmp_path, filler[:-1] + "空,水\n".encode(), "utf8.csv")
    assert list(only(utf8).rows())[-1].cells == ("1", "2" * 61 + "空", "水")


@pytest.mark.parametrize(("content", "told"), [
    ("名稱,值\n空氣,1\n".encode() + b"\xff\xfe,2\n", ("UTF-8 (fails at byte 21, line 3)", "Big5/CP950 (fails at byte ")),
    ("名稱,值\n".encode() + "空氣,1\n".encode("cp950"), ("UTF-8 (fails at byte ", ", line 2)")),
    ("名稱,值\n".encode()[:-2], ("UTF-8",)),
    ("标题,机关,强\n数据,环境,权\n".encode("gb18030"), ("UTF-8", "Big5/CP950")),
    ("été, né, où, ça, août, forêt,\n".encode("latin-1"), ("UTF-8", "Big5/CP950")),
    ("a,b\n1,2\n".encode("utf-32"), ("UTF-32",)),
    ("a,空\n".encode("utf-16")[:-1], ("UTF-16",)),
], ids=["bytes", "mixed", "cut", "gb", "latin", "utf32", "odd"])
def test_other_encodings_are_refused_with_their_place(tmp_path: Path, content: bytes, told: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        inventory.read(put(tmp_path, content), CAPS)
    assert all(words in str(caught.value) for words in told), caught.value
    assert str(caught.value).startswith("reading a.csv: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_separators(tmp_path: Path, separator: str) -> None:
    lines = [separator.join(cells) for cells in (("名稱", "甲、乙", "網址"), ("a b", "1", "http://x/;y"), ("c", '"1,5"', "z"))]
    lines[1] = lines[1].replace("http://x/;y", '"http://x/;y"')
    table = only(put(tmp_path, "\n".join(lines)))
    assert [row.cells for row in table.rows()] == [("a b", "1", "http://x/;y"), ("c", "1,5", "z")]


def test_a_doubtful_sample_leads_to_the_whole_file(tmp_path: Path) -> None:
    """Half of the first rows have as many commas as semicolons; the rest of the file has commas no more."""
    text = "a;b;c\n" + "1,5;2,5;x\n" * 300 + "1;2;x\n" * 900
    assert only(put(tmp_path, text)).headings == ("a", "b", "c")


def test_quotes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in record 3 a quote is opened and never closed"):
        inventory.read(put(tmp_path, 'a,b\n1,2\n3,"4\n5,6,7\n'), CAPS)
    with pytest.raises(InputError, match="in record 2 its quotes are broken"):
        inventory.read(put(tmp_path, 'a,b,c\n1,"x"y,2\n3,4\n'), CAPS)
    even = only(put(tmp_path, 'a\tb\n"1\t2\n5\t6"7\n'))
    assert [row.cells for row in even.rows()] == [('"1', "2"), ("5", '6"7')], "quotes are text where that fits every row"


def test_control_characters_and_long_cells(tmp_path: Path) -> None:
    long = "長" * 100_000
    table = only(put(tmp_path, f"a,b\nx\0y\x1b[2J,{long}\n"))
    assert list(table.rows()) == [Row(2, ("xy[2J", long))]


def test_ragged_rows_and_blanks(tmp_path: Path) -> None:
    table = only(put(tmp_path, "a,b,,\n1,2,3,4\n\n,,\n5\n,6,,\n \u3000,\n7,8,,,\n"))
    assert table.headings == ("a", "b", "", "")
    assert list(table.rows()) == [Row(2, ("1", "2", "3", "4")), Row(5, ("5",)), Row(6, ("", "6")), Row(8, ("7", "8"))]


def test_sparse_last_row_is_data(tmp_path: Path) -> None:
    assert [row.cells for row in only(put(tmp_path, "a,b,c\n1,2,3\nx,,\n")).rows()] == [("1", "2", "3"), ("x",)]


def test_one_column(tmp_path: Path) -> None:
    table = only(put(tmp_path, "名稱\n空氣\n\n水\n"))
    assert (table.headings, list(table.rows())) == (("名稱",), [Row(2, ("空氣",)), Row(4, ("水",))])


def test_many_columns(tmp_path: Path) -> None:
    wide = ",".join(f"c{index}" for index in range(10_000))
    table = only(put(tmp_path, f"{wide}\n{wide.replace('c', 'v')}\n"))
    assert len(table.headings) == 10_000
    assert [len(row.cells) for row in table.rows()] == [10_000]


@pytest.mark.parametrize(("caps", "setting"), [
    (ReadSettings(max_bytes=10), "max_bytes"), (ReadSettings(max_rows=2), "max_rows"),
    (ReadSettings(max_columns=1), "max_columns")])
def test_caps(tmp_path: Path, caps: ReadSettings, setting: str) -> None:
    with pytest.raises(InputError, match=rf"^reading a\.csv: .*cap is \d+\. Raise read\.{setting}"):
        inventory.read(put(tmp_path, "a,b\n1,2\n3,4\n"), caps)


@pytest.mark.parametrize(("content", "told"), [
    (b"", "empty"), (b"\n\n ,\n", "header"), (b"%PDF-1.7\n", "PDF"), (b"\xef\xbb\xbf<!DOCTYPE html><table>", "HTML"),
    ("\n<html><body>x</body></html>".encode("utf-16"), "HTML"), (b'<?xml version="1.0"?><a/>', "XML"),
    (b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "Excel 2003"),
    (b"[]", "JSON"), (b"\x1f\x8b\x08\0", "gzip"), (b"\x89PNG\r\n", "PNG"), (b"1,2\n3,4\n", None)])
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes, told: str | None) -> None:
    path = put(tmp_path, content, "a.xls")
    if told is None:
        assert inventory.read(path, CAPS)[0].headings == ("1", "2")
        return
    with pytest.raises(InputError, match=told):
        inventory.read(path, CAPS)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        inventory.read(tmp_path / "none.csv", CAPS)
    with pytest.raises(InputError, match="not a file"):
        inventory.read(tmp_path, CAPS)


def test_shown_name(tmp_path: Path) -> None:
    path = put(tmp_path, "a,b\n1,2\n")
    assert inventory.read(path, CAPS, name="盤點.csv")[0].file == "盤點.csv"
