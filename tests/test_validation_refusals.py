"""Every reason for which a file cannot be checked is told in Chinese: sentences are taken from the source that raises them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.validation import refusals

SOURCE = Path(__file__).parents[1] / "src" / "odlinked"
ROOMS = (
    "sheets", "inventory", "graphs", "mapping/forms.py", "intake/bindings.py", "validation/marked.py",
    "quality/annotated/parts.py", "quality/annotated/texts.py",
)  # fmt: skip
RAISED = {"InputError", "FormError", "refused"}
ELSEWHERE = (
    # Of a form or a rule, not of a file; or only ever within a sentence about the file.
    "there is no form", "The forms are", "it is not a JSON object", "it describes no columns", "{}: {}", "{} {}; the cap is {}",
)  # fmt: skip


def sentences(node: ast.expr) -> list[str]:
    """Return the texts an expression can have, with `7` for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)]  # type: ignore[misc]
        case ast.IfExp():
            return [*sentences(node.body), *sentences(node.orelse)]
        case ast.BinOp():
            return [a + b for a in sentences(node.left) for b in sentences(node.right)]
    return []


def raised() -> Iterator[str]:
    for room in ROOMS:
        path = SOURCE / room
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in RAISED:
                    told = [*node.args, *(one.value for one in node.keywords if one.arg == "next_step")]
                    yield from (text for one in told for text in sentences(one) if " " in text)


@pytest.mark.parametrize("sentence", sorted({text for text in raised() if not text.startswith(ELSEWHERE)}))
def test_every_sentence_is_known(sentence: str) -> None:
    found = refusals.load(Assets()).chinese(sentence.replace("{}", "7"))
    assert re.search("[一-鿿]", found), sentence


def test_a_refusal_has_place_reason_and_next_step() -> None:
    told = refusals.load(Assets()).refusal(InputError("the file is encrypted", doing="reading", on="盤點.xlsx",
                                                      next_step="Save it without a password"))  # fmt: skip
    assert told == {"zh-Hant": "盤點.xlsx：檔案已加密。請另存為沒有密碼的檔案。",
                    "en": "reading 盤點.xlsx: the file is encrypted. Save it without a password"}  # fmt: skip


def test_what_is_not_known_is_told_all_the_same() -> None:
    told = refusals.load(Assets()).refusal(InputError("something else {x} %s", on="a.xlsx"))
    assert told["zh-Hant"] == "a.xlsx：檔案讀不進來（something else {x} %s）。"


def test_a_table_on_no_form_is_told_column_by_column() -> None:
    text = ("no form fits: moenv-open knows 6 of 9 headings; not known: B 機關名稱, F 服務分類; missing: 提供單位 and 2 more; "
            "perhaps 預計開放日期 ~ 開放日期")
    told = refusals.load(Assets()).chinese(text)
    assert not re.search("[a-z]{3}", told), told
    assert told.endswith("是不是寫成：預計開放日期 ~ 開放日期")
