"""Widen the real 7-column national list to the official 22 columns, from a seed: real ids, names, agencies and URLs.

    python benchmarks/widen.py SLIM.csv WIDE.csv [--seed 7] [--rows N] [--touch K] [--times T]

`--touch K` changes the description of K rows, for measuring a small change; `--times T` writes a list T times as long, in which
every dataset comes again under other identifiers, names and addresses. The same seed gives the same bytes. What is made
up (descriptions, frequencies, dates, fields) follows the shares and spellings of the real list.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from itertools import islice
from pathlib import Path

HEADER = [
    "資料集識別碼", "資料集名稱", "資料提供屬性", "服務分類", "品質檢測", "檔案格式", "資料下載網址", "編碼格式",
    "資資料集上架方式", "資料集描述", "主要欄位說明", "提供機關", "更新頻率", "授權方式", "相關網址", "計費方式",
    "提供機關聯絡人姓名", "提供機關聯絡人電話", "上架日期", "詮釋資料更新時間", "備註", "資料量",
]
THEMES = {
    "公共資訊": 30402, "生活安全及品質": 4682, "購屋及遷徙": 3997, "交通及通訊": 3530, "投資理財": 1679, "休閒旅遊": 1507,
    "就醫": 1481, "開創事業": 1364, "求學及進修": 1224, "求職及就業": 969, "生育保健": 400, "選舉及投票": 300, "老年安養": 250,
}
FREQUENCIES = {"不定期更新": 34051, "每1年": 9513, "每1月": 3116, "每1日": 1900, "每1季": 1500, "每6月": 900, "每1時": 500,
               "每1週": 400, "每2年": 200, "不更新": 600, "每天": 40}
BADGES = {"金": 30000, "白金": 12000, "銀": 3000, "銅": 4000, "無(未做品檢)": 3000, "無(品檢未過)": 500, "無(白名單)": 47}
FIELDS = [
    "SiteName(測站名稱)", "年度", "月份", "縣市別", "鄉鎮市區", "村里", "機關名稱", "地址", "電話", "經度(WGS84)",
    "緯度(WGS84)", "統一編號", "案件數", "金額(元)", "人數", "面積(平方公尺)", "單位", "項目", "類別", "數值",
    "備註", "更新時間", "資料日期", "名稱", "編號", "英文名稱", "網址", "開始日期", "結束日期", "男性人數",
    "女性人數", "合計",
]
WORDS = [
    "提供", "統計", "資料", "各縣市", "每月", "更新", "包含", "地點", "名稱", "數量", "管理", "申請", "核准", "案件",
    "年度", "調查", "監測", "結果", "服務", "據點", "清冊", "民眾", "查詢", "加值", "應用",
]


def chosen(dice: random.Random, weights: dict[str, int]) -> str:
    """Draw a key by its weight."""
    return dice.choices(list(weights), list(weights.values()))[0]


def urls(cell: str) -> list[str]:
    """Cut a list of URLs at `;`, re-joining parts that do not start with http."""
    found: list[str] = []
    for part in cell.split(";"):
        if found and not part.startswith("http"):
            found[-1] += ";" + part
        elif part:
            found.append(part)
    return found


def formats_of(links: list[str], first: str, dice: random.Random) -> list[str]:
    """Guess each link's format from its suffix, else the row's first format, else draw one."""
    found = []
    for link in links:
        suffix = re.search(r"[./=](csv|json|xml|xlsx|xls|ods|pdf|zip|kml|shp)\b", link.lower())
        found.append((suffix[1] if suffix else first if first != "bin" else dice.choice(["csv", "json"])).upper())
    return found


def again(row: dict[str, str], time: int) -> dict[str, str]:
    """Return a row as another dataset of the same agency; the first time as it is."""
    if not time:
        return row
    links = [f"{link}{'&' if '?' in link else '?'}copy={time}" for link in urls(row["資料下載網址"])]
    return {**row, "資料集識別碼": f"{time}00{row['資料集識別碼']}", "資料集名稱": f"{row['資料集名稱']}之{time}",
            "資料下載網址": ";".join(links)}


def widened(row: dict[str, str], dice: random.Random) -> list[str]:
    """Return a 22-column row for a 7-column one."""
    links = urls(row["資料下載網址"])
    formats = formats_of(links, row["檔案格式(首)"], dice)
    service = row["檔案格式(首)"] == "bin" and dice.random() < 0.9
    issued = f"{dice.randint(2013, 2026)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02} {dice.randint(0, 23):02}:00:00"
    modified = f"2026-{dice.randint(1, 3):02}-{dice.randint(1, 11):02} {dice.randint(0, 23):02}:{dice.randint(0, 59):02}:00"
    text = row["資料集名稱"] + "，" + "".join(dice.choices(WORDS, k=dice.randint(6, 30))) + "。"
    fields = ";".join(dice.sample(FIELDS, dice.randint(3, 16)))
    return [
        row["資料集識別碼"], row["資料集名稱"], "API服務" if service else "檔案資料", chosen(dice, THEMES), chosen(dice, BADGES),
        ";".join(formats), ";".join(links), ";".join(dice.choices(["UTF-8", "BIG5"], [97, 3])[0] for _ in links),
        dice.choice(["系統介接程式", "原始資料"]), "" if dice.random() < 0.01 else text, fields, row["提供機關"],
        chosen(dice, FREQUENCIES), "政府資料開放授權條款-第1版", "https://data.gov.tw/" if dice.random() < 0.2 else "",
        "免費", "", f"02-23{dice.randint(100000, 999999)}", issued, modified, "",
        ";".join(str(dice.randint(0, 5000)) for _ in links),
    ]


def main() -> None:
    """Read, widen, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("slim", type=Path)
    options.add_argument("wide", type=Path)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--rows", type=int, default=0, help="only the first N rows")
    options.add_argument("--touch", type=int, default=0, help="change the description of K rows")
    options.add_argument("--times", type=int, default=1, help="write every dataset so many times, as others")
    given = options.parse_args()
    csv.field_size_limit(1 << 24)
    dice = random.Random(given.seed)
    with (given.slim.open(encoding="utf-8-sig", newline="") as source,
          given.wide.open("w", encoding="utf-8-sig", newline="") as target):
        write = csv.writer(target)
        write.writerow(HEADER)
        touched = 0
        slim = list(islice(csv.DictReader(source), given.rows or None))
        for time in range(given.times):
            for number, row in enumerate(slim):
                wide = widened(again(row, time), dice)
                if touched < given.touch and number % 1000 == 500:
                    wide[9] += "（修訂）"
                    touched += 1
                write.writerow(wide)


if __name__ == "__main__":
    main()
