"""Wild tables, end to end: whatever is in them, each row is a record, a finding, or refused with its file; nothing falls over."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from builders import national_list
from builders.extent import extent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdsTable
from odf.table import TableCell, TableRow
from odf.text import P

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import OdlinkedError
from odlinked.intake.bindings import Bound, bind
from odlinked.mapping import forms, known_headings
from odlinked.mapping.verdicts import SEVERITY
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings, Settings
from odlinked.validation.inventories import check

SETTINGS = Settings(publish=PublishSettings(workers=1))
FORMS = forms.load_all(Assets())
MARK = re.compile(r"mark(\d+)x")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
NASTY = (
    "", " ", "\u3000", "無", "-", "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "\x00\x07\x1b[31m", "\ufeff", "\u202e倒",
    "'", '"', '"""', ",,,", ";;;;", "；；", "\r\n", "甲\n乙", "\t", "115年13月", "115/02/30", "民國百年", "1e400", "NaN",
    "9" * 400, "http://", "http://[::1", "http://x y/%zz", "javascript:alert(1)", "http://例え/ü#ü#", "https://a/?api_key=x;https://b;c",
    "Ａ１２", "A" * 70_000, "水" * 30_000, "<script>", "{{7*7}}", "%s%n", "../../etc/passwd", "urn:oid:x", "😀" * 50,
    "\u0301" * 50, "0912-345-678", "\\", "\\u0000", "'; DROP TABLE record", "_:b1", "<http://x> <y> <z> .", '"@en', '"^^<x>',
    "\u2028\u0085", "下架", "新增", "異動", "資料集下架", "依申請提供", "陳核中", "註：", "合計", "115年1月", "6", "公共資訊",
    "水質保護司", "環境部", "2.16.886.101.20003", "aqx_p_01", "AQX_P_01", "https://example.gov.tw/a.csv", "csv;json;xml", "UTF-8",
    "1;2;3",
)  # fmt: skip
CELLS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs",)), max_size=12))


@dataclass(frozen=True)
class Wild:
    """A table as drawn: its lines above, headings and rows; every row carries a mark of its own, in the first column."""

    above: list[list[str]]
    headings: list[str]
    rows: list[list[str]]


@st.composite
def tables(draw: st.DrawFn) -> Wild:
    """Draw a table on the columns of some form in any order, some missing, some double, some nobody knows."""
    form = draw(st.sampled_from(FORMS))
    known = [forms.title(column) for column in form.columns if column.required or draw(st.integers(0, 5))]
    known = draw(st.permutations(known))
    strange = draw(st.lists(st.sampled_from((*known, "備考", "", "=A1", "\x00", "\u202e倒\x1b[2J", "長" * 300)), max_size=3))
    headings = ["標記", *known, *strange]
    rows = []
    for number in range(draw(st.integers(0, 12))):
        width = draw(st.integers(0, len(headings) + 3))
        rows.append([f"mark{number}x", *(draw(CELLS) for _ in range(width))])
        if draw(st.integers(0, 9)) == 0:
            rows.append([])
    above = draw(st.lists(st.lists(st.sampled_from(("盤點表", "日期：115年", "", "一、")), max_size=2), max_size=2))
    return Wild(above, headings, rows)


def delimited(wild: Wild, path: Path, encoding: str = "utf-8-sig", separator: str = ",", end: str = "\r\n") -> None:
    """Write the table as text."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator=end).writerows([*wild.above, wild.headings, *wild.rows])
    path.with_suffix(".csv").write_bytes(buffer.getvalue().encode(encoding, "replace"))


def xlsx(wild: Wild, path: Path, cover: bool = False) -> None:
    """Write the table as a workbook, with formulas where cells look like them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (*wild.above, wild.headings, *wild.rows):
        sheet.append([ILLEGAL.sub("", cell)[:32_000] or None for cell in line])
    if cover:
        book.create_sheet("封面").append(["版次", "說明"])
    book.save(path.with_suffix(".xlsx"))


def ods(wild: Wild, path: Path, name: str = "清單") -> None:
    """Write the table as an OpenDocument spreadsheet."""
    book = OpenDocumentSpreadsheet()
    table = OdsTable(name=name)
    for line in (*wild.above, wild.headings, *wild.rows):
        row = TableRow()
        for cell in line:
            made = TableCell(valuetype="string")
            made.addElement(P(text=ILLEGAL.sub("", cell)))
            row.addElement(made)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path.with_suffix(".ods")))


def as_json(wild: Wild, path: Path, style: str = "bare", ascii_only: bool = False, encoding: str = "utf-8") -> None:
    """Write the rows as records, bare, under a key or a line each."""
    values = [dict(zip(wild.headings, row, strict=False)) for row in wild.rows if row]
    if style == "lines":
        text = "\n".join(json.dumps(value, ensure_ascii=ascii_only) for value in values)
    else:
        text = json.dumps(values if style == "bare" else {"success": True, "result": values}, ensure_ascii=ascii_only)
    path.with_suffix(".json").write_text(text, encoding=encoding)


STYLES: dict[Callable[..., None], tuple[st.SearchStrategy[object], ...]] = {
    delimited: (
        st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp950")), st.sampled_from((",", "\t", ";")),
        st.sampled_from(("\n", "\r\n", "\r")),
    ),
    xlsx: (st.booleans(),),
    ods: (st.sampled_from(("清單", "a'b", "<&>")),),
    as_json: (st.sampled_from(("bare", "key", "lines")), st.booleans(), st.sampled_from(("utf-8", "utf-8-sig"))),
}  # fmt: skip
"""Who writes a file -> what can be chosen about it."""


@st.composite
def written(draw: st.DrawFn) -> tuple[Wild, bytes, str]:
    """Draw a table and the file it is written as: the table, the bytes, the name."""
    wild = draw(tables())
    writer = draw(st.sampled_from((delimited, xlsx, ods, as_json)))
    with tempfile.TemporaryDirectory() as folder:
        writer(wild, Path(folder) / "wild", *(draw(choice) for choice in STYLES[writer]))
        (path,) = Path(folder).iterdir()
        return wild, path.read_bytes(), path.name


def marks(lines: Sequence[Sequence[str]]) -> Counter[str]:
    """Return how often each mark stands in some lines."""
    return Counter(found for line in lines for cell in line for found in MARK.findall(cell))


def shown(path: Path) -> Iterator[Sequence[str]]:
    """Yield every line the readers have of a file: headings, titles, notes and rows."""
    for table in inventory.read(path, SETTINGS.read, None, known_headings.knowledge(FORMS)):
        yield table.headings
        for row in (*table.titles, *table.rows()):
            yield row.cells


def silent(_stage: str, _done: int) -> None:
    """Say nothing."""


def tied(path: Path) -> Bound | None:
    """Return the tables of a file tied to their forms, None where the file is refused."""
    try:
        return bind(path, path.name, None, SETTINGS, Assets())
    except OdlinkedError:
        return None


def nothing_lost(wild: Wild, path: Path, workspace: Workspace) -> None:
    """Hold a file to it: refused by all in one line, or all its rows are told of by all."""
    bound = tied(path)
    if bound is None:
        for refusing in (
            lambda: check([path], None, None, SETTINGS, silent),
            lambda: Publisher(workspace, SETTINGS).publish([path], "wild"),
        ):
            with pytest.raises(OdlinkedError) as refused:
                refusing()
            assert "\n" not in str(refused.value)
        return
    assert marks(wild.rows) - marks(list(shown(path))) == Counter()
    rows = [(table.sheet, row.number) for table, _ in bound.tables for row in table.rows()]
    assert len(rows) == len(set(rows))
    report, notes = check([path], None, None, SETTINGS, silent)
    told = {(finding.sheet, finding.row) for finding in report.findings if finding.rule in SEVERITY}
    assert sum(table.records for table in report.checked) + len(told) == len(rows), "what is no record is told"
    assert all(note.isprintable() for note in notes), notes
    if len({binding.form.delta for _, binding in bound.tables}) > 1:
        with pytest.raises(OdlinkedError, match="some of its tables"):
            Publisher(workspace, SETTINGS).publish([path], "wild")
        return
    done = Publisher(workspace, SETTINGS).publish([path], "wild")
    assert done.rows == len(rows)
    accounted(workspace, done.release, bound, rows)


def accounted(workspace: Workspace, release: str, bound: Bound, rows: Sequence[tuple[str | None, int]]) -> None:
    """Each row has a record of its own or a finding that says why it has none."""
    index = Index(workspace.releases / release / "catalog.sqlite", read_only=True)
    entries = [entry for _, entry in index.entries().values() if entry.source == "wild"]
    recorded = {(entry.sheet, entry.row) for entry in entries if entry.key is not None}
    inputs = {one["id"] for one in workspace.manifest(release)["inputs"] if one["source"] == "wild"}
    told = {(sheet, row) for number, sheet, row, _ in index.issues() if number in inputs}
    index.close()
    assert set(rows) - recorded - told == set()
    assert recorded <= set(rows)
    assert told <= set(rows)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which another source has a record: what every first release holds is made once."""
    folder = tmp_path_factory.mktemp("begun")
    listed = national_list.write(folder / "list.csv", national_list.row(990_001))
    Publisher(Workspace(folder / "var"), SETTINGS).publish([listed], "national")
    return folder / "var"


@pytest.mark.slow
@settings(max_examples=extent(15, 50), deadline=None, suppress_health_check=list(HealthCheck))
@given(written())
def test_no_row_is_lost_and_nothing_falls_over(begun: Path, file: tuple[Wild, bytes, str]) -> None:
    wild, content, name = file
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        nothing_lost(wild, path, Workspace(shutil.copytree(begun, Path(folder) / "var")))


def wide(columns: int) -> Wild:
    """Return three rows of a known form with as many columns as wished, the known ones among them twice."""
    form = next(form for form in FORMS if form.name == "moenv-open")
    known = [forms.title(column) for column in form.columns]
    headings = ["標記", *known, *known, *(f"欄{number}" for number in range(columns - 1 - 2 * len(known)))]
    return Wild([], headings, [[f"mark{n}x", *("值" for _ in headings[1:])] for n in range(3)])


@pytest.mark.slow
@pytest.mark.parametrize("writer", [delimited, xlsx, as_json])
def test_ten_thousand_columns(tmp_path: Path, writer: Callable[..., None]) -> None:
    """Headings a form knows among thousands it does not fit no form; said which form it is, every row is told of."""
    (tmp_path / "in").mkdir()
    writer(wide(10_000), tmp_path / "in" / "wide")
    (path,) = (tmp_path / "in").iterdir()
    assert max(map(len, shown(path))) >= 9_900
    with pytest.raises(OdlinkedError, match=r"knows \d+ of \d+ headings") as caught:
        check([path], None, None, SETTINGS, silent)
    assert len(str(caught.value)) < 3_000
    report, notes = check([path], "moenv-open", None, SETTINGS, silent)
    assert sum(table.records for table in report.checked) == 3
    assert sum(map(len, notes)) < 3_000
    done = Publisher(Workspace(tmp_path / "var"), SETTINGS).publish([path], "wild", "moenv-open")
    assert done.rows == 3
