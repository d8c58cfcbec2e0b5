"""Metadata documents: what is read, inherited, mended with a warning and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from odlinked.csvw import metadata
from odlinked.csvw.model import TableDescription, TableGroup
from odlinked.csvw.problems import MetadataError, ResolvedDocument
from odlinked.namespaces import DCTERMS, ODL

BASE = "http://example.org/meta/table.json"


def load(base: str = BASE, **said: Any) -> TableGroup:
    return metadata.load({"@context": metadata.CONTEXT, "url": "t.csv", **said}, base)


def table(*columns: dict[str, Any], **schema: Any) -> TableDescription:
    """Return a table with these columns; its metadata must be without problems."""
    group = load(tableSchema={"columns": list(columns), **schema})
    assert group.problems == ()
    return group.table


def test_links_are_resolved_against_the_document() -> None:
    assert load().table.url == "http://example.org/meta/t.csv"
    moved = metadata.load({"@context": [metadata.CONTEXT, {"@base": "sub/"}], "url": "t.csv"}, BASE)
    assert moved.table.url == "http://example.org/meta/sub/t.csv"
    assert metadata.load({"@context": metadata.CONTEXT, "url": "t.csv"}).table.url == "t.csv"


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "table.csvw.json"
    path.write_text("\ufeff" + json.dumps({"@context": metadata.CONTEXT, "url": "t.csv"}), encoding="utf-8")
    assert metadata.load(path, BASE).table.url == "http://example.org/meta/t.csv"


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_a_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(MetadataError, match=r"broken\.json"):
        metadata.load(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match=r"absent\.json"):
        metadata.load(tmp_path / "absent.json")


def test_inherited_properties_come_down_and_are_overridden() -> None:
    group = metadata.load({
        "@context": metadata.CONTEXT, "lang": "en", "null": "-", "tables": [{
            "url": "t.csv", "lang": "zh-Hant", "tableSchema": {
                "aboutUrl": "#{a}", "columns": [{"name": "a", "null": ["", "x"], "datatype": "integer"}, {"name": "b"}]}}]}, BASE)
    a, b = group.table.columns
    assert (a.lang, a.null, a.about_url, a.datatype.base) == ("zh-Hant", ("", "x"), "#{a}", "integer")
    assert (b.lang, b.null, b.datatype.base) == ("zh-Hant", ("-",), "string")


def test_titles_by_language_and_names_from_titles() -> None:
    described = metadata.load({
        "@context": [metadata.CONTEXT, {"@language": "zh-Hant"}], "url": "t.csv", "tableSchema": {"columns": [
            {"titles": ["機關 名稱", "機關"]}, {"titles": {"en": "Name"}},
            {"name": "c", "titles": {"zh-Hant": "甲", "en": ["A", "B"]}}]}})
    first, second, third = described.table.columns
    assert first.titles == {"zh-Hant": ["機關 名稱", "機關"]}
    assert first.name == "%E6%A9%9F%E9%97%9C%20%E5%90%8D%E7%A8%B1"
    assert second.name == "_col.2"
    assert third.titles == {"zh-Hant": ["甲"], "en": ["A", "B"]}
    assert [column.named for column in described.table.columns] == [False, False, True]


def test_annotations_are_by_expanded_iri_as_written() -> None:
    column = table({"name": "a", "odl:carries": [{"class": "dcat:Dataset", "path": "dcterms:title"}], "dc:title": "甲",
                    "http://example.org/p": {"@id": "x"}}).columns[0]
    assert column.annotations == {
        ODL + "carries": [{"class": "dcat:Dataset", "path": "dcterms:title"}], DCTERMS + "title": "甲",
        "http://example.org/p": {"@id": "x"}}
    assert [item.normal for item in column.common][1:] == [{"@value": "甲"}, {"@id": "http://example.org/meta/x"}]


def test_prefixes_can_be_added() -> None:
    document = {"@context": metadata.CONTEXT, "url": "t.csv", "ex:form": True}
    group = metadata.load(document, prefixes={"ex": "http://example.org/"})
    assert group.table.annotations == {"http://example.org/form": True}


def test_schema_and_dialect_by_url() -> None:
    documents = {
        "http://example.org/meta/schema.json": {"columns": [{"name": "a"}], "primaryKey": "a"},
        "http://example.org/meta/dialect.json": {"delimiter": "\t"}}

    def resolver(url: str) -> ResolvedDocument | None:
        return ResolvedDocument(json.dumps(documents[url]).encode(), url) if url in documents else None

    document = {"@context": metadata.CONTEXT, "url": "t.csv", "tableSchema": "schema.json", "dialect": "dialect.json"}
    found = metadata.load(document, BASE, resolver=resolver).table
    assert found.schema.primary_key == ("a",)
    assert found.schema.id == "http://example.org/meta/schema.json"
    assert found.dialect is not None
    assert found.dialect.delimiter == "\t"
    with pytest.raises(MetadataError, match=r"schema\.json"):
        metadata.load(document, BASE)


@pytest.mark.parametrize("said", [
    {"nonsense": 1}, {"lang": "not a tag"}, {"null": ["", 0]}, {"suppressOutput": "yes"}, {"tableDirection": "up"},
    {"dialect": 3}, {"dialect": {"delimiter": 1}}, {"dialect": {"encoding": "klingon"}}, {"dialect": {"encoding": "zlib_codec"}},
    {"tableSchema": {"columns": [{"name": "_a"}]}}, {"tableSchema": {"columns": [{"name": "a b"}]}},
    {"tableSchema": {"columns": [{"name": "a", "titles": {"??": "x"}}]}}, {"tableSchema": {"columns": [{"name": "a"}, 7]}},
    {"tableSchema": {"columns": [{"name": "a"}], "primaryKey": "b"}}, {"transformations": [{"url": "x"}]}, {"@id": 7},
])
def test_what_can_be_mended_is_a_warning(said: dict[str, Any]) -> None:
    problems = load(**said).problems
    assert problems
    assert not any(problem.error for problem in problems)


@pytest.mark.parametrize("said", [
    {"@context": "http://schema.org/"}, {"@context": [metadata.CONTEXT, {"dc": "x"}]}, {"url": 7}, {"tables": []},
    {"@id": "_:a"}, {"@type": "Column"}, {"dc:title": {"@language": "en"}}, {"dc:title": {"@list": []}},
    {"dc:title": {"@value": "a", "@type": "xsd:date", "@language": "en"}}, {"dc:title": {"@type": "nothing"}},
    {"tableSchema": {"columns": [{"name": "a"}, {"name": "a"}]}},
    {"tableSchema": {"columns": [{"name": "a", "virtual": True}, {"name": "b"}]}},
    {"tableSchema": {"columns": [{"name": "a"}], "foreignKeys": [{"columnReference": "z", "reference": {}}]}},
    {"tableSchema": {"columns": [{"name": "a"}], "foreignKeys": [
        {"columnReference": "a", "reference": {"resource": "other.csv", "columnReference": "a"}}]}},
])
def test_what_cannot_be_mended_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(MetadataError):
        load(**said)


def test_deep_nesting_is_refused_not_overflowed() -> None:
    value: Any = "x"
    for _ in range(500):
        value = [value]
    with pytest.raises(MetadataError, match="nested"):
        load(**{"dc:title": value})


def test_odd_urls_do_not_break_reading() -> None:
    assert load(url="http://[").table.url == "http://["
