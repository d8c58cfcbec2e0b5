"""Problems of metadata or a table, as data; and the one exception for metadata that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from odlinked.errors import InputError


class MetadataError(InputError):
    """Metadata so wrong that the standard says "MUST raise an error" even without validation."""


class ValidationProblem(NamedTuple):
    """A problem: `error` true where a validator must fail, false for a warning.

    `place` says where ("tableSchema/columns[2]/datatype", "row 4, column GID"), `message` what.
    """

    error: bool
    place: str
    message: str


@dataclass(frozen=True)
class ResolvedDocument:
    """A document that a resolver returned: its bytes, its URL after redirects, its media type and Link header lines."""

    content: bytes
    url: str
    media_type: str = ""
    links: tuple[str, ...] = field(default=())


DocumentResolver = Callable[[str], ResolvedDocument | None]
"""Gives the document at a URL, or None where there is none. A relative URL only occurs where a document has no base."""


def nothing(url: str) -> ResolvedDocument | None:
    """A resolver that has nothing: metadata may then not refer to other documents."""
    return None


class Notes:
    """Collects problems while a document is read; `below` gives the same collection one step deeper."""

    def __init__(self, problems: list[ValidationProblem] | None = None, place: str = "") -> None:
        self.problems: list[ValidationProblem] = [] if problems is None else problems
        self.place = place

    def below(self, step: str) -> Notes:
        """Return notes that share this list, at a place inside this one."""
        return Notes(self.problems, f"{self.place}/{step}" if self.place else step)

    def warn(self, message: str) -> None:
        """Note something that a processor repairs by itself."""
        self.problems.append(ValidationProblem(False, self.place, message))

    def error(self, message: str) -> None:
        """Note something that makes validation fail but lets a conversion continue."""
        self.problems.append(ValidationProblem(True, self.place, message))

    def fatal(self, message: str) -> MetadataError:
        """Return the exception for metadata that cannot be used; the caller raises it."""
        return MetadataError(message, doing="reading CSVW metadata", on=self.place,
                             next_step="Mend the document as the Metadata Vocabulary for Tabular Data says")
