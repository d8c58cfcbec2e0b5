"""The `odlinked` command line. Exit code 0: fine, 1: does not conform, 2: could not run."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from odlinked.cli.arrivals import approve_, harvest_, publish
from odlinked.cli.help import Verbs
from odlinked.cli.language import VARIABLE
from odlinked.cli.lift_options import LiftOptions, lift_options
from odlinked.cli.options import a_number, common, language, writing
from odlinked.cli.report_options import ReportChoice, report_options
from odlinked.settings import Settings
from odlinked.version import __version__

FORMATS = ("text", "json", "csv", "turtle", "sarif", "junit", "github", "markdown")
"""The formats of a report; `odlinked.quality.reports` writes them, and is not imported before it is needed."""

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_FORM = click.option("--form", help="The form's name; found by the headings when left out.")


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="odlinked")
@partial(language, variable=VARIABLE)
def main() -> None:
    """Inventories of government open data in; a validated, queryable linked-data catalogue out."""


for verb in (publish, approve_, harvest_):
    main.add_command(verb)


@main.command("validate")
@_FILES
@_FORM
@click.option("--profile", help="The rule set; when left out publish.profile of the settings, dcat-ap-3 for RDF files.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True,
              help="How the report is written to standard output.")
@click.option("--write", "written", multiple=True, metavar="FORMAT=FILE", help="Write it into a file, too; may be given again.")
@click.option("--annotate", type=click.Path(path_type=Path), metavar="OUT",
              help="Give the workbook back with faulty cells coloured and commented: OUT.xlsx, or a folder.")
@click.option("--fix", type=click.Path(path_type=Path), metavar="OUT",
              help="Write the file with all certain repairs, old texts in comments: OUT.xlsx, OUT.ods, OUT.json, or a folder.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Report new, open and fixed findings against this file; "
              "exit 1 only with new errors.")
@click.option("--write-baseline", type=click.Path(path_type=Path), help="Keep these findings as the baseline of later runs.")
@common
@writing
def validate(files: tuple[Path, ...], form: str | None, profile: str | None, style: str, written: tuple[str, ...],
             annotate: Path | None, fix: Path | None, baseline: Path | None, write_baseline: Path | None, lang: str,
             settings: Settings, workspace: Path) -> int:
    """Report what is wrong in FILES, at which cell, and what to write instead. Exit 1 with errors.

    FILES are tables, or DCAT catalogues in RDF: Turtle, TriG, N-Triples, N-Quads, RDF/XML or JSON-LD.
    """
    from odlinked.cli import findings, validate

    how = findings.OutputOptions(style, lang, findings.parsed(written), annotate, baseline, write_baseline, fix, form, profile)
    return validate.validate(files, form, profile, how, settings)


@main.command("form")
@click.argument("name", required=False)
@click.option("--output", type=click.Path(path_type=Path), help="The file; NAME.xlsx when left out. With --like, a folder.")
@click.option("--like", type=click.Path(path_type=Path), metavar="FILE",
              help="Write an overlay instead: the form nearest to the table in FILE, which then knows its headings.")
@common
@writing
def form_(name: str | None, output: Path | None, like: Path | None, lang: str, settings: Settings, workspace: Path) -> int:
    """Write the form NAME (list them when left out) as a workbook to fill in, with drop-downs and checks."""
    from odlinked.cli import form

    return form.like(like, name, output, settings) if like else form.write(name, output, lang, settings, workspace)


@main.command("export")
@click.option("--form", required=True, help="The form: one of the ministry's tables, or data-gov-tw.")
@click.option("--source", help="Only records of this source; of all that published on the form when left out.")
@click.option("--output", type=click.Path(path_type=Path), help="The file, .xlsx or .csv; FORM.xlsx when left out.")
@common
def export_(form: str, source: str | None, output: Path | None, settings: Settings, workspace: Path) -> int:
    """Write the published records back on a form, read it again, and report what is not the same: exit 1 where anything is."""
    from odlinked.cli import export

    return export.write(form, source, output, settings, workspace)


@main.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@_FORM
@click.option("--source", default="local", show_default=True, help="The source's name, as publish takes it.")
@common
def map_(file: Path, form: str | None, source: str, settings: Settings, workspace: Path) -> int:
    """Write the RDF that FILE contains to standard output, as N-Triples."""
    from odlinked.cli import validate

    return validate.write_mapped(file, form, source, settings)


@main.command("read")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(0, 10_000_000), default=5, show_default=True,
              help="How many rows of each table to show.")
@common
def read_(file: Path, rows: int, settings: Settings, workspace: Path) -> int:
    """Show the tables found in FILE: headings, the form that fits, and the first rows."""
    from odlinked.cli import validate

    return validate.show_tables(file, rows, settings)


@main.command("lift")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@lift_options
@common
@writing
def lift_(file: Path | None, settings: Settings, workspace: Path, **options: Any) -> int:
    """Write the rows of FILE as RDF, by their description (CSV on the Web). Exit 1 where a cell does not fit it."""
    from odlinked.cli import lift

    return lift.lift(file, LiftOptions.of(options), settings, workspace)


@main.command("link")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--concepts", multiple=True, type=click.Path(path_type=Path), help="A SKOS file (any RDF format) to link to, too.")
@click.option("--endpoint", default="", metavar="URL", help="A SPARQL endpoint that is asked what is called so, too.")
@click.option("--accept-certain", is_flag=True, help="Accept what is called exactly so, as nothing else of its kind is.")
@click.option("--metadata", type=click.Path(path_type=Path), help="The CSVW description; looked for beside FILE when left out.")
@click.option("--output", type=click.Path(path_type=Path), help="The file of links; FILE-links.csv when left out.")
@common
@writing
def link_(file: Path, concepts: tuple[Path, ...], endpoint: str, accept_certain: bool, metadata: Path | None, output: Path | None,
          lang: str, settings: Settings, workspace: Path) -> int:
    """Propose links from the values of FILE to codes, organisations and concepts, in a file for a person to decide on."""
    from odlinked.cli import link

    return link.link(file, LiftOptions(metadata=metadata, output=output, lang=lang), (concepts, endpoint), accept_certain,
                     settings, workspace)


@main.command("list")
@click.argument("what", metavar="WHAT",
                type=click.Choice(["releases", "forms", "rules", "sources", "series", "organizations", "pending"]))
@click.option("--shares", is_flag=True, help="Of organizations: how many datasets have a known publisher, how many not.")
@common
@writing
def list_(what: str, shares: bool, lang: str, settings: Settings, workspace: Path) -> int:
    """List releases, sources, forms or rules; `series` writes a table of proposed series, to be read, cut down and published.

    `pending` are the hand-ins of `publish --pending`, with what is approved of them.

    `organizations` are those that publish datasets, with their object identifiers and how many datasets they have.
    """
    from odlinked.cli import lists

    if what == "organizations" or shares:
        return lists.organizations(what, shares, settings, workspace)
    return lists.show(what, lang, settings, workspace)


@main.command("check")
@click.option("--files", type=click.Path(path_type=Path), help="Look at the files of this folder instead of visiting.")
@click.option("--host", default="", help="Only links at this host and at hosts below it.")
@click.option("--limit", type=click.IntRange(1, 1_000_000_000), help="At most so many links; the next run goes on from there.")
@click.option("--older-than", type=click.FloatRange(0, 36_500), callback=a_number, metavar="DAYS",
              help="Only links not looked at for so many days.")
@click.option("--fresh", is_flag=True, help="Begin anew, where a run that was stopped would be gone on with.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the links not known to work, and what to do, as CSV.")
@common
@writing
def check_(files: Path | None, host: str, limit: int | None, older_than: float | None, fresh: bool, output: Path | None,
           lang: str, settings: Settings, workspace: Path) -> int:
    """Visit the published links and store what is found. Exit 1 where a file holds personal data, is not the data or cannot be
    obtained."""
    from odlinked.cli import evidence
    from odlinked.evidence.run import TargetSelection

    wanted = TargetSelection(limit, host.lower(), older_than, fresh, "files" if files else "network")
    return evidence.check(files, wanted, output, lang, settings, workspace)


@main.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day, like 2026-11-22; today when left out.")
@common
@writing
def measure(as_of: datetime | None, lang: str, settings: Settings, workspace: Path) -> int:
    """Measure every published dataset and organisation: badges, stars, scores, each with its reason."""
    from odlinked.cli import measure

    return measure.measure(as_of, lang, settings, workspace)


@main.command("report")
@report_options
@common
@writing
def report_(choice: ReportChoice, lang: str, settings: Settings, workspace: Path) -> int:
    """Write a periodic report or a ministry's paper as a workbook: each table names the question its numbers come from."""
    from odlinked.cli import report

    return report.report(choice, lang, settings, workspace)


@main.command("query", context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.argument("parameters", nargs=-1, type=click.UNPROCESSED)
@click.option("--format", "style", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
              help="How the answer is written to standard output.")
@common
@writing
def query_(name: str | None, parameters: tuple[str, ...], style: str, lang: str, settings: Settings, workspace: Path) -> int:
    """Answer the stored question NAME (list them when left out); its parameters are given as --PARAMETER VALUE."""
    from odlinked.cli import query

    return query.answer(name, parameters, style, settings, workspace) if name else query.listed(lang, settings)


@main.command()
@click.argument("release", required=False)
@common
def rollback(release: str | None, settings: Settings, workspace: Path) -> int:
    """Serve RELEASE again (the one before the served one when left out)."""
    from odlinked.cli import publish

    return publish.rollback(release, settings, workspace)


@main.command()
@click.option("--keep", type=click.IntRange(1), help="How many releases stay; publish.keep of the settings when left out.")
@common
def prune(keep: int | None, settings: Settings, workspace: Path) -> int:
    """Remove old releases, and the documents, inputs and dump parts that only they needed."""
    from odlinked.cli import publish

    return publish.prune(keep or settings.publish.keep, workspace)


@main.command()
@click.argument("iri")
@click.option("--input", "inputs", is_flag=True, help="Erase the kept inputs its row stands in, too.")
@common
def purge(iri: str, inputs: bool, settings: Settings, workspace: Path) -> int:
    """Erase the leaked record IRI from all releases, dumps and stores. Where it was public its address says so."""
    from odlinked.cli import publish

    return publish.purge(iri, inputs, settings, workspace)


@main.command("mirror")
@click.option("--compare", is_flag=True, help="Only compare the mirror with the served release, and write nothing.")
@click.option("--anew", is_flag=True, help="Forget what is known of the mirror, and write every graph again.")
@common
def mirror_(compare: bool, anew: bool, settings: Settings, workspace: Path) -> int:
    """Bring the copy in another SPARQL engine ([mirror] of the settings) to the served release. Exit 1 where they differ."""
    from odlinked.cli import mirror

    return mirror.mirror(compare, anew, settings, workspace)


@main.command("mcp")
@common
@writing
def mcp_(lang: str, settings: Settings, workspace: Path) -> int:
    """Let an assistant ask the workspace's catalogue: Model Context Protocol over standard input and output."""
    from odlinked.cli import mcp

    return mcp.mcp(lang, settings, workspace)


@main.command()
@click.option("--host", help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen at.")
@common
def serve(host: str | None, port: int | None, settings: Settings, workspace: Path) -> int:
    """Serve the workspace's catalogue: pages, RDF, SPARQL, feeds. Ctrl-C stops it."""
    from odlinked.cli import serve

    return serve.serve(host, port, settings, workspace)


@main.command()
@click.option("--host", help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen at.")
@click.option("--once", is_flag=True, help="Publish and report, do not serve.")
@common
@writing
def demo(host: str | None, port: int | None, once: bool, lang: str, settings: Settings, workspace: Path) -> int:
    """Publish the bundled examples, show what was found faulty and where, and serve the catalogue."""
    from odlinked.cli import serve

    return serve.demo(host, port, once, lang, settings, workspace)
