"""The documents name everything there is: verbs, settings, annotations, rules, forms; their links lead somewhere."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from odlinked.assets import Assets, bundled
from odlinked.cli.verbs import main
from odlinked.queries import KINDS
from odlinked.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "examples" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_IDS = [doc.relative_to(ROOT).as_posix() for doc in DOCS]
_LINK = re.compile(r"\]\(([^()\s]+(?:\([^()]*\))?)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LANGUAGES = ("docs", "docs/zh-Hant")


def text(doc: Path) -> str:
    return doc.read_text(encoding="utf-8")


def anchors(doc: Path) -> set[str]:
    """The fragments of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", text(doc)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("doc", DOCS, ids=_IDS)
def test_links_lead_somewhere(doc: Path) -> None:
    for target in _LINK.findall(_FENCED.sub("", text(doc))):
        if not target.startswith(("http://", "https://")):
            path, _, fragment = target.partition("#")
            place = (doc.parent / path) if path else doc
            assert place.exists(), target
            assert not fragment or fragment in anchors(place), target


@pytest.mark.parametrize("doc", DOCS, ids=_IDS)
def test_nothing_of_one_machine_is_told(doc: Path) -> None:
    assert not re.search(r"/(?:work|tmp|root|home)/|\.venv/lib|\bpypi\.\w+/", text(doc))


@pytest.mark.parametrize("doc", ["README.md", "docs/zh-Hant/README.md"])
def test_every_verb_is_in_the_table(doc: str) -> None:
    told = set(re.findall(r"^\| `odlinked (\w+)", text(ROOT / doc), re.MULTILINE))
    assert told == set(main.commands)


@pytest.mark.parametrize("doc", ["README.md", "docs/zh-Hant/README.md"])
def test_everything_that_can_be_listed_is_told(doc: str) -> None:
    line = next(line for line in text(ROOT / doc).splitlines() if line.startswith("| `odlinked list"))
    choices = next(parameter.type.choices for parameter in main.commands["list"].params if parameter.name == "what")
    assert {what for what in choices if not re.search(rf"\b{what}\b", line)} == set()


@pytest.mark.parametrize("folder", LANGUAGES)
def test_every_setting_is_told_with_its_default(folder: str) -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \|([^|]*)\|", text(ROOT / folder / "settings.md"), re.MULTILINE))
    known = dict(settings())
    assert set(rows) == set(known)
    for name, default in known.items():
        shown = rows[name].strip().strip("`")
        if default not in ("", ()):
            told = json.dumps(default) if isinstance(default, bool | tuple) else str(default)
            assert shown == told, name


def settings() -> Iterator[tuple[str, Any]]:
    """Yield the name and default of every setting; a section that is given by name stands under NAME."""
    kinds = get_type_hints(Settings)
    for section in fields(Settings):
        if section.name != "folder":
            kind = kinds[section.name]
            prefix, default = (section.name, kind()) if is_dataclass(kind) else (f"{section.name}.NAME", get_args(kind)[1]())
            yield from ((f"{prefix}.{key.name}", getattr(default, key.name)) for key in fields(default))


def test_every_annotation_of_forms_is_explained() -> None:
    explained = set(re.findall(r"^\| `(odl:\w+)`", text(ROOT / "docs" / "add-a-form.md"), re.MULTILINE))
    assets = Assets((bundled() / "examples" / "national-list",))
    used: set[str] = set()
    for path in assets.glob("mappings/*/table.csvw.json").values():
        used.update(annotations(json.loads(text(path))))
    assert used
    assert used <= explained


def annotations(value: Any) -> Iterator[str]:
    """Yield the `odl:` keys of a JSON value, at any depth; the classes and properties in `odl:carries` are no annotations."""
    if isinstance(value, list):
        for item in value:
            yield from annotations(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.startswith("odl:"):
                yield key
            if key != "odl:carries":
                yield from annotations(item)


def test_every_control_triple_of_mappings_is_explained() -> None:
    guide = text(ROOT / "docs" / "add-a-form.md")
    assets = Assets((bundled() / "examples" / "national-list",))
    used = {name for path in assets.glob("mappings/**/*.rq").values() for name in re.findall(r"\bctl:\w+", text(path))}
    assert "ctl:derivedFrom" in used
    assert not {name for name in used if f"`{name}`" not in guide}


def test_every_kind_of_parameter_is_explained() -> None:
    told = text(ROOT / "docs" / "add-a-question.md")
    assert all(f"`{kind}`" in told for kind in KINDS)


def test_pages_written_from_the_assets_are_up_to_date() -> None:
    where = ROOT / "docs" / "tables.py"
    spec = importlib.util.spec_from_file_location("docs_tables", where)
    assert spec is not None
    assert spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    sys.modules["docs_tables"] = writer
    spec.loader.exec_module(writer)
    old = [page.relative_to(ROOT).as_posix() for page, written in writer.pages().items() if text(page) != written]
    assert not old, f"run `python docs/tables.py`: {', '.join(old)} differ from the assets"


@pytest.mark.parametrize("folder", LANGUAGES)
def test_every_rule_and_form_has_its_row(folder: str) -> None:
    from odlinked.mapping import forms
    from odlinked.quality.shapes import Profile

    rows = set(re.findall(r"^\| `([A-Z]\d{2,3}-[a-z-]+)`", text(ROOT / folder / "rules.md"), re.MULTILINE))
    assert rows == set(Profile.load(Assets(), "tw-open").by_name)
    page = text(ROOT / folder / "forms.md")
    for form in forms.load_all(Assets()):
        assert f"## `{form.name}`" in page
        assert all(" ".join(forms.title(column).split()) in page for column in form.columns)
