"""Openings that are planned, as people write them: 預計115年12月, 115年第2季, 115Q2, 預計 115 年底前, 115年上半年.

The words are an asset, `mappings/shared/openings.toml`. A plan is distinguished from a date, however past it is: that a month was
planned does not mean that anything opened in it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.folding import plain
from odlinked.mapping import dates

ASSET = "mappings/shared/openings.toml"
_BLANKS = re.compile(r"\s+")
_BRACKETS = re.compile(r"[()\[\]]")


@dataclass(frozen=True)
class Period:
    """A way to write a part of a year.

    `find` matches its `year` and, where it is counted, its `part`; `months` is the length of a part, `last` the last month of one
    that is not counted. `planned`: it is an opening only together with a word for planning.
    """

    find: re.Pattern[str]
    months: int
    last: int
    planned: bool


@dataclass(frozen=True)
class Openings:
    """The words of planned openings: `plan` matches words for planning, `numbers` are the values of Chinese numerals."""

    plan: re.Pattern[str]
    verb: re.Pattern[str]
    before: re.Pattern[str]
    periods: tuple[Period, ...]
    numbers: dict[str, int]

    @classmethod
    def load(cls, assets: Assets) -> Openings:
        """Read the asset; raise `AssetError` where it is invalid."""
        try:
            raw = tomllib.loads(assets.text(ASSET))
            periods = tuple(Period(re.compile(one["find"]), one.get("months", 0), one.get("last", 0), one.get("planned", False))
                            for one in raw["period"])
            return cls(re.compile(raw["said"]), re.compile(raw["verb"]), re.compile(raw["before"]), periods, raw["numbers"])
        except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, re.error) as problem:
            raise AssetError(f"it cannot be read ({problem})",
                             doing="reading the words of planned openings", on=ASSET) from problem

    def read(self, text: str) -> str | None:
        """Return the month (`2026-12`) by which an opening is planned, None where the text states no such month."""
        if len(text) > dates.LONGEST:
            return None
        written = _BLANKS.sub("", _BRACKETS.sub("", plain(text)))
        bare = self.verb.sub("", self.plan.sub("", written))
        planned = self.plan.search(written) is not None
        rest = self.before.sub("", bare)
        for period in self.periods:
            found = period.find.fullmatch(rest) or period.find.fullmatch(bare)
            if found and (planned or not period.planned):
                return self._month(found, period)
        moment = dates.read(rest) if planned or rest != bare else None
        return moment.lexical[:7] if moment else None

    def _month(self, found: re.Match[str], period: Period) -> str | None:
        groups = found.groupdict()
        year = dates.gregorian(groups["year"])
        part = groups.get("part") or ""
        number = self.numbers.get(part) or (int(part) if part.isdigit() else 0)
        return f"{year:04d}-{period.last or number * period.months:02d}" if year else None
