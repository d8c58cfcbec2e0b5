"""Files of a platform's list, written anew as they were understood: what is published is never a stranger's file.

A list is read as any other file of rows (`inventory.read`), so that encodings, dialects and titles above the headings are
understood in one way. Nothing is known here of the columns: the form of the list says what they mean.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, Final

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.harvesting.pages import PageTold, SourcePages
from odlinked.sheets.kinds import detect

MOST_COLUMNS: Final = 200
_NEXT: Final = "See whether the address is that of the list in CSV or JSON"


class ListPages(SourcePages):
    """One file of a list, or single records of the platform's API."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._headings: dict[str, None] = {}
        self._rows: list[dict[str, str]] = []
        self._records: list[Any] = []

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read a file; it leads to no other."""
        if detect(path, url[:200]) == "json":
            self._json(path, url)
        else:
            self._table(path, url)
        return PageTold()

    def write(self, path: Path) -> dict[str, Any]:
        """Write the rows as CSV, single records as JSON; return how many, and what stands in the first column of each row."""
        if self._records:
            path.write_text(json.dumps(self._records, ensure_ascii=False), encoding="utf-8", errors="replace")
            return {"records": len(self._records), "ids": [], "missed": self.missed}
        headings = list(self._headings)
        with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
            writer = csv.DictWriter(file, headings, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self._rows)
        first = headings[0] if headings else ""
        ids = [row.get(first, "") for row in self._rows[:20_000]]
        return {"records": len(self._rows), "ids": [one for one in ids if one.isascii() and one.isdigit() and len(one) < 8],
                "missed": self.missed}

    def _json(self, path: Path, url: str) -> None:
        """Take the rows of a list, or one record as the platform's API answers it; what is no row is counted."""
        try:
            whole = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as problem:
            raise InputError("it is no sound JSON", doing="harvesting", on=url[:200], next_step=_NEXT) from problem
        if isinstance(whole, dict):
            if whole.get("success") is not True or not isinstance(whole.get("result"), dict):
                raise _no_list(url)
            self._records.append(whole["result"])
            return
        for row in whole:
            if isinstance(row, dict) and len(row) <= MOST_COLUMNS:
                self._row({str(name): _text(value) for name, value in row.items()})
            else:
                self.missed += 1

    def _table(self, path: Path, url: str) -> None:
        """Take the rows of the first table and of those headed alike; the rows of any other are counted."""
        tables = [table for table in inventory.read(path, self.caps, url[:200]) if table.headings]
        headings = tables[0].headings if tables else ()
        if not 1 < len(headings) <= MOST_COLUMNS:
            raise _no_list(url)
        self._headings.update(dict.fromkeys(filter(None, headings)))
        for table in tables:
            if table.headings == headings:
                self._rows += (dict(zip(headings, row.cells, strict=False)) for row in table.rows())
            else:
                self.missed += sum(1 for _ in table.rows())

    def _row(self, row: dict[str, str]) -> None:
        self._headings.update(dict.fromkeys(row))
        self._rows.append(row)


def _no_list(url: str) -> InputError:
    return InputError("it is no list, and no record of the platform", doing="harvesting", on=url[:200], next_step=_NEXT)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)
