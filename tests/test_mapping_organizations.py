"""Which organisation a name means: the published ones, the listed ones, several, none; and what of that a row joins."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from builders.mapping_cases import ASSETS, CONTEXT, case, changed

from odlinked.folding import fold
from odlinked.mapping import codes, organizations
from odlinked.mapping.forms import annotation
from odlinked.mapping.refine import Mapper

UNITS = organizations.Units.load(ASSETS)
LISTED = codes.load(ASSETS).index[organizations.SCHEME]
REGISTRY: Mapping[str, tuple[str, ...]] = {
    "民政處": ("2.1", "2.2"), "臺北市政府": ("2.3",), "環境部": ("2.4", "2.5"), "大氣環境司": ("2.6",), "環境部政風處": ("2.7",),
}


def column(form: str) -> organizations.Column:
    return next(one for one in case(form)[0].form.columns if organizations.is_named(one))


@pytest.mark.parametrize(("form", "text", "answer"), [
    ("data-gov-tw", "臺北市政府", ("2.3",)),
    ("data-gov-tw", "台北市政府", ("2.3",)),
    ("data-gov-tw", "民政處", ("2.1", "2.2")),
    ("data-gov-tw", "某處", ()),
    ("data-gov-tw", "環境部", None),  # ambiguous among the published ones, but the shipped list knows it
    ("data-gov-tw", "經濟部", None),
    ("moenv-open", "政風處", ("2.7",)),  # as the ministry's own only
    ("moenv-open", "大氣環境司", None),  # listed as the ministry's; another body's of that name is not meant
    ("moenv-open", "民政處", ()),
])
def test_a_name_is_looked_up(form: str, text: str, answer: tuple[str, ...] | None) -> None:
    assert organizations.found(text, column(form), REGISTRY, LISTED) == answer


def test_without_a_registry_nothing_is_said() -> None:
    for registry in (None, {}):
        assert organizations.found("民政處", column("data-gov-tw"), registry, LISTED) is None


def test_a_row_joins_only_what_it_names() -> None:
    plain, rows = case("data-gov-tw")
    bound = zip(plain.form.columns, plain.binding.columns, strict=True)
    place = next(place for one, place in bound if organizations.is_named(one))
    assert place is not None

    def joins(text: str, registry: Mapping[str, tuple[str, ...]] | None) -> str:
        return Mapper(plain.binding, ASSETS, CONTEXT, registry).joins(changed(rows[0], 2, **{f"c{place}": text}))

    assert joins("臺北市政府", None) == joins("經濟部", REGISTRY) == joins("", REGISTRY) == ""
    assert joins("臺北市政府", REGISTRY) == joins("台北市政府", {"臺北市政府": ("2.3",)})
    assert len({joins(text, REGISTRY) for text in ("臺北市政府", "民政處", "某處", "經濟部")}) == 4
    assert Mapper(plain.binding, ASSETS, CONTEXT, REGISTRY).digest == plain.digest


def test_every_form_with_publishers_says_what_became_of_the_name() -> None:
    for form in ("data-gov-tw", "data-gov-tw-api", "moenv-open", "national-list"):
        told = annotation(column(form), "carries")["dcat:Dataset"]
        assert {"odl:ambiguousPublisher", "odl:unrecognisedPublisher"} <= set(told), form


@pytest.mark.parametrize(("form", "text", "body"), [
    ("data-gov-tw", "經濟部政風處", "經濟部"),
    ("data-gov-tw", "經濟部性別平等委員會", "經濟部"),
    ("data-gov-tw", "經濟部南部辦公室", "經濟部"),
    ("data-gov-tw", "經濟部 推廣中心", "經濟部"),
    ("data-gov-tw", "經濟部（推廣中心）", "經濟部"),
    ("data-gov-tw", "經\u200b濟部推廣中心", "經濟部"),
    ("data-gov-tw", "交通部觀光署", "交通部"),
    ("data-gov-tw", "教育部體育署", "教育部"),
    ("data-gov-tw", "臺北市政府環境保護局", "臺北市政府"),
    ("data-gov-tw", "台北市政府環境保護局木柵垃圾焚化廠", "臺北市政府"),
    ("data-gov-tw", "經濟部標準檢驗局臺中分局", "經濟部標準檢驗局"),  # the longest name that is known
    ("data-gov-tw", "標準檢驗局台中分局", "標準檢驗局"),
    ("data-gov-tw", "經濟部某某局臺中分局", "經濟部"),
    ("data-gov-tw", "台灣電力股份有限公司大潭發電廠", "台灣電力股份有限公司"),
    ("data-gov-tw", "行政院農業委員會林務局", "行政院"),
    ("data-gov-tw", "中央銀行發行局", "中央銀行"),
    ("moenv-open", "土污基管會", "環境部"),  # the form's units are the ministry's
    ("moenv-open", "經濟部政風處", "經濟部"),  # but a full name tells more
    ("data-gov-tw-api", "2.16.886.101.20003.20007.99|經濟部政風處", "經濟部"),
])
def test_a_name_tells_the_body_above(form: str, text: str, body: str) -> None:
    assert organizations.above(text, column(form), None, LISTED, UNITS)[:2] == (codes.fold(body), False)


@pytest.mark.parametrize(("form", "text"), [
    ("data-gov-tw", "經濟部"),  # not below itself
    ("data-gov-tw", "經濟部標準檢驗局"),  # listed: the list says what is above
    ("data-gov-tw", "台灣電力股份有限公司"),
    ("data-gov-tw", "經濟部落格股份有限公司"),
    ("data-gov-tw", "經濟部落格推廣中心"),
    ("data-gov-tw", "國防部隊史研究中心"),
    ("data-gov-tw", "環境部署"),
    ("data-gov-tw", "經濟部資訊股份有限公司"),
    ("data-gov-tw", "台灣電力股份有限公司企業工會"),
    ("data-gov-tw", "內政部警察之友協會"),
    ("data-gov-tw", "中央研究院"),
    ("data-gov-tw", "中央氣象署"),
    ("data-gov-tw", "國立臺灣大學醫學院附設醫院"),
    ("data-gov-tw", "統計處"),
    ("data-gov-tw", "台電大樓服務所"),  # a name too short to be looked for
    ("data-gov-tw", "2.16.886.101.20003.20007局"),
    ("data-gov-tw", "-"),
    ("moenv-open", "大氣環境司"),
    ("moenv-open", "王小明"),
    ("moenv-open", "合計"),
])
def test_a_name_that_tells_no_body_above(form: str, text: str) -> None:
    assert organizations.above(text, column(form), None, LISTED, UNITS)[:2] == ("", False)


def test_a_published_body_comes_before_a_listed_one() -> None:
    registry = {"經濟部": ("2.8",), "某市政府": ("2.9",), "某某處": ("3.1", "3.2"), "經濟部政風處": ("2.10",)}
    plain = column("data-gov-tw")

    def above(text: str) -> tuple[str, bool]:
        return organizations.above(text, plain, registry, LISTED, UNITS)[:2]

    assert above("經濟部採購處") == ("2.8", True)
    assert above("某市政府衛生局") == ("2.9", True)
    assert above("某某處第一科") == ("", False), "two bodies have the name"
    assert above("經濟部政風處") == ("", False), "its own list says what is above it"
    cells = [("某市政府衛生局", plain)]
    assert organizations.answers(cells, registry, LISTED, UNITS) != organizations.answers(cells, {"x": ("1",)}, LISTED, UNITS)


def test_a_unit_of_a_ministry_s_own_form_bears_the_ministry_s_name() -> None:
    """Other ministries have a unit of that name, too: two forms that name it briefly do not mean one organisation."""
    def named(form: str, place: str) -> set[str]:
        given, rows = case(form)
        column = next(i for i, one in enumerate(given.form.columns) if one.name == "publisher")
        index = given.binding.columns[column]
        assert index is not None
        mapped = given.map([changed(rows[0], 2, **{f"c{index}": place})])
        bodies = [document for one in mapped for document in one.documents if "/organization/" in document.iri]
        text = b"\n".join(document.text for document in bodies).decode()
        return set(re.findall(r'prefLabel> "([^"]*)"', text))

    assert named("moenv-open", "政風處") & {"環境部政風處", "政風處"} == {"環境部政風處"}
    assert named("moea-planned", "政風處") & {"經濟部政風處", "政風處"} == {"經濟部政風處"}
    assert "經濟部政風處" in named("moea-planned", "經濟部政風處")


@pytest.mark.parametrize("text", [
    "商業司", "總務司", "技術處", "國際合作處", "投資業務處", "統計處", "會計處", "人事處", "研究發展委員會",
    "法規委員會", "訴願審議委員會", "秘書室", "中部辦公室", "資訊中心", "水利署", "國際貿易局", "工業局",
    "標準檢驗局", "智慧財產局", "能源局", "礦務局", "中小企業處", "加工出口區管理處", "投資審議委員會",
    "國營事業委員會", "貿易調查委員會", "中央地質調查所", "專業人員研究中心", "台灣電力公司", "台灣中油公司",
    "台灣自來水公司", "台灣糖業公司", "標檢局", "經濟部標檢局", "國貿局", "臺灣中油公司", "加工出口區管理局"])
def test_every_unit_of_the_economics_ministry_s_paper_is_listed(text: str) -> None:
    assert fold(text) in LISTED or fold("經濟部" + text) in LISTED


@pytest.mark.parametrize("text", [
    "綜合規劃司", "環境保護司", "大氣環境司", "水質保護司", "氣候變遷署", "資源循環署", "化學物質管理署",
    "環境管理署", "國家環境研究院", "監測資訊司",
    "大氣司", "循環署", "化學署", "環管署"])
def test_every_unit_of_the_environment_ministry_s_plan_is_listed(text: str) -> None:
    assert fold(text) in LISTED or fold("環境部" + text) in LISTED
