"""The language of the command line: `--lang` before or after the verb, else ODLINKED_LANG, else the locale.

A locale can only ask for Chinese: C, POSIX and every other one leave help and messages in English. What is written of the data
(findings, reports, forms) is Chinese unless `--lang` or ODLINKED_LANG asks for English, whatever the locale of a server is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import click

from odlinked import messages
from odlinked.messages import LANGUAGES, Messages

VARIABLE: Final = "ODLINKED_LANG"
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


@dataclass(frozen=True)
class Spoken:
    """`asked`: the language somebody asked for, "" where nobody did; `local`: the one of the locale."""

    asked: str = ""
    local: str = "en"

    @property
    def written(self) -> str:
        """Return the language of what is written of the data."""
        return self.asked or LANGUAGES[0]

    @cached_property
    def messages(self) -> Messages:
        """Return the texts of help, errors and summaries."""
        return messages.load(self.asked or self.local)

    @cached_property
    def reports(self) -> Messages:
        """Return the texts of what is written of the data."""
        return messages.load(self.written)


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> Spoken:
    """Return the language of a command; what is no language is left for the parser to refuse."""
    asked = environment.get(VARIABLE, "")
    words = arguments[:arguments.index("--")] if "--" in arguments else arguments
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "--lang":
            asked = value if equals else words[place + 1] if place + 1 < len(words) else ""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return Spoken(asked if asked in LANGUAGES else "", LANGUAGES[0] if locale.lower().startswith("zh") else "en")


def spoken() -> Spoken:
    """Return the language of the running command; English messages where no command runs."""
    context = click.get_current_context(silent=True)
    return (context.find_object(Spoken) if context else None) or Spoken()




def say(key: str, **values: object) -> str:
    """Return a text of the command line in its language: `key` is the English, with the names of its values in braces."""
    return spoken().messages.text(key, **values)


def reported(key: str, **values: object) -> str:
    """Return a text of what is written of the data: as `say`, in the language of reports."""
    return spoken().reports.text(key, **values)


def reported_of(text: str) -> str:
    """Return a finished text of another room on what is wrong with data, in the language of reports."""
    return spoken().reports.told("fault", text, "why", "part") if text else ""


def told(section: str, text: str) -> str:
    """Return a finished text of another room in the language of the command line."""
    return spoken().messages.told(section, text)


def counted(number: int, what: str) -> str:
    """Return a number and a noun: "1 row", "2,000 rows"."""
    words = spoken().messages
    noun = words.noun(what)
    return f"{number:,} {noun}" if number == 1 or noun != what else f"{number:,} {noun}s"
