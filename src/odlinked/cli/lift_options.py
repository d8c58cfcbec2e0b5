"""The options of `lift`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

_FILE: Final = click.Path(path_type=Path)


@dataclass(frozen=True)
class LiftOptions:
    """How a file is lifted, as the command's options say."""

    metadata: Path | None = None
    mode: str = "standard"
    style: str = "nt"
    output: Path | None = None
    only_validate: bool = False
    describe: bool = False
    record: str = ""
    vocabulary: Path | None = None
    url: str = ""
    folder: Path | None = None
    media_type: str = ""
    links: tuple[str, ...] = ()
    findings: Path | None = None
    accepted: Path | None = None
    against: Path | None = None
    stars: Path | None = None
    written: tuple[str, ...] = ()
    engine: str = "python"
    publish: str = ""
    withdraw: str = ""
    dereference: str = ""
    lang: str = "zh-Hant"

    @classmethod
    def of(cls, options: dict[str, Any]) -> LiftOptions:
        """Return the options that click has read."""
        return cls(**options)


def lift_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give the verb its options."""
    for option in reversed(_OPTIONS):
        verb = option(verb)
    return verb


_OPTIONS: Final = (
    click.option("--describe", is_flag=True, help="Write a description of FILE (FILE-metadata.json), to be read by a person."),
    click.option("--record", default="", metavar="IRI", help="With --describe: the published dataset that FILE belongs to."),
    click.option("--metadata", type=_FILE, help="The CSVW description; looked for beside FILE when left out."),
    click.option("--mode", type=click.Choice(["standard", "minimal"]), default="standard", show_default=True,
                 help="With rows and tables as nodes, or what the cells say alone."),
    click.option("--format", "style", type=click.Choice(["nt", "ttl", "rdf", "jsonld"]), default="nt", show_default=True,
                 help="How the RDF is written."),
    click.option("--output", type=_FILE, help="The file to write; standard output when left out."),
    click.option("--vocabulary", type=_FILE, help="Write what the description says of its properties and codes, as Turtle."),
    click.option("--validate", "only_validate", is_flag=True, help="Only say what does not fit the description, write no RDF."),
    click.option("--engine", type=click.Choice(["python", "spark"]), default="python", show_default=True,
                 help="Where the rows pass: in this process, or in parts on Apache Spark (with --output or --validate)."),
    click.option("--url", default="", help="The address FILE is published at; below the catalogue's base when left out."),
    click.option("--folder", type=_FILE, help="The folder around FILE whose documents may be read, too."),
    click.option("--media-type", default="", help="The media type FILE is served with, like text/csv;header=absent."),
    click.option("--link", "links", multiple=True, metavar="HEADER", help="A Link header FILE is served with."),
    click.option("--accepted", type=_FILE, help="The accepted links; FILE-links.csv when left out, where it is there."),
    click.option("--against", type=_FILE, help="An earlier edition, or its description: tell which columns changed since."),
    click.option("--stars", type=_FILE,
                 help="Measure the fourth and fifth star and write them, with evidence, into this JSON file."),
    click.option("--write", "written", multiple=True, metavar="FORMAT=FILE",
                 help="Write the findings as a report: json, csv, turtle, sarif, junit, github, markdown or text. Repeatable."),
    click.option("--publish", default="", metavar="DATASET",
                 help="Publish the rows with a dataset of the catalogue: its identifier, its IRI, or that of a distribution."),
    click.option("--withdraw", default="", metavar="NAME", help="Take published rows out of the catalogue; no FILE is needed."),
    click.option("--dereference", default="", metavar="NAME",
                 help="Ask the service for a sample of the addresses of published rows (or all) and publish what came: the "
                      "fourth star. No FILE is needed."),
    click.option("--findings", type=_FILE, help="Write every fault, with its cell, into this CSV file."),
)
