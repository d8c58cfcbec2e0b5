"""Which organisation a name means: the published ones, the listed ones, several, none; and what of that a row joins."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from test_mapping_refine import ASSETS, CONTEXT, case, changed

from odlinked.mapping import codes, organizations
from odlinked.mapping.forms import annotation
from odlinked.mapping.refine import Mapper

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
