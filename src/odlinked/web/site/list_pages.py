"""Lists in pages: page numbers from requests, and the links around a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SIZE: Final = 20
LAST_PAGE: Final = 100_000


def page_number(text: str | None) -> int:
    """Return a page number from a query parameter: at least 1, and 1 for anything that is not a number."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return 1
    return max(1, min(int(text), LAST_PAGE))


@dataclass(frozen=True)
class Paging:
    """The position of a page in a list: `page` is 1-based, `size` members a page, `total` members in all."""

    page: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 for an empty list."""
        return max(1, -(-self.total // self.size))

    @property
    def first_shown(self) -> int:
        """The 1-based place of the first member shown; 0 where there is none."""
        start = (self.page - 1) * self.size + 1
        return start if start <= self.total else 0

    @property
    def last_shown(self) -> int:
        """The place of the last member shown."""
        return min(self.page * self.size, self.total) if self.first_shown else 0

    def around(self) -> list[int]:
        """Return the page numbers to link: both ends and two on either side; 0 stands for a gap."""
        wanted = sorted({1, self.last, *range(max(1, self.page - 2), min(self.last, self.page + 2) + 1)})
        found: list[int] = []
        for number in wanted:
            if found and number - found[-1] > 1:
                found.append(0)
            found.append(number)
        return found
