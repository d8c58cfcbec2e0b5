"""The plan of a report: its sheets, their columns, and all words, as the asset `queries/reports/workbook.toml` says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odlinked.assets import Assets
from odlinked.errors import AssetError

PLAN = "queries/reports/workbook.toml"
LANGUAGES = ("zh-Hant", "en")


@dataclass(frozen=True)
class ReportColumn:
    """A column: the variable it shows, its kind, heading and width; `needs` names one without which it is not checked.

    `total`: whether it is added up in the last row.
    """

    name: str
    kind: str
    title: str
    width: int
    needs: str
    total: bool


@dataclass(frozen=True)
class ReportSheet:
    """A sheet: its rows come from a question (`query`) or are made here (`rows`); `pivot` turns long rows into wide ones.

    `internal` names the column of organisations whose rows are those measured with internal records, where there are any.
    `whole` is the question that has the numbers of the total where adding rows up would count some twice, "" for none.
    """

    name: str
    title: str
    about: str
    query: str
    rows: str
    pivot: Mapping[str, str]
    total: bool
    internal: str
    whole: str
    columns: tuple[ReportColumn, ...]

    @property
    def source(self) -> str:
        """Where the numbers come from, as the notes tell it."""
        return self.query or {"changes": "catalog.sqlite: record", "deadlines": "odlinked.toml: report.deadlines"}[self.rows]


class ReportPlan:
    """The plan of a report of one kind, in one language."""

    def __init__(self, assets: Assets, kind: str, language: str) -> None:
        self.kind, self._language = kind, LANGUAGES.index(language)
        try:
            said = tomllib.loads(assets.text(PLAN))
            chosen = said["kinds"][kind]
            self.months: int = chosen["months"]
            self.kind_title = self._one(chosen["title"])
            self.words: dict[str, str] = {key: self._one(value) for key, value in said["words"].items()}
            self.notes: dict[str, str] = {key: self._one(value) for key, value in said["notes"].items()}
            self.deadlines: dict[str, str] = {key: self._one(value) for key, value in said["deadlines"].items()}
            self.sheets = tuple(self._sheet(name, said["sheets"][name]) for name in chosen["sheets"])
        except (tomllib.TOMLDecodeError, KeyError, TypeError, IndexError) as problem:
            raise AssetError(f"{type(problem).__name__}: {problem}", doing="reading the plan of the report", on=PLAN) from problem

    def _one(self, pair: list[str]) -> str:
        return str(pair[self._language])

    def _sheet(self, name: str, said: dict[str, Any]) -> ReportSheet:
        columns = tuple(ReportColumn(c["name"], c["kind"], self._one(c["title"]), c.get("width", 12), c.get("needs", ""),
                                     c.get("total", c["kind"] in ("integer", "decimal"))) for c in said["columns"])
        return ReportSheet(name, self._one(said["title"]), self._one(said["about"]), said.get("query", ""), said.get("rows", ""),
                           said.get("pivot", {}), said.get("total", False), said.get("internal", ""),
                           said.get("whole", ""), columns)


def kinds(assets: Assets) -> list[str]:
    """Return the kinds of reports there are."""
    return list(tomllib.loads(assets.text(PLAN))["kinds"])
