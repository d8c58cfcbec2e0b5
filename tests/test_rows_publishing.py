"""Rows published with a dataset: in a graph of their own, in every form the same, kept over later lists, and without persons."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.lifted import BASE, DATA, GRAPH, PHONES, SCHEMA, SPACE, described, joined, listed, run
from builders.national_list import row, write

from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.settings import Settings
from odlinked.web.app import create

parquet = pytest.importorskip("pyarrow.parquet")
ONE_FILE = row(6001, 資料集名稱="空氣品質測站", 檔案格式="CSV", 編碼格式="UTF-8",
               資料下載網址="https://data.example.tw/stations.csv", 資料量="4")
NAMED_GRAPH = ox.NamedNode(GRAPH)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A folder whose catalogue has a dataset with one file."""
    assert listed(tmp_path, ONE_FILE, row(6002)).exit_code == 0
    return tmp_path


def release_of(folder: Path) -> Release:
    return Releases(Workspace(folder / "var")).current()


def everything(folder: Path) -> bytes:
    """Return the bytes of all files of published rows, unpacked."""
    found = []
    for path in sorted((folder / "var" / "rows").rglob("*")):
        if path.is_file():
            found.append(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
            if path.suffix == ".parquet":
                found.append(str(parquet.read_table(path).to_pylist()).encode())
    return b"".join(found)


def test_rows_are_in_a_graph_of_their_own_and_in_the_dump(catalogue: Path) -> None:
    before = release_of(catalogue)
    count = len(list(ox.Store.read_only(str(before.store_path)).quads_for_pattern(None, None, None, ox.DefaultGraph())))
    before.close()
    done = joined(catalogue)
    assert (done.exit_code, "4 rows are published" in done.stdout) == (1, True), done.output
    release = release_of(catalogue)
    store = ox.Store.read_only(str(release.store_path))
    rows = list(store.quads_for_pattern(None, None, None, NAMED_GRAPH))
    told = release.document(f"{BASE}/id/rows/6001")
    assert told is not None
    default = list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert not [quad for quad in default if quad.subject.value.startswith(SPACE)]
    assert count < len(default) < count + len(told.lines) + 200
    dumped = ox.Store()
    dumped.load(gzip.decompress(b"".join(release.dump())), format=ox.RdfFormat.N_QUADS)
    assert set(map(str, dumped)) == set(map(str, store))
    assert len(rows) == lifted.facts(release.workspace, release.tables[0])["triples"]
    assert sum(map(len, release.dump())) == release.dump_size()
    release.close()


def test_every_form_has_the_same_rows(catalogue: Path) -> None:
    joined(catalogue)
    release = release_of(catalogue)
    table, workspace = release.tables[0], release.workspace
    nt = {str(quad.triple) for quad in ox.parse(b"".join(lifted.triples(workspace, table)), format=ox.RdfFormat.N_TRIPLES)}
    ttl = b"".join(lifted.whole_lines(table.folder(workspace) / lifted.TURTLE))
    assert {str(quad.triple) for quad in ox.parse(ttl, format=ox.RdfFormat.TURTLE)} == nt
    columns = parquet.read_table(table.folder(workspace) / lifted.PARQUET)
    assert columns.column("level").to_pylist() == [3.5, None, None, 12.25]
    assert columns.column("level_text").to_pylist() == [None, None, "high", None]
    assert "name_text" not in columns.column_names
    assert str(columns.column("measured")[0].as_py()) == "2024-10-08 16:00:00+08:00"
    said = columns.schema.field("level").metadata
    assert (said[b"comment"], said[b"propertyUrl"]) == (b"level (PPB)", f"{SPACE}ns#level".encode())
    assert columns.schema.metadata[b"graph"] == GRAPH.encode()
    release.close()


def test_a_column_of_persons_is_in_no_file_and_no_answer(catalogue: Path) -> None:
    done = joined(catalogue)
    assert "personal data" in done.stderr
    written = everything(catalogue)
    assert "基隆".encode() in written
    assert not [name for name in PHONES if name.encode() in written]
    release = release_of(catalogue)
    assert not [quad for quad in ox.Store.read_only(str(release.store_path)) if any(name in str(quad) for name in PHONES)]
    served = json.loads((release.tables[0].folder(release.workspace) / lifted.METADATA).read_text(encoding="utf-8"))
    assert served["tableSchema"]["columns"][-1] == {"titles": "行動電話", "name": "contact", "suppressOutput": True}
    release.close()


@pytest.mark.parametrize("mode", ["standard", "minimal"])
def test_a_person_in_a_cell_that_does_not_fit_is_left_out_of_it(catalogue: Path, mode: str) -> None:
    file = described(catalogue, DATA + f"5,大同,1.5,{PHONES[1]},25.1,121.5,\n6,三重,1.5,2024-10-08T21:00:00,25.1,121.5,\n")
    done = run(catalogue, "lift", file, "--mode", mode, "--lang", "en")
    assert done.exit_code == 1
    assert "names a person" in done.stderr
    assert PHONES[1] not in done.output
    joined(catalogue, file)
    assert PHONES[1].encode() not in everything(catalogue)


def test_the_record_says_where_its_rows_are_and_what_is_in_them(catalogue: Path) -> None:
    joined(catalogue)
    release = release_of(catalogue)
    document = release.document(f"{BASE}/id/rows/6001")
    assert document is not None
    text = document.text.decode()
    for name in ("nt", "ttl", "parquet"):
        assert f"<{BASE}/id/dataset/6001> <http://www.w3.org/ns/dcat#distribution> <{BASE}/id/rows/6001#{name}> ." in text
        assert f"<http://www.w3.org/ns/dcat#downloadURL> <{BASE}/rows/6001.{name}> ." in text
    assert f"<http://www.w3.org/ns/dcat#endpointURL> <{BASE}/sparql> ." in text
    assert "<http://purl.org/dc/terms/license> <https://data.gov.tw/license>" in text
    level = f"<{BASE}/id/rows/6001#column-level-"
    assert f'{level}misfits> <http://www.w3.org/ns/dqv#value> "1"^^' in text
    assert f'{level}nulls> <http://www.w3.org/ns/dqv#value> "1"^^' in text
    assert f'{level}greatest> <http://www.w3.org/ns/dqv#value> "12.25"^^' in text
    release.close()


def test_rows_stay_with_later_lists_and_go_with_their_dataset_or_when_they_are_withdrawn(catalogue: Path) -> None:
    joined(catalogue)
    changed = write(catalogue / "later.csv", ONE_FILE, row(6002, 資料集名稱="別的名稱"))
    assert run(catalogue, "publish", changed, "--source", "nat").exit_code == 0
    assert rows_in(catalogue) > 0
    assert run(catalogue, "publish", "--rebuild").exit_code == 0
    assert rows_in(catalogue) > 0
    done = run(catalogue, "lift", "--withdraw", "6001", "--lang", "en")
    assert (done.exit_code, rows_in(catalogue)) == (0, 0)
    assert run(catalogue, "lift", "--withdraw", "6001", "--lang", "en").exit_code == 2
    joined(catalogue)
    gone = run(catalogue, "publish", write(catalogue / "less.csv", row(6002)), "--source", "nat", "--allow-removals")
    assert "the rows of 6001 go" in gone.stderr
    assert rows_in(catalogue) == 0


def test_parquet_takes_at_most_a_quarter_of_the_file(catalogue: Path) -> None:
    head = DATA.splitlines()[0]
    body = [f"{number},測站{number % 84},{number * 37 % 400 / 10},2024-10-{number // 84 % 28 + 1:02}T{number % 24:02}:00:00,"
            f"{25 + number % 84 / 1000:.3f},{121 + number % 84 / 700:.3f}," for number in range(6_000)]
    joined(catalogue, described(catalogue, "\n".join([head, *body]) + "\n"))
    release = release_of(catalogue)
    size = lifted.facts(release.workspace, release.tables[0])["bytes"]
    assert 0 < 4 * size["parquet"] <= size["file"]
    release.close()


def rows_in(folder: Path) -> int:
    """Return how many triples of the graph the served release has, which its tables and its document must agree with."""
    release = release_of(folder)
    found = len(list(ox.Store.read_only(str(release.store_path)).quads_for_pattern(None, None, None, NAMED_GRAPH)))
    assert bool(found) == bool(release.tables) == (release.document(f"{BASE}/id/rows/6001") is not None)
    release.close()
    return found


def test_another_edition_replaces_the_rows_and_the_same_makes_no_release(catalogue: Path) -> None:
    joined(catalogue)
    first = release_of(catalogue)
    again = joined(catalogue)
    assert "Nothing that is published differs" in again.stdout
    joined(catalogue, described(catalogue, DATA.replace("3.5", "4.5")))
    second = release_of(catalogue)
    store = ox.Store.read_only(str(second.store_path))
    levels = {quad.object.value for quad in store.quads_for_pattern(ox.NamedNode(SPACE + "1"), None, None, NAMED_GRAPH)}
    assert "4.5" in levels
    assert "3.5" not in levels
    assert first.tables[0].key != second.tables[0].key
    assert [table.name for table in second.tables] == ["6001"]
    first.close()
    second.close()
    assert run(catalogue, "prune", "--keep", "1").exit_code == 0
    assert [path.name for path in (catalogue / "var" / "rows").iterdir()] == [second.tables[0].key]


def test_a_purge_of_the_dataset_leaves_nothing_of_its_rows(catalogue: Path) -> None:
    joined(catalogue)
    assert run(catalogue, "purge", f"{BASE}/id/dataset/6001").exit_code == 0
    assert not rows_in_any(catalogue)
    assert not list((catalogue / "var" / "rows").iterdir())


def rows_in_any(folder: Path) -> bool:
    workspace = Workspace(folder / "var")
    stores = [ox.Store.read_only(str(workspace.releases / name / "store")) for name in workspace.names()]
    return any(next(store.quads_for_pattern(None, None, None, NAMED_GRAPH), None) for store in stores)


@pytest.mark.parametrize(("record", "text", "schema", "told"), [
    ("7777", DATA, {}, "no such dataset"), (f"{BASE}/id/dataset/6001#no", DATA, {}, "no distribution of the dataset"),
    ("6002", DATA, {}, "2 distributions"), ("6001", DATA, {"aboutUrl": None}, "no addresses"),
    ("6001", DATA.replace("level", "height"), {}, "description is wrong"), ("6001", "", {}, "empty"),
])
def test_what_cannot_be_published_is_told_and_changes_nothing(catalogue: Path, record: str, text: str, schema: dict[str, str],
                                                              told: str) -> None:
    schema = {key: value for key, value in schema.items() if value}
    file = described(catalogue, text, **schema)
    if "aboutUrl" not in schema and told == "no addresses":
        path = catalogue / "stations.csv-metadata.json"
        document = json.loads(path.read_text())
        del document["tableSchema"]["aboutUrl"]
        path.write_text(json.dumps(document))
    done = joined(catalogue, file, record)
    assert (done.exit_code, told in done.output) == (2, True), done.output
    assert Workspace(catalogue / "var").current() == "000001"
    assert not list((catalogue / "var" / "rows").iterdir())


def test_another_edition_is_compared_with_the_one_before(catalogue: Path) -> None:
    joined(catalogue)
    told = joined(catalogue, described(catalogue, DATA.replace("level", "height"), columns=[
        *({**column, "titles": "height"} if column["titles"] == "level" else column for column in SCHEMA["columns"]),
    ]))
    assert "seems to be renamed" in told.stderr, told.output
    release = release_of(catalogue)
    facts = lifted.facts(release.workspace, release.tables[0])
    release.close()
    assert facts["since"] == {"file": "stations.csv", "rows": 4, "changes": [["edition-renamed", "level", "height", 0]]}
    app = create(Releases(Workspace(catalogue / "var")), Settings())
    try:
        page = app.test_client().get("/rows/6001?lang=en", headers={"Accept": "text/html"}).get_data(as_text=True)
        assert not [word for word in ("Since the edition before", "this column seems to be renamed (height)") if word not in page]
    finally:
        app.extensions["odlinked.sparql"].close()
    again = joined(catalogue, catalogue / "stations.csv")
    assert "Nothing that is published differs" in again.stdout, "the same rows say what they said"
