"""One dataset in two sources: found and told on both sides, merged by nobody, and settled by a person's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import source_server
from builders.national_list import example_rows
from builders.site import publish as publish_rows
from builders.source_server import PREFIXES, SourceServer, catalogue, harvest, settings, texts

from odlinked.catalog.index import Index
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import SettingsError
from odlinked.findings import Issue
from odlinked.intake.identities import Judgements
from odlinked.settings import Settings, SourceSettings

MAYBE = "<https://w3id.org/odlinked/ns#maybeSameAs>"
TWIN = "<https://w3id.org/odlinked/ns#twin>"
SAME = "<http://www.w3.org/2002/07/owl#sameAs>"


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


def _two(server: SourceServer, **more: str) -> Settings:
    made = settings(server, src=SourceSettings(address=server.url("/one")), other=SourceSettings(address=server.url("/two")))
    return replace(made, publish=replace(made.publish, **more))


def _told(workspace: Workspace) -> list[Issue]:
    with Index(workspace.releases / (workspace.current() or "") / "catalog.sqlite", read_only=True) as index:
        return [issue for issue in index.issues() if issue.fault.rule == "L32-identity-elsewhere"]


def _pairs(workspace: Workspace, mark: str) -> set[tuple[str, str]]:
    made = {**texts(workspace, "src"), **texts(workspace, "other")}
    lines = (line for text in made.values() for line in text.splitlines() if f" {mark} <https://data.example.tw/" in line)
    return {(line.split(" ")[0], line.split(" ")[2]) for line in lines}


def test_the_same_address_or_title_and_unit_is_told_on_both_sides(server: SourceServer, workspace: Workspace) -> None:
    server.pages |= {"/one": catalogue([1, 2]), "/two": catalogue([1]) + catalogue([3]).replace(PREFIXES, "")}
    chosen = _two(server)
    harvest(workspace, chosen)
    harvest(workspace, chosen, "other")
    assert [issue.fault.node.split("/")[-1][:7] for issue in _told(workspace)] == ["other.d"]
    pairs = _pairs(workspace, MAYBE)
    assert len(pairs) == 2
    assert {(two, one) for one, two in pairs} == pairs
    assert len(texts(workspace, "src")) == len(texts(workspace, "other")) == 2, "nothing is merged"
    assert harvest(workspace, chosen, "other").run.result == "unchanged"
    assert harvest(workspace, chosen).run.result == "unchanged"


def test_another_title_or_unit_is_another_dataset(server: SourceServer, workspace: Workspace) -> None:
    elsewhere = catalogue([1]).replace("https://source.example/", "https://elsewhere.example/")
    server.pages |= {"/one": catalogue([1]), "/two": elsewhere.replace("資料局", "水利局").replace("Data Office", "Water Office")}
    chosen = _two(server)
    harvest(workspace, chosen)
    harvest(workspace, chosen, "other")
    assert _told(workspace) == []
    server.pages["/two"] = elsewhere
    harvest(workspace, chosen, "other")
    assert len(_told(workspace)) == 1, "title and unit are the same"


def test_a_title_that_a_source_gives_twice_tells_nothing(server: SourceServer, workspace: Workspace) -> None:
    twice = catalogue([1]) + "ex:again a dcat:Dataset ; dct:title \"資料集 1\"@zh-Hant ; dct:publisher ex:agency .\n"
    server.pages |= {"/one": catalogue([1]).replace("https://source.example/", "https://elsewhere.example/"), "/two": twice}
    chosen = _two(server)
    harvest(workspace, chosen)
    harvest(workspace, chosen, "other")
    assert _told(workspace) == []


def test_what_goes_is_told_no_more(server: SourceServer, workspace: Workspace) -> None:
    server.pages |= {"/one": catalogue([1, 2]), "/two": catalogue([1])}
    chosen = _two(server)
    harvest(workspace, chosen)
    harvest(workspace, chosen, "other")
    server.pages["/two"] = catalogue([9])
    harvest(workspace, chosen, "other", allow_removals=True)
    assert (_told(workspace), _pairs(workspace, MAYBE)) == ([], set())


@pytest.mark.parametrize(("word", "mark"), [("same", SAME), ("different", "")])
def test_a_person_decides_in_a_plain_file(server: SourceServer, workspace: Workspace, tmp_path: Path, word: str,
                                          mark: str) -> None:
    server.pages |= {"/one": catalogue([1]), "/two": catalogue([1])}
    harvest(workspace, _two(server))
    harvest(workspace, _two(server), "other")
    (one,), (other,) = texts(workspace, "src"), texts(workspace, "other")
    (tmp_path / "same.csv").write_text(f"one,other,judgement\n{one},{other},{word}\n", encoding="utf-8")
    harvest(workspace, _two(server, same=str(tmp_path / "same.csv")), "other")
    assert (_told(workspace), _pairs(workspace, MAYBE)) == ([], set())
    assert len(_pairs(workspace, SAME)) == (2 if mark else 0)


def test_sources_that_are_believed_need_no_person(server: SourceServer, workspace: Workspace) -> None:
    """Two catalogues give one address to dataset 1; dataset 2 of each has another address, the same title and unit."""
    elsewhere = catalogue([2]).replace("ex:d2", "<https://elsewhere.example/d2>")
    server.pages |= {"/one": catalogue([1, 2]), "/two": catalogue([1]) + elsewhere.replace(PREFIXES, "")}
    half, whole = _believed(server, "src"), _believed(server, "src", "other")
    harvest(workspace, half)
    harvest(workspace, half, "other")
    assert (len(_pairs(workspace, TWIN)), len(_told(workspace))) == (0, 2), "one source's word binds no other"
    for _ in range(2):
        harvest(workspace, whole, "other")
        assert (len(_pairs(workspace, TWIN)), len(_told(workspace))) == (2, 1), "a title is nobody's word"
    assert {"".join(pair).count("d1-") for pair in _pairs(workspace, TWIN)} == {2}
    twice = 'ex:copy a dcat:Dataset ; dct:title "Copy" ; dct:identifier "https://source.example/d1" .'
    server.pages["/three"] = catalogue([1]) + twice
    whole = replace(whole, sources={**whole.sources, "stranger": SourceSettings(address=server.url("/three"))})
    assert harvest(workspace, whole, "stranger").run.is_good
    assert len(_pairs(workspace, TWIN)) == 2, "a stranger's word changes nothing"
    harvest(workspace, half, "other")
    assert _pairs(workspace, TWIN) == set()


def _believed(server: SourceServer, *names: str) -> Settings:
    chosen = _two(server)
    return replace(chosen, sources={name: replace(one, believed=name in names) for name, one in chosen.sources.items()})


def test_a_record_of_a_list_has_its_twin_told(server: SourceServer, tmp_path: Path) -> None:
    """The national list has the dataset; a county's catalogue gives it the address it has here."""
    releases = publish_rows(tmp_path, example_rows())
    workspace = releases.workspace
    with Index(workspace.releases / (workspace.current() or "") / "catalog.sqlite", read_only=True) as index:
        iri = next(iri for iri, *_ in index.named("dataset"))
    base = iri.partition("/id/")[0]
    server.pages["/one"] = PREFIXES + f'<{iri}> a dcat:Dataset ; dct:title "另一個名稱" .'
    chosen = settings(server, src=SourceSettings(address=server.url("/one")))
    chosen = replace(chosen, catalog=replace(chosen.catalog, base=base))
    assert harvest(workspace, chosen).run.is_good
    assert [(issue.fault.other, issue.fault.severity) for issue in _told(workspace)] == [(iri, "Info")]


@pytest.mark.parametrize("text", ["a,b", "https://a.example/1,https://a.example/1", "https://a.example/1",
                                  "https://a.example/1,https://a.example/2,perhaps", "x\nhttps://a.example/1,-"])
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "same.csv"
    path.write_text("one,other\n" + text, encoding="utf-8")
    with pytest.raises(SettingsError, match="row"):
        Judgements.load(path)
