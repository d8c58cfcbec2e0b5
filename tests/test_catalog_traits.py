"""What datasets may have in common, as it is found in their documents."""

from __future__ import annotations

import sqlite3
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from odlinked.catalog.index.traits import SCHEMA, Traits, insert
from odlinked.catalog.summaries.traits import FIELD, MOST, STANDARD, Trait, traits
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


def test_what_is_alike_is_the_same_whether_a_trait_is_asked_about_once_or_often() -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    for number in range(2, 1000):  # even numbers only have the second trait, very few the third
        insert(db, number, [1, *([2] if number % 2 == 0 else []), *([3] if number % 400 == 0 else [])])

    def expected(record: int) -> Counter[int]:
        found = Counter[int]()
        for step in (1, 2, 400):
            having = [number for number in range(2, 1000) if number % step == 0]
            near = [n for n in having if n < record][-100:] + [n for n in having if n > record][:100]
            found.update(dict.fromkeys(near, 1000 // (1 + len(near).bit_length())))
        return found

    traits_of = Traits(lambda: db)
    for record in (500, 501, 2, 999, 400, 120, 1, 1200):
        assert traits_of.alike(record, [1, 2, 3, 4]) == expected(record), record
    assert traits_of.shared(400, [4, 3, 2, 1]) == [3, 2, 1]
    assert traits_of.shared(401, [3, 2, 1]) == [1]
