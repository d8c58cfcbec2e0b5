"""The examples for continuous integration work: their scripts run in a shell as a runner runs them, on a faulty inventory."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parents[1]
GUIDES = [ROOT / "docs" / "ci.md", ROOT / "docs" / "zh-Hant" / "ci.md"]
_BLOCK = re.compile(r"^<!-- file: (\S+) -->\n```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
guides = pytest.mark.parametrize("guide", GUIDES, ids=["en", "zh-Hant"])


def files(guide: Path) -> dict[str, Any]:
    return {name: yaml.safe_load(text) for name, text in _BLOCK.findall(guide.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with an inventory and a baseline, as the guides have it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "data").mkdir()
    for name in ("moenv-inventory-2026.xlsx", "moenv-inventory-annex-2026.xlsx"):
        shutil.copy(ROOT / "examples" / name, folder / "data")
    assert shell("odlinked validate data/*.xlsx --write-baseline data/baseline.json > first.txt", folder).returncode == 1
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A copy of the repository for one test."""
    return Path(shutil.copytree(made, tmp_path / "project"))


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as runners do: bash, ending at the first failure."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=folder, env={**os.environ, "PATH": path}, text=True,
                          capture_output=True, check=False, encoding="utf-8")


def faulty(project: Path) -> None:
    """Take a finding out of the baseline, so that it is new."""
    path = project / "data" / "baseline.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["findings"] = [found for found in whole["findings"] if found["rule"] != "U13-issued"]
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")


def check_of(workflow: dict[str, Any]) -> str:
    steps = workflow["jobs"]["check"]["steps"]
    (script,) = [step["run"] for step in steps if "odlinked validate" in step.get("run", "")]
    return str(script)


@guides
def test_the_workflow_of_github_passes_with_known_findings_and_fails_with_new_ones(guide: Path, project: Path) -> None:
    workflow = files(guide)[".github/workflows/inventory.yml"]
    script = check_of(workflow)
    done = shell(script, project)
    assert done.returncode == 0, done.stderr
    assert [line.split(" ")[0] for line in done.stdout.splitlines()] == ["::notice"]
    faulty(project)
    done = shell(script, project)
    assert done.returncode == 1
    assert any(line.startswith("::error file=data/moenv-inventory-2026.xlsx,line=16,title=大氣環境司!J16 ")
               for line in done.stdout.splitlines())
    uploaded = [step["with"].get("path") or step["with"].get("sarif_file") for step in workflow["jobs"]["check"]["steps"]
                if "upload" in step.get("uses", "")]
    assert all((project / name).exists() for name in uploaded)
    assert sorted(path.name for path in (project / "marked").iterdir()) == [
        "moenv-inventory-2026.xlsx", "moenv-inventory-annex-2026.xlsx"]
    assert "U13-issued" in (project / "report.md").read_text(encoding="utf-8")


@guides
def test_the_workflow_never_pastes_what_strangers_write(guide: Path) -> None:
    for step in files(guide)[".github/workflows/inventory.yml"]["jobs"]["check"]["steps"]:
        assert "${{" not in step.get("run", "")


@guides
def test_the_job_of_gitlab_writes_its_artifacts(guide: Path, project: Path) -> None:
    job = files(guide)[".gitlab-ci.yml"]["inventory"]
    faulty(project)
    done = shell("\n".join(job["script"]), project)
    assert done.returncode == 1, done.stderr
    tree = ElementTree.parse(project / job["artifacts"]["reports"]["junit"]).getroot()
    assert tree.get("failures") == "1", "only the new violation fails"
    assert all((project / name).exists() for name in job["artifacts"]["paths"])


@guides
def test_the_local_hook_takes_the_files_it_is_given(guide: Path, project: Path) -> None:
    (hook,) = files(guide)[".pre-commit-config.yaml"]["repos"][0]["hooks"]
    names = sorted(f"data/{path.name}" for path in (project / "data").iterdir())
    given = [name for name in names if re.search(hook["files"], name)]
    assert given == ["data/moenv-inventory-2026.xlsx", "data/moenv-inventory-annex-2026.xlsx"]
    assert shell(f"{hook['entry']} {' '.join(given)}", project).returncode == 0
    faulty(project)
    done = shell(f"{hook['entry']} {' '.join(given)}", project)
    assert done.returncode == 1
    assert "J16" in done.stdout


def test_the_hook_for_other_repositories(project: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert re.search(hook["files"], "data/a.xlsx")
    assert not re.search(hook["files"], "data/a.txt")
    for guide in GUIDES:
        shown = next(text for text in re.findall(r"```yaml\n(repos:.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL))
        (used,) = yaml.safe_load(shown)["repos"][0]["hooks"]
        assert used["id"] == hook["id"]
        assert not set(used) - {"id", "files", "args"}
        done = shell(f"{hook['entry']} {' '.join(used['args'])} data/moenv-inventory-2026.xlsx", project)
        assert done.returncode == 1
        assert "錯誤 9" in done.stdout


@guides
def test_both_languages_have_the_same_scripts(guide: Path) -> None:
    def scripts(path: Path) -> list[str]:
        found = files(path)
        return [check_of(found[".github/workflows/inventory.yml"]), *found[".gitlab-ci.yml"]["inventory"]["script"],
                found[".pre-commit-config.yaml"]["repos"][0]["hooks"][0]["entry"]]

    assert scripts(guide) == scripts(GUIDES[0])


def test_exit_codes_are_those_of_the_table(project: Path) -> None:
    (project / "none.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    usage = ROOT / "examples" / "oid-gds-excerpt.csv"
    for script, code in ((f"odlinked validate {usage}", 0), ("odlinked validate data/moenv-inventory-2026.xlsx", 1),
                         ("odlinked validate none.csv", 2), ("odlinked validate", 2), ("odlinked validate missing.csv", 2)):
        assert shell(script, project).returncode == code, script
