"""What a look into a workbook's own bytes found that calamine does not hand over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from odlinked.sheets.merges import Merge


def _rows() -> defaultdict[int, dict[int, str]]:
    return defaultdict(dict)


@dataclass
class Seen:
    """For one worksheet: `shown`, text by 1-based row and 0-based column where it is not what calamine gives (error
    values, leading zeros), and `merges` where calamine knows none (ods)."""

    shown: defaultdict[int, dict[int, str]] = field(default_factory=_rows)
    merges: Iterable[Merge] | None = None
