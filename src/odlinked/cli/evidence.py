"""`check`: visits the published links, or examines given files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from odlinked import csv_text
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.clock import Clock
from odlinked.errors import InputError, said_by_system
from odlinked.evidence.given import FileVisitor, Folder
from odlinked.evidence.inspection import codes, openapi
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import Content, ContentObservation, Declared
from odlinked.evidence.run import Progress, RunOutcome, TargetSelection, look, run
from odlinked.evidence.summary import RunSummary
from odlinked.evidence.visit import Examine, Redact, Visitor, fetcher
from odlinked.mapping import forms
from odlinked.mapping.urls import Keys, address
from odlinked.settings import Settings
from odlinked.visits import field_standards
from odlinked.visits.targets import targets


def check(files: Path | None, wanted: TargetSelection, output: Path | None, language: str, settings: Settings, root: Path) -> int:
    """Examine what is published and report the result, personal data first.

    Return 1 where a file holds personal data, cannot be obtained or is not the data, 2 after errors of ours.
    """
    assets, workspace = Assets(settings.overlays), Workspace(root)
    if workspace.current() is None:
        next(targets(workspace, settings))  # raises an error before a notebook is created
    notebook = Notebook(root / FILE, clock=Clock.of(settings.catalog.timezone))
    try:
        with progress() as advance:
            outcome = _looked(files, wanted, workspace, notebook, settings, assets, advance)
        summary = RunSummary(notebook, outcome, assets, language)
        for line in summary.text():
            click.echo("".join(c if c.isprintable() else " " for c in line))
        if output is not None:
            _write(output, summary.table())
        if outcome.fault_count:
            return 2
        return 1 if summary.fails else 0
    finally:
        notebook.close()


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write a table that spreadsheets read as UTF-8."""
    try:
        path.write_text(csv_text.MARK + csv_text.written(rows), encoding="utf-8", newline="")
    except OSError as problem:
        raise InputError(said_by_system(problem), doing="writing", on=str(path)) from problem


def _looked(files: Path | None, wanted: TargetSelection, workspace: Workspace, notebook: Notebook, settings: Settings,
            assets: Assets,
            advance: Progress) -> RunOutcome:
    looks = _examiner(assets)
    if files is not None:
        folder = Folder(files)
        folder.learn(targets(workspace, settings))
        visitor = FileVisitor(folder, looks, openapi.description, settings.check.max_bytes, notebook.clock)
        outcome = look(folder.given(targets(workspace, settings)), visitor, notebook, wanted, advance)
        outcome.without = folder.without
        return outcome
    visits = Visitor(fetcher(settings, assets), looks, openapi.description, redaction(assets, settings), settings.check.max_bytes,
                     assets.digest([*assets.glob("ontologies/standards/*.ttl"), *assets.glob("ontologies/codes/*.ttl")]),
                     notebook.clock)
    return run(targets(workspace, settings), visits, visits.hosts, notebook, wanted, settings.check.workers, advance)


def _examiner(assets: Assets) -> Examine:
    known, checks = codes.load(assets), field_standards.checks(assets)

    def looks(content: Content, declared: Declared) -> ContentObservation:
        return examine(content, declared, checks(declared), codes=known)

    return looks


def redaction(assets: Assets, settings: Settings) -> Redact:
    """Return the function that removes keys from addresses, with the names that any form has for keys."""
    columns = [column for form in forms.load_all(assets) for column in form.columns]

    def named(name: str) -> set[str]:
        return {str(one) for column in columns for one in forms.annotation(column, name) or ()}

    keys = Keys(named("secretParameters"), named("secretIfLong"), settings.publish.public_keys)

    def redacted(url: str) -> str:
        found = address(url, keys)
        return found.iri if found else ""

    return redacted
