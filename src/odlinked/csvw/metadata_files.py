"""Finding the metadata of a table and reading both (Model for Tabular Data, section 5).

Nothing is fetched here: every document comes from the resolver.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin

from odlinked.csvw import metadata, validation
from odlinked.csvw.annotated import AnnotatedGroup, annotate
from odlinked.csvw.dialects import PLAIN
from odlinked.csvw.model import Dialect, TableDescription, TableGroup
from odlinked.csvw.problems import DocumentResolver, MetadataError, Notes, ResolvedDocument, ValidationProblem
from odlinked.csvw.templates import Template
from odlinked.csvw.terms import normal_url

_SITE_WIDE = "/.well-known/csvm"
_CANDIDATES = ("{+url}-metadata.json", "csv-metadata.json")
_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[^;,]+)*)")
_JSON = ("application/csvm+json", "application/ld+json", "application/json")


class LocatedGroup(NamedTuple):
    """A group of tables whose metadata is read: the file of each table, and the problems found on the way."""

    group: TableGroup
    files: tuple[ResolvedDocument, ...]
    problems: tuple[ValidationProblem, ...]

    def spoken(self, place: int) -> Dialect | None:
        """Return the dialect that the media type of a table's file implies, by its place."""
        return _spoken(self.files[place])


def open_url(url: str, resolver: DocumentResolver, *, overriding: str = "") -> AnnotatedGroup:
    """Read the table at `url`, or the tables of the metadata at `url`, with all their problems.

    `overriding` is the URL of metadata to use in place of any that would be found. Raise `MetadataError` for unusable metadata,
    and where there is nothing at `url`.
    """
    found = find(url, resolver, overriding=overriding)
    tables = [annotate(table, file.opened().read(), found.spoken(place))
              for place, (table, file) in enumerate(zip(found.group.tables, found.files, strict=True))]
    problems = list(found.problems)
    for read in tables:
        problems += read.problems
    problems += validation.keys(tables)
    return AnnotatedGroup(found.group, tuple(tables), tuple(problems))


def find(url: str, resolver: DocumentResolver, *, overriding: str = "") -> LocatedGroup:
    """Find the metadata of the table at `url`, or read the metadata at `url`, and the files of its tables, none of them read.

    `overriding` and errors as for `open_url`.
    """
    notes = Notes()
    start = _fetched(url, resolver)
    known: dict[str, ResolvedDocument] = {}
    if _is_metadata(start):
        group = _loaded(start, resolver)
    elif overriding:
        group = _loaded(_fetched(overriding, resolver), resolver)
        known[normal_url(url)] = start
    else:
        group = locate(url, start, resolver, notes) or TableGroup(tables=(TableDescription(url=url),), base=url)
        known[normal_url(url)] = start
    files = tuple(known.get(normal_url(table.url)) or _fetched(table.url, resolver) for table in group.tables)
    return LocatedGroup(group, files, (*group.problems, *notes.problems))


def locate(url: str, start: ResolvedDocument, resolver: DocumentResolver, notes: Notes) -> TableGroup | None:
    """Return the first metadata found for a table that describes it; None leaves the table's own header."""
    linked = [urljoin(start.url, target) for line in start.links for target in _described_by(line)]
    for candidate in [*linked, *_site_wide(url, resolver)]:
        found = resolver(candidate)
        if found is None:
            continue
        group = _loaded(found, resolver)
        if any(normal_url(table.url) == normal_url(url) for table in group.tables):
            return group
        notes.below(candidate).warn(f"the metadata does not speak of {url}; it is left out")
    return None


def _site_wide(url: str, resolver: DocumentResolver) -> list[str]:
    """Return the places where metadata may be, according to the site, else according to the standard (sections 5.3)."""
    listed = resolver(urljoin(url, _SITE_WIDE))
    patterns = listed.content.decode("utf-8", "replace").split("\n") if listed else _CANDIDATES
    return [urljoin(url, Template(pattern.strip()).expand({"url": url})) for pattern in patterns if pattern.strip()]


def _described_by(line: str) -> list[str]:
    """Return the targets of a Link header line that describe the document it came with (section 5.2)."""
    return [found[1] for found in _LINK.finditer(line) if re.search(r"\brel\s*=\s*\"?[^\";]*\bdescribedby\b", found[2])]


def _is_metadata(found: ResolvedDocument) -> bool:
    media_type = found.media_type.split(";")[0].strip().lower()
    return media_type in _JSON if media_type else found.url.split("?")[0].endswith(".json")


def _fetched(url: str, resolver: DocumentResolver) -> ResolvedDocument:
    found = resolver(url)
    if found is None:
        raise MetadataError("there is nothing there", doing="reading", on=url)
    return found


def _loaded(found: ResolvedDocument, resolver: DocumentResolver) -> TableGroup:
    return metadata.load(metadata.parse(found.content, found.url), found.url, resolver=resolver)


def _spoken(found: ResolvedDocument) -> Dialect | None:
    """Return the dialect that a media type implies (RFC 7111: `header=absent`; tab-separated values)."""
    kind, _, parameters = found.media_type.lower().partition(";")
    header = 0 if "header=absent" in parameters.replace(" ", "") else 1
    delimiter = "\t" if kind.strip() == "text/tab-separated-values" else ","
    return Dialect(comment_prefix=PLAIN.comment_prefix, delimiter=delimiter, header_row_count=header)
