"""The index of a release: `catalog.sqlite`, an index over documents that can be built again from them.

`schema` defines its content and opens it, `state` is the publisher's side, `lists` the side of pages, lists and search, which a
publish does not load. No other module knows a table of it.
"""

from odlinked.catalog.index.schema import PLANNED, STATES, Entry, ServedRecord, is_current, is_future, listed, public_content
from odlinked.catalog.index.state import Index, IndexEntry

__all__ = [
           "PLANNED",
           "STATES",
           "Entry",
           "Index",
           "IndexEntry",
           "ServedRecord",
           "is_current",
           "is_future",
           "listed",
           "public_content",
]
