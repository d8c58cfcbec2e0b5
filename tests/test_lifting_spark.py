"""Rows in parts: a file is cut where a record ends, whatever is quoted; Spark lifts the parts as one process lifts the whole."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cli.verbs import main
from odlinked.inventory import files
from odlinked.settings import ReadSettings
from odlinked.sheets import cutting, tables
from odlinked.sheets.cutting import TextFile
from odlinked.sheets.dialects import DelimitedDialect, DelimitedText

TEXT = st.text(alphabet=st.sampled_from(list('ab,"\n\r \u3000;\x00\ufeff臺')), max_size=60)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@given(TEXT, st.sampled_from(["utf-8", "utf-8-sig", "cp950"]), st.booleans(), st.integers(1, 9))
def test_a_text_is_cut_where_a_record_ends_and_its_parts_are_the_whole(tmp_path_factory: pytest.TempPathFactory, text: str,
                                                                       codec: str, quoting: bool, size: int) -> None:
    file = tmp_path_factory.getbasetemp() / "cut.csv"
    file.write_bytes(text.encode(codec, "ignore"))
    dialect = DelimitedDialect(",", quoting=quoting, strict=False)
    whole = DelimitedText(TextFile(file, codec), 1 << 20)
    wanted = list(whole.records(dialect))
    found = list(cutting.parts(whole, dialect, size))
    assert [record for part in found for record in part.text.records(dialect)] == wanted
    read = 0
    for part in found:
        assert part.before == read
        read += sum(1 for _ in part.text.records(dialect))


def test_the_rows_of_a_table_in_parts_have_the_numbers_of_the_whole(tmp_path: Path) -> None:
    lines = [f'{number},"a\nb ""{number}""",{"" if number % 7 else "x"}' for number in range(300)]
    file = tmp_path / "t.csv"
    file.write_text("各站資料\n\nid,text,more\n" + "\n".join(lines[:200]) + "\n\n" + "\n".join(lines[200:]) + "\n註：以上為例\n",
                    encoding="utf-8")
    (table,) = files.read(file, ReadSettings())
    assert table.parts is not None
    parts = table.parts(400)
    assert len(parts) > 5

    def rows(blocks: list[tables.RowBlock]) -> list[tuple[int, tuple[str, ...]]]:
        return [(number, tuple(cells)) for block in blocks for number, cells in zip(block.numbers, block.rows, strict=True)]

    assert rows([block for part in parts for block in part()]) == rows(list(table.blocks()))


def test_without_spark_the_verb_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _described(tmp_path, 3)
    monkeypatch.setitem(__import__("sys").modules, "pyspark.errors", None)
    done = run("lift", file, "--engine", "spark", "--validate", "--lang", "en")
    assert done.exit_code == 2
    assert "pyspark is not installed" in done.stderr
    assert "pip install 'odlinked[spark]'" in done.stderr


@pytest.mark.parametrize(("arguments", "told"), [
    (["--format", "nt"], "Spark needs a file to write"), (["--publish", "x", "--output", "o.nt"], "Spark needs a file to write")])
def test_what_spark_does_not_do_is_refused(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = run("lift", _described(tmp_path, 3), "--engine", "spark", "--lang", "en", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


def _described(folder: Path, rows: int) -> Path:
    """Write a table with everything that is told of rows: misfits, totals, persons, markup, doubled keys, line breaks, codes."""
    text = ["station,time,level,kind,remark,owner"]
    for number in range(rows):
        level = "high" if number % 97 == 3 else f"{number / 10:.1f}"
        remark = {5: '"first line\nsecond, ""line"""', 6: "<b>bold</b>", 7: "洽 lin.daming@gmail.com"}.get(number % 101, "")
        key = number if number % 89 != 4 else number - 1
        text.append(f"{key % 12},2024/10/{1 + key // 288 % 28:02} {key // 12 % 24:02}:00,{level},{'甲乙'[number % 2]},{remark},"
                    f"{'王小明' if number % 2 else '陳美麗'}")
        if number % 53 == 0:
            text.append(f"小計,,{number},,,")
    file = folder / "t.csv"
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    assert run("lift", "--describe", file).exit_code in (0, 1)
    place = folder / "t.csv-metadata.json"
    document = json.loads(place.read_text(encoding="utf-8"))
    document["tableSchema"]["primaryKey"] = ["station", "time"]
    for column in document["tableSchema"]["columns"]:
        column.pop("suppressOutput", None)
    place.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["minimal", "standard"])
def test_spark_writes_what_one_process_writes_and_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                 mode: str) -> None:
    pytest.importorskip("pyspark", reason="pyspark is an extra: pip install 'odlinked[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs a Java runtime")
    from odlinked.lifting.conversion import spark

    monkeypatch.setattr(spark, "SparkEngine", partial(spark.SparkEngine, size=10_000))
    file = _described(tmp_path, 700)
    outcomes = []
    for engine in ("python", "spark"):
        lines, findings = tmp_path / f"{engine}.nt", tmp_path / f"{engine}.csv"
        done = run("lift", file, "--mode", mode, "--engine", engine, "--output", lines, "--findings", findings, "--lang", "en")
        outcomes.append((done.exit_code, done.stderr, sorted(lines.read_bytes().splitlines()), findings.read_text("utf-8")))
    assert outcomes[0] == outcomes[1]
    told = {line.partition(",")[0] for line in outcomes[0][3].splitlines()}
    assert told >= {"cell", "total", "persons", "persons-cell", "markup", "key"}
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
