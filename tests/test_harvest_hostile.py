"""A source that behaves as badly as it can: each fault is contained and told, and what was published stays as it was."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import source_server
from builders.source_server import PREFIXES, TURTLE, Answer, SourceServer, catalogue, harvest, harvester, settings, texts

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.harvesting.state import SourceFolder
from odlinked.messages import load
from odlinked.settings import SourceSettings

HOME = "/catalog.ttl"


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


def _page(kind: str, body: str | bytes, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, {"Content-Type": kind, **given}, body.encode() if isinstance(body, str) else body


BOMB = """<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY a "aaaaaaaaaa">ENTITIES]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/">
<rdf:Description rdf:about="https://source.example/d"><dct:title>&h;</dct:title></rdf:Description></rdf:RDF>"""
BOMB = BOMB.replace("ENTITIES", "".join(
    f'<!ENTITY {name} "{f"&{before};" * 50}">' for before, name in zip("abcdefg", "bcdefgh", strict=True)))
FILE = """<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/">
<rdf:Description rdf:about="https://source.example/d"><dct:title>&x;</dct:title></rdf:Description></rdf:RDF>"""

ANSWERS: dict[str, tuple[Answer, str]] = {
    "not found": ((404, {}, b"gone"), "HTTP 404"),
    "forbidden": ((403, {}, b"no"), "HTTP 403"),
    "broken server": ((500, {}, b"oops"), "HTTP 500"),
    "a 304 that was not asked for": ((304, {}, b""), "HTTP 304"),
    "nothing at all": (_page(TURTLE, ""), "no record"),
    "a login page": (_page("text/html", "<!DOCTYPE html><html><form><input type=password></form></html>"), "not RDF"),
    "a login page called Turtle": (_page(TURTLE, "<!DOCTYPE html><html><form></form></html>"), "cannot be read"),
    "an empty catalogue": (_page(TURTLE, PREFIXES + "ex:catalog a dcat:Catalog ."), "no record"),
    "half a file": (_page(TURTLE, catalogue([1, 2])[:-60]), "cannot be read"),
    "a body that is shorter than announced": (_page(TURTLE, catalogue([1]), Content_Length="99999"), ""),
    "binary": (_page("application/octet-stream", bytes(range(256)) * 50), "not RDF"),
    "zeros": (_page(TURTLE, bytes(1_000_000)), ""),
    "an entity bomb": (_page("application/rdf+xml", BOMB), "cannot be read"),
    "a local file": (_page("application/rdf+xml", FILE), "cannot be read"),
    "a remote context": (_page("application/ld+json", '{"@context": "http://169.254.169.254/x", "@id": "https://s.example/d"}'),
                         "nothing is fetched"),
    "an imported context": (_page("application/ld+json", '{"@context": {"@import": "http://127.0.0.1:9/x"}, "@id": "x:d"}'),
                            "nothing is fetched"),
    "deep JSON": (_page("application/ld+json", '{"a":' * 100_000 + "1" + "}" * 100_000), "cannot be read"),
    "deep Turtle": (_page(TURTLE, PREFIXES + "ex:d dct:x " + "[ dct:x " * 50_000 + "1" + "]" * 50_000 + " ."), ""),
    "a bomb of zeros": (_page(TURTLE, gzip.compress(bytes(100_000_000)), Content_Encoding="gzip"), ""),
    "a redirect to a private network": ((302, {"Location": "http://10.0.0.1/catalog.ttl"}, b""), "no page"),
    "a redirect to the machine itself": ((302, {"Location": "http://127.0.0.1:1/catalog.ttl"}, b""), "no page"),
    "a redirect to a file": ((302, {"Location": "file:///etc/passwd"}, b""), "no page"),
    "a redirect in a circle": ((302, {"Location": HOME}, b""), "no page"),
    "a next page elsewhere": (_page(TURTLE, catalogue([1], following="http://169.254.169.254/latest/meta-data")), "another host"),
    "a next page at another port": (_page(TURTLE, catalogue([1], following="http://127.0.0.1:22/")), "another host"),
    "a next page that is a file": (_page(TURTLE, catalogue([1], following="file:///etc/passwd")), "no http"),
    "a next page that is itself": (_page(TURTLE, catalogue([1], following=HOME)), "circle"),
    "two next pages": (_page(TURTLE, catalogue([1], "<> hydra:next </a>, </b> .\n")), "circle"),
    "a next page that is missing": (_page(TURTLE, catalogue([1], following="/missing")), "HTTP 404"),
    "most records gone": (_page(TURTLE, catalogue(range(1, 5))), "take down 6 of 10"),
    "only records that are not described": (_page(TURTLE, PREFIXES + "ex:d1 a dcat:Dataset ."), "no record"),
}


@pytest.fixture(scope="module")
def source() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        made.validators = False
        yield made


@pytest.fixture(scope="module")
def good(source: SourceServer, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace into which the source was harvested when it was well."""
    workspace = Workspace(tmp_path_factory.mktemp("good") / "var")
    source.pages[HOME] = catalogue(range(1, 11))
    assert harvest(workspace, settings(source, src=SourceSettings(address=source.url(HOME)))).run.result == "published"
    return workspace


@pytest.mark.parametrize("fault", ANSWERS)
def test_a_failing_source_keeps_its_last_good_state_and_says_why(source: SourceServer, good: Workspace, fault: str) -> None:
    chosen = settings(source, src=SourceSettings(address=source.url(HOME)))
    before, release = texts(good, "src"), good.current()
    answer, told = ANSWERS[fault]
    source.requests.clear()
    source.pages[HOME] = answer
    found = harvest(good, chosen)
    assert found.run.result == "failed"
    assert told in found.run.why
    assert "root:" not in found.run.why
    assert found.problem is not None
    chinese = load("zh-Hant").line(found.problem)
    assert re.search(r"[\u4e00-\u9fff]{3}", chinese), "it is told in Chinese, too"
    assert (texts(good, "src"), good.current()) == (before, release)
    assert SourceFolder(good, "src").runs()[-1] == found.run
    assert [path for path, _ in source.requests if path not in (HOME, "/missing")] == []
    source.pages[HOME] = catalogue(range(1, 11))
    assert harvest(good, chosen).run.result == "unchanged", "the source is well again"


def test_a_source_that_loses_datasets_and_keeps_the_rest_has_shrunk(server: SourceServer, workspace: Workspace) -> None:
    """Its services are many: of all records few are gone, of its datasets three in ten."""
    services = "".join(f'ex:s{n} a dcat:DataService ; dct:title "Service {n}"@en ; dct:publisher ex:agency ;'
                       f" dcat:endpointURL <https://source.example/api/{n}> .\n" for n in range(30))
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    server.pages[HOME] = catalogue(range(1, 11), services)
    assert harvest(workspace, chosen).run.result == "published"
    server.pages[HOME] = catalogue(range(1, 8), services)
    found = harvest(workspace, chosen)
    assert (found.run.result, "take down 3 of 10 datasets" in found.run.why) == ("failed", True)
    assert found.problem is not None
    assert "10 筆資料集中的 3 筆" in load("zh-Hant").line(found.problem)


COUNTED = "<> a hydra:Collection ; hydra:totalItems {} .\n"


def test_a_source_that_says_it_has_more_than_it_gives_has_failed(server: SourceServer, workspace: Workspace) -> None:
    """Its first page names no next one: of a source that was never harvested nothing else tells that most of it is missing."""
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    server.pages[HOME] = catalogue(range(1, 11), COUNTED.format(100))
    found = harvest(workspace, chosen)
    assert (found.run.result, workspace.current()) == ("failed", None)
    assert "100 records and gives 10" in found.run.why
    assert harvest(workspace, chosen, allow_removals=True).run.counts["short"] == 90
    server.pages[HOME] = catalogue(range(1, 11), COUNTED.format(11))
    found = harvest(workspace, chosen)
    assert (found.run.is_good, found.run.counts["short"]) == (True, 1), "what is missing below its share is told"
    server.pages[HOME] = catalogue(range(1, 11), COUNTED.format('"many", 10, -5, "9999999999999999999999"'))
    assert harvest(workspace, chosen).run.counts["short"] == 0
    fragment = "<> <http://rdfs.org/ns/void#triples> 5000 .\n"
    server.pages[HOME] = catalogue(range(1, 11), COUNTED.format(5000) + fragment)
    assert harvest(workspace, chosen).run.counts["short"] == 0, "it counts its triples"


def test_pages_without_end_are_left(server: SourceServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odlinked.harvesting.walking.MOST_PAGES", 5)

    def endless(number: int) -> Answer:
        server.pages[f"/p{number + 1}"] = lambda: endless(number + 1)
        return _page(TURTLE, catalogue([number], following=f"/p{number + 1}"))

    server.pages[HOME] = lambda: endless(1)
    found = harvest(workspace, settings(server, src=SourceSettings(address=server.url(HOME))))
    assert found.run.result == "failed"
    assert "no end" in found.run.why
    assert len(server.requests) <= 7


def test_a_page_that_is_given_at_every_address_is_a_circle(server: SourceServer, workspace: Workspace) -> None:
    """Each address leads on to others, and all answer the same."""
    page = _page(TURTLE, catalogue([1], following="/p2"))
    server.pages |= {HOME: page, "/p2": page}
    found = harvest(workspace, settings(server, src=SourceSettings(address=server.url(HOME))))
    assert (found.run.result, "circle" in found.run.why, len(server.requests)) == ("failed", True, 2)


MOVES = {
    "an address in another case": (("ex:d1 ", "ex:D1 "), (1, 0, 1)),
    "another publisher": (('ex:agency ; dct:identifier "d1"', 'ex:other ; dct:identifier "d1"'), (0, 1, 0)),
}


def test_a_server_that_takes_everything_for_unchanged_is_believed_for_a_month(server: SourceServer, workspace: Workspace) -> None:
    """Then its pages are asked for without conditions, and what changed meanwhile comes in."""
    content = [catalogue(range(1, 4))]

    def stubborn() -> Answer:
        conditional = "if-none-match" in server.requests[-1][1]
        return (304, {}, b"") if conditional else (200, {"Content-Type": TURTLE}, content[0].encode())

    server.pages[HOME] = stubborn
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    days = {day: Clock.of("+08:00", datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)) for day in (0, 1, 29, 31, 32)}
    assert harvester(workspace, chosen, days[0]).harvest("src").run.result == "published"
    content[0] = catalogue(range(1, 5))
    told = {day: harvester(workspace, chosen, days[day]).harvest("src").run for day in (1, 29, 31, 32)}
    assert {day: run.result for day, run in told.items()} == {1: "unchanged", 29: "unchanged", 31: "published", 32: "unchanged"}
    assert told[31].counts["added"] == 1
    assert [told[day].counts["not_modified"] for day in told] == [1, 1, 0, 1]


@pytest.mark.parametrize("move", MOVES)
def test_what_moves_at_a_source_is_counted_as_it_is(server: SourceServer, workspace: Workspace, move: str) -> None:
    (old, new), counts = MOVES[move]
    server.pages[HOME] = catalogue(range(1, 11))
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    harvest(workspace, chosen)
    other = 'ex:other a foaf:Agent ; foaf:name "水利局"@zh-Hant .\n'
    server.pages[HOME] = catalogue(range(1, 11), other).replace(old, new)
    found = harvest(workspace, chosen)
    assert found.done is not None
    assert (found.done.added, found.done.changed, found.done.gone) == counts
    assert harvest(workspace, chosen).run.result == "unchanged"


def test_what_is_gone_and_comes_back_is_as_it_was(server: SourceServer, workspace: Workspace) -> None:
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    server.pages[HOME] = catalogue(range(1, 11))
    harvest(workspace, chosen)
    before = texts(workspace, "src")
    server.pages[HOME] = catalogue(range(1, 10))
    harvest(workspace, chosen)
    assert len(texts(workspace, "src")) == 9
    server.pages[HOME] = catalogue(range(1, 11))
    assert harvest(workspace, chosen).run.result == "published"
    assert texts(workspace, "src") == before


def test_a_slow_page_is_given_up(server: SourceServer, workspace: Workspace) -> None:
    def slow() -> Answer:
        time.sleep(8)
        return _page(TURTLE, catalogue([1]))

    server.pages[HOME] = slow
    found = harvest(workspace, settings(server, src=SourceSettings(address=server.url(HOME))))
    assert found.run.result == "failed"


def test_loopback_is_refused_unless_a_setting_names_it(server: SourceServer, workspace: Workspace) -> None:
    server.pages[HOME] = catalogue([1])
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    found = harvest(workspace, replace(chosen, check=replace(chosen.check, test_hosts=())))
    assert found.run.result == "failed"
    assert server.requests == []


BAD_RECORDS = {
    "a circle of blank nodes": 'ex:bad a dcat:Dataset ; dct:title "x" ; dct:relation _:a . _:a dct:relation _:b .'
                               ' _:b dct:relation _:a .',
    "nothing described": "ex:bad a dcat:Dataset .",
    "a chain of blank nodes": 'ex:bad a dcat:Dataset ; dct:title "x" ; dct:relation ' + "[ dct:relation " * 150 + '"end"'
                              + " ]" * 150 + " .",
}


@pytest.mark.parametrize("bad", BAD_RECORDS)
def test_one_bad_record_does_not_stop_the_rest(server: SourceServer, workspace: Workspace, bad: str) -> None:
    server.pages[HOME] = catalogue([1, 2], BAD_RECORDS[bad])
    found = harvest(workspace, settings(server, src=SourceSettings(address=server.url(HOME))))
    assert found.run.result == "published", found.run.why
    assert sum(found.run.refused.values()) == 1
    assert len(texts(workspace, "src")) == 2


WILD_RECORDS = {
    "an invalid date": 'ex:bad a dcat:Dataset ; dct:title "x" ;'
                       ' dct:issued "yesterday"^^<http://www.w3.org/2001/XMLSchema#date> .',
    "a huge text": f'ex:bad a dcat:Dataset ; dct:title "x" ; dct:description "{"長" * 500_000}" .',
    "an address with blanks": 'ex:bad a dcat:Dataset ; dct:title "x" ; dcat:landingPage <https://source.example/a b"c> .',
    "markup": 'ex:bad a dcat:Dataset ; dct:title "<script>alert(1)</script>" .',
    "a record of ours": '<https://data.example.tw/id/dataset/6564> a dcat:Dataset ; dct:title "x" .',
    "itself as publisher": 'ex:bad a dcat:Dataset ; dct:title "x" ; dct:publisher ex:bad .',
    "a literal as publisher": 'ex:bad a dcat:Dataset ; dct:title "x" ; dct:publisher "Office" .',
    "a publisher that is a dataset": 'ex:bad a dcat:Dataset ; dct:title "x" ; dct:publisher ex:d1 .',
    "a distribution of two": 'ex:bad a dcat:Dataset ; dct:title "x" ; dcat:distribution ex:f . ex:d1 dcat:distribution ex:f .'
                             ' ex:f a dcat:Distribution .',
    "a dataset that is a distribution": 'ex:bad a dcat:Dataset, dcat:Distribution ; dct:title "x" .'
                                        ' ex:d1 dcat:distribution ex:bad .',
}


@pytest.mark.parametrize("wild", WILD_RECORDS)
def test_a_wild_record_is_taken_and_told(source: SourceServer, good: Workspace, wild: str) -> None:
    """Each by a source of its own, whose datasets no other has, in a workspace that has a release."""
    name = f"wild{list(WILD_RECORDS).index(wild)}"
    path = f"/{name}.ttl"
    source.pages[path] = catalogue([1, 2], WILD_RECORDS[wild]).replace("https://source.example/", f"https://{name}.example/")
    chosen = settings(source, **{name: SourceSettings(address=source.url(path))})
    found = harvest(good, chosen, name)
    assert found.run.result == "published", found.run.why
    assert len(texts(good, name)) == 3
    assert all(iri.startswith(f"https://data.example.tw/id/dataset/{name}.") for iri in texts(good, name))
    assert harvest(good, chosen, name).run.result == "unchanged"


RUN = """
import sys
from pathlib import Path
from builders import source_server
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.settings_file import load
sys.exit(source_server.harvest(Workspace(Path(sys.argv[1])), load(Path(sys.argv[2]))).run.result == "failed")
"""


def _killed(server: SourceServer, workspace: Workspace, tmp_path: Path, wait: float) -> None:
    """Harvest in a process group of its own and kill it after a while."""
    path = tmp_path / "odlinked.toml"
    path.write_text(f'[catalog]\nbase = "https://data.example.tw"\n[measure]\nat_publish = false\n[check]\n'
                    f'test_hosts = ["{server.host}"]\ndelay_seconds = 0.0\n[sources.src]\naddress = "{server.url(HOME)}"\n',
                    encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-c", RUN, str(workspace.root), str(path)], start_new_session=True,
                               cwd=Path(__file__).parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_a_harvest_that_is_killed_leaves_what_was_served(server: SourceServer, workspace: Workspace, tmp_path: Path) -> None:
    chosen = settings(server, src=SourceSettings(address=server.url(HOME)))
    server.pages[HOME] = catalogue(range(1, 31))
    harvest(workspace, chosen)
    for turn in range(10):
        before = texts(workspace, "src")
        server.pages[HOME] = catalogue(range(1, 31), f'ex:d1 dct:title "Turn {turn}"@fr .\n')
        _killed(server, workspace, tmp_path, 0.1 + turn / 2)
        after = texts(workspace, "src")
        different = {iri for iri in before.keys() | after.keys() if before.get(iri) != after.get(iri)}
        assert len(different) <= 1, "the old state or the new one"
    found = harvest(workspace, chosen)
    assert found.run.is_good
    assert any("Turn 9" in text for text in texts(workspace, "src").values())
    assert harvest(workspace, chosen).run.result == "unchanged"


