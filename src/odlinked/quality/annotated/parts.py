"""The parts of a workbook package: read where needed, changed, and written again with all others byte by byte."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, NamedTuple

from odlinked.errors import InputError
from odlinked.quality.annotated import markup

_TYPES: Final = "[Content_Types].xml"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/"
_STRICT: Final = "http://purl.oclc.org/ooxml/"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class IdentifiedRelationship(NamedTuple):
    """A relationship: its id, the last part of its type, and the part it leads to."""

    id: str
    kind: str
    part: str


class ArchiveParts:
    """A zip archive of parts being changed. One that cannot be preserved completely is refused by name with `InputError`."""

    def __init__(self, source: Path | IO[bytes], name: str, most: int) -> None:
        self.name = name
        try:
            self._archive = zipfile.ZipFile(source)
        except zipfile.BadZipFile as problem:
            raise self.refused(f"the workbook is broken ({problem})", "Open it, save it again and retry") from problem
        self._infos = self._archive.infolist()
        self._names = {info.filename for info in self._infos}
        self._changed: dict[str, bytes] = {}
        self._check(most)

    def _check(self, most: int) -> None:
        if any(info.flag_bits & 1 for info in self._infos):
            raise self.refused("the workbook is locked with a password", "Save it without a password")
        if len(self._names) != len(self._infos):
            raise self.refused("two of its parts have the same name", "Open it, save it again and retry")
        if sum(info.file_size for info in self._infos) > most:
            raise self.refused(f"unpacked it has more than {most:,} bytes", "Raise read.max_bytes in odlinked.toml")

    def __contains__(self, part: str) -> bool:
        return part in self._names or part in self._changed

    def refused(self, why: str, next_step: str) -> InputError:
        """Return the error for a workbook that cannot be annotated."""
        return InputError(why, doing="annotating", on=self.name, next_step=next_step)

    def broken(self, part: str, why: object) -> InputError:
        """Return the error for an invalid part."""
        return self.refused(f"its part {part} cannot be changed ({why})", "Open the workbook, save it again and retry")

    def read(self, part: str) -> bytes:
        """Return a part as it is now; raise `InputError` where it cannot be unpacked or there is none."""
        if part in self._changed:
            return self._changed[part]
        try:
            return self._archive.read(part)
        except Exception as problem:  # on a crafted archive the standard library raises anything, zlib.error included
            raise self.broken(part, problem) from problem

    def put(self, part: str, content: bytes) -> None:
        """Change a part, or add one."""
        self._changed[part] = content

    def elements(self, part: str, path: tuple[str, ...]) -> list[markup.Element]:
        """Return the elements of a part at a path of local names."""
        try:
            return list(markup.walk(self.read(part), lambda found: found == path))
        except markup.BrokenPart as problem:
            raise self.broken(part, problem) from problem

    def write(self, target: IO[bytes]) -> None:
        """Write the package: parts in their order with their times, new ones at the end. Same parts, same bytes."""
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            for info in self._infos:
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type, copy.external_attr = info.compress_type, info.external_attr
                copy.create_system = info.create_system
                made.writestr(copy, self.read(info.filename))
            for part, content in self._changed.items():
                if part not in self._names:
                    new = zipfile.ZipInfo(part, _EPOCH)
                    new.compress_type = zipfile.ZIP_DEFLATED
                    made.writestr(new, content)

    def close(self) -> None:
        """Close the source."""
        self._archive.close()


class Parts(ArchiveParts):
    """A workbook package (ECMA-376 part 2) being changed."""

    def _check(self, most: int) -> None:
        super()._check(most)
        if _TYPES not in self._names:
            raise self.refused("it is no .xlsx workbook", "Save it as xlsx")
        if b"macroEnabled" in self.read(_TYPES) or any(name.lower().endswith("vbaproject.bin") for name in self._names):
            raise self.refused("the workbook holds macros, which are not handed on", "Save it as .xlsx without macros")
        if any(name.startswith("_xmlsignatures/") for name in self._names):
            raise self.refused("the workbook is signed, and a changed copy would not be", "Check a copy without the signature")

    def free(self, pattern: str) -> str:
        """Return the first name of `pattern` ("xl/comments{}.xml") that no part has, in whatever case."""
        taken = {name.lower() for name in (*self._names, *self._changed)}
        number = 1
        while pattern.format(number).lower() in taken:
            number += 1
        return pattern.format(number)

    def relations(self, part: str) -> list[IdentifiedRelationship]:
        """Return the relationships of a part ("" = of the package), inner ones only; raise `InputError` for Strict ones."""
        rels = _rels(part)
        if rels not in self:
            return []
        found = []
        for element in self.elements(rels, ("Relationships", "Relationship")):
            kind, target = element.attributes.get("Type", ""), element.attributes.get("Target", "")
            if kind.startswith(_STRICT):
                raise self.refused("it is a Strict Open XML workbook", "Save it as an ordinary Excel workbook (.xlsx)")
            if element.attributes.get("TargetMode") != "External":
                where = posixpath.normpath(posixpath.join("/" + posixpath.dirname(part), target)).lstrip("/")
                found.append(IdentifiedRelationship(element.attributes.get("Id", ""), kind.rsplit("/", 1)[-1], where))
        return found

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relationship from one part to another and return its id."""
        rels = _rels(part)
        if rels not in self:
            self.put(rels, f'{markup.HEAD}<Relationships xmlns="{_PACKAGE}relationships"></Relationships>'.encode())
        ids = {element.attributes.get("Id", "") for element in self.elements(rels, ("Relationships", "Relationship"))}
        number = 1
        while f"rId{number}" in ids:
            number += 1
        self.append(rels, "Relationships", lambda prefix: f'<{prefix}Relationship Id="rId{number}" Type="{markup.OFFICE}/{kind}" '
                                                          f'Target="/{markup.quoted(target)}"/>')
        return f"rId{number}"

    def declare(self, part: str, media_type: str) -> None:
        """State the content type of a new part."""
        element = f'Override PartName="/{markup.quoted(part)}" ContentType="{media_type}"/>'
        self.append(_TYPES, "Types", lambda prefix: f"<{prefix}{element}")

    def declare_extension(self, extension: str, media_type: str) -> None:
        """State the content type of an extension where none is stated."""
        stated = {element.attributes.get("Extension", "").lower() for element in self.elements(_TYPES, ("Types", "Default"))}
        if extension not in stated:
            at = next(iter(self.elements(_TYPES, ("Types",))))
            name = markup.prefix(at.name)
            piece = f'<{name}Default Extension="{extension}" ContentType="{media_type}"/>'.encode()
            self.put(_TYPES, markup.edited(self.read(_TYPES), [(at.inner, at.inner, piece)]))

    def append(self, part: str, root: str, child: Callable[[str], str]) -> None:
        """Add a child at the end of a part's root."""
        try:
            self.put(part, markup.with_child(self.read(part), root, child))
        except markup.BrokenPart as problem:
            raise self.broken(part, problem) from problem


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
