"""Description documents as files: made for a file, merged with what a person decided before, and written.

`odl:proposed` keeps for each property a digest of what was proposed. What no longer agrees with it was decided by a person and
stays; what a person took out stays out.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from odlinked.csvw import metadata
from odlinked.errors import InputError
from odlinked.lifting.describing.columns import Knowledge, by_title
from odlinked.lifting.describing.describe import describe
from odlinked.lifting.describing.naming import slug, undated
from odlinked.lifting.reading import flatness
from odlinked.lifting.reading.tables import chosen
from odlinked.settings import ReadSettings
from odlinked.sheets.kinds import detect
from odlinked.sheets.tables import Spelling

PROPOSED: Final = "odl:proposed"
_ENCODINGS: Final = {"cp950": "big5", "utf-8": "utf-8", "utf-16": "utf-16", "big5": "big5", "ascii": "utf-8"}
_ALWAYS: Final = frozenset({"odl:rows"})
DescriptionDocument = dict[str, Any]


def place_of(file: Path) -> Path:
    """Return where the description of a file belongs: where CSVW processors look for it."""
    return file.with_name(file.name + "-metadata.json")


def read(path: Path) -> DescriptionDocument | None:
    """Return a description as it is written, None where there is none; raise `InputError` for one that is not JSON."""
    try:
        return metadata.parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise InputError(f"it cannot be read ({problem.strerror})", doing="reading the description", on=path.name) from problem


def made(file: Path, base: str, name: str, knowledge: Knowledge, caps: ReadSettings, sheet: str = "") -> DescriptionDocument:
    """Return the description of a file; `base` is the catalogue's, `name` that of the dataset ("" for the file's own)."""
    table = chosen(file, sheet, caps)
    if detect(file, file.name) == "json":
        flatness.check(file, file.name, table.sheet)
    document = describe(table, f"{base.rstrip('/')}/data/{slug(name or undated(file.stem))}/", knowledge)
    head: DescriptionDocument = {"@context": document.pop("@context"), "url": quote(file.name)}
    if table.spelling is not None:
        head["dialect"] = _dialect(table.spelling, table.header_row)
    return head | document


def _dialect(spelling: Spelling, header_row: int) -> DescriptionDocument:
    name = codecs.lookup(spelling.codec).name.removesuffix("-sig")
    answer: DescriptionDocument = {"encoding": _ENCODINGS.get(name, name), "commentPrefix": None}
    if spelling.separator != ",":
        answer["delimiter"] = spelling.separator
    if not spelling.quoting:
        answer["quoteChar"] = None
    if header_row > 1:
        answer["skipRows"] = header_row - 1
    return answer


def merged(before: DescriptionDocument | None, proposed: DescriptionDocument, gone: str) -> DescriptionDocument:
    """Return a proposed description with what a person decided in the one before; `gone` is the doubt about lost columns."""
    known = _known((before or {}).get(PROPOSED, ()))
    old = before or {}
    old_schema, schema = old.get("tableSchema", {}), proposed["tableSchema"]
    top = _kept(old, proposed, known.get("table", {}), before is not None, ("tableSchema", PROPOSED))
    columns, digests = [], {"table": _digests(proposed, ("tableSchema", PROPOSED)), "schema": _digests(schema, ("columns",))}
    there, here = by_title(old_schema.get("columns", [])), by_title(schema["columns"])
    for title, column in here.items():
        held = there.get(title)
        columns.append(_kept(dict(held or {}), dict(column), known.get(title, {}), held is not None, ()))
        digests[title] = _digests(column, ())
    left = [title for title, held in there.items() if title not in here]
    own = [there[title] for title in left if title not in known and there[title].get("virtual")]
    lost = [title for title in left if title in known and not there[title].get("virtual")]
    if lost:
        top["odl:doubtful"] = [*top.get("odl:doubtful", []), gone.format(shown="、".join(lost))]
    new_schema = _kept(old_schema, schema, known.get("schema", {}), before is not None, ("columns",))
    return top | {"tableSchema": {**new_schema, "columns": [*columns, *own]}, PROPOSED: _listed(digests)}


def _listed(digests: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [f"{digest} {key} {title}" for title, found in digests.items() for key, digest in found.items()]


def _known(listed: Sequence[object]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in listed:
        digest, _, rest = str(entry).partition(" ")
        key, _, title = rest.partition(" ")
        found.setdefault(title, {})[key] = digest
    return found


def _kept(old: Mapping[str, Any], new: Mapping[str, Any], known: Mapping[str, str], held: bool,
          but: tuple[str, ...]) -> DescriptionDocument:
    """Return the properties of a description: a person's where they differ from what was proposed, else the new ones."""
    answer: DescriptionDocument = {}
    for key, value in new.items():
        if key in but:
            continue
        untouched = known.get(key) == _digest(old[key]) if key in old else key not in known
        if not held or key in _ALWAYS or untouched:
            answer[key] = value
        elif key in old:
            answer[key] = old[key]
    for key, value in old.items():
        if key not in new and key not in but and known.get(key) != _digest(value):
            answer[key] = value
    return answer


def _digests(document: Mapping[str, Any], but: tuple[str, ...]) -> dict[str, str]:
    return {key: _digest(value) for key, value in document.items() if key not in but and key not in _ALWAYS}


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:8]


def doubts(document: DescriptionDocument) -> list[tuple[str, str]]:
    """Return the doubts of a description: the heading of the column ("" for the table) and the sentence."""
    found = [("", text) for text in document.get("odl:doubtful", [])]
    for title, column in by_title(document["tableSchema"]["columns"]).items():
        found += [(title, text) for text in column.get("odl:doubtful", [])]
    return found


def personal(document: DescriptionDocument) -> list[str]:
    """Return the headings of columns that were found to hold personal data and on which nobody has decided."""
    return [title for title, column in by_title(document["tableSchema"]["columns"]).items()
            if column.get("odl:personal") and not column.get("odl:personsDecision")]


def dumped(document: DescriptionDocument) -> bytes:
    """Return a description as the text of its file: each column on lines of its own, short values on one."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
