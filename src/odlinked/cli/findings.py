"""Output of what `validate` found, as requested: to standard output, into files, as annotated workbooks, against a baseline."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from odlinked import inventory
from odlinked.cli.language import say, told
from odlinked.errors import InputError, OdlinkedError, printable
from odlinked.quality import baseline, reports
from odlinked.quality.report import Report
from odlinked.settings import Settings
from odlinked.sheets.tables import listed
from odlinked.validation import marked, mending
from odlinked.whole_file import replacing

_OTHER_FORMATS: Final = (".xlsx", ".xlsm", ".xltx", ".xls", ".ods", ".csv", ".tsv", ".json")
_MOST_TOLD: Final = 50
"""Most changes of a file without comments that are told one by one."""

_OF_XLS: Final = ("of an .xls its texts and merged cells are given back as an .xlsx; formats, formulas, comments, drawings, "
                  "hidden rows and columns are not in it")
_MORE: Final = "  and {count} more, each in the findings as the certain suggestion"


@dataclass(frozen=True)
class OutputOptions:
    """How findings are reported: `style` on standard output in `language`; additionally `written` (style, file); workbooks to
    `annotate`, and to `fix` with the `form` and `profile` of the check; against the baseline `before`, and a new one to `after`.
    """

    style: str = "text"
    language: str = "zh-Hant"
    written: tuple[tuple[str, Path], ...] = ()
    annotate: Path | None = None
    before: Path | None = None
    after: Path | None = None
    fix: Path | None = None
    form: str | None = None
    profile: str | None = None


def write_report(report: Report, files: Sequence[Path], options: OutputOptions, settings: Settings) -> int:
    """Output a report and return the exit code: 1 with violations, with a baseline only for those not in it."""
    if options.before is not None:
        report = report.compared(baseline.compare(report.findings, options.before))
    for style, path in options.written:
        _put(path, reports.write(style, report, options.language).encode())
    if options.annotate is not None:
        _annotate(report, files, options.annotate, options.language, settings)
    if options.fix is not None:
        _fix(report, files, options, options.fix, settings)
    if options.after is not None:
        kept = baseline.write(report.findings, report.profile.name, report.profile.issued)
        _put(options.after, kept.encode())
    text = reports.write(options.style, report, options.language, room=_room())
    # Output for programs is UTF-8 whatever the terminal is, as JSON, XML and Turtle state or imply.
    click.echo(text if options.style == "text" else text.encode(), nl=False)
    return 0 if report.passes else 1


def parsed(written: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """Return the STYLE=FILE of `--write` as pairs; raise `OdlinkedError` for an unknown style."""
    pairs = []
    for text in written:
        style, sign, path = text.partition("=")
        if not sign or style not in reports.STYLES or not path:
            raise OdlinkedError(f"{text!r} is not FORMAT=FILE", doing="reading --write",
                                next_step=f"Formats: {', '.join(reports.STYLES)}")
        pairs.append((style, Path(path)))
    return tuple(pairs)


def _annotate(report: Report, files: Sequence[Path], target: Path, language: str, settings: Settings) -> None:
    """Write the annotated workbook of each file: to `target` where that is an .xlsx, else into the folder of that name."""
    for file, (name, aim) in _named_aims(report, files, target, "annotating", _as_xlsx).items():
        _write(report, file, name, aim, language, settings)


def _as_xlsx(_file: Path, _name: str) -> str:
    """Return the suffix of every annotated workbook."""
    return ".xlsx"


def _fix(report: Report, files: Sequence[Path], options: OutputOptions, target: Path, settings: Settings) -> None:
    """Write each file with its certain repairs, named as those of `_annotate`, and tell what cannot be seen in it."""
    for file, (name, aim) in _named_aims(report, files, target, "mending", marked.given_back).items():
        done = mending.mend(report, file, name, aim, options.language, settings, options.form, options.profile)
        told_of = say("{name}: {cells} cells mended in {file}, {count} findings gone", name=name, cells=f"{done.cells:,}",
                      file=aim, count=f"{len(done.written):,}") if done.written else (
            say("{name}: nothing is certain enough to be mended: no file written", name=name))
        cells = listed([f"{cell} ({told('part', why)})" for cell, why in mending.left(done)])
        left = say("; left as they are: {cells}", cells=cells) if cells else ""
        click.echo(f"odlinked: {printable(told_of + left)}", err=True)
        if done.written:
            _tell(mending.changes(done), inventory.detect(file, name))


def _tell(changes: Sequence[tuple[str, str, str]], kind: str) -> None:
    """Tell what a mended file of some kind does not show by itself."""
    if kind == "xls":
        click.echo(f"odlinked: {say(_OF_XLS)}", err=True)
    if kind != "json":
        return
    for cell, before, after in changes[:_MOST_TOLD]:
        click.echo("odlinked: " + printable(say("  {cell}: {before} → {after}", cell=cell, before=before, after=after)), err=True)
    if len(changes) > _MOST_TOLD:
        click.echo(f"odlinked: {say(_MORE, count=f'{len(changes) - _MOST_TOLD:,}')}", err=True)


def _named_aims(report: Report, files: Sequence[Path], target: Path, doing: str,
                suffix: Callable[[Path, str], str]) -> dict[Path, tuple[str, Path]]:
    """Return the name in findings and the target of what is written of each file, which has a `suffix` by path and name; raise
    `InputError` where one cannot be written."""
    names = {table.path: table.file for table in report.checked}
    for table in report.checked:
        if table.nodes:
            raise InputError("an RDF file has no cells to mark", doing=doing, on=table.file,
                             next_step="Write the findings with --format csv")
    aims = _aims({file: suffix(file, names.get(file.as_posix(), file.name)) for file in files}, target, doing)
    for aim in aims.values():
        if any(aim.exists() and aim.samefile(other) for other in files):
            raise InputError("the file itself would be written over", doing=doing, on=str(aim),
                             next_step="Give another name")
        try:
            aim.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise InputError(f"the folder cannot be made ({problem.strerror})", doing=doing, on=str(aim)) from problem
    return {file: (names.get(file.as_posix(), file.name), aim) for file, aim in aims.items()}


def _aims(files: Mapping[Path, str], target: Path, doing: str) -> dict[Path, Path]:
    """Return the target of what is written of each file, by the suffix it has to have; raise `InputError` where that is
    ambiguous."""
    suffix = target.suffix.lower()
    if suffix in (*files.values(), *_OTHER_FORMATS) and not target.is_dir():
        if len(files) > 1:
            raise InputError("several files do not go into one workbook", doing=doing, on=str(target),
                             next_step="Name a folder")
        (file, wanted), = files.items()
        if suffix != wanted.lower():
            raise InputError(f"what is written of it is an {wanted}", doing=doing, on=str(target), next_step=f"Name it {wanted}")
        return {file: target}
    aims = {file: target / f"{file.stem}{wanted}" for file, wanted in files.items()}
    if len(set(aims.values())) != len(aims):
        raise InputError("two files of one name would be written over each other", doing=doing, on=str(target),
                         next_step="Write them one by one")
    return aims


def _write(report: Report, file: Path, name: str, aim: Path, language: str, settings: Settings) -> None:
    with replacing(aim, "annotating") as part, part.open("wb") as made:
        marked.write(report, file, name, made, language, settings.read)
    click.echo(f"odlinked: {say('{name}: annotated in {file}', name=name, file=aim)}", err=True)


def _put(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise InputError(f"it cannot be written ({problem.strerror})", doing="writing", on=str(path)) from problem


def _room() -> int:
    """Return how many columns the terminal has; for a pipe 120."""
    from shutil import get_terminal_size

    return max(80, min(get_terminal_size((120, 40)).columns, 200)) if sys.stdout.isatty() else 120
