"""What an object keeps in memory."""

from __future__ import annotations

import gc
from types import BuiltinFunctionType, FunctionType, ModuleType


def texts_kept_by(thing: object) -> list[str]:
    """Return all texts that an object, or what it refers to, holds; code (functions, classes, modules) is not looked into."""
    found: list[str] = []
    seen: dict[int, object] = {}
    waiting: list[object] = [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, (type, FunctionType, BuiltinFunctionType, ModuleType)):
            continue
        seen[id(one)] = one
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):  # the collector does not go to the keys of one whose keys are all texts
            waiting += [*one.keys(), *one.values()]
        else:
            waiting += gc.get_referents(one)
    return found
