"""The one clock: days are the catalogue's, wherever the host is; a clock that stands still is handed in."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders.catalogs import served
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import SettingsError
from odlinked.publishing.publish import Publisher
from odlinked.settings import CatalogSettings, Settings

MIDNIGHT = datetime(2026, 11, 28, 16, 30, tzinfo=UTC)
"""Half past midnight of the 29th in Taipei, the 28th in Greenwich and west of it."""


@pytest.mark.parametrize(("zone", "day"), [
    ("+08:00", "2026-11-29"), ("Z", "2026-11-28"), ("-08:00", "2026-11-28"), ("+14:00", "2026-11-29"), ("+0800", "2026-11-29"),
])
def test_the_day_is_that_of_the_zone(zone: str, day: str) -> None:
    clock = Clock.of(zone, MIDNIGHT)
    assert (clock.today().isoformat(), clock.day(MIDNIGHT).isoformat()) == (day, day)
    assert clock.now() == MIDNIGHT
    assert clock.day(clock.end(date(2026, 1, 31))) == date(2026, 2, 1)


@pytest.mark.parametrize("zone", ["Asia/Taipei", "", "8", "+08:00:00:00", "+99:00", "now"])
def test_what_is_no_zone_is_told(zone: str) -> None:
    with pytest.raises(SettingsError, match=r"is no time zone.*catalog\.timezone|catalog\.timezone.*is no time zone"):
        Clock.of(zone)


def test_a_clock_that_does_not_stand_still_goes_on() -> None:
    clock = Clock.of("+08:00")
    assert clock.now() <= clock.now()
    assert str(clock.now().utcoffset()) == "8:00:00"


@pytest.mark.parametrize(("zone", "day"), [("+08:00", "2026-11-29"), ("-03:30", "2026-11-28")])
def test_a_release_is_of_the_catalogues_day(workspace: Workspace, tmp_path: Path, zone: str, day: str) -> None:
    settings = Settings(catalog=CatalogSettings(timezone=zone))
    file = write(tmp_path / "list.csv", row(1), row(2, 上架日期="2026-11-29 00:00:00"))
    Publisher(workspace, settings, clock=Clock.of(zone, MIDNIGHT)).publish([file], "national")
    assert workspace.manifest(served(workspace).name)["created"].startswith(day)
    agency = next(d for d in served(workspace).documents() if "/id/quality/organization/" in d.iri)
    assert f"#{day}-open" in agency.text.decode()
    counted = [line for line in agency.text.decode().split("\n") if "-open> <http://www.w3.org/ns/dqv#value>" in line]
    assert counted[0].split('"')[1] == ("2" if day.endswith("29") else "1"), "what opens on the 29th counts from then on"


@pytest.mark.parametrize("host", ["America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def test_the_zone_of_the_host_does_not_matter(host: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from odlinked.clock import Clock; c = Clock.of('+08:00'); print(c.now().isoformat(), c.today())"],
        env={**os.environ, "TZ": host}, capture_output=True, text=True, check=True).stdout.split()
    now = datetime.fromisoformat(said[0])
    assert str(now.utcoffset()) == "8:00:00"
    assert abs((now - datetime.now(UTC)).total_seconds()) < 600
    assert said[1] == said[0][:10]
