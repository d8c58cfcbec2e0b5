"""A JSON file with its certain repairs written in: the values that change, and no other character of its text.

JSON has no comments: what a value said before stands in the findings, and is told by who writes the file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final, TextIO

from odlinked import inventory
from odlinked.errors import InputError
from odlinked.findings import Finding
from odlinked.quality.annotated import Rewritten
from odlinked.quality.report import Report
from odlinked.settings import ReadSettings
from odlinked.sheets import encoding
from odlinked.sheets.flatten import MARKS, flatten
from odlinked.sheets.tables import JsonPlace, column_index

_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_CHUNK: Final = 1 << 20
JsonEdit = tuple[int, int, str]
"""A range of characters, and its replacement."""


def mend(report: Report, file: Path, name: str, target: IO[bytes], caps: ReadSettings) -> Rewritten:
    """Write the JSON of `file`, which findings call `name`, with the certain repairs; return what was written and what was left.

    Raise `InputError` for a file that is not in UTF-8 or UTF-16.
    """
    codec = encoding.detect(file, name, one_line=True).codec
    if not codec.startswith("utf"):
        raise InputError("JSON that is not in UTF-8 cannot be written anew as it was", doing="mending", on=name,
                         next_step="Save it as UTF-8")
    certain = [one for one in report.findings if one.file == name and one.certain]
    written: list[Finding] = []
    left: list[tuple[Finding, str]] = []
    edits: dict[tuple[str | None, int, int], Sequence[JsonEdit]] = {}
    for table in inventory.read(file, caps, name) if certain else ():
        here = [one for one in certain if one.sheet == table.sheet]
        wanted = {_cell(one) for one in here}
        values = table.values(wanted) if table.values is not None and wanted else {}
        for finding in here:
            made, why = _edits(finding, values.get(_cell(finding), ()))
            if why:
                left.append((finding, why))
                continue
            edits[table.sheet, *_cell(finding)] = made
            written.append(finding)
    told = {id(one) for one in (*written, *(one for one, _ in left))}
    left += [(one, "absent") for one in certain if id(one) not in told]
    with file.open(encoding=codec, newline="") as text:
        _write(text, sorted(edit for each in edits.values() for edit in each), target, codec)
    return Rewritten(tuple(written), tuple(left))


def _cell(finding: Finding) -> tuple[int, int]:
    return finding.row, column_index(finding.certain.column if finding.certain else "")


def _edits(finding: Finding, places: Sequence[JsonPlace]) -> tuple[list[JsonEdit], str]:
    """Return the edits that write a repair, or why there are none."""
    repair = finding.certain
    if repair is None or not places:
        return [], "absent"
    if len(places) > 1 and not all(one.member for one in places):
        return [], "doubled"
    if any(len(one.member) > 1 for one in places):
        return [], "list"
    alone = not places[0].member
    before, after = ([text] if alone else text.split(MARKS[0]) for text in (repair.written, repair.instead))
    if len(before) != len(after):
        return [], "list"
    by_member = {one.member[0] if one.member else 0: one for one in places}
    if len(by_member) != len(places):
        return [], "doubled"
    edits = []
    for member, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        place = by_member.get(member)
        if place is None or _text(place.spelled) != old:
            return [], "absent"
        edits.append((place.start, place.end, _spelled(new, place.spelled)))
    return edits, ""


def _text(spelled: str) -> str:
    """Return the text that a value is read as."""
    ((_, text),) = flatten(json.loads(spelled, parse_float=str, parse_int=str, parse_constant=str, strict=False))
    return text or ""


def _spelled(text: str, before: str) -> str:
    """Return a text as JSON: a number where one stood, else a string, escaped as what stood there was."""
    if not before.startswith('"') and _NUMBER.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii="\\u" in before)


def _write(text: TextIO, edits: Sequence[JsonEdit], target: IO[bytes], codec: str) -> None:
    """Copy a text with ranges replaced, a byte order mark where it had one; it is never held whole."""
    encoder = codecs.getincrementalencoder(codec)()
    at = 0
    for start, end, piece in edits:
        while at < start:
            if not (copied := text.read(min(_CHUNK, start - at))):
                return
            at += len(copied)
            target.write(encoder.encode(copied))
        text.read(end - start)
        at = end
        target.write(encoder.encode(piece))
    while copied := text.read(_CHUNK):
        target.write(encoder.encode(copied))
