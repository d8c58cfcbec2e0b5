"""Rows are lifted beside the workspace's lock: others publish meanwhile, and a kill leaves the release before served."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.lifted import DATA, GRAPH, described, joined, listed, run
from builders.national_list import row, write

from odlinked.assets import Assets
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli import lift, lift_stars
from odlinked.cli.lift_options import LiftOptions
from odlinked.errors import InputError
from odlinked.lifting.conversion.faults import FaultLog
from odlinked.lifting.describing import documents
from odlinked.lifting.publication.publication import PublishedFiles
from odlinked.publishing import rows
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

pytest.importorskip("pyarrow")
ONE_FILE = row(6001, 資料集名稱="空氣品質測站", 檔案格式="CSV", 編碼格式="UTF-8",
               資料下載網址="https://data.example.tw/stations.csv", 資料量="4")


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A folder whose catalogue has a dataset with one file."""
    assert listed(tmp_path, ONE_FILE, row(6002)).exit_code == 0
    return tmp_path


def graphs(folder: Path) -> tuple[int, bool]:
    """Return how many triples the served release has of the rows, and whether it has a name published later."""
    release = Releases(Workspace(folder / "var")).current()
    store = ox.Store.read_only(str(release.store_path))
    found = len(list(store.quads_for_pattern(None, None, None, ox.NamedNode(GRAPH))))
    later = any("別的名稱" in str(quad.object) for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    release.close()
    return found, later


class Others:
    """Publishes another list, as often as it is told to, when the lifting tells that a stage is done."""

    def __init__(self, folder: Path, times: int, *lists: list[list[str]]) -> None:
        self.folder, self.times, self.lists, self.codes = folder, times, lists, list[int]()

    def heard(self, stage: str, done: int) -> None:
        """Take what the lifting tells."""
        if stage == "store" and done == 1 and len(self.codes) < self.times:
            given = self.lists[len(self.codes) % len(self.lists)]
            file = write(self.folder / f"later-{len(self.codes)}.csv", *given)
            self.codes.append(run(self.folder, "publish", file, "--source", "nat", "--allow-removals").exit_code)


def publish(folder: Path, others: Others) -> None:
    """Publish the rows of a file, with `others` publishing whenever its store is made."""
    settings, file = Settings(), described(folder)
    publisher = Publisher(Workspace(folder / "var"), settings, others.heard)
    one = lift.lifting(file, LiftOptions(mode="minimal"), settings, Assets(settings.overlays), FaultLog(str))
    document = documents.read(documents.place_of(file))
    assert document is not None

    def files(table: LiftedTable, target: Path, source: str) -> str:
        assets = publisher.desk.assets
        return PublishedFiles(one, document, table.graph, target, source, assets, lift_stars.gauge(one, settings),
                              lift_stars.known(assets)).write(one.located())

    rows.join(publisher, "6001", file.name, files)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_others_publish_while_rows_are_made_ready_and_both_are_served(catalogue: Path, times: int) -> None:
    renamed = [ONE_FILE, row(6002, 資料集名稱="別的名稱")]
    again = [ONE_FILE, row(6002, 資料集名稱="別的名稱"), row(6003)]
    others = Others(catalogue, times, renamed, again)
    publish(catalogue, others)
    assert len(others.codes) == times
    found, later = graphs(catalogue)
    assert found > 20
    assert later == (times > 0)
    assert not (catalogue / "var" / "lifting").exists()


def test_rows_whose_dataset_went_meanwhile_are_refused(catalogue: Path) -> None:
    others = Others(catalogue, 1, [row(6002)])
    with pytest.raises(InputError, match="no such dataset is published"):
        publish(catalogue, others)
    assert len(others.codes) == 1
    assert graphs(catalogue)[0] == 0
    assert [path.name for path in (catalogue / "var" / "rows").iterdir()] == []


def test_one_lifting_to_publish_at_a_time(catalogue: Path) -> None:
    with Workspace(catalogue / "var").apart("lift"):
        done = joined(catalogue)
    assert done.exit_code == 2
    assert "held by `odlinked lift`" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("reached", ["lifting/files/rows.nq.gz", "lifting/files/rows.ttl.gz", "lifting/store-0"])
def test_a_kill_leaves_the_release_before_and_the_next_run_sweeps(catalogue: Path, reached: str) -> None:
    first, body = DATA.splitlines()[0], DATA.splitlines()[1].split(",", 1)[1]
    large = described(catalogue, "\n".join([first, *(f"{number},{body}" for number in range(30_000))]) + "\n")
    space = catalogue / "var"
    served = (space / "current").read_text()
    process = subprocess.Popen([sys.executable, "-m", "odlinked", "lift", large, "--publish", "6001", "--workspace", space],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 120
        while not (space / reached).exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.002)
    finally:
        process.kill()
        process.wait()
    assert (space / "current").read_text() == served
    assert graphs(catalogue) == (0, False)
    assert run(catalogue, "publish", write(catalogue / "later.csv", ONE_FILE, row(6002)), "--source", "nat").exit_code == 0
    assert not (space / "lifting").exists()
    assert joined(catalogue).exit_code == 1
    assert graphs(catalogue)[0] > 20
