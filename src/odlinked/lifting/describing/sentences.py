"""What descriptions say to a person, in one language; and which code lists values are compared with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from odlinked.assets import Assets

WORDS: Final = "ontologies/words/lift.toml"


@dataclass(frozen=True)
class Sentences:
    """The sentences of a description."""

    assets: Assets
    language: str = "zh-Hant"

    @cached_property
    def _words(self) -> dict[str, Any]:
        return tomllib.loads(self.assets.text(WORDS))

    def say(self, key: str, /, **values: object) -> str:
        """Return a doubt with its values."""
        return str(self._words["doubt_" + key][0 if self.language == "zh-Hant" else 1]).format(**values)

    @property
    def lists(self) -> list[str]:
        """The code lists that values of any column are compared with."""
        return list(self._words["lists"])
