"""The script of the query page and the outlines of maps, built of their sources as for a wheel; and outlines of a test's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src" / "odlinked" / "web" / "editor"


def node() -> str:
    """Return the command of Node; where it is missing, the test is skipped."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed")
    return found


def built(folder: Path) -> Path:
    """Build the script in an empty folder and return its path, with the outlines (`outlines.json`) beside it.

    Where npm or the packages cannot be had, the test is skipped.
    """
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so the script cannot be built")
    work = shutil.copytree(SOURCES, folder / "editor", ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        pytest.skip(f"the packages of the script could not be installed: {done.stderr[-200:]}")
    target = folder / "query.js"
    for program, made in (("build.mjs", target), ("outlines.mjs", target.with_name("outlines.json"))):
        subprocess.run([node(), program, str(made)], cwd=work, check=True)
    return target


def squares(folder: Path) -> Path:
    """Write outlines in which every county is a square of its own, and the land one far away; return their path."""
    codes = [*(f"{number}000" for number in range(63, 69)),
             *(f"100{number:02}" for number in (2, 4, 5, 7, 8, 9, 10, *range(13, 19), 20))]
    corners = ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0))
    found = {code: [[at for x, y in corners for at in (120 + place % 5 / 4 + x, 22 + place // 5 / 2 + y)]]
             for place, code in enumerate(codes)}
    found |= {"09007": [[120, 26, 120.2, 26, 120.2, 26.2, 120, 26]],
              "09020": [[118.2, 24.4, 118.4, 24.4, 118.4, 24.5, 118.2, 24.4]]}
    path = folder / "outlines.json"
    made = {"counties": found, "land": [[-10, 40, 20, 40, 20, 55, -10, 40]], "notices": []}
    path.write_text(json.dumps(made), encoding="utf-8")
    return path
