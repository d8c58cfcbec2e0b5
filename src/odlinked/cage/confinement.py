"""What a process that reads a stranger's files never needs: the network, other programs, writing outside of its folder."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

_REFUSED: Final = frozenset((
    "socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen",
    "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.kill", "ctypes.dlopen",
))
"""What the interpreter is asked for that this process has no use for (`sys.addaudithook`)."""

_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(folder: str) -> None:
    """Refuse, from now on, what checking a file never needs: the network, other programs, writing outside of `folder`."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            raise PermissionError(f"{event} is not for this process")
        if event == "open" and not isinstance(arguments[0], int) and (arguments[2] or 0) & _WRITES:
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if path != os.devnull and os.path.commonpath((path, folder)) != folder:
                raise PermissionError("this process writes into its own folder only")

    sys.addaudithook(watch)
