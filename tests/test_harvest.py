"""Harvesting a catalogue in RDF: records become documents like any others, and what is unchanged makes no release."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from builders import site, source_server
from builders.national_list import example_rows
from builders.source_server import PREFIXES, SourceServer, catalogue, dataset, harvest, harvester, settings, texts

from odlinked import graphs
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.harvest import How
from odlinked.cli.harvest import harvest as harvest_by_verb
from odlinked.errors import SettingsError
from odlinked.graphs.containment import SourceGraph
from odlinked.graphs.page_view import PageView
from odlinked.graphs.records import SourceRecord, lines
from odlinked.graphs.separation import Separation
from odlinked.harvesting.state import SourceFolder
from odlinked.publishing.publish import Publisher
from odlinked.quality.shapes import Profile
from odlinked.settings import ReadSettings, SourceSettings
from odlinked.web.app import create


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server.serving() as made:
        yield made


def _source(server: SourceServer, path: str = "/catalog.ttl", **more: object) -> SourceSettings:
    return SourceSettings(address=server.url(path), **more)  # type: ignore[arg-type]


def test_records_become_documents_under_the_catalogues_base(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = catalogue([1, 2])
    found = harvest(workspace, settings(server, src=_source(server)))
    assert found.run.result == "published"
    assert found.done is not None
    assert (found.done.added, found.run.counts["records"]) == (2, 2)
    made = texts(workspace, "src")
    assert len(made) == 2
    for iri, text in made.items():
        assert iri.startswith("https://data.example.tw/id/dataset/src.d")
        assert "_:" not in text
        assert {line.split("#")[0].split(">")[0] for line in text.splitlines()} == {f"<{iri}"}
        assert "<http://www.w3.org/2002/07/owl#sameAs> <https://source.example/d" in text
        assert "publisher> <https://data.example.tw/id/organization/src.agency-" in text
        assert "#distribution-" in text


def test_what_is_unchanged_makes_no_release_and_costs_one_request(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = catalogue([1, 2])
    chosen = settings(server, src=_source(server))
    first = harvest(workspace, chosen)
    before = texts(workspace, "src")
    again = harvest(workspace, chosen)
    assert (again.run.result, again.run.release) == ("unchanged", first.run.release)
    assert (again.run.counts["requests"], again.run.counts["not_modified"], again.run.counts["bytes"]) == (1, 1, 0)
    assert server.requests[-1][1]["if-none-match"]
    assert texts(workspace, "src") == before


def test_a_server_without_validators_is_compared_by_content(server: SourceServer, workspace: Workspace) -> None:
    server.validators = False
    server.pages["/catalog.ttl"] = catalogue([1, 2])
    chosen = settings(server, src=_source(server))
    harvest(workspace, chosen)
    assert harvest(workspace, chosen).run.result == "unchanged"
    server.pages["/catalog.ttl"] = catalogue([2, 1]) + "\n# written in another order\n"
    assert harvest(workspace, chosen).run.result == "unchanged", "the same statements are the same records"


def test_a_change_and_a_withdrawal_are_seen(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = catalogue(range(1, 11))
    chosen = settings(server, src=_source(server))
    harvest(workspace, chosen)
    server.pages["/catalog.ttl"] = catalogue(range(1, 10), 'ex:d1 dct:title "Renamed"@fr .\n')
    found = harvest(workspace, chosen)
    assert found.done is not None
    assert (found.done.added, found.done.changed, found.done.gone) == (0, 1, 1)
    assert len(texts(workspace, "src")) == 9


def test_pages_are_followed_and_only_the_changed_one_is_fetched_and_read(server: SourceServer, workspace: Workspace) -> None:
    in_a_text = '<> hydra:nextPage "catalog.ttl?page=2" .\n'  # as CKAN's own feed has it
    server.pages |= {"/catalog.ttl": catalogue([1, 2], in_a_text), "/catalog.ttl?page=3": catalogue([4]),
                     "/catalog.ttl?page=2": catalogue([3], following="catalog.ttl?page=3")}
    chosen = settings(server, src=_source(server))
    found = harvest(workspace, chosen)
    assert (found.run.counts["pages"], found.run.counts["records"]) == (3, 4)
    whole = texts(workspace, "src")
    assert harvest(workspace, chosen).run.counts["not_modified"] == 3
    server.pages["/catalog.ttl?page=3"] = catalogue([4, 5])
    folder = SourceFolder(workspace, "src")
    for page in folder.state().pages:
        folder.page(page.sha256).write_bytes(b"A page that is not read need not be one.")
    found = harvest(workspace, chosen)
    assert (found.run.counts["not_modified"], found.run.counts["records"]) == (2, 5)
    assert whole.items() <= texts(workspace, "src").items()


FORMATS = {"text/turtle": ox.RdfFormat.TURTLE, "application/rdf+xml": ox.RdfFormat.RDF_XML,
           "application/n-triples": ox.RdfFormat.N_TRIPLES, "application/ld+json": ox.RdfFormat.JSON_LD,
           "application/trig": ox.RdfFormat.TRIG}


def test_every_syntax_gives_the_same_documents(server: SourceServer, workspace: Workspace) -> None:
    statements = list(ox.parse(catalogue([1, 2, 3]).encode(), ox.RdfFormat.TURTLE, base_iri="https://source.example/"))
    made = []
    for kind, form in FORMATS.items():
        chosen = statements if form is ox.RdfFormat.TRIG else [one.triple for one in statements]
        body = ox.serialize(chosen, format=form) or b""
        server.pages["/catalog.ttl"] = (200, {"Content-Type": kind}, body)
        found = harvest(workspace, settings(server, src=_source(server)))
        assert found.run.is_good, found.run.why
        made.append(texts(workspace, "src"))
        assert found.run.release == "000001", "the same documents make no other release"
    assert all(one == made[0] for one in made)


def test_a_language_that_is_empty_in_rdf_xml_is_none(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = (200, {"Content-Type": "application/rdf+xml"}, b"""<rdf:RDF
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
      xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset rdf:about="https://source.example/a">
      <dct:title xml:lang="">Air</dct:title></dcat:Dataset></rdf:RDF>""")
    assert harvest(workspace, settings(server, src=_source(server))).run.is_good
    (text,) = texts(workspace, "src").values()
    assert '"Air" .' in text


def test_blank_nodes_are_named_by_what_is_stated_of_them(server: SourceServer, workspace: Workspace) -> None:
    """A dataset without an address is known by its identifier; without either by its content, which is reported."""
    body = PREFIXES + ('[] a dcat:Dataset ; dct:identifier "air-1" ; dct:title "Air" ;'
                       ' dcat:contactPoint [ a vcard:Organization ; vcard:fn "Data Office" ] .'
                       '[] a dcat:Dataset ; dct:title "Water" .')
    server.pages["/catalog.ttl"] = body
    chosen = settings(server, src=_source(server))
    harvest(workspace, chosen)
    before = texts(workspace, "src")
    assert sum("/src.air-1-" in iri for iri in before) == 1
    server.pages["/catalog.ttl"] = body.replace('"Air"', '"Air quality"')
    harvest(workspace, chosen)
    assert texts(workspace, "src").keys() == before.keys()
    release = Releases(workspace).current()
    assert release is not None
    told = {found.rule: found for iri in before for found in release.findings(iri)}
    assert told["P87-record-named"].messages.keys() == {"zh-Hant", "en"}


def test_persons_and_keys_of_a_source_are_left_out(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = PREFIXES + """
ex:d a dcat:Dataset ; dct:title "Air" ; dct:description "請洽 wang.xiaoming@gmail.com 或 0912-345-678" ;
  dct:creator [ a foaf:Person ; foaf:name "Jane Roe" ] ; dct:publisher ex:jane ;
  dcat:contactPoint [ a vcard:Kind ; vcard:fn "Jane Roe" ; vcard:hasEmail <mailto:jane.roe@source.example> ;
                      vcard:hasTelephone <tel:+47-91234567> ],
                    [ a vcard:Individual ; vcard:fn "Ola" ],
                    [ a vcard:Organization ; vcard:fn "Data Office" ; vcard:hasEmail <mailto:service@source.example> ;
                      vcard:hasTelephone <tel:02-23117722> ] ;
  dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://source.example/f?api_key=0123456789abcdef01234567> ] .
ex:jane a foaf:Person ; foaf:name "Jane Roe" .
"""
    assert harvest(workspace, settings(server, src=_source(server))).run.is_good
    stored = "\n".join(texts(workspace, "src").values())
    for private in ("wang.xiaoming", "0912", "Jane", "Ola", "91234567", "0123456789abcdef", "jane.roe"):
        assert private not in stored
    for kept in ("Data Office", "mailto:service@source.example", "tel:+886-2-23117722", "https://source.example/f"):
        assert kept in stored


def test_a_source_claims_nothing_in_our_vocabulary(server: SourceServer, workspace: Workspace) -> None:
    claim = ('ex:d1 <https://w3id.org/odlinked/ns#qualityBadge> <https://w3id.org/odlinked/code/quality-badge/platinum> ;'
             ' <https://w3id.org/odlinked/control#withdraws> <urn:odlinked:row:1> .')
    server.pages["/catalog.ttl"] = catalogue([1], claim)
    found = harvest(workspace, settings(server, src=_source(server)))
    assert found.run.counts["claims"] == 2
    assert "w3id.org/odlinked" not in "".join(texts(workspace, "src").values())


def test_a_rebuild_keeps_harvested_records(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = catalogue([1, 2])
    chosen = settings(server, src=_source(server))
    harvest(workspace, chosen)
    before = texts(workspace, "src")
    Publisher(workspace, chosen).rebuild()
    assert texts(workspace, "src") == before
    assert harvest(workspace, chosen).run.result == "unchanged"


def test_two_sources_with_one_dataset_have_a_record_each(server: SourceServer, workspace: Workspace) -> None:
    server.pages |= {"/catalog.ttl": catalogue([1]), "/other.ttl": catalogue([1])}
    chosen = settings(server, src=_source(server), other=_source(server, "/other.ttl"))
    harvest(workspace, chosen)
    harvest(workspace, chosen, "other")
    assert len(texts(workspace, "src")) == len(texts(workspace, "other")) == 1


def test_a_dry_run_writes_no_release_and_no_log(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = catalogue([1, 2])
    found = harvest(workspace, settings(server, src=_source(server)), dry_run=True)
    assert found.rehearsed is not None
    assert (found.rehearsed.done.added, workspace.current()) == (2, None)
    assert SourceFolder(workspace, "src").runs() == []


def test_a_source_without_an_address_is_refused(server: SourceServer, workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="known: src"):
        harvest(workspace, settings(server, src=_source(server)), "other")


def test_runs_are_logged(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/catalog.ttl"] = catalogue([1, 2])
    chosen = settings(server, src=_source(server))
    harvest(workspace, chosen)
    server.pages["/catalog.ttl"] = dataset(1)
    harvest(workspace, chosen)
    first, second = SourceFolder(workspace, "src").runs()
    assert (first.result, first.counts["added"]) == ("published", 2)
    assert (second.result, second.release) == ("failed", "")
    assert second.why
    lines = (SourceFolder(workspace, "src").path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["source"] for line in lines] == ["src", "src"]


def test_of_all_that_are_due_one_that_fails_stops_no_other_and_is_due_again(server: SourceServer, workspace: Workspace) -> None:
    server.pages["/good.ttl"] = catalogue([1])
    chosen = settings(server, bad=_source(server, "/bad.ttl"), good=_source(server, "/good.ttl"))
    assert harvest_by_verb(None, True, How(), chosen, workspace.root) == 2
    assert len(texts(workspace, "good")) == 1
    assert harvester(workspace, chosen).due() == ["bad"]


CASES = Path(__file__).parent / "cases" / "rules" / "harvested"


def test_every_rule_on_harvested_records_has_a_passing_and_a_failing_case() -> None:
    rules = set(Profile.load(Assets(), "harvested").by_name)
    for outcome in ("pass", "fail"):
        assert {path.name.split(".")[0] for path in CASES.glob(f"*.{outcome}.*")} == rules


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_a_rule_on_harvested_records_is_told_of_its_case(case: Path) -> None:
    """A rule that keeps a record out is counted, one on a record that is taken is told of it."""
    rule, outcome, _ = case.name.split(".")
    graph = SourceGraph()
    graph.add(graphs.read(case, ReadSettings()).ntriples.splitlines())
    separation = Separation(PageView(graph), "src", Assets())
    records = list(separation.records())
    told = {found for record in records for found, *_ in record.found} | set(separation.beside.refused)
    assert told == ({rule} if outcome == "fail" else set())
    assert len(records) == (0 if separation.beside.refused else 1)


def test_another_odlinked_is_harvested_with_the_hashes_it_has_there(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    releases = site.publish(tmp_path / "there", example_rows())
    served = releases.current()
    assert served is not None
    app = create(releases, site.SETTINGS)
    with source_server.running(app) as host:
        chosen = settings(host, src=SourceSettings(address=f"http://{host}/catalog?size=5", kind="odlinked"))
        found = harvest(workspace, chosen)
        assert found.run.is_good, found.run.why
        assert found.run.counts["pages"] > 1
        assert harvest(workspace, chosen).run.result == "unchanged"
    app.extensions["odlinked.sparql"].close()
    folder = SourceFolder(workspace, "src")
    given = {one.origin: one.given for line in lines(folder.records, "src") for one in (SourceRecord.of_line(line),)}
    there = {record.iri: record.hash for kind in ("dataset", "service", "series") for record in served.roster(kind)
             if record.state == "live"}
    assert given == there
    assert "fieldName" in "".join(texts(workspace, "src").values())
    assert "qualityBadge" not in "".join(texts(workspace, "src").values())


def test_an_endpoint_is_a_source_by_its_query(server: SourceServer, workspace: Workspace) -> None:
    """The SPARQL protocol answers a CONSTRUCT query in the address with a graph."""
    store = ox.Store()
    store.load(catalogue([1, 2]).encode(), ox.RdfFormat.TURTLE, base_iri="https://source.example/")
    query = "CONSTRUCT WHERE { ?s ?p ?o }"

    def answer() -> source_server.Answer:
        found = store.query(query)
        return 200, {"Content-Type": "text/turtle"}, found.serialize(format=ox.RdfFormat.TURTLE)  # type: ignore[union-attr,return-value]

    server.pages[f"/sparql?query={quote(query)}"] = answer
    found = harvest(workspace, settings(server, src=_source(server, f"/sparql?query={quote(query)}")))
    assert found.run.counts["records"] == 2
