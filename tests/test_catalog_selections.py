"""What a publish counts for pages: sets of records by value, carried forward, and numbers that questions to the store give."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.catalogs import publish, served
from builders.national_list import row, write

from odlinked.assets import bundled
from odlinked.catalog.asking import badges, organizations
from odlinked.catalog.index.facet_columns import FacetColumn
from odlinked.catalog.index.schema import opened
from odlinked.catalog.index.selection import Selection
from odlinked.catalog.index.selections import Selections, settle
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.searching import DIMENSIONS
from odlinked.errors import WorkspaceError
from odlinked.kinds import Kind
from odlinked.queries import load
from odlinked.settings import PublishSettings, Settings

LIST = bundled() / "examples" / "oid-gds-excerpt.csv"
DAYS = ("2020-01-02 00:00:00", "2026-11-30 00:00:00", "2031-05-06 00:00:00", "")


def drawn(path: Path, dice: random.Random, rows: int = 30) -> Path:
    """Write a list of datasets, each as the dice fall."""
    names = ("經濟部工業局", "工業局", "宜蘭縣政府民政處", "環境部", "經濟部", "某某處")

    def one(number: int) -> list[str]:
        return row(number, dice.choice(("空氣", "水質")), 提供機關=dice.choice(names), 上架日期=dice.choice(DAYS),
                   服務分類=dice.choice(("公共資訊", "就醫", "")), 品質檢測=dice.choice(("金", "白金", "無(未做品檢)", "")),
                   檔案格式=dice.choice(("CSV;JSON", "XML;PDF", "CSV;CSV")), 資料集描述=dice.choice(("觀測結果。", "")))

    return write(path, *(one(number) for number in range(1, rows) if dice.random() > 0.2))


def rows_of(release: Release) -> list[tuple[str, str, int]]:
    with sqlite3.connect(release.folder / "catalog.sqlite") as db:
        return db.execute("SELECT dimension, value, record FROM facet").fetchall()


def kept(release: Release) -> None:
    """The sets kept in the index are those of its facets, one by one, counted, and of what a search finds."""
    rows = rows_of(release)
    sets = release.selections
    found = {(dimension, value) for dimension, value, _ in rows}
    assert found == {(d, v) for d in {d for d, _ in found} | set(DIMENSIONS) for v in sets.values(d)}
    for dimension, value in found:
        ids = sorted(record for d, v, record in rows if (d, v) == (dimension, value))
        assert (sets.of(dimension, value).ids(), sorted(sets.ids(dimension, value))) == (ids, ids)
        assert sets.count(dimension, value) == len(ids)
    for dimension, value in sorted(found):
        if dimension not in (*DIMENSIONS, "rule"):
            continue
        having = {record for d, v, record in rows if (d, v) == (dimension, value)}
        counts = Counter((d, v) for d, v, record in rows if record in having and d in DIMENSIONS)
        result = release.search("", {dimension: [value]}, size=200)
        assert result.total == len(having) == len(result.records)
        assert {(d, one.value): one.count for d, facets in result.facets.items() for one in facets} == counts
        times = [record.modified for record in result.records]
        assert times == sorted(times, reverse=True)


def answered(release: Release) -> None:
    """The numbers of organisations are what the questions to the store answer."""
    store, question = ox.Store.read_only(str(release.store_path)), load(release.assets, organizations.TOTALS)
    for days in (0, 1, 3_000):
        day = release.created.date() + timedelta(days)
        answer = store.query(question.spelled(today=day.isoformat()))
        assert isinstance(answer, ox.QuerySolutions)
        told = {row["body"].value: tuple(int(term.value) for term in list(row)[2:9]) for row in answer}
        told = {iri: counts for iri, counts in told.items() if Kind.of(iri) is Kind.ORGANIZATION}  # the catalogue publishes, too
        assert told == {iri: organizations.totals(release, iri, day) for iri in told}
        everyone = organizations.everyone(release)
        assert {one.iri for one in everyone} >= set(told)
        assert all((one.datasets, one.with_all_below) == told.get(one.iri, (0, 0))[:2] for one in everyone)
    assert badges.standings(release) == [(iri, int(datasets)) for iri, datasets in release.ask(badges.STANDINGS)]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_kept_is_what_is_there_after_every_publish(workspace: Workspace, tmp_path: Path, seed: int) -> None:
    dice, free = random.Random(seed), Settings(publish=PublishSettings(most_removals=1))
    publish(workspace, LIST, "oid")
    publish(workspace, drawn(tmp_path / "first.csv", dice))
    for number in range(3):
        kept(served(workspace))
        answered(served(workspace))
        publish(workspace, drawn(tmp_path / f"{number}.csv", dice), settings=free)
    kept(served(workspace))
    answered(served(workspace))


def test_a_selection_of_few_and_of_many() -> None:
    for ids in ([], [0], [7, 8], [1, 100_000], list(range(0, 5_000, 3))):
        selection = Selection.of(ids)
        assert (selection.ids(), len(selection)) == (ids, len(ids))
        assert all(one in selection for one in ids)
        assert 3_001 not in Selection.of(one for one in ids if one != 3_001)
    assert (Selection.of([1, 2, 9]) & Selection.of([2, 9, 10])).ids() == [2, 9]
    assert (Selection.of([1]) | Selection.of([70])).ids() == [1, 70]


def test_values_are_counted_alike_in_every_way() -> None:
    dice = random.Random(11)
    for sizes in ((), (1,), (30_000,), (3, 40, 900), (20_000, 9_000, 700, 12, 5), (1_500,) * 12):
        given = {f"v{number}": sorted(dice.sample(range(1, 50_000), size)) for number, size in enumerate(sizes)}
        many = [(value, Selection.of(ids)) for value, ids in given.items() if len(ids) > 2_000]
        column = FacetColumn(many, [(value, ids) for value, ids in given.items() if len(ids) <= 2_000])
        for asked in (0, 1, 20, 500, 4_000, 40_000):
            ids = sorted(dice.sample(range(1, 60_000), asked))
            told = {value: len(set(ids) & set(own)) for value, own in given.items()}
            found = column.counts(Selection.of(ids), lambda ids=ids: ids, lambda ids=ids: set(ids))  # type: ignore[misc]
            assert dict(found) == {value: count for value, count in told.items() if count}


def test_a_selection_that_is_kept_grows_by_nothing_that_is_asked_of_it() -> None:
    """Its ids as numbers take a hundred times the memory of its bits, and a release keeps it as long as it is served."""
    for step in (2, 40):
        kept = Selection(Selection.of(range(0, 50_000, step)).bits)
        before = dict(vars(kept))
        assert sum(kept.flags) == len(kept.ids()) == len(kept) == len(range(0, 50_000, step))
        assert vars(kept) == before


def test_an_index_of_another_version_is_written_anew_by_a_publish_of_the_same(workspace: Workspace, tmp_path: Path) -> None:
    listed = drawn(tmp_path / "list.csv", random.Random(5))
    publish(workspace, listed)
    before = served(workspace)
    with opened(before.folder / "catalog.sqlite") as db:
        db.execute("PRAGMA user_version = 1")
        db.execute("DROP TABLE selection")
    with pytest.raises(WorkspaceError, match="another version"):
        served(workspace).search()
    assert publish(workspace, listed).new
    kept(served(workspace))
    assert not publish(workspace, listed).new


def test_sets_of_few_are_united_and_searched_as_those_of_many() -> None:
    dice = random.Random(7)
    given = {f"v{n}": sorted(dice.sample(range(1, 60_000), size)) for n, size in enumerate((1, 40, 900, 1500, 9_000))}
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE facet(record INTEGER, dimension TEXT, value TEXT)")
    db.executemany("INSERT INTO facet VALUES(?, 'd', ?)", ((one, value) for value, ids in given.items() for one in ids))
    settle(db)
    sets = Selections.read(db)
    for values in ((), ("v0",), ("v1", "v2"), ("v2", "v3", "none"), tuple(given)):
        union = sorted({one for value in values for one in given.get(value, ())})
        for _ in range(2):
            assert sets.any("d", values).ids() == union
    for value, ids in given.items():
        assert all(sets.has("d", value, one) for one in ids)
        assert not any(sets.has("d", value, one) for one in range(0, 70_000, 7) if one not in set(ids))
    assert not sets.has("d", "none", 1)
    assert not sets.has("other", "v0", given["v0"][0])
