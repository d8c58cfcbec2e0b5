"""Persons go from a text in whatever way they are written, and everything else stays letter for letter."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.persons import LEFT_OUT, recognition
from odlinked.persons.numbers import is_identity

WORDS = recognition(Assets())
MAIL = "ming.wang@agency.gov.tw"
MOBILE = "0912-345-678"
NAME = "王小明"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("洽 ming.wang＠agency.gov.tw。", "洽 …。"),
        ("洽 ming.wang@\u200bagency.gov.tw。", "洽 …。"),
        ("洽ming.wang(at)agency.gov.tw洽", "洽…洽"),
        ("ming.wang [at] agency [dot] gov [dot] tw", "…"),
        ("ming dot wang at agency dot gov dot tw", "…"),
        ("ming.wang at agency.gov.tw", "…"),
        ("ｍｉｎｇ．ｗａｎｇ＠ａｇｅｎｃｙ．ｇｏｖ．ｔｗ", "…"),
        ("ming.wang @ agency.gov.tw", "…"),
        ("ming.wang%40agency.gov.tw", "…"),
        ("ming.wang@agency。gov。tw", "…"),
        ("寄 ming.wang@agency 即可", "寄 … 即可"),
        ("0912–345–678（en dash）", "…（en dash）"),
        ("０９１２－３４５－６７８", "…"),
        ("0912.345.678", "…"),
        ("0912\u00a0345\u00a0678", "…"),
        ("0912\u200b345678", "…"),
        ("(0912)345-678", "(…"),
        ("+886 912 345 678", "…"),
        ("+886-(0)912-345678", "…"),
        ("手機0912345678分機", "手機…分機"),
        ("tel0912345678", "tel…"),
        ("09-1234-5678", "…"),
        ("02-23117722／0912-345-678", "02-23117722／…"),
        ("身分證A123456789號", "身分證…號"),
        ("Ａ１２３４５６７８９", "…"),
        ("a123456789", "…"),
        ("居留證 A800000014", "居留證 …"),
        ("https://a.tw/x?api_key=abc&b=1", "https://a.tw/x?api_key=…&b=1"),
    ],
)
def test_addresses_and_numbers_of_persons_go(text: str, left: str) -> None:
    assert WORDS.cleaned(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("承辦人王小明分機6001；聯絡人：李大華", "承辦人…分機6001；聯絡人：…"),
        ("承 辦 人：王 小 明", "承 辦 人：…"),
        ("請洽王小明 02-23117722", "請洽… 02-23117722"),
        ("洽環境部王小明科長", "洽環境部…科長"),
        ("聯絡窗口：張三", "聯絡窗口：…"),
        ("聯絡人：歐陽小明、李大華", "聯絡人：…、…"),
        ("聯絡人：伊斯坦大·貝雅夫", "聯絡人：…"),
        ("Contact: Ming Wang, 02-23117722", "Contact: …, 02-23117722"),
        ("簽奉資訊長李大華核定", "簽奉資訊長…核定"),
        ("王小明先生與林小姐", "…先生與…小姐"),
        ("本案由陳科長核定", "本案由…科長核定"),
        ("如有問題請聯繫 張三豐 技士", "如有問題請聯繫 … 技士"),
        ("單位主管：李大華", "單位主管：…"),
        ("請洽 王小明 或 李大華", "請洽 … 或 …"),
        ("陳 大 文 先生", "… 先生"),
        ("技士王小明", "技士…"),
        ("連絡電話：02-23117722 陳大文", "連絡電話：02-23117722 …"),
        ("林志強（分機123）", "…（分機123）"),
        ("資料維護人員：陳大文", "資料維護人員：…"),
        ("本資料由王小明提供。", "本資料由…提供。"),
        ("王小明製表", "…製表"),
        ("王小明 製表", "… 製表"),
        ("核章：王小明", "核章：…"),
        ("攝影：歐陽小明", "攝影：…"),
        ("資訊處（王小明）提供", "資訊處（…）提供"),
        ("Contact person Mei-Ling Chen, tel 02-23117722", "Contact person …, tel 02-23117722"),
        ("maintained by CHEN MEI LING", "maintained by …"),
    ],
)
def test_names_go_where_a_word_tells_them(text: str, left: str) -> None:
    assert WORDS.cleaned(text) == left


CLEAN = [
    "聯絡人清冊", "承辦人數統計", "承辦人員名冊", "先生館", "聯絡電話", "請洽水質保護司", "請洽本署承辦單位",
    "單一窗口服務", "洽詢專線1999",
    "主任秘書", "水質保護司司長", "林務局長", "高級工程師", "農林技士", "孫中山先生紀念館", "張老師月刊",
    "機關首長（秘書長）", "首長簡歷", "聯絡道路長度",
    "勞動基準法洽詢管道", "大陸採購經理人指數", "臺灣土地銀行股份有限公司長安分行", "簽奉資訊長核定",
    "電話02-2311-7722#6001", "037-555010", "統一編號04595257",
    "121.0912345678,25.0312345678", "20240912345678", "aqx_p_0912345678", "A0912345678", "府觀管字第0970090643號",
    "每日09 12 15 18 21時",
    "2024-09-12 10:11:12", "7e3a09-7164-4170-8b3f", "service@agency.gov.tw", "odata-01@agency.gov.tw", "opendata＠agency.gov.tw",
    "https://medium.com/@agency", "https://www.flickr.com/photos/12345678@N00/", "Data are available at data.gov.tw",
    "by hand at PM2.5 stations",
    "ide@ Taiwan", "A123456788", "AB12345678", "價格 = 單價 × 數量", "陳情案件", "王田段", "周邊設施",
    "請於3日內聯絡", "高雄港 07-2131234",
    "林業署 02-23515441", "洪水庫 02-23117722", "聯絡人：水質保護司", "Contact: see website",
    "由林管處提供", "由何單位提供", "由許多單位提供", "審核：通過", "填報：每月",
    "製表：環境部", "由葉綠素等指標", "由江蘇省提供", "審核：金額正確",
    "國立臺灣大學（張老師）", "林務局（林業署）", "Contact Taipei City Government", "contact the office",
    "provided by Lin Yuan Museum",
]


@pytest.mark.parametrize(("text", "is_name"), [
    ("王小明", True), ("王 小 明", True), ("Chen, Mei-Ling", True), ("Mei-Ling Chen", True), ("WANG HSIAO-MING", True),
    ("Mei-Ling", False), ("Wei-Fang Station", False), ("Chung-Hsing University", False), ("Chen Gong", False),
    ("PM2.5 10-20", False),
])
def test_a_whole_text_is_a_name_or_not(text: str, is_name: bool) -> None:
    assert WORDS.names.is_name(text) is is_name


@pytest.mark.parametrize("text", CLEAN)
def test_clean_values_stay_letter_for_letter(text: str) -> None:
    assert WORDS.cleaned(text) == text


def test_names_known_from_elsewhere_go_wherever_they_stand() -> None:
    known = WORDS.persons(["王小明", "古堂杏|先生", "林 志 強", "張明", "王", "水質保護司", "承辦人", "02-23117722",
    "service@agency.gov.tw"])
    assert known == {"王小明", "古堂杏", "林志強", "張明"}
    clean = WORDS.cleaner(known)
    assert clean("限王小明使用") == "限…使用"
    assert clean("由 張明 製表") == "由 … 製表"
    assert clean("開張明細") == "開張明細"
    assert clean("水質保護司") == "水質保護司"


def test_addresses_keep_their_paths() -> None:
    clean = WORDS.cleaner(address=True)
    for kept in ("https://a.tw/0912345678/x.csv", "https://user:pass@a.tw/x", "https://a.tw/y?id=7c09-1234-5678",
    "https://a.tw/d?api_key=abc"):
        assert clean(kept) == kept
    assert clean("https://a.tw/f?email=ming.wang@agency.gov.tw&phone=0912345678") == "https://a.tw/f?email=…&phone=…"
    assert clean("mailto:ming.wang@agency.gov.tw") == "mailto:…"


@pytest.mark.parametrize(
    ("local", "is_unit"),
    [("service", True), ("odata", True), ("opendata", True), ("service01", True), ("open-data", True), ("moenv_odata",
    True), ("Service", True),
     ("ming.wang", False), ("wang", False), ("service.wang", False), ("", False), ("123", False)],
)
def test_a_mailbox_of_a_unit_is_named_for_a_role(local: str, is_unit: bool) -> None:
    assert WORDS.is_unit_mailbox(local) is is_unit


def test_identity_numbers_have_a_check_digit() -> None:
    assert is_identity("A123456789")
    assert is_identity("A800000014")
    assert not is_identity("A123456788")


JUNK = ["", "\u200b", "\u2060", "\ufeff", "\u00ad"]
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(st.data())
def test_a_mobile_number_goes_in_every_spelling(data: st.DataObject) -> None:
    mark = data.draw(st.sampled_from(["-", " ", ".", "", "–", "－", "\u00a0", "‑", "−", "ー"]))
    number = mark.join(["0912", "345", "678"])
    if data.draw(st.booleans()):
        number = number.translate(WIDE)
    number = "".join(character + data.draw(st.sampled_from(JUNK)) for character in number)
    before, after = data.draw(st.sampled_from(["", "洽", "手機：", "（"])), data.draw(st.sampled_from(["", "。", "分機", "）"]))
    assert WORDS.cleaned(before + number + after).strip("\u200b\u2060\ufeff\u00ad") in (before + LEFT_OUT + after, *(
        before + LEFT_OUT + junk + after for junk in JUNK))


@given(st.data())
def test_a_mail_address_goes_in_every_spelling(data: st.DataObject) -> None:
    sign = data.draw(st.sampled_from(["@", "＠", "﹫", "(at)", " [at] ", "（at）", " @ ", "%40"]))
    dot = data.draw(st.sampled_from([".", "．", " [dot] ", "(dot)"]))
    address = "ming.wang" + sign + dot.join(["agency", "gov", "tw"])
    address = "".join(character + data.draw(st.sampled_from(JUNK)) for character in address)
    found = WORDS.cleaned("洽" + address + "。")
    assert "wang" not in found
    assert "agency" not in found


@given(st.text(alphabet=st.sampled_from("洽承辦人聯絡：王小明先生科長@.09-1a ＠\u200b０９\n=at"), max_size=60))
def test_what_is_cleaned_is_clean(text: str) -> None:
    once = WORDS.cleaned(text)
    assert WORDS.cleaned(once) == once


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_only_what_is_left_out_changes(text: str) -> None:
    found = WORDS.cleaned(text)
    if LEFT_OUT not in found:
        assert found == text


@pytest.mark.parametrize("text", ["a@" * 40_000, "09" * 60_000, "洽" * 60_000, "承辦人：" * 20_000, "王" * 80_000,
        " at a." * 20_000, "先生" * 40_000,
                                  "a.b" * 40_000 + "@", "(" * 80_000, "A1" * 40_000, "at.(dot)" * 20_000],
                                  ids=lambda text: text[:6])
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    before = time.process_time()
    WORDS.cleaned(text)
    assert time.process_time() - before < 8
