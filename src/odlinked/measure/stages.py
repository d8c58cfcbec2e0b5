"""The stages of measuring: which queries run, in which order, as `queries/metrics/stages.toml` names them."""

from __future__ import annotations

import tomllib
from typing import Final

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.rdf import ask

ASSET: Final = "queries/metrics/stages.toml"
_KNOWN: Final = {"queries": str, "in_turn": bool, "answers": bool}


def load(assets: Assets, pipeline: str) -> list[ask.Stage]:
    """Return the stages of a pipeline ("dataset", "agency") in their order; raise `AssetError` where the asset is wrong."""
    try:
        listed = tomllib.loads(assets.text(ASSET)).get(pipeline)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise AssetError(str(problem), doing="reading the stages of measuring", on=ASSET) from problem
    if not isinstance(listed, list) or not listed:
        raise AssetError(f"it names no stages of {pipeline!r}", doing="reading the stages of measuring", on=ASSET)
    return [_stage(assets, pipeline, place, stage) for place, stage in enumerate(listed, 1)]


def _stage(assets: Assets, pipeline: str, place: int, stage: object) -> ask.Stage:
    """Read one stage: `queries` is a pattern of asset names, `in_turn` and `answers` as `ask.Stage` has them."""
    if not isinstance(stage, dict) or any(type(value) is not _KNOWN.get(key) for key, value in stage.items()) \
            or "queries" not in stage:
        raise AssetError("a stage has `queries` (a pattern of names) and may have `in_turn` and `answers` (true or false)",
                         doing="reading the stages of measuring", on=f"{ASSET}, stage {place} of {pipeline}")
    found = [ask.load(assets, name) for name in assets.glob(stage["queries"])]
    return ask.Stage(found, stage.get("in_turn", False), stage.get("answers", False))
