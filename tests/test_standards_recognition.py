"""Columns are recognised by address, whole name or ending, and never by a part of a name found anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.standards import packs
from odlinked.standards.model import RECOGNITION, FieldDescription

STANDARDS = packs.load(Assets())
YEAR = "api/BudgetAccountingandStatistics/BudgetandAccounting/GeneralFundBudgetandAccounting/Year"
IDENTITY = "https://schema.gov.tw/api/Commonality/Commonality/CommonData/Id"


def _seen(field: FieldDescription) -> tuple[str, str, str]:
    found = STANDARDS.recognise([field]).get(0)
    return ("", "", "") if found is None else (_short(found.standard), found.by.removeprefix(RECOGNITION), _short(found.named))


def _short(iri: str) -> str:
    return iri.rpartition("/")[2]


@pytest.mark.parametrize(("name", "standard", "by"), [
    ("統一編號", "business-number", "name"),
    ("統一編號(8碼)", "business-number", "name"),
    ("統一編號（8碼）", "business-number", "name"),
    ("廠商統一編號", "business-number", "ending"),
    ("公司統一編號", "company-number", "name"),
    ("身分證統一編號", "identity-number", "name"),
    ("負責人身分證統一編號", "identity-number", "ending"),
    ("日期", "date", "name"),
    ("Date(日期)", "date", "name"),
    ("CreateDate(建立日期)", "date", "ending"),
    ("核准設立日期", "setup-date", "name"),
    ("財政資訊中心匯入日期", "date", "ending"),
    ("更新日期時間", "date-time", "ending"),
    ("DateTime(統計日期時間)", "date-time", "ending"),
    ("最後更新時間", "date-time", "ending"),
    ("PublishTime", "date-time", "name"),
    ("publishtime", "date-time", "name"),
    ("年度", "year", "name"),
    ("民國年", "roc-year", "name"),
    ("年度(民國)", "roc-year", "name"),
    ("Year(民國年)", "roc-year", "name"),
    ("County_or _city(縣市別)", "county", "name"),
    ("county", "county", "name"),
    ("縣市別代碼", "county-code", "name"),
    ("地址縣市", "county", "ending"),
    ("地址", "address", "name"),
    ("營業地址（財政資訊中心匯入）", "company-address", "name"),
    ("電子郵件地址", "email", "name"),
    ("金額7", "amount", "name"),
    ("資本總額(元)", "capital", "name"),
    ("Ｌｏｎｇｉｔｕｄｅ", "longitude", "name"),
    ("TWD97Lon", "longitude", "name"),
    ("StationLatitude", "latitude", "ending"),
    ("聯絡電話", "telephone", "ending"),
    ("行動電話", "mobile", "name"),
    ("Company_Setup_Date", "setup-date", "name"),
])
def test_a_name_is_recognised(name: str, standard: str, by: str) -> None:
    assert _seen(FieldDescription(name)) == (standard, by, "")


@pytest.mark.parametrize("name", [
    "電話費", "有無電話", "是否公開地址", "IP地址", "flat", "Latency", "Update", "年度預算", "本年度", "日期別統計",
    "時間說明", "土地", "SiteId", "序號 標題 網址", "縣市政府", "更新頻率", "經度誤差值", "人數(統計至年度)", "金額單位", "",
    "()", "123", "網址類型",
])
def test_a_name_is_not_mistaken(name: str) -> None:
    assert _seen(FieldDescription(name)) == ("", "", "")


def test_a_description_names_a_latin_column() -> None:
    assert _seen(FieldDescription("BasinNo", description="公司統一編號，8 碼")) == ("company-number", "name", "")
    assert _seen(FieldDescription("人數", description="電話")) == ("", "", "")


@pytest.mark.parametrize("uri", [YEAR, "/" + YEAR, "https://schema.gov.tw/" + YEAR, "http://schema.gov.tw/" + YEAR + "/"])
def test_an_address_is_certain(uri: str) -> None:
    assert _seen(FieldDescription("年度", uri)) == ("roc-year", "address", "")
    assert _seen(FieldDescription("whatever", uri)) == ("roc-year", "address", "")


def test_the_address_of_a_real_record_is_known() -> None:
    unit = FieldDescription("itemunit", "https://schema.gov.tw/api/Environment/Air/ObservationData/Unit")
    assert _seen(unit) == ("unit", "address", "")
    assert _seen(FieldDescription("monitordate", "日期標準"))[0] == "date-time"


def test_an_address_of_another_standard_than_the_name_is_told() -> None:
    assert _seen(FieldDescription("電話", IDENTITY)) == ("identity-number", "other-address", "telephone")


def test_an_unknown_address_leaves_the_name() -> None:
    assert _seen(FieldDescription("電話", "https://schema.gov.tw/api/A/B/C/D")) == ("telephone", "name", "")
    assert _seen(FieldDescription("whatever", "https://schema.gov.tw/api/A/B/C/D")) == ("", "", "")


PACK = """
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix odl: <https://w3id.org/odlinked/ns#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix method: <https://w3id.org/odlinked/code/check-method/> .
@prefix a: <https://data.example.tw/standard/air/> .

<https://data.example.tw/standard/air> a skos:ConceptScheme ; skos:prefLabel "空品欄位"@zh-Hant, "Air fields"@en .
a:station a odl:FieldStandard, skos:Concept ; skos:inScheme <https://data.example.tw/standard/air> ; skos:notation "station" ;
    skos:prefLabel "測站編號"@zh-Hant, "station number"@en ; skos:altLabel "SiteId"@en ; skos:definition "測站編號。"@zh-Hant ;
    dcterms:source "example" ; skos:example "64" ; csvw:datatype <https://data.example.tw/standard/air/station#number> .
<https://data.example.tw/standard/air/station#number> a csvw:Datatype ;
    sh:pattern "^[0-9]{1,3}$" ; csvw:minimum 1 ; csvw:maximum 200 .
"""


def _overlaid(folder: Path, text: str) -> packs.Standards:
    path = folder / "ontologies" / "standards" / "air.ttl"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return packs.load(Assets((folder,)))


def test_an_overlay_adds_a_pack(tmp_path: Path) -> None:
    standards = _overlaid(tmp_path, PACK)
    found = standards.recognise([FieldDescription("SiteId"), FieldDescription("nothing"), FieldDescription("縣市")])
    assert {index: _short(one.standard) for index, one in found.items()} == {0: "station", 2: "county"}
    assert standards.standards[found[0].standard].fits("64")
    assert not standards.standards[found[0].standard].fits("201")
    assert standards.digest != STANDARDS.digest


def test_the_pack_in_the_documents_loads(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "standards.md").read_text(encoding="utf-8")
    standards = _overlaid(tmp_path, page.partition("```turtle\n")[2].partition("```")[0])
    assert _short(standards.recognise([FieldDescription("測站編號")])[0].standard) == "station"


@pytest.mark.parametrize(("old", "new", "why"), [
    ('skos:altLabel "SiteId"@en', 'skos:altLabel "縣 市"@zh-Hant', "stands for"),
    ('"^[0-9]{1,3}$"', '"[0-9]"', "from ^ to $"),
    ('"^[0-9]{1,3}$"', '"^[0-9$"', "regular expression"),
    ('skos:example "64"', 'skos:example "999"', "own example"),
    ('skos:example "64" ;', "", "skos:example"),
    ('dcterms:source "example" ;', "", "dcterms:source"),
    ('"測站編號"@zh-Hant', '"測站編號"', "zh-Hant"),
    ("csvw:minimum 1 ", 'csvw:minimum "one" ', "bounds"),
    ("csvw:maximum 200 .", "odl:check a:c . a:c odl:method method:guess .", "none of those there are"),
    ("csvw:maximum 200 .", 'odl:check a:c . a:c odl:method method:digit-sum ; odl:weights "1 x" ; odl:modulus 5 .', "weights"),
    ("csvw:maximum 200 .", 'odl:check a:c . a:c odl:method method:digit-sum ; odl:weights "1 2" ; odl:modulus 1 .', "modulus"),
    ("csvw:maximum 200 .", 'odl:check a:c . a:c odl:method method:digit-sum ; odl:weights "1 2" .', "modulus"),
    ("csvw:maximum 200 .", "odl:check a:c . a:c odl:method method:calendar-date .", "groups"),
    ("csvw:maximum 200 .", "odl:check a:c . a:c odl:method method:listed ; odl:codeList a:none ; odl:listedAs skos:notation .",
     "codeList"),
    ("csvw:maximum 200 .", "odl:check [ odl:method method:calendar-date ] .", "blank node"),
    ("csvw:maximum 200 .", "nonsense", ""),
])
def test_a_faulty_entry_is_named(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in PACK
    with pytest.raises(AssetError, match=r"air\.ttl") as told:
        _overlaid(tmp_path, PACK.replace(old, new))
    assert why in str(told.value)
