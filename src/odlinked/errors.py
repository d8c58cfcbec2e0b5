"""Exceptions of odlinked: what the program itself could not do.

A fault in somebody's data is never an exception: it is a finding (see `odlinked.quality`).
"""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text as one line that cannot steer a terminal: control and direction characters are blanks."""
    return "".join(c if c.isprintable() else " " for c in text)


def said_by_system(problem: OSError) -> str:
    """Return what the operating system says of a failure: the text of its number, else the failure's own."""
    return problem.strerror or str(problem)


class OdlinkedError(Exception):
    """One line a person can act on: what was being done, on what, what went wrong and what to do next.

    `doing` is a gerund phrase ("reading the workbook"), `on` names the file, sheet, row, column or IRI,
    `why` says what went wrong, `next_step` what the reader can do about it. Any part may be empty.
    """

    def __init__(self, why: str, *, doing: str = "", on: str = "", next_step: str = "") -> None:
        self.why, self.doing, self.on, self.next_step = why, doing, on, next_step
        super().__init__(self.line())

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """What it says: why, doing, on, what to do next."""
        return self.why, self.doing, self.on, self.next_step

    @classmethod
    def of_parts(cls, parts: tuple[str, ...]) -> OdlinkedError:
        """Return the error that says what `parts` are."""
        why, doing, on, next_step = parts
        return cls(why, doing=doing, on=on, next_step=next_step)

    def line(self) -> str:
        """Return the error as one line."""
        head = " ".join(part for part in (self.doing, self.on) if part)
        text = f"{head}: {self.why}" if head else self.why
        if self.next_step:
            text = f"{text.rstrip('.')}. {self.next_step}"
        return printable(text)


class InputError(OdlinkedError):
    """A file handed to odlinked could not be read: broken, encrypted, too large, or of no known encoding."""


class FormError(OdlinkedError):
    """No form, or more than one, fits the headings of a table."""


class AssetError(OdlinkedError):
    """A rule, mapping, question or vocabulary file is missing or wrong."""


class SettingsError(OdlinkedError):
    """`odlinked.toml` or a command-line option is wrong."""


class WorkspaceError(OdlinkedError):
    """The workspace cannot be used: another publish holds it, its format is unknown, or a release is missing."""


class QueryError(OdlinkedError):
    """A question could not be answered: malformed, refused by name, or stopped at a limit."""


class MirrorError(OdlinkedError):
    """The mirror could not be brought up to date: its engine does not answer, refuses, or a command failed."""
