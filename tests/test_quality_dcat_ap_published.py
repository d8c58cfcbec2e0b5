"""Our DCAT-AP rules against the published shapes of 3.0.1: every difference is a deviation with a name and a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.extent import extent
from builders.published_shapes import DEVIATIONS, PREFIXES, RELEASE, SUITES, Comparison, compare, published

from odlinked import graphs
from odlinked.errors import InputError
from odlinked.settings import ReadSettings

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((RELEASE / "html" / "examples").glob("*.ttl"))
FEEDS = sorted((*(SUITES / "feeds" / "norway").glob("*"), *(SUITES / "feeds" / "antwerpen").glob("*.xml")))
SMALLEST = sorted(FEEDS, key=lambda path: path.stat().st_size)[:1]
OWN_CASES = sorted((Path(__file__).parents[1] / "shapes" / "cases" / "dcat-ap").glob("*.trig"))
SMALL = ("agent", "checksum", "licence", "location", "period", "relationship", "scheme", "category", "identifier", "record")
HEAD = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())

pytestmark = [pytest.mark.shared,
              pytest.mark.skipif(not RELEASE.is_dir(), reason="the published shapes are not beside the checkout")]


def ntriples(turtle: str, folder: Path) -> bytes:
    path = folder / "example.ttl"
    path.write_text(HEAD + turtle, encoding="utf-8")
    return graphs.read(path, ReadSettings()).ntriples


def test_the_published_shapes_have_two_dangling_ones() -> None:
    assert published().cut == 2


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_shows_on_its_example(name: str, tmp_path: Path) -> None:
    compared = Comparison(ntriples(DEVIATIONS[name]["example"], tmp_path))
    assert compared.unexplained() == []
    found = {one for side, told in compared.only.items() for difference in told for one in compared.explained(side, difference)}
    assert name in found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_of_the_specification(path: Path) -> None:
    if path.stem.endswith(("-api", "-combined")):
        with pytest.raises(InputError, match="'/' is not allowed"):  # upstream's mistake: a prefixed name with slashes
            compare(path)
    else:
        assert compare(path).unexplained() == []


@pytest.mark.parametrize("path", [path for path in OWN_CASES if path.stem in SMALL], ids=lambda path: path.stem)
def test_our_own_cases(path: Path) -> None:
    assert compare(path).unexplained() == []


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in OWN_CASES if path.stem not in SMALL], ids=lambda path: path.stem)
def test_our_larger_cases(path: Path) -> None:
    assert compare(path).unexplained() == []


@pytest.mark.slow
@pytest.mark.parametrize("path", extent(SMALLEST, FEEDS), ids=lambda path: path.stem)
def test_whole_feeds(path: Path) -> None:
    compared = compare(path)
    assert compared.unexplained() == []
    assert len({one[:3] for one in compared.ours} & {one[:3] for one in compared.published}) > 1_000


@pytest.mark.parametrize("path", [
    *(pytest.param(path, marks=pytest.mark.slow) for path in FEEDS[:-1]), *FEEDS[-1:],
], ids=lambda path: path.stem)
def test_a_sample_of_a_feed(path: Path) -> None:
    """A twentieth of the nodes of a real feed with all that is said of them."""
    lines = graphs.read(path, ReadSettings()).ntriples.splitlines(keepends=True)
    subjects = sorted({line.split(b" ", 1)[0] for line in lines})
    kept = set(subjects[::20])
    assert Comparison(b"".join(line for line in lines if line.split(b" ", 1)[0] in kept)).unexplained() == []


@pytest.mark.parametrize(("page", "language"), [("docs/dcat-ap.md", "en"), ("docs/zh-Hant/dcat-ap.md", "zh")])
def test_the_pages_tell_every_deviation(page: str, language: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [name for name, deviation in DEVIATIONS.items() if f"| `{name}` | {deviation[language]} |" not in text] == []
