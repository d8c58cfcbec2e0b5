"""Settings: what cannot work is refused in one line that names the key, whatever is written there."""

from __future__ import annotations

import os
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.cli.verbs import main
from odlinked.errors import SettingsError
from odlinked.settings import Settings
from odlinked.settings_file import load

KEYS = {f"{section.name}.{one.name}": getattr(getattr(Settings(), section.name), one.name)
        for section in fields(Settings) if is_dataclass(getattr(Settings(), section.name))
        for one in fields(getattr(Settings(), section.name))}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "odlinked.toml"
    path.write_bytes(content)
    return path


def refused(path: Path) -> str:
    """Return the one line with which a verb refuses the settings."""
    done = CliRunner().invoke(main, ["list", "forms", "--config", str(path)])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.startswith("odlinked: reading settings ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(("said", "told"), [
    ('catalog.timezone = "Asia/Taipei"', '"+08:00" is the zone of Asia/Taipei'),
    ('catalog.timezone = "+8"', "hours and minutes from UTC"), ('catalog.timezone = "Z"', "hours and minutes"),
    ('catalog.timezone = "+24:00"', "hours and minutes"), ('catalog.timezone = ""', "hours and minutes"),
    ('serve.public_url = "data.example.tw"', "an http(s) address"), ('serve.public_url = "ftp://x.tw"', "an http(s) address"),
    ('serve.public_url = "https://"', "an http(s) address"), ('serve.public_url = "https://u:p@x.tw"', "an http(s) address"),
    ('serve.public_url = "https://[::1"', "an http(s) address"),
    ('serve.public_url = "https://x.tw:99999"', "an http(s) address"),
    ('serve.hosts = ["http://x.tw"]', "names of hosts"), ('serve.hosts = ["x.tw/a"]', "names of hosts"),
    ('serve.proxies = ["proxy.tw"]', "addresses or networks"), ('serve.proxies = ["10.0.0.1/8"]', "addresses or networks"),
    ('catalog.base = "http://a b.tw"', "cannot be a base"), ('catalog.base = "https://x.tw/"', "cannot be a base"),
    ('catalog.base = "https://user:secret@x.tw"', "cannot be a base"), ('catalog.base = "http://x.tw/<a>"', "cannot be a base"),
    ('catalog.base = "https://[x"', "cannot be a base"), ('catalog.former_bases = ["x"]', "cannot be a base"),
    ('catalog.title_zh = "a\\u0000b"', "without control characters"), ('check.contact = "a\\nX-Evil: 1"', "without control"),
    ("read.max_rows = 0", "1 to"), ("read.max_bytes = -5", "1 to"), ("read.max_ratio = 0", "1 to"),
    ("serve.query_seconds = 0", "1 to"), ("serve.query_memory_mb = -1", "16 to"), ("serve.light_workers = 0", "1 to"),
    ("serve.port = 65536", "0 to 65,535"), ("serve.port = -1", "0 to"), ("publish.keep = 0", "1 to"),
    ("publish.workers = -1", "0 to"), ("check.delay_seconds = nan", "0 to"), ("check.timeout_seconds = inf", "to 86,400"),
    ("measure.grace = -0.5", "0 to"), ("serve.query_memory_mb = 99999999999999999999999", "16 to"),
    ('serve.port = "8000"', "a whole number"), ("serve.port = true", "a whole number"), ("check.robots = 1", "true or false"),
    ("catalog.title_zh = 5", "a string"), ("catalog = 5", "a table"), ('assets.overlays = "x"', "a list of strings"),
    ("assets.overlays = [1]", "a list of strings"), ("sources = 1", "tables"), ("sources.x = 1", "tables"),
    ('sources."環境部".public = true', "cannot name a source"), ('assets.overlays = ["nowhere"]', "does not exist"),
    ("serve.prot = 1", "'serve.port'"), ("servce.port = 1", "'serve'"), ("folder = 1", "unknown key"),
    ('publish.violations = "maybe"', '"mark" or "hold"'), ("a = ", "it is no TOML"), ("a = 1\na = 2", "it is no TOML"),
    ("a = " + "[" * 50_000, "it is"), ("a = " + "9" * 5_000, "it is no TOML"),
])
def test_what_cannot_work_is_named(said: str, told: str, tmp_path: Path) -> None:
    assert told in refused(written(tmp_path, said.encode()))


def test_a_secret_in_an_address_is_not_a_base_and_is_told_by_name(tmp_path: Path) -> None:
    assert "base" in refused(written(tmp_path, b'catalog.base = "https://user:secret@x.tw"'))


@pytest.mark.parametrize(("content", "told"), [
    ("[catalog]\ntitle_zh = '目錄'".encode("big5"), "not encoded in UTF-8"),
    ("[catalog]".encode("utf-16"), "not encoded in UTF-8"),
    (b"\x00" * 100, "it is no TOML"), (b"#" * 1_000_001, "longer than 1,000,000 bytes"),
])
def test_what_is_no_settings_file_is_told(content: bytes, told: str, tmp_path: Path) -> None:
    assert told in refused(written(tmp_path, content))


def test_a_folder_a_pipe_and_a_device_are_no_settings(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is a folder" in refused(tmp_path)
    assert "it is no file" in refused(tmp_path / "pipe")
    assert "it is no file" in refused(Path("/dev/zero"))
    assert "does not exist" in refused(tmp_path / "nothing.toml")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop")


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    assert load(written(tmp_path, "\ufeff[catalog]\ntitle_zh = '目錄'\n".encode())).catalog.title_zh == "目錄"


def test_every_number_has_bounds(tmp_path: Path) -> None:
    """What is far below or above any sense is refused with the bounds; the default lies between them."""
    numbers = {key: value for key, value in KEYS.items() if isinstance(value, (int, float)) and not isinstance(value, bool)}
    assert len(numbers) > 10
    for key, value in numbers.items():
        section, _, name = key.partition(".")
        for wrong in (-10**18, 10**18):
            with pytest.raises(SettingsError, match=key) as told:
                load(written(tmp_path, f"[{section}]\n{name} = {wrong}\n".encode()))
            assert re.search(r"-?[\d,.]+ to [\d,.]+", str(told.value))
        assert load(written(tmp_path, f"[{section}]\n{name} = {value}\n".encode()))


def test_every_key_is_documented_with_its_default() -> None:
    rows = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
    assert all(f"| `{key}` |" in rows for key in KEYS)


_TOML = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)), max_leaves=5)


def toml(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value if not 0xD800 <= ord(c) <= 0xDFFF) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return "{" + ", ".join(f"{toml(str(key))} = {toml(one)}" for key, one in value.items()) + "}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.dictionaries(st.one_of(st.sampled_from(sorted(KEYS)), st.text(max_size=10).map(toml)), _TOML, max_size=4))
def test_whatever_is_written_is_read_or_refused_in_a_line(tmp_path: Path, said: dict[str, Any]) -> None:
    content = "\n".join(f"{key} = {toml(value)}" for key, value in said.items())
    path, lines = written(tmp_path, content.encode()), list[str]()
    try:
        load(path)
    except SettingsError as problem:
        lines.append(problem.line())
    assert all("\n" not in line and str(tmp_path) in line for line in lines)
