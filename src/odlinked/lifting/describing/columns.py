"""A column as a description is made of it, and what descriptions are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from odlinked.lifting.describing.sentences import Sentences
from odlinked.lifting.linking.concepts import Concepts
from odlinked.lifting.reading.profile import ColumnProfile
from odlinked.lifting.reading.words import DescribingWords, KnownColumn
from odlinked.lifting.reading.written_forms import WrittenForm
from odlinked.standards.model import FieldDescription
from odlinked.standards.packs import Standards


@dataclass(frozen=True)
class Knowledge:
    """What a description is made from beside the file: words, standards, code lists, and the fields of the published record."""

    words: DescribingWords
    standards: Standards
    codes: Concepts
    sentences: Sentences
    fields: Sequence[FieldDescription] = ()
    timezone: str = "+08:00"


@dataclass
class DescribedColumn:
    """A column being described: what will be written, and what is doubtful."""

    heading: str
    name: str
    profile: ColumnProfile
    known: KnownColumn | None
    standard: str
    written: dict[str, Any] = field(default_factory=dict)
    doubtful: list[str] = field(default_factory=list)
    form: WrittenForm | None = None
    code: bool = False
    personal: str = ""

    @property
    def measure(self) -> bool:
        """Whether it holds measured quantities."""
        measured = (self.known is not None and self.known.measure) or "odl:unit" in self.written
        return measured and self.form is not None and self.form.kind == "number"

    def odd_numbers(self, words: DescribingWords) -> list[str]:
        """Return what stays text although most values are numbers to a person, the oddest first: (500), △3, 5% among 12.5."""
        values = list(self.profile.values or ())
        if self.form is not None or words.is_identifying(self.heading) or (self.known and self.known.text):
            return []
        like = [value for value in values if words.number_like.fullmatch(value)]
        odd = sorted((value for value in like if not value.isdigit()), key=lambda value: value.replace(",", "").isdigit())
        return odd if 2 * len(like) >= len(values) else []


def by_title(columns: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return columns of a document by their first title, else their name."""
    return {next(iter(titles(column)), str(column.get("name", ""))): column for column in columns}


def titles(column: Mapping[str, Any]) -> list[str]:
    """Return the titles of a column of a document: a text, several, or some by language (Metadata Vocabulary, section 5.1.6)."""
    stated = column.get("titles") or []
    given = list(stated.values()) if isinstance(stated, dict) else [stated]
    return [str(text) for one in given for text in (one if isinstance(one, list) else [one])]
