"""What datasets may have in common, as it is found in their documents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odlinked.catalog.traits import FIELD, MOST, STANDARD, Trait, traits
from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.namespaces import DCTERMS, ODL
from odlinked.rdf.ntriples import triples

IRI = "http://localhost:8000/id/dataset/1"
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12) | st.sampled_from(
    [f"> <{ODL}fieldName> ", f'" .\n<{IRI}> <{ODL}fieldName> "x', "\\", '"', " .", " .\n", "　", "測 站"])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"@zh-Hant'


def document(*lines: str) -> Document:
    return Document.of(IRI, [line.encode() for line in lines])


def plainly(one: Document) -> set[Trait]:
    """Return the fields of a document, every line of it parsed; of spellings that fold alike, any."""
    return {Trait(FIELD, term.value) for subject, predicate, term in triples(one.text)
            if predicate == ODL + "fieldName" and subject == IRI and fold(term.value)}


@given(st.lists(NAMES, max_size=8))
def test_every_field_is_found_whatever_its_name(names: list[str]) -> None:
    one = document(*(f"<{IRI}> <{ODL}fieldName> {quoted(name)} ." for name in names),
                   f"<{IRI}> <{DCTERMS}title> {quoted(f'> <{ODL}fieldName> ')} .")
    assert set(traits(one)) == {trait.number for trait in plainly(one)}
    assert set(traits(one).values()) <= plainly(one)


def test_spellings_that_fold_alike_are_one_field() -> None:
    assert Trait(FIELD, "測站 名稱").number == Trait(FIELD, "測站名稱").number
    assert Trait(FIELD, "台北").number == Trait(FIELD, "臺北").number
    assert Trait(FIELD, "測站").number != Trait(STANDARD, "測站").number


def test_standards_are_those_of_others() -> None:
    standard = "https://schema.gov.tw/api/Unit"
    one = document(f"<{IRI}#column-1> <{DCTERMS}conformsTo> <{standard}> .", f"<{IRI}#d> <{DCTERMS}conformsTo> <{IRI}#schema> .",
                   f'<{IRI}#column-2> <{DCTERMS}conformsTo> "日期標準"@zh-Hant .',
                   f"<{IRI}#d> <{ODL}fieldName> {quoted(STANDARD)} .")
    assert list(traits(one).values()) == [Trait(STANDARD, standard)]


def test_a_dataset_of_very_many_fields_is_cut() -> None:
    assert len(traits(document(*(f"<{IRI}> <{ODL}fieldName> {quoted(f'欄{n}')} ." for n in range(MOST + 50))))) == MOST
