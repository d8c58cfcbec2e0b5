"""Hourly measurements of air quality as a table of many rows, for the benchmarks of lifting: the same rows each time.

    python benchmarks/air.py FILE.csv [--rows 1000000]

The columns are those of the hourly air quality index; a row is a station and an hour, the two are its key. Values are made up:
they wander from hour to hour, one in fifty is missing, and a few say `ND` or that they are below a limit.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

STATIONS: Final = 84
HEADINGS: Final = ("siteid,sitename,county,aqi,pollutant,status,so2,co,o3,o3_8hr,pm10,pm2.5,no2,nox,no,wind_speed,wind_direc,"
                   "publishtime,co_8hr,pm2.5_avg,pm10_avg,so2_avg,longitude,latitude")
_COUNTIES: Final = ("基隆市", "臺北市", "新北市", "桃園市", "新竹市", "苗栗縣", "臺中市", "彰化縣", "雲林縣", "嘉義市", "臺南市",
                    "高雄市", "屏東縣", "宜蘭縣", "花蓮縣", "臺東縣", "澎湖縣", "金門縣")
_POLLUTANTS: Final = ("", "細懸浮微粒", "懸浮微粒", "臭氧八小時", "二氧化氮")
_STATUS: Final = ((50, "良好"), (100, "普通"), (150, "對敏感族群不健康"), (200, "對所有族群不健康"), (500, "非常不健康"))
_MEASURES: Final = (("so2", 3.0, 1), ("co", 0.4, 2), ("o3", 35.0, 1), ("o3_8hr", 32.0, 1), ("pm10", 40.0, 0), ("pm2.5", 18.0, 0),
                    ("no2", 12.0, 1), ("nox", 15.0, 1), ("no", 3.0, 1), ("wind_speed", 2.5, 1))
_FIRST: Final = "東西南北中上下大小新"
_SECOND: Final = "山港林田橋湖園嶺"


def rows(count: int, seed: int = 13) -> Iterator[str]:
    """Yield so many lines of CSV, without line ends."""
    yield from islice(_rows(random.Random(seed)), count)


def _rows(chance: random.Random) -> Iterator[str]:
    places = [(number + 1, f"{_FIRST[number % 10]}{_SECOND[number // 10 % 8]}{'' if number < 80 else '二'}",
               _COUNTIES[number % len(_COUNTIES)], f"{120 + number / 50 + chance.random() / 50:.6f}",
               f"{22 + number / 30 + chance.random() / 50:.6f}") for number in range(STATIONS)]
    level = [[usual * (0.6 + 0.8 * chance.random()) for _, usual, _ in _MEASURES] for _ in places]
    hour = datetime(2000, 1, 1)
    while True:
        shown = hour.strftime("%Y/%m/%d %H:%M:%S")
        for (number, name, county, longitude, latitude), now in zip(places, level, strict=True):
            cells = []
            for place, (_, usual, digits) in enumerate(_MEASURES):
                now[place] = max(0.0, now[place] * 0.9 + 0.1 * usual + usual * (chance.random() - 0.5) * 0.4)
                cells.append(f"{now[place]:.{digits}f}")
            if chance.random() < 0.2:
                cells[chance.randrange(len(cells))] = chance.choice(("", "-", "-", "-")) if chance.random() < 0.99 else "ND"
            index = int(now[5] * 3)
            status = next(text for most, text in _STATUS if index <= most)
            yield (f"{number},{name},{county},{index},{_POLLUTANTS[0 if index <= 50 else 1 + number % 4]},{status},"
                   f"{','.join(cells)},{chance.randrange(360)},{shown},{now[1]:.1f},{now[5]:.1f},{now[4]:.0f},{now[0]:.0f},"
                   f"{longitude},{latitude}")
        hour += timedelta(hours=1)


def write(path: Path, count: int) -> None:
    """Write a file of so many rows, with headings."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADINGS + "\n")
        source = rows(count)
        while block := list(islice(source, 10_000)):
            file.write("\n".join(block) + "\n")


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    write(given.file, given.rows)


if __name__ == "__main__":
    main()
