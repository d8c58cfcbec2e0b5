"""Problems of metadata or a table, as data; and the one exception for metadata that cannot be used."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from odlinked.errors import InputError


class MetadataError(InputError):
    """Metadata so wrong that the standard says "MUST raise an error" even without validation."""


class ValidationProblem(NamedTuple):
    """A problem: `error` true where a validator must fail, false for a warning.

    `place` says where ("tableSchema/columns[2]/datatype", "row 4, column GID"), `message` what. A problem of a row has its number
    in the file, one of a cell also its column, by name and 1-based number, and what is written there.
    """

    error: bool
    place: str
    message: str
    row: int = 0
    column: str = ""
    number: int = 0
    value: str = ""


@dataclass(frozen=True)
class ResolvedDocument:
    """A document that a resolver returned: its bytes, its URL after redirects, its media type and Link header lines.

    A long table is not held: `opening` opens it, each time from the start, and `content` is empty.
    """

    content: bytes
    url: str
    media_type: str = ""
    links: tuple[str, ...] = field(default=())
    opening: Callable[[], BinaryIO] | None = field(default=None, repr=False, compare=False)

    def opened(self) -> BinaryIO:
        """Return the content as a stream, from the start."""
        return self.opening() if self.opening else io.BytesIO(self.content)


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

    def of_row(self, row: int, message: str) -> None:
        """Note a fault of a row."""
        self.problems.append(ValidationProblem(True, self.place, message, row))

    def of_cell(self, row: int, column: str, number: int, value: str, message: str) -> None:
        """Note a fault of a cell."""
        where = f"row {row}, column {column}"
        self.problems.append(ValidationProblem(True, f"{self.place}/{where}" if self.place else where, message, row, column,
                                               number, value))

    def fatal(self, message: str) -> MetadataError:
        """Return the exception for metadata that cannot be used; the caller raises it."""
        return MetadataError(message, doing="reading CSVW metadata", on=self.place,
                             next_step="Mend the document as the Metadata Vocabulary for Tabular Data says")
