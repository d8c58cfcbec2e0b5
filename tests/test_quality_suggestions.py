"""“Did you mean” offers the near codes of the rule's list, at most three, and says what there is where none is near."""

from __future__ import annotations

from functools import cache

import pytest

from odlinked.assets import Assets
from odlinked.quality import suggestions
from odlinked.quality.shapes import Profile


@cache
def profile() -> Profile:
    return Profile.load(Assets(), "tw-open")


def suggest(rule: str, value: str) -> dict[str, str]:
    return suggestions.load(Assets()).suggest(profile().by_name[rule], value)


@pytest.mark.parametrize(("rule", "value", "meant"), [
    ("U05-frequency-code", "每個月", "每1月"),
    ("U05-frequency-code", "每１個月", "每1月"),
    ("M06-theme-code", "生活安全與品質", "生活安全及品質"),
    ("M06-theme-code", "公開資訊", "公共資訊"),
    ("P09-format-code", "CVS", "CSV"),
    ("P09-format-code", "ＣＶＳ", "CSV"),
    ("U08-encoding-code", "UFT-8", "UTF-8"),
    ("M07-license-code", "政府資料開放授權", "政府資料開放授權條款-第1版"),
    ("L14-sdg-code", "永續城市", "11 永續城鄉"),
    ("L14-environment-plan-code", "環境品質提升", "環境品質"),
    ("M12-change-status-code", "資料集新增", "新增"),
    ("M12-change-status-code", "新曾", "新增"),
])
def test_near(rule: str, value: str, meant: str) -> None:
    told = suggest(rule, value)
    assert told["zh-Hant"].startswith(f"您是不是要填「{meant}」"), told
    assert told["en"].startswith(f"Did you mean {meant}"), told
    assert told["zh-Hant"].count("「") <= suggestions.MOST


def test_none_near_tells_the_codes() -> None:
    told = suggest("M12-change-status-code", "維護中")
    assert told == {"zh-Hant": "請填其中之一：新增、異動、下架",
                    "en": "Write one of: 新增 (added), 異動 (changed), 下架 (withdrawn)"}


def test_a_number_is_near_to_no_other_number() -> None:
    assert suggest("L14-sdg-code", "18")["zh-Hant"].startswith("請填其中之一：1 終結貧窮、2 消除飢餓")


def test_a_long_list_is_told_in_part() -> None:
    told = suggest("P09-format-code", "")
    assert "……等 " in told["zh-Hant"]
    assert len(told["zh-Hant"]) < 200


def test_an_example_where_there_is_no_list() -> None:
    assert "115-05" in suggest("U13-issued", "待定")["zh-Hant"]
    assert suggest("M02-title", "") == {}


def test_what_is_suggested_would_be_accepted() -> None:
    """A suggestion is a spelling of its code: label, notation or both."""
    for codes in suggestions.load(Assets()).schemes.values():
        for code in codes:
            folded = suggestions.comparable(code.label)
            assert folded in code.spellings, code


def test_folding() -> None:
    assert suggestions.comparable("臺北 ＣＳＶ－1") == suggestions.comparable("台北csv-1")
