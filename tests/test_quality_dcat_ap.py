"""DCAT-AP as our own rules: each has passing and failing cases, both engines tell the same, the layers build on one another."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib import URIRef

from odlinked.assets import Assets
from odlinked.findings import Result
from odlinked.quality.engines import proven
from odlinked.quality.raw_results import ENGINES
from odlinked.quality.shacl import Validator
from odlinked.quality.shapes import LANGUAGES, Profile

CASES = Path(__file__).parents[1] / "shapes" / "cases" / "dcat-ap"
CASE = "urn:case:"
PASS, FAIL = "https://example.org/pass/", "https://example.org/fail/"
Told = tuple[str, str, str]


@cache
def profile(name: str) -> Profile:
    return Profile.load(Assets(), name)


@cache
def everything() -> Profile:
    """All rules of DCAT-AP and its annex as one profile."""
    full, annex = profile("dcat-ap-3-full"), profile("dcat-ap-hvd")
    return replace(full, rules={**full.rules, **annex.rules}, behind=(*full.behind, *annex.behind))


@cache
def validator(engine: str) -> Validator:
    return Validator(everything(), engine=engine)


@cache
def results(engine: str, path: Path) -> list[Result]:
    return validator(engine).validate(read(path)[0])


@cache
def read(path: Path) -> tuple[bytes, dict[str, set[Told]]]:
    """Return a file's cases as N-Triples without what they expect, and what they expect: rule -> (node, component, value)."""
    graph = rdflib.Graph().parse(path, format="turtle")
    expected: dict[str, set[Told]] = defaultdict(set)
    for node, rule in graph.subject_objects(URIRef(CASE + "rule")):
        component, value = (graph.value(node, URIRef(CASE + what)) for what in ("component", "value"))
        assert str(node).startswith(FAIL if component is not None else PASS), node
        name = f"{component}ConstraintComponent" if component is not None else ""
        expected[str(rule)].add((str(node), name, "" if value is None else str(value)))
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        lines = rdflib.Graph().parse(path, format="turtle").serialize(format="nt", encoding="utf-8").splitlines()
    finally:
        rdflib.NORMALIZE_LITERALS = before
    return b"".join(line + b"\n" for line in sorted(lines) if line and b"<" + CASE.encode() not in line), expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", sorted(CASES.glob("*.trig")), ids=lambda path: path.stem)
def test_cases(path: Path, engine: str) -> None:
    """Each node fails the rule it is a case of exactly as it says, or passes it."""
    expected = read(path)[1]
    told: dict[str, set[Told]] = defaultdict(set)
    for result in results(engine, path):
        told[result.rule].add((result.focus, result.component, result.value))
    for rule, cases in expected.items():
        nodes = {node for node, _, _ in cases}
        assert {one for one in told[rule] if one[0] in nodes} == {case for case in cases if case[1]}, rule


def test_every_rule_has_a_passing_and_a_failing_case() -> None:
    kinds: dict[str, set[bool]] = defaultdict(set)
    for path in CASES.glob("*.trig"):
        for rule, cases in read(path)[1].items():
            kinds[rule] |= {bool(component) for _, component, _ in cases}
    shapes = {iri for iri, rule in everything().rules.items() if rule.kind in ("shape", "graph")}
    assert {rule for rule, found in kinds.items() if found == {True, False}} == shapes
    assert len(shapes) > 300


@pytest.mark.parametrize("path", sorted(CASES.glob("*.trig")), ids=lambda path: path.stem)
def test_both_engines_tell_the_same_of_all_cases(path: Path) -> None:
    assert results("shifty", path) == results("pyshacl", path)


def test_no_rule_needs_the_slow_engine() -> None:
    judge = validator("shifty")
    assert judge.rules
    assert all(proven(judge.profile.constraints([rule])) for rule in judge.rules)


def test_rules_that_look_past_a_record_are_not_run_on_rows() -> None:
    full = profile("dcat-ap-3-full")
    rule = full.by_name["D306-dataset-publisher-described"]
    assert rule.kind == "graph"
    assert rule in Validator(full).rules
    assert rule in Validator(full, carried={(rule.target, rule.path)}).unchecked


def test_a_number_belongs_to_one_class_and_property() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for name in everything().by_name:
        if name == "U13-literal":
            continue
        found = re.fullmatch(r"(D\d{3})-([a-z]+)-[a-z-]+", name)
        assert found, name
        owners[found[1]].add(found[2])
    assert all(len(found) == 1 for found in owners.values()), owners


def test_messages_say_what_to_do_in_both_languages() -> None:
    for rule in everything().rules.values():
        for tag in LANGUAGES:
            assert rule.names[tag], (rule.name, tag)
            assert rule.sources[tag], (rule.name, tag)
            assert len(rule.messages[tag]) >= 8, (rule.name, tag)
        assert re.search(r"[一-鿿]", rule.messages["zh-Hant"]), rule.name
        assert rule.messages["en"].endswith("."), rule.name


def test_a_profile_has_the_rules_of_those_it_builds_on() -> None:
    names = {token: set(profile(token).rules) for token in (
        "dcat-ap-3-base", "dcat-ap-3-ranges", "dcat-ap-3-vocabularies", "dcat-ap-3-recommended", "dcat-ap-3", "dcat-ap-3-full",
        "dcat-ap-hvd")}
    layers = names["dcat-ap-3-base"] | names["dcat-ap-3-ranges"] | names["dcat-ap-3-vocabularies"]
    assert names["dcat-ap-3"] - layers == {profile("dcat-ap-3").literal_rule.iri}  # type: ignore[union-attr]
    assert names["dcat-ap-3-full"] == names["dcat-ap-3"] | names["dcat-ap-3-recommended"]
    assert names["dcat-ap-hvd"] > names["dcat-ap-3"]
    severities = {rule.severity for rule in profile("dcat-ap-3-recommended").rules.values()}
    assert severities == {"Warning"}
