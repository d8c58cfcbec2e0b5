"""`query`: a stored question answered on the command line, by the same file and with the same values as the service takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pyoxigraph as ox

from odlinked import csv_text
from odlinked.assets import Assets
from odlinked.cage import result_writers
from odlinked.catalog.asking import organizations, questions
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.clock import Clock
from odlinked.errors import SettingsError, printable
from odlinked.namespaces import CODE
from odlinked.quality.reports.widths import cut, pad, width
from odlinked.queries import Query
from odlinked.rdf.turtle import PrefixedNames
from odlinked.rdf.vocabulary import prefixes
from odlinked.settings import Settings

WIDEST = 48
"""How many columns of a terminal a cell of a table takes at most."""


def answer(name: str, given: Sequence[str], style: str, settings: Settings, workspace: Path) -> int:
    """Write the whole answer of question `name` as a table, CSV or SPARQL Results JSON."""
    assets = Assets(settings.overlays)
    query = questions.named(questions.stored(assets), name)
    release = Releases(Workspace(workspace), assets).current()
    today = Clock.of(settings.catalog.timezone).today()
    values = questions.ParameterReader(assets, today, lambda: organizations.everyone(release)).values(query, _pairs(given))
    results = questions.answer(release, query, values)
    if style == "json":
        result_writers.solutions(results, "json", sys.stdout.buffer, release.spellings(), ())
        return 0
    columns = [variable.value for variable in results.variables]
    if style == "csv":
        click.echo(csv_text.written([columns, *([_text(term) for term in row] for row in results)]).encode(), nl=False)
        return 0
    names, own = PrefixedNames(prefixes(assets)), f"{release.base}/id/"
    rows = [[names.short(text) or text.removeprefix(own).removeprefix(CODE) if isinstance(term, ox.NamedNode) else text
             for term in row for text in [_text(term)]] for row in results]
    click.echo("\n".join(_table([columns, *rows])))
    return 0


def listed(language: str, settings: Settings) -> int:
    """Write the names of the stored questions with what they ask and take."""
    for name, query in questions.stored(Assets(settings.overlays)).items():
        click.echo(f"{name:<26} {query.summaries[language]}{_taken(query)}")
    return 0


def _taken(query: Query) -> str:
    taken = [f"--{one.name}" if one.required else f"[--{one.name}]" for one in query.takes.values()]
    return f"  {' '.join(taken)}" if taken else ""


def _pairs(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield parameters written `--name value` or `--name=value`."""
    words = iter(given)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise SettingsError("a parameter is written --NAME VALUE", doing="asking", on=word)
        if not equals:
            value = next(words, "")
            if not value or value.startswith("--"):
                raise SettingsError("a parameter is written --NAME VALUE, and the value is missing", doing="asking", on=word)
        yield name, value


def _text(term: Any) -> str:
    """Return what a cell shows: an IRI or a text, "" for none."""
    return str(getattr(term, "value", "")) if isinstance(term, (ox.NamedNode, ox.Literal)) else ""


def _table(rows: list[list[str]]) -> Iterator[str]:
    """Yield rows as lines of columns of equal width; long cells are cut, which only a table does."""
    shown = [[cut(printable(cell), WIDEST) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in shown) for i in range(len(shown[0]))]
    for row in shown:
        yield "  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
