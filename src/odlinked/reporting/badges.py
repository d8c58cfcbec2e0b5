"""Which datasets gained or lost gold between two releases, by the badges their sources state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record
from odlinked.namespaces import CODE

_GOLD: Final = frozenset(f"{CODE}quality-badge/{name}" for name in ("gold", "platinum"))

BadgeRow = dict[str, Any]


def gained_lost(release: Release, base: Release | None) -> Iterator[BadgeRow]:
    """Yield a row for each dataset that has gold (or better) in one of two releases and not in the other; one row that says
    "not-checked" where there is no `base`."""
    if base is None:
        yield {"what": "not-checked"}
        return
    before = {record.iri: record for record in base.roster("dataset")}
    now = {record.iri: record for record in release.roster("dataset")}
    for iri in sorted(before.keys() | now.keys()):
        earlier, later = before.get(iri), now.get(iri)
        had, has = _is_gold(earlier), _is_gold(later)
        known = later if later is not None and later.state == "live" else earlier
        if had != has and known is not None:
            yield {"unit": known.publisher, "what": "gained" if has else "lost", "identifier": unquote(iri.rpartition("/")[2]),
                   "title": known.title, "before": earlier.badge if earlier else "",
                   "badge": later.badge if later is not None and later.state == "live" else ""}


def _is_gold(record: Record | None) -> bool:
    return record is not None and record.state == "live" and record.badge in _GOLD
