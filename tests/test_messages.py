"""What the program tells is told in Chinese, too: the source is read, and a text without its translation fails."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import click
import pytest
from builders import told
from builders.house import SOURCE
from hypothesis import given
from hypothesis import strategies as st

from odlinked import messages
from odlinked.cli.help import paragraphs
from odlinked.cli.verbs import main
from odlinked.errors import InputError, SettingsError
from odlinked.mapping.forms import FormError

ROOT = Path(__file__).parents[1]
TEXTS = tomllib.loads((ROOT / messages.ASSET).read_text(encoding="utf-8"))
KNOWN = {section: {told.places(text) for text in texts} for section, texts in TEXTS.items()}
CHINESE = messages.load("zh-Hant")

NOT_TOLD = re.compile(r"deprecat|Deprecat|iterable|Could not determine name|No options defined|Arguments take|defined twice"
                      r"|same flag|^\(dynamic\)|^Choice\(|Do you want|Confirm the action|%\(prog\)s"
                      r"|^Missing (argument|option|parameter|\{)")
"""Texts of click for writers of commands, of prompts, and beginnings that `Missing argument {name}.` and others stand for."""


def test_every_error_has_its_chinese() -> None:
    lacking = [one for one in told.of_errors() if one.text is not None and one.text not in KNOWN[one.section]
               and not (one.section == "part" and one.text in KNOWN["why"] | KNOWN["doing"])]
    assert lacking == [], f"add them to {messages.ASSET}, in the section named"


def test_every_text_of_an_error_can_be_read_off_the_source() -> None:
    """What a library or the operating system says stands within a sentence of ours."""
    assert [one.place for one in told.of_errors() if one.text is None] == []


def test_every_query_that_was_not_answered_has_its_chinese() -> None:
    """But what a process in the cage says of itself, which is passed on in its own words."""
    texts = list(told.of_failures())
    assert len(texts) > 80
    assert [one for one in texts if one.text is not None and one.text not in KNOWN[one.section]] == []
    assert {one.place.partition(":")[0] for one in texts if one.text is None} <= {"cage/process.py", "mirror/answers.py"}


def test_every_line_of_the_command_line_has_its_chinese() -> None:
    texts = list(told.of_command_line())
    assert len(texts) > 50
    assert [one for one in texts if one.text is None or one.text not in TEXTS[one.section]] == []


def test_the_command_line_writes_no_words_of_its_own() -> None:
    """What is printed is data, or goes through `say` and `told`."""
    assert [one for one in told.printed() if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", one.text or "")] == []


def test_every_help_has_its_chinese() -> None:
    verbs = [main, *main.commands.values()]
    helps = [part for verb in verbs for part in paragraphs(verb.help or "")]
    helps += [option.help for verb in verbs for option in verb.params if isinstance(option, click.Option) and option.help]
    assert [text for text in helps if text not in TEXTS["help"] and text not in TEXTS["click"]] == []


def test_every_text_of_click_has_its_chinese() -> None:
    texts = list(told.of_click())
    assert len(texts) > 50
    assert [one for one in texts if one.text not in TEXTS["click"] and told.places(one.text or "") not in KNOWN["click"]
            and not NOT_TOLD.search(one.text or "")] == []


@pytest.mark.parametrize("section", TEXTS)
def test_a_translation_has_the_values_of_its_text(section: str) -> None:
    for text, translation in TEXTS[section].items():
        values = Counter(messages.PLACE.findall(text))
        assert values - Counter(number=1) == Counter(messages.PLACE.findall(translation)) if text.startswith("[Errno") else (
            values == Counter(messages.PLACE.findall(translation))), text
        assert max(values.values(), default=1) == 1, text
        assert translation, text
    assert len(KNOWN[section]) == len(TEXTS[section]), "two texts differ in the names of their values only"


def test_what_csv_on_the_web_says_of_a_description_has_its_chinese() -> None:
    texts = [one for one in told.of_descriptions() if one.text is not None]
    assert len(texts) > 40
    assert [one for one in texts if one.text not in KNOWN["part"] | KNOWN["why"]] == []


def test_every_stage_has_its_chinese() -> None:
    stages = {stage for path in SOURCE.rglob("*.py") for stage in re.findall(r"progress\(\"(\w+)\"", path.read_text("utf-8"))}
    assert len(stages) > 8
    assert stages - {"rows"} == TEXTS["stage"].keys()


def test_a_translation_that_nothing_tells_is_removed() -> None:
    used = {(one.section, one.text) for one in (*told.of_errors(), *told.of_failures(), *told.of_command_line())}
    for section in ("doing", "next", "noun"):
        unused = {text for text in TEXTS[section] if (section, told.places(text)) not in used}
        assert unused <= {"Did you mean {names}? Known: {known}", "Did you mean {names}? ", "Known: {known}", "note"}, section


def test_an_error_is_told_with_its_values_in_the_order_of_chinese() -> None:
    error = SettingsError("'publish.keep' must be a whole number, not 'ten'", doing="reading settings", on="odlinked.toml")
    assert CHINESE.line(error) == "讀取設定 odlinked.toml：'publish.keep' 應為整數，不是 'ten'"
    assert messages.load("en").line(error) == error.line()
    error = InputError("the file has 2,000 bytes; the cap is 1,000", doing="reading", on="a.csv",
                       next_step="Raise read.max_bytes if this is meant")
    assert CHINESE.line(error) == "讀取 a.csv：檔案有 2,000 位元組；上限為 1,000。若確實需要，請調高設定 read.max_bytes"


def test_reasons_within_a_reason_are_told() -> None:
    error = FormError("no form fits: moenv-open knows 11 of 13 headings; not known: B 備考, D 說名 and 2 more; "
                      "missing: 資料集描述; perhaps 說名 ~ 說明", doing="finding the form of", on="a.xlsx, sheet 大氣")
    assert CHINESE.line(error) == (
        "判斷表單 a.xlsx，工作表 大氣：沒有符合的表單：moenv-open 認得 13 個標題中的 11 個；"
        "不認得：B 備考, D 說名 等（另有 2 項）；缺少：資料集描述；可能是（本表的標題 ~ 應有的標題）：說名 ~ 說明")
    error = InputError("the file cannot be opened ([Errno 13] Permission denied: 'a.csv')", doing="reading", on="a.csv")
    assert CHINESE.line(error) == "讀取 a.csv：檔案無法開啟（沒有權限：'a.csv'）"


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_value_stays_in_what_is_told(why: str, on: str, name: str) -> None:
    """What a stranger's file is called or holds never breaks the line, and is never lost from it."""
    assert CHINESE.line(InputError(why, doing="reading", on=on)).isprintable()
    told_of = CHINESE.told("why", f"there is no form {name!r}")
    assert repr(name) in told_of


@pytest.mark.parametrize(("why", "expected"), [
    ("'publish.keep' must be 1 to 1,000,000, not 0", "'publish.keep' 應為 1 到 1,000,000，不是 0"),
    ("a parameter is written --NAME VALUE, and the value is missing", "參數要寫成 --NAME VALUE，缺少了值"),
    ("the JSON is broken at line 2, column 1: a value is missing", "JSON 在第 2 行第 1 字有誤：缺少值"),
    ("2030-01-01 is still to come: it is 2026-11-30 in the catalogue's time zone",
     "2030-01-01 還沒到：目錄時區的今天是 2026-11-30"),
    ("No space left on device", "磁碟空間已滿"),
    ("it cannot be written (from here to eternity)", "無法寫入（from here to eternity）"),
    ("there is no form 'the form is missing'", "沒有表單 'the form is missing'"),
])
def test_the_text_that_says_most_is_the_one_told(why: str, expected: str) -> None:
    """A reason that fits several texts, or a value that reads like one."""
    assert CHINESE.line(InputError(why)) == expected


def test_a_text_of_nobody_stays_as_it_is() -> None:
    assert CHINESE.told("why", "something a library says") == "something a library says"
    assert CHINESE.told("why", "x" * 5_000) == "x" * 5_000
