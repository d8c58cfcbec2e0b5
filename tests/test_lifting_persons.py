"""Columns of names are never lifted without a decision in writing, however few rows a file has and whoever the names are of."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from odlinked.assets import Assets
from odlinked.cli.verbs import main
from odlinked.standards import packs

NAMES = ("王小明", "李大華", "陳美玲")


def lifted(folder: Path, headings: str, *rows: str) -> tuple[str, str]:
    """Lift a file without a description, and again by the one that is written for it; return what was written each time."""
    file = folder / "file.csv"
    file.write_text("\n".join((headings, *rows)) + "\n", encoding="utf-8")
    out = [folder / "plain.nt", folder / "described.nt"]
    run = CliRunner()
    for target, before in ((out[0], []), (out[1], ["lift", "--describe", str(file)])):
        if before:
            assert run.invoke(main, before).exit_code == 1, "a column of persons is told"
        assert run.invoke(main, ["lift", str(file), "--output", str(target)]).exit_code in (0, 1)
    return out[0].read_text(encoding="utf-8"), out[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("heading", ["姓名", "承辦人", "承辦人姓名", "聯絡人", "連絡人姓名", "填表人", "經辦", "學生姓名",
                                     "Contact Person"])
@pytest.mark.parametrize("rows", [1, 3])
def test_names_of_persons_are_left_out(tmp_path: Path, heading: str, rows: int) -> None:
    for text in lifted(tmp_path, f"station,{heading},rain", *(f"s{i},{NAMES[i]},{i}" for i in range(rows))):
        assert '"s0"' in text
        assert not [name for name in NAMES if name in text]


@pytest.mark.parametrize("heading", ["承辦單位", "聯絡電話單位", "測站名稱"])
def test_what_is_no_person_is_lifted(tmp_path: Path, heading: str) -> None:
    file = tmp_path / "file.csv"
    file.write_text(f"station,{heading}\ns1,水利署\ns2,能源局\n", encoding="utf-8")
    out = tmp_path / "out.nt"
    assert CliRunner().invoke(main, ["lift", str(file), "--output", str(out)]).exit_code == 0
    assert "水利署" in out.read_text(encoding="utf-8")


MANY = ("王小明", "陳怡君", "林志豪", "張雅婷", "李家豪", "黃淑芬")
PERSONAL = {
    "備註": MANY, "說明": MANY, "欄位1": MANY, "Name": MANY, "車主": MANY, "所有權人": MANY, "死者": MANY,
    "姓 名": tuple(" ".join(name) for name in MANY), "欄位2": ("Chen, Mei-Ling", "Chih-Wei Lin", "HUANG SHU-FEN"),
    "Full Name": ("John Smith", "Mary Jones", "Tom Hardy"),
    "證號": ("Ａ１２３４５６７８９", "Ｂ２２３４５６７８３", "Ａ２２３４５６７８１"), "身分證字號": ("A123***789", "B223***783"),
    "電話": ("900300500", "901301501"), "聯絡方式": ("+886 912-345-678", "0923 456 789"), "住家電話": ("(02)2300-4500",),
    "住址": ("臺北市大安區和平東路1段10號2樓",), "Home Address": ("No. 12, Sec. 3, Heping E. Rd., Taipei",),
    "通訊地址": ("臺中市西屯區文心路二段99號",), "生日": ("60/01/10", "61/02/11"),
    "出生年月日": ("民國60年1月10日",), "DOB": ("1971-01-10",),
    "欄位3": ("912345678", "923456780", "966123456"), "編號": ("ABC-1200", "1234-XY", "AB-3456", "XYZ 0123", "B2-0001"),
    "車牌": ("ABC-1200", "1234-XY"), "License Plate": ("ABC-1200",), "護照號碼": ("300000001",), "健保卡號": ("000012345678",),
    "帳號": ("0081234567001",), "LINE ID": ("xiao1ming",)}


@pytest.mark.parametrize("heading", PERSONAL)
def test_personal_data_is_left_out_under_whatever_heading(tmp_path: Path, heading: str) -> None:
    values = PERSONAL[heading]
    for text in lifted(tmp_path, f"station,{heading},rain", *(f's{i},"{value}",{i}' for i, value in enumerate(values))):
        assert '"s0"' in text
        assert not [value for value in values if value in text]


def test_a_telephone_beside_a_person_is_left_out_and_one_of_an_office_is_not(tmp_path: Path) -> None:
    numbers = ("(02)2300-4500", "(02)2301-4501", "(02)2302-4502")
    beside, _ = lifted(tmp_path, "station,車主,電話", *(f"s{i},{MANY[i]},{number}" for i, number in enumerate(numbers)))
    assert not [number for number in numbers if number in beside]
    other = tmp_path / "offices"
    other.mkdir()
    offices, _ = lifted(other, "單位,承辦人,電話", *(f"s{i},{MANY[i]},{number}" for i, number in enumerate(numbers)))
    assert [number for number in numbers if number in offices] == list(numbers)


def test_a_remark_that_is_only_a_name_is_left_out_of_its_cell(tmp_path: Path) -> None:
    file, out = tmp_path / "file.csv", tmp_path / "out.nt"
    remarks = ["設備正常運轉中", "王小明", "林內村", "設備維修中"]
    file.write_text("station,備註\n" + "".join(f"s{i},{text}\n" for i, text in enumerate(remarks)), encoding="utf-8")
    done = CliRunner().invoke(main, ["lift", str(file), "--output", str(out), "--lang", "en"])
    assert (done.exit_code, "a cell names a person" in done.stderr) == (1, True)
    text = out.read_text(encoding="utf-8")
    assert ("王小明" in text, *(one in text for one in (remarks[0], remarks[2], remarks[3]))) == (False, True, True, True)


def kinds_of(written: str) -> list[str]:
    """Return the kinds of personal data of a column of values (a _ is a blank in one) under a heading that says nothing."""
    values = [value.replace("_", " ") for value in written.split()]
    persons = packs.load(Assets()).persons(rows=True)
    persons.begin(["欄位1"])
    persons.take_columns(len(values), [set(values)], lambda place: Counter(values))
    return [one.kind.rpartition("/")[2] for one in persons.outcome()]


@pytest.mark.parametrize("values", [
    "王明 陳怡 林豪 張婷 李豪", "王明 陳怡 林志豪 張婷 李家豪 黃芬", "王伟 李娜 张敏 刘洋",
    "王小明、李大華 陳怡君、林志豪 張雅婷",
    "王小明_組員 陳怡君_組員 林志豪_組員", "王小明組長 陳怡君組員 林志豪主任", "王小明（組員） 陳怡君（組員） 林志豪(組員)",
    "「王小明」 「陳怡君」 「林志豪」", "1.王小明 2.陳怡君 3.林志豪",
    "約翰·史密斯 湯姆·哈迪 瓦歷斯·諾幹", "歐陽美玲 張簡志豪 范姜大明", "山田太郎 佐藤花子 鈴木一郎 田中美咲",
    "John_Smith Mary_Jones Brown,_Anna", "Chen_Meiling Lin_Chih_Wei Huang_Shufen",
    "Nguyễn_Văn_An Trần_Thị_Mai Le_Van_Hung", "王小明 陳怡君 林志豪" + " 無" * 8 + " -" * 8])
def test_a_column_of_names_is_known_however_they_are_written(values: str) -> None:
    assert kinds_of(values) == ["listed-name"]


@pytest.mark.parametrize("values", [
    "古亭 松山 林口 汐止 基隆 馬公 金門", "林口 林園 林內 林邊 馬公", "江翠 金華 龍山 康寧 永吉", "高屏溪 林邊溪 東港溪 曾文溪",
    "牛肉麵 魯肉飯 葉菜類", "水稻 高粱 李子 柳丁 文旦", "黃色 白色 藍色", "Ford_Focus Toyota_Camry Honda_Civic", "無 無 -",
    "New_York San_Jose Hong_Kong", "Daan_District Yang_Mei Lin_Kou"])
def test_a_column_of_places_and_things_is_none_of_names(values: str) -> None:
    assert kinds_of(values) == []


@pytest.mark.parametrize(("heading", "values"), [
    ("河川", ("林邊溪", "楊家溪", "許厝溪", "黃金溪")), ("村里", ("林內村", "張厝里", "黃石里", "楊明里")),
    ("Station", ("Chung-Li", "Lin-Kou Station", "Yang Mei")),
    ("測站", ("基隆站", "林口站", "楊梅站", "蘇澳站")), ("公車車號", ("KKA-0001", "KKA-0002", "KKA-0003")),
    ("型號", ("KKA-0001", "KKA-0002", "KKA-0003", "KKA-0004")), ("流水號", ("900000001", "900000002", "900000003")),
    ("年月", ("2024-10", "2023-11", "2022-12")), ("代碼", ("912345678", "823456789", "712345678")),
    ("電話", ("(02)2300-4500", "(02)2301-4501")), ("地址", ("臺北市大安區和平東路1段10號2樓",))])
def test_places_things_and_offices_are_no_persons(tmp_path: Path, heading: str, values: tuple[str, ...]) -> None:
    file, out = tmp_path / "file.csv", tmp_path / "out.nt"
    file.write_text(f"station,{heading}\n" + "".join(f"s{i},{value}\n" for i, value in enumerate(values)), encoding="utf-8")
    assert CliRunner().invoke(main, ["lift", str(file), "--output", str(out)]).exit_code == 0
    assert not [value for value in values if value not in out.read_text(encoding="utf-8")]
