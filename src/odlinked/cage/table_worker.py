"""The sandboxed process that answers questions about published rows: DuckDB, reading the Parquet files of one folder.

Run by path (`python -I -S table_worker.py ROOM PACKAGES FOLDER MEMORY SECONDS`), so that it starts with nothing but DuckDB and
the standard library. Before the first question the engine gives up every file but those below the folder, extensions, the network
and the right to change that; the kernel limits memory, processor time and the size of what is written to nothing.

Messages are marshalled, each after its length (u32, little-endian). In: (SQL, parameters, most rows). Out: (status, columns and
rows, or why there are none).
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import types
from typing import Any


def _stand_alone() -> None:
    """Make `odlinked.cage` importable without `odlinked/__init__` and all it loads, and DuckDB without `site`."""
    room, packages = sys.argv[1], sys.argv[2]
    sys.path.append(packages)
    for name, folder in (("odlinked", os.path.dirname(room)), ("odlinked.cage", room)):
        module = types.ModuleType(name)
        module.__path__ = [folder]
        sys.modules[name] = module


if __name__ == "__main__":
    _stand_alone()

from odlinked.cage import limits  # noqa: E402

READY, ROWS, MEMORY, FAILED = range(4)
DESCRIPTORS = 64
"""Files that are open at most: those of Python and DuckDB, and the one that is asked."""

_ENGINE_SHARE = 0.5
"""How much of the process's memory the engine may take for a question; the rest is for what it makes of the answer."""


def opened(folder: str, memory: int) -> Any:
    """Return a connection that reads Parquet files below a folder and can do nothing else."""
    import duckdb

    connection = duckdb.connect(":memory:", config={
        "threads": 1, "memory_limit": f"{int(memory * _ENGINE_SHARE) >> 20}MB", "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false", "allow_community_extensions": "false"})
    connection.execute("SET temp_directory=''")
    connection.execute("SET TimeZone='UTC'")
    connection.execute(f"SET allowed_directories=['{folder.replace(chr(39), chr(39) * 2)}']")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def answer(connection: Any, sql: str, parameters: list[Any], most: int) -> tuple[int, Any]:
    """Return status and answer of a question: names of columns, and rows of plain values."""
    try:
        found = connection.execute(sql, parameters)
        names = [column[0] for column in found.description]
        return ROWS, (names, [tuple(map(_plain, row)) for row in found.fetchmany(most)])
    except MemoryError:
        return MEMORY, ""
    except Exception as problem:
        return (MEMORY if "Out of Memory" in str(problem) else FAILED), str(problem)[:1_000]


def _plain(value: Any) -> Any:
    """Return a value as it goes through the pipe: days and times in ISO 8601."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _receive(size: int) -> bytes | None:
    parts = b""
    while len(parts) < size:
        part = os.read(0, size - len(parts))
        if not part:
            return None
        parts += part
    return parts


def send(message: tuple[int, Any]) -> None:
    """Write a message to the pipe."""
    data = marshal.dumps(message)
    view = memoryview(len(data).to_bytes(4, "little") + data)
    while view:
        view = view[os.write(1, view):]


def main(arguments: list[str]) -> None:
    """Serve until the pipe closes, with the arguments FOLDER MEMORY (bytes) SECONDS."""
    folder, memory, seconds = arguments[0], int(arguments[1]), int(arguments[2])
    try:
        connection = opened(folder, memory)
    except Exception as problem:
        send((FAILED, str(problem)[:1_000]))
        return
    held = limits.hold(memory, 0, DESCRIPTORS)
    send((READY, held))
    while (head := _receive(4)) is not None:
        body = _receive(int.from_bytes(head, "little"))
        if body is None:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds + 2)
        if "processor" in held:
            limits.processor(2 * seconds + 2)
        sql, parameters, most = marshal.loads(body)  # noqa: S302 - the server wrote it
        send(answer(connection, sql, parameters, most))
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main(sys.argv[3:])
