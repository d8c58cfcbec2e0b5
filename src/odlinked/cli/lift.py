"""`lift`: the rows of a data file as RDF, by their description, or the description itself."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from odlinked import csv_text
from odlinked.assets import Assets
from odlinked.catalog import known_things
from odlinked.catalog.workspace import Workspace
from odlinked.cli.console import progress
from odlinked.cli.findings import parsed
from odlinked.cli.lift_options import LiftOptions
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.errors import InputError, printable
from odlinked.lifting import documents, editions, link_file, vocabulary
from odlinked.lifting import published as published_record
from odlinked.lifting import site as sites
from odlinked.lifting.columns import Knowledge
from odlinked.lifting.concepts import Concepts
from odlinked.lifting.dereferencing import OwnService
from odlinked.lifting.faults import FaultLog, LiftFault
from odlinked.lifting.lift import Lifting
from odlinked.lifting.links import LinkWords
from odlinked.lifting.row_rules import RowRules
from odlinked.lifting.sentences import Sentences
from odlinked.lifting.site import PublishedFolder
from odlinked.lifting.stars import StarGauge
from odlinked.lifting.words import DescribingWords
from odlinked.persons import recognition
from odlinked.quality import reports
from odlinked.settings import Settings
from odlinked.sheets.kinds import detect
from odlinked.standards import packs
from odlinked.standards.model import FieldDescription
from odlinked.whole_file import replacing

WORDS = "ontologies/words/lift.toml"

MOST_REPORTED = 100_000
"""Faults that a report has at most: it is made in memory. The table of `--findings` has all of them."""


def lift(file: Path, options: LiftOptions, settings: Settings, workspace: Path) -> int:
    """Write the RDF of a file and report what does not fit; return 1 where something does not."""
    assets = Assets(settings.overlays)
    if options.describe:
        return _describe(file, options, settings, assets, Workspace(workspace))
    words = Words(assets, options.lang)
    if options.vocabulary is not None:
        _write_vocabulary(file, options, options.vocabulary)
    kept: list[LiftFault] = []
    with _listing(options.findings, words, kept if options.written else None) as listed:
        log = FaultLog(recognition(assets).cleaned, listed)
        one = lifting(file, options, settings, assets, log)
        given = located(one, options)
        if options.against is not None:
            _compare(file, options.against, options, settings, log)
        with progress() as advance:
            pieces = one.lines(given, advance)
            gauge = _gauge(one, settings) if options.stars is not None else None
            pieces = gauge.through(pieces) if gauge is not None else pieces
            if options.only_validate:
                for _ in pieces:
                    pass
            else:
                _write(pieces, options)
    for style, path in parsed(options.written):
        headings = {heading: place for place, heading in enumerate(one.headings.values())}
        report = words.rules.report(file, one.counts.rows, kept, headings)
        with replacing(path, "writing") as part:
            part.write_text(reports.write(style, report, options.lang), encoding="utf-8", errors="replace")
    for line in words.report(log):
        click.echo(printable(line), err=True)
    if gauge is not None and options.stars is not None:
        for line in _stars(gauge, options.stars, assets, words):
            click.echo(printable(line), err=True)
    for (kind, prop), count in sorted(one.linked.items()):
        click.echo(printable(words.of("linked", kind=kind, property=prop, count=f"{count:,}")), err=True)
    done = "valid" if options.only_validate else "done"
    click.echo(printable(words.of(done, file=file.name, rows=f"{one.counts.rows:,}", triples=f"{one.counts.triples:,}",
                                  errors=f"{log.errors:,}")), err=True)
    return 1 if log.errors else 0


def _gauge(one: Lifting, settings: Settings) -> StarGauge:
    """Return what measures the stars: subjects are asked of the catalogue's own service, wherever it is configured to be."""
    base = settings.catalog.base
    own = (base.rstrip("/") + "/", one.site.url)
    return StarGauge(OwnService(base, settings.serve.public_url), lambda iri: iri.startswith(own))


def _stars(gauge: StarGauge, target: Path, assets: Assets, words: Words) -> Iterator[str]:
    """Write the report of the stars and yield its lines for people."""
    found = gauge.report({iri: thing.kind for iri, thing in known_things.listed(assets).items()})
    with replacing(target, "writing") as part, part.open("wb") as out:
        out.write((json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"))
    answers = (words.of("star_" + found.fourth), words.of("star_" + found.fifth))
    yield words.of("fourth", answer=answers[0], found=sum(one.is_found for one in found.sampled), of=len(found.sampled))
    yield words.of("fifth", answer=answers[1], links=f"{sum(one.links for one in found.vocabularies):,}")
    for each in found.vocabularies:
        counts = {name: f"{getattr(each, name):,}" for name in ("links", "targets", "known")}
        yield words.of("star_target", kind=each.iri, **counts)


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
    return Lifting(published(file, options, settings), log, settings.read, DescribingWords(assets), packs.load(assets),
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
    words, sentences = Words(assets, options.lang), Sentences(assets, options.lang)
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


class Words:
    """The words of the verb in one language."""

    def __init__(self, assets: Assets, language: str) -> None:
        self._words = tomllib.loads(assets.text(WORDS))
        self._place = 0 if language == "zh-Hant" else 1
        self.language = language
        self.rules = RowRules(assets)

    def of(self, key: str, **values: Any) -> str:
        """Return a sentence with its values."""
        return str(self._words[key][self._place]).format(**values)

    def report(self, log: FaultLog) -> Iterator[str]:
        """Yield the lines that tell faults: personal data first, then by kind, file and column, the first places of each."""
        for key in sorted(log.counts, key=lambda one: (not one[0].startswith("persons"), one)):
            kind, file, heading = key
            column = self.of("column", heading=heading) if heading else ""
            said = self.rules.words(kind, self.language)
            yield self.of("line", file=file, column=column, words=said, count=f"{log.counts[key]:,}")
            for fault in log.first[key]:
                if fault.row or fault.detail:
                    yield self._placed(fault)
            if log.counts[key] > len(log.first[key]):
                yield self.of("more", count=f"{log.counts[key] - len(log.first[key]):,}")

    def _placed(self, fault: LiftFault) -> str:
        value = self.of("value", value=fault.value) if fault.value else ""
        detail = self.of("detail", detail=fault.detail) if fault.detail else ""
        return self.of("place", row=fault.row, value=value, detail=detail) if fault.row else f"  {fault.detail}"


@contextmanager
def _listing(path: Path | None, words: Words, kept: list[LiftFault] | None) -> Iterator[Any]:
    """Return what writes each fault into a table, and keeps the first of them for reports; None where none is asked for."""
    def keep(fault: LiftFault) -> None:
        if kept is not None and len(kept) < MOST_REPORTED:
            kept.append(fault)

    if path is None:
        yield None if kept is None else keep
        return
    with replacing(path, "writing") as part, part.open("wb") as out:
        out.write((csv_text.MARK + csv_text.written([words.of("table_heads").split("|")])).encode())

        def take(fault: LiftFault) -> None:
            keep(fault)
            out.write(csv_text.written([_row(fault, words)]).encode("utf-8", "replace"))

        yield take


def _row(fault: LiftFault, words: Words) -> list[object]:
    return [fault.kind, fault.file, fault.row or None, fault.column, fault.value,
            " ".join(text for text in (words.rules.words(fault.kind, words.language), fault.detail) if text)]


def _write(pieces: Iterator[bytes], options: LiftOptions) -> None:
    """Write N-Triples in the format asked for, to a file that is complete or not there, or to standard output."""
    if options.output is None:
        _put(pieces, options.style, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with replacing(options.output, "writing") as part, part.open("wb") as out:
        _put(pieces, options.style, out)


def _write_vocabulary(file: Path, options: LiftOptions, target: Path) -> None:
    """Write what the description of a file coins, as Turtle."""
    path = options.metadata or documents.place_of(file)
    document = documents.read(path)
    if document is None:
        raise InputError("there is no description to make a vocabulary of", doing="lifting", on=file.name,
                         next_step="Run `odlinked lift --describe` first, or name one with --metadata")
    with replacing(target, "writing") as part, part.open("wb") as out:
        _put(vocabulary.lines(document), "ttl", out)


def _put(pieces: Iterator[bytes], style: str, out: BinaryIO) -> None:
    if style == "nt":
        for piece in pieces:
            out.write(piece)
        return
    import pyoxigraph as ox

    from odlinked.rdf import streams
    from odlinked.rdf.vocabulary import prefixes

    triples = ox.parse(cast(BinaryIO, _Pieces(pieces)), format=ox.RdfFormat.N_TRIPLES)
    streams.write((quad.triple for quad in triples), style, out, prefixes(Assets()))


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, b"" at the end."""
        while not self._rest:
            found = next(self._pieces, None)
            if found is None:
                return b""
            self._rest = found
        part, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return part
