"""The texts that people are told, found by reading the source: of errors, of the command line, of click."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import click

from builders.house import SOURCE

_SECTIONS = {"doing": "doing", "next_step": "next"}
"""Keywords of an error that hold a text; what it is on is the name of a file or an IRI."""

SYSTEM = tuple(os.strerror(number) for number in (
    errno.EACCES, errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EBUSY, errno.EDQUOT, errno.EEXIST, errno.EFBIG, errno.EIO,
    errno.EISDIR, errno.ELOOP, errno.EMFILE, errno.ENAMETOOLONG, errno.ENFILE, errno.ENODEV, errno.ENOENT, errno.ENOMEM,
    errno.ENOSPC, errno.ENOTDIR, errno.ENOTEMPTY, errno.EPERM, errno.EPIPE, errno.EROFS, errno.ESTALE, errno.ETXTBSY,
    errno.EXDEV))
"""What the operating system says where a file, a folder or a port cannot be had."""

_PASSED_ON = frozenset({"why", "doing", "next_step", "message", "unjudged"})
"""Of another error or report: its texts are read where that is made."""

_SAME = frozenset({"str", "clean"})
"""Functions that return the text they are given, or a part of it."""

_PLACE = re.compile(r"\{\w+\}")
_DEEPEST = 4
_Node = TypeVar("_Node", bound=ast.AST)


class Told(NamedTuple):
    """A text and where it is told: the section of the messages it belongs to, and the text with `{0}`, `{1}` for its values;
    None where it cannot be read off the source."""

    place: str
    section: str
    text: str | None


class _Module(NamedTuple):
    path: Path
    tree: ast.Module
    functions: dict[int, ast.FunctionDef]
    """Which function the nodes stand in, by `id`: the innermost."""


def places(text: str) -> str:
    """Return a text with its values numbered."""
    numbers = iter(range(100))
    return _PLACE.sub(lambda _: f"{{{next(numbers)}}}", text)


@cache
def _modules() -> list[_Module]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions: dict[int, ast.FunctionDef] = {}
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            functions |= {id(node): function for node in ast.walk(function) if node is not function}
        found.append(_Module(path, tree, functions))
    return found


def _by_name(kind: type[_Node], name: Callable[[_Node], str]) -> dict[str, list[tuple[_Module, _Node]]]:
    """Return the nodes of a kind in the source by their names, each with its module."""
    found: dict[str, list[tuple[_Module, _Node]]] = defaultdict(list)
    for module in _modules():
        for node in ast.walk(module.tree):
            if isinstance(node, kind):
                found[name(node)].append((module, node))
    return found


@cache
def _calls() -> dict[str, list[tuple[_Module, ast.Call]]]:
    """Return every call of the source by the name of what is called."""
    return _by_name(ast.Call, lambda call: _name(call.func))


@cache
def _functions() -> dict[str, list[tuple[_Module, ast.FunctionDef]]]:
    """Return every function of the source by its name."""
    return _by_name(ast.FunctionDef, lambda function: function.name)


@cache
def _defined() -> Counter[str]:
    """Return how many functions and classes of the source have a name."""
    return Counter(node.name for module in _modules() for node in ast.walk(module.tree)
                   if isinstance(node, ast.FunctionDef | ast.ClassDef))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@cache
def errors() -> list[str]:
    """Return the names of the classes of errors that are told: those of `odlinked.errors`."""
    tree = ast.parse((SOURCE / "errors.py").read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


@cache
def of_errors() -> list[Told]:
    """Return the texts of every error that is made anywhere."""
    return list(_of_errors())


def _of_errors() -> Iterator[Told]:
    for name in errors():
        for module, call in (*_calls()[name], *(_calls()["Checked"] if name == "InputError" else ())):
            if module.path.name == "errors.py":
                continue
            place = f"{module.path.relative_to(SOURCE)}:{call.lineno}"
            is_report = _name(call.func) == "Checked"
            given = [("why", word.value) for word in call.keywords if word.arg == "unjudged"] if is_report else \
                [("why", value) for value in call.args[:1]]
            given += [(_SECTIONS[word.arg], word.value) for word in call.keywords if word.arg in _SECTIONS]
            for section, value in given:
                yield from (Told(place, "part" if text in SYSTEM else section, text)
                            for text in dict.fromkeys(_texts(module, value)))
                yield from (Told(place, "part", text) for text in _within(module, value))


def _of_failures() -> set[str]:
    """Return the names of the classes of queries that were not answered: those below `QueryFailure`."""
    found, before = {"QueryFailure"}, 0
    while len(found) > before:
        before = len(found)
        found |= {node.name for module in _modules() for node in ast.walk(module.tree)
                  if isinstance(node, ast.ClassDef) and any(_name(base) in found for base in node.bases)}
    return found


def of_failures() -> Iterator[Told]:
    """Yield the texts of queries that were not answered; of mistakes in a query's text the endpoint has words of its own, and
    nobody reads what is told of a client that has gone."""
    for module, call in _calls()["__init__"]:
        yield from (Told(module.path.name, "doing", text) for word in call.keywords if module.path.name == "failures.py"
                    and word.arg == "doing" for text in _texts(module, word.value))
    for name in sorted(_of_failures() - {"Syntax", "Gone"}):
        for module, call in _calls()[name]:
            place = f"{module.path.relative_to(SOURCE)}:{call.lineno}"
            given = [*zip(("why", "next"), call.args, strict=False)]
            given += [("next", word.value) for word in call.keywords if word.arg == "next_step"]
            for section, value in given:
                yield from (Told(place, section, text) for text in dict.fromkeys(_texts(module, value)))


def of_descriptions() -> Iterator[Told]:
    """Yield what CSV on the Web says of descriptions, rows and keys."""
    for name, place in (("warn", 0), ("error", 0), ("of_row", 1), ("of_cell", 4), ("ValidationProblem", 2)):
        for module, call in _calls()[name]:
            if module.path.parent.name == "csvw" and module.path.name != "problems.py":
                yield from (Told(f"{module.path.name}:{call.lineno}", "part", text) for text in _texts(module, call.args[place]))


def of_command_line() -> Iterator[Told]:
    """Yield the texts that the command line writes, and those it takes over from other rooms."""
    for module, call in (*_calls()["say"], *_calls()["reported"]):
        if module.path.parent.name == "cli" and module.path.name != "language.py" and isinstance(call.func, ast.Name):
            yield from (Told(f"cli/{module.path.name}:{call.lineno}", "line", text) for text in _texts(module, call.args[0]))
    for module, call in _calls()["counted"]:
        if module.path.parent.name != "cli":
            continue
        yield from (Told(f"{module.path.name}:{call.lineno}", "noun", text) for text in _texts(module, call.args[1]))


def printed() -> Iterator[Told]:
    """Yield the texts that the command line prints as they stand: not handed to `say` or `told`."""
    for module, call in _calls()["echo"]:
        waiting: list[ast.AST] = [*call.args]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield Told(f"{module.path.name}:{call.lineno}", "line", node.value)
            if not (isinstance(node, ast.Call) and _name(node.func) in ("say", "told", "reported", "reported_of")):
                waiting += ast.iter_child_nodes(node)


def of_click() -> Iterator[Told]:
    """Yield click's own texts: what it hands to gettext."""
    for name in ("core", "exceptions", "types", "parser", "formatting", "decorators"):
        for node in ast.walk(ast.parse((Path(click.__file__).parent / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in ("_", "gettext", "ngettext"):
                for argument in node.args[:2]:
                    if isinstance(argument, ast.Constant):
                        yield Told(f"click/{name}.py:{node.lineno}", "click", re.sub(r"!r(?=\})", "", argument.value))


def _texts(module: _Module, node: ast.expr, depth: int = 0) -> Iterator[str | None]:
    """Yield what an expression can be: through conditions, variables and the arguments of the calls of its function."""
    if isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) and node.value else [] if node.value == "" else [None]
    elif isinstance(node, ast.JoinedStr):
        pieces = [part.value if isinstance(part, ast.Constant) else "{_}" for part in node.values]
        text = places("".join(map(str, pieces)))
        yield text if re.search(r"[a-z]{2}", _PLACE.sub("", text)) else None
    elif isinstance(node, ast.IfExp):
        yield from _texts(module, node.body, depth)
        yield from _texts(module, node.orelse, depth)
    elif isinstance(node, ast.Call) and _name(node.func) == "said_by_system":
        yield from SYSTEM
    elif isinstance(node, ast.Attribute) and node.attr in _PASSED_ON:
        return
    elif isinstance(node, ast.Subscript):
        yield from _of_mapping(module, node.value, node.slice, depth)
    elif isinstance(node, ast.Call) and depth < _DEEPEST:
        yield from _of_call(module, node, depth + 1)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(module, value, depth)
    elif isinstance(node, ast.Name) and depth < _DEEPEST:
        yield from _of_name(module, node, depth + 1)
    else:
        yield None


def _of_mapping(module: _Module, mapping: ast.expr, key: ast.expr, depth: int) -> Iterator[str | None]:
    """Yield what is taken from a mapping: the values of one that the module states."""
    named = key.value if isinstance(key, ast.Constant) else ""
    if named in _PASSED_ON or (isinstance(mapping, ast.Attribute) and mapping.attr in _PASSED_ON):
        return
    stated = [one.value for one in ast.walk(module.tree) if isinstance(one, ast.AnnAssign | ast.Assign)
              and isinstance(one.value, ast.Dict) and isinstance(mapping, ast.Name)
              and _name(one.target if isinstance(one, ast.AnnAssign) else one.targets[0]) == mapping.id]
    if stated:
        for value in stated[0].values:
            yield from _texts(module, value, depth)
    else:
        yield None


def _of_call(module: _Module, call: ast.Call, depth: int) -> Iterator[str | None]:
    """Yield what a call returns: of a function of the source, of one that returns its text, of a mapping."""
    name = _name(call.func)
    if name in _SAME and len(call.args) == 1:
        yield from _texts(module, call.args[0], depth)
    elif name == "get" and isinstance(call.func, ast.Attribute):
        yield from _of_mapping(module, call.func.value, call.args[0], depth)
    else:
        inside = [(one, node) for one, node in _functions()[name] if _defined()[name] == 1 or one is module]
        returned = [(one, node.value) for one, function in inside[:1] for node in ast.walk(function)
                    if isinstance(node, ast.Return) and node.value is not None]
        for one, value in returned:
            yield from _texts(one, value, depth)
        if not returned:
            yield None


def _within(module: _Module, node: ast.expr) -> Iterator[str]:
    """Yield the texts that stand as values in a text: those of several words, others are names."""
    for part in (part for text in ast.walk(node) if isinstance(text, ast.JoinedStr) for part in text.values):
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
            yield from (text for text in _texts(module, part.value) if text and re.search(r"[a-z] \S", text))


def _of_name(module: _Module, node: ast.Name, depth: int) -> Iterator[str | None]:
    """Yield what a variable can be: what is assigned to it, or what is given for it where it is a parameter."""
    function = module.functions.get(id(node))
    parameters = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)] if function else []
    if function and node.id in parameters:
        place = parameters.index(node.id) - (parameters[0] in ("self", "cls"))
        everywhere = _defined()[function.name] == 1
        for caller, call in _calls()[function.name]:
            if not everywhere and caller is not module and not caller.path.parent == module.path.parent != SOURCE:
                continue
            by_place = call.args[place] if place < len(call.args) else None
            given = next((word.value for word in call.keywords if word.arg == node.id), by_place)
            if given is not None:
                yield from _texts(caller, given, depth)
        usual = dict(zip(reversed(function.args.args), reversed(function.args.defaults), strict=False))
        yield from (text for one, value in usual.items() if one.arg == node.id for text in _texts(module, value, depth) if text)
        return
    values = [one.value for one in ast.walk(module.tree)
              if isinstance(one, ast.Assign | ast.AnnAssign | ast.NamedExpr) and one.value
              for target in (one.targets if isinstance(one, ast.Assign) else [one.target])
              if _name(target) == node.id and module.functions.get(id(one)) in (function, None)]
    for value in values:
        yield from _texts(module, value, depth)
    if not values:
        yield None
