"""odlinked: inventories of government open data in, a validated and queryable linked-data catalogue out."""

from __future__ import annotations

__version__ = "0.1.0"
