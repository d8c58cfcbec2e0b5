"""What every run of a publisher works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.settings import Settings

HARVESTED: Final = "harvest"
"""The name, in the list of inputs, of the form of a file of harvested records (`graphs.records`): no table has it."""

Progress = Callable[[str, int], None]
"""Called with each stage and how many rows of it are done; before that with "rows" and how many there are, as far as known."""


@dataclass(frozen=True)
class Desk:
    """What every run of a publisher works with."""

    workspace: Workspace
    settings: Settings
    assets: Assets
    progress: Progress
    clock: Clock
