"""`lift`: the rows of a data file as RDF, by their description, or the description itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from odlinked import csv_text
from odlinked.assets import Assets
from odlinked.catalog.workspace import Workspace
from odlinked.cli import lift_publish
from odlinked.cli.console import progress
from odlinked.cli.lift_options import LiftOptions
from odlinked.cli.lift_words import LiftWords
from odlinked.errors import InputError, printable
from odlinked.lifting import documents, serialised, vocabulary
from odlinked.lifting import published as published_record
from odlinked.lifting import site as sites
from odlinked.lifting.columns import Knowledge
from odlinked.lifting.concepts import Concepts
from odlinked.lifting.faults import FaultLog, LiftFault
from odlinked.lifting.lift import Lifting
from odlinked.lifting.sentences import Sentences
from odlinked.lifting.site import PublishedFolder
from odlinked.lifting.words import DescribingWords
from odlinked.persons import recognition
from odlinked.settings import Settings
from odlinked.sheets.kinds import detect
from odlinked.standards import packs
from odlinked.whole_file import replacing


def lift(file: Path | None, options: LiftOptions, settings: Settings, workspace: Path) -> int:
    """Write the RDF of a file and report what does not fit; return 1 where something does not."""
    assets = Assets(settings.overlays)
    words = LiftWords(assets, options.lang)
    if options.withdraw:
        return lift_publish.withdraw(options.withdraw, settings, workspace, words)
    if file is None:
        raise InputError("no FILE is named", doing="lifting", next_step="For instance: odlinked lift stations.csv")
    if options.describe:
        return _describe(file, options, settings, assets, Workspace(workspace))
    site = published(file, options, settings)
    if options.vocabulary is not None:
        _write_vocabulary(file, options, options.vocabulary)
    clean = recognition(assets).cleaned
    with _listing(options.findings, words) as listed:
        log = FaultLog(clean, listed)

        def made() -> Lifting:
            return Lifting(site, log, settings.read, DescribingWords(assets), packs.load(assets), Concepts(assets).of_table,
                           options.mode == "minimal")

        if options.publish:
            return lift_publish.publish(file, options, settings, workspace, made, words)
        one = made()
        located = one.located("" if options.metadata is None else sites.metadata_url(site.start, options.metadata))
        with progress() as advance:
            pieces = one.lines(located, advance)
            if options.only_validate:
                for _ in pieces:
                    pass
            else:
                _write(pieces, options)
    for line in words.report(log):
        click.echo(printable(line), err=True)
    done = "valid" if options.only_validate else "done"
    click.echo(printable(words.of(done, file=file.name, rows=f"{one.counts.rows:,}", triples=f"{one.counts.triples:,}",
                                  errors=f"{log.errors:,}")), err=True)
    return 1 if log.errors else 0


def _describe(file: Path, options: LiftOptions, settings: Settings, assets: Assets, workspace: Workspace) -> int:
    """Write the description of a file, and what a person has to settle; return 1 where it holds personal data."""
    if not file.is_file():
        raise InputError("there is no such file", doing="describing", on=file.name)
    target = options.output or options.metadata or documents.place_of(file)
    before = documents.read(target)
    words, sentences = LiftWords(assets, options.lang), Sentences(assets, options.lang)
    fields = published_record.fields(options.record, workspace, assets) if options.record else []
    known = Knowledge(DescribingWords(assets), packs.load(assets), Concepts(assets), sentences, fields,
                      settings.catalog.timezone)
    name = options.record.rstrip("/").rpartition("/")[2]
    sheet = str((before or {}).get("odl:sheet", ""))
    proposed = documents.made(file, settings.catalog.base, name, known, settings.read, sheet)
    document = documents.merged(before, proposed, sentences.say("gone", shown="{shown}"))
    with replacing(target, "writing") as part, part.open("wb") as out:
        out.write(documents.dumped(document))
    columns = document["tableSchema"]["columns"]
    personal = documents.personal(document)
    for heading in personal:
        click.echo(printable(words.of("personal_found", heading=heading)), err=True)
    doubts = documents.doubts(document)
    for heading, text in doubts:
        click.echo(printable((words.of("column", heading=heading) if heading else "") + text))
    click.echo(printable(words.of("described", path=target.name, columns=len(columns), doubts=len(doubts))), err=True)
    return 1 if personal else 0


def published(file: Path, options: LiftOptions, settings: Settings) -> PublishedFolder:
    """Return the site that a file is part of: at the catalogue's base, or at the URL given for the file."""
    base = settings.catalog.base.rstrip("/") + "/file/"
    if options.url:
        base = options.url.split("?")[0].rpartition("/")[0] + "/"
        if options.folder is not None:
            inside = file.resolve().parent.relative_to(options.folder.resolve()).as_posix()
            base = base.removesuffix("" if inside == "." else inside + "/")
    if file.is_file() and not file.stat().st_size:
        raise InputError("the file is empty", doing="reading", on=file.name)
    media_type = options.media_type
    if file.is_file() and not media_type and _is_table(file):
        media_type = sites.TABLE
    return sites.of_file(file, file.name, base, options.url, options.folder, media_type, options.links, options.metadata)


def _is_table(file: Path) -> bool:
    """True for a workbook, and for JSON that is not CSVW metadata."""
    kind = detect(file, file.name)
    if kind != "json":
        return kind != "delimited"
    with file.open("rb") as opened:
        return b"http://www.w3.org/ns/csvw" not in opened.read(sites.MOST_METADATA)


@contextmanager
def _listing(path: Path | None, words: LiftWords) -> Iterator[Any]:
    """Return what writes each fault into a table, None where none is asked for."""
    if path is None:
        yield None
        return
    with replacing(path, "writing") as part, part.open("wb") as out:
        out.write((csv_text.MARK + csv_text.written([words.of("table_heads").split("|")])).encode())
        yield lambda fault: out.write(csv_text.written([_row(fault, words)]).encode("utf-8", "replace"))


def _row(fault: LiftFault, words: LiftWords) -> list[object]:
    return [fault.kind, fault.file, fault.row or None, fault.column, fault.value,
            " ".join(text for text in (words.of("fault_" + fault.kind), fault.detail) if text)]


def _write(pieces: Iterator[bytes], options: LiftOptions) -> None:
    """Write N-Triples in the format asked for, to a file that is complete or not there, or to standard output."""
    if options.output is None:
        serialised.put(pieces, options.style, sys.stdout.buffer, Assets())
        sys.stdout.buffer.flush()
        return
    with replacing(options.output, "writing") as part, part.open("wb") as out:
        serialised.put(pieces, options.style, out, Assets())


def _write_vocabulary(file: Path, options: LiftOptions, target: Path) -> None:
    """Write what the description of a file coins, as Turtle."""
    path = options.metadata or documents.place_of(file)
    document = documents.read(path)
    if document is None:
        raise InputError("there is no description to make a vocabulary of", doing="lifting", on=file.name,
                         next_step="Run `odlinked lift --describe` first, or name one with --metadata")
    with replacing(target, "writing") as part, part.open("wb") as out:
        serialised.put(vocabulary.lines(document), "ttl", out, Assets())
