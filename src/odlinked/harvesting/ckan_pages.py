"""A CKAN site: its search page by page, then only what changed, then its list of names, which tells what is gone.

A page of the search stays true until a later one says otherwise of a package, so that a run asks for what changed after the
newest change it knows, and for the list. What a package says is turned into DCAT by the queries in `mappings/ckan`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.clock import Clock, stated
from odlinked.errors import InputError
from odlinked.graphs import objects
from odlinked.harvesting.pages import PageTold, SourcePages
from odlinked.pool import batched
from odlinked.rdf import ask, ntriples
from odlinked.rdf.ask import Stage

ROWS: Final = 1_000
"""How many packages are asked for at a time: the most a CKAN site gives."""

MOST_SINGLE: Final = 500
"""Most packages that the list has and the search does not give which are asked for one by one in a run."""

MOST_CHANGES: Final = 100
"""After so many answers about changes a run reads all pages again."""

_FIRST: Final = ("mappings/ckan/extras.rq", "mappings/ckan/names.rq")
_QUERIES: Final = "mappings/ckan/*.rq"
_ACTION: Final = re.compile(r"/api(?:/3)?(?:/action(?:/\w*)?)?/?\Z")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_BATCH: Final = 200
_SITE: Final = "See whether the address is that of a CKAN site"


class CkanPages(SourcePages):
    """The answers of a CKAN site's action API."""

    is_chain = False

    def __init__(self, task: dict[str, Any], assets: Assets) -> None:
        super().__init__(task, assets)
        self.site = _ACTION.sub("", self.address.rstrip("/"))
        self._packages: dict[str, bytes] = {}
        self._names: dict[str, str] = {}
        self._newest = ""
        self._asked = ""
        self._changes = 0
        self._listed: set[str] | None = None
        # A package from the future, by more than any time zone explains, would hide whatever changes until then.
        self._unreal = Clock(UTC).now() + timedelta(days=1)
        self._stages = _stages(assets)

    def start(self) -> list[str]:
        """Return the address of the first page of the search; raise `InputError` where the source is named with parameters."""
        if "?" in self.address:
            raise InputError("the address of a CKAN site has no parameters", doing="harvesting", on=self.address[:200],
                             next_step="Name the site alone, like https://ckan.example.tw")
        return [self._search(0)]

    def entry(self) -> list[str]:
        """Return where what changed later is asked for, and the list of names."""
        if not self._newest or self._changes > MOST_CHANGES:
            return self.start()
        return [self._search(0, self._newest), self._action("package_list")]

    def page(self, path: Path, url: str, part: Path | None = None) -> PageTold:
        """Read an answer."""
        result = _result(path, url)
        action = urlsplit(url).path.rpartition("/")[2]
        if action == "package_list":
            return self._list(result, url)
        if action == "package_show":
            self._take(result)
            return PageTold(keeps=True)
        return self._found(result, url)

    def finish(self) -> None:
        """Put the packages into the graph; those that the list has no more are gone."""
        listed = self._listed
        living = (one for name, one in self._packages.items()
                  if listed is None or name in listed or self._names.get(name) in listed)
        for some in batched(living, _BATCH):
            made = ask.run(_loaded(self._rows(some)), self._stages)
            self.graph.add(map(ntriples.spelled, made.split(b"\n")[:-1]))

    def _rows(self, packed: Sequence[bytes]) -> bytes:
        """Return packages as the queries read them."""
        lines: list[bytes] = []
        for number, one in enumerate(packed):
            node = f"urn:odlinked:row:{number}"
            lines += objects.statements(json.loads(zlib.decompress(one)), node)
            lines.append(f"<{node}> <{objects.ROW}site> {ntriples.string(self.site)} .".encode())
        return b"\n".join([*lines, b""])

    def _found(self, result: Any, url: str) -> PageTold:
        """Take a page of the search; behind the last one it leads to what changed since, then to the list."""
        given = parse_qs(urlsplit(url).query)
        found, count = (result.get("results"), result.get("count")) if isinstance(result, dict) else (None, None)
        if not isinstance(found, list) or not isinstance(count, int):
            raise InputError("the site gave a search without results and their number", doing="harvesting", on=url[:200],
                             next_step=_SITE)
        start, since = int(given.get("start", ["0"])[0]), asked_since(url)
        for one in found:
            self._take(one)
        if not found and start < count:
            raise InputError(f"the site gave a search that ends at {start:,} of {count:,}", doing="harvesting", on=url[:200],
                             next_step=_SITE)
        if start + len(found) < count:
            return PageTold([self._search(start + len(found), since)], keeps=True)
        self._changes += bool(since)
        if self._newest and self._asked != self._newest:
            self._asked = self._newest
            return PageTold([self._search(0, self._newest)], keeps=True)
        return PageTold([self._action("package_list")], keeps=True)

    def _list(self, result: Any, url: str) -> PageTold:
        """Take the list of names; it leads to the packages that it has and no page gave."""
        if not isinstance(result, list) or not all(isinstance(one, str) for one in result):
            raise InputError("the site gave a list of names that is none", doing="harvesting", on=url[:200], next_step=_SITE)
        self._listed = set(result)
        known = self._packages.keys() | set(self._names.values())
        unknown = sorted(self._listed - known)
        self.missed += len(unknown[MOST_SINGLE:])
        return PageTold(single=[self._action("package_show", id=name) for name in unknown[:MOST_SINGLE]])

    def _take(self, package: Any) -> None:
        """Keep a package in place of what was said of it before; one that is none is counted and stops no other."""
        name = package.get("id") if isinstance(package, dict) else None
        if not isinstance(name, str) or not name:
            self.missed += 1
            return
        modified = package.get("metadata_modified")
        # CKAN states times in UTC and leaves that out.
        if isinstance(modified, str) and (time := stated(modified.strip())) and time < self._unreal:
            self._newest = max(self._newest, _searched(time))
        self._names[name] = str(package.get("name") or name)
        self._packages[name] = zlib.compress(json.dumps(package).encode(), 1)

    def _search(self, start: int, since: str = "") -> str:
        changed = {"fq": f"metadata_modified:{{{since} TO *]"} if since else {}
        return self._action("package_search", q="*:*", **changed, sort="id asc", rows=str(ROWS), start=str(start))

    def _action(self, name: str, **given: str) -> str:
        return f"{self.site}/api/3/action/{name}" + (f"?{urlencode(given)}" if given else "")


def asked_since(address: str) -> str:
    """Return the time after which an address of the search asks for changes, "" where it asks for all."""
    found = _TIME.search(parse_qs(urlsplit(address).query).get("fq", [""])[0])
    return f"{found[0]}Z" if found else ""


def _searched(time: datetime) -> str:
    """Return a time in UTC as the search takes it."""
    return f"{time.replace(tzinfo=None).isoformat()}Z"


def _loaded(ntriples_: bytes) -> ox.Store:
    store = ox.Store()
    store.load(ntriples_, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return store


def _stages(assets: Assets) -> list[Stage]:
    names = [name for name in sorted(assets.glob(_QUERIES)) if name not in _FIRST]
    return [Stage([ask.load(assets, name) for name in _FIRST], in_turn=True),
            Stage([ask.load(assets, name) for name in names], answers=True)]


def _result(path: Path, url: str) -> Any:
    """Return the result of an answer of the action API."""
    try:
        whole = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as problem:
        raise InputError("the site gave something that is no JSON", doing="harvesting", on=url[:200],
                         next_step=_SITE) from problem
    if not isinstance(whole, dict) or whole.get("success") is not True:
        raise InputError("the site gave an answer that does not say success", doing="harvesting", on=url[:200], next_step=_SITE)
    return whole.get("result")
