"""The W3C CSVW test suite, every case through our own code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic

from odlinked.csvw import json as csv2json
from odlinked.csvw import metadata_files, rdf
from odlinked.csvw.problems import DocumentResolver, MetadataError, ResolvedDocument

SUITE = Path(__file__).parents[2] / "shared" / "suites" / "csvw"
BASE = "http://www.w3.org/2013/csvw/tests/"
SITE_WIDE = b"{+url}-metadata.json\ncsv-metadata.json\n{+url}.json\ncsvm.json\n"
_KEPT = "non-normative: its result keeps the spaces that its own comment (and the dialect's trim) says must be removed"
NOT_PASSED = {f"manifest-nonnorm#test{number}": _KEPT for number in ("020", "021", "022", "056", "057", "058")}
"""Cases we do not pass, each with the reason."""

pytestmark = [pytest.mark.shared, pytest.mark.slow]


def resolver(case: dict[str, Any]) -> DocumentResolver:
    """Give the suite's files at their W3C addresses, with the headers the case asks for."""

    def resolve(url: str) -> ResolvedDocument | None:
        if url == "http://www.w3.org/.well-known/csvm":
            return ResolvedDocument(SITE_WIDE, url)
        name = url.removeprefix(BASE)
        file = SUITE / "tests" / name.split("?")[0]
        # Only the address a case begins with is served with a query: a name made from it is another file.
        if not url.startswith(BASE) or not file.is_file() or ("?" in name and name != case["action"]):
            return None
        start = name == case["action"]
        media_type = (case["contentType"] if start else None) or ("application/json" if file.suffix == ".json" else "text/csv")
        return ResolvedDocument(file.read_bytes(), url, media_type, (case["link"],) if start and case["link"] else ())

    return resolve


def cases() -> Iterator[Any]:
    if not SUITE.is_dir():
        yield pytest.param(None, marks=pytest.mark.skip(reason=f"{SUITE} is not here"))
        return
    for case in json.loads((SUITE / "cases.json").read_bytes()):
        marks = [pytest.mark.xfail(reason=NOT_PASSED[case["id"]], strict=True)] if case["id"] in NOT_PASSED else []
        yield pytest.param(case, id=case["id"], marks=marks)


def same(left: Any, right: Any) -> bool:
    """Compare JSON values, numbers by value."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: dict[str, Any]) -> None:
    kind, option = case["type"][0], case["option"]
    minimal = option.get("minimal") == "true"
    overriding = BASE + option["metadata"] if "metadata" in option else ""
    if kind in ("NegativeRdfTest", "NegativeJsonTest"):
        with pytest.raises(MetadataError):
            metadata_files.open_url(BASE + case["action"], resolver(case), overriding=overriding)
        return
    try:
        read = metadata_files.open_url(BASE + case["action"], resolver(case), overriding=overriding)
    except MetadataError:
        assert kind == "NegativeValidationTest"
        return
    if kind == "NegativeValidationTest":
        assert read.errors
    elif kind == "PositiveValidationTest":
        assert not read.problems
    elif kind == "WarningValidationTest":
        assert not read.errors
        assert read.problems
    else:
        check_output(case, read, minimal)
        if kind.endswith("WithWarnings"):
            assert read.problems


def check_output(case: dict[str, Any], read: Any, minimal: bool) -> None:
    expected = SUITE / "tests" / case["result"]
    if "Json" in case["type"][0]:
        assert same(csv2json.convert(read, minimal=minimal), json.loads(expected.read_bytes()))
        return
    got = rdflib.Graph().parse(data=b"\n".join(rdf.convert(read, minimal=minimal)), format="nt")
    wanted = rdflib.Graph().parse(expected, format="turtle", publicID=BASE + case["result"])
    assert isomorphic(got, wanted), f"{len(got)} triples, not {len(wanted)}"
