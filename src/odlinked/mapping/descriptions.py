"""The description of a form together with those of the forms it extends."""

from __future__ import annotations

import json
from typing import Any

from odlinked.assets import Assets
from odlinked.errors import AssetError


def extended_by(assets: Assets, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the description at asset `name` with the columns of the form it extends before its own, and those forms' assets.

    A column of its own replaces one of the same name, in the latter's position; where it gives no headings (`titles`) it amends
    it: what it states replaces the same statement, the others stay.
    """
    raw = json.loads(assets.text(name))
    chain = [name]
    while isinstance(raw, dict) and (base := raw.pop("odl:extends", None)):
        if base in chain:
            raise AssetError(f"it extends {base}, which extends it", doing="reading the form", on=name)
        chain.append(base)
        try:
            below = json.loads(assets.text(base))
        except AssetError as problem:
            raise AssetError(f"it extends {base}: {problem.why}", doing="reading the form", on=name,
                             next_step=problem.next_step) from problem
        own = {column.get("name"): column for column in raw["tableSchema"]["columns"]}
        columns = []
        for column in below["tableSchema"]["columns"]:
            told = own.pop(column.get("name"), {})
            columns.append(told if "titles" in told else {**column, **told})
        raw["tableSchema"]["columns"] = [*columns, *own.values()]
        raw["odl:extends"] = below.get("odl:extends")
    return raw, tuple(chain[1:])


def beside(folder: str, item: str) -> str:
    """Return the asset that a description in `folder` names: a name without a folder is next to it."""
    return item if item.startswith("mappings/") else f"{folder}/{item}"


def labels(value: Any) -> dict[str, str]:
    """Return language values of JSON-LD by language."""
    items = value if isinstance(value, list) else [value]
    return {str(item.get("@language", "")): str(item["@value"]) for item in items if isinstance(item, dict) and "@value" in item}
