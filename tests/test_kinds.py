"""Kinds of record in IRIs, whatever path a catalogue's base has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders.national_list import row, write
from hypothesis import given
from hypothesis import strategies as st

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.kinds import Kind, measured_iri, quality_iri
from odlinked.publishing.publish import Publisher
from odlinked.settings import CatalogSettings, MeasureSettings, Settings

PLAIN = "https://data.example.org"
BASES = (PLAIN, f"{PLAIN}/id", f"{PLAIN}/id/open", f"{PLAIN}/id/dataset", f"{PLAIN}/id/quality/series/id")
NOON = Clock.of("+08:00", datetime(2026, 11, 22, 4, tzinfo=UTC))


@pytest.mark.parametrize("base", BASES)
@given(identifier=st.text(min_size=1))
def test_a_kind_is_read_from_every_iri_it_makes(base: str, identifier: str) -> None:
    identifier = identifier.encode("utf-8", "replace").decode()
    for kind in Kind:
        iri = kind.iri(base, identifier)
        assert Kind.of(iri) is kind
        assert Kind.of(f"{iri}#part/id/event/1") is kind
        assert iri.startswith(kind.prefix(base))
    for kind in (Kind.DATASET, Kind.SERIES, Kind.ORGANIZATION):
        quality = quality_iri(kind.iri(base, identifier))
        assert quality == f"{base}/id/quality/" + kind.iri("", identifier).removeprefix("/id/")
        assert Kind.of(quality) is Kind(f"quality/{kind}")
        assert measured_iri(quality) == kind.iri(base, identifier)


@pytest.mark.parametrize("base", BASES)
def test_the_catalogue_is_one_record(base: str) -> None:
    assert Kind.CATALOG.iri(base) == f"{base}/id/catalog"
    assert Kind.of(Kind.CATALOG.iri(base)) is Kind.CATALOG


@pytest.mark.parametrize("iri", ["", "urn:x", PLAIN, "https://w3id.org/odlinked/code/change-status/added", f"{PLAIN}/id/",
                                 f"{PLAIN}/id/x/1",
                                 f"{PLAIN}/id/quality/", f"{PLAIN}/id/quality/x/1", "https://a.org/dataset/5"])
def test_another_iri_is_of_no_kind(iri: str) -> None:
    assert Kind.of(iri) is None


def published(folder: Path, base: str) -> set[str]:
    """Publish and measure a list twice, and return all lines of all documents with the base taken out."""
    folder.mkdir()
    settings = Settings(catalog=CatalogSettings(base=base), measure=MeasureSettings(at_publish=True))
    workspace = Workspace(folder / "var")
    publisher = Publisher(workspace, settings, clock=NOON)
    titles = ("新北市水庫水質月報(113年1月)", "新北市水庫水質月報(113年2月)", "新北市水庫水質月報(113年3月)")
    rows = [row(number, 資料集名稱=title) for number, title in enumerate(titles, 1)]
    publisher.publish([write(folder / "list.csv", *rows, row(9))], "national")
    publisher.publish([write(folder / "list.csv", *rows)], "national")
    publisher.measure(date(2026, 11, 22))
    release = Releases(workspace).current()
    return {line.decode().replace(base + "/", "BASE/") for document in release.documents() for line in document.lines}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What is said under the plain base."""
    return published(tmp_path_factory.mktemp("plain") / "made", PLAIN)


@pytest.mark.parametrize("base", BASES[1:])
def test_a_catalogue_says_the_same_under_every_base(tmp_path: Path, plain: set[str], base: str) -> None:
    assert published(tmp_path / "other", base) == plain
