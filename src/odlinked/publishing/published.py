"""What a publish came to, and what it depends on beside files and settings: the assets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from odlinked.assets import ROOMS, Assets

if TYPE_CHECKING:
    from odlinked.intake.arrivals import Next


@dataclass(frozen=True)
class Published:
    """The result of a publish: the release served now, whether it is a new one, and its content.

    `added`, `changed`, `gone` count datasets and services; `violations` and `warnings` the faults of the whole catalogue's
    records, `issues` those of rows that belong to no record; `notes` are lines on what was left out; `private` records are known
    and checked, but not served. Up to the day `until` the measurements hold by themselves, "" where no day changes them.
    `inputs` are the numbers of the files it was made from, none where it was made from all; `own` counts the violations, warnings
    and issues of those alone.
    """

    release: str
    new: bool
    rows: int
    added: int
    changed: int
    gone: int
    held: int
    violations: int
    warnings: int
    issues: int
    notes: tuple[str, ...] = ()
    private: int = 0
    until: str = ""
    inputs: tuple[int, ...] = ()
    own: tuple[int, int, int] = (0, 0, 0)

    def of(self, inputs: Collection[int], following: Next) -> Published:
        """Return the result with what is wrong in the records and rows of some inputs."""
        judged = [e for e in following.entries.values() if e.state != "gone" and e.input in inputs]
        own = (sum(e.violations for e in judged), sum(e.warnings for e in judged),
               sum(issue.input in inputs for issue in following.issues))
        return replace(self, inputs=tuple(sorted(inputs)), own=own)


def asset_digests(assets: Assets) -> dict[str, str]:
    """Return the digests of all assets by room, read once in a process while path, time and size of each stay the same."""
    return dict(_digests(assets, tuple(assets.state(room) for room in ROOMS)))


@lru_cache(maxsize=4)
def _digests(assets: Assets, _state: object) -> dict[str, str]:
    return {room: assets.digest(assets.glob(f"{room}/**/*")) for room in ROOMS}
