"""The workspace is its owner's alone, follows no link out of it, and says which of its files is damaged."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from odlinked.cli.verbs import main

EXAMPLES = Path(__file__).parents[1] / "examples"
INVENTORY = EXAMPLES / "moenv-inventory-2026.xlsx"
NATIONAL = EXAMPLES / "data-gov-tw-excerpt.csv"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of two releases, checked and measured, made with nothing masked."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "files").mkdir()
    before = os.umask(0)
    try:
        for arguments in (["publish", NATIONAL, "--source", "national"], ["publish", INVENTORY, "--source", "moenv"],
                          ["check", "--files", folder / "files"], ["measure"], ["list", "sources"],
                          ["report", "--as-of", "2026-11-22", "--output", folder / "report.xlsx"]):
            done = run(*arguments, "--workspace", folder / "var")
            assert done.exit_code in (0, 1), (arguments, done.output)
    finally:
        os.umask(before)
    return folder / "var"


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "var"))


def open_to_others(folder: Path) -> Iterator[str]:
    for path in (folder, *folder.rglob("*")):
        if path.lstat().st_mode & 0o077:
            yield f"{path.relative_to(folder)} {path.lstat().st_mode:o}"


def test_everything_is_the_owners_alone_whatever_the_umask(made: Path) -> None:
    assert not list(open_to_others(made))
    assert (made.parent / "report.xlsx").stat().st_mode & 0o777 == 0o666, "what a person asks for is as the person's umask says"


def test_so_is_what_an_earlier_version_left_open_and_what_a_killed_process_leaves(workspace: Path) -> None:
    for path in workspace.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert run("publish", INVENTORY, "--source", "moenv", "--workspace", workspace).exit_code == 1
    named = {"inputs", "dump", "releases", "documents-1.sqlite", "evidence.sqlite"}
    assert not named & {line.split()[0] for line in open_to_others(workspace)}


def test_a_publish_leaves_no_file_open(tmp_path: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        assert run("publish", INVENTORY, "--source", "moenv", "--workspace", tmp_path / "var").exit_code == 1
        assert not list((tmp_path / "var").rglob("*-wal")), "SQLite removes it with the last connection that is closed"
    finally:
        gc.enable()


def test_a_masked_owner_can_still_publish(tmp_path: Path) -> None:
    command = f"umask 0777; {sys.executable} -m odlinked publish {INVENTORY} --source moenv --workspace {tmp_path / 'var'}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert not list(open_to_others(tmp_path / "var"))


@pytest.mark.parametrize("name", ["inputs", "dump", "releases", "current", "lock", "documents-1.sqlite", "evidence.sqlite",
                                  "releases/000002", "releases/000002/manifest.json", "releases/000002/catalog.sqlite",
                                  "releases/000002/store"])
def test_a_link_is_refused_by_name(name: str, workspace: Path, tmp_path: Path) -> None:
    (workspace / name).rename(tmp_path / "elsewhere")
    (workspace / name).symlink_to(tmp_path / "elsewhere")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    verb = ["check", "--files", EXAMPLES] if "evidence" in name else ["publish", INVENTORY, "--source", "other"]
    if name.startswith("releases/"):
        (workspace / "current").write_text("000002\n", encoding="ascii")
    done = run(*verb, "--workspace", workspace)
    assert done.exit_code == 2
    assert "it is a symbolic link" in done.stderr
    assert str(workspace / name) in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == before, "nothing is written, here or there"


def test_a_workspace_may_be_a_link_as_a_whole(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(workspace)
    assert run("list", "releases", "--workspace", tmp_path / "link").exit_code == 0


@pytest.mark.parametrize(("name", "content", "told"), [
    ("current", b"", "it is empty, not which release is served"),
    ("current", b"\xff\xfe", "it is no text"),
    ("current", b"../../etc\n", "it says '../../etc'"),
    ("releases/CURRENT/manifest.json", b"", "it is damaged"),
    ("releases/CURRENT/manifest.json", b"\x00garbage", "it is damaged"),
    ("releases/CURRENT/manifest.json", b"[]", "it states no stored form"),
    ("releases/CURRENT/manifest.json", b'{"format": 1}', "it lacks created, content, base, inputs"),
    ("releases/CURRENT/manifest.json", b"[" * 100_000, "it is damaged"),
])
@pytest.mark.parametrize("verb", [["list", "releases"], ["publish", INVENTORY, "--source", "moenv"], ["serve", "--port", "0"],
                                  ["measure"], ["report", "--as-of", "2026-11-22"], ["prune"], ["check", "--files", EXAMPLES]],
                         ids=lambda verb: verb[0])
def test_a_damaged_file_is_named(verb: list[str], name: str, content: bytes, told: str, workspace: Path) -> None:
    if verb[0] == "check" and "manifest" in name:
        verb = ["list", "sources"]
    name = name.replace("CURRENT", (workspace / "current").read_text().strip())
    (workspace / name).write_bytes(content)
    done = run(*verb, "--workspace", workspace)
    assert done.exit_code == 2, done.output
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
    assert Path(name).name in done.stderr
