"""A folder as the part of a web site that it is or will be: the only documents that lifting reads, and never by a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from odlinked.csvw.problems import ResolvedDocument
from odlinked.csvw.terms import normal_url
from odlinked.errors import InputError

TABLE: Final = "application/octet-stream"
"""The media type of a table that is neither metadata nor delimited text: a workbook, records in JSON."""

MOST_METADATA: Final = 16_000_000
"""Most bytes of a metadata document."""

_SMALL: Final = 100_000
_KINDS: Final[Mapping[str, str]] = MappingProxyType({
    ".json": "application/json", ".tsv": "text/tab-separated-values", ".tab": "text/tab-separated-values"})


@dataclass(frozen=True)
class PublishedFile:
    """The file that is lifted, the address it is published at, and how a server gives it: media type, Link header lines."""

    path: Path
    url: str
    media_type: str = ""
    links: Sequence[str] = ()


@dataclass(frozen=True)
class PublishedFolder:
    """The documents of a folder at their addresses: `folder` is what lies at `url`, which ends in a slash.

    `start` is given with the headers stated for it, anything else by its name. `also` are further files at addresses of their own
    (metadata that is kept elsewhere).
    """

    folder: Path
    url: str
    start: PublishedFile
    also: Sequence[PublishedFile] = ()

    def path(self, url: str) -> Path | None:
        """Return the file at a URL, None where there is none in the folder."""
        for given in (self.start, *self.also):
            if normal_url(url) == normal_url(given.url):
                return given.path
        inside, root = normal_url(url), normal_url(self.url)
        if not inside.startswith(root) or urlsplit(url).query:
            return None
        folder = self.folder.resolve()
        path = (folder / unquote(inside[len(root):])).resolve()
        return path if path.is_relative_to(folder) and path.is_file() else None

    def __call__(self, url: str) -> ResolvedDocument | None:
        """Return the document at a URL, None where there is none in the folder."""
        for given in (self.start, *self.also):
            if url == given.url:
                return _document(given.path, url, given.media_type, tuple(given.links))
        path = self.path(url)
        return None if path is None else _document(path, url, "", ())


def of_file(path: Path, name: str, folder_url: str, url: str = "", folder: Path | None = None, media_type: str = "",
            links: Sequence[str] = (), metadata: Path | None = None) -> PublishedFolder:
    """Return the site around a file: its folder, or `folder`, at `folder_url`.

    `metadata` may lie anywhere; it is taken to be published beside the file. Raise `InputError` where there is no such file.
    """
    for one in (path, *([metadata] if metadata else [])):
        if not one.is_file():
            raise InputError("there is no such file", doing="reading", on=one.name)
    at = folder_url if folder_url.endswith("/") else folder_url + "/"
    root = folder or path.parent
    if not url:
        inside = path.resolve().relative_to(root.resolve()) if path.resolve().is_relative_to(root.resolve()) else Path(name)
        url = at + quote(inside.as_posix())
    start = PublishedFile(path, url, media_type, links)
    return PublishedFolder(root, at, start, () if metadata is None else (PublishedFile(metadata, metadata_url(start, metadata)),))


def metadata_url(start: PublishedFile, metadata: Path) -> str:
    """Return the address of metadata beside the file it describes."""
    return start.url.split("?")[0].rpartition("/")[0] + "/" + quote(metadata.name)


def _document(path: Path, url: str, media_type: str, links: tuple[str, ...]) -> ResolvedDocument:
    """Return a file as a document: a small one read, as metadata is; a table of any length only to be opened."""
    kind = media_type or _KINDS.get(path.suffix.lower(), "text/csv")
    most = MOST_METADATA if kind == "application/json" else _SMALL
    content = path.read_bytes() if path.stat().st_size <= most else b""
    return ResolvedDocument(content, url, kind, links, lambda: path.open("rb"))
