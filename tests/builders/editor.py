"""The script of the query page, built of its sources as for a wheel."""

from __future__ import annotations

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
    """Build the script in an empty folder and return its path; where npm or the packages cannot be had, the test is skipped."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so the script cannot be built")
    work = shutil.copytree(SOURCES, folder / "editor", ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        pytest.skip(f"the packages of the script could not be installed: {done.stderr[-200:]}")
    target = folder / "query.js"
    subprocess.run([node(), "build.mjs", str(target)], cwd=work, check=True)
    return target
