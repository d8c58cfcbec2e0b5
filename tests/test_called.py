"""By which names a dataset is known in two sources."""

from __future__ import annotations

import pytest

from odlinked.catalog.summaries.called import address, is_title, names

IRI = "https://data.example.tw/id/dataset/"


@pytest.mark.parametrize(("other", "name"), [
    ("https://data.gov.tw/dataset/6075", "number 6075"), ("http://data.gov.tw/en/datasets/6075/", "number 6075"),
    ("https://data.gov.tw/dataset/12345678", "address https://data.gov.tw/dataset/12345678"),
    ("https://county.example/d/1", "address https://county.example/d/1"),
    ("https://county.example/", None), ("https://county.example/index.html", None),
    ("A41000000G-000001", "code a41000000g-000001"), ("6075", None), ("river water", None),
])
def test_what_a_dataset_is_called_by_an_address_or_identifier(other: str, name: str | None) -> None:
    assert names(f"{IRI}x", "", [other]) == ({name} if name else set())


def test_its_own_number_or_code_and_its_folded_title() -> None:
    assert names(f"{IRI}6075", "台北 水質", ()) == {"number 6075", "title 臺北水質"}
    assert names(f"{IRI}a41000000g-000001", "", ()) == {"code a41000000g-000001"}
    assert [is_title(name) for name in ("title x", "number 1", address("title x"))] == [True, False, False]
