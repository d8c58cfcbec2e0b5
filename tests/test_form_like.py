"""A table that fits no form gets the nearest one as an overlay that knows its headings."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.intake.bindings import bind
from odlinked.mapping import forms
from odlinked.settings import AssetSettings, Settings

ODD = ("序號,狀況（新增/異動/下架）,資料集題名,資料集編碼,提供單位別,描述內容,資料集分類別,國家環境保護計畫類別,"
       "SDGs目標類別,開放年月份,承辦,電話／郵件,備註欄") + """
1,新增,空氣品質,aqx_1,大氣環境司,各測站逐時測值。,環境,空氣,11,114年5月,王小明,02-5555-0100,
"""
COSTS = "機關單位,資料集名稱,建置經費金額,近3年維護經費總額,合計,是否達5千萬\n經濟部水利署,水情監測,1000,0,1000,否\n"


def run(folder: Path, text: str, *options: str) -> Result:
    file = folder / "list.csv"
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["form", "--like", str(file), "--output", str(folder / "overlay"), *options],
                              env={"ODLINKED_LANG": "en"})


def bound(folder: Path, text: str) -> forms.Binding:
    settings = Settings(assets=AssetSettings((str(folder / "overlay"),)))
    file = folder / "again.csv"
    file.write_text(text, encoding="utf-8")
    ((_, binding),) = bind(file, file.name, None, settings, Assets(settings.overlays)).tables
    return binding


def test_the_overlay_reads_the_table_and_every_other_as_before(tmp_path: Path) -> None:
    told = run(tmp_path, ODD)
    assert told.exit_code == 0, told.output
    assert "資料集題名 = 資料集名稱" in told.output
    binding = bound(tmp_path, ODD)
    assert binding.form.name == "moenv-open"
    assert [heading for _, heading in binding.unknown] == ["描述內容"]
    personal = {binding.columns[place] for place in binding.form.private}
    assert {10, 11} <= personal, "what is about persons stays so under another heading"
    plain = next(form for form in forms.load_all(Assets()) if form.name == "moenv-open")
    usual = ",".join(forms.title(column) for column in plain.columns if not forms.annotation(column, "optional")) + "\n"
    assert bound(tmp_path, usual + "1,新增,水,wq_1\n").form.name == "moenv-open"
    assert binding.form.carries == plain.carries


@pytest.mark.parametrize("form", [form.name for form in forms.load_all(Assets())])
def test_any_form_can_be_written_so(form: str, tmp_path: Path) -> None:
    """Those that extend another, too: a column of theirs is written out whole."""
    from odlinked.mapping import renamed

    known = next(one for one in forms.load_all(Assets()) if one.name == form)
    pairs = [(f"別名{place}", forms.title(column)) for place, column in enumerate(known.columns)]
    target = tmp_path / known.asset
    target.parent.mkdir(parents=True)
    target.write_text(renamed.description(known, pairs, Assets()), encoding="utf-8")
    again = next(one for one in forms.load_all(Assets((tmp_path,))) if one.name == form)
    assert [again.column(yours) for yours, _ in pairs] == [again.column(ours) for _, ours in pairs]
    assert (again.carries.keys(), again.names, again.refines, again.internal, again.delta) == (
        known.carries.keys(), known.names, known.refines, known.internal, known.delta)


def test_what_is_still_to_be_mended_is_told(tmp_path: Path) -> None:
    told = run(tmp_path, "資料集題名,備註欄\n空氣,\n")
    assert told.exit_code == 1, told.output
    assert "Still to be mended" in told.output


def test_internal_stays_internal(tmp_path: Path) -> None:
    run(tmp_path, COSTS)
    assert bound(tmp_path, COSTS).form.internal


def test_a_table_that_fits_or_is_like_none_gets_no_overlay(tmp_path: Path) -> None:
    for text in ("年度,活動名稱,日期,地點,主辦單位,參加人次\n109,研討會,109年7月24日,大禮堂,資訊中心,74\n", "甲,乙\n1,2\n"):
        told = run(tmp_path, text)
        assert told.exit_code == 2, told.output
        assert not (tmp_path / "overlay").exists()
