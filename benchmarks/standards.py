"""How fast values are checked against data standards: values a second of processor time, most of them seen once only.

    python benchmarks/standards.py [ROWS]
"""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from collections.abc import Callable

from odlinked.assets import Assets
from odlinked.standards import packs

COLUMNS: dict[str, Callable[[random.Random], str]] = {
    "日期": lambda some: f"20{some.randrange(100):02}{some.randrange(1, 13):02}{some.randrange(1, 29):02}",
    "更新時間": lambda some: f"2026-{some.randrange(1, 13):02}-{some.randrange(1, 29):02}T"
                         f"{some.randrange(24):02}:{some.randrange(60):02}:{some.randrange(60):02}+08:00",
    "統一編號": lambda some: _number(some),
    "縣市": lambda some: some.choice(("臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "台東縣", "金門縣")),
    "行政區域代碼": lambda some: f"63000{some.randrange(1000):03}",
    "地址": lambda some: f"臺北市中正區忠孝東路{some.randrange(1, 8)}段{some.randrange(1, 999)}號{some.randrange(1, 30)}樓",
    "電話": lambda some: f"02-{some.randrange(20_000_000, 89_999_999)}#{some.randrange(10_000)}",
    "經度": lambda some: f"{some.uniform(119, 122):.6f}",
    "緯度": lambda some: f"{some.uniform(21.9, 25.3):.6f}",
    "金額": lambda some: str(some.randrange(10 ** 7)),
}


def _number(some: random.Random) -> str:
    """Return a business number, one of fifty with a wrong last digit."""
    stem = f"{some.randrange(10 ** 7):07}"
    total = sum(sum(map(int, str(int(digit) * weight))) for digit, weight in zip(stem, (1, 2, 1, 2, 1, 2, 4), strict=True))
    return stem + str((-total + (some.randrange(50) == 0)) % 10)


def main(count: int) -> None:
    """Print the rates of each column, of all together, and the memory that checking takes."""
    standards, some = packs.load(Assets()), random.Random(1)
    rows = [[make(some) for make in COLUMNS.values()] for _ in range(count)]
    print(f"{count:,} rows of {len(COLUMNS)} columns")
    for index, name in enumerate(COLUMNS):
        values = [[row[index]] for row in rows]
        check = standards.check()
        check.begin([name])
        seconds = _timed(check.take, values)
        found = check.outcome()[0]
        distinct = len({value for value, in values})
        print(f"{count / seconds:12,.0f} values/s  {name}  ({distinct:,} distinct, {found.failed:,} failed)")
    check = standards.check()
    check.begin(list(COLUMNS))
    seconds = _timed(check.take, rows)
    print(f"{count * len(COLUMNS) / seconds:12,.0f} values/s  all columns together")
    tracemalloc.start()
    check.begin(list(COLUMNS))
    _timed(check.take, rows)
    print(f"{tracemalloc.get_traced_memory()[1] / 1e6:12.1f} MB at most while checking them")


def _timed(take: Callable[[int, list[str]], None], rows: list[list[str]]) -> float:
    start = time.process_time()
    for number, row in enumerate(rows, 2):
        take(number, row)
    return time.process_time() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
