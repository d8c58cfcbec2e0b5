"""The words of reports, from the asset `words/reports.toml`: key -> text, for each language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.quality.shapes import LANGUAGES

ASSET: Final = "ontologies/words/reports.toml"

ReportTexts = Mapping[str, str]
"""The words of one language."""

HEADS: Final = ("cell", "sheet", "severity", "heading", "value", "message", "suggestion", "rule")
"""The headings of the list of findings that an annotated workbook gets, as keys of words."""


@lru_cache(maxsize=4)
def load(assets: Assets) -> dict[str, ReportTexts]:
    """Return the words by language; raise `AssetError` for a key that lacks one."""
    try:
        table = tomllib.loads(assets.text(ASSET))
    except ValueError as problem:
        raise AssetError(str(problem), doing="reading words", on=ASSET) from problem
    for key, texts in table.items():
        if not (isinstance(texts, list) and len(texts) == len(LANGUAGES) and all(isinstance(text, str) for text in texts)):
            raise AssetError(f"needs one text for each of {', '.join(LANGUAGES)}", doing="reading words", on=key)
    if missing := tomllib.loads(Assets().text(ASSET)).keys() - table.keys():
        raise AssetError(f"it lacks {', '.join(sorted(missing)[:5])}", doing="reading words", on=ASSET,
                         next_step="An overlay's words stand in the place of all bundled ones: give every key")
    return {language: {key: texts[place] for key, texts in table.items()} for place, language in enumerate(LANGUAGES)}


def is_list(headings: Iterable[str], assets: Assets) -> bool:
    """True when a table is a list of findings that an earlier check added, by its headings in any language."""
    here = [heading for heading in headings if heading]
    return any(here == [words[name] for name in HEADS] for words in load(assets).values())
