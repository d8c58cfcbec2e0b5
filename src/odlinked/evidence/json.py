"""The dataclasses of this package as JSON text and back: what differs from its default, by name."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def dump(value: Any) -> str:
    """Return a dataclass of this package as JSON. A lone surrogate, which a hostile file may contain, becomes a question mark."""
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


def load(kind: type[T], text: str) -> T:
    """Return the dataclass that `dump` wrote. Unknown names, from other versions, are ignored."""
    built: T = _built(kind, json.loads(text))
    return built


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {_name(one): _plain(getattr(value, one.name)) for one in fields(value)
                if getattr(value, one.name) != _default(one)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _name(one: Field[Any]) -> str:
    """Return the name of a field in the stored form, where it may differ."""
    return str(one.metadata.get("name", one.name))


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _built(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        return None if value is None else _built(next(one for one in kind.__args__ if one is not types.NoneType), value)
    if typing.get_origin(kind) is tuple:
        return tuple(_built(typing.get_args(kind)[0], item) for item in value)
    if is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        names = {_name(one): one.name for one in fields(kind)}
        return typing.cast(type, kind)(**{names[name]: _built(hints[names[name]], item) for name, item in value.items()
                                          if name in names})
    return datetime.fromisoformat(value) if kind is datetime else value
