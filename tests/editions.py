"""What the editions of reuse keys stand for: which modules, and what their code is, without comments and docstrings.

    python tests/editions.py

writes `tests/editions.json` anew. `tests/test_editions.py` fails where code has changed since: then either the edition is
raised, so that what was kept under it is worked out anew, or, if the change cannot alter any output, the code is recorded as it
is. Recording is needed in both cases.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = Path(__file__).parents[1] / "src" / "odlinked"
RECORD = Path(__file__).with_name("editions.json")

WORKERS = {"odlinked.intake.rows": "odlinked.mapping.refine", "odlinked.intake.harvested": "odlinked.intake.harvested",
           "odlinked.measure.datasets": "odlinked.measure.bench"}
"""The modules whose results are kept under a reuse key, and the module whose constant EDITION stands for their code in it."""


class Record(NamedTuple):
    """The edition of each worker, the modules it stands for, and the digest of every module's code."""

    editions: dict[str, int]
    reach: dict[str, list[str]]
    code: dict[str, str]


def names() -> dict[str, Path]:
    """Return module name -> file of all modules."""
    return {".".join(("odlinked", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
            for path in sorted(SOURCE.rglob("*.py"))}


def _bare(node: ast.AST) -> Any:
    """Return a syntax tree as nested lists: no places, no docstrings, nothing that is empty in some versions of Python only."""
    fields = []
    for name, value in ast.iter_fields(node):
        if name in ("ctx", "kind", "type_comment", "type_ignores"):
            continue
        if isinstance(value, list):
            value = [_bare(one) if isinstance(one, ast.AST) else repr(one) for one in value if not _is_remark(one)]
        elif isinstance(value, ast.AST):
            value = _bare(value)
        elif value is not None:
            value = repr(value)
        if value not in (None, []):
            fields.append([name, value])
    return [type(node).__name__, fields]


def _is_remark(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def digest(source: str) -> str:
    """Return a digest of Python code that is the same whatever its comments, docstrings and layout."""
    return hashlib.sha256(json.dumps(_bare(ast.parse(source))).encode()).hexdigest()[:16]


@cache
def imported(name: str) -> frozenset[str]:
    """Return the modules of ours that a module imports, anywhere in it, with the packages they stand in."""
    known, found = names(), set[str]()
    for node in ast.walk(ast.parse(known[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
    return frozenset(one for module in found for one in _packages(module) if one in known)


def _packages(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def reached(name: str) -> list[str]:
    """Return all modules of ours that running a module can run, itself too."""
    found, waiting = set[str](), list(_packages(name))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += imported(one)
    return sorted(found)


def _constant(module: str, name: str) -> int:
    """Return the whole number that a module-level constant is set to."""
    for node in ast.parse(names()[module].read_text(encoding="utf-8")).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == name and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            return int(ast.literal_eval(node.value))
    raise LookupError(f"{module} has no constant {name}")


def found() -> Record:
    """Return what stands in the source now."""
    reach = {module: reached(module) for module in WORKERS}
    modules = sorted({one for some in reach.values() for one in some})
    return Record({module: _constant(holder, "EDITION") for module, holder in WORKERS.items()}, reach,
                  {name: digest(names()[name].read_text(encoding="utf-8")) for name in modules})


def recorded() -> Record:
    """Return what was recorded last."""
    return Record(**json.loads(RECORD.read_text(encoding="utf-8")))


if __name__ == "__main__":
    RECORD.write_text(json.dumps(found()._asdict(), indent=1) + "\n", encoding="utf-8")
