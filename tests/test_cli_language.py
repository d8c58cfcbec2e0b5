"""The command line speaks Chinese or English: by `--lang` before or after the verb, by ODLINKED_LANG, by the locale."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from odlinked.cli.help import WideFormatter
from odlinked.cli.language import chosen
from odlinked.cli.verbs import main
from odlinked.quality.reports.widths import width

EXAMPLES = Path(__file__).parents[1] / "examples"
INVENTORY = EXAMPLES / "moenv-inventory-2026.xlsx"
TAIWAN = {"LC_ALL": "zh_TW.UTF-8"}
ELSEWHERE = {"LC_ALL": "C.UTF-8"}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=ELSEWHERE if env is None else env).invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(("arguments", "environment", "spoken", "written"), [
    ([], {}, "en", "zh-Hant"),
    ([], {"LANG": "zh_TW.UTF-8"}, "zh-Hant", "zh-Hant"),
    ([], {"LC_ALL": "C", "LANG": "zh_TW.UTF-8"}, "en", "zh-Hant"),
    ([], {"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en_US.UTF-8"}, "zh-Hant", "zh-Hant"),
    ([], {"LANG": "en_US.UTF-8"}, "en", "zh-Hant"),
    ([], {"LANG": "POSIX"}, "en", "zh-Hant"),
    ([], {"ODLINKED_LANG": "en", "LANG": "zh_TW.UTF-8"}, "en", "en"),
    (["--lang", "zh-Hant", "list"], {"ODLINKED_LANG": "en"}, "zh-Hant", "zh-Hant"),
    (["list", "forms", "--lang=en"], {"LANG": "zh_TW.UTF-8"}, "en", "en"),
    (["--lang", "zh-Hant", "list", "--lang", "en"], {}, "en", "en"),
    (["read", "--", "--lang", "en"], {"LANG": "zh_TW.UTF-8"}, "zh-Hant", "zh-Hant"),
    (["list", "--lang"], {"LANG": "zh_TW.UTF-8"}, "zh-Hant", "zh-Hant"),
    (["list", "--lang", "fr"], {}, "en", "zh-Hant"),
])
def test_the_language_is_chosen(arguments: list[str], environment: dict[str, str], spoken: str, written: str) -> None:
    found = chosen(arguments, environment)
    assert (bool(found.messages.sections), found.written) == (spoken == "zh-Hant", written)


@pytest.mark.parametrize("verb", ["", *main.commands])
def test_every_help_is_told_in_both_languages(verb: str) -> None:
    arguments = [verb, "--help"] if verb else ["--help"]
    english, chinese = run(*arguments), run(*arguments, env=TAIWAN)
    assert (english.exit_code, chinese.exit_code) == (0, 0)
    assert english.stdout.startswith("Usage: ")
    assert not _CHINESE.search(english.stdout)
    assert chinese.stdout.startswith("用法：")
    left = set(re.findall(r"(?<![-\w`.])[a-z]{3,}(?: [a-z]{2,}){2,}", chinese.stdout))
    assert left == set(), "three English words in a row"
    assert max(width(line) for line in chinese.stdout.splitlines()) <= 80
    options = re.compile(r"--[a-z-]+")
    assert set(options.findall(english.stdout)) == set(options.findall(chinese.stdout))


@pytest.mark.parametrize(("arguments", "expected"), [
    (["validate"], "錯誤：缺少參數 'FILES...'。"),
    (["list"], "可用的有："),
    (["list", "foo"], "'foo' 不在可用的值之中"),
    (["publish", "--nope"], "錯誤：沒有選項 '--nope'。"),
    (["querry"], "沒有指令 'querry'。是不是 'query'？"),
    (["read", "--rows", "x", "a.csv"], "'x' 不是正確的整數"),
    (["read", "a.csv", "b.csv"], "多出的參數：b.csv"),
    (["check", "--older-than", "nan"], "'--older-than' 的內容不正確：不是數字"),
    (["serve", "--port"], "選項 '--port' 需要一個值。"),
    (["measure", "--as-of", "2026"], "不符合格式"),
])
def test_a_wrong_command_is_told_in_chinese(arguments: list[str], expected: str) -> None:
    done, english = run(*arguments, env=TAIWAN), run(*arguments)
    assert (done.exit_code, english.exit_code) == (2, 2)
    assert expected in done.stderr
    assert done.stderr.startswith(("用法：main", "錯誤："))
    assert not re.search("Error|Usage|Missing|Invalid", done.stderr)
    assert "Error: " in english.stderr
    assert not _CHINESE.search(english.stderr)


def test_a_wrong_language_is_refused() -> None:
    for arguments, env in ((["--lang", "fr", "list", "forms"], {}), (["list", "forms", "--lang", "fr"], {}),
                           (["list", "forms"], {"ODLINKED_LANG": "fr"})):
        done = run(*arguments, env={**ELSEWHERE, **env})
        assert done.exit_code == 2
        assert "'fr' is not one of 'zh-Hant', 'en'" in done.stderr


def test_errors_and_notes_are_told_in_chinese(tmp_path: Path) -> None:
    done = run("validate", tmp_path / "none.csv", env=TAIWAN)
    assert (done.exit_code, done.stderr) == (2, "odlinked: 讀取 none.csv：檔案不存在\n")
    done = run("--lang", "zh-Hant", "rollback", "--workspace", tmp_path / "var")
    assert done.stderr == (f"odlinked: 回復版本 {tmp_path / 'var'}：還沒有發布任何內容。"
                           "請先執行 `odlinked publish FILE --source NAME`，或以 --workspace 指定工作區\n")
    odd = tmp_path / "odd.csv"
    odd.write_text("甲,乙\n1,2\n", encoding="utf-8")
    done = run("validate", odd, env=TAIWAN)
    assert done.exit_code == 2
    assert "判斷表單 odd.csv：沒有符合的表單" in done.stderr
    assert "請以 --form 指定表單、更正標題，或以 `odlinked form --like FILE` 產生認得這些標題的表單" in done.stderr
    done = run("validate", odd, "--lang", "en", env=TAIWAN)
    assert "finding the form of odd.csv: no form fits" in done.stderr


def test_signatures_below_a_table_are_not_told_which_form_has_headings_like_theirs(tmp_path: Path) -> None:
    signed = tmp_path / "signed.csv"
    table = (EXAMPLES / "data-gov-tw-excerpt.csv").read_bytes().rstrip()
    signed.write_bytes(table + "\r\n\r\n承辦人：王小明,科長：李大華\r\n".encode())
    number = len(list(csv.reader(signed.read_text(encoding="utf-8-sig").splitlines(keepends=True))))
    done = run("validate", signed, env=TAIWAN)
    assert done.stderr == f"odlinked: signed.csv：略過，第 {number} 列沒有任何表單的標題，下方也沒有資料列\n"
    done = run("validate", signed, "--lang", "en")
    assert f"left out, row {number} has no heading of a form, and there are no rows below it" in done.stderr


def test_output_for_programs_is_the_same_in_every_locale() -> None:
    for style in ("json", "csv", "sarif", "turtle", "junit", "github"):
        one, other = (run("validate", INVENTORY, "--format", style, env=env) for env in (TAIWAN, ELSEWHERE))
        assert one.stdout_bytes == other.stdout_bytes, style
    assert json.loads(run("validate", INVENTORY, "--format", "json", env=TAIWAN).stdout)["findings"]


def test_reports_stay_chinese_unless_english_is_asked_for() -> None:
    assert "儲存格" in run("validate", INVENTORY).stdout
    assert "儲存格" in run("validate", INVENTORY, env={"LANG": "en_US.UTF-8", "LC_ALL": ""}).stdout
    assert "  cell" in run("validate", INVENTORY, env={**TAIWAN, "ODLINKED_LANG": "en"}).stdout


def test_publish_tells_its_own_faults_only(tmp_path: Path) -> None:
    places = ["--workspace", tmp_path / "var"]
    first = run("publish", INVENTORY, "--source", "faulty", *places)
    assert first.exit_code == 1
    errors = re.search(r"Faults in what was published: (\d+) errors", first.stdout)
    assert errors
    again = run("publish", INVENTORY, "--source", "faulty", *places, env=TAIWAN)
    assert again.exit_code == 1
    assert "發布內容沒有變動：維持版本 000001" in again.stdout
    sound = run("publish", EXAMPLES / "oid-changes-excerpt.csv", "--source", "sound", *places)
    assert sound.exit_code == 0, "the faults of another source are not those of this file"
    assert "Faults in what was published: 0 errors" in sound.stdout
    assert f"Whole catalogue: {errors[1]} errors" in sound.stdout
    assert INVENTORY.name not in sound.stdout


def test_help_breaks_lines_by_width() -> None:
    formatter = WideFormatter(width=24)
    formatter.write_dl([("--lang", "說明與訊息的語言以及報告"), ("--a-very-long-option-that-does-not-fit", "短")])
    lines = formatter.getvalue().splitlines()
    assert lines[-2:] == ["--a-very-long-option-that-does-not-fit", " " * 32 + "短"]
    assert len(lines) > 4


@pytest.mark.parametrize(("env", "stage", "left"), [(TAIWAN, "檢核", "剩餘"), (ELSEWHERE, "check", "left")])
def test_a_terminal_sees_the_total_and_the_time_left(env: dict[str, str], stage: str, left: str) -> None:
    """On a pseudo-terminal; the last state is drawn before the bars are taken away, however fast it went."""
    own, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "odlinked", "validate", INVENTORY, "--format", "json"], stderr=theirs,
                               stdout=subprocess.DEVNULL, env={**os.environ, **env, "TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    drawn = b""
    with contextlib.suppress(OSError):  # that is how a pseudo-terminal ends
        while part := os.read(own, 65_536):
            drawn += part
    os.close(own)
    assert process.wait() == 1
    said = drawn.decode()
    assert re.search(rf"{stage} .*22/22", said), said
    assert left in said
