"""The kind of a file, determined from its first bytes and its table of contents, never from its name alone."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final, Literal

from odlinked.errors import InputError
from odlinked.sheets import caps as limits
from odlinked.sheets.compound import MAGIC, BrokenCompound, Compound

FileKind = Literal["delimited", "json", "xlsx", "xls", "ods", "docx", "odt"]
"""The kinds of files that tables are read from."""

_NOT_READ: Final = (
    (b"%PDF-", "a PDF document"), (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"), (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PAR1", "a Parquet file"), (b"SQLite format 3\0", "an SQLite database"),
    (b"{\\rtf", "a rich text document"), (b"\x09\x00\x04\x00", "a worksheet of Excel 2"),
    (b"\x09\x02\x06\x00", "a worksheet of Excel 3"), (b"\x09\x04\x06\x00", "a worksheet of Excel 4"),
)
_MARKUP: Final = (
    (re.compile(rb"(?s)<Workbook\b.{0,400}?urn:schemas-microsoft-com:office:spreadsheet"), "an XML spreadsheet of Excel 2003"),
    (re.compile(rb"(?si)\A\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body|table|meta|script|style|div)\b"),
     "an HTML page"),
    (re.compile(rb"(?si)\A\s*<\?xml\b.*<html\b"), "an HTML page"),
    (re.compile(rb"\A\s*<\?xml\b"), "an XML document"),
    (re.compile(rb"\A\s*mime-version:", re.IGNORECASE), "a web archive (MHTML)"),
)
_JSON: Final = re.compile(rb"\A(?:\s|\xef\xbb\xbf)*(?:\{\s*(?:[\"}]|\Z)|\[\s*(?:[\[{\]\"]|\Z))")
_OFFICE: Final = (("ppt/", "a PowerPoint presentation"),
                  ("xl/workbook.bin", "a binary workbook (xlsb)"))
_ODF: Final = "application/vnd.oasis.opendocument."


def detect(path: Path, name: str) -> FileKind:
    """Return what kind of table file `path` is; raise `InputError` saying what it is when it is none of them."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _packed(path, name)
    if head.startswith(MAGIC):
        return _compound(path, name)
    for magic, what in _NOT_READ:
        if head.startswith(magic):
            raise _refused(what, name)
    if head and not head.strip(b"\0"):
        raise InputError("the file begins with nothing but zero bytes", doing="reading", on=name,
                         next_step="Save or fetch it again: it is damaged or was never written to the end")
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if plain.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = plain.replace(b"\0", b"")[2:]
    elif plain.startswith((b"{\0", b"[\0", b"\0{", b"\0[")):
        plain = plain.replace(b"\0", b"")
    if _JSON.match(plain):
        return "json"
    for pattern, what in _MARKUP:
        if pattern.search(plain):
            raise _refused(what, name)
    return "delimited"


def _packed(path: Path, name: str) -> FileKind:
    try:
        names, locked, mimetype = _contents(path)
    except Exception as problem:  # on a crafted archive the standard library raises anything, zlib.error included
        raise InputError(f"the file is a broken zip archive ({problem})", doing="reading", on=name,
                         next_step="Save the workbook again") from problem
    if locked:
        raise limits.locked(name)
    if mimetype.startswith(_ODF) or (not mimetype and "content.xml" in names):
        what = mimetype.removeprefix(_ODF)
        if what in ("", "spreadsheet", "spreadsheet-template"):
            return "ods"
        if what in ("text", "text-template"):
            return "odt"
        raise _refused(f"an OpenDocument {what} file", name)
    for part, what in _OFFICE:
        if any(entry.startswith(part) for entry in names):
            raise _refused(what, name)
    if "[Content_Types].xml" in names:
        return "docx" if any(entry.startswith("word/") for entry in names) else "xlsx"
    raise _refused("a zip archive", name, "Unpack it and give the table inside")


def _contents(path: Path) -> tuple[set[str], bool, str]:
    """Return the names in a zip archive, whether any of them is encrypted, and the media type that an ODF file states."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if any(info.flag_bits & 1 for info in archive.infolist()):
            return names, True, ""
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.open("META-INF/manifest.xml").read(1 << 20):
            return names, True, ""
        mimetype = archive.open("mimetype").read(200).decode("ascii", "replace").strip() if "mimetype" in names else ""
    return names, False, mimetype


def _compound(path: Path, name: str) -> FileKind:
    try:
        with path.open("rb") as file, Compound(file, path.stat().st_size) as compound:
            names = compound.names
    except BrokenCompound as problem:
        raise InputError(f"the file is a broken workbook ({problem})", doing="reading", on=name,
                         next_step="Save the workbook again") from problem
    if "EncryptedPackage" in names:
        raise limits.locked(name)
    if "Workbook" in names or "Book" in names:
        return "xls"
    raise _refused("a Word document" if "WordDocument" in names else "an OLE file without a workbook", name)


def _refused(what: str, name: str, next_step: str = "Save it as xlsx, ods, docx, odt or csv") -> InputError:
    return InputError(f"the file is {what}, not a table that is read", doing="reading", on=name, next_step=next_step)
