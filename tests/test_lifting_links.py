"""Proposed links: what is proposed, what a person decided stays, and what was accepted becomes counted links."""

from __future__ import annotations

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from odlinked.cli.verbs import main
from odlinked.lifting.linking import link_file
from odlinked.lifting.linking.link_file import ProposedLink

ROWS = """siteid,agency,unit,county,note
1,環境部,秘書處,台北市,甲
2,環境部,人事室,臺北市,乙
3,經濟部,秘書處,新北市,丙
4,內政部,秘書處,高雄市,丁
5,环境部,秘書處,花蓮縣,戊
"""
CONCEPTS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://a.example/units> a skos:ConceptScheme ; skos:prefLabel "秘書處"@zh-Hant .
<https://a.example/s1> a skos:Concept ; skos:inScheme <https://a.example/units> ; skos:prefLabel "秘書處"@zh-Hant .
<https://a.example/s2> a skos:Concept ; skos:inScheme <https://a.example/units> ; skos:altLabel "秘書處"@zh-Hant ;
  skos:prefLabel "秘書處（二）"@zh-Hant .
<https://a.example/p> a skos:Concept ; skos:inScheme <https://a.example/units> ; skos:prefLabel "人事室"@zh-Hant .
"""
REGISTER = "https://w3id.org/odlinked/code/organization/2.16.886.101.20003.20083"
RELATION = "http://purl.org/dc/terms/relation"
VOID = "http://rdfs.org/ns/void#"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "units.ttl").write_text(CONCEPTS, encoding="utf-8")
    assert _run("lift", "--describe", "list.csv").exit_code == 0
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--lang", "en"])


def _links(here: Path) -> list[dict[str, str]]:
    with (here / "list.csv-links.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _decide(here: Path, target: str, decision: str, note: str = "") -> None:
    """Edit the file as a person does."""
    kept = [one._replace(decision=decision, note=note) if one.target == target else one
            for one in link_file.read(here / "list.csv-links.csv")]
    link_file.write(here / "list.csv-links.csv", kept)


def test_proposals_have_scores_and_reasons_and_decide_nothing(here: Path) -> None:
    assert _run("link", "list.csv").exit_code == 0
    found = [(one["decision"], one["column"], one["value"], one["target"], one["reason"]) for one in _links(here)
             if one["target"] == REGISTER]
    assert found == [("open", "agency", "环境部", REGISTER, "alike"), ("open", "agency", "環境部", REGISTER, "name")]
    assert {one["column"] for one in _links(here)} == {"agency"}, "stations 1 to 5 are no goals, counties are a code list already"


def test_running_again_keeps_what_was_decided_and_changes_nothing_else(here: Path) -> None:
    _run("link", "list.csv")
    _decide(here, REGISTER, "rejected", "這是部本部以外的單位")
    (here / "list.csv").write_text(ROWS.replace("經濟部", "財政部"), encoding="utf-8")
    _run("link", "list.csv")
    found = {(one["value"], one["decision"], one["note"]) for one in _links(here)}
    assert ("環境部", "rejected", "這是部本部以外的單位") in found
    assert {value for value, _, _ in found} == {"環境部", "环境部", "財政部", "內政部"}
    before = (here / "list.csv-links.csv").read_bytes()
    _run("link", "list.csv")
    assert (here / "list.csv-links.csv").read_bytes() == before


def test_what_two_things_are_called_is_never_accepted_by_itself(here: Path) -> None:
    assert _run("link", "list.csv", "--concepts", "units.ttl", "--accept-certain").exit_code == 0
    found = {(one["value"], one["target"]): one["decision"] for one in _links(here) if one["column"] == "unit"}
    assert found == {("秘書處", "https://a.example/s1"): "open", ("秘書處", "https://a.example/s2"): "open",
                     ("人事室", "https://a.example/p"): "accepted"}
    _decide(here, "https://a.example/s1", "accepted")
    assert _run("lift", "list.csv").exit_code == 0
    _decide(here, "https://a.example/s2", "accepted")
    refused = _run("lift", "list.csv")
    assert refused.exit_code == 2
    assert "a value stands for one thing" in refused.output


@pytest.mark.parametrize("mode", ["standard", "minimal"])
def test_accepted_links_are_stated_and_counted(here: Path, mode: str) -> None:
    _run("link", "list.csv")
    _decide(here, REGISTER, "accepted")
    done = _run("lift", "list.csv", "--mode", mode, "--output", "out.nt")
    assert done.exit_code == 0, done.output
    store = ox.Store()
    store.load(path="out.nt", format=ox.RdfFormat.N_TRIPLES)
    target = ox.NamedNode(REGISTER)
    linked = {(one.subject.value.rpartition("/")[2], one.predicate.value) for one in store.quads_for_pattern(None, None, target)}
    sets = {one.subject for one in store.quads_for_pattern(None, None, ox.NamedNode(VOID + "Linkset"))}
    assert len(sets) == 1
    count = next(iter(store.quads_for_pattern(next(iter(sets)), ox.NamedNode(VOID + "triples"), None))).object
    if any(name == RELATION for _, name in linked):
        assert linked == {("1", RELATION), ("2", RELATION), ("5", RELATION)}
        assert count.value == "3"
    else:  # the column is one of codes: each code is linked once
        assert {name for _, name in linked} == {"http://www.w3.org/2004/02/skos/core#exactMatch"}
        assert count.value == "2"


def test_rows_are_linked_alike_by_the_fast_and_the_thorough_way(here: Path) -> None:
    description = here / "list.csv-metadata.json"
    text = description.read_text(encoding="utf-8")
    description.write_text(text.replace('"valueUrl"', '"odl:was"').replace('"odl:codeList"', '"odl:list"'), encoding="utf-8")
    _run("link", "list.csv")
    _decide(here, REGISTER, "accepted")
    _run("lift", "list.csv", "--mode", "minimal", "--output", "fast.nt")
    _run("lift", "list.csv", "--mode", "standard", "--output", "whole.nt")
    lines = {path: {line for line in (here / path).read_text(encoding="utf-8").splitlines()
                    if f"<{RELATION}> <{REGISTER}>" in line} for path in ("fast.nt", "whole.nt")}
    assert len(lines["fast.nt"]) == 3
    assert lines["fast.nt"] == lines["whole.nt"]


def test_an_endpoint_is_asked_for_what_is_called_so(here: Path, address: str) -> None:
    done = _run("link", "list.csv", "--endpoint", f"{address}/sparql")
    assert done.exit_code == 0, done.output
    assert "https://data.example.tw/id/organization/2.16.886.101.20003.20083" in {one["target"] for one in _links(here)}


def test_an_endpoint_that_does_not_answer_is_told(here: Path) -> None:
    for wrong in ("http://127.0.0.1:9/sparql", "file:///etc/passwd", "nonsense"):
        done = _run("link", "list.csv", "--endpoint", wrong)
        assert done.exit_code == 2, wrong
        assert "asking the endpoint" in done.output
        assert not (here / "list.csv-links.csv").exists()


@pytest.mark.parametrize(("column", "text", "why"), [
    ("decision", "yes", "decision"), ("target", "環境部", "no IRI"), ("target", "https://a.example/<x>", "no IRI"),
    ("score", "high", "no number")])
def test_a_file_of_links_that_is_wrong_is_refused_by_line(here: Path, column: str, text: str, why: str) -> None:
    _run("link", "list.csv")
    rows = _links(here)
    rows[1][column] = text
    with (here / "list.csv-links.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for verb in ("lift", "link"):
        done = _run(verb, "list.csv")
        assert done.exit_code == 2
        assert "line 3" in done.output
        assert why in done.output


def test_links_of_a_column_that_is_gone_are_told(here: Path) -> None:
    _run("link", "list.csv")
    _decide(here, REGISTER, "accepted")
    (here / "list.csv").write_text(ROWS.replace("agency", "authority"), encoding="utf-8")
    (here / "list.csv-metadata.json").unlink()
    done = _run("lift", "list.csv")
    assert done.exit_code == 2
    assert "agency" in done.output


def test_personal_columns_are_not_linked(here: Path) -> None:
    (here / "list.csv").write_text("身分證字號,機關\nA123456789,環境部\nB142610160,經濟部\nA123456789,內政部\n", encoding="utf-8")
    (here / "list.csv-metadata.json").unlink()
    (here / "who.ttl").write_text(CONCEPTS.replace("人事室", "A123456789"), encoding="utf-8")
    done = _run("link", "list.csv", "--concepts", "who.ttl")
    assert done.exit_code == 0
    assert "機關,環境部" in (here / "list.csv-links.csv").read_text(encoding="utf-8")
    assert "A123456789" not in (here / "list.csv-links.csv").read_text(encoding="utf-8")


def test_a_value_that_spreadsheets_take_for_a_formula_is_read_back_as_it_was(tmp_path: Path) -> None:
    one = ProposedLink("accepted", "a", "=1+1", "urn:x", "@x", "urn:k", 100.0, "name", 1, "-note")
    link_file.write(tmp_path / "l.csv", [one])
    assert link_file.read(tmp_path / "l.csv") == [one]
