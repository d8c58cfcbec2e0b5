"""The house: who may import whom, the one door of each third party, and what no module may be."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from builders.house import FLOORS, SOURCE

DOORS = {
    "openapi_spec_validator": {"evidence"}, "jsonschema": {"evidence"}, "jsonschema_path": {"evidence"},
    "jsonschema_specifications": {"evidence"},
    "referencing": {"evidence"}, "yaml": {"evidence"},
    "prometheus_client": {"web"}, "flask": {"web"}, "granian": {"web"}, "jinja2": {"web"}, "werkzeug": {"web"},
    "mcp": {"web"},
    "click": {"cli"}, "rich": {"cli"}, "olefile": {"sheets"},
    "openpyxl": {"quality", "reporting"},
    "pyshacl": {"quality"}, "shifty": {"quality"}, "rapidfuzz": {"quality", "search"}, "opencc": {"search"},
    "sqlite3": {"catalog", "publishing", "evidence", "mirror"}, "requests": {"mirror"}, "urllib3": set(), "protego": {"evidence"},
    "certifi": {"evidence"},
    "SPARQLWrapper": {"lifting"}, "pyarrow": {"columnar"}, "pyspark": {"lifting"}, "duckdb": {"cage"},
    "pptx": {"reporting"},
}
"""Third parties and the only rooms that may know them."""

TESTS = Path(__file__).parent

MODULES = sorted(SOURCE.rglob("*.py"))
_INNER = {
    "catalog": ({"keeping", "summaries"}, {"index"}, {"log"}, {"served"}, {"asking"}),
    "lifting": ({"reading"}, {"linking"}, {"describing", "conversion"}, {"publication"}),
    "web": ({"http", "charts", "editor"}, {"site"}, {"sparql"}, {"pages"}, {"assistants"}),
}
"""The rooms inside a large one, lowest first; what stands beside them (the application, the server) stands above them."""
_FLOOR = {room: level for level, rooms in enumerate(FLOORS.values()) for room in rooms}


def of_each(paths: Sequence[Path], folder: Path) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Make one test of a check of a file, which tells all files that fail: a test for each file took longer than the checks."""
    def made(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            failed = []
            for path in paths:
                try:
                    check(path)
                except AssertionError as problem:
                    failed.append(f"{path.relative_to(folder)}: {problem}")
            assert not failed, "\n".join(failed)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return made


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def _room(path: Path) -> str:
    part = path.relative_to(SOURCE).parts[0]
    return part.removesuffix(".py")


@functools.cache
def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            found.add(node.module)
            if node.module == "odlinked":
                found.update(f"odlinked.{alias.name}" for alias in node.names)
    return found


@of_each(MODULES, SOURCE)
def test_arrows_point_down(path: Path) -> None:
    room = _room(path)
    assert room in _FLOOR, f"the room {room} stands on no floor"
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] != "odlinked" or len(parts) < 2 or parts[1] == room:
            continue
        other = parts[1]
        lower = _FLOOR[other] < _FLOOR[room]
        level_ok = _FLOOR[other] == _FLOOR[room] and _FLOOR[room] <= 1
        assert lower or level_ok, f"{room} must not import {other}"


def test_the_guide_has_every_room_on_its_floor() -> None:
    guide = (TESTS.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| ((?:`\w+` ?)+)\|", guide, re.MULTILINE)
    assert [(floor, set(re.findall(r"`(\w+)`", rooms))) for floor, rooms in rows] == list(FLOORS.items())


@of_each([path for room in _INNER for path in sorted((SOURCE / room).rglob("*.py"))], SOURCE)
def test_arrows_point_down_inside_a_large_room(path: Path) -> None:
    room, *own = path.relative_to(SOURCE).parts
    floors = {inner: level for level, some in enumerate(_INNER[room]) for inner in some}

    def level(parts: Sequence[str]) -> int:
        return floors.get(parts[0], len(floors))

    assert len(own) == 1 or own[0] in floors, f"{room}/{own[0]} stands on no floor"
    for name in _imports(path):
        other = name.split(".")[2:]
        if name.startswith(f"odlinked.{room}.") and other[0] != own[0]:
            assert level(other) < level(own) or level(other) == level(own) == len(floors), f"{path.name} must not import {name}"


@of_each(MODULES, SOURCE)
def test_a_third_party_has_one_door(path: Path) -> None:
    for name in _imports(path):
        allowed = DOORS.get(name.split(".")[0])
        assert allowed is None or _room(path) in allowed, f"{_room(path)} must not import {name}"


@of_each(MODULES, SOURCE)
def test_a_module_reads_in_one_sitting(path: Path) -> None:
    text = _text(path)
    assert text.count("\n") <= 320
    assert not re.fullmatch(r"(utils?|helpers?|services?|managers?|common)\.py", path.name)


@of_each(MODULES, SOURCE)
def test_no_question_stands_in_a_string(path: Path) -> None:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"\b(SELECT|CONSTRUCT|ASK|DESCRIBE)\b[^{}]*\{[^{}]*\?\w", node.value), node.value[:80]
            assert "sh:property" not in node.value


@of_each(MODULES, SOURCE)
def test_only_the_clock_asks_the_host_for_the_time(path: Path) -> None:
    asked = re.compile(r"\b(datetime\.now|date\.today|datetime\.today|utcnow|time\.time|time\.time_ns|time\.strftime|"
                       r"localtime|gmtime|astimezone\(\))")
    assert path.name == "clock.py" or not asked.search(_text(path))


def _named_types(path: Path) -> set[str]:
    """Return the names of all classes of a module and of the type aliases at its top."""
    tree = _tree(path)
    aliases = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
               if isinstance(target, ast.Name) and re.fullmatch(r"_?[A-Z][A-Za-z]*[a-z][A-Za-z]*", target.id)}
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} | aliases


_SAME = {"Attributes", "Lines", "Progress", "Registry"}
"""Aliases of one and the same type in several modules."""


def test_a_type_name_is_defined_once() -> None:
    modules: dict[str, list[str]] = {}
    for path in MODULES:
        for name in _named_types(path):
            modules.setdefault(name, []).append(path.relative_to(SOURCE).as_posix())
    assert {name: paths for name, paths in modules.items() if len(paths) > 1 and name not in _SAME} == {}


_TABLES = re.compile(r"\b(FROM|INTO|UPDATE|JOIN)\s+(record|facet|issue|spelling|part|input|search)\b")


@of_each(MODULES, SOURCE)
def test_the_tables_of_the_index_are_known_to_its_room_only(path: Path) -> None:
    parts = path.relative_to(SOURCE).parts
    assert parts[:2] == ("catalog", "index") or not _TABLES.search(_text(path))


def _graph() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    names = {".".join(("odlinked", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
             for path in MODULES}
    for name, path in names.items():
        tree = _tree(path)
        found: set[str] = set()
        # What is imported for types alone ties two files together as well; what a function imports when it runs is left out.
        for node in (inner for outer in tree.body for inner in (outer.body if isinstance(outer, ast.If) else [outer])):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                found.update(parts)
                if not parts <= names.keys():
                    found.add(node.module)
        graph[name] = {other for other in found if other in names and other != name}
    return graph


def test_no_import_circle() -> None:
    graph, done = _graph(), set[str]()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name):], name))
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, (*path, name))
            done.add(name)

    for name in sorted(graph):
        walk(name, ())


_TESTS = sorted(TESTS.rglob("*.py"))
_NAMED_TUPLE = {"_asdict", "_replace", "_fields"}
"""What the standard library gives named tuples for everybody's use, for all the underscore."""


@of_each(_TESTS, TESTS)
def test_no_test_module_imports_another(path: Path) -> None:
    """What several test modules build with stands in `tests/builders`, what they are handed in `tests/conftest.py`."""
    assert not [name for name in _imports(path) if name.partition(".")[0].startswith("test_")]


@of_each(_TESTS, TESTS)
def test_tests_use_the_doors_that_everybody_has(path: Path) -> None:
    """A test that reaches for a name with an underscore holds how a thing is done, not what it does."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr) and node.attr not in _NAMED_TUPLE:
            assert isinstance(node.value, ast.Name), f"line {node.lineno}: .{node.attr}"
            assert node.value.id in ("self", "cls"), f"line {node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            assert not [alias.name for alias in node.names if re.match("_[^_]", alias.name)], f"line {node.lineno}"
