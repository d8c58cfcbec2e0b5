"""The W3C CSVW test suite through the verb `lift`: RDF and validation, each case as a folder of files and a command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from click.testing import CliRunner, Result
from rdflib.compare import isomorphic

from odlinked.cli.verbs import main

SUITE = Path(__file__).parents[2] / "shared" / "suites" / "csvw"
BASE = "http://www.w3.org/2013/csvw/tests/"
SITE_WIDE = "{+url}-metadata.json\ncsv-metadata.json\n{+url}.json\ncsvm.json\n"
KINDS = {"manifest-rdf": "rdf", "manifest-validation": "validation"}

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite as it lies at http://www.w3.org/."""
    folder = tmp_path_factory.mktemp("w3c")
    shutil.copytree(SUITE / "tests", folder / "2013" / "csvw" / "tests")
    (folder / ".well-known").mkdir()
    (folder / ".well-known" / "csvm").write_text(SITE_WIDE)
    return folder


def cases() -> Iterator[Any]:
    if not SUITE.is_dir():
        yield pytest.param(None, marks=pytest.mark.skip(reason=f"{SUITE} is not here"))
        return
    for case in json.loads((SUITE / "cases.json").read_bytes()):
        if case["manifest"] in KINDS:
            yield pytest.param(case, id=case["id"])


def lifted(case: dict[str, Any], site: Path, *options: str) -> Result:
    """Run the verb on a case as its manifest describes it."""
    tests = site / "2013" / "csvw" / "tests"
    arguments = ["lift", str(tests / case["action"].split("?")[0]), "--url", BASE + case["action"], "--folder", str(site),
                 "--lang", "en", *options]
    for name, option in (("link", "--link"), ("contentType", "--media-type")):
        arguments += [option, case[name]] if case[name] else []
    if "metadata" in case["option"]:
        arguments += ["--metadata", str(tests / case["option"]["metadata"])]
    done = CliRunner().invoke(main, arguments)
    assert "nobody foresaw" not in done.stderr
    return done


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: dict[str, Any], site: Path) -> None:
    kind = case["type"][0]
    if KINDS[case["manifest"]] == "validation":
        done = lifted(case, site, "--validate")
        told = done.stderr.count("\n") > 1
        wanted = {"NegativeValidationTest": done.exit_code in (1, 2) and done.stderr, "PositiveValidationTest":
                  done.exit_code == 0 and not told, "WarningValidationTest": done.exit_code == 0 and told}
        assert wanted[kind], done.stderr
        return
    minimal = ("--mode", "minimal") if case["option"].get("minimal") == "true" else ()
    done = lifted(case, site, *minimal)
    if kind == "NegativeRdfTest":
        assert done.exit_code == 2
        return
    assert done.exit_code in (0, 1), done.stderr
    got = rdflib.Graph().parse(data=done.stdout_bytes, format="nt")
    wanted_graph = rdflib.Graph().parse(SUITE / "tests" / case["result"], format="turtle", publicID=BASE + case["result"])
    assert isomorphic(got, wanted_graph), f"{len(got)} triples, not {len(wanted_graph)}"
    if kind.endswith("WithWarnings"):
        assert done.stderr.count("\n") > 1
