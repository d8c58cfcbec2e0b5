"""Makes the example files out of `facts/`, the same bytes each time, and tells in `planted.json` which mistakes they hold.

    python examples/make.py

Names, codes and publishers of the datasets are real (data.gov.tw and data.moenv.gov.tw, 2025 and 2026; Open Government Data
License, version 1.0). Descriptions, dates, telephone numbers and the mistakes were written for these examples. The last column
of a facts file, `planted`, names a mistake as RULE@HEADING, for a member of a `;`-list RULE@HEADING#MEMBER.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

HERE = Path(__file__).resolve().parent
MADE = datetime(2026, 4, 1)
HEADINGS = (
    "序\n號", "開放狀況\n（新增/異動/\n下架）", "資料\n集名\n稱", "資料\n集代\n碼", "提供\n單位", "資料\n集描\n述",
    "資料\n集分\n類", "國家環境保\n護計畫分類", "SDGs目\n標分類", "開放\n年\n月", "承\n辦\n人",
    "聯絡電\n話\n／\n電子郵\n件", "備\n註",
)
WIDTHS = (6, 12, 34, 14, 16, 44, 18, 18, 14, 12, 10, 22, 24)
NOTES = ("註：", "1.開放資料以結構化格式之原始資料（Raw Data）為主。", "2.請將新增或異動之資料填列於表內。")
TITLE, TABLE, DATE = "環境部政府開放資料盤點表", "一、一般開放資料盤點表", "日期：115年3月31日"
ANNEX = {
    "on-request.csv": "二、依申請提供或限制利用之開放資料盤點表", "withheld.csv": "三、不予提供資料之資料集盤點表",
}
CONDITIONS = "使用條件：\n1.收費（請補充收費基準資料）\n2.限制利用（請補充說明）\n3.其他限制條件授權利用（請填寫說明）"
LISTED = 9
"""Records of the export that the list in JSON has."""

GAP = 5
"""A blank row follows this many records, as a unit's block would."""


def main() -> None:
    """Write all example files and `planted.json`."""
    planted: list[dict[str, object]] = []
    facts = _facts("inventory.csv")
    makers = {".xlsx": _xlsx, ".ods": _ods, ".csv": _big5}
    for name in dict.fromkeys(fact["file"] for fact in facts):
        mine = [fact for fact in facts if fact["file"] == name]
        makers[Path(name).suffix](HERE / name, mine, planted)
    _annex(HERE / "moenv-inventory-annex-2026.xlsx", planted)
    _export(HERE / "data-gov-tw-excerpt.csv", planted)
    _list(HERE / "data-gov-tw-list.json", planted)
    _delta(HERE / "data-gov-tw-delta-2026-03-02", planted)
    _api(HERE / "data-gov-tw-api-28178.json", planted)
    _plain(HERE / "moenv-inventory-bilingual-2026.csv", "bilingual.csv", planted)
    _plain(HERE / "oid-gds-excerpt.csv", "organizations.csv", planted)
    _plain(HERE / "oid-changes-excerpt.csv", "changes.csv", planted)
    _plain(HERE / "usage-excerpt.csv", "usage.csv", planted)
    _plain(HERE / "feedback-excerpt.csv", "feedback.csv", planted)
    _plain(HERE / "moea-cost-excerpt.csv", "costs.csv", planted)
    _plain(HERE / "series-excerpt.csv", "series.csv", planted)
    _plain(HERE / "appraisal-excerpt.csv", "appraisal.csv", planted)
    planted.sort(key=lambda mistake: (str(mistake["file"]), str(mistake["sheet"]), mistake["row"], str(mistake["column"])))
    lines = ",\n".join("  " + json.dumps(mistake, ensure_ascii=False) for mistake in planted)
    (HERE / "planted.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _facts(name: str) -> list[dict[str, str]]:
    with (HERE / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _records(facts: list[dict[str, str]], first: int) -> Iterator[tuple[int, list[str], dict[str, str]]]:
    """Yield (row number, cells, fact): a running number, then the columns of the form; `GAP` leaves a blank row."""
    row = first
    for number, fact in enumerate(facts, 1):
        cells = [str(number), *(value for key, value in fact.items() if key not in ("file", "sheet", "planted"))]
        yield row, cells, fact
        row += 2 if number == GAP else 1


def _plant(planted: list[dict[str, object]], file: str, sheet: str | None, row: int, fact: dict[str, str],
           keys: list[str]) -> None:
    """Note the mistakes of a record: where they stand and which rule tells them."""
    for mistake in filter(None, fact["planted"].split(" ")):
        rule, heading = mistake.split("@")
        heading, _, member = heading.partition("#")
        column = get_column_letter(keys.index(heading) + 1)
        place: dict[str, object] = {"file": file, "sheet": sheet, "row": row, "column": column, "rule": rule}
        planted.append(place | {"member": int(member)} if member else place)


def _keys(fact: dict[str, str]) -> list[str]:
    return ["序號", *(key for key in fact if key not in ("file", "sheet", "planted"))]


def _xlsx(path: Path, facts: list[dict[str, str]], planted: list[dict[str, object]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    thin = Side(style="thin", color="999999")
    wrapped = Alignment(wrap_text=True, vertical="top")
    for name in dict.fromkeys(fact["sheet"] for fact in facts):
        sheet = book.create_sheet(name)
        sheet.append([TITLE])
        sheet.append([f"{TABLE}（{name}）"])
        sheet.append([DATE])
        for row in (1, 2):
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(HEADINGS))
            sheet.cell(row, 1).alignment = Alignment(horizontal="center")
            sheet.cell(row, 1).font = Font(bold=True, size=16 - 2 * row)
        for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True), 1):
            cell = sheet.cell(4, column, heading)
            sheet.merge_cells(start_row=4, end_row=5, start_column=column, end_column=column)
            cell.alignment, cell.font = Alignment(wrap_text=True, horizontal="center", vertical="center"), Font(bold=True)
            cell.fill = PatternFill("solid", start_color="DDEBDA")
            sheet.column_dimensions[get_column_letter(column)].width = width
        row = 5
        for row, cells, fact in _records([fact for fact in facts if fact["sheet"] == name], 6):
            for column, text in enumerate(cells, 1):
                cell = sheet.cell(row, column, text or None)
                cell.alignment, cell.border = wrapped, Border(thin, thin, thin, thin)
            sheet.cell(row, 1).value = int(cells[0])
            _plant(planted, path.name, name, row, fact, _keys(fact))
        for number, note in enumerate(NOTES):
            sheet.cell(row + 2 + number, 1, note)
        sheet.freeze_panes = "C6"
    book.properties.creator, book.properties.title = "odlinked", TITLE
    book.properties.created = book.properties.modified = MADE
    buffer = io.BytesIO()
    book.save(buffer)
    _steady(path, buffer)


def _annex(path: Path, planted: list[dict[str, object]]) -> None:
    """Add tables 2 and 3 to the workbook that has table 1: both on one sheet, one below the other."""
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("表二、表三")
    wrapped, row = Alignment(wrap_text=True, vertical="top"), 0
    for name, title in ANNEX.items():
        facts = _facts(name)
        keys = [key for key in facts[0] if key != "planted"]
        headings = ["序號", *(CONDITIONS if key == "使用條件" else key for key in keys)]
        for text in (TITLE, title, DATE):
            row += 1
            sheet.cell(row, 1, text).font = Font(bold=True)
        row += 1
        for column, heading in enumerate(headings, 1):
            cell = sheet.cell(row, column, heading)
            cell.alignment, cell.font = Alignment(wrap_text=True, horizontal="center"), Font(bold=True)
        for number, fact in enumerate(facts, 1):
            row += 1
            sheet.cell(row, 1, number)
            for column, key in enumerate(keys, 2):
                sheet.cell(row, column, fact[key].replace("\\n", "\n") or None).alignment = wrapped
            _plant(planted, path.name, sheet.title, row, fact, ["序號", *keys])
        row += 2
    book.properties.created = book.properties.modified = MADE
    buffer = io.BytesIO()
    book.save(buffer)
    _steady(path, buffer)


def _ods(path: Path, facts: list[dict[str, str]], planted: list[dict[str, object]]) -> None:
    book = OpenDocumentSpreadsheet()
    for name in dict.fromkeys(fact["sheet"] for fact in facts):
        rows: dict[int, list[str]] = {1: [TITLE], 2: [f"{TABLE}（{name}）"], 3: [DATE], 4: list(HEADINGS)}
        row = 4
        for row, cells, fact in _records([fact for fact in facts if fact["sheet"] == name], 5):
            rows[row] = cells
            _plant(planted, path.name, name, row, fact, _keys(fact))
        rows.update({row + 2 + number: [note] for number, note in enumerate(NOTES)})
        table = Table(name=name)
        for number in range(1, max(rows) + 1):
            line = TableRow()
            for text in rows.get(number, [""]):
                cell = TableCell(valuetype="string") if text else TableCell()
                for part in text.split("\n") if text else ():
                    cell.addElement(P(text=part))
                line.addElement(cell)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    buffer = io.BytesIO()
    book.write(buffer)
    _steady(path, buffer)


def _big5(path: Path, facts: list[dict[str, str]], planted: list[dict[str, object]]) -> None:
    keys = _keys(facts[0])
    headings = [heading.replace("\n", "") for heading in HEADINGS]
    lines = [[TITLE], [DATE], headings]
    for row, cells, fact in _records(facts, 4):
        lines.extend([""] * len(headings) for _ in range(row - len(lines) - 1))
        lines.append(cells)
        _plant(planted, path.name, None, row, fact, keys)
    lines.extend([note] for note in NOTES)
    path.write_bytes(_csv(lines).encode("cp950"))


def _export(path: Path, planted: list[dict[str, object]]) -> None:
    _plain(path, "export.csv", planted)


def _plain(path: Path, name: str, planted: list[dict[str, object]]) -> None:
    """A table as platforms export it: UTF-8 with a byte order mark."""
    facts = _facts(name)
    keys = [key for key in facts[0] if key != "planted"]
    lines = [keys]
    for row, fact in enumerate(facts, 2):
        lines.append([fact[key].replace("\\n", "\n") for key in keys])
        _plant(planted, path.name, None, row, {"planted": "", **fact}, keys)
    path.write_bytes(_csv(lines).encode("utf-8-sig"))


def _list(path: Path, planted: list[dict[str, object]]) -> None:
    """The first records of the export as JSON, with a byte order mark inside the first key as some exports have it."""
    facts = _facts("export.csv")[:LISTED]
    keys = [key for key in facts[0] if key != "planted"]
    for row, fact in enumerate(facts, 1):
        _plant(planted, path.name, None, row, fact, keys)
    records = [{("\ufeff" if key == keys[0] else "") + key: fact[key].replace("\\n", "\n") for key in keys} for fact in facts]
    path.write_text(json.dumps(records, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _delta(path: Path, planted: list[dict[str, object]]) -> None:
    """A day's changes as CSV and as JSON: records of the export, with what happened to them."""
    records = {fact["資料集識別碼"]: fact for fact in _facts("export.csv")}
    facts = []
    for change in _facts("delta.csv"):
        fact = records[change["資料集識別碼"]]
        facts.append(fact | change | {"planted": f"{fact['planted']} {change['planted']}"})
    keys = [key for key in facts[0] if key != "planted"]
    lines = [{key: fact[key].replace("\\n", "\n") for key in keys} for fact in facts]
    for row, fact in enumerate(facts, 1):
        _plant(planted, f"{path.name}.csv", None, row + 1, fact, keys)
        _plant(planted, f"{path.name}.json", None, row, fact, keys)
    path.with_suffix(".csv").write_bytes(_csv([keys, *(list(line.values()) for line in lines)]).encode("utf-8-sig"))
    path.with_suffix(".json").write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _api(path: Path, planted: list[dict[str, object]]) -> None:
    """One record as the platform's API gives it, in its envelope."""
    facts = json.loads((HERE / "facts" / "api.json").read_text(encoding="utf-8"))
    _plant(planted, path.name, "result", 1, facts, list(dict.fromkeys(_paths(facts["answer"]["result"], ""))))
    path.write_text(json.dumps(facts["answer"], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _paths(value: object, path: str) -> Iterator[str]:
    """Yield the paths of keys to the values in a record, as they become columns."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, path)
    else:
        yield path


def _csv(lines: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(lines)
    return buffer.getvalue()


def _steady(path: Path, package: io.BytesIO) -> None:
    """Write a ZIP package with fixed times, so that the same facts give the same bytes."""
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(path, "w") as target:
        names = sorted(source.namelist(), key=lambda name: (name != "mimetype", name != "[Content_Types].xml", name))
        for name in names:
            info = zipfile.ZipInfo(name, date_time=MADE.timetuple()[:6])
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _fixed(content)
            target.writestr(info, content)


def _fixed(core: bytes) -> bytes:
    """Return workbook properties with the time of saving set to the fixed one."""
    text = core.decode()
    for tag in ("dcterms:created", "dcterms:modified"):
        start = text.index(">", text.index(f"<{tag}")) + 1
        text = text[:start] + MADE.strftime("%Y-%m-%dT%H:%M:%SZ") + text[text.index(f"</{tag}>"):]
    return text.encode()


if __name__ == "__main__":
    main()
