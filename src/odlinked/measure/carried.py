"""Measurements that hold on: those of a release hold in the next state for every dataset that nothing has changed for.

Without this, each dataset's measurement is found again by its reuse key: one lookup for each of them, where one record differs.
What a release's measurements depended on beside the records is noted in its folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph as ox

from odlinked.evidence import notebook
from odlinked.measure import bench
from odlinked.quality import literals, raw_results
from odlinked.settings import MeasureSettings

_FILE = "measured.json"


@dataclass(frozen=True)
class MeasuredState:
    """What the measurements of a release's datasets depended on beside records and assets (`key`), the days on which they hold
    (ISO, `until` "" where no day changes them), the day as of which its organisations were measured, and how many quality
    documents leave something to the common one, by its name (see `catalog.keeping.quality_documents`)."""

    key: str
    since: str
    until: str
    agencies: str
    common: dict[str, int]

    def holds(self, key: str, day: str) -> bool:
        """True when the measurements hold on a day under what `key` is made of."""
        return self.key == key and self.since <= day and (not self.until or day <= self.until)

    def write(self, folder: Path) -> None:
        """Note it in the folder of a release."""
        (folder / _FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> MeasuredState | None:
        """Return what is noted in the folder of a release, None where nothing usable is."""
        try:
            return cls(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def key(root: Path, settings: MeasureSettings) -> str:
    """Return a hash of all that measurements of datasets depend on, except records, assets and day; `root` is the workspace."""
    return hashlib.sha256(repr((editions(), settings, notebook.stamp(root))).encode()).hexdigest()


def editions() -> tuple[object, ...]:
    """Return what changes when the engines, or what this code makes of the same input, change."""
    names = tuple(raw_results.version_of(name) for name in sorted(raw_results.ENGINES))
    return (ox.__version__, *names, literals.EDITION, bench.EDITION)
