"""Media types and languages with q-values (RFC 9110, sections 12.4.2, 12.5.1, 12.5.4)."""

from __future__ import annotations

import pytest

from odlinked.web.http.negotiation import MEDIA_TYPES, choose, language, requested_language

OFFERED = tuple(MEDIA_TYPES.values())
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
RDFLIB = "text/turtle, application/rdf+xml;q=0.9, application/n-triples;q=0.8, */*;q=0.1"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        (CHROME, "text/html"),
        (RDFLIB, "text/turtle"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("text/turtle;charset=utf-8", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ('application/ld+json;profile="http://a.tw/x,y"', "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml;q=0.5, text/turtle;q=0.6", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("text/*;q=0.5, text/html;q=0", "text/turtle"),
        ("text/html;q=0, */*", "text/turtle"),
        ("text/html;q=0.2, */*;q=0.1", "text/html"),
        ("text/*, text/turtle;q=0.9", "text/html"),
        ("application/json, text/turtle;q=0.001", "text/turtle"),
        ("image/png, */*;q=0.01", "text/html"),
        ("nonsense", "text/html"),
        (";;;,,,", "text/html"),
        ("text/turtle;q=2", "text/html"),
        ("text/turtle;q=0.5;q=abc, text/html;q=0.1", "text/html"),
        ("*/turtle", "text/html"),
        ("text/turtle" + ", image/png" * 500, "text/turtle"),
    ],
)
def test_media_types(header: str | None, wanted: str) -> None:
    assert choose(header, OFFERED) == wanted


@pytest.mark.parametrize("header", ["image/png", "application/json", "text/turtle;q=0", "*/*;q=0", "text/html;q=0, text/*;q=0"])
def test_nothing_acceptable(header: str) -> None:
    assert choose(header, OFFERED) is None


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, "zh-Hant"),
        ("", "zh-Hant"),
        ("*", "zh-Hant"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("en;q=0.8, zh-TW;q=0.9", "zh-Hant"),
        ("en, zh;q=0.9", "en"),
        ("zh-CN", "zh-Hant"),
        ("de", "zh-Hant"),
        ("de, en;q=0.1", "en"),
        ("zh;q=0, *", "en"),
        ("fr, *;q=0.5, zh;q=0", "en"),
        ("en;q=x", "zh-Hant"),
        ("zh-Hant;q=0.5,en;q=0.5", "zh-Hant"),
    ],
)
def test_languages(header: str | None, wanted: str) -> None:
    assert language(header) == wanted


@pytest.mark.parametrize(
    ("asked", "wanted"), [("en", "en"), ("EN-us", "en"), ("zh", "zh-Hant"), ("zh-Hant", "zh-Hant"), ("", None), ("xx", None)]
)
def test_asked_language(asked: str, wanted: str | None) -> None:
    assert requested_language(asked) == wanted
