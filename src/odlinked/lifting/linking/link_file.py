"""Proposed links as a file that a person edits and keeps under version control: CSV, a line a proposal, in a settled order.

A line's decision is `open`, `accepted` or `rejected`. Written again, decisions and notes stay; open lines that are no longer
proposed go away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from odlinked import csv_text
from odlinked.errors import InputError
from odlinked.rdf.ntriples import iri
from odlinked.sheets.tables import listed
from odlinked.whole_file import replacing

OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
DECISIONS: Final = (OPEN, ACCEPTED, REJECTED)
_DOING: Final = "reading the links"
_MOST: Final = 50_000_000


class ProposedLink(NamedTuple):
    """A link from a value of a column (by its name) to a thing: `kind` is the thing's scheme or class, `reason` a word of
    `search.candidates`, `rows` how many rows have the value."""

    decision: str
    column: str
    value: str
    target: str
    label: str
    kind: str
    score: float
    reason: str
    rows: int
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What a decision is about."""
        return self.column, self.value, self.target


def place_of(file: Path) -> Path:
    """Return where the links of a data file belong: beside it."""
    return file.with_name(file.name + "-links.csv")


def read(path: Path) -> list[ProposedLink]:
    """Return the lines of a file of links, none where there is no such file; raise `InputError` for one that cannot be used."""
    try:
        if path.stat().st_size > _MOST:
            raise _wrong(path, "it is too large")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as problem:
        raise _wrong(path, f"it is not UTF-8 ({problem.reason} at byte {problem.start})") from problem
    except OSError as problem:
        raise _wrong(path, f"it cannot be read ({problem.strerror})") from problem
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        if missing := [name for name in ProposedLink._fields if name not in head and name != "note"]:
            raise _wrong(path, f"it has no column {listed(missing)}")
        places = {name: head.index(name) for name in ProposedLink._fields if name in head}
        return [_line(path, reader.line_num, {name: row[place] if place < len(row) else "" for name, place in places.items()})
                for row in reader if any(row)]
    except csv.Error as problem:
        raise _wrong(path, f"line {reader.line_num} is not CSV ({problem})") from problem


def _line(path: Path, number: int, cells: dict[str, str]) -> ProposedLink:
    texts = {name: text[1:] if text.startswith("'") and csv_text.is_formula(text[1:]) else text for name, text in cells.items()}
    decision = texts["decision"].strip().lower()
    if decision not in DECISIONS:
        raise _wrong(path, f"line {number} has the decision {texts['decision'][:40]!r}", f"Write one of {', '.join(DECISIONS)}")
    target = texts["target"].strip()
    if ":" not in target or iri(target) != f"<{target}>":
        raise _wrong(path, f"line {number} has a target that is no IRI: {target[:80]!r}")
    try:
        score, rows = float(texts["score"] or 0), int(texts["rows"] or 0)
    except ValueError as problem:
        raise _wrong(path, f"line {number} has a score or a count that is no number") from problem
    return ProposedLink(decision, texts["column"], texts["value"], target, texts["label"], texts["kind"], score, texts["reason"],
                        rows, texts.get("note", ""))


def merged(before: Sequence[ProposedLink], proposed: Iterable[ProposedLink]) -> list[ProposedLink]:
    """Return proposals with the decisions made before; what was decided stays, even where it is no longer proposed."""
    known = {one.key: one for one in before}
    found: dict[tuple[str, str, str], ProposedLink] = {}
    for one in proposed:
        held = known.get(one.key)
        kept = held is not None and held.decision != OPEN
        decision = held.decision if held is not None and kept else one.decision
        found[one.key] = one._replace(decision=decision, note=held.note if held else "")
    for one in before:
        if one.key not in found and (one.decision != OPEN or one.note):
            found[one.key] = one._replace(rows=0)
    return sorted(found.values(), key=lambda one: (one.column, one.value, -one.score, one.target))


def write(path: Path, links: Iterable[ProposedLink]) -> None:
    """Write a file of links, complete or not at all; spreadsheets open it as it is."""
    rows = ([one.decision, one.column, one.value, one.target, one.label, one.kind, f"{one.score:g}", one.reason, str(one.rows),
             one.note] for one in links)
    with replacing(path, "writing") as part, part.open("wb") as out:
        out.write((csv_text.MARK + csv_text.written([ProposedLink._fields, *rows])).encode("utf-8", "replace"))


def accepted(path: Path) -> list[ProposedLink]:
    """Return the accepted links of a file.

    Raise `InputError` where a value of a column is accepted for two things of one kind: it can stand for one of them only.
    """
    found = [one for one in read(path) if one.decision == ACCEPTED]
    taken: dict[tuple[str, str, str], ProposedLink] = {}
    for one in found:
        other = taken.setdefault((one.column, one.value, one.kind), one)
        if other.target != one.target:
            raise _wrong(path, f"{one.value!r} of the column {one.column} is accepted for {other.target} and for {one.target}",
                         "Reject one of them: a value stands for one thing of a kind")
    return found


def _wrong(path: Path, what: str, then: str = "") -> InputError:
    return InputError(what, doing=_DOING, on=path.name, next_step=then or "Mend the file, or have `odlinked link` write it anew")
