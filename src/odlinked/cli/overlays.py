"""Which file of an overlay made a command fail: looked for only after it has, so that valid overlays cost nothing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from odlinked.assets import ROOMS, Assets
from odlinked.errors import AssetError, OdlinkedError
from odlinked.queries import load
from odlinked.settings import Settings


def cause(problem: BaseException, settings: Settings) -> OdlinkedError | None:
    """Return the first faulty file of the overlays as an error, None where every file is valid or there are none."""
    if not settings.overlays or isinstance(problem, MemoryError):
        return None
    if type(problem).__module__.partition(".")[0] in ("pyshacl", "rdflib"):
        # Every file may be valid by itself and still not be a rule: the engine reports what is wrong with it.
        return next(_faulty(settings), None) or AssetError(
            f"the engine of rules refuses them: {' '.join(str(problem).split())}", doing="reading the rules of",
            on=", ".join(settings.assets.overlays), next_step="See docs/add-a-rule.md for what a rule states")
    return next(_faulty(settings), None)


def _faulty(settings: Settings) -> Iterator[OdlinkedError]:
    assets = Assets(settings.overlays)
    for overlay in settings.overlays:
        for path in sorted(path for room in ROOMS for path in (overlay / room).rglob("*") if path.is_file()):
            name = path.relative_to(overlay).as_posix()
            try:
                _read(path, name, assets)
            except OdlinkedError as fault:
                yield fault
            except (OSError, ValueError, SyntaxError, RecursionError) as fault:
                yield AssetError(f"it cannot be read ({str(fault) or 'it is nested too deep'})",
                                 doing="reading", on=str(path), next_step="Mend the file")


def _read(path: Path, name: str, assets: Assets) -> None:
    """Read a file according to its name."""
    if path.suffix == ".ttl":
        for _ in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            pass
    elif path.suffix == ".rq":
        load(assets, name)
    elif path.suffix in (".json", ".jsonld"):
        json.loads(path.read_text(encoding="utf-8"))
    elif path.suffix == ".toml":
        tomllib.loads(path.read_text(encoding="utf-8"))
