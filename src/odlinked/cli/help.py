"""The pages of `--help` and the errors of a wrong command, in the language of the command line.

In English they are those of click. In Chinese click's own words are looked up beside ours, and lines are broken by the width of
what they hold: a Chinese character takes two columns.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, Final

import click

from odlinked.cli import streams
from odlinked.cli.language import Spoken, chosen
from odlinked.messages import Messages

_EXTRA: Final = re.compile(r"(.*?)(?:(?:^|  )\[(.*)\])?", re.DOTALL)
"""The help of an option, and what click adds to it: "[default: 5; 0<=x<=10]"."""

_MARK: Final = 2
"""Columns that a mark takes which may not begin a line: it stays on the one before."""

_TERM: Final = 30
"""Most columns of the left column, as click has them."""


class WideFormatter(click.HelpFormatter):
    """Writes help in columns of a terminal, wide characters counted as two."""

    def write_heading(self, heading: str) -> None:
        """Write a heading; its colon is in the words."""
        self.write(f"{' ' * self.current_indent}{heading}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, parted by an empty line."""
        from odlinked.quality.reports.widths import wrap

        indent = " " * self.current_indent
        paragraphs = [wrap(" ".join(part.split()), self.width - self.current_indent - _MARK) for part in text.split("\n\n")]
        self.write("\n\n".join("\n".join(indent + line for line in lines) for lines in paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _TERM, col_spacing: int = 2) -> None:
        """Write terms with their explanation beside them, or below a long one."""
        from odlinked.quality.reports.widths import pad, width, wrap

        rows, indent = list(rows), " " * self.current_indent
        column = min(max(width(term) for term, _ in rows), col_max) + col_spacing
        for term, text in rows:
            lines = wrap(text, max(self.width - self.current_indent - column - _MARK, 10)) if text else [""]
            if width(term) + col_spacing > column:
                self.write(f"{indent}{term}\n")
                term = ""
            self.write(f"{indent}{pad(term, column)}{lines[0]}".rstrip() + "\n")
            for line in lines[1:]:
                self.write(f"{indent}{' ' * column}{line}\n")


class VerbContext(click.Context):
    """What a command is run in; it carries the language (`Spoken`)."""

    def make_formatter(self) -> click.HelpFormatter:
        """Return click's own formatter for English."""
        made = super().make_formatter()
        return WideFormatter(width=self.terminal_width, max_width=self.max_content_width) if words(self).sections else made


def words(context: click.Context | None) -> Messages:
    """Return the texts of the language of a command."""
    return ((context.find_object(Spoken) if context else None) or Spoken()).messages


class Verb(click.Command):
    """A command whose help is told in the language of the command line."""

    context_class = VerbContext

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line on how the command is written."""
        said = words(ctx)
        pieces = [said.told("click", piece) for piece in self.collect_usage_pieces(ctx)]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=said.text("Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        said = words(ctx)
        if not said.sections or not self.help:
            return super().format_help_text(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(said.told("help", part) for part in paragraphs(self.help)))
        return None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        said = words(ctx)
        if not said.sections:
            return super().format_options(ctx, formatter)
        records = [record for option in self.get_params(ctx) if not isinstance(option, click.Argument)
                   for record in [option.get_help_record(ctx)] if record]
        with formatter.section(said.text("Options:")):
            formatter.write_dl([(term, _explained(said, text)) for term, text in records])
        return None


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n")]


def _explained(said: Messages, text: str) -> str:
    """Return the help of an option with what click adds to it."""
    found = _EXTRA.fullmatch(text)
    own, extra = (found[1], found[2]) if found else (text, None)
    section = "help" if own in said.sections["help"] else "click"
    added = said.text("[{extra}]", extra="; ".join(said.told("click", one) for one in extra.split("; "))) if extra else ""
    return f"{said.told(section, own)}  {added}".strip()


class Verbs(Verb, click.Group):
    """The group of commands, on streams that never end one by accident; it settles the language before anything is read."""

    command_class = Verb

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the commands."""
        if not words(ctx).sections:
            return click.Group.format_options(self, ctx, formatter)
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with the first sentence of its help."""
        said = words(ctx)
        if not said.sections:
            return super().format_commands(ctx, formatter)
        rows = [(name, said.told("help", paragraphs(verb.help or "")[0]).partition("。")[0])
                for name in self.list_commands(ctx) if (verb := self.get_command(ctx, name)) and not verb.hidden]
        with formatter.section(said.text("Commands:")):
            formatter.write_dl(rows)
        return None

    def main(self, args: Any = None, *arguments: Any, **options: Any) -> Any:
        """Run a command."""
        streams.guard()
        given = list(sys.argv[1:] if args is None else args)
        options.setdefault("obj", chosen(given, os.environ))
        said = options["obj"].messages
        if not said.sections or not options.get("standalone_mode", True):
            return super().main(given, *arguments, **options)
        try:
            code = super().main(given, *arguments, **options | {"standalone_mode": False})
        except click.ClickException as problem:
            _show(problem, said)
            code = problem.exit_code
        except click.Abort:
            click.echo(said.told("click", "Aborted!"), err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)


def _show(problem: click.ClickException, said: Messages) -> None:
    """Write the error of a wrong command with its usage, as click does in English."""
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    if context is not None:
        option = max(context.command.get_help_option_names(context), key=len)
        click.echo(context.get_usage(), err=True)
        click.echo(said.told("click", f"Try '{context.command_path} {option}' for help.") + "\n", err=True)
    click.echo(said.told("click", f"Error: {problem.format_message()}"), err=True)
