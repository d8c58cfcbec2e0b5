"""The service's document names every address, limit, refusal and facet that the service has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from odlinked.assets import Assets
from odlinked.cage import failures, tokenizer
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.served.searching import DIMENSIONS, UNLISTED
from odlinked.settings import Settings
from odlinked.web.app import create
from odlinked.web.sparql import endpoint, protocol, results

DOC = (Path(__file__).parents[1] / "docs" / "service.md").read_text(encoding="utf-8")
FAULTS = [kind for module in (failures, protocol, endpoint) for kind in vars(module).values()
          if isinstance(kind, type) and issubclass(kind, failures.QueryFailure) and kind is not failures.QueryFailure]


def rows(heading: str) -> str:
    """The table whose head holds `heading`."""
    return next(part for part in DOC.split("\n\n") if part.startswith("|") and heading in part.split("\n", 1)[0])


def test_every_address_is_told(tmp_path: Path) -> None:
    app = create(Releases(Workspace(tmp_path), Assets()), Settings())
    told = set(re.findall(r"`(/[\w.-]*)", rows("what it is")))
    has = {"/" + str(rule).split("/")[1].split("<")[0].rstrip(".") for rule in app.url_map.iter_rules()}
    unnamed = {"/sitemap", "/style.css", "/static", "/"}  # pages of the sitemap, the looks, and what begins with a kind
    kinds = {kind for rule in app.url_map.iter_rules() for kind in re.findall(r"^/<any\(([\w, ]+)\)", str(rule))}
    has |= {f"/{kind.strip()}" for group in kinds for kind in group.split(",")}
    assert {path for path in has if path not in unnamed and not path.startswith("/favicon")} <= told


@pytest.mark.parametrize("name", [*DIMENSIONS, *UNLISTED])
def test_every_facet_is_told(name: str) -> None:
    assert re.search(rf"`{name}=?`", rows("what it is"))


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_every_refusal_is_told(kind: type[failures.QueryFailure]) -> None:
    assert f"`{kind.code}`" in DOC
    line = next(line for line in DOC.splitlines() if f"`{kind.code}`" in line)
    assert str(kind.status) in line


def test_every_limit_is_told() -> None:
    limits = rows("setting")
    told = (tokenizer.MAX_TEXT, tokenizer.MAX_NESTING, tokenizer.MAX_OPERATORS, tokenizer.MAX_TOKENS)
    serve = Settings().serve
    for number in (*told, serve.query_seconds, serve.query_memory_mb, serve.query_result_mb):
        assert f"{number:,}" in limits


def test_every_format_is_told() -> None:
    text = DOC.lower()
    names = {"json": "json", "xml": "xml", "csv": "csv", "tsv": "tsv", "ttl": "turtle", "jsonld": "json-ld", "rdf": "rdf/xml",
             "nt": "n-triples", "trig": "trig"}
    assert all(names[form.name] in text for form in (*results.TABLES, *results.GRAPHS))
