"""An agency's tables of open data, data on request and withheld data: faultless rows, the file they stand in, its publishing."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from builders import firsts
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.publishing.assemble import Published
from odlinked.settings import Settings, SourceSettings

OPEN = (
    "序號",
    "開放狀況（新增/異動/下架）",
    "資料集名稱",
    "資料集代碼",
    "提供單位",
    "資料集描述",
    "資料集分類",
    "國家環境保護計畫分類",
    "SDGs目標分類",
    "開放年月",
    "承辦人",
    "聯絡電話／電子郵件",
    "備註",
    "下架面向",
    "下架原因",
    "資訊長核定",
    "提報會議",
)
REQUEST = (
    "序號",
    "資料集名稱",
    "使用條件",
    "資料申請網址",
    "實質效益",
    "提供單位",
    "開放年月",
    "承辦人",
    "聯絡電話／電子郵件",
    "備註",
    "資料集代碼",
    "轉換依據或理由",
    "機關首長核可",
    "公告",
)
PLANNED = "200年1月"
"""A month of opening that is still to come: January 2111."""
THEN = Clock.of("+08:00", datetime(2111, 1, 31, 4, tzinfo=UTC))
"""The clock when that month has come."""
WITHHELD = (
    "序號",
    "資料集名稱",
    "使用條件",
    "資料申請網址",
    "提供單位",
    "不予提供資料之法令依據或理由",
    "開放年月",
    "承辦人",
    "聯絡電話／電子郵件",
    "備註",
    "資料集代碼",
    "機關首長核可",
    "公告",
)


def write(path: Path, headings: tuple[str, ...], *rows: dict[str, str]) -> Path:
    """Write a table; cells by heading, the rest empty."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headings, *([row.get(heading, "") for heading in headings] for row in rows)])
    return path


def opened(code: str, status: str = "新增", **cells: str) -> dict[str, str]:
    """Return a faultless row of table 1."""
    return {
        "序號": "1",
        "開放狀況（新增/異動/下架）": status,
        "資料集名稱": f"河川水質監測{code}",
        "資料集代碼": code,
        "提供單位": "水質保護司",
        "資料集描述": "河川水質之檢測結果。",
        "資料集分類": "公共資訊",
        "國家環境保護計畫分類": "環境品質",
        "SDGs目標分類": "6",
        "開放年月": "115年1月",
        "承辦人": "承辦人丙",
        "聯絡電話／電子郵件": "02-5555-0100#2801",
        **cells,
    }


def withheld(title: str, **cells: str) -> dict[str, str]:
    """Return a faultless row of table 3."""
    return {
        "序號": "1",
        "資料集名稱": title,
        "提供單位": "水質保護司",
        "不予提供資料之法令依據或理由": "政府資訊公開法第18條第1項第6款",
        "聯絡電話／電子郵件": "02-5555-0100#2801",
        **cells,
    }


def publish(workspace: Workspace, file: Path, source: str = "moenv", *, public: bool = False,
            clock: Clock | None = None) -> Published:
    """Publish a table as a source, `public` where what it withholds is told, as of now or of a clock that stands still."""
    settings = Settings(sources={source: SourceSettings(public)}) if public else Settings()
    return firsts.publish(workspace, [file], source, settings, clock)
