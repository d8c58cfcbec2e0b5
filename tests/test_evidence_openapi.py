"""API descriptions held against OpenAPI: valid, not valid with reasons, not established."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odlinked.evidence.inspection.openapi import description
from odlinked.evidence.observation import ApiDescription

SHARED = Path(__file__).parents[2] / "shared" / "data" / "openapi"


def document(version: str = "3.0.0", **more: Any) -> dict[str, Any]:
    top = {"swagger": "2.0"} if version == "2.0" else {"openapi": version}
    return {**top, "info": {"title": "a", "version": "1"}, "paths": {}, **more}


def operation(**more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "a"}}, **more}


def told(value: dict[str, Any]) -> ApiDescription:
    return description(json.dumps(value).encode())


@pytest.mark.parametrize("version", ["2.0", "3.0.0", "3.0.3", "3.1.0", "3.1.1"])
def test_valid(version: str) -> None:
    assert told(document(version, paths={"/a": {"get": operation()}})) == ApiDescription(version[:3], True, ())


def test_yaml_is_read_as_openapi_reads_it() -> None:
    text = ("\ufeffopenapi: 3.0.0\ninfo: {title: no, version: '1', x-day: 2024-01-02}\n"
            "paths:\n  /a:\n    get: {responses: {'200': {description: a}}}\n")
    assert description(text.encode()) == ApiDescription("3.0", True, ())
    assert description(text.encode("utf-16")) == ApiDescription("3.0", True, ())


@pytest.mark.parametrize(("change", "fault"), [
    ({"info": {"title": "a"}}, "/info: 'version' is a required property"),
    ({"paths": {"/a": {"get": operation(tags=[None])}}}, "/paths/~1a/get/tags/0: None is not of type 'string'"),
    ({"paths": {"/a": {"get": {}}}}, "/paths/~1a/get: 'responses' is a required property"),
    ({"paths": {"/a/{b}": {"get": operation()}}}, "Path parameter 'b'"),
    ({"paths": {"/a": {"get": operation(operationId="x"), "post": operation(operationId="x")}}}, "'x'"),
    ({"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}},
     "/components/schemas/A/$ref: '#/components/schemas/B' leads nowhere"),
    ({"paths": {"/a": {"get": operation(parameters=[
        {"name": "n", "in": "query", "schema": {"type": "integer", "default": "1000"}}])}}},
     "/paths/~1a/get/parameters/0/schema: '1000' is not of type 'integer'")])
def test_faults_have_a_place(change: dict[str, Any], fault: str) -> None:
    found = told(document(**change))
    assert (found.version, found.valid) == ("3.0", False)
    assert fault in found.faults[0]


def test_numbers_as_keys_are_a_fault_and_reading_goes_on() -> None:
    found = description(b"openapi: 3.0.0\ninfo: {title: a, version: 1.0}\npaths:\n"
                        b"  /a: {get: {responses: {200: {description: a}}}}\n"
                        b"  /b: {get: {responses: {200: {description: a}}}}\n")
    assert found == ApiDescription("3.0", False, (
        "/paths/~1a/get/responses/200: the key 200 is not text: write '200' in quotes (and in 1 more places)",
        "/info/version: 1.0 is not of type 'string'"))


def test_a_key_that_stands_twice() -> None:
    found = description(b"openapi: 3.0.0\ninfo: {title: a, version: '1'}\npaths: {}\npaths: {}\n")
    assert found.faults == ("/paths: the key stands twice in its mapping",)


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/a.yaml#/A", "common.yaml#/A", "file:///etc/passwd", "//example.org/a"])
@pytest.mark.parametrize("key", ["$ref", "$dynamicRef"])
def test_references_are_never_followed_out(reference: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", closed)
    monkeypatch.setattr(socket, "getaddrinfo", closed)
    monkeypatch.setattr("urllib.request.urlopen", closed)
    found = told(document("3.1.0", components={"schemas": {"A": {key: reference}}}))
    assert found.valid is None
    assert found.faults[0].startswith(f"not checked: /components/schemas/A/{key}: ")
    # with an address of its own a schema's inner references start elsewhere; that is followed no more than the others
    inner = {"$id": "http://127.0.0.1:9/", "properties": {"b": {"$ref": "c#/d"}}}
    assert told(document("3.1.0", components={"schemas": {"A": inner}})).valid is None
    # a fault beside it is a fault
    assert told(document("3.1.0", info={"title": "a"}, components={"schemas": {"A": {key: reference}}})).valid is False


def test_schemas_may_go_in_circles() -> None:
    node = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}}
    assert told(document(components={"schemas": {"Node": node}})).valid is True


@pytest.mark.parametrize(("data", "valid", "why"), [
    (b"<html></html>", False, "neither 'openapi' nor 'swagger'"), (b"", False, "neither"),
    (b"[1]", False, "neither 'openapi'"), (b"a: [", False, "line 2"),
    (b"\xff\xfe\xff", False, "UTF-8"), (b"\x80", False, "byte 1"),
    (b"openapi: 3.2.0", None, "version '3.2.0'"), (b"openapi: 4", None, "version '4'"),
    (b"!!python/object/apply:os.system ['true']", False, "could not determine a constructor"),
    (b"[" * 100_000, None, "deeper"), (b'{"a":' * 100_000, None, "deeper"),
    (b"openapi: &a [*a]", False, "recursive")])
def test_what_is_no_description(data: bytes, valid: bool | None, why: str) -> None:
    found = description(data)
    assert found.valid is valid
    assert why in found.faults[0]


def test_bombs_end_soon() -> None:
    started = time.perf_counter()
    aliases = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else '1'] * 10)}]" for i in range(9))
    assert description(f"openapi: 3.0.0\n{aliases}".encode()).valid is None
    tags = [{"name": str(number)} for number in range(50_000)]
    assert told(document(tags=tags)).valid is None
    assert told(document(tags=tags[:500])).valid is True
    endless = document(components={"schemas": {"A": {"type": "string", "pattern": "^(a+)+$", "default": "a" * 60 + "!"}}})
    assert told(endless).valid is True
    assert time.perf_counter() - started < 120


_KEYS = ["$ref", "get", "200", "schema", "type", "parameters", "/a", "name", "in", "responses", "properties", "default", "a"]
_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
                     max_leaves=12)


@settings(max_examples=150)
@given(st.sampled_from(["2.0", "3.0.0", "3.1.0"]), _JSON, _JSON)
def test_wild_documents_never_raise(version: str, paths: object, components: object) -> None:
    told(document(version, paths=paths, **{"definitions" if version == "2.0" else "components": components}))


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_wild_bytes_never_raise(data: bytes) -> None:
    description(data)
    description(b"openapi: 3.0.0\n" + data)


REAL: dict[str, ApiDescription] = {
    # 791 paths. Response codes are numbers: OpenAPI 3.0.0 (Responses Object) asks for them in quotes; one tag is null.
    "data.moenv.gov.tw_openapi_2025.yaml": ApiDescription("3.0", False, (
        "/paths/~1acidr_p_01/get/responses/200: the key 200 is not text: write '200' in quotes (and in 790 more places)",
        "/paths/~1epr_p_88/get/tags/0: None is not of type 'string'")),
    # Its parameters $skip, $top, $filter are odd names and nothing worse.
    "data.gcis.nat.gov.tw_openapi.json": ApiDescription("2.0", True, ()),
    "opendata.wra.gov.tw_openapi.json": ApiDescription("3.1", True, ()),
    "schema.gov.tw_openapi.yaml": ApiDescription("3.0", True, ()),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_real_descriptions(name: str) -> None:
    path = SHARED / name
    if not path.is_file():
        pytest.skip("the reference material is not beside the checkout")
    assert description(path.read_bytes()) == REAL[name]
