"""The plan of a report: its sheets, their columns, and all texts, from the asset `queries/reports/workbook.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odlinked.assets import Assets, shaped

PLAN = "queries/reports/workbook.toml"
LANGUAGES = ("zh-Hant", "en")


_SOURCES = {
    "changes": "catalog.sqlite: record", "deadlines": "queries/reports/calendars.toml", "gained-lost": "catalog.sqlite: record",
    "history": "queries/stored/organization-totals.rq, queries/stored/published-figures.rq",
}
"""Where the rows come from that are no answer to one question."""


@dataclass(frozen=True)
class ReportColumn:
    """A column: the variable it shows, its kind, heading and width; `needs` names one without which it is not checked.

    `total`: whether it is added up in the last row. `slide`: whether slides show it, too. `undated`: what it tells has no day, so
    it is known of a past day only from the release of that day.
    """

    name: str
    kind: str
    title: str
    width: int
    needs: str
    total: bool
    slide: bool = True
    undated: bool = False


@dataclass(frozen=True)
class ReportSheet:
    """A sheet: its rows come from a query (`query`) or from code (`rows`); `pivot` turns long rows into wide ones.

    `internal` names the column of organisations whose rows are those measured with internal records, where there are any; "all":
    its question is asked of public and internal figures together. `last` is a variable that the row of the total lacks, which
    stands after all others that lack it (adding rows up would count some twice), "" for none.
    `order` are the variables rows are sorted by (falling after a -), none for the order of the cells, and an @ before a name for
    the place of that unit in the papers; `first` how many rows are shown, 0 for all; `values` what the query is asked with
    besides the day.

    `reported` is a question of internal records whose answers stand beside those of `query`, by unit and item. `private`: left
    out of a report for the public. `across`: so many rows stand side by side, on slides `slide_across`. `turned`: rows stand as
    columns, headed by what the first column says. `undated`: it tells what stands in the release,
    whatever the day; of a day whose release is gone it says so ("told"), or that it is "not-kept"; "" for what has a day.
    """

    name: str
    title: str
    about: str
    query: str
    reported: str
    rows: str
    pivot: Mapping[str, Any]
    total: bool
    internal: str
    last: str
    order: tuple[str, ...]
    first: int
    values: Mapping[str, str]
    private: bool
    across: int
    slide_across: int
    turned: bool
    undated: str
    columns: tuple[ReportColumn, ...]

    @property
    def source(self) -> str:
        """Where the numbers come from, as described in the notes."""
        return self.query or _SOURCES[self.rows]


class ReportPlan:
    """The plan of a report of one kind, in one language."""

    def __init__(self, assets: Assets, kind: str, language: str) -> None:
        self.kind, self.language, self._language = kind, language, LANGUAGES.index(language)
        with shaped("reading the plan of the report", PLAN):
            plan = tomllib.loads(assets.text(PLAN))
            chosen = plan["kinds"][kind]
            self.months: int = chosen["months"]
            self.kind_title = self._one(chosen["title"])
            self.words: dict[str, str] = {key: self._one(value) for key, value in plan["words"].items()}
            self.notes: dict[str, str] = {key: self._one(value) for key, value in plan["notes"].items()}
            self.sheets = tuple(self._sheet(name, plan["sheets"][name]) for name in chosen["sheets"])
            self.slides: frozenset[str] = frozenset(chosen.get("slides", chosen["sheets"]))
            self.font: str = plan["font"]

    def _one(self, pair: list[str]) -> str:
        return str(pair[self._language])

    def _sheet(self, name: str, plan: dict[str, Any]) -> ReportSheet:
        columns = tuple(ReportColumn(c["name"], c["kind"], self._one(c["title"]), c.get("width", 12), c.get("needs", ""),
                                     c.get("total", c["kind"] in ("integer", "decimal")), c.get("slide", True),
                                     c.get("undated", False))
                        for c in plan["columns"])
        across = plan.get("across", 1)
        return ReportSheet(name, self._one(plan["title"]), self._one(plan["about"]), plan.get("query", ""),
                           plan.get("reported", ""), plan.get("rows", ""), plan.get("pivot", {}), plan.get("total", False),
                           plan.get("internal", ""), plan.get("last", ""), tuple(plan.get("order", ())),
                           plan.get("first", 0), plan.get("values", {}), plan.get("private", False), across,
                           plan.get("slide-across", across), plan.get("turned", False), plan.get("undated", ""), columns)


def kinds(assets: Assets) -> list[str]:
    """Return the kinds of reports there are."""
    return list(tomllib.loads(assets.text(PLAN))["kinds"])
