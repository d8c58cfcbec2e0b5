"""The platform's list in its 22 columns: faultless rows, with some cells of one's own, and the file they stand in."""

from __future__ import annotations

import csv
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "data-gov-tw-excerpt.csv"
Rows = list[dict[str, str]]
HEADER = (
    "資料集識別碼", "資料集名稱", "資料提供屬性", "服務分類", "品質檢測", "檔案格式", "資料下載網址", "編碼格式",
    "資資料集上架方式", "資料集描述", "主要欄位說明", "提供機關", "更新頻率", "授權方式", "相關網址", "計費方式",
    "提供機關聯絡人姓名", "提供機關聯絡人電話", "上架日期", "詮釋資料更新時間", "備註", "資料量",
)


def row(number: int, name: str = "空氣品質", **cells: str) -> list[str]:
    """Return a faultless row of the 22-column form, with some cells of one's own (by heading)."""
    whole = dict(zip(HEADER, (
        str(number), f"{name}{number}", "檔案資料", "公共資訊", "金", "CSV;JSON",
        f"https://data.example.tw/{number}.csv;https://data.example.tw/{number}.json", "UTF-8;UTF-8",
        "系統介接程式", "測站每小時觀測結果。", "測站;數值", "環境部", "每1時", "政府資料開放授權條款-第1版",
        "https://data.example.tw/about", "免費",
        "承辦人甲", "02-23117722", "2020-01-02 00:00:00", "2026-03-01 10:00:00", "", "056;56",
    ), strict=True))
    whole.update(cells)
    return [whole[heading] for heading in HEADER]


def write(path: Path, *rows: list[str]) -> Path:
    """Write a list as the platform exports it."""
    lines = [",".join(f'"{cell}"' for cell in cells) for cells in (list(HEADER), *rows)]
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path


def example_rows() -> Rows:
    """Return the rows of the shipped excerpt: heading -> cell."""
    with EXAMPLE.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
