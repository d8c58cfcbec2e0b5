"""`lift`: the rows of a data file as RDF, by their description, or the description itself."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.cli import lift_faults, lift_publish, lift_stars
from odlinked.cli.console import progress
from odlinked.cli.findings import parsed
from odlinked.cli.language import reported, say
from odlinked.cli.lift_options import LiftOptions
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.errors import InputError, printable
from odlinked.lifting.conversion import serialised
from odlinked.lifting.conversion.faults import FaultLog, LiftFault
from odlinked.lifting.conversion.lift import HERE, Lifting, RowEngine
from odlinked.lifting.conversion.row_rules import RowRules
from odlinked.lifting.describing import documents, editions
from odlinked.lifting.describing import published as published_record
from odlinked.lifting.describing.columns import Knowledge
from odlinked.lifting.describing.sentences import Sentences
from odlinked.lifting.linking import link_file
from odlinked.lifting.linking.concepts import Concepts
from odlinked.lifting.linking.links import LinkWords
from odlinked.lifting.publication import vocabulary
from odlinked.lifting.reading import site as sites
from odlinked.lifting.reading.site import PublishedFolder
from odlinked.lifting.reading.words import DescribingWords
from odlinked.persons import recognition
from odlinked.quality import reports
from odlinked.settings import Settings
from odlinked.sheets.kinds import detect
from odlinked.standards import packs
from odlinked.standards.model import FieldDescription
from odlinked.whole_file import replacing


def lift(file: Path | None, options: LiftOptions, settings: Settings, workspace: Path) -> int:
    """Write the RDF of a file and report what does not fit; return 1 where something does not."""
    assets = Assets(settings.overlays)
    if options.withdraw:
        return lift_publish.withdraw(options.withdraw, settings, workspace)
    if options.dereference:
        return lift_stars.dereference(options.dereference, settings, workspace)
    if file is None:
        raise InputError("no FILE is named", doing="lifting", next_step="For instance: odlinked lift stations.csv")
    if options.describe:
        return _describe(file, options, settings, assets, Workspace(workspace))
    if options.vocabulary is not None:
        _write_vocabulary(file, options, options.vocabulary)
    kept: list[LiftFault] = []
    rules = RowRules(assets)
    with lift_faults.listing(options.findings, rules, kept if options.written else None) as listed, _engine(options) as engine:
        log = FaultLog(recognition(assets).cleaned, listed)
        if options.publish:
            return lift_publish.publish(file, options, settings, workspace, rules, lifting(file, options, settings, assets, log))
        one = lifting(file, options, settings, assets, log)
        one.engine, given = engine, located(one, options)
        if options.against is not None:
            _compare(file, options.against, options, settings, log)
        with progress() as advance, _seldom_collecting():
            pieces = one.lines(given, advance)
            gauge = lift_stars.gauge(one, settings) if options.stars is not None else None
            pieces = gauge.through(pieces) if gauge is not None else pieces
            if options.only_validate:
                for _ in pieces:
                    pass
            else:
                _write(pieces, options)
    if options.written:
        headings = {heading: place for place, heading in enumerate(one.headings.values())}
        found = rules.report(file, one.counts.rows, kept, headings)
        for style, path in parsed(options.written):
            with replacing(path, "writing") as part:
                part.write_text(reports.write(style, found, options.lang), encoding="utf-8", errors="replace")
    for line in lift_faults.report(log, rules):
        click.echo(printable(line), err=True)
    if gauge is not None and options.stars is not None:
        for line in lift_stars.report(gauge, options.stars, assets):
            click.echo(printable(line), err=True)
    for (kind, prop), count in sorted(one.linked.items()):
        click.echo(printable(reported("  links to {kind} ({property}): {count}", kind=kind, property=prop, count=f"{count:,}")),
                   err=True)
    rows = f"{one.counts.rows:,}"
    told = (say("{file}: {rows} rows, {errors} errors", file=file.name, rows=rows, errors=f"{rules.errors(log):,}")
            if options.only_validate else
            say("{file}: {rows} rows, {triples} triples", file=file.name, rows=rows, triples=f"{one.counts.triples:,}"))
    click.echo(printable(told), err=True)
    return 1 if rules.errors(log) else 0


@contextmanager
def _engine(options: LiftOptions) -> Iterator[RowEngine]:
    """Give what the rows pass in; Spark leaves the parts of the output beside it until they are put together."""
    if options.engine == "python":
        yield HERE
        return
    if options.publish or (options.output is None and not options.only_validate):
        raise InputError("Spark needs a file to write", doing="lifting", on="--engine",
                         next_step="Name it with --output, or check only with --validate; rows are published without --engine")
    from odlinked.lifting.conversion.spark import SparkEngine

    beside = options.output.resolve().parent if options.output is not None else None
    with TemporaryDirectory(prefix=".lift-", dir=beside) as folder:
        yield SparkEngine(Path(folder))


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Let the collector of cycles look seldom: rows make millions of objects and no cycles (a fifth of the time otherwise)."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _compare(file: Path, earlier: Path, options: LiftOptions, settings: Settings, log: FaultLog) -> None:
    """Tell what changed in the columns since an earlier edition."""
    known = knowledge(Assets(settings.overlays), options.lang, settings)
    before, now = (editions.of_file(path, known, settings.catalog.base, settings.read) for path in (earlier, file))
    doubled = editions.doubled(file, str(now.get("odl:sheet", "")), settings.read)
    for change in editions.changes(before, now, doubled):
        value, detail = (change.now, "") if change.row else ("", change.now)
        log.take(LiftFault(change.kind, file.name, change.row, change.column, value, detail))


def knowledge(assets: Assets, language: str, settings: Settings, fields: Sequence[FieldDescription] = ()) -> Knowledge:
    """Return what descriptions are made from."""
    return Knowledge(DescribingWords(assets), packs.load(assets), Concepts(assets), Sentences(assets, language), fields,
                     settings.catalog.timezone)


def lifting(file: Path, options: LiftOptions, settings: Settings, assets: Assets, log: FaultLog) -> Lifting:
    """Return the lifting of a file as the options say, with the links that were accepted for it."""
    place = options.accepted or link_file.place_of(file)
    if options.accepted is not None and not place.is_file():
        raise InputError("there is no such file", doing="reading the links", on=place.name)
    return Lifting(folder_of(file, options, settings), log, settings.read, DescribingWords(assets), packs.load(assets),
                   Concepts(assets).of_table, options.mode == "minimal", links=link_file.accepted(place),
                   link_words=LinkWords.of(assets))


def located(one: Lifting, options: LiftOptions) -> LocatedGroup:
    """Return the description of what is lifted: the one named, else the one that is found."""
    return one.located("" if options.metadata is None else sites.metadata_url(one.site.start, options.metadata))


def _describe(file: Path, options: LiftOptions, settings: Settings, assets: Assets, workspace: Workspace) -> int:
    """Write the description of a file, and what a person has to settle; return 1 where it holds personal data."""
    if not file.is_file():
        raise InputError("there is no such file", doing="describing", on=file.name)
    target = options.output or options.metadata or documents.place_of(file)
    before = documents.read(target)
    sentences = Sentences(assets, options.lang)
    fields = published_record.fields(options.record, workspace, assets) if options.record else []
    known = knowledge(assets, options.lang, settings, fields)
    name = options.record.rstrip("/").rpartition("/")[2]
    sheet = str((before or {}).get("odl:sheet", ""))
    proposed = documents.made(file, settings.catalog.base, name, known, settings.read, sheet)
    document = documents.merged(before, proposed, sentences.say("gone", shown="{shown}"))
    with replacing(target, "writing") as part, part.open("wb") as out:
        out.write(documents.dumped(document))
    columns = document["tableSchema"]["columns"]
    personal = documents.personal(document)
    for heading in personal:
        click.echo(printable(reported("★ The column {heading} holds personal data and will not be lifted.",
                                      heading=heading)), err=True)
    doubts = documents.doubts(document)
    for heading, text in doubts:
        click.echo(printable((reported("column {heading}: ", heading=heading) if heading else "") + text))
    click.echo(printable(say("{path} written: {columns} columns, {doubts} doubts for a person to settle", path=target.name,
                             columns=len(columns), doubts=len(doubts))), err=True)
    return 1 if personal else 0


def folder_of(file: Path, options: LiftOptions, settings: Settings) -> PublishedFolder:
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
