"""The entry point: what a downloaded or given file really is, in what encoding, with which fields and how many records.

Only the bytes are believed, never a name or a header. Nothing here raises because of a file's content; what could not be
established stays None. Of a part of a file (the download was limited) nothing is concluded that its end could change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from odlinked.evidence.inspection import delivery, jsonrecords, kinds, markup, packed
from odlinked.evidence.inspection.codes import InspectionCodes
from odlinked.evidence.inspection.delimited import Delimited
from odlinked.evidence.inspection.headings import compare
from odlinked.evidence.inspection.shape import ContentShape, Expectation, FieldCheck
from odlinked.evidence.inspection.source import Source
from odlinked.evidence.observation import Content, ContentObservation, Declared
from odlinked.sheets import encoding
from odlinked.sheets.encoding import Encoding, Failure

_TABLES: Final = ("text/csv", "text/tab-separated-values", "application/csv")
_TABLE_NAMES: Final = (".csv", ".tsv")
_CHARSETS: Final = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp950": "Big5"}
_UTF_32: Final = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass
class _ReadableText:
    """A text, the codec it is read with, and its encoding where that is established."""

    source: Source
    codec: str
    encoding: Encoding | None
    head: str


def examine(content: Content, declared: Declared, check: FieldCheck | None = None, *,
            codes: InspectionCodes) -> ContentObservation:
    """Return what `content` is. `check` gets the values of its records, row by row over the whole of it."""
    source = Source(content)
    if not source.head.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0"):
        blank = source.size <= len(source.head)
        return ContentObservation(delivery=codes.deliveries["empty"]) if blank else ContentObservation()
    wanted = Expectation(declared.fields, check)
    magic = kinds.by_magic(source.head)
    if magic:
        return _binary(magic, source, declared, wanted, codes)
    if source.head.startswith(_UTF_32):
        return ContentObservation(delivery=codes.deliveries["direct"])
    detected = encoding.detect_chunks(source.chunks, whole=source.complete, own=True)
    if not isinstance(detected, Encoding) and kinds.is_binary(source.head):
        return ContentObservation(delivery=codes.deliveries["direct"])
    return _text(source, detected, declared, wanted, codes)


def _binary(magic: str, source: Source, declared: Declared, wanted: Expectation, codes: InspectionCodes) -> ContentObservation:
    """Examine a file that is packed or not a text."""
    if magic == "ZIP":
        look = packed.zipped(source, wanted)
    elif magic == "OLE":
        look = packed.bound(source, wanted)
    elif magic == "GZIP":
        look = packed.gzipped(source)
    elif magic == "TAR":
        look = packed.tarred(source)
    else:
        look = packed.PackedInspection(magic)
    found = ContentObservation(delivery=codes.deliveries["direct"], format=codes.formats.get(look.kind or ""))
    if look.within is not None:
        found = replace(found, packed_formats=tuple(codes.formats[kind] for kind in look.within if kind in codes.formats))
    if look.encoding:
        found = replace(found, encoding=_concept(look.encoding, codes))
    return _shaped(found, look.shape, declared, wanted, codes)


def _text(source: Source, detected: Encoding | tuple[Failure, ...], declared: Declared, wanted: Expectation,
          codes: InspectionCodes) -> ContentObservation:
    """Examine a text. One that breaks every encoding is read in the one it breaks last."""
    if isinstance(detected, Encoding):
        codec = detected.codec
        marked = codec == "utf-8-sig" or source.head.startswith(_MARKS)
        found = ContentObservation(byte_order_mark=marked, encoding=_of_whole(detected, source, codes),
                                   replacement_characters=detected.replaced if source.complete else None)
    else:
        last = max(detected, key=lambda failure: failure.byte)
        codec = last.codec
        found = ContentObservation(undecodable_byte=last.byte + 1)
    text = _ReadableText(source, codec, detected if isinstance(detected, Encoding) else None, "")
    with source.text(codec) as file:
        text.head = file.read(1 << 16).lstrip("\ufeff")
    kind = kinds.by_text(text.head)
    if kind == "JSON":
        return _json(text, found, declared, wanted, codes)
    if kind == "XML":
        return _xml(text, found, declared, wanted, codes)
    if kind == "HTML":
        return _page(text, found, declared, codes)
    if kind:
        return replace(found, delivery=codes.deliveries["direct"], format=codes.formats.get(kind))
    return _plain(text, found, declared, wanted, codes)


def _page(text: _ReadableText, found: ContentObservation, declared: Declared, codes: InspectionCodes) -> ContentObservation:
    html = codes.formats["HTML"]
    how = delivery.of_page(text.head, text.source.content_type, codes, declared=html in declared.formats)
    return replace(found, delivery=codes.deliveries[how], format=html)


def _json(text: _ReadableText, found: ContentObservation, declared: Declared, wanted: Expectation,
          codes: InspectionCodes) -> ContentObservation:
    look = jsonrecords.read(text.source, text.codec, wanted)
    if look.shape.broken and look.shape.fields is None:
        return _plain(text, found, declared, wanted, codes)
    found = replace(found, delivery=codes.deliveries["error-message" if look.failed else "direct"],
                    format=codes.formats[look.kind], byte_order_mark=found.byte_order_mark or look.marked)
    return found if look.failed else _shaped(found, look.shape, declared, wanted, codes)


def _xml(text: _ReadableText, found: ContentObservation, declared: Declared, wanted: Expectation,
         codes: InspectionCodes) -> ContentObservation:
    look = markup.read(text.source, text.codec, wanted)
    if look.kind == "HTML":
        return _page(text, found, declared, codes)
    found = replace(found, delivery=codes.deliveries["error-message" if look.failed else "direct"],
                    format=codes.formats[look.kind])
    return found if look.failed else _shaped(found, look.shape, declared, wanted, codes)


def _plain(text: _ReadableText, found: ContentObservation, declared: Declared, wanted: Expectation,
           codes: InspectionCodes) -> ContentObservation:
    """Examine a text that is neither markup nor JSON: a table, or a text as people write."""
    source = text.source
    claimed = source.content_type.lower().lstrip().startswith(_TABLES) or source.file_name.lower().endswith(_TABLE_NAMES)
    readable = text.encoding is None or text.encoding.longest <= encoding.LONGEST_LINE
    table = Delimited(source, text.codec, text.encoding) if readable else None
    if table is None or not table.is_table(text.head, wanted, claimed=claimed):
        how = delivery.of_plain(text.head, codes)
        return replace(found, delivery=codes.deliveries[how], format=codes.formats["TXT"])
    found = replace(found, delivery=codes.deliveries["direct"], format=codes.formats[table.kind])
    return _shaped(found, table.read(wanted), declared, wanted, codes)


def _shaped(found: ContentObservation, shape: ContentShape, declared: Declared, wanted: Expectation,
            codes: InspectionCodes) -> ContentObservation:
    """Record what a reader found out about a table or records."""
    found = replace(found, malformed=shape.broken, record_count=shape.count, ragged_rows=shape.ragged,
                    first_ragged_rows=shape.first_ragged, error_cells=shape.errors,
                    unread_tables=shape.unread or None)
    if shape.count == 0 and not shape.broken:
        found = replace(found, delivery=codes.deliveries["no-records"])
    if shape.fields is None:
        return found
    missing, undescribed = compare(shape.fields, declared.fields, shape.others)
    if missing and not shape.settled:
        return found  # the rest of the content may have the missing ones: its fields are not established
    if declared.fields:
        found = replace(found, missing_fields=missing, undescribed_fields=undescribed)
    found = replace(found, fields=shape.fields, repeated_fields=shape.repeated, unnamed_fields=shape.unnamed)
    return _checked(found, shape, declared, wanted)


def _checked(found: ContentObservation, shape: ContentShape, declared: Declared, wanted: Expectation) -> ContentObservation:
    """Add the results of checking the values. Names that are a person's data are removed: the file has no header."""
    if wanted.check is None or not shape.fields:
        return found
    found = replace(found, standard_fields=wanted.check.outcome(), personal_columns=wanted.check.personal())
    if not wanted.check.headless():
        return found
    missing = tuple(one.name for one in declared.fields) if declared.fields else None
    return replace(found, fields=(), missing_fields=missing, undescribed_fields=() if declared.fields else None,
                   repeated_fields=(), unnamed_fields=None, standard_fields=())


def _of_whole(detected: Encoding, source: Source, codes: InspectionCodes) -> str | None:
    """Return the concept of an encoding; a part that could be UTF-8 or ASCII may end as something else."""
    if not source.complete and (detected.plain or detected.codec.startswith("utf-8")):
        return None
    return _concept(detected, codes)


def _concept(detected: Encoding, codes: InspectionCodes) -> str | None:
    if detected.plain and not detected.codec.startswith("utf-16"):
        return codes.charsets.get("US-ASCII")
    return codes.charsets.get(_CHARSETS.get(detected.codec, "UTF-16"))
