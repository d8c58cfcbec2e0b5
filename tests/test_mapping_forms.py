"""Which form a table is written on: found by its headings, explained by column where none or several fit."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from odlinked import inventory
from odlinked.assets import Assets, bundled
from odlinked.errors import AssetError, FormError
from odlinked.mapping import forms, known_headings
from odlinked.settings import ReadSettings
from odlinked.sheets.tables import Table

ASSETS = Assets((bundled() / "examples" / "national-list",))
FORMS = forms.load_all(ASSETS)
INVENTORY = (
    "序 號",
    "開放狀況 （新增/異動/ 下架）",
    "資料 集名 稱",
    "資料 集代 碼",
    "提供 單位",
    "資料 集描 述",
    "資料 集分 類",
    "國家環境保 護計畫分類",
    "SDGs目 標分類",
    "開放 年 月",
    "承 辦 人",
    "聯絡電 話 ／ 電子郵 件",
    "備 註",
)


def table(*headings: str, sheet: str | None = "大氣") -> Table:
    return Table("盤點表.xlsx", sheet, headings, 1, lambda: iter(()))


def test_headings_broken_into_lines_are_known() -> None:
    binding = forms.find(FORMS, table(*INVENTORY))
    assert binding.form.name == "moenv-open"
    assert binding.unknown == ()
    assert binding.missing == ()
    assert forms.explain(binding) == "moenv-open knows 13 of 13 headings"


def test_the_misspelt_heading_of_the_export_and_the_mended_one_are_the_same_column() -> None:
    form = next(form for form in FORMS if form.name == "data-gov-tw")
    assert form.headings[forms.heading_key("資資料集上架方式")] == form.headings[forms.heading_key("資料集上架方式")]


def test_unknown_columns_are_reported_and_private() -> None:
    binding = forms.find(FORMS, table(*INVENTORY[:-2], "分機", "備考"))
    assert binding.unknown == ((11, "分機"), (12, "備考"))
    assert (
        forms.explain(binding)
        == "moenv-open knows 11 of 13 headings; not known: L1 分機, M1 備考; missing: 聯絡電話／電子郵件, 備註"
    )
    assert binding.private >= {10, 11, 12}


def test_a_heading_that_stands_twice_is_known_once() -> None:
    binding = forms.find(FORMS, table(*INVENTORY, "備註"))
    assert binding.unknown == ((13, "備註"),)


def test_no_match_is_explained_by_column() -> None:
    with pytest.raises(FormError) as told:
        forms.find(FORMS, table("姓名", "電話", "備註"))
    assert "no form fits" in str(told.value)
    assert "not known: A1 姓名, B1 電話" in str(told.value)
    assert "盤點表.xlsx, sheet 大氣" in str(told.value)


@pytest.mark.parametrize("written", [
    "{}（必填）", "{}(必填，限50字)", "*{}", "{} 必填", "【選填】{}", "{}（範例）",
    "{}\n(English)", "English / {}",
    "{} | Name", "1.{}", "（3）{}", "十二、{}", "①{}", "B. {}", "２．{}（必填）"])
def test_ordinals_remarks_and_a_second_language_are_no_part_of_a_heading(written: str) -> None:
    apart = ("項次", "異動狀態", "資料集中文名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類", "SDGs分類", "開放年月",
             "承辦人員", "聯絡電話", "電子郵件", "備註")
    for headings in (INVENTORY, apart):
        binding = forms.find(FORMS, table(*(written.format(heading) for heading in headings)))
        assert (binding.form.name, binding.unknown) == ("moenv-open", ())


def test_a_form_with_person_telephone_and_mail_apart_is_known() -> None:
    headings = ("項次", "異動狀態", "資料集中文名稱", "資料集英文名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
                "國家環境保護計畫", "SDGs", "開放年月", "承辦人員", "聯絡電話", "電子郵件", "備註")
    binding = forms.find(FORMS, table(*headings))
    assert (binding.form.name, binding.unknown) == ("moenv-open", ())
    assert binding.private >= {11, 12, 13}


def test_a_heading_as_it_stands_comes_first() -> None:
    binding = forms.find(FORMS, table("資料集名稱 (English)", *INVENTORY))
    assert binding.unknown == ((0, "資料集名稱 (English)"),)
    titled = forms.find(FORMS, table(*INVENTORY, "資料集名稱（英文）"))
    assert titled.unknown == ((13, "資料集名稱（英文）"),)


def test_the_nearest_form_is_told_with_pairs() -> None:
    headings = ("編號", "資料名稱", "更新頻率", "檔案格式", "資料連結網址", "資料集描述", "資料集提供機關", "授權方式",
                "計費方式", "編碼格式", "備註")
    with pytest.raises(FormError, match="no form fits: data-gov-tw") as told:
        forms.find(FORMS, table(*headings))
    assert "資料名稱 ~ 資料集名稱, 資料連結網址 ~ 資料下載網址, 資料集提供機關 ~ 提供機關" in str(told.value)
    assert "appraisal" not in str(told.value)
    with pytest.raises(FormError, match="no form knows any of its headings; not known: x, y"):
        forms.find(FORMS, table("x", "y"))


def test_a_tie_is_explained(tmp_path: Path) -> None:
    source = bundled() / "mappings" / "moenv-open" / "table.csvw.json"
    twin = tmp_path / "mappings" / "twin" / "table.csvw.json"
    twin.parent.mkdir(parents=True)
    twin.write_text(source.read_text(encoding="utf-8").replace('"moenv-open"', '"twin"'), encoding="utf-8")
    with pytest.raises(FormError, match="more than one form fits: moenv-open knows 13 of 13 headings; twin knows"):
        forms.find(forms.load_all(Assets((tmp_path,))), table(*INVENTORY))


def test_a_named_form_needs_its_required_columns_only() -> None:
    assert forms.find(FORMS, table("資料集名稱", "資料集代碼", "其他"), "moenv-open").form.name == "moenv-open"
    with pytest.raises(FormError, match="required columns are missing"):
        forms.find(FORMS, table("資料集名稱"), "moenv-open")
    with pytest.raises(FormError, match=r"The forms are appraisal, .*data-gov-tw, .*moenv-.*, national-list"):
        forms.find(FORMS, table("資料集名稱"), "moenv")


def test_the_short_national_list_is_not_taken_for_the_export() -> None:
    headings = ("資料集識別碼", "資料集名稱", "提供機關", "檔案格式(首)", "資料下載網址", "manifest", "manifest_commit_date")
    assert forms.find(FORMS, table(*headings, sheet=None)).form.name == "national-list"


def test_what_a_table_carries_follows_its_columns() -> None:
    frequency = ("http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/accrualPeriodicity")
    without, with_it = forms.find(FORMS, table(*INVENTORY)), forms.find(FORMS, table("更新頻率", *INVENTORY))
    assert frequency not in without.carries
    assert with_it.carries[frequency] == (0,)
    assert frequency in without.form.carries


def test_a_binding_travels_to_another_process() -> None:
    binding = forms.find(FORMS, table(*INVENTORY))
    assert pickle.loads(pickle.dumps(binding)) == binding  # noqa: S301


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "reading the form"),
        ('{"@context": "http://www.w3.org/ns/csvw", "url": "a.csv", "tableSchema": {"columns": []}}', "columns"),
    ],
)
def test_a_broken_form_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "mappings" / "odd" / "table.csvw.json"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match=why):
        forms.load_all(Assets((tmp_path,)))


def overlay(folder: Path, name: str, extends: str, *columns: dict[str, object]) -> Path:
    path = folder / "mappings" / name / "table.csvw.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({
        "@context": "http://www.w3.org/ns/csvw", "url": f"{name}.csv", "odl:form": name, "odl:extends": extends,
        "tableSchema": {"columns": list(columns)}}), encoding="utf-8")
    return folder


def test_a_form_extends_another(tmp_path: Path) -> None:
    base = "mappings/data-gov-tw/table.csvw.json"
    overlay(tmp_path, "wider", base, {"name": "title", "titles": ["案名"]}, {"name": "more", "titles": ["更多"]})
    wider = forms.load(Assets((tmp_path,)), "mappings/wider/table.csvw.json")
    narrow = forms.load(ASSETS, base)
    names = [column.name for column in wider.columns]
    assert names == [*(column.name for column in narrow.columns), "more"]
    assert forms.titles(wider.columns[names.index("title")]) == ["案名"]
    assert wider.extended == (base,)
    delta = forms.load(ASSETS, "mappings/data-gov-tw-delta/table.csvw.json")
    assert forms.find(FORMS, table(*map(forms.title, narrow.columns))).form.name == "data-gov-tw"
    assert forms.find(FORMS, table(*map(forms.title, delta.columns))).form.name == "data-gov-tw-delta"


@pytest.mark.parametrize("base", ["mappings/odd/table.csvw.json", "mappings/none/table.csvw.json", "ontologies/odl.ttl"])
def test_what_cannot_be_extended_is_told(tmp_path: Path, base: str) -> None:
    with pytest.raises(AssetError, match="mappings/odd/table"):
        forms.load(Assets((overlay(tmp_path, "odd", base),)), "mappings/odd/table.csvw.json")


@pytest.mark.shared
def test_the_shorter_keys_of_the_list_as_json_are_known() -> None:
    path = Path(__file__).parents[2] / "shared/data/catalog/datagovtw_featured24_2026-05.json"
    if not path.exists():
        pytest.skip("the reference material is not beside the checkout")
    binding = forms.find(FORMS, inventory.read(path, ReadSettings(), None, known_headings.knowledge(FORMS))[0])
    assert (binding.form.name, binding.unknown) == ("data-gov-tw", ((0, "id"),))
