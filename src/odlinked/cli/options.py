"""The options that every verb has, and what becomes of an error in any of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from odlinked.cli.failures import failed, unforeseen
from odlinked.cli.language import say, spoken
from odlinked.errors import OdlinkedError
from odlinked.messages import LANGUAGES
from odlinked.settings import Settings
from odlinked.settings_file import load


def language(verb: Callable[..., Any], variable: str | None = None) -> Callable[..., Any]:
    """Give a command `--lang`, which `odlinked.cli.language` has read before; here a wrong one is refused."""
    option = click.option("--lang", type=click.Choice(LANGUAGES), envvar=variable, show_envvar=bool(variable), expose_value=False,
                          help="The language of help, messages and reports. When left out that of ODLINKED_LANG; else messages "
                          "by the locale, reports in Chinese.")
    return option(verb)


def writing(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb `lang`, the language of what it writes of the data."""

    @wraps(verb)
    def written(**options: Any) -> Any:
        return verb(lang=spoken().written, **options)

    return written


def a_number(_context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse "nan", which is within any bounds."""
    if value is not None and value != value:
        raise click.BadParameter("it is no number", param=option)
    return value


def common(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--config` and `--workspace`, and report an `OdlinkedError` in one line with exit code 2."""

    @language
    @click.option("--config", type=click.Path(path_type=Path), help="The settings file; ./odlinked.toml where there is one.")
    @click.option("--workspace", type=click.Path(path_type=Path), default=Path("var"), show_default=True,
                  help="The folder of inputs, documents and releases.")
    @wraps(verb)
    def guarded(config: Path | None, workspace: Path, **options: Any) -> None:
        settings = Settings()
        try:
            if config is None and Path("odlinked.toml").is_file():
                config = Path("odlinked.toml")
            from odlinked.catalog.keeping.workspace import Workspace
            from odlinked.cli.addresses import based

            settings = based(load(config), Workspace(workspace))
            code = verb(settings=settings, workspace=workspace, **options) or 0
            sys.stdout.flush()
        except OdlinkedError as problem:
            code = failed(problem, problem)
        except KeyboardInterrupt:
            click.echo(f"odlinked: {say('stopped')}", err=True)
            code = 130
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except BaseException as problem:  # a panic of a library in Rust is not an Exception
            from odlinked.catalog.keeping import damage
            from odlinked.cli import overlays

            error = overlays.cause(problem, settings) or damage.explained(problem, workspace) or unforeseen(problem)
            code = failed(error, problem)
        sys.exit(code)

    return guarded
