"""Templates are compiled in a way of our own: what they put out, what macros take, and what is left of a page afterwards."""

from __future__ import annotations

import gc
import os
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, UndefinedError
from markupsafe import Markup

from odlinked.web.site import templating
from odlinked.web.site.words import PageTexts

MACROS = """{% macro named(thing, mark="?") %}<b>{{ thing.name }}{{ mark }}</b>{% endmacro %}
{% macro around() %}<i>{{ caller() }}</i>{% endmacro %}"""


def page(tmp_path: Path, text: str, /, **facts: Any) -> str:
    """Return what a template makes of facts; `parts` are the macros."""
    (tmp_path / "parts.html").write_text(MACROS)
    (tmp_path / "page.html").write_text('{% import "parts.html" as parts with context %}' + text)
    found = templating.environment(tmp_path, PageTexts({}), "en")
    return templating.rendered(found.get_template("page.html"), facts).strip()


class Thing:
    """Something with a name."""

    name = "<A & 'B'>"


@pytest.mark.parametrize(("text", "shown"), [
    ("{{ text }}", "&lt;a href=&#34;x&#34;&gt; &amp; &#39;y&#39;"),
    ("{{ safe }}", "<hr>"),
    ("{{ number }} {{ nothing }} {{ many }}", "7 None [&#39;&lt;&#39;]"),
    ("{{ parts.named(thing) }}", "<b>&lt;A &amp; &#39;B&#39;&gt;?</b>"),
    ("{{ parts.named(thing, '<') }}", "<b>&lt;A &amp; &#39;B&#39;&gt;&lt;</b>"),
    ("{{ parts.named(mark='!', thing=thing) }}", "<b>&lt;A &amp; &#39;B&#39;&gt;!</b>"),
    ("{% call parts.around() %}<{{ thing.name }}{% endcall %}", "<i><&lt;A &amp; &#39;B&#39;&gt;</i>"),
    ("{{ held.name }}{{ held['name'] }}", "&gt;&gt;"),
])
def test_what_is_put_out_is_escaped_once(tmp_path: Path, text: str, shown: str) -> None:
    facts = {"text": "<a href=\"x\"> & 'y'", "safe": Markup("<hr>"), "number": 7, "nothing": None, "many": ["<"],
             "thing": Thing(), "held": {"name": ">"}}
    assert page(tmp_path, text, **facts) == shown


def test_what_was_compiled_is_read_again_and_made_again_where_it_is_of_others_or_damaged(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    kept, compiled = tmp_path / "kept", list[str]()
    compile_it = Environment.compile
    monkeypatch.setattr(Environment, "compile", lambda self, source, name=None, *rest, **more: (
        compiled.append(str(name)), compile_it(self, source, name, *rest, **more))[1])

    def made(text: str, said: str) -> str:
        (tmp_path / "page.html").write_text(text)
        texts = PageTexts({"key": {"en": said}})
        return templating.environment(tmp_path, texts, "en", kept).get_template("page.html").render()

    assert [made("<{{ say('key') }}", "a"), made("<{{ say('key') }}", "a"), len(compiled)] == ["<a", "<a", 1]
    assert [made("<{{ say('key') }}", "b"), made(">{{ say('key') }}", "b"), len(compiled)] == ["<b", ">b", 3]
    [file] = kept.glob("page-en-*.jinja")
    whole = file.read_bytes()
    for damaged in (b"", whole[:40], whole[:-200], whole[:20] + b"\xff" * 40):
        file.write_bytes(damaged)
        assert made(">{{ say('key') }}", "b") == ">b"
        assert file.read_bytes() == whole
    assert len(compiled) == 7
    kept.chmod(0o500)
    file.unlink() if os.access(kept, os.W_OK) else None
    assert made("unwritten", "b") == "unwritten"


def test_a_macro_refuses_more_than_it_takes(tmp_path: Path) -> None:
    for text in ("{{ parts.named(1, 2, 3) }}", "{{ parts.named(1, other=2) }}"):
        with pytest.raises(TypeError):
            page(tmp_path, text)


def test_what_is_not_given_is_told(tmp_path: Path) -> None:
    for text in ("{{ thing.other }}", "{{ other }}", "{{ parts.named() }}"):
        with pytest.raises(UndefinedError):
            page(tmp_path, text, thing=Thing())


def test_nothing_of_a_page_waits_for_the_collector(tmp_path: Path) -> None:
    thing = Thing()
    seen = weakref.ref(thing)
    gc.disable()
    try:
        page(tmp_path, "{% set kept = thing %}{{ parts.named(thing) }}{% block main %}{{ parts.named(kept) }}{% endblock %}",
             thing=thing)
        del thing
        assert seen() is None
    finally:
        gc.enable()
