"""RDF/XML made safe to parse: whole, in UTF-8, and without entities that unfold into more than they are."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from odlinked.errors import InputError

_UNFOLDED: Final = 10
"""How many times its own size a file may grow by its entities, at most."""

_DECLARATION: Final = re.compile(rb"""\A\s*<\?xml\b[^?]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^?]*\?>""")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE\b")
_ENTITY: Final = re.compile(rb"""<!ENTITY\s+(%?)\s*([^\s"'>]+)\s+(?:"([^"]*)"|'([^']*)'|(SYSTEM|PUBLIC)\b)""")
_REFERENCE: Final = re.compile(rb"&([^#;&\s][^;&\s]*);")


def safe(data: bytes, name: str) -> bytes:
    """Return the file in UTF-8; raise `InputError` for an encoding nobody knows, hostile entities and what is no whole XML.

    The RDF parser takes a file that was cut off for one that ends there; the XML parser does not.
    """
    text = _as_utf8(data, name)
    if _DOCTYPE.search(text):
        _check_entities(text, name)
    try:
        expat.ParserCreate().Parse(text, True)
    except expat.ExpatError as problem:
        raise InputError(f"it is no sound RDF/XML: {problem}", doing="reading", on=name) from problem
    return text


def _as_utf8(data: bytes, name: str) -> bytes:
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", ""))
    data = data[len(mark):]
    if not encoding:
        declared = _DECLARATION.match(data)
        encoding = declared[1].decode() if declared else "utf-8"
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            data = data.decode(encoding).encode()
        except (LookupError, UnicodeError) as problem:
            raise InputError(f"its encoding cannot be read: {problem}", doing="reading", on=name,
                             next_step="Save it in UTF-8") from problem
    found = _DECLARATION.match(data)
    return data if found is None else data[: found.start(1)] + b"utf-8" + data[found.end(1):]


def _check_entities(text: bytes, name: str) -> None:
    """Refuse entities that hold entities, stand outside the file, or unfold to more than `_UNFOLDED` times the file."""
    sizes: dict[bytes, int] = {}
    for parameter, entity, double, single, outside in _ENTITY.findall(text):
        value = double or single
        if parameter or outside or _REFERENCE.search(value) or b"%" in value:
            raise InputError(f"the entity {entity.decode(errors='replace')} is made of other entities or stands outside the file",
                             doing="reading", on=name, next_step="Write the file without such entities")
        sizes[entity] = len(value)
    grown = sum(sizes.get(reference, 0) for reference in _REFERENCE.findall(text))
    if grown > _UNFOLDED * len(text):
        raise InputError("its entities unfold to many times the size of the file", doing="reading", on=name,
                         next_step="Write the file without entities")
