"""Questions about the rows of a table, as an address asks them: chosen columns, filters, groups, aggregates, order, a page.

    select=county,aqi  where=aqi>=50  where=county=臺北市  sort=-aqi  limit=10
    group=county  aggregate=count,mean(aqi)  sort=-mean(aqi)

They become SQL in which names are those of the table's own columns and every value is a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from odlinked.errors import QueryError

DEFAULT: Final = 100
MOST: Final = 1_000
LAST: Final = 10_000_000
"""Rows that are answered without being asked for a number, at most at a time, and the furthest that a page begins at."""

PARAMETERS: Final = ("select", "where", "group", "aggregate", "sort", "limit", "offset")
_LONGEST: Final = 500
_MOST_PARTS: Final = 50
_OPERATORS: Final = ("!=", ">=", "<=", "=", ">", "<", "~")
_AGGREGATE: Final = re.compile(r"(count|sum|mean|min|max|distinct)(?:\((.*)\))?")
_FUNCTIONS: Final = {"sum": "sum", "mean": "avg", "min": "min", "max": "max"}
_NUMBERS: Final = ("integer", "number")
_WHOLE: Final = re.compile(r"[0-9]{1,8}")


class NotAskable(QueryError):
    """A part of a question that the table has no answer to: its parameter, what was given, and what can be given instead."""

    def __init__(self, parameter: str, value: str, why: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"{parameter}={value[:80]}: {why}", doing="asking about rows")
        self.parameter, self.value, self.reason, self.known = parameter, value[:80], why, tuple(known)


@dataclass(frozen=True)
class RowQuestion:
    """A question: SQL whose first parameter is the file, the other parameters, the columns of the answer with their types."""

    sql: str
    parameters: tuple[Any, ...]
    columns: Mapping[str, str]
    limit: int
    offset: int


def read(types: Mapping[str, str], given: Mapping[str, Sequence[str]]) -> RowQuestion:
    """Read a question about a table whose columns have these types; raise `NotAskable`."""
    for name in given:
        if name not in PARAMETERS:
            raise NotAskable(name, "", "parameter", PARAMETERS)
    asking = _Reading(types, given)
    return asking.question()


class _Reading:
    """One question as it is read."""

    def __init__(self, types: Mapping[str, str], given: Mapping[str, Sequence[str]]) -> None:
        self.types, self.given = types, given
        self.values: list[Any] = []

    def question(self) -> RowQuestion:
        group, aggregates = list(self._names("group")), list(self._aggregates())
        chosen = list(self._names("select"))
        if chosen and (group or aggregates):
            raise NotAskable("select", ",".join(chosen), "grouped")
        if group and not aggregates:
            aggregates = [("count", "count(*)", "integer")]
        columns: dict[str, str] = {name: self.types[name] for name in (group if group or aggregates else chosen or self.types)}
        parts = [_quoted(name) for name in columns]
        for name, sql, kind in aggregates:
            columns[name] = kind
            parts.append(f"{sql} AS {_quoted(name)}")
        text = f"SELECT {', '.join(parts)} FROM read_parquet(?)"  # noqa: S608 - names of known columns, quoted
        if filters := [self._filter(one) for one in self._all("where")]:
            text += " WHERE " + " AND ".join(filters)
        if group:
            text += " GROUP BY " + ", ".join(map(_quoted, group))
        order = list(self._order({**self.types, **columns} if not (group or aggregates) else columns))
        order += [_quoted(name) for name in group]
        text += " ORDER BY " + ", ".join(order) if order else ""
        limit, offset = self._number("limit", DEFAULT, MOST), self._number("offset", 0, LAST)
        return RowQuestion(f"{text} LIMIT {limit + 1} OFFSET {offset}", tuple(self.values), columns, limit, offset)

    def _all(self, parameter: str) -> list[str]:
        found = [text for text in self.given.get(parameter, ()) if text]
        for text in found:
            if len(text) > _LONGEST or len(found) > _MOST_PARTS:
                raise NotAskable(parameter, text, "long")
        return found

    def _listed(self, parameter: str) -> Iterator[str]:
        for text in self._all(parameter):
            yield from (part.strip() for part in text.split(",") if part.strip())

    def _names(self, parameter: str) -> Iterable[str]:
        return dict.fromkeys(self._known(parameter, name) for name in self._listed(parameter))

    def _known(self, parameter: str, name: str) -> str:
        if name not in self.types:
            raise NotAskable(parameter, name, "column", list(self.types))
        return name

    def _aggregates(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, SQL and type of each aggregate."""
        for text in dict.fromkeys(self._listed("aggregate")):
            found = _AGGREGATE.fullmatch(text)
            function, name = (found[1], found[2]) if found else ("", None)
            if not function or (name is None and function != "count"):
                raise NotAskable("aggregate", text, "aggregate", ("count", *(f"{one}(…)" for one in (*_FUNCTIONS, "distinct"))))
            if name is None:
                yield text, "count(*)", "integer"
                continue
            kind = self.types[self._known("aggregate", name)]
            if function in ("sum", "mean") and kind not in _NUMBERS:
                raise NotAskable("aggregate", text, "number", [one for one, of in self.types.items() if of in _NUMBERS])
            if function in ("count", "distinct"):
                yield text, f"count({'DISTINCT ' if function == 'distinct' else ''}{_quoted(name)})", "integer"
            else:
                yield text, f"{_FUNCTIONS[function]}({_quoted(name)})", "number" if function == "mean" else kind

    def _filter(self, text: str) -> str:
        """Return the condition of a filter; its value becomes a parameter. Without a value it asks for gaps, or for none."""
        for name in sorted((one for one in self.types if text.startswith(one)), key=len, reverse=True):
            operator = next((one for one in _OPERATORS if text.startswith(one, len(name))), None)
            if operator is None:
                continue
            value, column = text[len(name) + len(operator):], _quoted(name)
            if not value and operator in ("=", "!="):
                return f"{column} IS {'NOT ' if operator == '!=' else ''}NULL"
            if operator == "~":
                self.values.append(value)
                return f"contains(CAST({column} AS VARCHAR), ?)"
            self.values.append(self._value(text, self.types[name], value))
            return f"{column} {'<>' if operator == '!=' else operator} ?{_CASTS.get(self.types[name], '')}"
        raise NotAskable("where", text, "filter", list(self.types))

    def _value(self, text: str, kind: str, value: str) -> Any:
        try:
            if kind == "integer":
                return int(value)
            if kind == "number":
                return float(value)
            if kind == "truth":
                return {"true": True, "false": False}[value.lower()]
            if kind == "day":
                return date.fromisoformat(value).isoformat()
            if kind in ("time", "local"):
                return datetime.fromisoformat(value.replace(" ", "+") if kind == "time" else value).isoformat()
        except (ValueError, KeyError):
            raise NotAskable("where", text, kind) from None
        return value

    def _order(self, columns: Mapping[str, str]) -> Iterator[str]:
        for text in self._listed("sort"):
            name = text.removeprefix("-")
            if name not in columns:
                raise NotAskable("sort", text, "column", list(columns))
            yield f"{_quoted(name)} {'DESC' if text.startswith('-') else 'ASC'} NULLS LAST"

    def _number(self, parameter: str, default: int, most: int) -> int:
        text = next(iter(self._all(parameter)), str(default))
        if not _WHOLE.fullmatch(text) or not (parameter == "limit") <= int(text) <= most:
            raise NotAskable(parameter, text, "whole", (str(int(parameter == "limit")), f"{most}"))
        return int(text)


_CASTS: Final = {"day": "::DATE", "time": "::TIMESTAMPTZ", "local": "::TIMESTAMP"}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
