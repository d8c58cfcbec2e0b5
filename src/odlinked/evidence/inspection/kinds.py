"""The kind of a content, determined from its bytes and never from its name: notations of file types.

A notation that is None is not established.
"""

from __future__ import annotations

import re
from typing import Final

from odlinked.sheets import compound

_MAGIC: Final = (
    (b"%PDF-", "PDF"), (b"\x1f\x8b", "GZIP"), (b"7z\xbc\xaf\x27\x1c", "7Z"), (b"Rar!\x1a\x07", "RAR"), (b"BZh", "BZIP2"),
    (b"\xfd7zXZ\0", "XZ"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"{\\rtf", "RTF"), (b"\0\1\0\0Standard Jet DB", "MDB"),
    (b"\0\1\0\0Standard ACE DB", "MDB"),
)
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_STREAMS: Final = (("Workbook", "XLS"), ("Book", "XLS"), ("WordDocument", "DOC"), ("PowerPoint Document", "PPT"))
_SQLITE: Final = b"SQLite format 3\0"
_BITMAP: Final = re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x40\x6c\x7c]\0\0\0", re.DOTALL)
_HTML: Final = re.compile(
    r"<!doctype\s+html\b|<(?:html|head|body|table|meta|script|style|div|h1|p|center|form|title|font|span|link|iframe)\b",
    re.IGNORECASE)
_BEFORE: Final = re.compile(r"\s+|<!--|<\?xml\b")
_ENDS: Final = {"<!--": "-->", "<?xml": "?>"}
_MARKUP: Final = re.compile(r"\s*<(?:\?xml\b|!--|!DOCTYPE\b|[A-Za-z_\w])")
_JSON: Final = re.compile(r"\s*(?:\{\s*(?:\"|\}|\Z)|\[\s*(?:[\[{\]\"\d\-tfn]|\Z))")
_YAML: Final = re.compile(r"(?:\s|#[^\n]*\n)*(?:%YAML\b|---\s*\n|[\"']?(?:openapi|swagger)[\"']?:\s)")
_MHTML: Final = re.compile(r"\s*mime-version:", re.IGNORECASE)
_COMMENTS: Final = r"\A(?:\s|#[^\n]*\n)*"
_IRI: Final = r"<[^<>\"\s]*>"
_TURTLE: Final = re.compile(rf"{_COMMENTS}(?:@(?:prefix\s+[\w.\-]*:|base)\s*{_IRI}\s*\.|(?:prefix\s+[\w.\-]*:|base)\s*{_IRI})",
                            re.IGNORECASE)
_GRAPH: Final = re.compile(rf"(?m)^[ \t]*(?:graph[ \t]+)?(?:{_IRI}|[\w.\-]*:[\w.\-]*)?[ \t]*\{{", re.IGNORECASE)
_TERM: Final = rf"(?:{_IRI}|_:\w[\w.\-]*)"
_LITERAL: Final = rf'"(?:[^"\\\n]|\\.)*"(?:@[A-Za-z\-0-9]+|\^\^{_IRI})?'
_LINE: Final = re.compile(rf"{_COMMENTS}{_TERM}[ \t]*{_IRI}[ \t]*(?:{_TERM}|{_LITERAL})[ \t]*({_TERM}[ \t]*)?\.[ \t]*"
                          r"(?:#[^\n]*)?(?:\r?\n|\Z)")


def by_magic(head: bytes) -> str | None:
    """Return the notation of a binary file, "ZIP" and "OLE" for the two containers whose members decide, None for others."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_ZIP):
        return "ZIP"
    if head.startswith(compound.MAGIC):
        return "OLE"
    if head[257:262] == b"ustar":
        return "TAR"
    if head.startswith(_SQLITE):
        return "GPKG" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "SQLITE"
    return "BMP" if _BITMAP.match(head) else None


def of_compound(names: set[str]) -> str | None:
    """Return the notation of an OLE file by the names of its streams."""
    return next((kind for name, kind in _STREAMS if name in names), None)


def by_text(text: str) -> str | None:
    """Return the notation of a text by its first characters, "XML" and "JSON" for all of these, None for plain ones."""
    if _HTML.match(text, _after_prolog(text)):
        return "HTML"
    if _JSON.match(text):
        return "JSON"
    line = _LINE.match(text)
    if line:
        return "RDF_N_QUADS" if line[1] else "RDF_N_TRIPLES"
    if _MARKUP.match(text):
        return "XML"
    if _TURTLE.match(text):
        return "RDF_TRIG" if _GRAPH.search(text) else "RDF_TURTLE"
    if _YAML.match(text):
        return "YAML"
    return "MHTML" if _MHTML.match(text) else None


def _after_prolog(text: str) -> int:
    """Return where white space, comments and an XML declaration end."""
    at = 0
    while match := _BEFORE.match(text, at):
        end = _ENDS.get(match[0])
        at = match.end() if end is None else text.find(end, at) + len(end)
        if end and at < match.end():
            return len(text)
    return at


def is_binary(head: bytes) -> bool:
    """True when bytes contain what no text contains: many control characters."""
    if not head:
        return False
    kept = head.translate(None, bytes([*range(9), *range(0x0E, 0x20), 0x7F]))
    return len(head) - len(kept) > len(head) // 50
