"""Patterns that are compiled when they are first used.

Compiling a pattern of many alternatives takes up to 20 ms, and a command imports modules of which it uses a part: what it never
looks for, it does not pay for.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Uncompiled:
    """A pattern to be: what is asked of it is that of the compiled one, and kept, so that it is as fast from then on."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copying and pickling ask for what no pattern has
            raise AttributeError(name)
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` does, compiled when it is first asked for something; a faulty one raises `re.error` then."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(text, flags))
