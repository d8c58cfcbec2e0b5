"""Publishes of real processes, killed and set against each other: nothing lost, nobody left over, the second refused by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.extent import extent

from odlinked.catalog.keeping.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="signals, /proc and locks are those of Linux")]

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
HEADER = (
    "資料集識別碼,資料集名稱,資料提供屬性,服務分類,品質檢測,檔案格式,資料下載網址,編碼格式,資資料集上架方式,資料集描述,主要欄位說明,"
    "提供機關,更新頻率,授權方式,相關網址,計費方式,提供機關聯絡人姓名,提供機關聯絡人電話,上架日期,詮釋資料更新時間,備註,資料量"
)


@pytest.fixture
def long_list(tmp_path: Path) -> Path:
    """A list that takes some seconds to publish on worker processes, as more than 3,000 documents do."""
    rows = (f"{i},資料集{i},檔案資料,公共資訊,金,CSV,https://data.example.tw/{i}.csv,UTF-8,原始資料,描述{i},年度;數值,環境部,每1月,"
            f"政府資料開放授權條款-第1版,,免費,,02-23117722,2020-01-01 00:00:00,2026-01-01 00:00:00,,5" for i in range(3_200))
    file = tmp_path / "list.csv"
    file.write_text("\ufeff" + "\r\n".join((HEADER, *rows)) + "\r\n", encoding="utf-8")
    return file


def start(workspace: Path, file: Path) -> subprocess.Popen[str]:
    """Start a publish as a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "odlinked", "publish", str(file), "--source", "national", "--workspace", str(workspace)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def until(what: str, true: Callable[[], bool]) -> None:
    """Wait for a callable to say yes, at most two minutes."""
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, f"{what} in two minutes"
        time.sleep(0.02)


def group(leader: int) -> list[str]:
    """Return the command lines of the living processes of a group."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if process.name.isdigit() and int(fields[2]) == leader and fields[0] not in "ZX":
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except (OSError, IndexError):
            continue
    return found


def held(workspace: Path) -> bool:
    """Tell whether a publish has written its name into the lock."""
    lock = workspace / "lock"
    return lock.is_file() and bool(lock.read_text(encoding="utf-8"))


def test_two_publishes_at_once_end_with_the_second_refused_by_name(tmp_path: Path, long_list: Path) -> None:
    workspace = tmp_path / "var"
    first = start(workspace, long_list)
    until("no lock", lambda: held(workspace))
    second = start(workspace, long_list)
    output, errors = second.communicate(timeout=900)
    assert first.poll() is None, "refused at once, not after the first"
    assert (second.returncode, output) == (2, "")
    assert f"held by `odlinked publish` (process {first.pid}, since " in errors
    assert errors.count("\n") == 1
    first.communicate(timeout=600)
    assert first.returncode in (0, 1)
    assert Workspace(workspace).current() == "000001"


def test_workers_end_with_a_publisher_that_is_killed(tmp_path: Path, long_list: Path) -> None:
    publisher = start(tmp_path / "var", long_list)
    try:
        until("no workers", lambda: sum("spawn_main" in line for line in group(publisher.pid)) >= 2)
        os.kill(publisher.pid, signal.SIGKILL)
        publisher.wait()
        until("workers outlive their publisher", lambda: not group(publisher.pid))
    finally:
        if group(publisher.pid):
            os.killpg(publisher.pid, signal.SIGKILL)


def test_publishes_and_purges_that_are_killed_lose_nothing() -> None:
    """After each kill of a purge, its record is wholly there or wholly gone. One workspace for both: that takes half a minute."""
    kills, purges = extent((4, 1), (15, 4))
    done = subprocess.run([sys.executable, str(BENCHMARKS / "kill.py"), "--times", str(kills), "--purges", str(purges),
                           "--rows", "700"],
                          capture_output=True, text=True, timeout=1_800)
    assert done.returncode == 0, done.stderr
    assert {f"killed: {kills}", f"purges killed: {purges}"} <= set(done.stdout.replace("\n", ", ").split(", "))
    assert "nothing broken, nothing lost" in done.stdout
