"""The 40 real records that carry an official badge: what is said of each without evidence; nothing more is claimed from them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.mapping import forms
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.measure.measurer import Item, Measured, Measurer, Parameters
from odlinked.namespaces import CODE, DQV, HOME, ODL
from odlinked.settings import ReadSettings

_CATALOG = Path(__file__).parents[2] / "shared" / "data" / "catalog"
_SAMPLE = _CATALOG / "datagovtw_export_22col_sample.csv"
_FEATURED = _CATALOG / "datagovtw_featured24_2026-05.json"
_ROOT = Path(__file__).parents[1]
_HEADINGS = {"識別碼": "資料集識別碼", "名稱": "資料集名稱", "描述": "資料集描述", "下載網址": "資料下載網址",
             "主要欄位": "主要欄位說明", "提供屬性": "資料提供屬性", "更新時間": "詮釋資料更新時間"}

pytestmark = [pytest.mark.shared,
              pytest.mark.skipif(not _SAMPLE.exists(), reason="the reference material is not beside the checkout")]


@lru_cache(maxsize=1)
def measured() -> dict[str, tuple[str, Measured]]:
    """Return official badge (notation) and what was measured, by identifier."""
    featured = json.loads(_FEATURED.read_text(encoding="utf-8"))
    text = io.StringIO()
    names = next(csv.reader(io.StringIO(_SAMPLE.read_text(encoding="utf-8-sig"))))
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({_HEADINGS.get(key, key): value for key, value in record.items()} for record in featured)
    items = [*mapped(_SAMPLE), *mapped_text(text.getvalue())]
    found = Measurer(Assets(), Parameters(), date(2026, 11, 22)).measure(items)
    answer = {}
    for item, result in zip(items, found, strict=True):
        stated = re.search(rb"qualityBadge> <[^>]*/([a-z-]+)>", item.record)
        assert stated
        answer[item.dataset.rpartition("/")[2]] = (stated[1].decode(), result)
    return answer


def mapped(path: Path) -> list[Item]:
    """Return the datasets of a list in the official layout."""
    table = inventory.read(path, ReadSettings())[0]
    mapper = Mapper(forms.find(forms.load_all(Assets()), table), Assets(), MappingContext("http://localhost:8000", "real"))
    records = [m.documents[0] for m in mapper.map(list(table.rows())) if m.documents]
    return [Item(d.iri, d.iri.replace("/id/", "/id/quality/"), d.text) for d in records]


def mapped_text(text: str) -> list[Item]:
    """Return the datasets of a list given as text."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "featured.csv"
        path.write_text(text, encoding="utf-8")
        return mapped(path)


def value(found: Measured, metric: str) -> str:
    """Return the value measured of a metric, as its notation; "?" where it was not checked, "-" where it does not apply."""
    said = {(t.subject, t.predicate): t.object.value for t in found.document.triples()}
    for (node, predicate), iri in said.items():
        if predicate == DQV + "isMeasurementOf" and iri == f"{HOME}metric/{metric}" and (node, DQV + "value") in said:
            return said[node, DQV + "value"].rpartition("/")[2]
    beside = {t.object.value for t in found.document.triples() if t.predicate == ODL + "notApplicable"}
    return "-" if f"{HOME}metric/{metric}" in beside else "?"


def test_all_forty_are_there() -> None:
    assert len(measured()) == 40


def test_no_official_badge_is_contradicted_without_evidence() -> None:
    assert {name: value(found, "badge-agreement") for name, (_, found) in measured().items()
            if value(found, "badge-agreement") == "disagrees"} == {}


def test_the_official_badge_stays_a_statement_of_its_own() -> None:
    for stated, found in measured().values():
        assert f"<http://www.w3.org/ns/oa#hasBody> <{CODE}quality-badge/{stated}>".encode() in found.document.text
        assert b"QualityCertificate" in found.document.text


def test_the_white_list_and_early_datasets_get_no_badge() -> None:
    for stated, found in measured().values():
        if stated == "exempt":
            assert value(found, "badge-highest") in ("exempt", "-")


@pytest.mark.parametrize("page", ["docs/quality.md", "docs/zh-Hant/quality.md"])
def test_the_table_in_the_docs_says_what_is_measured(page: str) -> None:
    text = (_ROOT / page).read_text(encoding="utf-8")
    for name, (stated, found) in measured().items():
        told = (value(found, metric) for metric in ("badge-lowest", "badge-highest", "format-ladder"))
        row = f"| {name} | {stated} | {' | '.join(told)} |"
        assert row in text, row
