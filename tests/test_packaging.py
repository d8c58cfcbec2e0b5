"""What is imported is declared, and what is declared is imported: an install without the tools of developers runs every verb."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from conftest import LONGEST

ROOT = Path(__file__).parents[1]
STATED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = STATED["project"]
BUILDS = STATED["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["path"]
"""The module that runs where a wheel is built, and is in none."""

EXTRAS = {"pyarrow": "rows", "duckdb": "duckdb", "python-pptx": "slides", "pyspark": "spark"}
"""Distributions that only some work needs, and the extra that brings each."""

PEERS = {"?datasette", "?ckanext", "datasette", "ckanext-dcat", "?maplib", "?polars", "maplib", "polars"}
"""What benchmarks compare with where it is installed; they say so where it is not."""


def _imports(folder: Path, *, all_of_them: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (top-level name, file) of every absolute import, wherever in the module it stands; with `all_of_them` also those of
    what builds a wheel, which is in none."""
    for path in sorted(path for path in folder.rglob("*.py") if all_of_them or path != ROOT / BUILDS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                yield name.partition(".")[0], path.relative_to(ROOT).as_posix()


def _plain(name: str) -> str:
    """Return a distribution's name as the package index compares names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(requirements: list[str]) -> set[str]:
    return {_plain(found[0]) for one in requirements if (found := re.match(r"[A-Za-z0-9._-]+", one))}


def _distributions(folder: Path) -> dict[str, set[str]]:
    """Return distribution -> files that import from it, of all but the standard library and odlinked itself."""
    known = metadata.packages_distributions()
    # Benchmarks build with what tests build with.
    beside = {path.stem if path.stem != "__init__" else path.parent.name
              for near in (folder, ROOT / "tests") for path in near.rglob("*.py")} if folder.name != "odlinked" else set()
    found: dict[str, set[str]] = {}
    for name, file in _imports(folder):
        if name not in sys.stdlib_module_names and name != "odlinked" and name not in beside and not name.startswith("_"):
            for distribution in known.get(name, [f"?{name}"]):
                found.setdefault(_plain(distribution), set()).add(file)
    return found


def test_what_the_package_imports_is_declared() -> None:
    """An extra is imported by the one module that says what to install without it."""
    missing = {name.removeprefix("?"): files for name, files in _distributions(ROOT / "src" / "odlinked").items()
               if name not in _declared(PROJECT["dependencies"])}
    assert missing.keys() == set(EXTRAS), "an install without [dev] would not have these"
    assert all(len(missing[name]) == 1 and name in _declared(PROJECT["optional-dependencies"][extra])
               for name, extra in EXTRAS.items())


def test_what_a_build_imports_is_required_of_it() -> None:
    imported = {name for name, file in _imports(ROOT / "src", all_of_them=True) if file == BUILDS} - sys.stdlib_module_names
    assert imported == _declared(STATED["build-system"]["requires"])


def test_what_is_declared_is_imported() -> None:
    assert not _declared(PROJECT["dependencies"]) - _distributions(ROOT / "src" / "odlinked").keys()


def test_what_tests_and_benchmarks_import_is_declared() -> None:
    declared = _declared([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
    for folder in ("tests", "benchmarks", "examples"):
        missing = {name: files for name, files in _distributions(ROOT / folder).items() if name not in declared | PEERS}
        assert not missing


def test_nothing_is_declared_twice() -> None:
    assert not _declared(PROJECT["dependencies"]) & _declared(PROJECT["optional-dependencies"]["dev"])


def test_what_stands_beside_the_checkout_is_looked_for_there() -> None:
    """A test that looks one folder too high is skipped in every checkout but some."""
    found = [(path, int(number)) for path in sorted((ROOT / "tests").rglob("*.py"))
             for number in re.findall(r'parents\[(\d+)\] / "shared"', path.read_text(encoding="utf-8"))]
    assert len(found) > 10
    assert [path.name for path, number in found if path.parents[number] != ROOT.parent] == []


def test_the_longest_files_of_tests_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / f"{name}.py").is_file()] == []
