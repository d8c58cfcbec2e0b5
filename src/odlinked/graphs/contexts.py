"""JSON-LD made safe to parse: no context that would have to be fetched, and limited nesting."""

from __future__ import annotations

import json
from typing import Any, Final

from odlinked.errors import InputError

_DEEPEST: Final = 200


def safe(data: bytes, name: str) -> bytes:
    """Return the file as it is; raise `InputError` for a remote context, by its address, and for a file that is not JSON."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"it is no JSON: {problem}", doing="reading", on=name) from problem
    waiting: list[tuple[Any, int]] = [(whole, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            raise InputError(f"it is nested more than {_DEEPEST} deep", doing="reading", on=name)
        if isinstance(value, dict):
            for key, member in value.items():
                if key in ("@context", "@import"):
                    _check_context(member, name)
                waiting.append((member, depth + 1))
        elif isinstance(value, list):
            waiting.extend((member, depth + 1) for member in value)
    return data


def _check_context(context: Any, name: str) -> None:
    """Refuse a context that is only named."""
    for one in context if isinstance(context, list) else [context]:
        if isinstance(one, str):
            raise InputError(f"its context is not in the file but at {one[:200]}, and nothing is fetched", doing="reading",
                             on=name, next_step="Put the context into the file, or give the catalogue as Turtle")
