"""Packed files: what a zip, gzip or tar is and holds. Packed files within are reported, never opened further."""

from __future__ import annotations

import posixpath
import tarfile
import zlib
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from odlinked.errors import InputError
from odlinked.evidence.inspection import dbf, kinds, markup, workbooks
from odlinked.evidence.inspection.shape import ContentShape, Expectation
from odlinked.evidence.inspection.source import Source
from odlinked.evidence.observation import Content
from odlinked.sheets import encoding, ods, xls, xlsx
from odlinked.sheets.compound import BrokenCompound, Compound
from odlinked.sheets.packages import Package, plain

MOST_MEMBERS: Final = 200
"""Most members whose kind is determined."""

MOST_COMPOUND: Final = 64 << 20
"""Most bytes of an OLE file, which can only be read whole."""

_HEAD: Final = 4096
_HELD: Final = 1 << 22
"""Most unpacked bytes in memory; more go to a temporary file."""

_ODF: Final = "application/vnd.oasis.opendocument."
_OPEN: Final = {"spreadsheet": "ODS", "spreadsheet-template": "ODS", "text": "ODT", "presentation": "ODP"}
_OFFICE: Final = (("xl/workbook.bin", "XLSB"), ("xl/vbaProject.bin", "XLSM"), ("xl/workbook.xml", "XLSX"),
                  ("word/document.xml", "DOCX"), ("ppt/presentation.xml", "PPTX"))
_SHAPE_PARTS: Final = (".shp", ".shx", ".dbf")
_SHAPE_MAGIC: Final = b"\x00\x00\x27\x0a"


@dataclass
class PackedInspection:
    """What a packed or binary file is, the notations of what it holds, and the encoding of its texts where it says."""

    kind: str | None
    shape: ContentShape = field(default_factory=ContentShape)
    within: tuple[str, ...] | None = None
    encoding: encoding.Encoding | None = None


def zipped(source: Source, wanted: Expectation) -> PackedInspection:
    """Examine a zip file. Without its end its kind is not established, because a workbook is a zip file too."""
    if not source.complete:
        stated = source.head[38:38 + 80] if source.head[30:38] == b"mimetype" else b""
        return PackedInspection(_OPEN.get(stated.decode("latin-1").removeprefix(_ODF).split("PK")[0]))
    look = PackedInspection("ZIP")
    try:
        package = Package(source.file(), source.file_name, source.size, workbooks.CAPS)
        look.kind = _document(package)
        if look.kind == "ZIP":
            _archive(package, look, wanted)
        elif package.locked:
            raise InputError("it wants a password")
        elif look.kind in ("XLSX", "XLSM"):
            look.shape = workbooks.read(lambda: xlsx.sheets(package, workbooks.MOST_TEXT), wanted)
        elif look.kind == "ODS":
            look.shape = _open_document(package, wanted)
    except InputError as problem:
        look.shape = ContentShape(settled=False, broken=problem.why)
    return look


def _open_document(package: Package, wanted: Expectation) -> ContentShape:
    """Examine an OpenDocument spreadsheet; its manifest states when it needs a password."""
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.head("META-INF/manifest.xml", 1 << 20):
        raise InputError("it wants a password")
    return workbooks.read(lambda: ods.sheets(package), wanted)


def _document(package: Package) -> str:
    """Return the notation of an office document, else ZIP."""
    names = set(package.names)
    if "mimetype" in names and not package.locked:
        stated = package.head("mimetype", 200).decode("ascii", "replace").strip()
        if stated.startswith(_ODF):
            return _OPEN.get(stated.removeprefix(_ODF), "ZIP")
    if "[Content_Types].xml" not in package:
        return "ZIP"
    plainly = set(map(plain, names))
    kind = next((kind for name, kind in _OFFICE if plain(name) in plainly), None)
    return kind or ("XLSX" if not package.locked and xlsx.workbook_part(package) else "ZIP")


def _archive(package: Package, look: PackedInspection, wanted: Expectation) -> None:
    """Determine what an archive holds: a shapefile, a KMZ, or other files."""
    names = [name for name in package.names if not name.startswith("__MACOSX/")]
    if package.locked:
        raise InputError("it wants a password")
    found: dict[str, None] = {}
    for name in names[:MOST_MEMBERS]:
        kind = _member(package.head(name, _HEAD))
        if kind:
            found[kind] = None
    look.within = tuple(found)
    stem = _shapefile(package, names)
    if stem:
        look.kind = "SHP"
        _attributes(package, stem, look, wanted)
    elif "KML" in found and found.keys() <= {"KML", "PNG", "JPEG", "GIF"}:
        look.kind = "KMZ"
        _places(package, next(name for name in names if _member(package.head(name, _HEAD)) == "KML"), look, wanted)


def _member(head: bytes) -> str | None:
    """Return the notation of a packed file by its first bytes."""
    magic = kinds.by_magic(head)
    if magic:
        return magic if magic not in ("OLE", "SQLITE") else None
    if head.startswith(_SHAPE_MAGIC):
        return "SHP"
    if kinds.is_binary(head):
        return None
    detected = encoding.detect_chunks(lambda: iter([head]), whole=False)
    text = head.decode(detected.codec if isinstance(detected, encoding.Encoding) else "utf-8", "replace")
    kind = kinds.by_text(text.lstrip("\ufeff"))
    if kind == "XML" and "<kml" in text:
        return "KML"
    if kind or not text.strip():
        return kind
    lines = [line for line in text.splitlines()[:20][:-1] or text.splitlines() if line.strip()]
    for separator, name in ((",", "CSV"), ("\t", "TSV")):
        if lines and min(line.count(separator) for line in lines) > 0:
            return name
    return "TXT"


def _shapefile(package: Package, names: list[str]) -> str:
    """Return the name without suffix of the first complete shapefile, "" where there is none."""
    lower = {name.lower(): name for name in names}
    for name in lower:
        stem, suffix = posixpath.splitext(name)
        if suffix == ".shp" and all(stem + part in lower for part in _SHAPE_PARTS) and (
                package.head(lower[name], 4) == _SHAPE_MAGIC):
            return lower[name][:-len(suffix)]
    return ""


def _attributes(package: Package, stem: str, look: PackedInspection, wanted: Expectation) -> None:
    """Read the attribute table of a shapefile."""
    table = next(name for name in package.names if name.lower() == f"{stem}.dbf".lower())
    columns = dbf.header(package.head(table, 1 << 16))
    look.encoding = dbf.encoding(columns, package.chunks(table))
    codec = look.encoding.codec if look.encoding else "utf-8"
    look.shape = dbf.read(columns, package.chunks(table), codec, wanted)


def _places(package: Package, name: str, look: PackedInspection, wanted: Expectation) -> None:
    """Read the first KML of a KMZ, which is the one that counts."""
    with SpooledTemporaryFile(max_size=_HELD) as held:
        for chunk in package.chunks(name):
            held.write(chunk)
        source = Source(Content(cast(BinaryIO, held), held.tell()))
        detected = encoding.detect_chunks(source.chunks, own=True)
        if isinstance(detected, encoding.Encoding):
            look.encoding = detected
            look.shape = markup.read(source, detected.codec, wanted).shape


def gzipped(source: Source) -> PackedInspection:
    """Determine what a gzip file holds by its first bytes."""
    try:
        head = zlib.decompressobj(31).decompress(source.head, _HEAD)
    except zlib.error as problem:
        return PackedInspection("GZIP", ContentShape(settled=False, broken=str(problem)))
    kind = _member(head)
    return PackedInspection("TAR_GZ") if kind == "TAR" else PackedInspection("GZIP", within=(kind,) if kind else None)


def tarred(source: Source) -> PackedInspection:
    """Determine what a tar file holds."""
    found: dict[str, None] = {}
    try:
        with tarfile.open(fileobj=source.file(), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MOST_MEMBERS:
                    break
                held = archive.extractfile(member) if member.isreg() else None
                kind = _member(held.read(_HEAD)) if held else None
                if kind:
                    found[kind] = None
    except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError) as problem:
        return PackedInspection("TAR", ContentShape(settled=False, broken=str(problem) if source.complete else None))
    return PackedInspection("TAR", within=tuple(found))


def bound(source: Source, wanted: Expectation) -> PackedInspection:
    """Examine an OLE file: an xls workbook, another document, or one that needs a password."""
    if not source.complete or source.size > MOST_COMPOUND:
        return PackedInspection(None)
    try:
        with Compound(source.file(), source.size) as compound:
            if "EncryptedPackage" in compound.names:
                return PackedInspection(None, ContentShape(settled=False, broken="it wants a password"))
            look = PackedInspection(kinds.of_compound(compound.names))
            stream = compound.stream("Workbook" if "Workbook" in compound.names else "Book") if look.kind == "XLS" else b""
    except BrokenCompound as problem:
        return PackedInspection(None, ContentShape(settled=False, broken=str(problem)))
    if look.kind == "XLS":
        try:
            look.shape = workbooks.read(lambda: xls.sheets(stream, source.file_name, workbooks.CAPS), wanted)
        except InputError as problem:
            look.shape = ContentShape(settled=False, broken=problem.why)
    return look
