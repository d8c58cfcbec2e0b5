"""What keeps a verb from its work is told in one line with exit code 2, never with a traceback; 1 stays "does not conform"."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.engines import free_port
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odlinked.cli.verbs import main

EXAMPLES = Path(__file__).parents[1] / "examples"
INVENTORY = EXAMPLES / "moenv-inventory-2026.xlsx"
NATIONAL = EXAMPLES / "data-gov-tw-excerpt.csv"
ODLINKED = [sys.executable, "-m", "odlinked"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def told(done: Result) -> str:
    """Return the one line of a verb that could not run."""
    assert done.exit_code == 2, (done.output, done.exception)
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("odlinked: ")
    assert "nobody foresaw" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for arguments in (["publish", NATIONAL, "--source", "national"], ["publish", INVENTORY, "--source", "moenv"]):
        assert run(*arguments, "--workspace", folder / "var").exit_code in (0, 1)
    return folder / "var"


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "var"))


def garbage(path: Path, size: int = 20_000) -> None:
    path.write_bytes(random.Random(7).randbytes(size))


def shortened(path: Path) -> None:
    os.truncate(path, 20_000)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def store_without(path: Path) -> None:
    for table in path.glob("*.sst"):
        table.unlink()


@pytest.mark.parametrize(("name", "damage"), [
    ("releases/000002/catalog.sqlite", garbage), ("releases/000002/catalog.sqlite", shortened),
    ("releases/000002/catalog.sqlite", emptied), ("releases/000002/catalog.sqlite", Path.unlink),
    ("documents-1.sqlite", garbage), ("documents-1.sqlite", emptied), ("documents-1.sqlite", Path.unlink),
    ("releases/000002/store", shutil.rmtree), ("releases/000002/store", store_without),
])
def test_a_damaged_file_is_named(name: str, damage: Callable[[Path], object], workspace: Path, tmp_path: Path) -> None:
    for beside in workspace.glob(f"{name}-*") if "documents" in name else ():
        beside.unlink()
    damage(workspace / name)
    (tmp_path / "files").mkdir()
    named = 0
    for verb in (["publish", EXAMPLES / "moenv-inventory-annex-2026.xlsx", "--source", "moenv"], ["measure"],
                 ["measure"] if damage is store_without else ["serve", "--port", "0"],
                 ["report", "--as-of", "2026-11-22", "--output", tmp_path / "report.xlsx"]):
        copy = Path(shutil.copytree(workspace, tmp_path / "copy"))
        done = run(*verb, "--workspace", copy)
        if done.exit_code == 2:
            named += Path(name).name in told(done)
        else:
            assert verb[0] == "report", "a report that reads nothing of what is damaged is whole"
            assert done.exit_code == 0, done.output
        assert (copy / "current").read_text() == "000002\n", "what is served is as it was"
        shutil.rmtree(copy)
    assert named >= 2


def limited(size: int) -> Callable[[], None]:
    """Return what keeps a child process from writing files longer than `size` bytes."""
    def limit() -> None:
        # Python would cut short the modules it compiles, too, and every later start would read them.
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 30_000, 100_000, 300_000])
def test_a_full_disk_leaves_what_is_served(size: int, workspace: Path) -> None:
    """A cap on the size of files fails writes as a full disk does, at the places where files of that size are written."""
    before = sorted(path.relative_to(workspace) for path in workspace.rglob("*") if "documents" not in path.name)
    done = subprocess.run([*ODLINKED, "publish", EXAMPLES / "moenv-inventory-annex-2026.xlsx", "--source", "annex", "--workspace",
                           workspace], capture_output=True, text=True, preexec_fn=limited(size))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert "full" in done.stderr or "larger than this process may write" in done.stderr
    assert (workspace / "current").read_text() == "000002\n"
    assert sorted(path.relative_to(workspace) for path in workspace.rglob("*") if "documents" not in path.name) == before
    assert run("list", "releases", "--workspace", workspace).stdout.splitlines()[-1].startswith("* 000002")


@pytest.mark.parametrize("size", [0, 10_000, 60_000, 200_000])
def test_a_first_publish_on_a_full_disk_leaves_nothing(size: int, tmp_path: Path) -> None:
    done = subprocess.run([*ODLINKED, "publish", INVENTORY, "--source", "moenv", "--workspace", tmp_path / "var"],
                          capture_output=True, text=True, preexec_fn=limited(size))
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "nobody foresaw" not in done.stderr
    for folder in ("inputs", "dump", "releases"):
        assert not list((tmp_path / "var" / folder).glob("*"))


@pytest.mark.parametrize("verb", [["read"], ["validate"], ["map"], ["publish", "--source", "x"]], ids=lambda verb: verb[0])
def test_what_is_no_file_is_refused_at_once(verb: list[str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "empty.csv").touch()
    for file in ("pipe.csv", "folder.csv", "empty.csv", "nothing.csv", "/dev/zero"):
        line = told(run(*verb, tmp_path / file, "--workspace", tmp_path / "var"))
        assert Path(file).name in line
    assert not list((tmp_path / "var").glob("inputs/*"))


def test_a_refused_file_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    told(run("publish", tmp_path / "other.csv", "--source", "x", "--workspace", tmp_path / "var"))
    assert not list((tmp_path / "var" / "inputs").iterdir())


_WITHOUT_MESSAGES = (EXAMPLES.parent / "shapes" / "tw" / "dataset.ttl").read_bytes().replace(b"sh:message", b"sh:said")
OVERLAYS: list[tuple[str, bytes, str]] = [
    ("mappings/x/table.csvw.json", b"null", "not a JSON object"), ("mappings/x/table.csvw.json", b"[1]", "table.csvw.json"),
    ("mappings/x/table.csvw.json", b'"text"', "table.csvw.json"), ("mappings/x/table.csvw.json", b"", "table.csvw.json"),
    ("mappings/x/table.csvw.json", b"[" * 100_000, "table.csvw.json"),
    ("mappings/x/table.csvw.json", b"\xff\xfe", "table.csvw.json"),
    ("mappings/x/table.csvw.json", b'{"@context":"http://www.w3.org/ns/csvw","url":"x"}', "no columns"),
    ("mappings/x/table.csvw.json", b'{"@context":"http://www.w3.org/ns/csvw","url":"x","odl:extends":5}', "table.csvw.json"),
    ("mappings/moenv-open/refine.rq", b"CONSTRUCT { ?s ?p", "refine.rq"),
    ("mappings/moenv-open/refine.rq", b"CONSTRUCT { ?s nope:x ?o } WHERE { ?s ?p ?o }", "refine.rq"),
    ("mappings/moenv-open/refine.rq", b"SELECT * { ?s ?p ?o }", "refine.rq"),
    ("mappings/moenv-open/refine.rq", b"\xff\xfe", "refine.rq"),
    ("shapes/x.ttl", b"@prefix", "x.ttl"), ("shapes/x.ttl", b"\xff\xfe\x01", "x.ttl"),
    ("ontologies/codes/x.ttl", b"<a", "x.ttl"), ("ontologies/prefixes.ttl", b"garbage [", "prefixes.ttl"),
    ("ontologies/words/reports.toml", b"= =", "reports.toml"), ("ontologies/words/reports.toml", b'"cell" = 5', "cell"),
    ("ontologies/words/reports.toml", b"\xff", "reports.toml"),
    ("ontologies/words/reports.toml", b'"cell" = ["a", "b"]', "it lacks"),
    ("shapes/tw/dataset.ttl", b"@prefix sh: <http://www.w3.org/ns/shacl#> . [] sh:property 5 .", "M01-identifier"),
    ("shapes/tw/dataset.ttl", _WITHOUT_MESSAGES, "M01-identifier: the rule lacks sh:message"),
    ("shapes/x.ttl", _WITHOUT_MESSAGES, "mine"),
]


@pytest.mark.parametrize(("name", "content", "said"), OVERLAYS, ids=lambda value: value[:30] if isinstance(value, str) else "")
def test_an_overlay_of_a_wrong_shape_is_named(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (tmp_path / "odlinked.toml").write_text('[assets]\noverlays = ["mine"]\n', encoding="utf-8")
    line = told(run("validate", INVENTORY, "--config", tmp_path / "odlinked.toml"))
    assert said in line


_JSON = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)), lambda inner: st.one_of(
    st.lists(inner, max_size=3),
    st.dictionaries(st.sampled_from(["name", "titles", "datatype", "separator", "odl:carries", "odl:extends", "columns"]), inner,
                    max_size=4)), max_leaves=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(_JSON, st.sampled_from(["schema", "columns", "column", "notes"]))
def test_a_form_of_any_shape_is_read_or_refused_in_a_line(tmp_path: Path, wild: object, where: str) -> None:
    form: dict[str, object] = {"@context": "http://www.w3.org/ns/csvw", "url": "x"}
    form |= {"tableSchema": {"schema": wild, "columns": {"columns": wild}, "column": {"columns": [{"name": "a"}, wild]},
                             "notes": {"columns": [{"name": "a"}]}}[where]}
    if where == "notes":
        form |= {"odl:form": wild, "odl:names": wild, "odl:refines": wild, "rdfs:label": wild}
    path = tmp_path / "mine" / "mappings" / "x" / "table.csvw.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(form), encoding="utf-8")
    (tmp_path / "odlinked.toml").write_text('[assets]\noverlays = ["mine"]\n', encoding="utf-8")
    done = run("list", "forms", "--config", tmp_path / "odlinked.toml")
    assert done.exit_code == 0 or "table.csvw.json" in told(done)


VERBS = [["read", INVENTORY], ["validate", INVENTORY], ["validate", INVENTORY, "--format", "json"], ["map", INVENTORY],
         ["list", "forms"], ["list", "rules"], ["--help"], ["validate", "--help"]]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: " ".join(Path(one).name for one in verb))
def test_a_closed_pipe_changes_no_answer(verb: list[str | Path]) -> None:
    """Nobody reads (`| true`), standard output is closed, or the disk it goes to is full."""
    expected = 1 if verb[0] == "validate" and "--help" not in verb else 0
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*ODLINKED, *verb], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (expected, "")
    if verb == VERBS[1]:
        command = " ".join(map(str, [*ODLINKED, *verb]))
        closed = subprocess.run(["bash", "-c", f"{command} >&-"], capture_output=True, text=True)
        assert (closed.returncode, closed.stderr) == (expected, "")
        with open("/dev/full", "w") as full:
            done = subprocess.run([*ODLINKED, *verb], stdout=full, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (2, "odlinked: writing standard output: No space left on device\n")


@pytest.mark.parametrize("environment", [
    {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LANG": "zz_ZZ.nonsense"}, {"PYTHONIOENCODING": "big5"}, {"TERM": "dumb", "COLUMNS": "1"}], ids=str)
def test_chinese_is_told_on_every_terminal(environment: dict[str, str]) -> None:
    base = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHONIO"))}
    for style, at in (("text", "J16"), ("json", '"J"')):
        done = subprocess.run([*ODLINKED, "validate", INVENTORY, "--format", style], capture_output=True, env=base | environment)
        assert (done.returncode, done.stderr) == (1, b"")
        assert at.encode() in done.stdout
        if style == "json":
            assert json.loads(done.stdout.decode("utf-8"))["findings"]


@pytest.mark.parametrize("started", [1, 2])
def test_a_killed_worker_is_told_and_leaves_nothing(started: int, tmp_path: Path) -> None:
    """Enough rows for worker processes; the first is killed as soon as it is there, alone or while the second starts."""
    lines = NATIONAL.read_text(encoding="utf-8-sig").splitlines()
    rows = [lines[1].replace("6075", str(100_000 + number), 1) for number in range(6_000)]
    (tmp_path / "many.csv").write_text("\n".join([lines[0], *rows]) + "\n", encoding="utf-8")
    (tmp_path / "odlinked.toml").write_text("[publish]\nworkers = 2\n", encoding="utf-8")
    done = subprocess.Popen([*ODLINKED, "publish", "many.csv", "--source", "national"], cwd=tmp_path, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    killed = 0
    while done.poll() is None and not killed:
        children = Path(f"/proc/{done.pid}/task/{done.pid}/children").read_text().split()
        workers = [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
        if len(workers) >= started:
            killed = int(workers[0])
            os.kill(killed, signal.SIGKILL)
        time.sleep(0.005)
    out, err = done.communicate(timeout=120)
    assert killed, (out, err)
    assert done.returncode == 2
    assert err.count("\n") == 1
    assert "a worker process ended without an answer" in err
    for folder in ("inputs", "dump", "releases"):
        assert not list((tmp_path / "var" / folder).glob("*"))
    assert not (tmp_path / "var" / "current").exists()


@pytest.mark.parametrize(("verb", "said"), [
    (["map", INVENTORY, "--source", "a b/c"], "cannot name a source"),
    (["map", INVENTORY, "--source", ""], "cannot name a source"),
    (["measure", "--workspace", "nowhere"], "nothing is published"),
    (["rollback", "--workspace", "nowhere"], "nothing is published"),
    (["validate", INVENTORY, "--baseline", INVENTORY], "no baseline"),
    (["validate", INVENTORY, "--write", "json=/no/b"], "/no/b"),
    (["report", "--kind", "wrong", "--as-of", "2026-01-01", "--workspace", "nowhere"], ""),
    (["publish", INVENTORY, "--source", "x", "--workspace", "/dev/null"], "/dev/null"),
])
def test_what_cannot_be_asked_is_one_line(verb: list[str | Path], said: str, tmp_path: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in told(run(*verb))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("options", [["check", "--older-than", "nan"], ["check", "--older-than", "inf"],
                                     ["check", "--limit", "9" * 30],
                                     ["read", INVENTORY, "--rows", "9" * 30], ["prune", "--keep", "0"],
                                     ["serve", "--port", "65536"]])
def test_numbers_out_of_bounds_are_wrong_options(options: list[str | Path]) -> None:
    done = run(*options)
    assert done.exit_code == 2
    assert "Invalid value" in done.stderr


def test_addresses_lead_to_where_the_demo_is_served(tmp_path: Path) -> None:
    """What is published later without settings stays under the base of the first publish."""
    port = free_port()
    done = subprocess.Popen([*ODLINKED, "demo", "--port", str(port), "--workspace", tmp_path / "var"], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    try:
        assert done.stdout
        said = ""
        while "Three things" not in said:
            line = done.stdout.readline()
            assert line, said
            said += line
    finally:
        done.send_signal(signal.SIGINT)
        done.communicate(timeout=300)
    assert "localhost:8000" not in said
    assert "Permanent addresses begin" not in said
    made = json.loads((tmp_path / "var" / "releases" / "000002" / "manifest.json").read_text(encoding="utf-8"))
    assert made["base"] == f"http://localhost:{port}"
    again = run("publish", EXAMPLES / "moenv-inventory-annex-2026.xlsx", "--source", "moenv", "--workspace", tmp_path / "var")
    assert again.exit_code in (0, 1), again.output


def test_ctrl_c_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.Popen([*ODLINKED, "publish", *[EXAMPLES / "data-gov-tw-excerpt.csv"], "--source", "x", "--workspace",
                             tmp_path / "var"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while done.poll() is None and not list((tmp_path / "var").glob("inputs/*")):
        time.sleep(0.005)
    os.killpg(done.pid, signal.SIGINT)
    _, err = done.communicate(timeout=300)
    assert (done.returncode, err) in ((130, "odlinked: stopped\n"), (0, ""), (1, ""))
    if done.returncode == 130:
        assert not list((tmp_path / "var").glob("inputs/*"))
        assert not (tmp_path / "var" / "current").exists()


def test_the_unforeseen_is_one_line_that_says_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from odlinked.cli import lists

    def broken(*_: object) -> int:
        raise KeyError("王小明")

    monkeypatch.setattr(lists, "show", broken)
    done = run("list", "forms")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "ODLINKED_TRACEBACK=1" in done.stderr
    assert "KeyError" in done.stderr
    assert "王小明" not in done.stderr, "values may be anybody's"
    monkeypatch.setenv("ODLINKED_TRACEBACK", "1")
    assert "Traceback" in run("list", "forms").stderr
