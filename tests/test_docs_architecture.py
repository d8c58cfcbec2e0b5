"""The description of the code names what is there: every hop of a walk, in the order they are run."""

from __future__ import annotations

import ast
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

import pytest
from builders.house import SOURCE
from builders.national_list import row, write
from click.testing import CliRunner

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.settings import Settings
from odlinked.web.app import create

GUIDE = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = [(int(found[1]), found[0]) for found in re.finditer(r"[^\n]*?\b(\d+) hops\b[^\n]*", GUIDE)]
HOPS = re.findall(r"^(\d+)\. `([\w/]+\.py):([\w.]+)` ", GUIDE, re.MULTILINE)


ELSEWHERE = ("web/asgi.py", "cage/worker.py", "cage/result_writers.py")
"""What runs in the server's event loop and in caged processes is not followed here."""


def walks() -> list[list[str]]:
    """Return the hops of each walk, as `module.py:Class.function`."""
    found: list[list[str]] = []
    for place, module, name in HOPS:
        if place == "1":
            found.append([])
        found[-1].append(f"{module}:{name}")
    return found


class Called:
    """The functions of ours that were called: in any thread, and in this one in the order of their first calls."""

    def __init__(self) -> None:
        self.anywhere = set[str]()
        self.here: dict[str, int] = {}

    def other(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{SOURCE}/"):
            module = frame.f_code.co_filename.removeprefix(f"{SOURCE}/")
            self.anywhere.add(f"{module}:{frame.f_code.co_qualname}")

    def own(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{SOURCE}/"):
            name = f"{frame.f_code.co_filename.removeprefix(f'{SOURCE}/')}:{frame.f_code.co_qualname}"
            self.here.setdefault(name, len(self.here))
            self.anywhere.add(name)


@contextmanager
def followed() -> Iterator[Called]:
    called = Called()
    threading.setprofile(called.other)
    sys.setprofile(called.own)
    try:
        yield called
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def in_order(called: Called, walk: list[str]) -> None:
    """Each hop is run, and those of this thread one after the other."""
    hops = [hop for hop in walk if not hop.startswith(ELSEWHERE)]
    assert not [hop for hop in hops if hop not in called.anywhere]
    here = [hop for hop in hops if hop in called.here]
    assert here == sorted(here, key=called.here.__getitem__)


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
    assert [int(place) for place, *_ in HOPS] == [number + 1 for walk in walks() for number in range(len(walk))]
    assert [len(walk) for walk in walks()] == [count for count, _ in WALKS]
    assert len(walks()) == 3


def test_the_walks_are_what_runs(tmp_path: Path) -> None:
    settings = tmp_path / "odlinked.toml"
    settings.write_text("[publish]\nworkers = 1\n", encoding="utf-8")
    to_switch, to_page, to_answer = walks()

    def publish(*rows: list[str]) -> None:
        file = write(tmp_path / "list.csv", *rows)
        done = CliRunner().invoke(main, ["publish", str(file), "--source", "national", "--config", str(settings),
                                         "--workspace", str(tmp_path / "var")])
        assert done.exit_code == 1, done.output

    publish(row(1), row(2, 更新頻率="每1曰"))
    with followed() as called:
        publish(row(1), row(2, 更新頻率="每2曰"))
    in_order(called, to_switch)
    client = create(Releases(Workspace(tmp_path / "var")), Settings()).test_client()
    with followed() as called:
        # A header that no other test sends: what is chosen for one is kept.
        assert client.get("/dataset/2", headers={"Accept": "text/html;q=0.871"}).status_code == 200
    in_order(called, to_page)
    with followed() as called:
        assert client.get("/sparql", query_string={"query": "SELECT * { ?s ?p ?o } LIMIT 3"},
                          headers={"Accept": "application/json;q=0.872"}).status_code == 200
    in_order(called, to_answer)


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
