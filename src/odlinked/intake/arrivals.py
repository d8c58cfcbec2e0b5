"""What arrives at a state and what is reported about it: rows, faults without a record, and the functions that write
documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import RowDocument, RowOutcome
from odlinked.findings import Fault, Issue

UNIQUE = "L16-identifier-unique"
OWNED = "L17-identifier-owned"
UNMAPPED = "L18-record-identifiable"
VANISHED = "L19-record-vanished"
CONVERTED = ("L27-conversion-ground", "L27-conversion-approval", "L27-conversion-notice")
"""Rules on the collection: SHACL judges one record, these judge rows against each other."""

UNKNOWN_WITHDRAWN = "L50-withdrawal-known"
UNKNOWN_CHANGED = "L51-change-known"
CHANGED_TWIN = "L52-change-twin"
KNOWN_ADDED = "L53-addition-new"
CONVERSION_CODE = "L54-conversion-code"
CONVERSION_ELSEWHERE = "L55-conversion-elsewhere"

REPORTED_AGAIN = (UNKNOWN_CHANGED, KNOWN_ADDED, CONVERSION_ELSEWHERE)
"""Rules on what a row states against what is published: reported again where the row is taken in again."""

LASTING = (VANISHED, *CONVERTED, *REPORTED_AGAIN)
"""Rules on what became of a record, true while the record is as it was."""

HELD = (UNKNOWN_WITHDRAWN, CHANGED_TWIN, CONVERSION_CODE)
"""Rules that keep a row from taking effect: reported for the record it may have meant, as long as that is unchanged."""


class Arrival(NamedTuple):
    """A row that arrived: its place, its reuse key, and its outcome (None: as in the release before, by the key)."""

    input: int
    sheet: str | None
    row: int
    key: bytes
    outcome: RowOutcome | None

    @property
    def place(self) -> tuple[int, str | None, int]:
        """Input, sheet and row."""
        return self.input, self.sheet, self.row


class RowStatement(NamedTuple):
    """What a row states about its dataset: code as written, folded title, publisher (IRI), and "added", "changed" or ""."""

    code: str = ""
    title: str = ""
    unit: str = ""
    status: str = ""


class Bearer(NamedTuple):
    """A dataset of the state before: IRI, source, folded title, publisher (IRI), "live" or "gone", and whether it is open."""

    iri: str
    source: str
    title: str
    unit: str
    state: str
    is_open: bool

    @property
    def code(self) -> str:
        """The last part of its IRI, for reports."""
        return code(self.iri)


def _as_made(_iri: str, made: RowDocument, _before: Entry | None, _arrival: Arrival) -> bytes:
    return made.hash


@dataclass
class DocumentAccess:
    """How documents that no row makes are written, and what documents state; each writer returns the hash of what it stored.

    `tombstone(previous entry, withdrawing arrival or None)`; `minted(made, IRI -> new IRI)`. `judge(previous entry, made)` names
    the rules that are broken where open data become data on request or withheld data. `statement(made)` reads a row's document,
    `bearers()` the datasets of the state before. `near(text, codes)`: the codes most like a text, nearest first. `renamed(made,
    new IRI)`: the document under the name of the record the row turned out to be. `merged(IRI, made, previous entry, arrival)`:
    the document with what is known already and the row's table does not state.
    """

    tombstone: Callable[[Entry, Arrival | None], bytes]
    minted: Callable[[RowDocument, Mapping[str, str]], bytes]
    judge: Callable[[Entry, RowDocument], Sequence[str]] = lambda entry, made: ()
    statement: Callable[[RowDocument], RowStatement] = lambda made: RowStatement()
    bearers: Callable[[], Sequence[Bearer]] = lambda: ()
    near: Callable[[str, Sequence[str]], Sequence[str]] = lambda text, codes: ()
    renamed: Callable[[RowDocument, str], bytes] = lambda made, iri: made.hash
    merged: Callable[[str, RowDocument, Entry | None, Arrival], bytes] = _as_made


@dataclass
class Next:
    """The next state: every entry by IRI, the faults without a record, and what was minted.

    `withdrawn` counts the source's public records that are taken down because a row states it.
    """

    entries: dict[str, Entry]
    issues: list[Issue] = field(default_factory=list)
    minted: dict[str, str] = field(default_factory=dict)
    held: int = 0
    withdrawn: int = 0


def fault(rule: str, node: str, other: str, severity: str, value: str = "") -> Fault:
    """Return a fault of a rule on the collection; `other` is the row, source or record it contradicts, `value` the row's own
    value."""
    return Fault(rule, severity, other, node, value=value)


def code(iri: str) -> str:
    """Return the identifier that a record's IRI ends in, for reports."""
    return unquote(iri.rpartition("/")[2])
