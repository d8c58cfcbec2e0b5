"""A described table for machine learning: Croissant 1.1 (MLCommons), from the same description and the same figures as all else.

The record set is read from the Parquet file, where gaps are nulls and days and times are typed: a tool needs no knowledge of how
the agency writes them. Sections are those of the specification (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from odlinked.csvw.terms import expand

VERSION: Final = "http://mlcommons.org/croissant/1.1"
CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "zh-Hant", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
    "conformsTo": "dct:conformsTo",
    **{name: f"cr:{name}" for name in (
        "annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract", "field",
        "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
        "parentField", "path", "recordSet", "references", "regex", "readLines", "repeated", "replace", "samplingRate",
        "sdVersion", "separator", "source", "subField", "transform", "unArchive", "value")}}
"""The context of Appendix 1, with the terms for units and provenance that are used (Using External Vocabularies)."""

_TYPES: Final = {"integer": "sc:Integer", "number": "sc:Float", "truth": "sc:Boolean", "day": "sc:Date", "time": "sc:DateTime",
                 "local": "sc:DateTime", "text": "sc:Text"}
_PARQUET: Final = ("application/vnd.apache.parquet", "application/x-parquet")
"""The registered media type, and the one that the authors' library knows."""

_CARDINALITY: Final = "http://www.wikidata.org/entity/Q4049983"
"""How many records there are, as Representing Descriptive Statistics has it."""

_ENDS: Final = (("least", "minValue"), ("greatest", "maxValue"))


def described(dataset: Mapping[str, Any], metadata: Mapping[str, Any], facts: Mapping[str, Any], address: str, source: str,
              ) -> dict[str, Any]:
    """Return the document of a table as JSON-LD.

    `dataset` is its dataset in terms of schema.org; `metadata` and `facts` are what is kept of the table; `address` is that of
    its page, below which its files are; `source` is the distribution that it was made from.
    """
    name = address.rpartition("/")[2]
    kept = {key: value for key, value in dataset.items() if key not in ("@context", "@id", "distribution", "publisher", "url")}
    return {"@context": dict(CONTEXT), "@id": address, "@type": "sc:Dataset",
            **{key: kept[key] for key in sorted(kept) if key[0] != "@"}, "url": address, "conformsTo": VERSION,
            "prov:wasDerivedFrom": {"@id": source},
            "distribution": [_file(name, facts, address)],
            "recordSet": [_records(name, metadata, facts), *_enumerations(facts)]}


def _file(name: str, facts: Mapping[str, Any], address: str) -> dict[str, Any]:
    """Return the file of the rows (FileObject): its checksum is that of the bytes that are served."""
    made = {"@type": "cr:FileObject", "@id": _file_id(name), "name": f"{name}.parquet", "contentUrl": f"{address}.parquet",
            "encodingFormat": list(_PARQUET), "contentSize": f"{facts['bytes']['parquet']} B"}
    digest = facts.get("sha256", {}).get("parquet")
    return made | ({"sha256": digest} if digest else {})


def _file_id(name: str) -> str:
    return f"{name}.parquet"


def _records(name: str, metadata: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record set of the rows, with its key where all of its columns are published."""
    columns = {one["name"]: one for one in facts["columns"]}
    stated = metadata["tableSchema"].get("primaryKey", [])
    names = [unquote(one) for one in ([stated] if isinstance(stated, str) else stated)]
    key = [{"@id": f"rows/{one}"} for one in names] if set(names) <= columns.keys() else []
    made: dict[str, Any] = {"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "description": facts["file"]}
    if key:
        made["key"] = key if len(key) > 1 else key[0]
    made["field"] = [field for head in facts["heads"] for field in _fields(name, head, columns)]
    made["annotation"] = [{"@type": "cr:Field", "@id": "rows/@count", "name": "count", "dataType": ["sc:Integer", _CARDINALITY],
                           "value": facts["rows"]}]
    return made


def _fields(name: str, head: str, columns: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the field of a column of the file; one that holds what does not fit another column says so."""
    column = columns.get(head)
    made: dict[str, Any] = {"@type": "cr:Field", "@id": f"rows/{head}", "name": head}
    source = {"source": {"fileObject": {"@id": _file_id(name)}, "extract": {"column": head}}}
    if column is None:
        yield made | {"description": f"{head.removesuffix('_text')}: text that is no such value", "dataType": "sc:Text"} | source
        return
    unit = column["unit"]
    title = column["title"]
    made["description"] = f"{title} ({unit.rpartition('/')[2]})" if unit else title
    made["dataType"] = _TYPES[column["type"]]
    found = expand(column["property"]) or column["property"]
    if found.startswith(("http://", "https://")) and "{" not in found:
        made["equivalentProperty"] = found
    if unit:
        made["qudt:unit"] = {"@id": unit}
    if column.get("codes"):
        made["references"] = {"field": {"@id": f"codes/{head}/name"}}
    ends = [{"@type": "cr:Field", "@id": f"rows/{head}/@{key}", "name": key, "dataType": made["dataType"],
             "equivalentProperty": f"sc:{word}", "value": column[key]} for key, word in _ENDS if key in column]
    yield made | source | ({"annotation": ends} if ends else {})


def _enumerations(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values of columns of codes with their addresses (Categorical Data)."""
    for column in facts["columns"]:
        codes: Sequence[Sequence[str]] = column.get("codes", ())
        if not codes:
            continue
        own = f"codes/{column['name']}"
        field = {"@type": "cr:Field"}
        yield {"@type": "cr:RecordSet", "@id": own, "name": own, "description": column["title"], "dataType": "sc:Enumeration",
               "key": {"@id": f"{own}/name"},
               "field": [field | {"@id": f"{own}/name", "name": "name", "dataType": "sc:Text"},
                         field | {"@id": f"{own}/url", "name": "url", "dataType": "sc:URL"}],
               "data": [{f"{own}/name": value, f"{own}/url": iri} for value, iri in codes]}
