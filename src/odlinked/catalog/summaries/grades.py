"""What was measured of a dataset, in short: the badge it can have and its stars, read from its quality document."""

from __future__ import annotations

from typing import Final, NamedTuple

from odlinked.documents import Document
from odlinked.namespaces import DQV, METRIC, ODL

GRADE: Final = "grade"
STARS: Final = "stars"
"""The dimensions of a search by what was measured."""

UNDECIDED, UNCHECKED, BESIDE = "undecided", "unchecked", "beside"
"""Values of `GRADE` that are no badge: several are still possible; too little was checked; badges do not apply to the dataset."""

NO_BADGE: Final = (UNDECIDED, UNCHECKED, BESIDE)

_LOWEST, _HIGHEST, _LADDER = (METRIC + name for name in ("badge-lowest", "badge-highest", "format-ladder"))


class Grade(NamedTuple):
    """The lowest and highest badge that a dataset can have (concept IRIs, "" where not known), its stars ("0" to "5", "" where
    not known), what the stars are based on (a concept IRI), and whether badges apply to it."""

    lowest: str = ""
    highest: str = ""
    stars: str = ""
    basis: str = ""
    applies: bool = True

    @property
    def value(self) -> str:
        """The badge that is certain, else why there is none: what the dataset is found by."""
        if not self.applies:
            return BESIDE
        if self.lowest and self.lowest == self.highest:
            return self.lowest
        return UNDECIDED if self.lowest or self.highest else UNCHECKED

    @property
    def possible(self) -> tuple[str, ...]:
        """The lowest and the highest badge, once where they are the same."""
        return tuple(dict.fromkeys(badge for badge in (self.lowest, self.highest) if badge)) if self.applies else ()


def graded(quality: Document) -> Grade:
    """Return the grade that the quality document of a dataset states. Its text is searched, not parsed: every entry of a list
    needs one."""
    text = b"\n" + quality.text
    applies = f"\n<{quality.iri}> <{ODL}notApplicable> <{_LOWEST}> .\n".encode() not in text
    lowest, highest = (_object(text, _node(text, metric), DQV + "value") for metric in (_LOWEST, _HIGHEST))
    ladder = _node(text, _LADDER)
    return Grade(lowest, highest, _object(text, ladder, DQV + "value"), _object(text, ladder, ODL + "basis"), applies)


def _node(text: bytes, metric: str) -> bytes:
    """Return the node that measures a metric, as written; b"" where none does.

    A newline stands in no literal, so that what a stranger wrote into one is never taken for a statement.
    """
    at = text.find(f"> <{DQV}isMeasurementOf> <{metric}> .\n".encode())
    return text[text.rfind(b"\n", 0, at) + 1 : at + 1] if at >= 0 else b""


def _object(text: bytes, node: bytes, predicate: str) -> str:
    """Return the IRI or the lexical form of a node's value, "" where it has none."""
    begin = b"\n" + node + f" <{predicate}> ".encode()
    at = text.find(begin) if node else -1
    if at < 0:
        return ""
    term = text[at + len(begin) : text.index(b" .\n", at)]
    return (term[1:-1] if term[:1] == b"<" else term[1:].partition(b'"')[0]).decode()
