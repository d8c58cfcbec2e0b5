"""What the documents tell a reader to type and to copy works as it stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.cli.verbs import main
from odlinked.rdf import vocabulary
from odlinked.settings import Settings
from odlinked.settings_file import load

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if p.name != "figures.md")]
_IDS = [doc.relative_to(ROOT).as_posix() for doc in DOCS]
_BLOCK = re.compile(r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
_STAYING = {"demo", "serve"}
"""Verbs that do not come back."""


class Command(NamedTuple):
    """A simple command: its words, and the file its output goes to ("" for none)."""

    words: list[str]
    target: str = ""


class Block(NamedTuple):
    """A fenced block: what the comment before it says, its language, its text."""

    mark: str
    language: str
    body: str


def blocks(doc: Path) -> list[Block]:
    return [Block(m["mark"] or "", m["language"], m["body"]) for m in _BLOCK.finditer(doc.read_text(encoding="utf-8"))]


def commands(doc: Path) -> Iterator[Command]:
    """Yield the simple commands of a document's shell blocks, without comments; of a pipe the first."""
    for block in blocks(doc):
        if block.language == "sh":
            for line in block.body.replace("\\\n", " ").splitlines():
                yield from _simple(line)


def _simple(line: str) -> Iterator[Command]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    words = [*lexer, "&&"]
    for place, word in enumerate(words):
        if word in ("&&", ";", "|", ">"):
            if command:
                yield Command(command, words[place + 1] if word == ">" else "")
            if word in ("|", ">"):
                return
            command = []
        else:
            command.append(word)


def verbs(doc: Path) -> list[Command]:
    """Return the arguments of every `odlinked` command."""
    return [Command(c.words[1:], c.target) for c in commands(doc) if c.words[0].rpartition("/")[2] == "odlinked"]


def _visits(command: Command) -> bool:
    """Tell whether a command would visit other people's servers."""
    return command.words[0] == "check" and "--files" not in command.words


def unpack(doc: Path, folder: Path) -> None:
    """Write the files a document shows."""
    for block in blocks(doc):
        if block.mark.startswith("file: "):
            path = folder / block.mark.removeprefix("file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the examples, as `demo` makes it."""
    folder = tmp_path_factory.mktemp("docs") / "var"
    assert run("demo", "--once", "--workspace", str(folder)).exit_code == 0
    return folder


@pytest.fixture
def desk(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like a checkout's, with a workspace and the files of the guides."""
    for name in ("examples", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(published, tmp_path / "var")
    for doc in ("add-a-form.md", "add-a-question.md", "questions.md"):
        unpack(ROOT / "docs" / doc, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize("doc", DOCS, ids=_IDS)
def test_every_command_parses(doc: Path) -> None:
    for command in verbs(doc):
        verb, *arguments = command.words
        main.commands[verb].make_context(verb, arguments)


def _is_twin(doc: Path) -> bool:
    """Tell whether a Chinese document has the commands of the English one, which are run as they stand there."""
    english = ROOT / "docs" / doc.name
    return doc.parent.name == "zh-Hant" and english.exists() and verbs(doc) == verbs(english)


@pytest.mark.parametrize("doc", [doc for doc in DOCS if verbs(doc) and not _is_twin(doc)],
                         ids=lambda doc: doc.relative_to(ROOT).as_posix())
def test_every_command_runs(doc: Path, desk: Path) -> None:
    unpack(doc, desk)
    for command in verbs(doc):
        if command.words[0] not in _STAYING and not _visits(command):
            done = run(*command.words)
            assert done.exit_code in (0, 1), (command, done.output)
            assert "Traceback" not in done.output
            if command.target:
                Path(command.target).write_bytes(done.stdout_bytes)


@pytest.mark.slow
@pytest.mark.parametrize("doc", ["README.md", "docs/zh-Hant/README.md"])
def test_what_a_newcomer_types_runs_in_a_new_shell(doc: str, tmp_path: Path) -> None:
    """The blocks after the two commands, as they stand, with nothing set up but what the two commands leave behind."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "odlinked.toml").write_text("[serve]\nport = 0\n", encoding="utf-8")
    typed = "".join(b.body for b in blocks(ROOT / doc) if b.language == "sh" and "python3 -m venv" not in b.body)
    typed = typed.replace(" --port 8000", "")
    assert "odlinked serve" in typed.rstrip().splitlines()[-1]
    shell = subprocess.Popen(["bash", "-c", "trap 'code=$?; [ $code -le 1 ] || exit $code' ERR\n" + typed], cwd=tmp_path,
                             env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, start_new_session=True, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = ""
    try:
        assert shell.stdout
        for line in shell.stdout:
            said += line
            if "Serving at " in line:
                break
        assert "Serving at " in said, said
        assert "command not found" not in said
        assert "Traceback" not in said
    finally:
        os.killpg(shell.pid, signal.SIGTERM)
        shell.communicate(timeout=300)


@pytest.mark.parametrize("doc", ["README.md", "docs/zh-Hant/README.md"])
def test_the_table_of_verbs_is_true(doc: str) -> None:
    """Each verb has a row, and each option in it is one of the verb's."""
    rows = re.findall(r"^\| `odlinked ([a-z]+).*$", (ROOT / doc).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == main.commands.keys()
    for row in re.findall(r"^\| `odlinked .*$", (ROOT / doc).read_text(encoding="utf-8"), re.MULTILINE):
        verb = main.commands[row.split("`")[1].split()[1]]
        known = {name for option in verb.params for name in option.opts}
        assert set(re.findall(r"--[a-z][a-z-]*", row)) <= known, row


def test_the_commands_of_ci_are_there() -> None:
    marks = [block.mark for block in blocks(ROOT / "README.md") if block.language == "sh"]
    assert {"command: run", "command: test"} <= set(marks)


WITH_REQUESTS = [doc for doc in DOCS if any(command.words[0] == "curl" for command in commands(doc))]


@pytest.mark.parametrize("doc", WITH_REQUESTS, ids=lambda doc: doc.name)
def test_every_request_is_answered(doc: Path, desk: Path) -> None:
    from odlinked.web.app import create

    settings = load(desk / "county" / "odlinked.toml")
    app = create(Releases(Workspace(desk / "var"), Assets(settings.overlays)), settings)
    try:
        for command in commands(doc):
            if command.words[0] == "curl":
                answer = _asked(app.test_client(), command.words[1:])
                assert answer.status_code == 200, (command, answer.get_data(as_text=True)[:500])
                assert answer.get_data()
    finally:
        app.extensions["odlinked.sparql"].close()


def _asked(client: Any, arguments: list[str]) -> Any:
    """Ask what a curl command asks."""
    headers: dict[str, str] = {}
    asking: dict[str, Any] = {}
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "-H":
            name, _, value = left.pop(0).partition(": ")
            headers[name] = value
        elif word == "--data-urlencode":
            name, _, value = left.pop(0).partition("=")
            asking |= {"method": "POST", "data": {name: value}}
        elif word == "--data-binary":
            asking |= {"method": "POST", "data": Path(left.pop(0).removeprefix("@")).read_bytes()}
        elif word == "-L":
            asking["follow_redirects"] = True
        elif word != "-O":
            asking["path"] = word.removeprefix("http://127.0.0.1:8000")
    path = asking.pop("path")
    assert path.startswith("/"), "requests go to the address that serve prints"
    return client.open(path, headers=headers, **asking)


@pytest.mark.parametrize(("doc", "language"), [("README.md", "en"), ("docs/zh-Hant/README.md", "zh-Hant")])
def test_the_report_shown_is_the_report_told(doc: str, language: str) -> None:
    shown = next(block.body for block in blocks(ROOT / doc) if block.mark == "output").splitlines()
    told = run("validate", str(ROOT / "examples" / "moenv-inventory-2026.xlsx"), "--lang", language).output.splitlines()
    assert len(shown) > 6
    assert [line for line in told if line in shown][: len(shown)] == shown


def test_the_form_of_the_guide_finds_what_the_guide_says(desk: Path) -> None:
    done = run("validate", "county/list.csv", "--config", "county/odlinked.toml", "--format", "json")
    found = json.loads(done.stdout)["findings"]
    assert [(f["column"] + str(f["row"]), f["rule"]) for f in found] == [
        ("D3", "U05-frequency-code"), ("E3", "U13-issued"), ("F3", "A10-distribution")]
    made = run("map", "county/list.csv", "--config", "county/odlinked.toml").stdout
    assert "token=" not in made
    assert "王小明" not in made
    assert '"2026-03-02"^^<http://www.w3.org/2001/XMLSchema#date>' in made


def test_the_row_graph_of_the_guide_is_the_row_graph(desk: Path) -> None:
    import rdflib

    from odlinked import inventory
    from odlinked.mapping import forms
    from odlinked.mapping.refine import Mapper, MappingContext

    settings = load(desk / "county" / "odlinked.toml")
    assets = Assets(settings.overlays)
    table = inventory.read(desk / "county" / "list.csv", settings.read)[0]
    mapper = Mapper(forms.find(forms.load_all(assets), table), assets, MappingContext("http://localhost:8000", "county"))
    first = [row for row in table.rows() if row.number == 2]
    prefixes = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in vocabulary.prefixes(assets).items())
    shown = next(b.body for b in blocks(ROOT / "docs" / "add-a-form.md") if b.body.startswith("<urn:odlinked:row:2>"))
    expected = set(rdflib.Graph().parse(data=prefixes + shown, format="turtle"))
    assert set(rdflib.Graph().parse(data=mapper.row_graphs(first), format="nt")) == expected


def test_the_rule_of_the_guide_judges_its_case(desk: Path) -> None:
    from odlinked.quality.shacl import Validator
    from odlinked.quality.shapes import Profile

    guide = ROOT / "docs" / "add-a-rule.md"
    unpack(guide, desk)
    settings = load(desk / "county" / "odlinked.toml")
    assert settings.publish.profile == "county"
    profile = Profile.load(Assets(settings.overlays), "county")
    import rdflib

    case = next(block.body for block in blocks(guide) if "<urn:case:>" in block.body)
    graph = rdflib.Graph().parse(data=case, format="turtle")
    lines = graph.serialize(format="nt", encoding="utf-8").splitlines()
    told = Validator(profile, {(rule.target, rule.path) for rule in profile.rules.values() if rule.name == "U81-title-short"})
    results = told.validate(b"".join(line + b"\n" for line in lines if line and b"urn:case:" not in line))
    assert [(r.focus, r.component, r.value) for r in results if r.rule.endswith("U81-title-short")] == [
        ("https://example.org/fail/short", "MinLengthConstraintComponent", "停車場")]


def test_the_words_of_the_guide_are_known(desk: Path) -> None:
    from odlinked.web.app import create

    unpack(ROOT / "docs" / "add-a-word.md", desk)
    settings = load(desk / "county" / "odlinked.toml")
    done = run("validate", "county/list.csv", "--config", "county/odlinked.toml", "--format", "json")
    assert "D3" not in [f["column"] + str(f["row"]) for f in json.loads(done.stdout)["findings"]]
    made = run("map", "county/list.csv", "--config", "county/odlinked.toml").stdout
    assert '"範例縣政府交通處"@zh-Hant' in made
    assert '"交通處"@zh-Hant' not in made
    app = create(Releases(Workspace(desk / "var"), Assets(settings.overlays)), settings)
    try:
        assert "每個月底" in app.test_client().get("/code/frequency.ttl").get_data(as_text=True)
    finally:
        app.extensions["odlinked.sparql"].close()


def test_the_question_of_the_guide_is_on_the_page(desk: Path) -> None:
    from odlinked.web.app import create

    settings = load(desk / "county" / "odlinked.toml")
    app = create(Releases(Workspace(desk / "var"), Assets(settings.overlays)), settings)
    try:
        client = app.test_client()
        page = client.get("/sparql?lang=en", headers={"Accept": "text/html"}).get_data(as_text=True)
        stored = client.get("/query/parking-spaces.csv?access=PUBLIC")
    finally:
        app.extensions["odlinked.sparql"].close()
    assert "Datasets with 停車場 (car park) in their titles" in page
    assert (stored.status_code, stored.text.splitlines()[0]) == (200, "dataset,title,itsAccess")


@pytest.mark.parametrize("doc", ["docs/settings.md", "docs/zh-Hant/settings.md"])
def test_the_settings_shown_can_be_read(doc: str, tmp_path: Path) -> None:
    shown = next(block.body for block in blocks(ROOT / doc) if block.language == "toml")
    assert tomllib.loads(shown)
    (tmp_path / "county").mkdir()
    (tmp_path / "odlinked.toml").write_text(shown, encoding="utf-8")
    assert load(tmp_path / "odlinked.toml") != Settings()


def test_publishing_tells_rows_at_odds_with_what_is_published(desk: Path) -> None:
    """L17 and L19 cannot be told by `validate`, which knows no workspace."""
    done = run("publish", "examples/data-gov-tw-excerpt.csv", "--source", "other")
    assert done.exit_code == 1
    told = [line for line in done.output.splitlines() if line.startswith("  data-gov-tw-excerpt.csv · row ")]
    assert told
    owned = [line for line in told if "[L17-identifier-owned]" in line]
    assert owned
    assert all("「national」" in line for line in owned)
    assert all("[L32-identity-elsewhere]" in line for line in told if line not in owned)


def test_a_command_that_does_not_exist_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.md"
    wrong.write_text("```sh\nodlinked validate a.csv --colour  # no such option\n```\n", encoding="utf-8")
    assert verbs(wrong) == [Command(["validate", "a.csv", "--colour"])]
    with pytest.raises(click.UsageError):
        test_every_command_parses(wrong)
