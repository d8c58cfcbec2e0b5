"""The way back to a ministry's form: what is written reads as what is published, and what does not is told."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from builders.national_list import example_rows
from builders.site import SETTINGS, publish
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.assets import Assets, bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.verbs import main
from odlinked.errors import FormError, InputError, WorkspaceError
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.publishing.publish import Publisher
from odlinked.reporting.export import Export, Exported
from odlinked.reporting.form_rows import FormRows
from odlinked.settings import AssetSettings, Settings
from odlinked.sheets.tables import Row, Table

CASES = Path(__file__).parent / "cases" / "mapping"
EXAMPLES = bundled() / "examples"
KEPT = {"moenv-open": 12, "moenv-on-request": 5, "moenv-withheld": 5}
"""How many records of the three example files belong on each of the ministry's tables."""


def nothing(_stage: str, _done: int) -> None:
    """Take no notice of progress."""


def export(folder: Path, form: str, target: Path, source: str | None = None, options: Settings = SETTINGS) -> Exported:
    return Export(Workspace(folder), form, options, source, nothing).save(target)


def cells(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".csv":
        return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    head, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, head), ("" if cell is None else str(cell) for cell in row), strict=True)) for row in rows]


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with inventories of all three tables."""
    folder = tmp_path_factory.mktemp("ministry") / "var"
    publisher = Publisher(Workspace(folder), SETTINGS)
    for source, name in (("annex", "annex-2026.xlsx"), ("bilingual", "bilingual-2026.csv"), ("resources", "resources-2026.ods")):
        publisher.publish([EXAMPLES / f"moenv-inventory-{name}"], source)
    return folder


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with the excerpt of the national list."""
    folder = tmp_path_factory.mktemp("nation")
    publish(folder, example_rows())
    return folder / "var"


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("form", KEPT)
def test_an_inventory_written_back_reads_as_the_same_records(form: str, suffix: str, ministry: Path, tmp_path: Path) -> None:
    done = export(ministry, form, tmp_path / f"out{suffix}")
    assert (done.written, done.same, done.differing) == (KEPT[form], KEPT[form], [])
    rows = cells(tmp_path / f"out{suffix}")
    assert len(rows) == KEPT[form]
    assert done.blank == ["承辦人"]
    assert {row["承辦人"] for row in rows} == {""}
    assert [row["序號"] for row in rows] == [str(n) for n in range(1, KEPT[form] + 1)]


@pytest.mark.parametrize("form", ["moea-on-request", "moea-withheld", "moea-planned"])
def test_the_economics_ministry_s_tables_come_back(form: str, tmp_path: Path) -> None:
    """What is written reads as the same records, and after the clerk's round they are the ones that are published already."""
    publisher = Publisher(Workspace(tmp_path / "var"), SETTINGS)
    table = CASES / form / "table.csv"
    publisher.publish([table], form)
    target = tmp_path / "out.csv"
    done = export(tmp_path / "var", form, target)
    given = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert (done.written, done.same, done.differing) == (len(given), len(given), [])
    for row, written in zip(given, cells(target), strict=True):
        for head in ("資料集名稱", "機關名稱", "授權內容", "收費法規依據", "不予提供之法令依據", "不予提供說明"):
            if head in row and row[head] != "-":
                assert written[head] == row[head] or (head, row[head], written[head]) == ("授權內容", "", "不得轉售")
    again = publisher.publish([target], form)
    assert (again.added, again.changed, again.gone) == (0, 0, 0)


def test_the_list_written_back_reads_as_the_same_records(nation: Path, tmp_path: Path) -> None:
    done = export(nation, "data-gov-tw", tmp_path / "list.csv")
    rows = {row["資料集識別碼"]: row for row in cells(tmp_path / "list.csv")}
    assert len(rows) == done.written == len(example_rows())
    # The row whose parallel lists were of different lengths has members of equal number now: that is told.
    assert [(iri.rpartition("/")[2], headings) for iri, headings in done.differing] == [("41568", ["資料下載網址"])]
    given = {row["資料集識別碼"]: row for row in example_rows()}
    for heading in ("資料集名稱", "提供機關", "授權方式", "更新頻率", "品質檢測", "上架日期", "主要欄位說明", "服務分類"):
        assert rows["6078"][heading] == given["6078"][heading]
    assert set(rows["6078"]["檔案格式"].split(";")) == {"CSV", "JSON"}


def test_persons_and_keys_do_not_come_back(nation: Path, tmp_path: Path) -> None:
    done = export(nation, "data-gov-tw", tmp_path / "list.csv")
    text = (tmp_path / "list.csv").read_text(encoding="utf-8-sig")
    assert "承辦人甲" not in text
    assert done.blank == ["提供機關聯絡人姓名"]
    assert "api_key=REMOVED&" in text
    assert {iri.rpartition("/")[2] for iri in done.left_out["資料下載網址"]} >= {"6075", "6078"}


def test_records_of_another_source_go_on_a_ministry_s_table(nation: Path, tmp_path: Path) -> None:
    """The platform's records on the inventory: the columns that the inventory has not are not asked for."""
    done = export(nation, "moenv-open", tmp_path / "out.xlsx", "national")
    assert done.written == len(example_rows())
    assert "資料集名稱" not in {heading for _, headings in done.differing for heading in headings}


def test_what_is_lost_on_the_way_is_told(nation: Path, tmp_path: Path) -> None:
    """A query that forgets the licence, another that shifts a field: each is seen by reading again, not by trusting it."""
    folder = tmp_path / "overlay" / "mappings" / "shared"
    folder.mkdir(parents=True)
    text = (bundled() / "mappings" / "shared" / "export-codes.rq").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "dcterms:license" not in line]
    (folder / "export-codes.rq").write_text("\n".join(lines).replace("row:fee ", "row:method "), encoding="utf-8")
    options = replace(SETTINGS, assets=AssetSettings((str(tmp_path / "overlay"),)))
    done = export(nation, "data-gov-tw", tmp_path / "out.csv", options=options)
    told = {iri.rpartition("/")[2]: set(headings) for iri, headings in done.differing}
    free = "政府資料開放授權條款-第1版"
    known = {row["資料集識別碼"] for row in example_rows() if row["授權方式"] == free and row["計費方式"] == "免費"} - {""}
    assert len(known) > 5
    assert {name for name, headings in told.items() if {"授權方式", "計費方式"} <= headings} >= known


@pytest.mark.parametrize(("form", "target", "said"), [
    ("usage", "a.xlsx", "nothing says how"), ("nix", "a.xlsx", "no such form"), ("moenv-open", "a.pdf", ".xlsx or .csv"),
    ("moenv-withheld", "a.xlsx", "no published record"),
])
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(form: str, target: str, said: str, nation: Path,
                                                               tmp_path: Path) -> None:
    with pytest.raises((FormError, InputError), match=said):
        export(nation, form, tmp_path / target)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_kept(nation: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="there already"):
        export(nation, "data-gov-tw", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "mine"
    with pytest.raises(WorkspaceError, match="nothing is published"):
        export(tmp_path / "nowhere", "data-gov-tw", tmp_path / "b.csv")
    assert not (tmp_path / "nowhere").exists()


def test_the_verb_tells_what_it_wrote(nation: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["export", "--form", "data-gov-tw", "--workspace", str(nation), "--output",
                                     str(tmp_path / "list.csv")])
    assert done.exit_code == 1
    assert f"records written: {len(example_rows())};" in done.output
    assert "提供機關聯絡人姓名" in done.output
    assert "41568: 資料下載網址" in done.output


FORM = next(form for form in forms.load_all(Assets()) if form.name == "moenv-open")
HEADINGS = tuple(forms.title(column) for column in FORM.columns)
CONTEXT = MappingContext("https://data.example.tw", "export")
MAPPER = Mapper(forms.find([FORM], Table("a.csv", None, HEADINGS, 1, lambda: iter(()))), Assets(), CONTEXT)
ROWS = FormRows(FORM, Assets(), CONTEXT)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), max_size=30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=8))
def test_any_words_come_back_as_they_were(texts: list[tuple[str, str, str, str]]) -> None:
    """A record made of any words, written back and read again, is the same record."""
    place = {column.name: index for index, column in enumerate(FORM.columns)}
    rows = []
    for number, (title, description, note, fields) in enumerate(texts, 2):
        given = [""] * len(FORM.columns)
        given[place["code"]] = f"aqx_p_{number}"
        for name, text in (("title", title), ("description", description), ("note", note), ("fields", fields)):
            given[place[name]] = text
        rows.append(Row(number, tuple(given)))
    made = [one for one in MAPPER.map(rows) if one.documents and not one.withdrawn]
    back = ROWS.of([one.documents[0] for one in made])
    again = MAPPER.map([Row(one.row, row.cells) for one, row in zip(made, back, strict=True)])
    for one, other in zip(made, again, strict=True):
        assert other.documents
        assert other.documents[0].text == one.documents[0].text
