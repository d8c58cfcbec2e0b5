"""Kill -9 a publish at random moments, again and again, and look each time whether anything was lost or broken.

    python benchmarks/kill.py [--times 200] [--rows 300] [--seed 1]

After each kill: the served release opens, every record has its document, the store answers with as many triples as the
documents have lines, the dump unpacks to the same, and every input it names is there with its SHA-256. At the end one publish
is left to finish, and its dump must equal that of a workspace that was never killed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from odlinked.catalog.release import Release
from odlinked.catalog.workspace import Workspace

HEADER = (
    "資料集識別碼,資料集名稱,資料提供屬性,服務分類,品質檢測,檔案格式,資料下載網址,編碼格式,資資料集上架方式,資料集描述,主要欄位說明,"
    "提供機關,更新頻率,授權方式,相關網址,計費方式,提供機關聯絡人姓名,提供機關聯絡人電話,上架日期,詮釋資料更新時間,備註,資料量"
)


def table(rows: int, edition: int) -> str:
    """Return a 22-column list whose rows differ a little from edition to edition."""
    dice = random.Random(edition)
    lines = [HEADER]
    for i in range(rows - edition % 3):
        text = f"第 {edition} 版" if dice.random() < 0.02 else "初版"
        lines.append(f"{1000 + i},測試資料集{i},檔案資料,公共資訊,金,CSV,https://data.example.tw/{i}.csv,UTF-8,原始資料,{text}描述,"
                     f"年度;數值,環境部,每1月,政府資料開放授權條款-第1版,,免費,,02-23117722,2020-01-01 00:00:00,"
                     f"2026-01-01 00:00:00,,5")
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


def publish(workspace: Path, file: Path) -> subprocess.Popen[bytes]:
    """Start a publish of its own process group."""
    return subprocess.Popen(
        [sys.executable, "-m", "odlinked", "publish", str(file), "--source", "national", "--workspace", str(workspace)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def looked_at(folder: Path) -> str:
    """Return the served release's name after looking at all of it; raise AssertionError for anything lost or broken."""
    workspace = Workspace(folder)
    name = workspace.current()
    if name is None:
        return "none"
    release = Release(workspace, name)
    text = b"".join(sorted(document.text for document in release.documents()))
    dumped = b"".join(gzip.decompress(part) for part in release.dump())
    assert Counter(dumped.split(b"\n")) == Counter(text.split(b"\n")), "the dump is not the documents"
    stored = sum(1 for _ in ox.Store.read_only(str(release.store_path)))
    lines = text.count(b"\n")
    assert stored == lines, f"the store holds {stored} triples, the documents {lines}"
    for kept in release.manifest["inputs"]:
        content = (workspace.inputs / kept["sha256"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == kept["sha256"], "an input is not what it was"
    release.close()
    return name


def main() -> None:
    """Kill and look."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--rows", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    dice = random.Random(given.seed)
    scratch = Path(tempfile.mkdtemp(prefix="odlinked-kill-"))
    seen: Counter[str] = Counter()
    try:
        span = timed(scratch, given.rows)
        for turn in range(given.times):
            file = scratch / "list.csv"
            file.write_text(table(given.rows, turn), encoding="utf-8")
            process = publish(scratch / "var", file)
            time.sleep(dice.random() * span * 1.1)
            ended = process.poll() is not None
            if not ended:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert not ended or process.returncode in (0, 1), process.stderr.read().decode() if process.stderr else ""
            seen["ended before the kill" if ended else "killed"] += 1
            seen[f"release {looked_at(scratch / 'var')}"] += 1
        last = scratch / "list.csv"
        assert publish(scratch / "var", last).wait() in (0, 1)
        name = looked_at(scratch / "var")
        releases = len([key for key in seen if key.startswith("release")])
        print(f"{given.times} publishes: {seen['killed']} killed, {seen['ended before the kill']} ended first; "
              f"{releases} different releases served; the last is {name}; nothing broken, nothing lost "
              f"(a publish takes {span:.2f} s here)")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def timed(scratch: Path, rows: int) -> float:
    """Return how long an undisturbed publish takes, in seconds."""
    file = scratch / "first.csv"
    file.write_text(table(rows, 0), encoding="utf-8")
    began = time.perf_counter()
    assert publish(scratch / "undisturbed", file).wait() in (0, 1)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
