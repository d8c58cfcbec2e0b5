"""The words: code lists, the odl: vocabulary, prefixes, and that every column of every form says what becomes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from odlinked.assets import Assets, bundled
from odlinked.errors import AssetError
from odlinked.folding import fold
from odlinked.mapping import codes, forms
from odlinked.namespaces import CODE, ODL, RDFS, SKOS
from odlinked.rdf import vocabulary

ROOT = bundled()
OVERLAY = ROOT / "examples" / "national-list"
ASSETS = Assets((OVERLAY,))
SCHEMES = sorted(ROOT.glob("ontologies/codes/*.ttl"))
ALL_FORMS = forms.load_all(ASSETS)
EU = "http://publications.europa.eu/resource/authority/"


def _triples(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]


def _languages(triples: list[ox.Triple], predicate: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for triple in triples:
        if triple.predicate.value == predicate and isinstance(triple.object, ox.Literal):
            found.setdefault(str(triple.subject), set()).add((triple.object.language or "").lower())
    return found


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_every_concept_has_labels_in_both_languages_and_a_scheme(path: Path) -> None:
    triples = _triples(path)
    labels = _languages(triples, SKOS + "prefLabel")
    concepts = {str(t.subject) for t in triples if t.object == ox.NamedNode(SKOS + "Concept")}
    placed = {str(t.subject) for t in triples if t.predicate.value == SKOS + "inScheme"}
    assert concepts
    assert concepts == placed
    assert {concept for concept in labels if labels[concept] != {"zh-hant", "en"}} == set()


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_no_spelling_stands_twice_in_a_scheme(path: Path) -> None:
    told: dict[str, str] = {}
    for triple in _triples(path):
        if triple.predicate.value in (SKOS + "altLabel", SKOS + "notation"):
            assert isinstance(triple.object, ox.Literal)
            key = fold(triple.object.value)
            assert key not in told, f"{triple.object.value} is also with {told[key]}"
            told[key] = str(triple.subject)
    assert codes.load(ASSETS).index


def test_one_spelling_of_two_concepts_is_refused(tmp_path: Path) -> None:
    name = "ontologies/codes/fee.ttl"
    copy = tmp_path / name
    copy.parent.mkdir(parents=True)
    copy.write_text(
        (ROOT / name).read_text(encoding="utf-8").replace('"收費"@zh-Hant', '"收費"@zh-Hant, "無償"@zh-Hant'), encoding="utf-8"
    )
    with pytest.raises(AssetError, match="無償"):
        codes.load(Assets((tmp_path,)))


@pytest.mark.parametrize(
    ("scheme", "text", "concept"),
    [
        (EU + "frequency", "每1分", EU + "frequency/1MIN"),
        (EU + "frequency", "每季", EU + "frequency/QUARTERLY"),
        (EU + "frequency", "每三月", EU + "frequency/QUARTERLY"),
        (EU + "frequency", "不定期更新", EU + "frequency/IRREG"),
        (EU + "frequency", "不更新", EU + "frequency/NEVER"),
        (EU + "frequency", "每６月更新", EU + "frequency/ANNUAL_2"),
        (EU + "file-type", "csv", EU + "file-type/CSV"),
        (EU + "file-type", "API", EU + "file-type/REST"),
        (CODE + "other-format", "壓縮檔", CODE + "other-format/archive"),
        (CODE + "licence", "政府資料開放授權條款—第１版", "https://data.gov.tw/license"),
        (CODE + "service-category", "a00", CODE + "service-category/A00"),
        (CODE + "quality-badge", "無（白名單）", CODE + "quality-badge/exempt"),
        ("http://metadata.un.org/sdg", "SDGs目標06", "http://metadata.un.org/sdg/6"),
        ("http://metadata.un.org/sdg", "目標6", "http://metadata.un.org/sdg/6"),
        (CODE + "change-status", "資料集下架", CODE + "change-status/withdrawn"),
        (CODE + "organization", "臺灣電力股份有限公司", CODE + "organization/2.16.886.101.20003.20007.20127"),
    ],
)
def test_spellings_lead_to_their_code(scheme: str, text: str, concept: str) -> None:
    assert codes.load(ASSETS).index[scheme][fold(text)] == concept


def test_a_frequency_the_table_lacks_is_not_rounded() -> None:
    assert fold("每8時") not in codes.load(ASSETS).index[EU + "frequency"]


def test_organisations_without_a_known_oid_have_none() -> None:
    triples = _triples(ROOT / "ontologies/codes/organization.ttl")
    same = {str(t.subject) for t in triples if "sameAs" in t.predicate.value}
    noted = {str(t.subject) for t in triples if t.predicate.value == SKOS + "notation"}
    assert same == noted
    assert all(re.fullmatch(r"<[^>]*/2(\.\d+)+>", subject) for subject in noted)


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.name)
def test_every_column_is_mapped_or_its_suppression_explained(form: forms.Form) -> None:
    fed = {index for indexes in form.carries.values() for index in indexes}
    for index, column in enumerate(form.columns):
        if column.suppress_output:
            reasons = forms.annotation(column, "suppressionReason")
            assert {reason["@language"] for reason in reasons} == {"zh-Hant", "en"}, column.name
            assert index not in fed, column.name
        else:
            assert index in fed, f"{column.name} feeds nothing"


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.name)
def test_every_column_is_read_by_a_query(form: forms.Form) -> None:
    text = "".join(ASSETS.text(name) for name in (*form.names, *form.refines))
    for column in form.columns:
        name = "fieldName" if forms.annotation(column, "fieldNames") else column.name
        assert column.suppress_output or re.search(rf"\brow:{name}(_\w+)?\b", text), column.name


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.name)
def test_forms_have_labels_and_unique_headings(form: forms.Form) -> None:
    assert set(form.labels) == {"zh-Hant", "en"}
    keys = [forms.heading_key(title) for column in form.columns for title in forms.titles(column)]
    assert sorted(keys) == sorted(set(keys)), "a heading names two columns"


def test_every_odl_term_in_use_is_declared() -> None:
    declared = {t.subject.value for t in _triples(ROOT / "ontologies/odl.ttl") if isinstance(t.subject, ox.NamedNode)}
    used: set[str] = set()
    for room in ("ontologies", "mappings", "shapes", "queries", "examples"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".ttl", ".rq", ".json"):
                text = (
                    re.sub(r"#[^\n]*", "", path.read_text(encoding="utf-8"))
                    if path.suffix == ".rq"
                    else path.read_text(encoding="utf-8")
                )
                used |= {ODL + name for name in re.findall(r"\bodl:([A-Za-z]\w*)", text)}
    assert used - declared == set()
    labels = _languages(_triples(ROOT / "ontologies/odl.ttl"), RDFS + "label")
    assert {term for term in used if labels.get(f"<{term}>") != {"zh-hant", "en"}} == set()


def test_prefixes_are_declared_and_used_without_a_clash() -> None:
    prefixes = vocabulary.prefixes(ASSETS)
    assert prefixes["odl"] == ODL
    assert len(set(prefixes.values())) == len(prefixes)


def test_containment_is_declared() -> None:
    members = [t.object for t in _triples(ROOT / "ontologies/containment.ttl") if t.predicate.value == RDFS + "member"]
    assert ox.NamedNode("http://www.w3.org/ns/dcat#distribution") in members
