"""A made catalogue whose figures by unit are those the economics ministry told of November 2020: 3,158 datasets, 598 platinum."""

from __future__ import annotations

from pathlib import Path

from builders.national_list import row, write

UNITS: dict[str, tuple[int, int, int, int]] = {
    "經濟部加工出口區管理處": (295, 148, 13, 0), "經濟部資訊中心": (5, 3, 0, 0), "經濟部國營事業委員會": (3, 1, 0, 0),
    "經濟部國際合作處": (14, 12, 0, 0), "經濟部水利署": (239, 59, 16, 0), "經濟部國際貿易局": (178, 24, 17, 0),
    "經濟部中央地質調查所": (185, 7, 17, 0), "經濟部統計處": (12, 10, 0, 0), "經濟部工業局": (211, 37, 18, 3),
    "經濟部人事處": (13, 11, 0, 0), "經濟部智慧財產局": (183, 4, 13, 0), "台灣中油股份有限公司": (261, 85, 12, 0),
    "經濟部能源局": (182, 34, 19, 0), "台灣自來水股份有限公司": (176, 5, 10, 0), "經濟部礦務局": (289, 97, 18, 0),
    "台灣糖業股份有限公司": (211, 46, 14, 0), "經濟部中小企業處": (180, 15, 19, 0), "經濟部秘書室": (2, 0, 0, 0),
    "經濟部總務司": (2, 0, 0, 0), "經濟部中部辦公室": (2, 0, 0, 0), "經濟部投資審議委員會": (2, 0, 0, 0),
    "經濟部技術處": (2, 0, 0, 0), "經濟部貿易調查委員會": (2, 0, 0, 0), "經濟部投資業務處": (2, 0, 0, 0),
    "經濟部專業人員研究中心": (2, 0, 0, 0), "經濟部會計處": (2, 0, 0, 0), "經濟部研究發展委員會": (2, 0, 0, 0),
    "經濟部法規委員會": (2, 0, 0, 0), "經濟部訴願審議委員會": (2, 0, 0, 0), "經濟部商業司": (160, 0, 14, 0),
    "台灣電力股份有限公司": (159, 0, 15, 0), "經濟部標準檢驗局": (178, 0, 19, 0),
}  # fmt: skip
"""Unit -> datasets, those of them with the platinum badge, listed before February 2015 (gold), on the white list."""

MINISTRY = "2.16.886.101.20003.20007"


def catalogue(path: Path, share: int = 1) -> Path:
    """Write the catalogue in the platform's 22 columns; with `share` 10 of each number about a tenth, rounded up."""
    rows, number = [], 200_000
    for unit, (datasets, *special) in UNITS.items():
        platinum, early, exempt = (-(-one // share) for one in special)
        for i in range(-(-datasets // share)):
            badge = "白金" if i < platinum else "無(白名單)" if i < platinum + exempt else "金"
            listed = "2014-03-01" if 0 <= i - platinum - exempt < early else "2016-03-01"
            cells = {"提供機關": unit, "品質檢測": badge, "上架日期": f"{listed} 00:00:00",
                     "詮釋資料更新時間": "2020-10-01 10:00:00", "檔案格式": "CSV", "編碼格式": "UTF-8", "資料量": "10",
                     "資料下載網址": f"https://data.example.tw/{number}.csv"}
            rows.append(row(number, f"{unit}資料集", **cells))
            number += 1
    return write(path, *rows)


def whole(share: int = 1) -> tuple[int, int, int]:
    """Return how many datasets `catalogue` writes, how many are platinum, and how many are on the white list."""
    columns = zip(*([-(-one // share) for one in unit] for unit in UNITS.values()), strict=True)
    datasets, platinum, _, exempt = (sum(column) for column in columns)
    return datasets, platinum, exempt


def totals(share: int = 1) -> dict[str, tuple[int, int]]:
    """Return unit -> (datasets, platinum) as `catalogue` writes them."""
    return {unit: (-(-datasets // share), -(-platinum // share)) for unit, (datasets, platinum, _, _) in UNITS.items()}
