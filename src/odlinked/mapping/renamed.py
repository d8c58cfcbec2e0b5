"""A form's description that knows the headings of another table, too: an overlay file for a list that is written differently."""

from __future__ import annotations

import json
from collections.abc import Iterable

from odlinked.assets import Assets
from odlinked.mapping.descriptions import extended_by
from odlinked.mapping.forms import Form


def description(form: Form, pairs: Iterable[tuple[str, str]], assets: Assets) -> str:
    """Return the JSON of a form's description in which headings are known besides those of its own that they stand for.

    `pairs` are the other heading and the form's. A column that comes from a form this one extends is written out whole.
    """
    raw = json.loads(assets.text(form.asset))
    whole = {column["name"]: column for column in extended_by(assets, form.asset)[0]["tableSchema"]["columns"]}
    own = {column.get("name"): place for place, column in enumerate(raw["tableSchema"]["columns"])}
    for yours, ours in pairs:
        index = form.column(ours)
        if index is None:
            continue
        column = whole[form.columns[index].name]
        titles = column["titles"] if isinstance(column["titles"], dict) else {"zh-Hant": column["titles"]}
        chinese = titles.get("zh-Hant", [])
        known = [chinese] if isinstance(chinese, str) else chinese
        column["titles"] = {**titles, "zh-Hant": [*known, yours]}
        if column["name"] in own:
            raw["tableSchema"]["columns"][own[column["name"]]] = column
        else:
            own[column["name"]] = len(raw["tableSchema"]["columns"])
            raw["tableSchema"]["columns"].append(column)
    return json.dumps(raw, ensure_ascii=False, indent=2) + "\n"
