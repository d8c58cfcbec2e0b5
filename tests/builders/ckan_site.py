"""A CKAN site on loopback, as a source: the three actions a harvester reads, over packages that a test puts in."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from builders.source_server import Answer, SourceServer


def package(number: int, *, title: str = "", modified: str = "2026-02-01T00:00:00") -> dict[str, Any]:
    """A package as `package_search` gives it."""
    identifier = f"{number:08}"
    return {"id": identifier, "name": f"package-{identifier}", "title": title or f"資料集 {number}",
            "notes": f"第 {number} 份說明",
            "type": "dataset", "state": "active", "private": False, "metadata_created": "2026-01-01T00:00:00",
            "metadata_modified": modified, "organization": {"id": "o1", "name": "office", "title": "資料局"},
            "tags": [{"name": "水質"}], "extras": [], "license_url": "https://data.gov.tw/license",
            "resources": [{"id": f"r{number}", "name": "檔案", "format": "CSV", "url": f"https://source.example/files/{number}.csv"}]}


class CkanSite(SourceServer):
    """Serves `packages`; those that are `hidden` are in the list and in no search, `broken` names cannot be shown, `odd` members
    stand behind the packages of each page, and `says` are whole bodies by action."""

    def __init__(self) -> None:
        super().__init__()
        self.packages: dict[str, dict[str, Any]] = {}
        self.most = 1_000
        self.hidden: set[str] = set()
        self.broken: set[str] = set()
        self.odd: list[Any] = []
        self.says: dict[str, bytes] = {}

    def put(self, *packages: dict[str, Any]) -> None:
        """Add packages or replace them."""
        self.packages |= {one["id"]: one for one in packages}

    def answer(self, path: str) -> Answer:
        """Return what an action answers."""
        action = urlsplit(path).path.rpartition("/")[2]
        given = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if action in self.says:
            return 200, {"Content-Type": "application/json"}, self.says[action]
        known = {"package_list": self._list, "package_search": self._search, "package_show": self._show}.get(action)
        result = known(given) if known else None
        if result is None:
            return 404, {"Content-Type": "application/json"}, b'{"success": false}'
        return 200, {"Content-Type": "application/json"}, json.dumps({"success": True, "result": result}).encode()

    def _list(self, _given: dict[str, str]) -> list[str]:
        return sorted(one["name"] for one in self.packages.values())

    def _show(self, given: dict[str, str]) -> dict[str, Any] | None:
        known = {one["name"]: one for one in self.packages.values() if one["name"] not in self.broken}
        return known.get(given["id"])

    def _search(self, given: dict[str, str]) -> dict[str, Any]:
        after = re.search(r"\{(\S+)Z TO", given.get("fq", ""))
        found = [one for name, one in sorted(self.packages.items())
                 if name not in self.hidden and (after is None or one["metadata_modified"] > after[1])]
        start, rows = int(given.get("start", 0)), min(int(given.get("rows", 10)), self.most)
        odd = self.odd if after is None else []
        return {"count": len(found), "results": found[start:start + rows] + odd}
