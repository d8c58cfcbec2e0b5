"""`lift --describe`: what is sure is filled in, what is doubtful said, what a person decided kept."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import rdflib
from click.testing import CliRunner, Result

from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.lifting.describing.naming import names, undated
from odlinked.lifting.reading import roc
from odlinked.lifting.reading.words import UNITS, DescribingWords
from odlinked.web.site.vocabulary import Vocabulary

BASE = "http://localhost:8000/data/"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def described(folder: Path, name: str, text: str, code: int = 0) -> dict[str, Any]:
    (folder / name).write_text(text, encoding="utf-8")
    return again(folder, name, code)


def again(folder: Path, name: str, code: int = 0) -> dict[str, Any]:
    done = run("lift", "--describe", folder / name, "--lang", "en")
    assert done.exit_code == code, (done.output, done.exception)
    return read(folder, name)


def read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}-metadata.json").read_bytes())
    return found


def columns(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in document["tableSchema"]["columns"]}


def table(**values: list[str]) -> str:
    return "\n".join(",".join(row) for row in [list(values), *zip(*values.values(), strict=True)]) + "\n"


NUMBERED = [str(number) for number in range(1, 31)]


@pytest.mark.parametrize(("values", "datatype"), [
    (["1", "20", "-3"], "integer"), (["1", "2.5", "-"], "decimal"), (['"1,234"', "12", '"12,345,678"'], "groupChar"),
    (["98.286%", "0.000%", "N/A"], "%"), (["2024/10/08", "2024/01/02", ""], "yyyy/MM/dd"),
    (["2024/1/8", "2024/12/12", "2024/1/1"], "yyyy/M/d"), (["113/09/04", "112.1.2", "113/12/31"], "date"),
    (["113.09.04(三)23:50", "113.09.05(四)00:00"] * 2, "dateTime"), (["Y", "N", "Y"], "Y|N"), (["13:00", "14:30"] * 2, "HH:mm"),
    (["2024/10/08 16:00", "2024/10/08 17:00"] * 2, "yyyy/MM/dd HH:mm"),
    (["1234", '"1,2"', "x"], None), (["甲", "乙", "1"], None), (["", "", ""], None), (["113/13/04", "113/02/30", "x"], None),
])
def test_datatypes_are_those_of_all_values(tmp_path: Path, values: list[str], datatype: str | None) -> None:
    rows = (values * 30)[:30]
    found = columns(described(tmp_path, "t.csv", table(id=NUMBERED, v=rows)))["v"].get("datatype")
    assert found is None if datatype is None else datatype in json.dumps(found)


WRITTEN = """
1 007 -3 +4. .5 1e5 1E NaN INF -INF 1,234 12,34 1,234.5 98.2% 0.000% 5‰ １２
2024/10/08 2024/1/8 2024/13/08 2024-02-30 2024.10.08 20241008 20241308
2024-10-08T16:00:00 0000-00-00 113.09.04 113.9.4 1130904 １１３.09.04 113/13/04
民國113年9月4日 113.09.04(三)23:50 13:00 25:61 13:00:59 Y N y TRUE true 是 否 是否 甲 臺北市1號
2024-10-08T24:00:00+14:00 113/06/３0 1111111 981231 99.1.1 民國9年1月1日 1 0
"""


def test_a_value_is_judged_as_each_way_of_writing_alone_judges_it() -> None:
    forms = DescribingWords(Assets()).forms
    texts = ["", "2024/10/08 16:00", "2024/10/8 6:00", "9" * 5_000]
    texts += WRITTEN.split()
    assert [forms.misfits(text) for text in [*texts, *texts]] == [
        tuple(place for place, form in enumerate(forms) if not form.fits(text)) for text in [*texts, *texts]]


def test_quotes_that_mean_nothing_in_the_file_mean_nothing_in_its_description(tmp_path: Path) -> None:
    rows = "".join(f'{number},5" pipe {number},x\n' if number == 7 else f"{number},pipe {number},x\n" for number in range(1, 40))
    assert described(tmp_path, "t.csv", 'id,"what,v\n' + rows)["dialect"]["quoteChar"] is None


@pytest.mark.parametrize("heading", ["代碼", "siteid", "categoryCode", "統一編號", "電話"])
def test_what_identifies_is_no_number(tmp_path: Path, heading: str) -> None:
    document = described(tmp_path, "t.csv", table(**{heading: NUMBERED, "v": NUMBERED[::-1]}))
    assert "datatype" not in next(column for column in document["tableSchema"]["columns"] if column["titles"] == [heading])


def test_leading_zeros_are_no_numbers(tmp_path: Path) -> None:
    values = [f"{number:03}" for number in range(30)]
    assert "datatype" not in columns(described(tmp_path, "t.csv", table(v=values)))["v"]


def test_gaps_are_null_and_what_is_below_a_limit_is_not(tmp_path: Path) -> None:
    values = ["0.5", *NUMBERED[:26], "-", "<0.5", "ND"]
    found = columns(described(tmp_path, "t.csv", table(id=NUMBERED, v=values)))["v"]
    assert (found["datatype"], found["null"]) == ("decimal", ["", "-"])
    assert len([text for text in found["odl:doubtful"] if "limit" in text or "2 of 29" in text]) == 2
    done = run("lift", tmp_path / "t.csv", "--mode", "minimal", "--lang", "en")
    assert done.exit_code == 1
    assert "row 30: <0.5" in done.stderr
    assert '"ND" .' in done.stdout


STATIONS = ((1, "基隆", "基隆市"), (2, "汐止", "新北市"), (3, "古亭", "台北市"))


def air(hours: int) -> str:
    """Return measurements of three stations in so many hours."""
    rows = [f"{site},{name},{county},{site}.{hour},{hour},4.5,2024/10/08 {hour:02}:00:00,121.7{site},25.1{site}"
            for hour in range(hours) for site, name, county in STATIONS]
    return "\n".join(["siteid,sitename,county,no2,pm2.5,o3,publishtime,longitude,latitude", *rows]) + "\n"


def test_every_unit_that_is_read_has_a_name_for_people() -> None:
    words, columns = (tomllib.loads(Assets().text(f"ontologies/lifting/{name}.toml")) for name in ("units", "columns"))
    units = {*words["unit"], *(one["unit"] for one in words["multiple"].values()),
             *re.findall(r"'unit': '([^']+)'", repr(columns))}
    named = Vocabulary.load(Assets())
    assert len(units) > 20
    assert [unit for unit in units for language in ("zh-Hant", "en") if not named.label(UNITS + unit, language)] == []


@pytest.mark.parametrize("hours", [1, 12])
def test_observations_have_station_and_time_as_their_key(tmp_path: Path, hours: int) -> None:
    document = described(tmp_path, "air_2024-10.csv", air(hours))
    schema, found = document["tableSchema"], columns(document)
    assert schema["aboutUrl"] == BASE + "air/{siteid}/{publishtime}"
    assert schema["primaryKey"] == ["siteid", "publishtime"]
    assert found["longitude"]["aboutUrl"] == found["sitename"]["aboutUrl"] == BASE + "air/{siteid}"
    assert found["longitude"]["propertyUrl"].endswith("wgs84_pos#long")
    assert found["no2"]["odl:unit"] == {"@id": "http://qudt.org/vocab/unit/PPB"}
    assert any("PPB" in text for text in found["no2"]["odl:doubtful"])
    done = run("lift", tmp_path / "air_2024-10.csv", "--mode", "minimal", "--vocabulary", tmp_path / "v.ttl")
    assert done.exit_code == 0, done.stderr
    graph = rdflib.Graph().parse(data=done.stdout, format="nt").parse(tmp_path / "v.ttl")
    question = """PREFIX qb: <http://purl.org/linked-data/cube#> PREFIX sosa: <http://www.w3.org/ns/sosa/>
        SELECT (COUNT(DISTINCT ?o) AS ?n) WHERE {
          ?o a qb:Observation ; qb:dataSet/qb:structure/qb:component/qb:measure ?m ; ?m ?v ;
          sosa:resultTime ?t ; sosa:hasFeatureOfInterest ?s . ?s <http://purl.org/dc/terms/spatial> ?county
          FILTER (DATATYPE(?v) = <http://www.w3.org/2001/XMLSchema#decimal> && STRENDS(STR(?t), "+08:00")
                  && STRSTARTS(STR(?county), "https://w3id.org/odlinked/code/county/")) }"""
    assert [int(row[0]) for row in graph.query(question)] == [3 * hours]


def test_editions_share_their_addresses() -> None:
    dated = ("aqx_p_432_2024-10", "oid_GDS_2018-01-28", "genary_2024-09-04_2350", "2024", "aqx_p_432")
    assert [undated(text) for text in dated] == ["aqx_p_432", "oid_GDS", "genary", "2024", "aqx_p_432"]


def test_a_persons_decisions_are_kept(tmp_path: Path) -> None:
    document = described(tmp_path, "air.csv", air(2))
    assert again(tmp_path, "air.csv") == document
    found = columns(document)
    found["no2"]["odl:unit"] = {"@id": "http://qudt.org/vocab/unit/PPM"}
    found["no2"]["dc:description"] = "二氧化氮"
    del found["no2"]["odl:doubtful"], found["county"]["odl:codeList"]
    document["tableSchema"]["aboutUrl"] = "http://example.org/air/{siteid}"
    (tmp_path / "air.csv-metadata.json").write_text(json.dumps(document))
    (tmp_path / "air.csv").write_text(air(3).replace("pm2.5", "pm25"), encoding="utf-8")
    later = again(tmp_path, "air.csv")
    kept = columns(later)
    assert kept["no2"] == found["no2"]
    assert "odl:codeList" not in kept["county"]
    assert later["tableSchema"]["aboutUrl"] == "http://example.org/air/{siteid}"
    assert "pm25" in kept
    assert "pm2.5" not in kept
    assert any("pm2.5" in text for text in later["odl:doubtful"])
    assert later["odl:rows"] == 9
    assert columns(again(tmp_path, "air.csv"))["no2"] == found["no2"]


def test_a_person_is_told_of_first_and_left_out(tmp_path: Path) -> None:
    text = "案號,姓名,行動電話\n" + "".join(f"{number},王小{sign},09123456{number:02}\n" for number, sign in
                                              enumerate("明美華英志文國建家" * 3, 1))
    document = described(tmp_path, "p.csv", text, code=1)
    left_out = [column for column in document["tableSchema"]["columns"] if column.get("suppressOutput")]
    assert {column["titles"][0] for column in left_out} == {"姓名", "行動電話"}
    said = (tmp_path / "p.csv-metadata.json").read_text(encoding="utf-8")
    assert "王小" not in said
    assert "0912" not in said
    done = run("lift", tmp_path / "p.csv", "--mode", "minimal")
    assert done.exit_code == 0
    assert done.stderr.startswith("p.csv：「")
    assert "王小" not in done.output


def test_doubts_about_keys(tmp_path: Path) -> None:
    twice = described(tmp_path, "a.csv", table(id=[*NUMBERED[:-1], "1"], v=NUMBERED))
    assert "primaryKey" not in twice["tableSchema"] or twice["tableSchema"]["primaryKey"] != ["id"]
    assert any("row 31: 1" in text for text in twice["odl:doubtful"])
    none = described(tmp_path, "b.csv", table(a=["x", "y"] * 15, b=["1.5", "1.5"] * 15))
    assert none["tableSchema"]["aboutUrl"].endswith("row-{_sourceRow}")
    assert any("key" in text for text in none["odl:doubtful"])


def test_a_heading_that_means_more_than_its_values_is_told(tmp_path: Path) -> None:
    found = columns(described(tmp_path, "t.csv", table(日期=["113/02/30", "112年3月"], 縣市=["火星市", "臺北市"])))
    assert "datatype" not in found["date"]
    assert any("113/02/30" in text for text in found["date"]["odl:doubtful"])
    assert "odl:codeList" not in found["county"]
    assert any("火星市" in text for text in found["county"]["odl:doubtful"])


def test_links_to_identifiers_addresses_and_lists(tmp_path: Path) -> None:
    rows = table(機關名稱=["甲", "乙"], old_oid=["2.16.886.101.20003", "2.16.886.101.20004"],
                 網址=["https://a.gov.tw/x?y=1&z", "http://b.gov.tw/"], 縣市=["台北市", "臺南市"])
    document = described(tmp_path, "t.csv", rows)
    done = run("lift", tmp_path / "t.csv", "--mode", "minimal")
    assert done.exit_code == 0
    for found in ("<urn:oid:2.16.886.101.20003>", "<https://a.gov.tw/x?y=1&z>", "<https://w3id.org/odlinked/code/county/63000>"):
        assert found in done.stdout
    assert columns(document)["old_oid"]["valueUrl"] == "urn:oid:{+old_oid}"


@pytest.mark.parametrize(("encoding", "separator"), [("cp950", ","), ("utf-16", "\t"), ("utf-8-sig", ";"), ("big5", ",")])
def test_encodings_separators_and_titles_above(tmp_path: Path, encoding: str, separator: str) -> None:
    stations = [(f"站{sign}", f"{place}.5", "無") for place, sign in enumerate("甲乙丙丁戊己庚辛壬癸")]
    rows = [("測站", "濃度(ppm)", "備註"), *stations]
    lines = ["空氣品質監測", "", *map(separator.join, rows), "註：單位為 ppm"]
    (tmp_path / "t.csv").write_bytes("\n".join(lines).encode(encoding))
    document = again(tmp_path, "t.csv")
    second = document["tableSchema"]["columns"][1]
    assert (second["datatype"], second["odl:unit"]) == ("decimal", {"@id": "http://qudt.org/vocab/unit/PPM"})
    done = run("lift", tmp_path / "t.csv", "--mode", "minimal", "--lang", "en")
    assert done.exit_code == 0, done.stderr
    assert "t.csv: 10 rows" in done.stderr


def test_a_workbook_is_described_and_lifted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "監測"
    for line in air(2).splitlines():
        sheet.append(line.split(","))
    book.save(tmp_path / "t.xlsx")
    assert again(tmp_path, "t.xlsx")["odl:sheet"] == "監測"
    assert run("lift", tmp_path / "t.xlsx", "--mode", "minimal").exit_code == 0


@pytest.mark.parametrize(("text", "wanted"), [
    ("113.09.04", "2024-09-04"), ("1130904", "2024-09-04"), ("民國113年9月4日", "2024-09-04"), ("113", None), ("", None),
    ("113.09.04(三)23:50", "2024-09-04T23:50:00"), ("2024-09-04", None), ("20240904", None), ("113.13.04", None),
    ("99/2/29", None), ("113/09", None), ("１１３／０９／０４", "2024-09-04"),
])
def test_roc_days(text: str, wanted: str | None) -> None:
    assert roc.iso(text) == wanted


@pytest.mark.parametrize(("heading", "unit"), [
    ("裝置容量(MW)", "MW"), ("風速（單位：m/s）", "M-PER-SEC"), ("金額[千元]", "TaiwanDollar"),
    ("PM2.5(μg/m³)", "MicroGM-PER-M3"), ("濃度（ＰＰＭ）", None), ("名稱(中文)", None), ("MW", None),
])
def test_units_in_headings(heading: str, unit: str | None) -> None:
    found = DescribingWords(Assets()).unit(heading)
    assert (found[0].rpartition("/")[2] if found else None) == unit


def test_names_are_latin_and_each_once() -> None:
    assert names(["AQI(指標)", "aqi", "測站", "測站", "pm2.5", "wind speed", ""], {}, {}) \
        == ["AQI", "aqi_2", "column_3", "column_4", "pm2.5", "wind_speed", "column_7"]
