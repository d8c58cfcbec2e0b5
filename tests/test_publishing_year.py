"""A year in the life of a catalogue: after each step the catalogue, the tombstones, the search and SPARQL tell the same truth."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.agency_tables import OPEN, WITHHELD, opened, publish, withheld, write
from builders.catalogs import LEAK, answers, facts, iri, on_disk, served

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.errors import WorkspaceError
from odlinked.publishing import purge, retention
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings

CHANGES = ("old_name", "new_name", "old_oid", "new_oid", "change_date", "ref")
RENAME = {
    "old_name": "環境部",
    "new_name": "氣候及環境部",
    "old_oid": "2.16.886.101.20003.20083",
    "new_oid": "2.16.886.101.20003.20999",
    "change_date": "2026/10/1",
}
"""A rename made up for the test."""


@dataclass(frozen=True)
class Told:
    """What each way of asking tells of a catalogue: codes of living datasets, codes of tombstones."""

    living: frozenset[str]
    gone: frozenset[str]


def truth(workspace: Workspace) -> Told:
    """Ask the catalogue document, the records, the search, the store and the dump; they must agree."""
    release = served(workspace)
    name = "http://localhost:8000/id/dataset/"
    catalog = release.document("http://localhost:8000/id/catalog")
    assert catalog is not None
    linked = {t.value for _, p, t in catalog.triples() if p.endswith("#dataset")}
    found = {record.iri for record in release.search(size=200).records}
    listed = {record.iri for record in release.page("dataset", 1, 200)[1]}
    store = ox.Store.read_only(str(release.store_path))

    def asked(kind: str) -> set[str]:
        rows = store.query(f"SELECT ?d WHERE {{ ?d a <{kind}> FILTER(STRSTARTS(STR(?d), '{name}')) }}")
        assert isinstance(rows, ox.QuerySolutions)
        return {row["d"].value for row in rows}

    living, gone = asked("http://www.w3.org/ns/dcat#Dataset"), asked("https://w3id.org/odlinked/ns#Tombstone")
    assert linked == found == listed == living
    assert {document.iri for document in release.documents() if document.iri.startswith(name)} == living | gone
    dumped = gzip.decompress(b"".join(release.dump())).decode()
    assert {
        line.split("> ")[0][1:] for line in dumped.splitlines() if line.startswith(f"<{name}") and "#" not in line.split("> ")[0]
    } == living | gone
    for one in living | gone:
        record = release.record(one)
        assert record is not None
        assert record.state == ("live" if one in living else "gone")
        assert answers(workspace, one.removeprefix("http://localhost:8000"))[0] == (200 if one in living else 410)
    return Told(frozenset(i.removeprefix(name) for i in living), frozenset(i.removeprefix(name) for i in gone))


def renamed_by_what(workspace: Workspace) -> None:
    """The rename of the ministry is a dated event; SPARQL, its document and its page name the ministry before and after."""
    release = served(workspace)
    asked = ox.Store.read_only(str(release.store_path)).query(
        "PREFIX org: <http://www.w3.org/ns/org#> PREFIX dcterms: <http://purl.org/dc/terms/>"
        "SELECT ?event ?old ?new WHERE { ?event a org:ChangeEvent ; org:originalOrganization ?old ;"
        " org:resultingOrganization ?new ; dcterms:date ?date FILTER(STR(?date) = '2026-10-01') }"
    )
    assert isinstance(asked, ox.QuerySolutions)
    events = [(row["event"].value, row["old"].value.rpartition("/")[2], row["new"].value.rpartition("/")[2]) for row in asked]
    assert [event[1:] for event in events] == [(RENAME["old_oid"], RENAME["new_oid"])]
    document = release.document(events[0][0])
    assert document is not None
    said = {term.value for _, _, term in document.triples()}
    assert {f"http://localhost:8000/id/organization/{RENAME[end]}" for end in ("old_oid", "new_oid")} <= said
    assert answers(workspace, events[0][0].removeprefix("http://localhost:8000"))[0] == 200


@pytest.mark.parametrize("erase_inputs", [False, True])
def test_a_year(tmp_path: Path, erase_inputs: bool) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "january.csv", OPEN, *(opened(f"wqx_{n}") for n in range(1, 6))))
    january = Told(frozenset({"wqx_1", "wqx_2", "wqx_3", "wqx_4", "wqx_5"}), frozenset())
    assert truth(workspace) == january

    publish(
        workspace,
        write(
            tmp_path / "march.csv", OPEN, opened("wqx_1", "異動", 資料集描述="三月修正之描述。"), opened("wqx_6", 資料集描述=LEAK)
        ),
    )
    march = Told(january.living | {"wqx_6"}, frozenset())
    assert truth(workspace) == march
    assert served(workspace).search("三月修正").total == 1

    publish(
        workspace,
        write(
            tmp_path / "may.csv",
            OPEN,
            opened("wqx_2", "下架", 備註="制度面：法規廢止；115年5月6日簽奉資訊長核定"),
            opened("wqx_3", "下架", 備註="無人使用"),
        ),
    )
    may = Told(march.living - {"wqx_2", "wqx_3"}, frozenset({"wqx_2", "wqx_3"}))
    assert truth(workspace) == may
    assert [facts(served(workspace), code)["approvalStatus"] for code in ("wqx_2", "wqx_3")] == [{"approved"}, {"unapproved"}]

    done = publish(
        workspace,
        write(
            tmp_path / "july.csv",
            WITHHELD,
            withheld("河川水質監測", 資料集代碼="wqx_4", 機關首長核可="115年7月1日", 公告="115年7月3日公告"),
            withheld("從未公開之清冊"),
        ),
    )
    assert (done.gone, done.private) == (1, 1)
    july = Told(may.living - {"wqx_4"}, may.gone | {"wqx_4"})
    assert truth(workspace) == july
    assert served(workspace).search("從未公開").total == 0

    publish(workspace, write(tmp_path / "october.csv", CHANGES, RENAME), "changes")
    assert truth(workspace) == july
    renamed_by_what(workspace)

    assert LEAK.encode() in on_disk(workspace)
    before = workspace.names()
    purged = purge.purge(workspace, Assets(), iri("wqx_6"), "2026-09-01T09:00:00+08:00", inputs=erase_inputs)
    assert purged.release > before[-1]
    assert len(workspace.names()) == len(before)
    erased = Told(july.living - {"wqx_6"}, july.gone | {"wqx_6"})
    assert truth(workspace) == erased
    assert (purged.inputs, purged.kept) == ((("march.csv",), ()) if erase_inputs else ((), ("march.csv",)))
    assert bool(list(workspace.inputs.glob("*"))) is True
    for name in workspace.names():
        retention.rollback(workspace, name)
        told = truth(workspace)
        assert "wqx_6" not in told.living
        assert LEAK not in "".join(document.text.decode() for document in served(workspace).documents())
        assert served(workspace).search("王小明").total == 0
    assert LEAK.encode() not in on_disk(workspace)

    retention.rollback(workspace, before[1])
    assert truth(workspace) == Told(march.living - {"wqx_6"}, frozenset({"wqx_6"}))
    assert answers(workspace, "/dataset/wqx_6?lang=en")[0] == 410
    retention.rollback(workspace, purged.release)
    assert truth(workspace) == erased
    publish(workspace, write(tmp_path / "december.csv", OPEN, opened("wqx_7")))
    assert truth(workspace) == Told(erased.living | {"wqx_7"}, erased.gone)
    if erase_inputs:
        with pytest.raises(WorkspaceError, match=r"march\.csv"):
            Publisher(workspace, Settings()).rebuild()
    else:
        Publisher(workspace, Settings()).rebuild()
        assert truth(workspace) == Told(erased.living | {"wqx_7"}, erased.gone)


def test_what_no_release_holds_cannot_be_erased(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "january.csv", OPEN, opened("wqx_1")))
    with pytest.raises(WorkspaceError, match="no release holds it"):
        purge.purge(workspace, Assets(), iri("wqx_9"), "2026-09-01T09:00:00+08:00")


def test_a_private_record_is_erased_without_a_trace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    publish(workspace, write(tmp_path / "open.csv", OPEN, opened("wqx_1")))
    publish(
        workspace,
        write(tmp_path / "withheld.csv", WITHHELD, withheld(LEAK, 資料集代碼="sec_1", 不予提供資料之法令依據或理由=LEAK)),
    )
    purge.purge(workspace, Assets(), iri("sec_1"), "2026-09-01T09:00:00+08:00", inputs=True)
    assert truth(workspace) == Told(frozenset({"wqx_1"}), frozenset())
    assert LEAK.encode() not in on_disk(workspace)
    assert answers(workspace, "/dataset/sec_1")[0] == 404
