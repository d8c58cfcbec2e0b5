"""The description of the code names what is there: every room on its floor, every hop of a walk, the number of hops."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from test_architecture import FLOORS, SOURCE

GUIDE = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = [(int(found[1]), found[0]) for found in re.finditer(r"[^\n]*?\b(\d+) hops\b[^\n]*", GUIDE)]
HOPS = re.findall(r"^(\d+)\. `([\w/]+\.py):([\w.]+)` ", GUIDE, re.MULTILINE)


@cache
def defined(module: str) -> frozenset[str]:
    """Return the functions and methods of a module, by qualified name."""
    found = set[str]()
    for node in ast.parse((SOURCE / module).read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            methods = (one for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)))
            found.update(f"{node.name}.{one.name}" for one in methods)
    return frozenset(found)


@pytest.mark.parametrize(("module", "name"), sorted({hop[1:] for hop in HOPS}))
def test_a_hop_is_a_function_that_is_there(module: str, name: str) -> None:
    assert name in defined(module)


def test_walks_are_as_long_as_they_say() -> None:
    walks: list[int] = []
    for place, *_ in HOPS:
        if place == "1":
            walks.append(0)
        walks[-1] += 1
        assert walks[-1] == int(place), "hops are numbered one by one"
    assert walks == [count for count, _ in WALKS]
    assert len(walks) == 3


def test_every_room_stands_on_its_floor() -> None:
    rows = re.findall(r"^\| (\w+) \| ((?:`\w+` ?)+)\|", GUIDE, re.MULTILINE)
    assert {floor: set(re.findall(r"`(\w+)`", rooms)) for floor, rooms in rows} == FLOORS
    assert [floor for floor, _ in rows] == list(FLOORS)


def test_what_is_named_in_passing_is_there() -> None:
    named = {name.rstrip("/") for name in re.findall(r"`([a-z_]+/[\w/]*(?:\.py)?)`", GUIDE)}
    roots = (SOURCE, SOURCE.parents[1])
    assert not [name for name in named if "NAME" not in name and not any((root / name).exists() for root in roots)]


def test_what_is_passed_on_is_named_as_it_is() -> None:
    for dotted in re.findall(r"`((?:[a-z_]+\.)+[A-Z]\w+(?:\.\w+)?)`", GUIDE):
        room = re.match(r"((?:[a-z_]+\.)+)(.*)", dotted)
        assert room
        place = SOURCE.joinpath(*room[1].rstrip(".").split("."))
        path = place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"
        assert room[2].split(".")[0] in path.read_text(encoding="utf-8"), dotted
