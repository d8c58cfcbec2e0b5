"""The promised names: they do what the verbs do, and the page on them runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner

import odlinked
from odlinked.api import Catalogue
from odlinked.cli.verbs import main
from odlinked.errors import FormError, InputError, OdlinkedError, WorkspaceError
from odlinked.namespaces import DCAT, RDF

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "examples" / "moenv-inventory-2026.xlsx"
_PAGE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    (folder / "examples").symlink_to(ROOT / "examples")
    done = CliRunner().invoke(main, ["publish", str(BOOK), "--source", "moenv", "--workspace", str(folder / "var")])
    assert done.exit_code in (0, 1), done.output
    return folder


@pytest.fixture(scope="module")
def catalogue(workspace: Path) -> Catalogue:
    return odlinked.open_catalogue(workspace / "var")


@pytest.mark.parametrize("page", ["docs/python.md", "docs/zh-Hant/python.md"])
def test_the_page_runs(page: str, workspace: Path) -> None:
    code = "".join(_PAGE.findall((ROOT / page).read_text(encoding="utf-8")))
    done = subprocess.run([sys.executable, "-c", code], cwd=workspace, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "triples are public" in done.stdout


def test_it_says_what_the_verbs_say(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    told = CliRunner().invoke(main, ["map", str(BOOK), "--source", "moenv"])
    said = told.stdout or capfdbinary.readouterr().out
    assert odlinked.map(BOOK, source="moenv").isomorphic(rdflib.Graph(bind_namespaces="none").parse(data=said, format="nt"))
    found = odlinked.validate([BOOK])
    told = CliRunner().invoke(main, ["validate", str(BOOK), "--format", "csv"])
    assert len(found.findings) == told.stdout.count("\n") - 1
    assert found.conforms is (told.exit_code == 0)


def test_a_catalogue_is_a_graph(catalogue: Catalogue) -> None:
    datasets = [record.iri for record in catalogue.datasets()]
    graph = catalogue.graph()
    assert {str(one) for one in graph.subjects(rdflib.URIRef(RDF + "type"), rdflib.URIRef(DCAT + "Dataset"))} == set(datasets)
    record = catalogue.record(datasets[0])
    assert record is not None
    assert all(triple in graph for triple in record)
    assert catalogue.record(datasets[0] + "x") is None
    (row,) = catalogue.query(f"SELECT (COUNT(*) AS ?n) {{ ?d a <{DCAT}Dataset> }}")
    assert int(row[0]) == len(datasets)


def test_a_catalogue_cannot_be_changed(catalogue: Catalogue) -> None:
    triple = (rdflib.URIRef("http://x.example/a"),) * 3
    before = len(list(catalogue.graph().triples((None, None, None))))
    with pytest.raises(Exception, match=r"(?i)read"):
        catalogue.graph().add(triple)
    assert len(list(catalogue.graph().triples((None, None, None)))) == before


def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    for kind, asked in ((FormError, lambda: odlinked.validate([tmp_path / "a.csv"])),
                        (InputError, lambda: odlinked.read(tmp_path / "none.xlsx")),
                        (WorkspaceError, lambda: odlinked.open_catalogue(tmp_path / "var"))):
        with pytest.raises(kind) as told:
            asked()
        assert isinstance(told.value, OdlinkedError)
        assert "\n" not in told.value.line()
    with pytest.raises(AttributeError):
        odlinked.nothing  # noqa: B018


def test_importing_loads_nothing() -> None:
    code = "import sys, odlinked; print(sorted(name for name in sys.modules if name.startswith('odlinked') or name == 'rdflib'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "['odlinked', 'odlinked.version']"


def test_a_publish_begins_without_what_one_change_does_not_need() -> None:
    """Half of what publishing one change of a short list takes is starting: what pages, or many changes, need is not loaded."""
    code = ("import sys, odlinked.cli.publish, odlinked.publishing.files; print(sorted({'rdflib', 'pyarrow', 'pyshacl', "
            "'shifty', 'importlib.metadata', 'concurrent.futures.process', 'multiprocessing', 'odlinked.graphs', "
            "'odlinked.catalog.index.lists'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"

