"""The stages of measuring: which queries run, in which order, as `queries/metrics/stages.toml` names them."""

from __future__ import annotations

import tomllib
from typing import Any, Final

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.measure import projection
from odlinked.rdf import ask, vocabulary

ASSET: Final = "queries/metrics/stages.toml"
_PROJECTION: Final = "projection"
_KNOWN: Final = {"queries": str, "in_turn": bool, "answers": bool}


def load(assets: Assets, pipeline: str) -> list[ask.Stage]:
    """Return the stages of a pipeline ("dataset", "agency") in their order; raise `AssetError` where the asset is wrong."""
    listed = _read(assets).get(pipeline)
    if not isinstance(listed, list) or not listed:
        raise AssetError(f"it names no stages of {pipeline!r}", doing="reading the stages of measuring", on=ASSET)
    return [_stage(assets, pipeline, place, stage) for place, stage in enumerate(listed, 1)]


def projected(assets: Assets) -> dict[str, projection.Way]:
    """Return the views of properties of records that are not used as they are, by IRI.

    Raise `AssetError` where the asset is wrong.
    """
    listed = _read(assets).get(_PROJECTION, {})
    if not isinstance(listed, dict) or not listed.keys() <= set(projection.MODES):
        raise _wrong(f"[{_PROJECTION}]", f"it has properties for {', '.join(projection.MODES)}")
    found: dict[str, projection.Way] = {}
    for mode, names in listed.items():
        if not isinstance(names, dict if mode in projection.BY_PROPERTIES else list):
            raise _wrong(f"[{_PROJECTION}] {mode}", "it is a table of properties with lists, or for most modes a list")
        for name in names:
            others = names[name] if isinstance(names, dict) else ()
            found[_iri(assets, name)] = projection.Way(mode, frozenset(_iri(assets, one) for one in others))
    return found


def _iri(assets: Assets, name: object) -> str:
    """Return the IRI of a name with a prefix."""
    prefix, _, local = str(name).partition(":")
    namespace = vocabulary.prefixes(assets).get(prefix)
    if namespace is None:
        raise _wrong(f"[{_PROJECTION}]", f"{name!r} has no prefix of {vocabulary.PREFIXES}")
    return namespace + local


def _wrong(where: str, why: str) -> AssetError:
    return AssetError(why, doing="reading the stages of measuring", on=f"{ASSET}, {where}")


def _read(assets: Assets) -> dict[str, Any]:
    try:
        return tomllib.loads(assets.text(ASSET))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise AssetError(f"it cannot be read ({problem})", doing="reading the stages of measuring", on=ASSET) from problem


def _stage(assets: Assets, pipeline: str, place: int, stage: object) -> ask.Stage:
    """Read one stage: `queries` is a pattern of asset names, `in_turn` and `answers` as `ask.Stage` has them."""
    if not isinstance(stage, dict) or any(type(value) is not _KNOWN.get(key) for key, value in stage.items()) \
            or "queries" not in stage:
        raise AssetError("a stage has `queries` (a pattern of names) and may have `in_turn` and `answers` (true or false)",
                         doing="reading the stages of measuring", on=f"{ASSET}, stage {place} of {pipeline}")
    found = [ask.load(assets, name) for name in assets.glob(stage["queries"])]
    return ask.Stage(found, stage.get("in_turn", False), stage.get("answers", False))
