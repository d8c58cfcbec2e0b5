"""odlinked: inventories of government open data in, a validated and queryable linked-data catalogue out.

`read`, `validate`, `map` and `open_catalogue` are what Python code may build on (`odlinked.api`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from odlinked.version import __version__

if TYPE_CHECKING:
    from odlinked.api import map, open_catalogue, read, validate

__all__ = ["__version__", "map", "open_catalogue", "read", "validate"]


def __getattr__(name: str) -> Any:
    """Load the public names when one is first used: importing only the version loads nothing."""
    if name in __all__:
        from odlinked import api

        return getattr(api, name)
    raise AttributeError(f"module 'odlinked' has no attribute {name!r}")
