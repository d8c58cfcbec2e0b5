"""Publishing what is published: told from a note where nothing differs that the publish depended on, else worked out anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import firsts
from builders.catalogs import iri, served
from builders.measured import FILE_TYPE, looked_at
from builders.national_list import row, write

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import InputError
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, ContentObservation, Observation
from odlinked.publishing.assemble import Published
from odlinked.publishing.publish import Publisher
from odlinked.publishing.purge import purge
from odlinked.settings import AssetSettings, PublishSettings, Settings


def at(day: int, hour: int = 4) -> Clock:
    return Clock.of("+08:00", datetime(2026, 11, day, hour, tzinfo=UTC))


def publish(workspace: Workspace, files: Iterable[Path], source: str = "national", settings: Settings | None = None,
            clock: Clock | None = None) -> tuple[Published, set[str]]:
    """Publish and return the result, and the stages that were gone through."""
    stages: set[str] = set()
    if not workspace.current_file.exists():
        return firsts.publish(workspace, list(files), source, settings or Settings(), clock or at(22)), {"read"}
    publisher = Publisher(workspace, settings or Settings(), lambda stage, _: stages.add(stage), clock or at(22))
    return publisher.publish(list(files), source), stages


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "list.csv", row(1), row(2, 更新頻率="每1曰"), row(3, 備註="一"))


def test_it_is_told_without_reading_the_file_and_as_a_full_publish_tells_it(workspace: Workspace, file: Path) -> None:
    first, _ = publish(workspace, [file])
    told, stages = publish(workspace, [file])
    assert not stages
    (workspace.releases / first.release / "repeat.json").unlink()
    worked, stages = publish(workspace, [file])
    assert "read" in stages
    assert told == worked
    assert (told.new, told.release, told.rows, told.violations) == (False, first.release, 3, first.violations)
    assert publish(workspace, [file]) == (worked, set())


@pytest.mark.parametrize("what", ["cell", "name", "source", "settings", "overlay", "note", "input", "damage"])
def test_whatever_differs_is_worked_out(workspace: Workspace, file: Path, tmp_path: Path, what: str) -> None:
    first, _ = publish(workspace, [file])
    note = workspace.releases / first.release / "repeat.json"
    settings, source = Settings(), "national"
    if what == "cell":
        write(file, row(1), row(2), row(3, 備註="二"))
    elif what == "name":
        file = file.rename(tmp_path / "other.csv")
    elif what == "source":
        source = "another"
    elif what == "settings":
        settings = Settings(publish=PublishSettings(violations="hold"))
    elif what == "overlay":
        (tmp_path / "own" / "queries").mkdir(parents=True)
        (tmp_path / "own" / "queries" / "note.txt").write_text("x", encoding="utf-8")
        settings = Settings(assets=AssetSettings((str(tmp_path / "own"),)))
    elif what == "note":
        note.unlink()
    elif what == "input":
        next(workspace.inputs.iterdir()).unlink()
    else:
        note.write_text(note.read_text(encoding="utf-8")[:90], encoding="utf-8")
    assert "read" in publish(workspace, [file], source, settings)[1]


def test_another_release_in_between_is_compared_anew(workspace: Workspace, file: Path, tmp_path: Path) -> None:
    first, _ = publish(workspace, [file])
    publish(workspace, [write(tmp_path / "other.csv", row(7))], "other")
    again, stages = publish(workspace, [file])
    assert "read" in stages
    assert again.release != first.release
    workspace.switch(first.release)
    assert publish(workspace, [file]) == (replace(first, new=False, added=0), set())


def test_a_later_day_is_no_difference_unless_a_measurement_ends_or_an_opening_comes(workspace: Workspace, tmp_path: Path) -> None:
    lasting = write(tmp_path / "list.csv", row(1))
    done, _ = publish(workspace, [lasting], clock=at(22))
    assert not done.until
    assert not publish(workspace, [lasting], clock=at(25))[1]
    assert publish(workspace, [lasting], clock=at(21))[1], "what was measured later does not hold before"
    planned = write(tmp_path / "planned.csv", row(1, 上架日期="2026-11-26 00:00:00"))
    publish(workspace, [planned], clock=at(22))
    assert not publish(workspace, [planned], clock=at(25, 4))[1]
    opened, stages = publish(workspace, [planned], clock=at(26, 4))
    assert "read" in stages
    assert opened.new


def test_what_was_observed_is_measured_and_holds_to_a_day(tmp_path: Path) -> None:
    workspace = looked_at(tmp_path)
    file = write(tmp_path / "list.csv", row(1, 更新頻率="每1年"), row(2))
    publish(workspace, [file])
    assert not publish(workspace, [file])[1]
    document = served(workspace).document(iri(1))
    assert document is not None
    part = next(line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line)
    notebook = Notebook(workspace.root / FILE)
    seen = ContentObservation(format=FILE_TYPE + "CSV", record_count=56)
    when = datetime(2026, 11, 22, 4, tzinfo=UTC)
    notebook.put(Observation(part, ANSWER + "answered", when, seen, status=200, last_modified=when), "h")
    notebook.close()
    done, stages = publish(workspace, [file])
    assert "read" in stages
    assert done.new
    assert "2027-11" < done.until < "2029"
    assert not publish(workspace, [file])[1]
    year = Clock.of("+08:00", datetime.fromisoformat(f"{done.until}T23:00:00+08:00"))
    assert not publish(workspace, [file], clock=year)[1]
    late = Clock.of("+08:00", datetime.fromisoformat(f"{done.until}T23:00:00+08:00") + timedelta(days=1))
    again, stages = publish(workspace, [file], clock=late)
    assert "read" in stages
    assert again.new


def test_an_erased_record_is_not_told_to_be_published(workspace: Workspace, file: Path) -> None:
    publish(workspace, [file])
    purge(workspace, Assets(), iri(3), "2026-11-22T12:00:00+08:00", inputs=True)
    assert "read" in publish(workspace, [file])[1]


def test_a_file_that_is_none_is_told(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        publish(workspace, [tmp_path / "none.csv"])
    with pytest.raises(InputError, match="not a file"):
        publish(workspace, [tmp_path])
