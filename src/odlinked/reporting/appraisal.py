"""The appraisal of all units: what they report beside what is computed here, and marks where a ministry has set weights."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from odlinked.assets import Assets, shaped

WEIGHTS: Final = "queries/reports/appraisal.toml"
AppraisalRow = dict[str, Any]


@dataclass(frozen=True)
class AppraisalWeights:
    """The weight and full value of items (by number) by the name of the ministry that set them."""

    ministries: Mapping[str, Mapping[str, tuple[Decimal, Decimal]]]

    @classmethod
    def of(cls, assets: Assets) -> AppraisalWeights:
        """Read them; raise `AssetError` where a weight or full value is no number above 0."""
        with shaped("reading the weights of the appraisal", WEIGHTS):
            raw = tomllib.loads(assets.text(WEIGHTS), parse_float=Decimal)
            found = {ministry: {number: (Decimal(one["weight"]), Decimal(one["full"])) for number, one in items.items()}
                     for ministry, items in raw.items()}
            if any(part <= 0 for items in found.values() for pair in items.values() for part in pair):
                raise ValueError("a weight and a full value are above 0")
        return cls(found)

    def weight(self, ministry: str, number: str) -> Decimal | None:
        """Return the weight of an item, None where the ministry has set none."""
        return self.ministries.get(ministry, {}).get(number, (None, None))[0]

    def mark(self, ministry: str, row: AppraisalRow) -> Decimal | None:
        """Return the mark of an item, rounded half up to two decimals, None where no weight is set or no value is known."""
        weight, full = self.ministries.get(ministry, {}).get(row.get("number", ""), (None, None))
        value = next((row[name] for name in ("reported", "measured", "stated") if row.get(name)), None)
        if weight is None or full is None or value is None:
            return None
        share = max(Decimal(0), min(Decimal(1), Decimal(value) / full))
        return Decimal(int(weight * share * 100 + Decimal("0.5"))) / 100


def beside(computed: Iterable[AppraisalRow], reported: Iterable[AppraisalRow]) -> Iterator[AppraisalRow]:
    """Yield what is computed of each unit and item with what is reported for it: of several reports the latest; one of a unit of
    which nothing is computed stands by itself."""
    told: dict[tuple[str, str], AppraisalRow] = {}
    for row in sorted(reported, key=lambda row: str(row.get("date", ""))):
        told[row["unit"], row["number"]] = {key: value for key, value in row.items() if value}
    for row in computed:
        yield {**row, **told.pop((row["unit"], row["number"]), {})}
    yield from told.values()
