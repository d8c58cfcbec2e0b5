"""A catalogue that is measured: the settings, the day and the clock of it, and one whose files were looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from builders import firsts
from builders.catalogs import iri, served
from builders.national_list import row, write
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, ContentObservation, Observation
from odlinked.publishing.publish import Publisher
from odlinked.settings import MeasureSettings, Settings

MEASURED = Settings(measure=MeasureSettings(at_publish=True))
DAY = date(2026, 11, 22)
NOON = Clock.of("+08:00", datetime(2026, 11, 22, 4, tzinfo=UTC))
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"


def looked_at(folder: Path) -> Workspace:
    """Return a catalogue of three datasets: the files of one were looked at, one is gone. It is made once for all who ask."""
    firsts.copied(_looked_at, folder)
    return Workspace(folder / "var")


def _looked_at(folder: Path) -> None:
    made = Workspace(folder / "var")
    Publisher(made, MEASURED, clock=NOON).publish([write(folder / "list.csv", row(1), row(2), row(3))], "national")
    Publisher(made, MEASURED, clock=NOON).publish([write(folder / "list.csv", row(1), row(2))], "national")
    notebook = Notebook(made.root / FILE)
    document = served(made).document(iri(1))
    assert document is not None
    files = sorted({line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line})
    assert len(files) == 2
    when = served(made).created
    seen = ContentObservation(format=FILE_TYPE + "CSV", record_count=56)
    notebook.put(Observation(files[0], ANSWER + "answered", when, seen, status=200), "h")
    notebook.put(Observation(files[1], ANSWER + "not-found", when, status=404), "h")
    notebook.close()
    Publisher(made, MEASURED, clock=NOON).measure(date(2026, 11, 22))
