"""The words of `lift` in one language, and how it tells faults."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any, Final

from odlinked.assets import Assets
from odlinked.lifting.faults import FaultLog, LiftFault

WORDS: Final = "ontologies/words/lift.toml"


class LiftWords:
    """The words of the verb in one language."""

    def __init__(self, assets: Assets, language: str) -> None:
        self._words = tomllib.loads(assets.text(WORDS))
        self._place = 0 if language == "zh-Hant" else 1

    def of(self, key: str, **values: Any) -> str:
        """Return a sentence with its values."""
        return str(self._words[key][self._place]).format(**values)

    def report(self, log: FaultLog) -> Iterator[str]:
        """Yield the lines that tell faults: personal data first, then by kind, file and column, the first places of each."""
        for key in sorted(log.counts, key=lambda one: (not one[0].startswith("persons"), one)):
            kind, file, heading = key
            column = self.of("column", heading=heading) if heading else ""
            yield self.of("line", file=file, column=column, words=self.of("fault_" + kind), count=f"{log.counts[key]:,}")
            for fault in log.first[key]:
                if fault.row or fault.detail:
                    yield self._placed(fault)
            if log.counts[key] > len(log.first[key]):
                yield self.of("more", count=f"{log.counts[key] - len(log.first[key]):,}")

    def _placed(self, fault: LiftFault) -> str:
        value = self.of("value", value=fault.value) if fault.value else ""
        detail = self.of("detail", detail=fault.detail) if fault.detail else ""
        return self.of("place", row=fault.row, value=value, detail=detail) if fault.row else f"  {fault.detail}"
