"""The text of an API description, JSON or YAML, as plain values: nothing is constructed, nothing expands without limit."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

MOST_BYTES: Final = 4 << 20
MOST_VALUES: Final = 1_000_000
"""Most values, those repeated by aliases counted each time."""

MOST_PAIRS: Final = 4_000_000
"""Most pairs of objects within one array: where all must differ (tags, parameters), each is compared with each."""

DEPTH: Final = 100
_CORE: Final = frozenset({"bool", "int", "float", "null", "merge"})


class Unreadable(Exception):
    """The text is neither JSON nor YAML, or too large: the text says why."""


class TooMuch(Exception):
    """The text is deeper or larger than is examined."""


@dataclass
class DescriptionText:
    """A description as plain values, every key a string, and what is wrong with its text: pointer and reason."""

    value: Any
    faults: list[tuple[str, str]] = field(default_factory=list)


def load(data: bytes) -> DescriptionText:
    """Read a description; raise `Unreadable` or `TooMuch`."""
    if len(data) > MOST_BYTES:
        raise TooMuch(f"it is larger than {MOST_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unreadable(f"it is not UTF-8: byte {problem.start + 1}") from problem
    found = DescriptionText(None)
    try:
        raw = json.loads(text) if text.lstrip()[:1] in ("{", "[") else _yaml(text)
    except json.JSONDecodeError:
        raw = _yaml(text)  # flow style YAML begins like JSON
    except RecursionError:
        raise TooMuch(f"it is nested deeper than {DEPTH} levels") from None
    found.value = _Copy(found).value(raw, "", 0)
    return found


class _Loader(yaml.CSafeLoader):
    """Values as defined by YAML 1.2 and OpenAPI: no dates, `yes` and `no` are text."""


def _yaml(text: str) -> Any:
    try:
        loader = _loader()(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise Unreadable(f"it is neither JSON nor YAML: {where}{getattr(problem, 'problem', None) or problem}") from problem
    except (ValueError, TypeError, AttributeError, OverflowError) as problem:  # a number or tag that cannot be constructed
        raise Unreadable(f"it is neither JSON nor YAML: {problem}") from problem
    except RecursionError:
        raise TooMuch(f"it is nested deeper than {DEPTH} levels") from None


@dataclass(frozen=True)
class _Repeated:
    """A mapping in which a key occurs twice."""

    value: dict[Hashable, Any]
    keys: tuple[str, ...]


def _loader() -> type[yaml.CSafeLoader]:
    """Return a loader that resolves what YAML 1.2 resolves, and reports duplicate keys."""
    class Loader(_Loader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers
                if tag.rpartition(":")[2] in _CORE and not (tag.endswith(":bool") and first in "yYnNoO")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()}

    def mapping(loader: yaml.CSafeLoader, node: yaml.MappingNode) -> Any:
        loader.flatten_mapping(node)
        value: dict[Hashable, Any] = {}
        repeated: list[str] = []
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key is no text", key_node.start_mark)
            if key in value:
                repeated.append(str(key))
            value[key] = loader.construct_object(value_node, deep=True)
        return _Repeated(value, tuple(repeated)) if repeated else value

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader


class _Copy:
    """Copies values with string keys, counting: an alias is as large as what it refers to."""

    def __init__(self, text: DescriptionText) -> None:
        self.text = text
        self.left, self.pairs = MOST_VALUES, MOST_PAIRS

    def value(self, value: Any, at: str, depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise TooMuch(f"it has more than {MOST_VALUES:,} values")
        if depth > DEPTH:
            raise TooMuch(f"it is nested deeper than {DEPTH} levels")
        if isinstance(value, _Repeated):
            self.text.faults += [(f"{at}/{escaped(key)}", "the key stands twice in its mapping") for key in value.keys]
            value = value.value
        if isinstance(value, dict):
            return self.members(value, at, depth)
        if isinstance(value, list):
            objects = sum(isinstance(one, dict | list) for one in value)
            self.pairs -= objects * objects // 2
            if self.pairs < 0:
                raise TooMuch("its arrays hold more objects than can be compared")
            return [self.value(one, f"{at}/{index}", depth + 1) for index, one in enumerate(value)]
        return value

    def members(self, value: dict[Any, Any], at: str, depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, member in value.items():
            name = key if isinstance(key, str) else json.dumps(key, default=str)
            if not isinstance(key, str):
                self.text.faults.append((f"{at}/{escaped(name)}", f"the key {name} is not text: write '{name}' in quotes"))
            copied[name] = self.value(member, f"{at}/{escaped(name)}", depth + 1)
        return copied


def escaped(key: str) -> str:
    """Return a key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
