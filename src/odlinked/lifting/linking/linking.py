"""Links proposed from the values of a table's columns to known things: codes, organisations, any concepts that were given.

A column is looked at where it holds names or codes; a kind of thing (a concept scheme) is proposed for it where enough of its
values are called exactly so. What two things are called is proposed for both, and is never certain.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from odlinked.csvw import cells
from odlinked.csvw.model import Column
from odlinked.lifting.linking.concepts import CODE_LIST
from odlinked.lifting.linking.link_file import ACCEPTED, OPEN, ProposedLink
from odlinked.lifting.reading.tables import OpenedTable
from odlinked.search.candidates import LinkCandidate, NameIndex

MOST_VALUES: Final = 20_000
"""Different values of a column that are looked up; further ones are counted."""

_LONGEST: Final = 100
_SHARE: Final = 0.3
_MOST_EACH: Final = 3
_EXACT: Final = 90.0
_NEAR_ENOUGH: Final = 70.0
_MOST_KINDS: Final = 20
_MOST_OF: Final = 0.8
_NUMBER: Final = re.compile(r"\d{1,4}")
_TEXTS: Final = frozenset({"string", "any"})


@dataclass
class ColumnValues:
    """The different values of a column with the number of rows of each, `left` those beyond the cap or too long to be names."""

    column: Column
    counts: Counter[str] = field(default_factory=Counter)
    left: int = 0

    @property
    def name(self) -> str:
        """The column's name as people write it: without a description it is its heading."""
        return unquote(self.column.name)

    @property
    def listed(self) -> str:
        """The code list that its values are in already, "" for none."""
        given = self.column.annotations.get(CODE_LIST)
        return str(given.get("@id", "") if isinstance(given, dict) else given or "")


@dataclass(frozen=True)
class LinkingOutcome:
    """The links proposed for a file, and how many values of each column were looked up, linked and left."""

    links: tuple[ProposedLink, ...]
    columns: tuple[tuple[str, int, int, int], ...]


def values(opened: OpenedTable) -> list[ColumnValues]:
    """Return the values of the columns that can hold names: texts that are written out, and codes with addresses."""
    wanted = [(place, ColumnValues(column)) for place, column in enumerate(opened.reading.table.columns)
              if not column.virtual and not column.suppress_output and column.separator is None
              and column.datatype.builtin.kind in _TEXTS]
    memos: list[dict[str, str]] = [{} for _ in wanted]
    for block in opened.blocks():
        for (place, found), memo in zip(wanted, memos, strict=True):
            for text, times in Counter(block.columns[place] if place < len(block.columns) else ()).items():
                value = memo.get(text)
                if value is None:
                    read = cells.parse(text, found.column).values
                    value = read[0].lexical if read else ""
                    if len(memo) < MOST_VALUES:
                        memo[text] = value
                if value:
                    _count(found, value, times)
    return [found for _, found in wanted]


def _count(found: ColumnValues, value: str, times: int) -> None:
    if value in found.counts or (len(value) <= _LONGEST and len(found.counts) < MOST_VALUES):
        found.counts[value] += times
    else:
        found.left += times


def proposed(columns: Iterable[ColumnValues], index: NameIndex, certain: bool,
             beside: Callable[[Sequence[str]], NameIndex | None] = lambda values: None) -> LinkingOutcome:
    """Return the links of all columns; `certain`: accept what is called exactly so and by nothing else of its kind.

    `beside` returns a further index for the values of a column (from an endpoint).
    """
    links: list[ProposedLink] = []
    told = []
    for one in columns:
        found: list[ProposedLink] = []
        for known in filter(None, (index, beside(list(one.counts)))):
            found += _of_column(one, known, certain)
        if found or one.left:
            told.append((one.name, len(one.counts), len({link.value for link in found}), one.left))
        links += found
    return LinkingOutcome(tuple(links), tuple(told))


def _of_column(one: ColumnValues, index: NameIndex, certain: bool) -> Iterator[ProposedLink]:
    """Yield the links of a column to the kinds that enough of its values are called after.

    Short numbers are no evidence: stations 1 to 17 are no goals of the UN. A person states the code list of such a column.
    """
    hits: Counter[str] = Counter()
    names = [value for value in one.counts if not _NUMBER.fullmatch(value)]
    for value in names:
        hits.update({each.thing.kind for each in index.find(value, (), _MOST_KINDS).found if each.score >= _EXACT})
    size = len(one.counts)
    enough = round(_SHARE * min(size, 30))
    for kind, count in sorted(hits.items()):
        if kind != one.listed and (count >= _SHARE * size or count >= enough > 3):
            for value in names:
                answer = index.find(value, (kind,), _MOST_EACH)
                yield from _of_value(one, value, one.counts[value], answer.found,
                                     certain and answer.is_certain and count >= _MOST_OF * size)


def _of_value(one: ColumnValues, value: str, rows: int, found: Sequence[LinkCandidate], certain: bool) -> Iterator[ProposedLink]:
    best = found[0].score if found else 0.0
    for place, each in enumerate(found):
        if each.score >= (_EXACT if best >= _EXACT else _NEAR_ENOUGH):
            yield ProposedLink(ACCEPTED if certain and place == 0 else OPEN, one.name, value, each.thing.iri,
                               each.thing.name(), each.thing.kind, each.score, each.how, rows)
