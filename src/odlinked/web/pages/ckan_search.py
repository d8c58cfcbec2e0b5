"""What `package_search` of the CKAN action API asks: `fq` in the part of Solr's syntax that harvesters and portals use.

Terms are joined by blanks, AND or OR, negated by "-", "!" or NOT: `field:value`, `field:"a b"`, `field:(a OR b)`, `field:*`, and
`metadata_modified:[A TO B]` with times, `*` and NOW. A field or form that is not known is refused by name, never left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from odlinked.clock import stated

Ids = frozenset[int]

_TERM: Final = re.compile(
    r'\s*(?P<join>AND\b|OR\b|&&|\|\|)?\s*(?P<sign>[-+!]|NOT\s+)?\s*(?P<field>[A-Za-z_]+|\*):'
    r'(?P<value>"(?:[^"\\]|\\.)*"|\([^()]*\)|[\[{][^\[\]{}]*[\]}]|[^\s()"]+)')
_VALUES: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_RANGE: Final = re.compile(r"[\[{](\S+) TO (\S+)[\]}]\Z")
_NOW: Final = re.compile(r"NOW(?:/(?:DAY|HOUR|MINUTE))?(?:-(\d{1,6})(DAY|HOUR|MINUTE|MONTH|YEAR)S?)?\Z")
_HOURS: Final = {"MINUTE": 1 / 60, "HOUR": 1, "DAY": 24, "MONTH": 24 * 30, "YEAR": 24 * 365}
_MOST: Final = 50
_LONGEST: Final = 2_000
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


class SearchQueryRefused(Exception):
    """A search that cannot be understood; its text says why."""


@dataclass(frozen=True)
class SolrFields:
    """What fields find: `everything` there is, `exact` value -> ids by the name of a field, `since` the ids changed at a time or
    after it; `now` is the time."""

    everything: Ids
    exact: Mapping[str, Callable[[str], Ids]]
    since: Callable[[datetime], Ids]
    now: datetime

    def names(self, text: str) -> bool:
        """Whether a text begins with a field that is known: then it is a filter, else words to search."""
        term = _TERM.match(text[:_LONGEST])
        return term is not None and term["field"] in (*self.exact, "metadata_modified", "*")

    def found(self, texts: Sequence[str]) -> Ids:
        """Return the ids that all of several filters find; raise `SearchQueryRefused` for what is not understood."""
        found = self.everything
        for text in texts:
            found &= self._filter(text)
        return found

    def _filter(self, text: str) -> Ids:
        if len(text) > _LONGEST:
            raise SearchQueryRefused(f"a filter of more than {_LONGEST} characters")
        text = " ".join(text.split())
        found: Ids | None = None
        place = 0
        for _ in range(_MOST):
            if not text[place:].strip():
                return self.everything if found is None else found
            term = _TERM.match(text, place)
            if term is None:
                raise SearchQueryRefused(f"cannot read {text[place:place + 60].strip()!r}: write field:value")
            ids = self._term(term["field"], term["value"])
            ids = self.everything - ids if (term["sign"] or "").strip() in ("-", "!", "NOT") else ids
            found = ids if found is None else found | ids if term["join"] in ("OR", "||") else found & ids
            place = term.end()
        raise SearchQueryRefused(f"more than {_MOST} terms")

    def _term(self, field: str, value: str) -> Ids:
        if field == "*":
            return self.everything
        if field == "metadata_modified":
            return self._modified(value)
        if field not in self.exact:
            known = ", ".join(sorted((*self.exact, "metadata_modified")))
            raise SearchQueryRefused(f"undefined field {field!r}; known are {known}")
        if value == "*" or value[0] in "[{":
            if value not in ("*", "[* TO *]"):
                raise SearchQueryRefused(f"{field} takes no range")
            return self.exact[field]("*")
        found: Ids = frozenset()
        for quoted, plain in _VALUES.findall(value.strip("()")):
            if plain not in ("OR", "AND"):
                found |= self.exact[field](quoted.replace('\\"', '"') if quoted else plain.replace("\\", ""))
        if " AND " in value:
            raise SearchQueryRefused(f"{field} takes values joined by OR")
        return found

    def _modified(self, value: str) -> Ids:
        ends = _RANGE.match(value)
        if ends is None:
            raise SearchQueryRefused("metadata_modified takes a range like [2026-01-31T00:00:00Z TO *]")
        # Square brackets include the ends of a range, braces do not; the log counts in milliseconds.
        next_, last = timedelta(milliseconds=int(value[0] == "{")), timedelta(milliseconds=int(value[-1] == "]"))
        found = self.everything if ends[1] == "*" else self.since(self._time(ends[1]) + next_)
        return found if ends[2] == "*" else found - self.since(self._time(ends[2]) + last)

    def _time(self, text: str) -> datetime:
        now, found = _NOW.match(text), stated(text)
        try:
            if now:
                return self.now - timedelta(hours=int(now[1] or 0) * _HOURS[now[2] or "DAY"])
        except (ValueError, OverflowError):
            found = None
        if found is None:
            raise SearchQueryRefused(f"{text[:60]!r} is no time")
        return min(found, _LATEST)
