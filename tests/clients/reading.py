"""Read a catalogue as a harvester does, with that harvester's own code: `python reading.py WAY ADDRESS [SINCE]`.

It prints JSON: `records` (address of a dataset -> title) and `gone` (addresses told to be withdrawn). It stands alone, so that it
runs in an environment that has the harvester and not odlinked. With SINCE (ISO 8601, in UTC) a way asks for what changed after
it, as its harvester does.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterable
from typing import Any

Found = tuple[dict[str, str], list[str]]


def _packages(packages: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {extra["value"]: one["title"] for one in packages for extra in one["extras"] if extra["key"] == "uri"}


def ckanapi(address: str, since: str) -> Found:
    """ckanapi: search, a thousand at a time."""
    from ckanapi import RemoteCKAN

    remote, found = RemoteCKAN(address), list[dict[str, Any]]()
    filters = {"fq": f"metadata_modified:{{{since} TO *]"} if since else {}
    while True:
        page = remote.action.package_search(rows=1000, start=len(found), sort="id asc", **filters)
        found += page["results"]
        if len(found) >= page["count"] or not page["results"]:
            return _packages(found), []


def harvester(address: str, since: str) -> Found:
    """CKAN's own harvester (ckanext-harvest) searching another CKAN, as its gather stage does."""
    from ckanext.harvest.harvesters.ckanharvester import CKANHarvester

    class Gathering(CKANHarvester):  # type: ignore[misc]
        """The first of its stages alone, without a database."""

        def found(self) -> Found:
            self.config = {}
            return _packages(self._search_for_datasets(address, [f"metadata_modified:[{since} TO *]"] if since else [])), []

    return Gathering().found()


def ckanext(address: str, since: str) -> Found:
    """ckanext-dcat: its parser reads a page and says which is next."""
    from ckanext.dcat.processors import RDFParser

    link, found = f"{address}/catalog.ttl?size=500" + (f"&modified_since={since}" if since else ""), dict[str, str]()
    while link:
        parser = RDFParser()
        parser.parse(urllib.request.urlopen(link).read(), _format="turtle")
        found |= _packages(parser.datasets())
        link = parser.next_page()
    return found, []


def feed(address: str, since: str) -> Found:
    """A feed reader (feedparser) on the Atom feed of all datasets."""
    import feedparser

    entries = [one for one in feedparser.parse(f"{address}/datasets.atom").entries if not since or one.updated > since]
    gone = [one.link for one in entries if "withdrawn" in {tag.term for tag in one.get("tags", ())}]
    return {one.link: one.title for one in entries if one.link not in gone}, gone


if __name__ == "__main__":
    way = {one.__name__: one for one in (ckanapi, harvester, ckanext, feed)}[sys.argv[1]]
    records, gone = way(sys.argv[2].rstrip("/"), sys.argv[3] if len(sys.argv) > 3 else "")
    print(json.dumps({"records": records, "gone": gone}))
