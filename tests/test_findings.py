"""A fault is stored in one form and reported in one form."""

from __future__ import annotations

import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import RowDocument, RowOutcome
from odlinked.findings import Fault, Finding
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile

STORED = ('[[["https://example.org/id/dataset/1","00ff",false]],{},false,[["P09-format-code","Warning","",'
          '"https://example.org/id/dataset/1#distribution-1","","CVS",2,"F","檔案格式"]],""]').encode()
"""An outcome as every version of the archive has written it."""
FAULT = Fault("P09-format-code", "Warning", node="https://example.org/id/dataset/1#distribution-1", value="CVS", member=2,
              column="F", heading="檔案格式")


def test_the_stored_form_of_an_outcome_is_the_known_one() -> None:
    outcome = RowOutcome((RowDocument("https://example.org/id/dataset/1", b"\x00\xff", False),), {}, False, (FAULT,))
    assert outcome.dump() == STORED
    assert RowOutcome.load(STORED) == outcome


@given(st.builds(Fault, *(st.integers() if field.name == "member" else st.text() for field in fields(Fault))))
def test_a_fault_is_read_as_it_was_stored(fault: Fault) -> None:
    assert Fault.of_stored(json.loads(json.dumps(fault.stored()))) == fault


def test_a_finding_is_a_fault_with_its_place_and_words() -> None:
    finding = RuleBook(Profile.load(Assets(), "tw-open")).finding(FAULT, "甲.xlsx", "清單", 7)
    assert Fault(*finding.stored()) == FAULT
    assert (finding.file, finding.sheet, finding.row, finding.place) == ("甲.xlsx", "清單", 7, ("甲.xlsx", "清單", 7))
    assert finding.suggestions["zh-Hant"] == "您是不是要填「CSV」？"
    assert set(finding.messages) == {"zh-Hant", "en"}


def test_of_a_rule_that_is_no_more_the_name_alone_is_reported() -> None:
    finding = RuleBook(Profile.load(Assets(), "tw-open")).finding(Fault("X99-gone", "Warning"), "a.csv", None, 3)
    assert (finding.rule, finding.messages, finding.suggestions) == ("X99-gone", {}, {})
    assert isinstance(finding, Finding)
