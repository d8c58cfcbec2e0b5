"""Builds the script of the query page and the outlines of maps where a wheel is built, so that an installed wheel needs no Node.

`pip wheel .` runs npm's ordinary client with the committed lock file in a folder that is removed afterwards; nothing is written
into the checkout. An editable install builds nothing: its query page is the plain form, and its maps have no outlines, unless
`npm ci && npm run build` was run here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CHOICE: Final = "ODLINKED_EDITOR"
"""Environment variable: `required` fails where the script cannot be built, as for a wheel that is given to others; `without`
builds none. Unset, a machine where it cannot be built (no npm, no registry) gets a warning and a wheel whose query page is the
plain form, so that installing never needs Node or npm's registry. The outlines of maps come and go with it."""

SOURCES: Final = ("package.json", "package-lock.json", "*.js", "*.mjs")
TARGET: Final = "odlinked/web/site/static"
FILES: Final = {"query.js": "build.mjs", "outlines.json": "outlines.mjs"}
"""What is built, and by which program."""



class BuildFailed(Exception):
    """The script could not be built; the text says why, in one line."""


def build(target: Path) -> None:
    """Build the files into the folder `target`; raise `BuildFailed` where npm or one of its packages cannot be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise BuildFailed("npm is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for pattern in SOURCES:
            for path in Path(__file__).parent.glob(pattern):
                shutil.copy(path, folder)
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        for command in (install, *([node, program, str(target.resolve() / made)] for made, program in FILES.items())):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
                raise BuildFailed(f"`{' '.join(Path(command[0]).name if part is command[0] else part for part in command[:2])}`"
                                  f" failed: {said[0] if said else 'it says nothing'}")


class EditorHook(BuildHookInterface[Any]):
    """Puts the script into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the script for a wheel of the standard kind and have it included."""
        if self.target_name != "wheel" or version != "standard":
            return
        choice = os.environ.get(CHOICE, "")
        if choice not in ("", "required", "without"):
            self.app.abort(f"{CHOICE} is {choice!r}: it can be required or without")
        if choice == "without":
            self._warn(f"{CHOICE}=without")
            return
        self._folder = Path(tempfile.mkdtemp())
        try:
            build(self._folder)
        except BuildFailed as problem:
            if choice == "required":
                self.app.abort(f"building the script of the query page: {problem}. Install Node with npm, or set {CHOICE}=without"
                               " for a wheel whose query page is the plain form")
            self._warn(str(problem))
            return
        for made in FILES:
            build_data["force_include"][str(self._folder / made)] = f"{TARGET}/{made}"

    def _warn(self, why: str) -> None:
        self.app.display_warning(f"{why}: this wheel has NO script, its query page is the plain form and its maps have no"
                                 f" outlines ({CHOICE}=required refuses that)")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was built beside the wheel."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
