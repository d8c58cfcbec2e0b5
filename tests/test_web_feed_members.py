"""Members of the DCAT-AP Feed conform: activities to what the profile asks, records to the published shapes of DCAT-AP."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from builders import site
from builders.national_list import example_rows
from builders.published_shapes import RELEASE, Comparison, iri
from flask.testing import FlaskClient

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.publishing import purge
from odlinked.web.app import create

ACTIVITY = Path(__file__).parent / "cases" / "feeds" / "activity.ttl"
AS, TREE = rdflib.Namespace("https://www.w3.org/ns/activitystreams#"), rdflib.Namespace("https://w3id.org/tree#")
ODL = rdflib.Namespace("https://w3id.org/odlinked/ns#")


def read(client: FlaskClient) -> tuple[rdflib.Graph, set[str]]:
    """Return what all pages of the feed state of their activities, and the triples in the graphs of these."""
    waiting, seen = ["/feeds/dcat-ap.trig"], set[str]()
    told, payload = rdflib.Graph(bind_namespaces="none"), set[str]()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            for quad in ox.parse(client.get(path).data, format=ox.RdfFormat.TRIG):
                if isinstance(quad.graph_name, ox.NamedNode):
                    payload.add(f"{quad.triple} .\n")
                elif quad.predicate.value == str(TREE.node):
                    waiting.append(urlsplit(quad.object.value).path)
                else:
                    told.parse(data=f"{quad.triple} .", format="nt")
    return told, payload


def faults(told: rdflib.Graph) -> list[str]:
    """Return what the shapes of an activity tell."""
    conforms, _, text = pyshacl.validate(told, shacl_graph=rdflib.Graph().parse(ACTIVITY))
    return [] if conforms else [text]


def test_every_activity_conforms_with_changes_withdrawals_and_what_was_erased(tmp_path: Path) -> None:
    rows = example_rows()
    heads = list(rows[0])
    site.publish(tmp_path, rows)
    site.publish(tmp_path, [{**rows[0], heads[1]: "改了名稱"}, *rows[1:-1]], "2.csv")
    workspace, record = Workspace(tmp_path / "var"), f"{site.BASE}/id/dataset/{rows[1][heads[0]]}"
    purge.purge(workspace, Assets(), record, "2026-12-01T00:00:00+08:00")
    told, _ = read(create(Releases(workspace, Assets()), site.SETTINGS).test_client())
    kinds = {kind for kind in (AS.Create, AS.Update, AS.Delete) if (None, rdflib.RDF.type, kind) in told}
    assert kinds == {AS.Create, AS.Update, AS.Delete}
    assert faults(told) == []
    reasons = " ".join(map(str, told.objects(rdflib.URIRef(record), ODL.withdrawalReason)))
    assert "清除" in reasons, "the reason is told of the record"


@pytest.mark.parametrize("line", ['<urn:a> <{AS}summary> "why" .', "<urn:a> <{AS}object> <urn:c> .",
                                  '<urn:a> <{AS}published> "2026-01-01" .', "<urn:d> <{TREE}member> <urn:e> ."])
def test_the_shapes_of_an_activity_can_fail(line: str) -> None:
    sound = (f"<urn:s> <{TREE}member> <urn:a> . <urn:a> a <{AS}Delete> ; <{AS}object> <urn:b> ;"
             f' <{AS}published> "2026-01-01T00:00:00Z"^^<{rdflib.XSD.dateTime}> .\n')
    assert faults(rdflib.Graph().parse(data=sound, format="turtle")) == []
    assert faults(rdflib.Graph().parse(data=sound + line.format(AS=AS, TREE=TREE), format="turtle")) != []


@pytest.mark.shared
@pytest.mark.skipif(not RELEASE.is_dir(), reason="the published shapes are not beside the checkout")
def test_what_members_say_conforms_to_the_published_shapes(client: FlaskClient) -> None:
    """No fault that is not in the rows or a deviation with its reason; no value is of another class than is asked for."""
    compared = Comparison("".join(sorted(read(client)[1])).encode())
    assert compared.unexplained() == []
    asked = {one for one in compared.only["published"] if one.kind == "class"}
    assert asked
    assert {name for one in asked for name in compared.explained("published", one)} <= {"undescribed", "code-is-concept"}
    of_rows = {("missing", iri("dcterms:description")), ("missing", iri("dcat:accessURL")), ("vocabulary", iri("dcat:theme"))}
    found = {(one.kind, rdflib.URIRef(one.path)) for one in compared.ours if one.kind not in ("recommended", "described")}
    assert found <= of_rows, "but for what the rows of the example lack"
