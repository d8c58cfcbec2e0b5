"""An assistant: the SDK's own client over a service's address or a process of its own, and tasks written as data."""

from __future__ import annotations

import asyncio
import sys
import tomllib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters
from mcp.client.client import Client

TASKS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "mcp" / "tasks.toml").read_text(encoding="utf-8"))["task"]
ERAS = ("2025-11-25", "2026-07-28")
"""The protocol's versions with a handshake and without one: the latest of each."""


def process(workspace: Path, *options: str) -> StdioServerParameters:
    """Return how an assistant starts `odlinked mcp`."""
    return StdioServerParameters(command=sys.executable, args=["-m", "odlinked", "mcp", "--workspace", str(workspace), *options],
                                 cwd=str(workspace.parent))


def talk(target: StdioServerParameters | str, what: Callable[[Client], Coroutine[Any, Any, Any]], era: str = ERAS[1]) -> Any:
    """Connect to a server, do something there and return what came of it."""

    async def whole() -> Any:
        async with Client(target, mode="legacy" if era == ERAS[0] else era) as client:
            return await what(client)

    return asyncio.run(asyncio.wait_for(whole(), 120))


def at(answer: Any, path: str) -> Any:
    """Return what stands at a place of an answer (`answer.rows.0.n`; `*` for every member), None where nothing does."""
    first, _, rest = path.partition(".")
    if not path:
        return answer
    if first == "*":
        return [at(one, rest) for one in answer or ()]
    try:
        return at(answer[int(first)] if isinstance(answer, list) else answer[first], rest)
    except (KeyError, IndexError, TypeError):
        return None


def filled_in(given: Mapping[str, Any], before: Sequence[Any]) -> dict[str, Any]:
    """Return the arguments of a call, those filled in that are taken from the answers before."""
    return {name: at(before[int(value[1]) - 1], value[3:]) if isinstance(value, str) and value.startswith("@") else value
            for name, value in given.items()}
