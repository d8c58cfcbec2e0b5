"""Files of a platform's list (CSV or JSON), written anew as they were understood: what is published is never a stranger's file.

Nothing is known here of the columns: the form of the list says what they mean.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.harvesting.pages import PageTold, SourcePages

MOST_COLUMNS: Final = 200
_NEXT: Final = "See whether the address is that of the list in CSV or JSON"


class ListPages(SourcePages):
    """One file of a list, or single records of the platform's API."""

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self._headings: dict[str, None] = {}
        self._rows: list[dict[str, Any]] = []
        self._records: list[Any] = []

    def page(self, path: Path, url: str) -> PageTold:
        """Read a file; it leads to no other."""
        text = _decoded(path.read_bytes(), url)
        if text.lstrip()[:1] in ("[", "{"):
            self._json(text, url)
        else:
            self._csv(text, url)
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
        ids = [str(row.get(first, "")) for row in self._rows[:20_000]]
        return {"records": len(self._rows), "ids": [one for one in ids if one.isascii() and one.isdigit() and len(one) < 8],
                "missed": self.missed}

    def _json(self, text: str, url: str) -> None:
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise InputError("it is no sound JSON", doing="harvesting", on=url[:200], next_step=_NEXT) from problem
        if isinstance(whole, dict):
            if whole.get("success") is not True or not isinstance(whole.get("result"), dict):
                raise InputError("it is no list, and no record of the platform", doing="harvesting", on=url[:200],
                                 next_step=_NEXT)
            self._records.append(whole["result"])
            return
        for row in whole:
            if isinstance(row, dict) and len(row) <= MOST_COLUMNS:
                self._row({str(name): _text(value) for name, value in row.items()})
            else:
                self.missed += 1

    def _csv(self, text: str, url: str) -> None:
        csv.field_size_limit(self.caps.max_bytes)
        try:
            reader = csv.DictReader(io.StringIO(text, newline=""))
            self._headings.update(dict.fromkeys(reader.fieldnames or ()))
            for row in reader:
                self._row({name: value for name, value in row.items() if name is not None and isinstance(value, str)})
                if len(self._headings) > MOST_COLUMNS:
                    break
        except csv.Error as problem:
            raise InputError("it is no sound CSV", doing="harvesting", on=url[:200], next_step=_NEXT) from problem
        if not 1 < len(self._headings) <= MOST_COLUMNS:
            raise InputError("it is no list, and no record of the platform", doing="harvesting", on=url[:200], next_step=_NEXT)

    def _row(self, row: dict[str, Any]) -> None:
        self._headings.update(dict.fromkeys(row))
        self._rows.append(row)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _decoded(data: bytes, url: str) -> str:
    """Return a file as text, in UTF-8 or the Big5 of Windows (CP950)."""
    if b"\0" in data:
        raise InputError("it is no list, and no record of the platform", doing="harvesting", on=url[:200], next_step=_NEXT)
    for codec in ("utf-8-sig", "cp950"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise InputError("it is no list, and no record of the platform", doing="harvesting", on=url[:200], next_step=_NEXT)
